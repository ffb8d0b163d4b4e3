-- warehouse_create: the tables of a warehouse, in a schema that the caller names and owns.
--
-- Nothing here belongs to the extension: DROP EXTENSION must not take data along, and pg_dump must keep it. The
-- statements are plain SQL over unqualified names, run with the warehouse's schema first in the search_path.

CREATE FUNCTION @extschema@.warehouse_note_load() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    load_id bigint := nextval(format('%I.raw_load_id', TG_TABLE_SCHEMA)::regclass);
BEGIN
    EXECUTE format('INSERT INTO %I.warehouse_load (load_id) VALUES ($1)', TG_TABLE_SCHEMA) USING load_id;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_note_load() IS
'Trigger of raw_sales: every COPY or INSERT statement is one load with a number of its own.';

CREATE FUNCTION @extschema@.warehouse_check_name(schema text) RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION 'argument "schema" must not be null'
            USING ERRCODE = 'null_value_not_allowed', HINT = 'Name the schema of the warehouse, such as ''shop''.';
    END IF;
    IF octet_length(schema) > 63 OR schema !~ '^[a-z_][a-z0-9_]*$' OR schema ~ '^pg_' OR schema = 'information_schema' THEN
        RAISE EXCEPTION 'invalid warehouse name "%"', left(schema, 80)
            USING ERRCODE = 'invalid_name',
                  HINT = 'Use 1 to 63 lower-case letters, digits and underscores, the first no digit, not beginning with pg_.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_check_name(text) IS
'Refuses (42622) a name that no warehouse can have; 22004 when NULL.';

