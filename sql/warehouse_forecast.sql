-- Step forecast: the archive against plain sums over the facts and against forecast_backtest; coherence; drift; days that are
-- repeated, added, looked back to; shops with hardly a day.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA forecast_test;
SET search_path = forecast_test, public;

-- Pseudo-random 0 ... n-1 for draw k of line i.
CREATE FUNCTION draw(i int, k int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5(i || ':' || k), 1, 7))::bit(28)::int % n $$;
-- The lines of the days from ... to: closed on Saturdays and English holidays; countries of 60, 25, 12, 2 and 1 parts.
CREATE FUNCTION shop_lines(first date, last date, factor float8 DEFAULT 1)
RETURNS TABLE (invoice_no text, stock_code text, description text, quantity text, invoice_date text, unit_price text, customer_id text, country text) LANGUAGE sql AS $$
    SELECT 'S' || d || '-' || i, 'P' || draw(d * 50 + i, 1, 6), 'THING', ceil(factor * (1 + draw(d * 50 + i, 2, 6)))::text,
           to_char(date '2024-01-01' + d + time '09:00' + make_interval(mins => 10 * i), 'YYYY-MM-DD HH24:MI:SS'), '2.5', (100 + draw(d * 50 + i, 3, 40))::text,
           (ARRAY['United Kingdom', 'France', 'EIRE', 'Japan', 'Malta'])[1 + (SELECT count(*) FROM unnest(ARRAY[60, 85, 97, 99]) AS c WHERE draw(d * 50 + i, 4, 100) >= c)]
    FROM generate_series(first - date '2024-01-01', last - date '2024-01-01') AS d, generate_series(1, 8 + 3 * (d % 7 % 4)) AS i
    WHERE d % 7 <> 5 AND NOT EXISTS (SELECT FROM public_holidays('GB') AS h WHERE h.date = date '2024-01-01' + d)
$$;
CREATE PROCEDURE load(shop text, first date, last date, factor float8 DEFAULT 1) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %I.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
        SELECT * FROM forecast_test.shop_lines($1, $2, $3)', shop) USING first, last, factor;
END $$;

CALL warehouse_create('fc');
CALL load('fc', '2024-01-02', '2024-08-10');
-- An order taken back after ten minutes is no demand, not even over midnight.
INSERT INTO fc.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
VALUES ('X1', 'P1', 'THING', '80000', '2024-07-03 12:00:00', '1', '100', 'France'), ('CX1', 'P1', 'THING', '-80000', '2024-07-03 12:10:00', '1', '100', 'France'),
       ('X2', 'P2', 'THING', '70000', '2024-08-01 23:55:00', '1', '101', 'France'), ('CX2', 'P2', 'THING', '-70000', '2024-08-02 00:05:00', '1', '101', 'France');
CALL warehouse_refresh('fc');

SELECT dimension, metric, is_future, count(DISTINCT entity) AS entities, count(*), count(yhat), min(horizon), max(horizon), min(date), max(date), count(actual) AS actuals
FROM fc.mart_forecast GROUP BY dimension, metric, is_future ORDER BY 1, 2, 3;
SELECT string_agg(DISTINCT entity, ', ') FROM fc.mart_forecast WHERE dimension = 'country';
SELECT count(*) FILTER (WHERE yhat IS NULL OR yhat_lower > yhat OR yhat > yhat_upper OR yhat_lower < 0) AS wrong FROM fc.mart_forecast WHERE is_future;
-- Saturdays, and the holiday of August.
SELECT date, min(yhat_lower), max(yhat_upper) FROM fc.mart_forecast WHERE status = 'closed' AND is_future GROUP BY date ORDER BY date;
SELECT count(*) AS rows, count(DISTINCT (metric, dimension, entity, date)) AS keys FROM fc.mart_forecast_band;

