-- mart_anomaly: what is watched, what is found in a shop whose trouble is planted, who did it, and what becomes of alerts over
-- refreshes, late lines and looks back. What is expected follows from how the shop is made.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = ISO;
DROP SCHEMA IF EXISTS watch CASCADE;
CALL warehouse_create('watch');

-- Nine orders of three products on every day but Saturdays, a fifth fewer on Sundays: six orders of the United Kingdom, two of
-- Germany, one of France; quantities vary by a few. P9 sells on Mondays and Thursdays only, for 30 each, 400 of them on 20 June.
-- Shut on the bank holidays of 25 April and 30 May.
CREATE VIEW watch.made AS
SELECT d::date AS day, k, p, 'I' || to_char(d, 'YYMMDD') || k AS invoice_no, 'P' || p AS stock_code,
       ((CASE WHEN extract(isodow FROM d) = 7 THEN 40 ELSE 50 END + (n * 31 + k * 17 + p * 7) % 13))::int AS quantity,
       d + interval '10 hours' + k * interval '20 minutes' AS at, 100 + (n * 3 + k) % 40 AS customer_id,
       CASE WHEN k < 6 THEN 'United Kingdom' WHEN k < 8 THEN 'Germany' ELSE 'France' END AS country
FROM generate_series(timestamp '2011-03-01', '2011-07-31', '1 day') WITH ORDINALITY AS g (d, n), generate_series(0, 8) AS k, generate_series(1, 3) AS p
WHERE extract(isodow FROM d) <> 6 AND d NOT IN ('2011-04-25', '2011-05-30');
CREATE PROCEDURE watch.load(first date, last date) LANGUAGE sql AS $$
    INSERT INTO watch.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
    SELECT invoice_no, stock_code, 'THING ' || p, quantity::text, at::text, '2.00', customer_id::text, country FROM watch.made WHERE day BETWEEN first AND last AND day <> '2011-06-07'
    UNION ALL
    SELECT invoice_no, 'P9', 'THING 9', (CASE WHEN day = '2011-06-20' THEN 400 ELSE 80 + quantity % 13 END)::text, at::text, '30.00', customer_id::text, country FROM watch.made
    WHERE day BETWEEN first AND last AND day <> '2011-06-07' AND k = 0 AND p = 1 AND extract(isodow FROM day) IN (1, 4)
$$;
CREATE PROCEDURE watch.sell(invoice_no text, stock_code text, quantity int, at timestamp, customer_id text, country text) LANGUAGE sql AS $$
    INSERT INTO watch.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
    SELECT $1, $2, 'THING ' || substr($2, 2), $3::text, $4::text, '2.00', $5, $6
$$;

-- History to 19 June: no sale at all on Tuesday 7 June; on Thursday 16 June guests of France buy 3,000 of P2.
CALL watch.load('2011-03-01', '2011-06-19');
CALL watch.sell('BIG', 'P2', 3000, '2011-06-16 15:00', NULL, 'France');
CALL warehouse_refresh('watch');
SELECT metric, dimension, entity, grain FROM watch.anomaly_series ORDER BY dimension, entity, metric;
SELECT metric, dimension, entity, date, direction, severity, round(actual) AS actual, round(impact) < 0 AS is_loss FROM watch.mart_anomaly
WHERE is_anomaly AND severity IN ('critical', 'high') ORDER BY date, dimension, entity, metric;
SELECT driver_kind, driver, round(driver_impact) BETWEEN 5900 AND 6100 AS about_6000, left(explanation, 15) FROM watch.mart_anomaly
WHERE (metric, dimension, date) = ('revenue', 'total', '2011-06-16');
SELECT driver_kind, driver, explanation LIKE 'revenue: drop, 0 against%with all the others, United Kingdom: -%' AS told FROM watch.mart_anomaly
WHERE (metric, dimension, date) = ('revenue', 'total', '2011-06-07');
-- Closures are not judged, Saturdays are expected to be empty; no row is judged twice.
SELECT count(*) FILTER (WHERE date IN ('2011-04-25', '2011-05-30')) AS closed, count(*) FILTER (WHERE date = '2011-06-18' AND expected = 0 AND NOT is_anomaly) AS saturday,
       count(*) AS days FROM watch.mart_anomaly WHERE (metric, dimension) = ('revenue', 'total');
