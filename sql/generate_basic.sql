SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
-- Exactly as many rows as asked for; the same seed gives the same bytes, another seed others.
SELECT n, (SELECT count(*) FROM generate_sales(n)) AS rows FROM unnest(ARRAY[1, 2, 999, 12345]) AS n;
CREATE TEMP TABLE hashes AS
SELECT i, seed, (SELECT md5(string_agg(line::text, E'\n')) FROM (SELECT generate_sales(5000, seed) AS line OFFSET 0) AS t) AS hash
FROM (VALUES (1, 42), (2, 42), (3, 43)) AS t(i, seed);
SELECT seed, count(*), count(DISTINCT hash) FROM hashes GROUP BY seed ORDER BY seed;
SELECT count(DISTINCT hash) FROM hashes;
-- The shop's shares, against those of a real one; tolerances are generous for 100,000 rows.
CREATE TEMP TABLE sales AS SELECT *, row_number() OVER () AS n FROM generate_sales(100000);
ANALYZE sales;
CREATE FUNCTION pg_temp.near(share numeric, expected numeric, tolerance numeric) RETURNS boolean LANGUAGE sql
RETURN abs(100 * share - expected) <= tolerance;
SELECT pg_temp.near(avg((invoice_no LIKE 'C%')::int), 1.71, 0.5) AS credits,
       pg_temp.near(avg((quantity::int < 0 AND invoice_no NOT LIKE 'C%')::int), 0.25, 0.1) AS write_offs,
       pg_temp.near(avg((unit_price = '0' AND quantity::int > 0)::int), 0.22, 0.1) AS zero_prices,
       pg_temp.near(avg((customer_id IS NULL)::int), 24.9, 1.5) AS guests,
       pg_temp.near(avg((description IS NULL)::int), 0.27, 0.1) AS no_text,
       pg_temp.near(avg((description LIKE '%  %')::int), 3.7, 2) AS double_blanks,
       pg_temp.near(avg((country = 'United Kingdom')::int), 91.4, 5) AS at_home,
       pg_temp.near(avg((stock_code ~ '^\d{5}[a-z]$')::int), 0.36, 0.25) AS lower_case,
       pg_temp.near(avg((stock_code !~ '^\d{5}[A-Za-z]?$')::int), 0.54, 0.2) AS charges,
       count(*) FILTER (WHERE invoice_no LIKE 'A%') AS bad_debts
FROM sales;
SELECT pg_temp.near(1 - count(DISTINCT (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)) / 100000.0, 0.97, 0.3) AS duplicates,
       count(DISTINCT customer_id) > 600 AS customers, count(DISTINCT upper(stock_code)) > 700 AS products FROM sales;
-- Order of time, hours, closed days, one customer and country an invoice.
SELECT bool_and(invoice_date::timestamp >= before) AS in_order, min(extract(hour FROM invoice_date::timestamp)) >= 6 AS from_six,
       max(extract(hour FROM invoice_date::timestamp)) <= 20 AS to_eight, bool_or(extract(isodow FROM invoice_date::timestamp) = 6) AS saturdays,
       bool_or(invoice_date::date IN ('2010-12-27', '2011-04-22', '2011-04-25', '2011-08-29')) AS holidays, count(DISTINCT invoice_date::date) AS days
FROM (SELECT *, lag(invoice_date::timestamp) OVER (ORDER BY n) AS before FROM sales) AS t;
SELECT max(customers) AS customers, max(countries) AS countries, max(times) <= 2 AS times FROM (
    SELECT count(DISTINCT coalesce(customer_id, '')) AS customers, count(DISTINCT country) AS countries, count(DISTINCT invoice_date) AS times
    FROM sales GROUP BY invoice_no) AS t;
-- Credits that take back an earlier line of the same customer, product, quantity and price.
SELECT count(*) FILTER (WHERE matched) > 0.2 * count(*) AS matched, count(*) FILTER (WHERE matched) < 0.5 * count(*) AS not_all FROM (
    SELECT r.n, coalesce(bool_or(s.n < r.n), false) AS matched
    FROM sales AS r LEFT JOIN sales AS s ON s.customer_id = r.customer_id AND s.stock_code = r.stock_code
         AND s.quantity = ltrim(r.quantity, '-') AND s.unit_price = r.unit_price
    WHERE r.invoice_no LIKE 'C%' GROUP BY r.n) AS t;
