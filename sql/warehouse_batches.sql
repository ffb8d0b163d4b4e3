-- One load, many loads in any order, each twice, with late rows, as of earlier days: the same facts and marts, byte for
-- byte; and every mart equals a plain computation from the facts (test/data/plain_marts.sql).
-- The lines are odd on purpose: invoices that span midnight, weeks, months, customers and countries, a product several
-- times in an invoice, copies, credits at the edges of 24 hours, lines that are no sale at all.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
\getenv folder PG_ABS_SRCDIR
\set file :folder '/test/data/plain_marts.sql'
\set ECHO none
\i :file
\set ECHO all
CREATE SCHEMA batch_test;
SET search_path = batch_test, public;

-- Pseudo-random 0 ... n-1 for draw k of line i.
CREATE FUNCTION draw(i int, k int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(i || ':' || k), 1, 7))::bit(28)::int % n $$;

CREATE TABLE sale_line AS
SELECT i, 'S' || invoice AS invoice_no,
       CASE draw(i, 1, 14) WHEN 0 THEN 'POST' WHEN 1 THEN 'M' WHEN 2 THEN lower('P' || draw(i, 2, 25) || 'A') ELSE 'P' || draw(i, 2, 25) || 'A' END AS stock_code,
       CASE WHEN draw(i, 3, 9) > 0 THEN 'THING  ' || draw(i, 2, 25) || ' ' || substr('abc', 1 + draw(i, 4, 3), 1) END AS description,
       CASE draw(i, 5, 40) WHEN 0 THEN '0' WHEN 1 THEN '-3' WHEN 2 THEN 'many' ELSE (1 + draw(i, 6, 3))::text END AS quantity,
       timestamp '2010-12-18 23:30' + make_interval(days => draw(invoice, 7, 80), mins => 30 * draw(invoice, 8, 5))
           + CASE draw(i, 9, 20) WHEN 0 THEN interval '1 day' WHEN 1 THEN interval '7 days' WHEN 2 THEN interval '31 days'
                                 WHEN 3 THEN interval '30 minutes' WHEN 4 THEN interval '1 year' ELSE interval '0' END AS at,
       CASE draw(i, 10, 40) WHEN 0 THEN '0' WHEN 1 THEN '-1.5' ELSE (ARRAY['1.25', '2.5', '0.85', '3.3333', '2.50', '10'])[1 + draw(i, 11, 6)] END AS unit_price,
       CASE WHEN draw(i, 12, 12) = 0 THEN NULL WHEN draw(i, 12, 12) = 1 THEN (100 + draw(i, 13, 30))::text || '.0'
            WHEN draw(invoice, 14, 5) > 0 THEN (100 + draw(invoice, 15, 30))::text END AS customer_id,
       (ARRAY['United Kingdom', 'France', 'EIRE', 'Ruritania', NULL])[1 + CASE draw(i, 16, 10) WHEN 0 THEN draw(i, 17, 5) ELSE draw(invoice, 18, 5) END] AS country
FROM (SELECT i, draw(i, 19, 260) AS invoice FROM generate_series(1, 1800) AS i) AS line;

CREATE TABLE input AS
SELECT row_number() OVER (ORDER BY kind, i) AS n, kind, invoice_no, stock_code, description, quantity, to_char(at, 'YYYY-MM-DD HH24:MI:SS') AS invoice_date,
       unit_price, customer_id, country, draw(i, 20 + kind, 7) AS batch, draw(i, 30 + kind, 10) = 0 AS is_late,
       date_trunc('month', at)::date AS month
FROM (SELECT 1 AS kind, s.* FROM sale_line AS s
      UNION ALL
      -- credits of a third of the lines; some twice, some of guests, some before the sale, some of the wrong quantity
      SELECT 2, i, 'C' || invoice_no, stock_code, description, CASE draw(i, 40, 12) WHEN 0 THEN quantity ELSE '-' || quantity END,
             at + (ARRAY['0', '23:59:59', '24:00', '24:00:01', '5 days', '-1 hour', '12:00'])[1 + draw(i, 41, 7)]::interval, unit_price, customer_id, country
      FROM sale_line AS s CROSS JOIN generate_series(0, CASE draw(i, 43, 5) WHEN 0 THEN 1 ELSE 0 END) AS copy
      WHERE draw(i, 42, 3) = 0
      UNION ALL
      SELECT 3, s.* FROM sale_line AS s WHERE draw(i, 44, 15) = 0) AS line;
SELECT count(*) > 2400 AS enough, count(*) FILTER (WHERE is_late) > 200 AS enough_late, count(DISTINCT batch) AS batches FROM input;

