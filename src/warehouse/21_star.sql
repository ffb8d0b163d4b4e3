-- The star schema of a warehouse: dimensions and facts.

CREATE FUNCTION @extschema@.warehouse_create_star() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');
    -- Tables that each refresh changes all over have room for a row's next version on its page (fillfactor).

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
    ) WITH (fillfactor = 70);
    COMMENT ON TABLE dim_product IS
        'One row per stock code; description = the most frequent one over sales (ties: later last use, then text order), first_seen and last_seen over sales and returns.';

    CREATE TABLE dim_product_alias (
        stock_code text COLLATE "C" NOT NULL,
        description text COLLATE "C" NOT NULL,
        n bigint NOT NULL,
        n_returns bigint NOT NULL,
        first_seen timestamp NOT NULL, last_seen timestamp NOT NULL,
        PRIMARY KEY (stock_code, description)
    ) WITH (fillfactor = 70);
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
    -- A sample cannot count what stands together: without it an invoice is taken for thousands of lines, and the table is read whole.
    ALTER TABLE fact_sales ALTER invoice_no SET (n_distinct = -0.05);
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
        UNIQUE (date_key, source_row_hash, occurrence)
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
        UNIQUE (date_key, source_row_hash, occurrence)
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
    PERFORM @extschema@.warehouse_check_path('any');
    -- The hash covers the day, so this is the uniqueness of (source_row_hash, occurrence); with the day in front, the lines of a
    -- load find their copies side by side instead of all over the index, and a day its lines.
    ALTER TABLE fact_sales ADD PRIMARY KEY (date_key, source_row_hash, occurrence);
    CREATE INDEX fact_sales_customer ON fact_sales (customer_key, product_key) WHERE customer_key <> 0;
    CREATE INDEX fact_sales_product ON fact_sales (product_key);
    CREATE INDEX fact_sales_invoice ON fact_sales (invoice_no);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_index_sales() IS 'Creates the key and the indexes of fact_sales; a first load builds them after its rows.';

CREATE FUNCTION @extschema@.warehouse_drop_sales_indexes() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('any');
    ALTER TABLE fact_sales DROP CONSTRAINT fact_sales_pkey;
    DROP INDEX fact_sales_customer, fact_sales_product, fact_sales_invoice;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_drop_sales_indexes() IS 'Drops what warehouse_index_sales creates.';