-- Actuals against the facts, computed another way.
CREATE TABLE clean AS
SELECT s.*, c.country, p.stock_code FROM fc.fact_sales AS s JOIN fc.dim_country AS c USING (country_key) JOIN fc.dim_product AS p USING (product_key) WHERE NOT s.is_reversed;
CREATE TABLE truth AS
SELECT m.metric, 'total' AS dimension, '' AS entity, d::date AS date, m.y
FROM generate_series(timestamp '2024-01-02', '2024-08-09', '1 day') AS d LEFT JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS revenue, count(DISTINCT invoice_no) AS orders, coalesce(sum(quantity), 0) AS units FROM clean WHERE order_ts::date = d) AS c ON true
LEFT JOIN LATERAL (SELECT count(DISTINCT customer_key) AS customers FROM fc.fact_sales WHERE order_ts::date = d) AS k ON true
CROSS JOIN LATERAL (VALUES ('revenue', c.revenue), ('orders', c.orders), ('units', c.units), ('customers', k.customers)) AS m (metric, y)
UNION ALL
SELECT 'revenue', 'country', e, d::date, coalesce((SELECT sum(amount) FROM clean WHERE order_ts::date = d AND (CASE country WHEN 'Malta' THEN 'rest' ELSE country END) = e), 0)
FROM generate_series(timestamp '2024-01-02', '2024-08-09', '1 day') AS d, unnest(ARRAY['United Kingdom', 'France', 'EIRE', 'Japan', 'rest']) AS e
UNION ALL
SELECT 'units', 'product', e, d::date, coalesce((SELECT sum(quantity) FROM clean WHERE order_ts >= d AND order_ts < d + interval '7 days' AND stock_code = e), 0)
FROM generate_series(timestamp '2024-01-08', '2024-07-29', '7 days') AS d, (SELECT stock_code FROM fc.mart_product) AS p (e);
SELECT dimension, count(*) FILTER (WHERE t.y IS NULL) AS unknown, count(*) FILTER (WHERE a.value <> t.y) AS wrong, count(*) > 20 AS enough
FROM fc.forecast_actual AS a LEFT JOIN truth AS t USING (metric, dimension, entity, date) GROUP BY dimension ORDER BY dimension;
-- The scored archive against the same.
SELECT count(*) FILTER (WHERE (s.error, s.abs_error, s.in_band, s.lead)
           IS DISTINCT FROM (f.yhat - t.y, abs(t.y - f.yhat), t.y >= f.yhat_lower AND t.y <= f.yhat_upper, f.date + CASE f.dimension WHEN 'product' THEN 6 ELSE 0 END - f.as_of)) AS wrong,
       count(*) > 5000 AS enough, bool_and(f.is_backtest) AS backtests
FROM fc.forecast_archive AS f JOIN truth AS t USING (metric, dimension, entity, date) LEFT JOIN fc.mart_forecast_scored AS s USING (metric, dimension, entity, method, as_of, date);
SELECT count(*) AS leads, sum(n) = (SELECT count(*) FROM fc.mart_forecast_scored WHERE method = 'auto' AND metric = 'orders') AS all_of_them
FROM fc.mart_forecast_lead WHERE metric = 'orders' AND method = 'auto';

-- What forecast_backtest makes of the same days, but for the public holidays, which it does not know.
CREATE TABLE backtest AS
SELECT m.metric, m.method, b.cutoff, b.ds, b.y, b.yhat
FROM (SELECT metric, series_agg(date, y::float8) AS series, count(*)::int AS n FROM truth WHERE dimension = 'total' GROUP BY metric) AS s
JOIN (VALUES ('revenue', 'auto'), ('orders', 'auto'), ('units', 'theta'), ('customers', 'seasonal_naive'), ('orders', 'prophet')) AS m (metric, method) USING (metric)
CROSS JOIN LATERAL forecast_backtest(s.series, 7, m.method, make_interval(days => s.n - 91), interval '7 days', lower_limit => 0) AS b;
SELECT b.metric, b.method, count(*), count(*) FILTER (WHERE h.date IS NULL AND abs(f.yhat - b.yhat::numeric) > 0.0001) AS wrong,
       count(*) FILTER (WHERE h.date IS NOT NULL) AS holidays
FROM backtest AS b JOIN fc.forecast_archive AS f ON (f.metric, f.method, f.as_of, f.date) = (b.metric, b.method, b.cutoff::date, b.ds::date) AND f.dimension = 'total'
LEFT JOIN public_holidays('GB') AS h ON h.date = b.ds::date
GROUP BY b.metric, b.method ORDER BY 1, 2;
-- Accuracy, from these; the holiday was known to be closed.
WITH week AS (
    SELECT metric, method, cutoff, sum(CASE WHEN h.date IS NULL THEN yhat ELSE 0 END) AS yhat, sum(y) AS y
    FROM backtest LEFT JOIN public_holidays('GB') AS h ON h.date = ds::date GROUP BY metric, method, cutoff)
