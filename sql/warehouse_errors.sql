-- What users do wrong: every message with its SQLSTATE and hint, and nothing lost.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set SHOW_CONTEXT never

-- What a statement says, the database called "db".
CREATE FUNCTION wh_says(statement text, OUT state text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    message := replace(message, current_database(), 'db');
    hint := replace(hint, current_database(), 'db');
END $$;

-- Names that no warehouse can have are refused whole, not cut or folded.
CALL warehouse_create('Shop');
\echo :SQLSTATE
CALL warehouse_create('my shop');
CALL warehouse_create('shop"; DROP SCHEMA public; --');
CALL warehouse_create('a.b');
CALL warehouse_create('1shop');
CALL warehouse_create('');
CALL warehouse_create('pg_shop');
CALL warehouse_create('information_schema');
CALL warehouse_create(U&'caf\00e9');
CALL warehouse_create(E'shop\n');
CALL warehouse_create(repeat('x', 64));
\echo :SQLSTATE
CALL warehouse_create(repeat('x', 1000));
CALL warehouse_create(NULL);
\echo :SQLSTATE
SELECT count(*) FROM pg_namespace WHERE nspname ~ '^x|shop';
-- 63 bytes are a name.
CALL warehouse_create(repeat('x', 63));
CALL warehouse_refresh(repeat('x', 63));
CALL warehouse_refresh(repeat('x', 64));
\echo :SQLSTATE
SELECT warehouse_status(repeat('x', 64));
\echo :SQLSTATE
SELECT format('DROP SCHEMA %I CASCADE', repeat('x', 63)) \gexec

-- A schema that is missing is created, an empty one is used; a warehouse or anything else of ours is left alone.
CREATE SCHEMA wh_errors;
CALL warehouse_create('wh_errors');
CALL warehouse_create('wh_errors');
\echo :SQLSTATE
CREATE SCHEMA wh_taken CREATE TABLE mart_kpi (a int);
CALL warehouse_create('wh_taken');
\echo :SQLSTATE
SELECT count(*) FROM pg_class WHERE relnamespace = 'wh_taken'::regnamespace;
CREATE SCHEMA wh_other CREATE VIEW notes AS SELECT 1;
CALL warehouse_create('wh_other');
\echo :SQLSTATE

-- No warehouse there.
CALL warehouse_refresh('wh_missing');
\echo :SQLSTATE
CALL warehouse_refresh('wh_taken');
\echo :SQLSTATE
CALL warehouse_refresh('public; SELECT 1');
\echo :SQLSTATE
CALL warehouse_refresh(NULL);
\echo :SQLSTATE
SELECT warehouse_status('wh_missing');
\echo :SQLSTATE
SELECT warehouse_status(NULL);
\echo :SQLSTATE
SELECT warehouse_replay('wh_missing');
\echo :SQLSTATE
SELECT warehouse_replay(NULL);
\echo :SQLSTATE
SELECT warehouse_schedule('wh_missing');
\echo :SQLSTATE
SELECT warehouse_schedule(NULL);
\echo :SQLSTATE

-- Before anything was loaded: a refresh is fine, the marts are empty, the status says so; the forecast too.
CALL warehouse_refresh('wh_errors');
\echo :SQLSTATE
SELECT (SELECT count(*) FROM wh_errors.mart_daily_sales) AS days, (SELECT count(*) FROM wh_errors.mart_kpi) AS kpis, (SELECT count(*) FROM wh_errors.mart_forecast) AS forecasts,
       (SELECT count(*) FROM wh_errors.mart_rfm_segment WHERE customers = 0) AS segments, (SELECT count(*) FROM wh_errors.warehouse_conservation) AS unaccounted;
SELECT item, value, ok FROM warehouse_status('wh_errors') WHERE section = 'freshness' AND item = 'data' OR section = 'loads';
CALL warehouse_refresh('wh_errors', '2011-01-01');
SELECT message FROM wh_errors.warehouse_run WHERE step = 'refresh' ORDER BY run_id;

-- An empty file, a file that is only its header, the header taken for data.
COPY wh_errors.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM stdin CSV;
\.
COPY wh_errors.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM stdin CSV HEADER;
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
\.
COPY wh_errors.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM stdin CSV;
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
\.
CALL warehouse_refresh('wh_errors');
SELECT load_id, raw_rows FROM wh_errors.warehouse_load ORDER BY load_id;
SELECT invoice_no, rule, rejected_column, reason FROM wh_errors.rejected_sales;
SELECT count(*) FROM wh_errors.mart_daily_sales;
-- Too few or too many fields: COPY refuses the file, nothing of it is loaded.
COPY wh_errors.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM stdin CSV;
1,A,APPLE,1,2011-03-01,10,1,France
2,A,APPLE,1,2011-03-01,10,1
\.
COPY wh_errors.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM stdin CSV;
1,A,APPLE,1,2011-03-01,10,1,France
2,A,APPLE,1,2011-03-01,10,1,France,more
\.
-- Byte order mark, CRLF, blanks and quotes are no trouble.
COPY wh_errors.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country) FROM stdin CSV;
﻿3,A,"APPLE, RED ""BIG""", 1 ,2011-03-01,10,1.0,France
\.
CALL warehouse_refresh('wh_errors');
SELECT invoice_no, description FROM wh_errors.fact_sales JOIN wh_errors.dim_product USING (product_key);
-- A load that is rolled back leaves nothing behind.
BEGIN;
INSERT INTO wh_errors.raw_sales (invoice_no) VALUES ('gone');
ROLLBACK;
-- Two statements in one transaction are two loads.
BEGIN;
INSERT INTO wh_errors.raw_sales (invoice_no, stock_code, quantity, invoice_date, unit_price) VALUES ('4', 'A', '1', '2011-03-02', '10'), ('4', 'A', '1', '2011-03-02', '10');
INSERT INTO wh_errors.raw_sales (invoice_no, stock_code, quantity, invoice_date, unit_price) VALUES ('5', 'A', '1', '2011-03-02', '10');
COMMIT;
CALL warehouse_refresh('wh_errors');
SELECT l.raw_rows, count(r.load_id) AS rejected FROM wh_errors.warehouse_load AS l LEFT JOIN wh_errors.rejected_sales AS r USING (load_id) WHERE load_id > 6 GROUP BY load_id, raw_rows ORDER BY load_id;
SELECT count(*) AS unaccounted FROM wh_errors.warehouse_conservation;