CREATE PROCEDURE load(shop text, condition text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %I.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
        SELECT invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country
        FROM batch_test.input WHERE %s ORDER BY md5(n::text)', shop, condition);
END $$;

-- The ledger of verdicts is not compared; one that is ahead of the data takes no time.
CREATE PROCEDURE create_quick(shop text) LANGUAGE plpgsql AS $$
BEGIN
    CALL warehouse_create(shop);
    EXECUTE format('INSERT INTO %I.mart_anomaly (metric, dimension, entity, date, grain, is_anomaly, run_id)
        VALUES (''none'', ''total'', '''', ''9999-12-31'', ''day'', false, 0)', shop);
    EXECUTE format('INSERT INTO %I.anomaly_day VALUES (''9999-12-31'', 0, 0, 0, 0)', shop);
END $$;

CREATE TABLE expected (name text, digest text);
CREATE FUNCTION differences(shop text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(name, ', ' ORDER BY name), 'none') FROM plain_marts.digests(shop) AS d JOIN batch_test.expected AS e USING (name) WHERE d.digest <> e.digest
$$;

-- Everything at once.
CALL create_quick('batch_once');
CALL load('batch_once', 'true');
CALL warehouse_refresh('batch_once');
SELECT plain_marts.wrong('batch_once'), plain_marts.wrong_matches('batch_once');
INSERT INTO expected SELECT * FROM plain_marts.digests('batch_once');
SELECT name, split_part(digest, ' ', 1) AS rows FROM expected;

-- The odd cases are there.
SELECT count(*) FILTER (WHERE days > 1) > 50 AS long_invoices, count(*) FILTER (WHERE customers > 1) > 50 AS of_many_customers,
       count(*) FILTER (WHERE countries > 1) > 50 AS to_many_countries, count(*) FILTER (WHERE months > 1) > 20 AS over_month_ends
FROM (SELECT count(DISTINCT date_key) AS days, count(DISTINCT customer_key) AS customers, count(DISTINCT country_key) AS countries,
             count(DISTINCT date_key / 100) AS months FROM batch_once.fact_sales GROUP BY invoice_no) AS invoice;
SELECT match_kind, count(*) > 20 AS enough FROM batch_once.fact_returns GROUP BY match_kind ORDER BY match_kind;

-- As of earlier days: the end of a month, the middle of one, the first day, days before and after the data; and back.
CALL warehouse_refresh('batch_once', '2011-01-31');
SELECT plain_marts.wrong('batch_once', '2011-01-31');
CALL warehouse_refresh('batch_once', '2011-02-10');
SELECT plain_marts.wrong('batch_once', '2011-02-10');
CALL warehouse_refresh('batch_once', '2010-12-18');
SELECT plain_marts.wrong('batch_once', '2010-12-18');
CALL warehouse_refresh('batch_once', '2010-11-30');
SELECT (SELECT count(*) FROM batch_once.mart_daily_sales) AS days, (SELECT count(*) FROM batch_once.mart_product) AS products,
       (SELECT count(*) FROM batch_once.mart_rfm) AS customers;
CALL warehouse_refresh('batch_once', '2011-12-31');
SELECT plain_marts.wrong('batch_once', '2011-12-31');
CALL warehouse_refresh('batch_once', '2012-09-15');
SELECT plain_marts.wrong('batch_once', '2012-09-15');
CALL warehouse_refresh('batch_once');
SELECT plain_marts.wrong('batch_once'), differences('batch_once');

-- The same lines again change nothing.
CALL load('batch_once', 'true');
CALL warehouse_refresh('batch_once');
SELECT plain_marts.wrong('batch_once'), differences('batch_once');

-- Batches of lines that have nothing in common but chance, so that invoices grow with every batch; late lines last.
CALL create_quick('batch_many');
CALL load('batch_many', 'batch = 3 AND NOT is_late');
CALL warehouse_refresh('batch_many');
SELECT plain_marts.wrong('batch_many');
CALL load('batch_many', 'batch = 5 AND NOT is_late');
CALL warehouse_refresh('batch_many');
SELECT plain_marts.wrong('batch_many');
CALL load('batch_many', 'batch = 0 AND NOT is_late');
CALL warehouse_refresh('batch_many');
CALL load('batch_many', 'batch = 6 AND NOT is_late');
CALL warehouse_refresh('batch_many');
SELECT plain_marts.wrong('batch_many');
-- ... some of them while the marts stand at an earlier day, which then moves
CALL load('batch_many', 'batch = 1 AND NOT is_late');
CALL warehouse_refresh('batch_many', '2011-01-20');
SELECT plain_marts.wrong('batch_many', '2011-01-20');
CALL load('batch_many', 'batch = 2 AND NOT is_late');
CALL warehouse_refresh('batch_many', '2011-01-20');
SELECT plain_marts.wrong('batch_many', '2011-01-20');
CALL load('batch_many', 'is_late AND batch < 3');
CALL warehouse_refresh('batch_many', '2011-01-20');
SELECT plain_marts.wrong('batch_many', '2011-01-20');
CALL load('batch_many', 'batch = 4 AND NOT is_late');
CALL warehouse_refresh('batch_many', '2011-01-21');
SELECT plain_marts.wrong('batch_many', '2011-01-21');
CALL load('batch_many', 'is_late');
CALL warehouse_refresh('batch_many');
SELECT plain_marts.wrong('batch_many'), plain_marts.wrong_matches('batch_many'), differences('batch_many');

-- By month, from the last to the first, each twice, two loads before a refresh; credits before sales.
CALL create_quick('batch_month');
CALL load('batch_month', 'month >= ''2011-03-01'' AND kind = 2');
CALL warehouse_refresh('batch_month');
SELECT plain_marts.wrong('batch_month');
CALL load('batch_month', 'month >= ''2011-03-01'' AND kind = 2');
CALL load('batch_month', 'month >= ''2011-03-01''');
CALL warehouse_refresh('batch_month');
SELECT plain_marts.wrong('batch_month');
CALL load('batch_month', 'month = ''2011-02-01''');
CALL load('batch_month', 'month = ''2011-02-01''');
CALL warehouse_refresh('batch_month');
SELECT plain_marts.wrong('batch_month');
CALL load('batch_month', 'month = ''2011-01-01''');
CALL warehouse_refresh('batch_month');
CALL load('batch_month', 'month <= ''2011-01-01''');
CALL warehouse_refresh('batch_month');
SELECT plain_marts.wrong('batch_month'), plain_marts.wrong_matches('batch_month'), differences('batch_month');

-- Returns alone, and the same again: no sale and no reject has been seen yet.
CALL create_quick('batch_return');
CALL load('batch_return', 'kind = 2 AND quantity IN (''-1'', ''-2'', ''-3'') AND unit_price IN (''1.25'', ''0.85'') AND n % 3 = 0 AND stock_code LIKE ''P%A''');
CALL warehouse_refresh('batch_return');
CALL load('batch_return', 'kind = 2 AND quantity IN (''-1'', ''-2'', ''-3'') AND unit_price IN (''1.25'', ''0.85'') AND n % 3 = 0 AND stock_code LIKE ''P%A''');
CALL warehouse_refresh('batch_return');
SELECT count(*), count(DISTINCT source_row_hash) FROM batch_return.fact_returns;
CALL load('batch_return', 'true');
CALL warehouse_refresh('batch_return');
SELECT plain_marts.wrong('batch_return'), differences('batch_return');

-- Several loads before the first refresh, with copies across them; a first refresh that fails at its start, one that fails in the marts.
CALL create_quick('batch_first');
CALL load('batch_first', 'batch = 2');
CALL load('batch_first', 'batch < 4 AND kind = 2');
CALL load('batch_first', 'batch <> 2 OR is_late');
CALL load('batch_first', 'batch = 2 OR kind = 3');
\set VERBOSITY terse
UPDATE batch_first.setting SET value = 'Europe/Atlantis' WHERE name = 'time_zone';
CALL warehouse_refresh('batch_first');
UPDATE batch_first.setting SET value = 'Europe/London' WHERE name = 'time_zone';
ALTER TABLE batch_first.agg_product_week ADD CONSTRAINT broken CHECK (false) NOT VALID;
CALL warehouse_refresh('batch_first');
ALTER TABLE batch_first.agg_product_week DROP CONSTRAINT broken;
\set VERBOSITY default
CALL warehouse_refresh('batch_first');
SELECT plain_marts.wrong('batch_first'), plain_marts.wrong_matches('batch_first'), differences('batch_first');
-- A first refresh as of an earlier day.
CALL create_quick('batch_early');
CALL load('batch_early', 'batch < 5');
CALL warehouse_refresh('batch_early', '2011-01-05');
SELECT plain_marts.wrong('batch_early', '2011-01-05');
CALL load('batch_early', 'batch > 3');
CALL warehouse_refresh('batch_early');
SELECT plain_marts.wrong('batch_early'), plain_marts.wrong_matches('batch_early'), differences('batch_early');

-- One line in each refresh, for the last of them.
CALL create_quick('batch_single');
CALL load('batch_single', 'n % 190 <> 7');
CALL warehouse_refresh('batch_single');
SELECT format('CALL load(''batch_single'', ''n = %s'')', n), 'CALL warehouse_refresh(''batch_single'')' FROM input WHERE n % 190 = 7 ORDER BY n
\gexec
SELECT plain_marts.wrong('batch_single'), plain_marts.wrong_matches('batch_single'), differences('batch_single');

-- The comparison does see a difference.
SELECT string_agg(relname, ' ' ORDER BY relname) AS compared FROM pg_class WHERE relnamespace = 'plain_marts'::regnamespace AND relname ~ '^(mart|dim)_';
UPDATE batch_once.agg_country SET orders = orders + 1 WHERE country_key = 0;
UPDATE batch_once.agg_product_week SET revenue = revenue + 0.0001 WHERE week = '2011-01-03';
REFRESH MATERIALIZED VIEW batch_once.mart_country;
SELECT plain_marts.wrong('batch_once'), differences('batch_once');

DROP SCHEMA batch_test, plain_marts, batch_once, batch_many, batch_month, batch_return, batch_first, batch_early, batch_single CASCADE;
