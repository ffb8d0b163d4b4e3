-- forecast, forecast_backtest, forecast_explain: the shape of what they return.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

-- A shop that is shut on Saturdays, with a week, a trend and noise.
CREATE TEMP TABLE shop AS
SELECT date '2024-01-01' + n AS ds,
       CASE WHEN n % 7 = 5 THEN 0 ELSE (100 + n * 0.2) * (1 + 0.1 * (n % 7)) + (n * 7919 % 31) - 15 END::float8 AS y
FROM generate_series(0, 199) n;
CREATE TEMP TABLE one AS SELECT series_agg(ds, y) AS s FROM shop;

SELECT f.ds, f.status, f.yhat BETWEEN 60 AND 260 AS plausible, f.yhat_lower < f.yhat AND f.yhat < f.yhat_upper AS inside, yhat_upper = 0 AS shut
FROM one, forecast(s) f;
-- Fixed methods; the column says which one it was.
SELECT m AS asked, count(*), min(method), bool_and(yhat BETWEEN 0 AND 400) AS plausible, bool_and(yhat_lower <= yhat AND yhat <= yhat_upper) AS ordered, min(status)
FROM one, unnest(ARRAY['ensemble', 'seasonal_naive', 'naive', 'seasonal_mean', 'seasonal_mean_8', 'seasonal_median', 'seasonal_median_8', 'drift', 'croston', 'sba', 'tsb', 'ets',
                       'ets_sqrt', 'ets_damped', 'ses', 'ses_sqrt', 'theta', 'theta_standard', 'ses_seasonal', 'ar', 'ar_log', 'ar_short', 'ar_diff', 'ar_seasonal_diff', 'prophet', 'ETS']) m,
     LATERAL forecast(s, 5, m) GROUP BY m ORDER BY m COLLATE "C";
-- Seasonal naive is last week, the closed day included.
SELECT bool_and(f.yhat = d.y) AS last_week FROM one, forecast(s, 7, 'seasonal_naive') f JOIN shop d ON d.ds = f.ds::date - 7;
-- A wider probability gives a wider interval; limits hold everything.
SELECT bool_and(a.yhat_upper >= b.yhat_upper AND a.yhat = b.yhat) AS wider FROM one, forecast(s, 7, 'theta', 0.95) a JOIN LATERAL forecast(s, 7, 'theta', 0.5) b USING (ds);
SELECT max(yhat) <= 150 AND max(yhat_upper) <= 150 AND min(yhat_lower) >= 120 AS held FROM one, forecast(s, lower_limit => 120, upper_limit => 150);
-- The season found, and one given.
SELECT DISTINCT season, long_season, n_origins, origin_step, n_values FROM one, forecast_explain(s);
SELECT DISTINCT season, long_season, n_values FROM one, forecast_explain(s, season => 1);
SELECT DISTINCT season, long_season FROM forecast_explain((SELECT series_agg(timestamp '2024-01-01' + n * interval '1 hour', 10 + n % 24 + (n * 31 % 7)) FROM generate_series(0, 799) n), 24);
SELECT DISTINCT season, long_season FROM forecast_explain((SELECT series_agg(date '2015-01-01' + n * interval '1 month', 10 + 5 * (n % 12) + (n * 31 % 7)) FROM generate_series(0, 59) n), 6);
-- One is chosen, it is not worse than seasonal_naive, the weights of the ensemble are shares.
SELECT count(*) FILTER (WHERE is_chosen) AS chosen, bool_and(mae_ratio <= 1) FILTER (WHERE is_chosen) AS not_worse, round(sum(weight)::numeric, 9) AS weights,
       count(*) FILTER (WHERE method = 'seasonal_naive') AS naive, count(reason) AS reasons, count(*) > 5 AS several FROM one, forecast_explain(s);
SELECT (SELECT method FROM one, forecast_explain(s) WHERE is_chosen) = (SELECT min(method) FROM one, forecast(s)) AS same;
-- Dates: after the last one known, in steps of the series.
SELECT ds FROM forecast((SELECT series_agg(date '2020-02-01' + n * interval '1 month' - interval '1 day', n % 12) FROM generate_series(0, 47) n), 3);
SELECT ds, yhat FROM forecast((SELECT series_agg(date '2024-01-01' + n, CASE WHEN n < 20 THEN 3 END) FROM generate_series(0, 21) n), 2);
-- Backtest: cutoffs, actual values, no leak; the same forecast as from the shorter series.
SELECT count(DISTINCT cutoff), min(cutoff), max(cutoff), max(ds), count(*) FROM one, forecast_backtest(s, 7, 'theta', initial => '150 days', period => '14 days');
SELECT bool_and(b.y = d.y) AS actual FROM one, forecast_backtest(s, initial => '180 days') b JOIN shop d ON d.ds = b.ds::date;
SELECT count(*), bool_and(b.yhat = f.yhat AND b.yhat_lower = f.yhat_lower AND b.method = f.method) AS same
FROM one, forecast_backtest(s, initial => '180 days') b JOIN LATERAL (
    SELECT f.* FROM (SELECT series_agg(ds, y) AS past FROM shop WHERE ds <= b.cutoff) p, LATERAL forecast(p.past) f) f USING (ds);
-- Scored by the metric aggregates.
SELECT mae(y, yhat) < mae(y, 150) AS better_than_a_constant, coverage(y, yhat_lower, yhat_upper) BETWEEN 0.5 AND 1 AS covers FROM one, forecast_backtest(s);
-- Many series, and row order does not matter.
SELECT store, count(*), bool_and(yhat > 0 OR status = 'closed') AS fine
FROM (SELECT g AS store, series_agg(ds, y * g) AS s FROM shop, generate_series(1, 3) g GROUP BY g) q, LATERAL forecast(q.s) GROUP BY store ORDER BY store;
SELECT bool_and(a.yhat = b.yhat AND a.yhat_upper = b.yhat_upper) AS same
FROM one, forecast(s) a JOIN LATERAL forecast((SELECT series_agg(ds, y) FROM (SELECT * FROM shop ORDER BY md5(ds::text)) x)) b USING (ds);
-- In a window: every day's forecast of the next one from the 60 days before it.
SELECT count(*), bool_and(f.yhat >= 0) AS fine
FROM (SELECT ds, series_agg(ds, y) OVER (ORDER BY ds ROWS BETWEEN 59 PRECEDING AND CURRENT ROW) AS s FROM shop) w, LATERAL forecast(w.s, 1, 'ses', lower_limit => 0) f
WHERE w.ds >= '2024-07-10';