SELECT count(DISTINCT entity), count(*), bool_and(extract(isodow FROM date) = 1 AND date BETWEEN '2011-03-07' AND '2011-06-13') AS mondays FROM watch.mart_anomaly WHERE grain = 'week';
-- Money: orders and customers at what each should have brought, aov times the orders that there were.
SELECT m.metric, m.date, round(m.impact - CASE m.metric WHEN 'aov' THEN m.deviation * 10 ELSE r.deviation END, 2) AS off
FROM watch.mart_anomaly AS m JOIN watch.mart_anomaly AS r ON (r.metric, r.dimension, r.date) = ('revenue', 'total', m.date)
WHERE m.dimension = 'total' AND (m.metric = 'aov' AND m.date = '2011-06-16' OR m.metric IN ('orders', 'revenue') AND m.date = '2011-06-07') ORDER BY m.metric;

-- A day more: new rows only, each as it would have been judged by all days before it (Saturdays that touch a bank holiday are
-- closed like it).
CREATE TABLE watch.before AS SELECT * FROM watch.mart_anomaly;
CALL watch.load('2011-06-20', '2011-06-20');
CALL warehouse_refresh('watch');
SELECT count(*) FILTER (WHERE b.date IS NULL) AS new, count(*) FILTER (WHERE b.date IS NOT NULL AND m IS DISTINCT FROM b) AS changed, count(DISTINCT m.date) FILTER (WHERE b.date IS NULL) AS days
FROM watch.mart_anomaly AS m LEFT JOIN watch.before AS b USING (metric, dimension, entity, date);
SELECT m.metric, m.expected = round(a.expected::numeric, 4) AS expected, abs(m.z - a.z) < 1e-9 AS z, abs(m.score - a.score) < 1e-12 AS score
FROM watch.mart_anomaly AS m JOIN watch.anomaly_series AS s USING (metric, dimension, entity),
     LATERAL anomaly_detect((SELECT series_agg(v.date, v.value::float8) FROM watch.anomaly_value AS v WHERE v.series_id = s.series_id),
                            train_until => '2011-06-19', causal => true, closed => '{2011-04-23,2011-04-25,2011-04-30,2011-05-30}') AS a
WHERE m.dimension = 'total' AND m.date = '2011-06-20' AND m.metric <> 'revenue_gross' ORDER BY m.metric;
-- Nothing new: nothing done.
CALL warehouse_refresh('watch');
SELECT rows FROM watch.warehouse_run WHERE step = 'anomaly' ORDER BY run_id DESC LIMIT 1;

-- An order of 20,000 that is taken back within minutes is no revenue, and says so.
CALL watch.load('2011-06-21', '2011-06-22');
CALL watch.sell('OOPS', 'P3', 20000, '2011-06-21 11:00', '77', 'Germany');
CALL watch.sell('COOPS', 'P3', -20000, '2011-06-21 11:12', '77', 'Germany');
CALL warehouse_refresh('watch');
SELECT metric, is_anomaly, severity, driver_kind, driver, driver_impact::int, explanation LIKE '%taken back within 24 hours by COOPS%' AS told
FROM watch.mart_anomaly WHERE dimension = 'total' AND date = '2011-06-21' AND metric LIKE 'revenue%' ORDER BY metric;