-- Not alone: in a transaction block, a function, a multi-statement string; found before any work.
SELECT count(*) AS runs FROM wh_errors.warehouse_run \gset
BEGIN;
CALL warehouse_refresh('wh_errors');
\echo :SQLSTATE
ROLLBACK;
SELECT 1 AS one\; CALL warehouse_refresh('wh_errors');
\echo :SQLSTATE
CREATE FUNCTION pg_temp.refresh() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL warehouse_refresh('wh_errors'); END $$;
SELECT pg_temp.refresh();
\echo :SQLSTATE
CREATE FUNCTION pg_temp.refresh_sql() RETURNS void LANGUAGE sql AS $$ CALL warehouse_refresh('wh_errors') $$;
SELECT pg_temp.refresh_sql();
\echo :SQLSTATE
\set AUTOCOMMIT off
CALL warehouse_refresh('wh_errors');
\echo :SQLSTATE
ROLLBACK;
\set AUTOCOMMIT on
CREATE PROCEDURE pg_temp.pinned() LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN CALL public.warehouse_refresh('wh_errors'); END $$;
CALL pg_temp.pinned();
\echo :SQLSTATE
SELECT count(*) - :runs AS new_runs FROM wh_errors.warehouse_run;
-- A DO block and a procedure of one's own may commit, so a refresh runs in them; not where an exception handler is open.
DO $$ BEGIN CALL warehouse_refresh('wh_errors'); END $$;
DO $$ BEGIN FOR i IN 1 .. 2 LOOP CALL warehouse_refresh('wh_errors'); END LOOP; END $$;
DO $$ BEGIN CALL warehouse_refresh('wh_errors'); EXCEPTION WHEN division_by_zero THEN NULL; END $$;
\echo :SQLSTATE
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory';
SELECT status, count(*) FROM wh_errors.warehouse_run WHERE step = 'refresh' AND run_id > (SELECT max(run_id) - 4 FROM wh_errors.warehouse_run) GROUP BY status;
CALL warehouse_refresh('wh_errors');

-- as_of
CALL warehouse_refresh('wh_errors', 'infinity');
\echo :SQLSTATE
CALL warehouse_refresh('wh_errors', '-infinity');
CALL warehouse_refresh('wh_errors', '1969-12-31');
\echo :SQLSTATE
CALL warehouse_refresh('wh_errors', '2101-01-01');
CALL warehouse_refresh('wh_errors', '20111-12-09');
CALL warehouse_refresh('wh_errors', '1970-01-01');
SELECT count(*) FROM wh_errors.mart_daily_sales;
CALL warehouse_refresh('wh_errors');

