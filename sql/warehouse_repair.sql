-- raw_sales is never changed; DROP EXTENSION takes marts along, never data; warehouse_repair makes them anew.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set VERBOSITY terse
CALL warehouse_create('wh_repair');
INSERT INTO wh_repair.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
VALUES ('1', 'A', 'APPLE', '2', '2011-03-01', '10', '1', 'France'), ('2', 'BB', 'BERRY', '1', '2011-03-02', '5', '2', 'Spain'),
       ('C3', 'A', 'APPLE', '-1', '2011-03-03', '10', '1', 'France'), ('4', 'A', 'APPLE', '1', '2099-12-31', '10', '1', 'France');
CALL warehouse_refresh('wh_repair');
-- A mistyped year does not blow up the calendar.
SELECT rule, rejected_column, reason FROM wh_repair.rejected_sales;
SELECT count(*) AS days FROM wh_repair.mart_daily_sales;

UPDATE wh_repair.raw_sales SET quantity = '3';
DELETE FROM wh_repair.raw_sales;
TRUNCATE wh_repair.raw_sales;

CREATE TEMP TABLE before AS
SELECT 'daily' AS mart, d::text AS line FROM wh_repair.mart_daily_sales AS d
UNION ALL SELECT 'product', p::text FROM wh_repair.mart_product AS p UNION ALL SELECT 'rfm', r::text FROM wh_repair.mart_rfm AS r;
DROP EXTENSION bi_ml CASCADE;
SELECT count(*) AS sales FROM wh_repair.fact_sales;
CREATE EXTENSION bi_ml;
\set VERBOSITY default
CALL warehouse_refresh('wh_repair');
CALL warehouse_repair('wh_repair');
SELECT count(*) AS differences
FROM before FULL JOIN (
    SELECT 'daily' AS mart, d::text AS line FROM wh_repair.mart_daily_sales AS d
    UNION ALL SELECT 'product', p::text FROM wh_repair.mart_product AS p UNION ALL SELECT 'rfm', r::text FROM wh_repair.mart_rfm AS r
) AS after USING (mart, line) WHERE before.line IS NULL OR after.line IS NULL;
INSERT INTO wh_repair.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
VALUES ('5', 'BB', 'BERRY', '4', '2011-03-04', '5', '2', 'Spain');
CALL warehouse_refresh('wh_repair');
SELECT sum(revenue) AS revenue FROM wh_repair.mart_daily_sales;
SELECT count(*) AS broken FROM wh_repair.warehouse_conservation;
SELECT ok FROM warehouse_status('wh_repair') WHERE item = 'raw lines = facts + rejects';
-- As of a day long after the last sale there is no next week to speak of, and the rows say so.
CALL warehouse_refresh('wh_repair', '2015-01-01');
SELECT metric, count(*), min(date), bool_and(yhat IS NULL) AS no_numbers, min(status) AS status FROM wh_repair.mart_forecast WHERE is_future GROUP BY metric ORDER BY metric;
CALL warehouse_repair('nowhere');
DROP SCHEMA wh_repair CASCADE;