CREATE FUNCTION @extschema@.warehouse_use_schema(schema text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_owner oid;
    clash name;
BEGIN
    SELECT n.nspowner INTO found_owner FROM pg_namespace n WHERE n.nspname = schema;
    IF found_owner IS NULL THEN
        BEGIN
            EXECUTE format('CREATE SCHEMA %I', schema);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'permission denied to create schema "%"', schema
                USING ERRCODE = 'insufficient_privilege',
                      HINT = format('Ask the database''s owner: GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
        END;
        RETURN;
    END IF;
    IF to_regclass(format('%I.warehouse_state', schema)) IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" already holds a warehouse', schema
            USING ERRCODE = 'duplicate_object',
                  HINT = format('Load into %1$s.raw_sales and CALL warehouse_refresh(%1$L), or name another schema.', schema);
    END IF;
    SELECT c.relname INTO clash FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = schema ORDER BY c.relname LIMIT 1;
    IF clash IS NOT NULL THEN
        RAISE EXCEPTION 'schema "%" is not empty: it holds "%"', schema, clash
            USING ERRCODE = 'duplicate_table', HINT = 'A warehouse needs a schema of its own: name a new one.';
    END IF;
    IF NOT pg_has_role(current_user, found_owner, 'USAGE') THEN
        RAISE EXCEPTION 'must be owner of schema "%"', schema
            USING ERRCODE = 'insufficient_privilege', HINT = 'Name a schema of your own, or one that does not exist yet.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_use_schema(text) IS
'Creates the schema, or checks that it is empty and the caller''s: 42710 when it holds a warehouse, 42P07 when it holds anything else, 42501 when it is another''s.';

CREATE FUNCTION @extschema@.warehouse_create_rules() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE setting (
        name text PRIMARY KEY,
        value text NOT NULL,
        description text NOT NULL
    );
    COMMENT ON TABLE setting IS 'Choices of the warehouse''s owner, one row each; read by every refresh.';
    INSERT INTO setting VALUES
        ('time_zone', 'Europe/London', 'zone of the business clock; times in the data are local, those with an offset are converted'),
        ('country', 'GB', 'ISO code of the shop''s own country, for its holidays'),
        ('rfm_rule', 'tie', 'tie: equal values share a score; ntile: equal-sized classes, ties broken by customer id'),
        ('rfm_map', 'seg11', 'which map of rfm_rule names the segments: seg11 or seg10'),
        ('rfm_monetary', 'net', 'net: sales minus returns; gross: sales');

    CREATE TABLE quality_rule (
        rule text PRIMARY KEY,
        precedence smallint NOT NULL,
        is_enabled boolean NOT NULL DEFAULT true,
        description text NOT NULL,
        CONSTRAINT only_duplicate_can_be_switched_off CHECK (is_enabled OR rule = 'duplicate')
    );
    COMMENT ON TABLE quality_rule IS
        'Why a raw line is rejected, in the order in which the rules are tried. Only the duplicate rule is a switch; CALL warehouse_replay after turning it.';
    INSERT INTO quality_rule VALUES
        ('unparsable', 1, true, 'a required field is missing, unreadable or out of range'),
        ('duplicate', 2, true, 'all eight normalised fields equal those of an earlier line'),
        ('positive_credit', 3, true, 'a credit note (invoice C...) for goods whose quantity is not negative'),
        ('stock_adjustment', 4, true, 'quantity zero or negative on an invoice that is no credit note'),
        ('zero_price', 5, true, 'unit price zero or negative');

    CREATE TABLE charge_code (
        code text COLLATE "C" PRIMARY KEY,
        description text NOT NULL
    );
    COMMENT ON TABLE charge_code IS
        'Stock codes that are charges, not goods; a final % stands for any ending. Applies to lines not yet accepted.';
    INSERT INTO charge_code VALUES
        ('POST', 'postage'), ('DOT', 'postage of the web shop'), ('C2', 'carriage'), ('M', 'manual entry'),
        ('D', 'discount'), ('S', 'samples'), ('B', 'bad debt adjustment'), ('PADS', 'pads'),
        ('AMAZONFEE', 'marketplace fee'), ('BANK CHARGES', 'bank charges'), ('CRUK', 'charity commission'),
        ('GIFT_%', 'gift vouchers');

    CREATE TABLE rfm_rule (
        map text COLLATE "C" NOT NULL,
        r_score int NOT NULL CHECK (r_score BETWEEN 1 AND 5),
        fm_score int NOT NULL CHECK (fm_score BETWEEN 1 AND 5),
        segment text COLLATE "C" NOT NULL,
        PRIMARY KEY (map, r_score, fm_score)
    );
    COMMENT ON TABLE rfm_rule IS
        'The segment of each cell. Map seg11: fm_score = (F + M + 1) / 2 in whole numbers; any other map: fm_score = F.';
    INSERT INTO rfm_rule
    SELECT m.map, g.r_score, g.fm_score, g.segment
    FROM (VALUES ('seg11'), ('seg10')) AS m (map), @extschema@.rfm_grid(m.map) AS g;

    CREATE TABLE rfm_action (
        segment text COLLATE "C" PRIMARY KEY,
        rank smallint NOT NULL,
        action text NOT NULL
    );
    COMMENT ON TABLE rfm_action IS 'What to do with the customers of a segment; also the list of segments that mart_rfm_segment shows.';
    INSERT INTO rfm_action VALUES
        ('Champions', 1, 'Reward them, offer new products first, ask for reviews'),
        ('Loyal Customers', 2, 'Offer higher-value products and a loyalty programme'),
        ('Potential Loyalists', 3, 'Recommend related products, offer membership'),
        ('New Customers', 4, 'Welcome them, help with the first orders, start the relationship'),
        ('Promising', 5, 'Build awareness with small offers'),
        ('Need Attention', 6, 'Limited-time offers based on past purchases'),
        ('About To Sleep', 7, 'Reconnect with popular products and a discount'),
        ('At Risk', 8, 'Send personal messages and renewal offers'),
        ('Cannot Lose Them', 9, 'Win them back in person before a competitor does'),
        ('Hibernating', 10, 'Relevant offers at low cost'),
        ('Lost', 11, 'One reactivation campaign, then stop spending');

    CREATE TABLE anomaly_rule (
        severity text PRIMARY KEY CHECK (severity IN ('low', 'medium', 'high', 'critical')),
        min_abs_z float8 NOT NULL CHECK (min_abs_z > 0),
        min_q float8 NOT NULL CHECK (min_q BETWEEN 0 AND 1)
    );
    COMMENT ON TABLE anomaly_rule IS
        'A day has a severity when its |robust z| and its forest score''s quantile reach these; for short series min_q is relaxed to 1 - 2/n.';
    INSERT INTO anomaly_rule VALUES ('critical', 8, .99), ('high', 5, .97), ('medium', 3.5, .95), ('low', 3, .90);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_rules() IS 'Step of warehouse_create: settings and rule tables, seeded.';

CREATE FUNCTION @extschema@.warehouse_create_raw() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE warehouse_load (
        load_id bigint PRIMARY KEY,
        loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        loaded_by name NOT NULL DEFAULT current_user,
        raw_rows bigint,
        accepted_run bigint
    );
    CREATE INDEX warehouse_load_pending ON warehouse_load (load_id) WHERE accepted_run IS NULL;
    COMMENT ON TABLE warehouse_load IS
        'One row per COPY or INSERT statement into raw_sales; accepted_run is the run that classified its lines, raw_rows their number.';

    CREATE SEQUENCE raw_load_id;
    CREATE TABLE raw_sales (
        invoice_no text, stock_code text, description text, quantity text,
        invoice_date text, unit_price text, customer_id text, country text,
        load_id bigint NOT NULL DEFAULT currval('raw_load_id'),
        source_line bigint NOT NULL GENERATED ALWAYS AS IDENTITY
    );
    ALTER SEQUENCE raw_load_id OWNED BY raw_sales.load_id;
    CREATE INDEX raw_sales_load ON raw_sales USING brin (load_id) WITH (pages_per_range = 32);
    CREATE TRIGGER note_load BEFORE INSERT ON raw_sales
        FOR EACH STATEMENT EXECUTE FUNCTION @extschema@.warehouse_note_load();
    COMMENT ON TABLE raw_sales IS
        'The lines as they came, text, never changed: the target of COPY with its first eight columns. load_id is the statement, source_line the order of arrival.';

    CREATE TABLE rejected_sales (
        reject_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        invoice_no text, stock_code text, description text, quantity text,
        invoice_date text, unit_price text, customer_id text, country text,
        load_id bigint NOT NULL,
        source_line bigint NOT NULL,
        rule text NOT NULL,
        rejected_column text,
        reason text NOT NULL,
        rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        run_id bigint NOT NULL,
        amount numeric(14,4),
        source_row_hash uuid,
        occurrence int
    );
    CREATE UNIQUE INDEX rejected_sales_identity ON rejected_sales (source_row_hash, occurrence)
        WHERE source_row_hash IS NOT NULL AND rule <> 'duplicate';
    CREATE INDEX rejected_sales_rule ON rejected_sales (rule, load_id);
    COMMENT ON TABLE rejected_sales IS
        'Raw lines that are no sale, return or charge, verbatim, each with the rule, column and reason. The owner may correct the text here and run warehouse_replay.';

    CREATE TABLE agg_load_rule (
        load_id bigint NOT NULL,
        rule text COLLATE "C" NOT NULL,
        rows bigint NOT NULL,
        amount numeric(24,4) NOT NULL,
        PRIMARY KEY (load_id, rule)
    );
    COMMENT ON TABLE agg_load_rule IS 'Rollup: lines and quantity x unit price per load and class or rule.';

    CREATE TABLE warehouse_run (
        run_id bigint NOT NULL,
        step text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_at timestamptz,
        status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'failed', 'skipped')),
        rows bigint,
        message text,
        PRIMARY KEY (run_id, step)
    );
    CREATE SEQUENCE warehouse_run_id OWNED BY warehouse_run.run_id;
    COMMENT ON TABLE warehouse_run IS
        'The log of refreshes: one row per run and step, and one with step ''refresh'' for the whole run.';

    CREATE TABLE warehouse_state (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        matched_run bigint NOT NULL DEFAULT 0,
        published_run bigint NOT NULL DEFAULT 0,
        data_from date,
        data_to date,
        as_of date,
        cut date
    );
    INSERT INTO warehouse_state DEFAULT VALUES;
    COMMENT ON TABLE warehouse_state IS
        'Where the refresh stands: the last run whose returns are matched, the last whose rows are in the marts, the first and last day of the accepted lines, the marts'' as_of; cut is set while the marts show less than the data.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_raw() IS 'Step of warehouse_create: raw and rejected lines, loads, run log, state.';