SELECT w.metric, w.method, a.origins, abs(a.accuracy - (1 - avg(abs(w.yhat - w.y) / w.y))) < 1e-6 AS accuracy
FROM week AS w JOIN fc.mart_forecast_accuracy AS a USING (metric, method) WHERE a.dimension = 'total' AND a.horizon = 7
GROUP BY w.metric, w.method, a.origins, a.accuracy ORDER BY 1, 2;
WITH day AS (
    SELECT metric, method, CASE WHEN h.date IS NULL THEN yhat ELSE 0 END AS yhat, y
    FROM backtest LEFT JOIN public_holidays('GB') AS h ON h.date = ds::date)
SELECT d.metric, d.method, abs(a.wape - wape(d.y, d.yhat)) < 1e-6 AS wape, abs(a.mape - mape(d.y, d.yhat)) < 1e-6 AS mape
FROM day AS d JOIN fc.mart_forecast_accuracy AS a USING (metric, method) WHERE a.dimension = 'total' AND a.horizon = 7
GROUP BY d.metric, d.method, a.wape, a.mape ORDER BY 1, 2;
SELECT dimension, horizon, min(origins), max(origins), count(DISTINCT method) AS methods FROM fc.mart_forecast_accuracy GROUP BY 1, 2 ORDER BY 1, 2;

-- Countries and the total agree to the penny, in what is shown and in all that was archived; sums are the sums of what is shown.
SELECT count(*) AS days, max(abs(total - parts)) AS apart
FROM (SELECT as_of, date, sum(yhat) FILTER (WHERE dimension = 'total') AS total, sum(yhat) FILTER (WHERE dimension = 'country') AS parts
      FROM fc.forecast_archive WHERE method = 'reconciled' GROUP BY as_of, date) AS d;
SELECT count(*) AS wrong FROM fc.mart_forecast AS m LEFT JOIN fc.forecast_archive AS f
    ON (f.metric, f.dimension, f.entity, f.as_of, f.date, f.method) = (m.metric, m.dimension, m.entity, m.trained_to, m.date, CASE m.metric WHEN 'revenue' THEN 'reconciled' ELSE 'auto' END)
WHERE m.is_future AND (f.yhat, f.yhat_lower, f.horizon) IS DISTINCT FROM (m.yhat, m.yhat_lower, m.horizon);
SELECT t.dimension, t.horizon, min(t.from_date), max(t.to_date), bool_and(t.yhat = m.yhat) AS sums, min(t.origins), max(t.origins)
FROM fc.mart_forecast_total AS t CROSS JOIN LATERAL (
    SELECT sum(yhat) AS yhat FROM fc.mart_forecast AS m
    WHERE m.is_future AND (m.metric, m.dimension, m.entity) = (t.metric, t.dimension, t.entity) AND m.horizon <= t.horizon) AS m
GROUP BY t.dimension, t.horizon ORDER BY 1, 2;
-- Their band: the .8 quantile of what the 13 totals were wrong by, widened by .3 / sqrt(13).
WITH week AS (
    SELECT metric, cutoff, abs(sum(CASE WHEN h.date IS NULL THEN yhat ELSE 0 END) - sum(y)) AS error
    FROM backtest LEFT JOIN public_holidays('GB') AS h ON h.date = ds::date WHERE method = 'auto' GROUP BY metric, cutoff)
SELECT abs(t.yhat_upper - t.yhat - w.half::numeric) < 0.001 AS upper, t.yhat_lower = greatest(2 * t.yhat - t.yhat_upper, 0) AS lower
FROM (SELECT percentile_cont(0.8) WITHIN GROUP (ORDER BY error) * (1 + 0.3 / sqrt(13)) AS half FROM week WHERE metric = 'orders') AS w,
     fc.mart_forecast_total AS t WHERE t.metric = 'orders' AND t.horizon = 7;
SELECT value, ok FROM warehouse_status('fc') WHERE item = 'forecast drift';