-- States: acknowledged, resolved; kept over refreshes, with who and when.
SELECT metric, anomaly_acknowledge(anomaly_id, 'the web shop was down', 'watch') > 0 AS done FROM watch.mart_anomaly
WHERE metric IN ('revenue', 'orders') AND dimension = 'total' AND date = '2011-06-07' ORDER BY metric;
SELECT anomaly_acknowledge(anomaly_id, schema => 'watch') > 0 AS again FROM watch.mart_anomaly WHERE metric = 'revenue' AND dimension = 'total' AND date = '2011-06-07';
SELECT anomaly_resolve('revenue:total:2011-06-16:spike', 'a wholesaler', 'watch');
CALL watch.load('2011-06-23', '2011-06-26');
CALL warehouse_refresh('watch');
SELECT date, metric, status, note, status_by = current_user AS by_me, status_at > now() - interval '1 hour' AS just_now FROM watch.mart_anomaly
WHERE status_by IS NOT NULL AND date IN ('2011-06-07', '2011-06-16') ORDER BY date, metric;
SELECT metric, entity, date, round(actual) AS actual, direction, severity IS NOT NULL AS alert, driver FROM watch.mart_anomaly WHERE grain = 'week' AND is_anomaly;
-- An outage of days is one alert; a day more of what was acknowledged is acknowledged unless it is worse; after it was resolved it is another.
CALL watch.sell('LONE1', 'P1', 1, '2011-06-27 09:00', '101', 'Germany');
CALL watch.sell('LONE2', 'P1', 1, '2011-06-28 09:00', '101', 'Germany');
CALL warehouse_refresh('watch');
SELECT anomaly_acknowledge('revenue:total:2011-06-27:drop', 'again', 'watch');
CALL watch.sell('LONE3', 'P1', 1, '2011-06-29 09:00', '101', 'Germany');
CALL warehouse_refresh('watch');
SELECT anomaly_id, date, severity, status, note FROM watch.mart_anomaly WHERE metric = 'revenue' AND dimension = 'total' AND date > '2011-06-26' AND is_anomaly ORDER BY date;
SELECT anomaly_resolve('revenue:total:2011-06-27:drop', schema => 'watch') AS resolved;
SELECT anomaly_resolve('revenue:total:2011-06-27:drop', schema => 'watch') AS once_more;
CALL watch.sell('LONE4', 'P1', 1, '2011-06-30 09:00', '101', 'Germany');
CALL warehouse_refresh('watch');
SELECT anomaly_id, date, severity, status, note FROM watch.mart_anomaly WHERE metric = 'revenue' AND dimension = 'total' AND date > '2011-06-26' AND is_anomaly ORDER BY date;

-- 7 June was a holiday: its alerts are withdrawn, no other day's verdict changes but alerts beside it. It was none after all: what was
-- said about the alert of revenue is true again, and it does not count as new.
INSERT INTO watch.holiday VALUES ('GB', '2011-06-07', 'Stocktaking');
CALL warehouse_refresh('watch');
SELECT metric, is_anomaly, status, status_before_withdrawal AS before, note, severity IS NOT NULL AS kept, expected, z FROM watch.mart_anomaly WHERE dimension = 'total' AND date = '2011-06-07' ORDER BY metric;
SELECT date, count(*) > 0 AS judged_again FROM watch.mart_anomaly WHERE run_id = (SELECT max(run_id) FROM watch.warehouse_run) GROUP BY date ORDER BY date;
CALL warehouse_refresh('watch');
SELECT rows FROM watch.warehouse_run WHERE step = 'anomaly' ORDER BY run_id DESC LIMIT 1;
DELETE FROM watch.holiday WHERE name = 'Stocktaking';
CALL warehouse_refresh('watch');
SELECT metric, is_anomaly, status, status_before_withdrawal AS before, note, severity, w.was_grave FROM watch.mart_anomaly JOIN watch.work_verdict AS w USING (metric, dimension, entity, date, severity)
WHERE dimension = 'total' AND date = '2011-06-07' ORDER BY metric;

-- The lines of 7 June were only late: its alerts are withdrawn, never deleted, and keep what was said about them. Other days stay as they were.
DROP TABLE watch.before;
CREATE TABLE watch.before AS SELECT * FROM watch.mart_anomaly;
INSERT INTO watch.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
SELECT invoice_no, stock_code, 'THING ' || p, quantity::text, at::text, '2.00', customer_id::text, country FROM watch.made WHERE day = '2011-06-07';
CALL warehouse_refresh('watch');
SELECT metric, is_anomaly, status, note, severity IS NOT NULL AS kept, round(actual) > 3000 AS corrected FROM watch.mart_anomaly WHERE dimension = 'total' AND date = '2011-06-07' ORDER BY metric;
SELECT count(*) FILTER (WHERE m.date NOT IN ('2011-06-06', '2011-06-07') AND m IS DISTINCT FROM b) AS others FROM watch.mart_anomaly AS m JOIN watch.before AS b USING (metric, dimension, entity, date);