CREATE FUNCTION @extschema@.warehouse_create_star() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE dim_date (
        date_key int PRIMARY KEY,
        date date NOT NULL UNIQUE,
        year smallint NOT NULL, quarter smallint NOT NULL, month smallint NOT NULL,
        month_start date NOT NULL, days_in_month smallint NOT NULL,
        iso_year smallint NOT NULL, iso_week smallint NOT NULL, isodow smallint NOT NULL,
        is_weekend boolean NOT NULL,
        is_trading_day boolean,
        uk_bank_holiday boolean NOT NULL
    );
    COMMENT ON TABLE dim_date IS
        'One row per calendar day, without gaps, to the end of the year after the data. is_trading_day: at least one sale; NULL after the last data day.';

    CREATE TABLE dim_country (
        country_key smallint PRIMARY KEY,
        country text COLLATE "C" NOT NULL UNIQUE,
        iso2 text, iso3 text, m49 smallint,
        country_name text NOT NULL,
        is_eu_2011 boolean,
        kind text NOT NULL
    );
    CREATE SEQUENCE dim_country_key AS smallint OWNED BY dim_country.country_key;
    INSERT INTO dim_country VALUES (0, 'Unspecified', NULL, NULL, NULL, 'Unspecified', NULL, 'unknown');
    COMMENT ON TABLE dim_country IS
        'Countries as the source labels them, with ISO codes from the table country. Key 0 = Unspecified; a label that country lacks has kind unknown.';

    CREATE TABLE dim_product (
        product_key int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        stock_code text COLLATE "C" NOT NULL UNIQUE,
        description text COLLATE "C",
        first_seen timestamp, last_seen timestamp,
        n_descriptions int NOT NULL DEFAULT 0
    );
    COMMENT ON TABLE dim_product IS
        'One row per stock code; description = the most frequent one over sales (ties: later last use, then text order), first_seen and last_seen over sales and returns.';

    CREATE TABLE dim_product_alias (
        stock_code text COLLATE "C" NOT NULL,
        description text COLLATE "C" NOT NULL,
        n bigint NOT NULL,
        n_returns bigint NOT NULL,
        first_seen timestamp NOT NULL, last_seen timestamp NOT NULL,
        PRIMARY KEY (stock_code, description)
    );
    COMMENT ON TABLE dim_product_alias IS 'Every description of a stock code: n sale lines, n_returns return lines, first and last use in sales (in returns, where no sale has it).';

    CREATE TABLE dim_customer (
        customer_key int PRIMARY KEY,
        customer_id bigint UNIQUE,
        country_key smallint,
        first_order_date date, last_order_date date,
        cohort_month date
    );
    CREATE SEQUENCE dim_customer_key AS int OWNED BY dim_customer.customer_key;
    INSERT INTO dim_customer (customer_key) VALUES (0);
    COMMENT ON TABLE dim_customer IS
        'One row per customer id; country = that of the latest sale. Dates are NULL for customers without a sale. Key 0 = Guest, for lines without a customer.';

    CREATE TABLE dim_customer_country (
        customer_key int NOT NULL, country_key smallint NOT NULL,
        first_date date NOT NULL, last_date date NOT NULL,
        orders int NOT NULL, revenue numeric(24,4) NOT NULL,
        PRIMARY KEY (customer_key, country_key)
    );
    COMMENT ON TABLE dim_customer_country IS 'Every country a customer bought in, with orders and gross revenue there.';

    CREATE TABLE fact_sales (
        sale_id bigint GENERATED ALWAYS AS IDENTITY,
        order_ts timestamp NOT NULL,
        load_id bigint NOT NULL,
        run_id bigint NOT NULL,
        date_key int NOT NULL,
        product_key int NOT NULL,
        customer_key int NOT NULL,
        quantity int NOT NULL,
        country_key smallint NOT NULL,
        occurrence smallint NOT NULL,
        is_reversed boolean NOT NULL DEFAULT false,
        is_first_of_order boolean NOT NULL,
        source_row_hash uuid NOT NULL,
        unit_price numeric(12,4) NOT NULL,
        amount numeric(14,4) NOT NULL GENERATED ALWAYS AS (quantity * unit_price) STORED,
        invoice_no text COLLATE "C" NOT NULL
    );
    COMMENT ON TABLE fact_sales IS
        'Grain: one accepted line of goods sold. is_reversed: credited in full within 24 hours. is_first_of_order: the first accepted line of its product in its invoice, so that a sum of it counts orders of a product. run_id: the refresh that accepted it; keys are those of the dimensions.';

    CREATE TABLE fact_returns (
        return_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_ts timestamp NOT NULL,
        load_id bigint NOT NULL,
        run_id bigint NOT NULL,
        date_key int NOT NULL,
        product_key int NOT NULL,
        customer_key int NOT NULL,
        quantity int NOT NULL,
        country_key smallint NOT NULL,
        occurrence smallint NOT NULL,
        matched_sale_id bigint,
        match_kind text NOT NULL DEFAULT 'none' CHECK (match_kind IN ('reversal_24h', 'matched', 'none')),
        source_row_hash uuid NOT NULL,
        unit_price numeric(12,4) NOT NULL,
        amount numeric(14,4) NOT NULL GENERATED ALWAYS AS (quantity * unit_price) STORED,
        invoice_no text COLLATE "C" NOT NULL,
        UNIQUE (source_row_hash, occurrence)
    );
    CREATE INDEX fact_returns_match ON fact_returns (customer_key, product_key, quantity, unit_price);
    CREATE INDEX fact_returns_date ON fact_returns (date_key);
    CREATE INDEX fact_returns_sale ON fact_returns (matched_sale_id);
    CREATE INDEX fact_returns_run ON fact_returns USING brin (run_id) WITH (pages_per_range = 16);
    COMMENT ON TABLE fact_returns IS
        'Grain: one line of a credit note for goods, quantity and amount positive, booked on the day of the credit note. matched_sale_id: the sale it gives back, one to one.';

    CREATE TABLE fact_charge (
        charge_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        order_ts timestamp NOT NULL,
        load_id bigint NOT NULL,
        run_id bigint NOT NULL,
        date_key int NOT NULL,
        customer_key int NOT NULL,
        quantity int NOT NULL,
        country_key smallint NOT NULL,
        occurrence smallint NOT NULL,
        source_row_hash uuid NOT NULL,
        unit_price numeric(12,4) NOT NULL,
        amount numeric(14,4) NOT NULL GENERATED ALWAYS AS (quantity * unit_price) STORED,
        charge_class text NOT NULL CHECK (charge_class IN ('charge', 'charge_credit')),
        charge_code text COLLATE "C" NOT NULL,
        invoice_no text COLLATE "C" NOT NULL,
        UNIQUE (source_row_hash, occurrence)
    );
    COMMENT ON TABLE fact_charge IS
        'Grain: one accepted line of a charge code (postage, fees, manual entries), quantity and amount signed. Never part of product revenue.';

    PERFORM @extschema@.warehouse_index_sales();
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_star() IS 'Step of warehouse_create: dimensions and facts.';