-- The same day again replaces its forecasts and makes no other; another weekday adds its own and the 13 before it.
CREATE FUNCTION told(OUT mart text, OUT line text) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT 'forecast', (metric, dimension, entity, horizon, date, actual, yhat, yhat_lower, yhat_upper, is_future, method, status, trained_to)::text FROM fc.mart_forecast
    UNION ALL SELECT 'total', (metric, dimension, entity, horizon, yhat, yhat_lower, yhat_upper, method, origins)::text FROM fc.mart_forecast_total
    UNION ALL SELECT 'accuracy', (metric, dimension, entity, method, horizon, origins, mape, wape, mase, coverage, accuracy, recent_error, usual_error, is_drifting)::text FROM fc.mart_forecast_accuracy
    UNION ALL SELECT 'archive', (metric, dimension, entity, method, as_of, horizon, date, yhat, yhat_lower, yhat_upper, chosen, status, is_backtest)::text FROM fc.forecast_archive
$$;
CREATE TABLE before AS SELECT * FROM told();
CALL warehouse_refresh('fc');
SELECT count(*) AS differences FROM before AS b FULL JOIN told() AS t USING (mart, line) WHERE b.line IS NULL OR t.line IS NULL;
SELECT count(DISTINCT as_of) FILTER (WHERE run_id = 1) AS first_run, count(DISTINCT as_of) FILTER (WHERE run_id = 2) AS second_run FROM fc.forecast_archive WHERE dimension = 'total';
CALL load('fc', '2024-08-11', '2024-08-11');
CALL warehouse_refresh('fc');
SELECT dimension, count(DISTINCT as_of) FILTER (WHERE run_id = 3) AS made, count(DISTINCT as_of) FILTER (WHERE NOT is_backtest) AS live, count(DISTINCT as_of) AS kept
FROM fc.forecast_archive GROUP BY dimension ORDER BY dimension;
-- Sunday: a week is over.
SELECT dimension, max(trained_to) AS trained_to, count(*) FILTER (WHERE is_future) AS ahead FROM fc.mart_forecast GROUP BY dimension ORDER BY dimension;
-- A look back shows what was known then, and leaves what was told since in the archive.
CALL warehouse_refresh('fc', '2024-07-14');
SELECT dimension, max(date) FILTER (WHERE NOT is_future) AS last_actual, max(date) AS last FROM fc.mart_forecast GROUP BY dimension ORDER BY dimension;
SELECT bool_and(is_backtest) AS looking_back FROM fc.forecast_archive WHERE as_of = '2024-07-14' AND run_id = 4;
SELECT max(date) <= '2024-07-14' AS no_later FROM fc.mart_forecast_scored;
SELECT count(*) > 0 AS still_there FROM fc.forecast_archive WHERE NOT is_backtest AND as_of = '2024-08-11';

-- What breaks is seen to drift: from the middle of August on sales are forty times and a hundredth of what they were, by turns.
CALL load('fc', '2024-08-12', '2024-08-18', 40);
CALL load('fc', '2024-08-19', '2024-08-25', 0.01);
CALL load('fc', '2024-08-26', '2024-09-01', 40);
CALL load('fc', '2024-09-02', '2024-09-08', 0.01);
CALL warehouse_refresh('fc');
SELECT metric, is_drifting, recent_error > 3 * usual_error AS much_worse FROM fc.mart_forecast_accuracy
WHERE dimension = 'total' AND method = 'auto' AND horizon = 7 ORDER BY metric;
SELECT value ~ '^[1-9][0-9]* of [0-9]+ series: ' AS value, ok FROM warehouse_status('fc') WHERE item = 'forecast drift';
SELECT bool_and(is_drifting IS NULL) AS too_few FROM fc.mart_forecast_accuracy WHERE dimension = 'product' OR horizon = 28;

-- Settings: all countries, none, an archive that ends.
UPDATE fc.setting SET value = '0' WHERE name = 'forecast_country_share';
CALL warehouse_refresh('fc');
SELECT string_agg(DISTINCT entity, ', ' ORDER BY entity) AS countries FROM fc.mart_forecast WHERE dimension = 'country' AND is_future;
UPDATE fc.setting SET value = '1' WHERE name = 'forecast_country_share';
UPDATE fc.setting SET value = '119' WHERE name = 'forecast_archive_days';
CALL warehouse_refresh('fc', '2024-12-31');
SELECT string_agg(DISTINCT dimension, ', ') AS dimensions FROM fc.mart_forecast;
SELECT min(as_of) AS first_kept FROM fc.forecast_archive;
UPDATE fc.setting SET value = '2.5%' WHERE name = 'forecast_country_share';
CALL warehouse_refresh('fc');
DELETE FROM fc.setting WHERE name = 'forecast_country_share';
CALL warehouse_refresh('fc');
INSERT INTO fc.setting VALUES ('forecast_country_share', '0.01', '');
UPDATE fc.setting SET value = '118' WHERE name = 'forecast_archive_days';
CALL warehouse_refresh('fc');

