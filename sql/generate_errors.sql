SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set SHOW_CONTEXT never
SELECT generate_sales(0);
SELECT generate_sales(10000000001);
SELECT generate_sales(10, n_customers => 0);
SELECT generate_sales(10, n_customers => -1);
SELECT generate_sales(10, n_customers => 5000001);
SELECT generate_sales(10, n_products => 80001);
SELECT generate_sales(10, n_days => 0);
SELECT generate_sales(10, n_days => 36601);
SELECT generate_sales(10, start_date => '1899-12-31');
SELECT generate_sales(10, start_date => 'infinity');
SELECT generate_sales(10, start_date => '-infinity');
SELECT generate_sales(10, start_date => '2011-12-24', n_days => 11);
SELECT generate_sales(10, n_anomalies => -1);
SELECT generate_sales(10, n_anomalies => 1000);
SELECT generate_truth(10, n_anomalies => 62);
CALL warehouse_generate('no such shop', 10);
CREATE SCHEMA generate_empty;
CALL warehouse_generate('generate_empty', 10);
-- A name over 63 bytes is not cut and taken for another.
CREATE SCHEMA generate_a23456789012345678901234567890123456789012345678901234;
CALL warehouse_generate('generate_a23456789012345678901234567890123456789012345678901234', 10);
CALL warehouse_generate(rpad('generate_empty', 64, 'x'), 10);
DROP SCHEMA generate_a23456789012345678901234567890123456789012345678901234;
-- A failure leaves nothing behind.
CREATE TABLE generate_empty.raw_sales (invoice_no text, stock_code text, description text, quantity text, invoice_date text, unit_price text, customer_id text, country text);
CALL warehouse_generate('generate_empty', 10, n_products => 0);
SELECT to_regclass('generate_empty.generated_truth');
-- Without privileges.
CREATE ROLE generate_stranger;
SET ROLE generate_stranger;
CALL warehouse_generate('generate_empty', 10);
RESET ROLE;
DROP ROLE generate_stranger;
-- Cancelled in the middle, before and while rows are made.
SET statement_timeout = '300ms';
CALL warehouse_generate('generate_empty', 1000000000, n_customers => 100, n_products => 100);
SELECT count(*) FROM (SELECT generate_sales(10, n_customers => 5000000)) AS t;
RESET statement_timeout;
SELECT count(*) FROM generate_empty.raw_sales;
DROP SCHEMA generate_empty CASCADE;
