-- The rollups of a warehouse: what a refresh changes in place, and what the marts are made from.

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
        first_date date, last_date date,
        orders bigint NOT NULL,
        revenue numeric(24,4) NOT NULL, returns numeric(24,4) NOT NULL,
        last_ts timestamp, last_invoice_no text COLLATE "C", last_country_key smallint
    ) WITH (fillfactor = 70);
    COMMENT ON TABLE agg_customer IS
        'Rollup: one row per identified customer with a sale or a return; orders = 0 and no dates for one with returns only. last_*: the latest sale, which tells the customer''s country.';

    CREATE TABLE agg_customer_month (
        customer_key int NOT NULL, month date NOT NULL,
        revenue numeric(24,4) NOT NULL,
        PRIMARY KEY (month, customer_key)
    );
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
    ) WITH (fillfactor = 70);
    COMMENT ON TABLE agg_product IS 'Rollup: one row per product with a sale or a return.';

    CREATE TABLE agg_product_week (
        product_key int NOT NULL, week date NOT NULL,
        revenue numeric(24,4) NOT NULL, units bigint NOT NULL, orders bigint NOT NULL,
        PRIMARY KEY (product_key, week)
    ) WITH (fillfactor = 70);
    COMMENT ON TABLE agg_product_week IS 'Rollup: one row per product and week (its Monday) with a sale.';

    CREATE TABLE new_invoice (
        invoice_no text COLLATE "C" PRIMARY KEY
    );
    COMMENT ON TABLE new_invoice IS
        'Invoices that got lines since the rollups were brought up to date, but for those of a first load; emptied by each refresh.';

    CREATE TABLE dirty_invoice (
        invoice_no text COLLATE "C" PRIMARY KEY
    );
    COMMENT ON TABLE dirty_invoice IS 'Older invoices whose reversed lines changed since the rollups were brought up to date; emptied by each refresh.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_rollups() IS 'Step of warehouse_create: the rollups that a refresh changes in place.';
