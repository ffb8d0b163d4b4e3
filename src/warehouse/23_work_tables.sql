-- The work tables of a refresh: unlogged, filled by one run and emptied by the next.

CREATE FUNCTION @extschema@.warehouse_create_work() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE UNLOGGED TABLE work_load (load_id bigint PRIMARY KEY) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_line (
        load_id bigint NOT NULL,
        source_line bigint NOT NULL,
        order_ts timestamp,
        customer_id bigint,
        amount bigint,
        pair_hash bigint,
        quantity int,
        date_key int,
        alias_no int,
        country_no int,
        raw_tid tid,
        source_row_hash uuid,
        unit_price numeric,
        class text COLLATE "C" NOT NULL,
        invoice_no text COLLATE "C",
        rejected_column text,
        reason text
    ) WITH (autovacuum_enabled = off);
    -- ANALYZE then looks at some thousand rows, which is enough to plan the joins by.
    ALTER TABLE work_line ALTER class SET STATISTICS 10, ALTER source_line SET STATISTICS 10, ALTER customer_id SET STATISTICS 10,
        ALTER alias_no SET STATISTICS 10, ALTER country_no SET STATISTICS 10, ALTER source_row_hash SET STATISTICS 10,
        ALTER pair_hash SET STATISTICS 10, ALTER invoice_no SET STATISTICS 10;
    CREATE UNLOGGED TABLE work_alias (
        alias_no int NOT NULL,
        stock_code text COLLATE "C" NOT NULL,
        description text COLLATE "C",
        n bigint NOT NULL DEFAULT 0,
        first_ts timestamp,
        last_ts timestamp
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_country (
        country_no int NOT NULL,
        country text COLLATE "C",
        n bigint NOT NULL DEFAULT 0
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_product (
        product_key int NOT NULL,
        stock_code text COLLATE "C" NOT NULL
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_customer (
        customer_key int NOT NULL,
        customer_id bigint NOT NULL
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_suspect (
        source_row_hash uuid,
        pair_hash bigint
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_reject (
        raw_tid tid NOT NULL,
        source_line bigint NOT NULL,
        rule text NOT NULL,
        rejected_column text,
        reason text NOT NULL,
        amount numeric(14,4),
        source_row_hash uuid,
        occurrence int
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_copy (
        source_line bigint PRIMARY KEY,
        occurrence int NOT NULL,
        is_duplicate boolean NOT NULL
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_again (source_line bigint PRIMARY KEY) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_summary (
        load_id bigint NOT NULL,
        rule text COLLATE "C" NOT NULL,
        customer_id bigint,
        country_no int,
        rows bigint NOT NULL,
        amount bigint NOT NULL,
        first_ts timestamp,
        last_ts timestamp
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_invoice (invoice_no text COLLATE "C" PRIMARY KEY) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_order (
        sign smallint NOT NULL,
        invoice_no text COLLATE "C" NOT NULL,
        date date NOT NULL,
        hour smallint NOT NULL,
        customer_key int NOT NULL,
        country_key smallint NOT NULL,
        revenue numeric(24,4) NOT NULL,
        units bigint NOT NULL,
        last_ts timestamp NOT NULL
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_part (
        invoice_no text COLLATE "C" NOT NULL,
        hour_ts timestamp NOT NULL,
        customer_key int NOT NULL,
        country_key smallint NOT NULL,
        revenue numeric NOT NULL,
        units bigint NOT NULL,
        lines bigint NOT NULL,
        last_ts timestamp NOT NULL
    ) WITH (autovacuum_enabled = off);
    CREATE UNLOGGED TABLE work_cell (
        product_key int NOT NULL,
        week date,
        revenue bigint NOT NULL,
        units int NOT NULL,
        orders int NOT NULL
    ) WITH (autovacuum_enabled = off);
    CREATE VIEW work_sale AS
    SELECT w.order_ts, w.load_id, w.date_key, p.product_key, coalesce(cu.customer_key, 0) AS customer_key, w.quantity,
           coalesce(co.country_key, 0::smallint) AS country_key, coalesce(c.occurrence, 1)::smallint AS occurrence,
           a.source_line IS NULL AS is_first_of_order, w.source_row_hash, w.unit_price, w.invoice_no
    FROM work_line AS w
    JOIN (work_alias AS l JOIN dim_product AS p ON p.stock_code = l.stock_code) ON l.alias_no = w.alias_no
    LEFT JOIN (work_country AS n JOIN dim_country AS co ON co.country = n.country) ON n.country_no = w.country_no
    LEFT JOIN dim_customer AS cu ON cu.customer_id = w.customer_id
    LEFT JOIN work_copy AS c ON c.source_line = w.source_line
    LEFT JOIN work_again AS a ON a.source_line = w.source_line
    WHERE w.class = 'sale' AND NOT coalesce(c.is_duplicate, false);
    COMMENT ON TABLE work_part IS 'Work table of a first load: what its sales add up to by invoice, hour, customer and country; a key may have several rows.';
    COMMENT ON TABLE work_cell IS 'Work table of a refresh: the change of each product and week; a key may have several rows; revenue in 1/10,000.';
    COMMENT ON VIEW work_sale IS 'Work view of a refresh: the rows that fact_sales gets.';
    COMMENT ON TABLE work_load IS 'Work table of a refresh: the loads it classifies.';
    COMMENT ON TABLE work_line IS 'Work table of a refresh: the new lines, parsed; amount in 1/10,000; pair_hash of invoice and stock code. Empty between runs or left from the last one.';
    COMMENT ON TABLE work_alias IS 'Work table of a refresh: the pairs of stock code and description of the new lines, by number, and how many sales with it went straight into fact_sales; a pair may have several numbers.';
    COMMENT ON TABLE work_country IS 'Work table of a refresh: the country labels of the new lines, by number, and how many sales of them went straight into fact_sales.';
    COMMENT ON TABLE work_product IS 'Work table of a first load: the keys it gave to products.';
    COMMENT ON TABLE work_customer IS 'Work table of a first load: the keys it gave to customers.';
    COMMENT ON TABLE work_suspect IS 'Work table of a refresh: hashes that may occur more than once; no other does.';
    COMMENT ON TABLE work_reject IS 'Work table of a refresh: the new lines that are no fact.';
    COMMENT ON TABLE work_copy IS 'Work table of a refresh: lines that are a second or later copy, or a copy of a line accepted before.';
    COMMENT ON TABLE work_again IS 'Work table of a refresh: sale lines whose invoice had the product already.';
    COMMENT ON TABLE work_summary IS 'Work table of a refresh: the new lines by load, class or rule, customer and country.';
    COMMENT ON TABLE work_invoice IS 'Work table of a refresh: invoices whose rollups change.';
    COMMENT ON TABLE work_order IS 'Work table of a refresh: rows that leave (-1) and enter (+1) agg_order.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_work() IS 'Step of warehouse_create: unlogged tables that one refresh fills and the next empties.';