-- A look back changes nothing; the way back neither.
DROP TABLE watch.before;
CREATE TABLE watch.before AS SELECT * FROM watch.mart_anomaly;
CALL warehouse_refresh('watch', as_of => '2011-05-01');
SELECT max(date) FROM watch.mart_daily_sales;
CALL warehouse_refresh('watch');
SELECT count(*) AS changed FROM watch.mart_anomaly AS m FULL JOIN watch.before AS b USING (metric, dimension, entity, date) WHERE m IS DISTINCT FROM b;

-- The rule is the owner's: with thresholds out of reach nothing alerts on the days from then on.
UPDATE watch.anomaly_rule SET min_abs_z = min_abs_z * 1e6;
CALL watch.sell('LONE5', 'P1', 1, '2011-07-01 09:00', '101', 'Germany');
CALL warehouse_refresh('watch');
SELECT date, is_anomaly, round(deviation_pct) < -90 AS low FROM watch.mart_anomaly WHERE metric = 'revenue' AND dimension = 'total' AND date = '2011-07-01';
-- An emptied ledger is begun anew.
UPDATE watch.anomaly_rule SET min_abs_z = min_abs_z / 1e6;
DELETE FROM watch.mart_anomaly;
CALL warehouse_refresh('watch');
SELECT count(*) > 400 AS rows, count(*) FILTER (WHERE is_anomaly AND date = '2011-06-07') AS outage, count(note) AS notes FROM watch.mart_anomaly;

-- Mistakes.
CREATE FUNCTION pg_temp.mistake(statement text, OUT code text, OUT message text, OUT hinted bool) LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE statement;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    hinted := hint <> '';
END $$;
UPDATE watch.mart_anomaly SET status = CASE dimension WHEN 'total' THEN 'withdrawn' ELSE 'resolved' END
WHERE metric = 'revenue' AND entity IN ('', 'P2') AND date = '2011-06-16';
SELECT n, mistake.* FROM (VALUES
    (1, 'SELECT anomaly_acknowledge(NULL, schema => ''watch'')'),
    (2, 'SELECT anomaly_resolve(NULL, schema => ''watch'')'),
    (3, 'SELECT anomaly_acknowledge(''revenue:total:1999-01-01:drop'', schema => ''watch'')'),
    (4, 'SELECT anomaly_resolve('''', schema => ''watch'')'),
    (5, 'SELECT anomaly_acknowledge(''x'', schema => NULL)'),
    (6, 'SELECT anomaly_acknowledge(''x'', schema => ''no_such_shop'')'),
    (7, 'SELECT anomaly_resolve(''x'', schema => ''pg_catalog'')'),
    (8, 'SELECT anomaly_resolve(''x'', schema => ''Watch'')'),
    (9, 'SELECT anomaly_acknowledge(''x'', schema => ''watch, public'')'),
    (10, 'SELECT anomaly_acknowledge(anomaly_id, schema => ''watch'') FROM watch.mart_anomaly WHERE status = ''resolved'''),
    (11, 'SELECT anomaly_acknowledge(anomaly_id, schema => ''watch'') FROM watch.mart_anomaly WHERE status = ''withdrawn'''),
    (12, 'SELECT anomaly_resolve(anomaly_id, schema => ''watch'') FROM watch.mart_anomaly WHERE status = ''withdrawn'''),
    (13, 'SELECT anomaly_resolve(''revenue'', schema => ''watch'')'),
    (14, 'UPDATE watch.mart_anomaly SET status = ''closed'' WHERE is_anomaly'),
    (15, 'INSERT INTO watch.anomaly_rule VALUES (''urgent'', 9, .99)'),
    (16, 'UPDATE watch.anomaly_rule SET min_abs_z = 0'),
    (17, 'UPDATE watch.anomaly_rule SET min_q = 1.5'),
    (18, 'SELECT warehouse_step_anomaly(1)'),
    (19, 'UPDATE watch.anomaly_rule SET min_abs_z = ''NaN'''),
    (20, 'UPDATE watch.anomaly_rule SET min_q = ''NaN''')
    ) AS c(n, statement), LATERAL pg_temp.mistake(statement) ORDER BY n;
CALL watch.load('2011-07-03', '2011-07-03');
\set VERBOSITY terse
UPDATE watch.setting SET value = '-1' WHERE name = 'anomaly_share';
CALL warehouse_refresh('watch');
DELETE FROM watch.setting WHERE name = 'anomaly_share';
CALL warehouse_refresh('watch');
DROP SCHEMA watch CASCADE;
