-- generate: made-up shops of any size, with the mess and the seasons of a real one.

-- Not STRICT: NULL stands for the default of n_customers, n_products and n_anomalies.
CREATE FUNCTION generate_sales(n_rows bigint, seed bigint DEFAULT 42, n_customers integer DEFAULT NULL,
                               n_products integer DEFAULT NULL, start_date date DEFAULT '2010-12-01',
                               n_days integer DEFAULT 374, n_anomalies integer DEFAULT NULL)
RETURNS TABLE (invoice_no text, stock_code text, description text, quantity text, invoice_date text,
               unit_price text, customer_id text, country text)
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2 ROWS 100000
AS 'MODULE_PATHNAME', 'biml_generate_sales';
COMMENT ON FUNCTION generate_sales(bigint, bigint, integer, integer, date, integer, integer) IS
'n_rows raw sales lines of a made-up shop, as text, in the order of time; the same arguments give the same bytes. In a SELECT list the rows stream in constant memory; in FROM PostgreSQL collects them first. NULL n_customers: one for 125 lines; NULL n_products: one for 125 lines, 50 to 4000; NULL n_anomalies (days with a planted spike, drop or outage, see generate_truth): one for 40 days. Errors: 22023 an argument out of range, 22004 another argument is NULL.';

CREATE FUNCTION generate_truth(n_rows bigint, seed bigint DEFAULT 42, n_customers integer DEFAULT NULL,
                               n_products integer DEFAULT NULL, start_date date DEFAULT '2010-12-01',
                               n_days integer DEFAULT 374, n_anomalies integer DEFAULT NULL)
RETURNS TABLE (date date, metric text, kind text, factor double precision)
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 20
AS 'MODULE_PATHNAME', 'biml_generate_truth';
COMMENT ON FUNCTION generate_truth(bigint, bigint, integer, integer, date, integer, integer) IS
'The anomalies planted in the lines that generate_sales gives for the same arguments: date, metric (revenue, orders), kind (spike, drop, outage), factor against the same day without it. A day on which orders move has a row for orders and one for revenue. Errors: as generate_sales.';

CREATE PROCEDURE warehouse_generate(schema text, n_rows bigint, seed bigint DEFAULT 42,
                                    n_customers integer DEFAULT NULL, n_products integer DEFAULT NULL,
                                    start_date date DEFAULT '2010-12-01', n_days integer DEFAULT 374,
                                    n_anomalies integer DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    home name := (SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
                  WHERE e.extname = 'bi_ml');
BEGIN
    IF schema IS NULL THEN
        RAISE EXCEPTION 'argument "schema" must not be null'
            USING ERRCODE = '22004', HINT = 'Name the schema of the warehouse.';
    END IF;
    -- The catalogs are asked first: a name longer than 63 bytes must not be cut and then match.
    IF NOT EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname::text = schema) THEN
        RAISE EXCEPTION 'schema "%" does not exist', schema
            USING ERRCODE = '3F000', HINT = format('CALL warehouse_create(%L) first.', schema);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                   WHERE n.nspname::text = schema AND c.relname = 'raw_sales' AND c.relkind IN ('r', 'p', 'v', 'f')) THEN
        RAISE EXCEPTION 'schema "%" holds no table raw_sales', schema
            USING ERRCODE = '42P01', HINT = format('CALL warehouse_create(%L) first.', schema);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                   WHERE n.nspname::text = schema AND c.relname = 'generated_truth') THEN
        EXECUTE format('CREATE TABLE %I.generated_truth (
                            date date, metric text, kind text, factor double precision,
                            PRIMARY KEY (date, metric, kind, factor))', schema);
        EXECUTE format('COMMENT ON TABLE %I.generated_truth IS %L', schema,
                       'The anomalies that warehouse_generate planted in raw_sales: factor is against the same day without it.');
    END IF;
    EXECUTE format('INSERT INTO %I.generated_truth (date, metric, kind, factor)
                    SELECT t.date, t.metric, t.kind, t.factor
                    FROM %I.generate_truth($1, $2, $3, $4, $5, $6, $7) AS t
                    ON CONFLICT DO NOTHING', schema, home)
        USING n_rows, seed, n_customers, n_products, start_date, n_days, n_anomalies;
    -- One statement is one load. In the inner SELECT list the rows stream; in FROM they would be collected first.
    EXECUTE format('INSERT INTO %I.raw_sales (invoice_no, stock_code, description, quantity, invoice_date,
                                              unit_price, customer_id, country)
                    SELECT (s.line).invoice_no, (s.line).stock_code, (s.line).description, (s.line).quantity,
                           (s.line).invoice_date, (s.line).unit_price, (s.line).customer_id, (s.line).country
                    FROM (SELECT %I.generate_sales($1, $2, $3, $4, $5, $6, $7) AS line) AS s', schema, home)
        USING n_rows, seed, n_customers, n_products, start_date, n_days, n_anomalies;
END
$$;
COMMENT ON PROCEDURE warehouse_generate(text, bigint, bigint, integer, integer, date, integer, integer) IS
'Appends n_rows lines of generate_sales, with the same options, to <schema>.raw_sales in one INSERT, and the planted anomalies of generate_truth to <schema>.generated_truth (date, metric, kind, factor), which it creates if need be. The caller needs INSERT on both, and CREATE on the schema the first time. Errors: 22004 schema is NULL, 3F000 no such schema, 42P01 no raw_sales in it, and those of generate_sales.';
