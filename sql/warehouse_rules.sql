-- What the owner of a warehouse may change: the duplicate switch, rejected texts, charge codes, segments, scores, countries.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
\set SHOW_CONTEXT never
CALL warehouse_create('wh_rules');
SET search_path = wh_rules, public;
CREATE VIEW facts AS
SELECT 'sale' AS class, invoice_no, occurrence, load_id, quantity FROM fact_sales
UNION ALL SELECT 'return', invoice_no, occurrence, load_id, -quantity FROM fact_returns UNION ALL SELECT charge_class, invoice_no, occurrence, load_id, quantity FROM fact_charge;
CREATE PROCEDURE pg_temp.load(VARIADIC lines text[]) LANGUAGE sql AS $$
    INSERT INTO wh_rules.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
    SELECT f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8] FROM unnest(lines) AS line, string_to_array(line, ',') AS f
$$;

-- The duplicate switch. Load 1 has a line three times, load 2 twice; the rule keeps one of the five.
CALL pg_temp.load('1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10.0,1,France', 'C2,A,APPLE,-1,2011-03-02,10,1,France');
CALL pg_temp.load('1,A,APPLE,2,2011-03-01,10,1,France', '1,a,APPLE ,2,2011-03-01,10,1,France', 'C2,A,APPLE,-1,2011-03-02,10,1,France');
CALL warehouse_refresh('wh_rules');
SELECT * FROM facts ORDER BY class, occurrence;
SELECT load_id, rule, occurrence, count(*) FROM rejected_sales GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- Off, a hash has as many lines as the load that holds most of it: three.
UPDATE quality_rule SET is_enabled = false WHERE rule = 'duplicate';
SELECT warehouse_replay('wh_rules', 'duplicate');
SELECT warehouse_replay('wh_rules', 'duplicate') AS again;
SELECT * FROM facts ORDER BY class, occurrence;
SELECT load_id, rule, occurrence, count(*) FROM rejected_sales GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT count(*) AS unaccounted FROM warehouse_conservation;
-- The marts follow at the next refresh; an order is still one order, of its product too.
SELECT revenue, orders, units, lines FROM mart_daily_sales WHERE date = '2011-03-01';
CALL warehouse_refresh('wh_rules');
SELECT revenue, orders, units, lines FROM mart_daily_sales WHERE date = '2011-03-01';
SELECT orders, units FROM mart_product;
SELECT load_id, rule, rows, amount FROM mart_data_quality ORDER BY 1, 2;
-- A load with four copies brings one more; with the rule on again a fifth is refused, what is accepted stays.
CALL pg_temp.load('1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France');
CALL warehouse_refresh('wh_rules');
UPDATE quality_rule SET is_enabled = true WHERE rule = 'duplicate';
CALL pg_temp.load('1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France', '1,A,APPLE,2,2011-03-01,10,1,France');
CALL warehouse_refresh('wh_rules');
SELECT class, count(*), max(occurrence) FROM facts GROUP BY class ORDER BY class;
SELECT warehouse_replay('wh_rules');
SELECT count(*) AS unaccounted FROM warehouse_conservation;
UPDATE quality_rule SET is_enabled = false WHERE rule = 'zero_price';

-- Corrected text: two unreadable lines, a write-off that was a sale, one that is a copy of an accepted line, two that become one.
CALL pg_temp.load('3,B2,BOWL,two,2011-03-03,5,2,EIRE', '3,C2X,CUP,1,33.3.2011,5,2,EIRE', '3,D2,DISH,-4,2011-03-03,5,2,EIRE', '1,A,APPLE,2 pcs,2011-03-01,10,1,France',
                  '4,E,EGG,x,2011-03-04,1,3,EIRE', '4,E,EGG,y,2011-03-04,1,3,EIRE', '5,F,FORK,0,2011-03-04,1,3,EIRE');
CALL warehouse_refresh('wh_rules');
SELECT invoice_no, stock_code, quantity, invoice_date, rule, rejected_column FROM rejected_sales WHERE rule <> 'duplicate' ORDER BY source_line;
UPDATE rejected_sales SET quantity = '2' WHERE quantity IN ('two', '2 pcs', 'x', 'y');
UPDATE rejected_sales SET quantity = '4' WHERE stock_code = 'D2';
UPDATE rejected_sales SET invoice_date = '2011-03-30' WHERE stock_code = 'C2X';
UPDATE rejected_sales SET unit_price = 'free' WHERE stock_code = 'F';
SELECT warehouse_replay('wh_rules', 'stock_adjustment');
SELECT warehouse_replay('wh_rules', 'unparsable');
SELECT invoice_no, stock_code, quantity, rule, rejected_column, reason, occurrence FROM rejected_sales WHERE rule <> 'duplicate' OR load_id = 5 ORDER BY source_line;
SELECT invoice_no, stock_code, date_key, quantity FROM fact_sales JOIN dim_product USING (product_key) WHERE load_id = 5 ORDER BY stock_code;
SELECT count(*) AS unaccounted FROM warehouse_conservation;
CALL warehouse_refresh('wh_rules');
SELECT date, revenue, orders FROM mart_daily_sales WHERE date >= '2011-03-03' AND orders > 0 ORDER BY date;
SELECT quantity, invoice_date FROM raw_sales WHERE load_id = 5 ORDER BY source_line;
SELECT load_id, rule, rows, amount FROM mart_data_quality WHERE load_id = 5 ORDER BY rule;
SELECT status, rows FROM warehouse_run WHERE step = 'replay' ORDER BY run_id;
-- The corrected lines, loaded as they are now, are copies.
CALL pg_temp.load('3,B2,BOWL,2,2011-03-03,5,2,EIRE', '3,C2X,CUP,1,2011-03-30,5,2,EIRE', '3,D2,DISH,4,2011-03-03,5,2,EIRE');
CALL warehouse_refresh('wh_rules');
SELECT rule, count(*) FROM rejected_sales WHERE load_id = 6 GROUP BY rule;