-- Replay and schedule.
SELECT warehouse_replay('wh_errors', 'unreadable');
\echo :SQLSTATE
SELECT warehouse_replay('wh_errors', 'sale');
SELECT warehouse_replay('wh_errors');
\x on
SELECT * FROM wh_says($$SELECT warehouse_schedule('wh_errors')$$);
SELECT * FROM wh_says($$SELECT warehouse_schedule('wh_errors', NULL)$$);
\x off

-- Steps by hand, outside the one search_path that is safe for them.
SELECT warehouse_step_accept(1);
\echo :SQLSTATE
SET search_path = pg_catalog, wh_errors, pg_temp, public;
SELECT public.warehouse_step_marts(NULL);
SET search_path = pg_temp, wh_errors, pg_catalog;
SELECT public.warehouse_step_returns(1);
RESET search_path;
SELECT warehouse_create_rules();
\echo :SQLSTATE

-- Owners: another's warehouse can be refreshed by nobody else, superusers neither.
CREATE ROLE regress_wh_owner; CREATE ROLE regress_wh_reader; CREATE ROLE regress_wh_loader; CREATE ROLE regress_wh_super SUPERUSER;
SET ROLE regress_wh_owner;
SELECT state, message, hint FROM wh_says($$CALL warehouse_create('wh_owned')$$);
RESET ROLE;
CREATE SCHEMA wh_owned AUTHORIZATION regress_wh_owner;
SET ROLE regress_wh_reader;
CALL warehouse_create('wh_owned');
\echo :SQLSTATE
SET ROLE regress_wh_owner;
CALL warehouse_create('wh_owned');
INSERT INTO wh_owned.raw_sales (invoice_no, stock_code, quantity, invoice_date, unit_price) VALUES ('1', 'A', '1', '2011-03-01', '10');
CALL warehouse_refresh('wh_owned');
SELECT count(*) FROM wh_owned.fact_sales;
SELECT count(*) FROM pg_class WHERE relnamespace = 'wh_owned'::regnamespace AND relowner <> 'regress_wh_owner'::regrole;
SET ROLE regress_wh_super;
CALL warehouse_refresh('wh_owned');
\echo :SQLSTATE
SELECT warehouse_replay('wh_owned');
\echo :SQLSTATE
SELECT warehouse_schedule('wh_owned');
\echo :SQLSTATE
-- A reader without rights, then with them; it can read the marts and no more.
SET ROLE regress_wh_reader;
SELECT count(*) FROM wh_owned.mart_kpi;
\echo :SQLSTATE
SELECT count(*) FROM warehouse_status('wh_owned');
\echo :SQLSTATE
CALL warehouse_refresh('wh_owned');
\echo :SQLSTATE
RESET ROLE;
GRANT USAGE ON SCHEMA wh_owned TO regress_wh_reader, regress_wh_loader;
GRANT SELECT ON ALL TABLES IN SCHEMA wh_owned TO regress_wh_reader;
SET ROLE regress_wh_reader;
SELECT count(*) FROM wh_owned.mart_kpi;
SELECT count(*) > 20 AS status FROM warehouse_status('wh_owned');
INSERT INTO wh_owned.raw_sales (invoice_no) VALUES ('x');
\echo :SQLSTATE
-- A loader: INSERT on raw_sales alone is not enough, the message says what is missing; with it a load is noted and no more.
RESET ROLE;
GRANT INSERT ON wh_owned.raw_sales TO regress_wh_loader;
SET ROLE regress_wh_loader;
INSERT INTO wh_owned.raw_sales (invoice_no, stock_code, quantity, invoice_date, unit_price) VALUES ('2', 'A', '1', '2011-03-01', '10');
\echo :SQLSTATE
RESET ROLE;
GRANT INSERT ON wh_owned.warehouse_load TO regress_wh_loader;
GRANT USAGE ON SEQUENCE wh_owned.raw_load_id TO regress_wh_loader;
SET ROLE regress_wh_loader;
INSERT INTO wh_owned.raw_sales (invoice_no, stock_code, quantity, invoice_date, unit_price) VALUES ('2', 'A', '1', '2011-03-01', '10');
SELECT count(*) FROM wh_owned.raw_sales;
\echo :SQLSTATE
DELETE FROM wh_owned.raw_sales;
\echo :SQLSTATE
SET ROLE regress_wh_owner;
CALL warehouse_refresh('wh_owned');
SELECT load_id, loaded_by, raw_rows FROM wh_owned.warehouse_load ORDER BY load_id;
SELECT count(*) FROM wh_owned.fact_sales;
RESET ROLE;
DROP SCHEMA wh_errors, wh_taken, wh_other, wh_owned CASCADE;
DROP ROLE regress_wh_owner, regress_wh_reader, regress_wh_loader, regress_wh_super;
DROP FUNCTION wh_says(text);
