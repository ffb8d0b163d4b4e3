SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set SHOW_CONTEXT never
-- NULL is the default for three options, an error for the others.
SELECT count(*) FROM generate_sales(100, n_customers => NULL, n_products => NULL, n_anomalies => NULL);
SELECT count(*) FROM generate_sales(NULL);
SELECT count(*) FROM generate_sales(10, seed => NULL);
SELECT count(*) FROM generate_sales(10, start_date => NULL);
SELECT count(*) FROM generate_sales(10, n_days => NULL);
SELECT count(*) FROM generate_truth(NULL);
CALL warehouse_generate(NULL, 10);
-- Which columns may be NULL: the customer and, where nobody bought, the description.
SELECT count(*) FILTER (WHERE invoice_no IS NULL OR stock_code IS NULL OR quantity IS NULL OR invoice_date IS NULL OR unit_price IS NULL OR country IS NULL) AS never,
       count(*) FILTER (WHERE description IS NULL AND (customer_id IS NOT NULL OR unit_price <> '0')) AS nor_here
FROM generate_sales(20000);
SELECT count(*) FROM generate_sales(20000) WHERE '' IN (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country);
-- A LIMIT stops the making.
SELECT count(*) FROM (SELECT generate_sales(10000000000) LIMIT 5) AS t;