CREATE FUNCTION @extschema@.warehouse_index_sales() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    ALTER TABLE fact_sales ADD PRIMARY KEY (sale_id);
    CREATE UNIQUE INDEX fact_sales_identity ON fact_sales (source_row_hash, occurrence);
    CREATE INDEX fact_sales_customer ON fact_sales (customer_key, product_key);
    CREATE INDEX fact_sales_product ON fact_sales (product_key);
    CREATE INDEX fact_sales_invoice ON fact_sales (invoice_no);
    CREATE INDEX fact_sales_date ON fact_sales USING brin (date_key) WITH (pages_per_range = 16);
    CREATE INDEX fact_sales_run ON fact_sales USING brin (run_id) WITH (pages_per_range = 16);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_index_sales() IS 'Creates the key and the indexes of fact_sales; a first load builds them after its rows.';

CREATE FUNCTION @extschema@.warehouse_drop_sales_indexes() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    ALTER TABLE fact_sales DROP CONSTRAINT fact_sales_pkey;
    DROP INDEX fact_sales_identity, fact_sales_customer, fact_sales_product, fact_sales_invoice, fact_sales_date, fact_sales_run;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_drop_sales_indexes() IS 'Drops what warehouse_index_sales creates.';

CREATE FUNCTION @extschema@.warehouse_create_rollups() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE agg_order (
        invoice_no text COLLATE "C" NOT NULL,
        date date NOT NULL,
        hour smallint NOT NULL,
        customer_key int NOT NULL,
        country_key smallint NOT NULL,
        revenue numeric(24,4) NOT NULL,
        revenue_clean numeric(24,4) NOT NULL,
        units bigint NOT NULL,
        lines bigint NOT NULL,
        lines_clean bigint NOT NULL,
        last_ts timestamp NOT NULL,
        spans_days boolean NOT NULL,
        PRIMARY KEY (invoice_no, date, hour, customer_key, country_key)
    );
    CREATE INDEX agg_order_date ON agg_order (date);
    CREATE INDEX agg_order_customer ON agg_order (customer_key);
    CREATE INDEX agg_order_spans_days ON agg_order (date) WHERE spans_days;
    COMMENT ON TABLE agg_order IS
        'Rollup of fact_sales: one row per invoice, date, hour, customer and country (mostly one per invoice). revenue_clean and lines_clean leave out reversed lines; spans_days: the invoice has lines on several dates.';

    CREATE TABLE agg_day (
        date date PRIMARY KEY,
        revenue numeric(24,4) NOT NULL, revenue_clean numeric(24,4) NOT NULL,
        orders bigint NOT NULL, orders_clean bigint NOT NULL,
        units bigint NOT NULL, lines bigint NOT NULL, customers bigint NOT NULL,
        returns numeric(24,4) NOT NULL
    );
    COMMENT ON TABLE agg_day IS 'Rollup: one row per date with a sale or a return. orders_clean: invoices that keep at least one line not reversed.';

    CREATE TABLE agg_customer (
        customer_key int PRIMARY KEY,
        first_date date NOT NULL, last_date date NOT NULL,
        orders bigint NOT NULL,
        revenue numeric(24,4) NOT NULL, returns numeric(24,4) NOT NULL
    );
    COMMENT ON TABLE agg_customer IS 'Rollup: one row per identified customer with a sale.';

    CREATE TABLE agg_customer_month (
        customer_key int NOT NULL, month date NOT NULL,
        revenue numeric(24,4) NOT NULL,
        PRIMARY KEY (customer_key, month)
    );
    CREATE INDEX agg_customer_month_month ON agg_customer_month (month);
    COMMENT ON TABLE agg_customer_month IS 'Rollup: one row per identified customer and calendar month with a sale.';

    CREATE TABLE agg_country (
        country_key smallint PRIMARY KEY,
        revenue numeric(24,4) NOT NULL, units bigint NOT NULL, orders bigint NOT NULL, returns numeric(24,4) NOT NULL
    );
    COMMENT ON TABLE agg_country IS 'Rollup: one row per country with a sale or a return.';

    CREATE TABLE agg_country_month (
        country_key smallint NOT NULL, month date NOT NULL,
        revenue numeric(24,4) NOT NULL, orders bigint NOT NULL,
        PRIMARY KEY (country_key, month)
    );
    COMMENT ON TABLE agg_country_month IS 'Rollup: one row per country and calendar month with a sale.';

    CREATE TABLE agg_hour_weekday (
        isodow smallint NOT NULL, hour smallint NOT NULL,
        revenue numeric(24,4) NOT NULL, orders bigint NOT NULL,
        PRIMARY KEY (isodow, hour)
    );
    COMMENT ON TABLE agg_hour_weekday IS 'Rollup: one row per weekday (1 = Monday) and hour with a sale.';

    CREATE TABLE agg_product (
        product_key int PRIMARY KEY,
        revenue numeric(24,4) NOT NULL, units bigint NOT NULL, orders bigint NOT NULL, returns numeric(24,4) NOT NULL
    );
    COMMENT ON TABLE agg_product IS 'Rollup: one row per product with a sale or a return.';

    CREATE TABLE agg_product_week (
        product_key int NOT NULL, week date NOT NULL,
        revenue numeric(24,4) NOT NULL, units bigint NOT NULL, orders bigint NOT NULL,
        PRIMARY KEY (product_key, week)
    );
    COMMENT ON TABLE agg_product_week IS 'Rollup: one row per product and week (its Monday) with a sale.';

    CREATE TABLE dirty_invoice (
        invoice_no text COLLATE "C" PRIMARY KEY
    );
    COMMENT ON TABLE dirty_invoice IS 'Older invoices whose reversed lines changed since the rollups were brought up to date; emptied by each refresh.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_rollups() IS 'Step of warehouse_create: the rollups that a refresh changes in place.';