-- Planted days stand out among the same weekdays around them, in a shop with enough orders on a Sunday.
WITH sales AS (SELECT * FROM generate_sales(400000)),
daily AS MATERIALIZED (
    SELECT invoice_date::date AS day, count(DISTINCT invoice_no)::float8 AS orders,
           sum(quantity::int * unit_price::numeric) FILTER (WHERE quantity::int BETWEEN 1 AND 4999)::float8 AS revenue
    FROM sales WHERE quantity::int > 0 AND unit_price <> '0' AND stock_code ~ '^\d{5}' GROUP BY 1),
ratio AS (
    SELECT t.*, CASE metric WHEN 'orders' THEN d.orders ELSE d.revenue END /
           (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE metric WHEN 'orders' THEN o.orders ELSE o.revenue END) FROM daily AS o
            WHERE o.day <> t.date AND abs(o.day - t.date) <= 35 AND extract(isodow FROM o.day) = extract(isodow FROM t.date)) AS seen
    FROM generate_truth(400000) AS t JOIN daily AS d ON d.day = t.date)
SELECT count(*) >= 9 AS planted, bool_and(kind = CASE WHEN factor > 1 THEN 'spike' WHEN factor < 0.2 THEN 'outage' ELSE 'drop' END) AS kinds,
       bool_and(CASE WHEN factor > 1 THEN seen > 1.3 WHEN factor < 0.2 THEN seen < 0.4 ELSE seen < 0.9 END) AS all_seen FROM ratio;
SELECT count(*), count(DISTINCT date) FROM generate_truth(1000, n_anomalies => 10);
SELECT count(*) FROM generate_truth(1000, n_anomalies => 0);
-- Numbers of customers and products are as asked for, or fewer.
SELECT count(DISTINCT customer_id) = 3, count(DISTINCT upper(stock_code)) FILTER (WHERE stock_code ~ '^\d{5}') <= 20, min(invoice_date::date) >= '2024-02-01', max(invoice_date::date) < '2024-03-02'
FROM generate_sales(5000, n_customers => 3, n_products => 20, start_date => '2024-02-01', n_days => 30);
-- Into a warehouse's raw table, whatever the schema is called; a second call appends in one more statement.
CREATE SCHEMA "Bob's ""Shop"".x";
CREATE TABLE "Bob's ""Shop"".x".raw_sales (invoice_no text, stock_code text, description text, quantity text, invoice_date text, unit_price text, customer_id text, country text);
CREATE TABLE "Bob's ""Shop"".x".loads (id int GENERATED ALWAYS AS IDENTITY);
CREATE FUNCTION pg_temp.load() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO "Bob's ""Shop"".x".loads DEFAULT VALUES; RETURN NULL; END $$;
CREATE TRIGGER load BEFORE INSERT ON "Bob's ""Shop"".x".raw_sales FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.load();
CALL warehouse_generate('Bob''s "Shop".x', 2000);
CALL warehouse_generate('Bob''s "Shop".x', n_rows => 1000, seed => 1, n_customers => 10, n_products => 30, start_date => '2020-01-06', n_days => 5);
CALL warehouse_generate('Bob''s "Shop".x', 2000);
SELECT count(*), count(DISTINCT (r.*)) < 3001 FROM "Bob's ""Shop"".x".raw_sales AS r;
SELECT count(*) AS loads FROM "Bob's ""Shop"".x".loads;
SELECT count(*) = (SELECT count(*) FROM generate_truth(2000)) AS truth_once FROM "Bob's ""Shop"".x".generated_truth;
-- Another warehouse in the same session; the caller's search_path stays as it was.
CREATE SCHEMA generate_other;
CREATE TABLE generate_other.raw_sales (LIKE "Bob's ""Shop"".x".raw_sales);
CREATE TEMP TABLE raw_sales (LIKE "Bob's ""Shop"".x".raw_sales);
SET search_path = pg_temp, public;
CALL warehouse_generate('generate_other', 7);
SHOW search_path;
RESET search_path;
SELECT (SELECT count(*) FROM generate_other.raw_sales) AS other, (SELECT count(*) FROM "Bob's ""Shop"".x".raw_sales) AS first, (SELECT count(*) FROM pg_temp.raw_sales) AS temporary;
DROP SCHEMA generate_other, "Bob's ""Shop"".x" CASCADE;