-- Charge codes apply to what comes next; they are written as stock codes are read, and % alone would be everything.
INSERT INTO charge_code VALUES ('wrap%', 'gift wrapping');
INSERT INTO charge_code VALUES (' WRAP%', 'gift wrapping');
INSERT INTO charge_code VALUES ('%', 'everything');
INSERT INTO charge_code VALUES ('ENGRAVING', 'engraving'), ('WRAP%', 'gift wrapping');
CALL pg_temp.load('6,engraving,E,1,2011-04-01,3,1,France', '6,WRAP-RED,W,1,2011-04-01,2,1,France', '6,A,APPLE,1,2011-04-01,10,1,France', 'C7,ENGRAVING,E,-1,2011-04-02,3,1,France');
CALL warehouse_refresh('wh_rules');
SELECT charge_code, charge_class, amount FROM fact_charge ORDER BY invoice_no, charge_code;
SELECT revenue FROM mart_daily_sales WHERE date = '2011-04-01';
DELETE FROM charge_code WHERE code = 'POST';
CALL pg_temp.load('8,POST,POSTAGE,1,2011-04-03,4,1,France');
CALL warehouse_refresh('wh_rules');
SELECT revenue FROM mart_daily_sales WHERE date = '2011-04-03';

-- A country's label that was unknown gets its codes.
CALL pg_temp.load('9,A,APPLE,1,2011-04-04,10,9,Ruritania');
CALL warehouse_refresh('wh_rules');
SELECT country, country_name, iso2, iso3 FROM mart_country WHERE country = 'Ruritania';
INSERT INTO country VALUES ('Ruritania', 'RU', 'RUR', 999, 'Kingdom of Ruritania', false, 'country');
CALL warehouse_refresh('wh_rules');
SELECT country, country_name, iso2, iso3 FROM mart_country WHERE country = 'Ruritania';
INSERT INTO country VALUES ('Zenda', NULL, NULL, NULL, 'Zenda', false, 'castle');

-- Segments: renamed, one more, an action for it; the other map; scores by ntile; gross.
SELECT customer_id, r_score, f_score, m_score, segment FROM mart_rfm ORDER BY customer_id;
UPDATE rfm_rule SET segment = 'Stars' WHERE segment IN ('Champions', 'Loyal Customers') AND map = 'seg11';
CALL warehouse_refresh('wh_rules');
SELECT customer_id, segment FROM mart_rfm WHERE segment = 'Stars' ORDER BY customer_id;
SELECT segment, customers, action FROM mart_rfm_segment WHERE segment IN ('Stars', 'Loyal Customers') ORDER BY segment;
INSERT INTO rfm_action VALUES ('Stars', 0, 'Send flowers');
CALL warehouse_refresh('wh_rules');
SELECT segment, customers, action FROM mart_rfm_segment ORDER BY rank LIMIT 2;
SELECT customer_id, frequency, monetary FROM mart_rfm ORDER BY customer_id;
UPDATE setting SET value = 'gross' WHERE name = 'rfm_monetary';
UPDATE setting SET value = 'seg10' WHERE name = 'rfm_map';
UPDATE setting SET value = 'ntile' WHERE name = 'rfm_rule';
CALL warehouse_refresh('wh_rules');
SELECT customer_id, frequency, monetary, rfm_code, m.segment, m.segment = g.segment AS of_the_map
FROM mart_rfm AS m JOIN rfm_grid('seg10') AS g ON g.r_score = m.r_score AND g.fm_score = m.f_score ORDER BY customer_id;

-- A setting that says nothing stops the run with its reason, and the readers keep the old marts; put right, all is well.
UPDATE setting SET value = 'quintile' WHERE name = 'rfm_rule';
CALL warehouse_refresh('wh_rules');
\echo :SQLSTATE
SELECT step, status, message FROM warehouse_run WHERE run_id = (SELECT max(run_id) FROM warehouse_run) AND status <> 'done' ORDER BY step;
SELECT count(*) AS customers FROM mart_rfm;
UPDATE setting SET value = 'tie' WHERE name = 'rfm_rule';
UPDATE setting SET value = 'Europe/Atlantis' WHERE name = 'time_zone';
CALL pg_temp.load('10,A,APPLE,1,2011-05-01T23:30Z,10,9,France');
CALL warehouse_refresh('wh_rules');
\echo :SQLSTATE
UPDATE setting SET value = 'Europe/London' WHERE name = 'time_zone';
CALL warehouse_refresh('wh_rules');
SELECT date_key FROM fact_sales WHERE invoice_no = '10';
SELECT status, count(*) FROM warehouse_run WHERE step = 'refresh' GROUP BY status ORDER BY status;
DROP SCHEMA wh_rules CASCADE;