CREATE FUNCTION @extschema@.warehouse_create_work() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE UNLOGGED TABLE work_load (load_id bigint PRIMARY KEY);
    CREATE UNLOGGED TABLE work_line (
        load_id bigint NOT NULL,
        source_line bigint NOT NULL,
        order_ts timestamp,
        customer_id bigint,
        amount bigint,
        pair_hash bigint,
        quantity int,
        date_key int,
        may_repeat boolean NOT NULL,
        may_be_again boolean NOT NULL,
        raw_tid tid,
        source_row_hash uuid,
        unit_price numeric,
        class text COLLATE "C" NOT NULL,
        invoice_no text COLLATE "C",
        stock_code text COLLATE "C",
        country text COLLATE "C",
        description text COLLATE "C",
        rejected_column text,
        reason text
    );
    CREATE UNLOGGED TABLE work_copy (
        source_line bigint PRIMARY KEY,
        occurrence int NOT NULL,
        is_duplicate boolean NOT NULL
    );
    CREATE UNLOGGED TABLE work_again (source_line bigint PRIMARY KEY);
    CREATE UNLOGGED TABLE work_summary (
        load_id bigint NOT NULL,
        rule text COLLATE "C" NOT NULL,
        customer_id bigint,
        country text COLLATE "C",
        rows bigint NOT NULL,
        amount bigint NOT NULL,
        first_ts timestamp,
        last_ts timestamp
    );
    CREATE UNLOGGED TABLE work_invoice (invoice_no text COLLATE "C" PRIMARY KEY);
    CREATE UNLOGGED TABLE work_order (
        sign smallint NOT NULL,
        invoice_no text COLLATE "C" NOT NULL,
        date date NOT NULL,
        hour smallint NOT NULL,
        customer_key int NOT NULL,
        country_key smallint NOT NULL,
        revenue numeric(24,4) NOT NULL,
        units bigint NOT NULL
    );
    CREATE VIEW work_sale AS
    SELECT w.order_ts, w.load_id, w.date_key, p.product_key, coalesce(cu.customer_key, 0) AS customer_key, w.quantity,
           coalesce(co.country_key, 0::smallint) AS country_key, coalesce(c.occurrence, 1)::smallint AS occurrence,
           a.source_line IS NULL AS is_first_of_order, w.source_row_hash, w.unit_price::numeric(12,4) AS unit_price,
           (w.quantity * w.unit_price)::numeric(14,4) AS amount, w.invoice_no
    FROM work_line AS w
    JOIN dim_product AS p ON p.stock_code = w.stock_code
    LEFT JOIN dim_customer AS cu ON cu.customer_id = w.customer_id
    LEFT JOIN dim_country AS co ON co.country = w.country
    LEFT JOIN work_copy AS c ON c.source_line = w.source_line
    LEFT JOIN work_again AS a ON a.source_line = w.source_line
    WHERE w.class = 'sale' AND c.is_duplicate IS NOT TRUE;
    COMMENT ON VIEW work_sale IS 'Work view of a refresh: the rows that fact_sales gets.';
    COMMENT ON TABLE work_load IS 'Work table of a refresh: the loads it classifies.';
    COMMENT ON TABLE work_line IS 'Work table of a refresh: the new lines, parsed; amount in 1/10,000; pair_hash of invoice and stock code. Empty between runs or left from the last one.';
    COMMENT ON TABLE work_copy IS 'Work table of a refresh: lines that are a second or later copy, or a copy of a line accepted before.';
    COMMENT ON TABLE work_again IS 'Work table of a refresh: sale lines whose invoice had the product already.';
    COMMENT ON TABLE work_summary IS 'Work table of a refresh: the new lines by load, class or rule, customer and country.';
    COMMENT ON TABLE work_invoice IS 'Work table of a refresh: invoices whose rollups change.';
    COMMENT ON TABLE work_order IS 'Work table of a refresh: rows that leave (-1) and enter (+1) agg_order.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_work() IS 'Step of warehouse_create: unlogged tables that one refresh fills and the next empties.';