-- No day, one, ten; then none as of a day before the first.
CALL warehouse_create('fc_small');
CALL warehouse_refresh('fc_small');
SELECT (SELECT count(*) FROM fc_small.mart_forecast) AS forecasts, (SELECT count(*) FROM fc_small.forecast_archive) AS archived;
CALL load('fc_small', '2024-01-02', '2024-01-02');
CALL warehouse_refresh('fc_small');
SELECT dimension, metric, count(*), count(yhat), min(status), max(status) FROM fc_small.mart_forecast WHERE is_future GROUP BY 1, 2 ORDER BY 1, 2;
SELECT value, ok FROM warehouse_status('fc_small') WHERE item = 'forecast drift';
CALL load('fc_small', '2024-01-03', '2024-01-11');
CALL warehouse_refresh('fc_small');
SELECT dimension, metric, count(*), count(yhat) FILTER (WHERE yhat >= 0) AS forecast, max(abs(yhat - actual)) FILTER (WHERE actual IS NOT NULL AND status <> 'closed') IS NOT NULL AS scored
FROM fc_small.mart_forecast GROUP BY 1, 2 ORDER BY 1, 2;
SELECT horizon, max(origins) AS origins FROM fc_small.mart_forecast_accuracy GROUP BY 1 ORDER BY 1;
CALL warehouse_refresh('fc_small', '2023-12-31');
SELECT (SELECT count(*) FROM fc_small.mart_forecast) AS forecasts, (SELECT count(*) FROM fc_small.mart_forecast_total) AS totals, (SELECT count(*) FROM fc_small.mart_forecast_accuracy) AS accuracies;

-- A country that is two days old does not know yet that the shop is closed on Saturdays: it is all the same. What was told
-- of 'rest' before it is kept apart, and the parts add up on every day that is backtested or ahead.
CALL warehouse_create('fc_young');
CREATE PROCEDURE load_young(from_day date, to_day date, country text, price text, weight int) LANGUAGE sql AS $$
    INSERT INTO fc_young.raw_sales (invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country)
    SELECT country || to_char(d, 'YYYYMMDD'), 'P' || p, 'thing', (weight + p)::text, to_char(d, 'YYYY-MM-DD'), price, '7', country
    FROM generate_series(from_day::timestamp, to_day::timestamp, '1 day') AS d, generate_series(1, 10) AS p WHERE extract(isodow FROM d) <> 6
$$;
CALL load_young('2024-01-01', '2024-05-31', 'United Kingdom', '2', 10);
CALL load_young('2024-01-01', '2024-05-31', 'Spain', '0.01', 10);
CALL warehouse_refresh('fc_young');
SELECT entity, count(*) FILTER (WHERE NOT is_backtest) AS told, count(*) FILTER (WHERE is_backtest) AS backtested
FROM fc_young.forecast_archive WHERE dimension = 'country' AND entity LIKE 'rest%' AND method = 'reconciled' GROUP BY 1 ORDER BY 1;
CALL load_young('2024-06-01', '2024-06-03', 'United Kingdom', '2', 10);
CALL load_young('2024-06-02', '2024-06-03', 'France', '10', 20);
CALL warehouse_refresh('fc_young');
SELECT entity, count(*) FILTER (WHERE NOT is_backtest) AS told, count(*) FILTER (WHERE is_backtest) AS backtested
FROM fc_young.forecast_archive WHERE dimension = 'country' AND entity LIKE 'rest%' AND method = 'reconciled' GROUP BY 1 ORDER BY 1;
SELECT is_future, count(*) AS days, count(*) FILTER (WHERE parts <> total) AS wrong, count(*) FILTER (WHERE total = 0) AS closed
FROM (SELECT date, is_future, sum(yhat) FILTER (WHERE dimension = 'total') AS total, sum(yhat) FILTER (WHERE dimension = 'country') AS parts
      FROM fc_young.mart_forecast WHERE metric = 'revenue' GROUP BY 1, 2) AS day
GROUP BY 1 ORDER BY 1;

DROP SCHEMA forecast_test, fc, fc_small, fc_young CASCADE;
