-- Short, constant, empty and odd series: an honest forecast or a row that says why there is none.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

CREATE TEMP TABLE daily AS SELECT date '2024-01-01' + n AS ds, 10 + n % 7 + (n * 31 % 5) AS y FROM generate_series(0, 99) n;

SELECT * FROM forecast((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-02'), 2);
SELECT ds, yhat, yhat_lower < yhat AS band, method, status FROM forecast((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-03'), 2);
SELECT ds, yhat, method, status FROM forecast((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-11'), 2);
SELECT * FROM forecast((SELECT series_agg(ds, 0) FROM daily), 2);
SELECT * FROM forecast((SELECT series_agg(ds, -7.5) FROM daily), 2, 'ets');
-- A method on its own band, where no backtest is possible.
SELECT yhat BETWEEN 5 AND 30 AS plausible, yhat_lower < yhat AS band, method, status FROM forecast((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-22'), 2, 'theta');
-- Negative values.
SELECT count(*), bool_and(yhat < 0) AS negative, min(status) FROM forecast((SELECT series_agg(ds, y - 100) FROM daily));
-- NULL and NaN are missing, absent days are 0 or filled, duplicates added or averaged.
SELECT ds, yhat, status FROM forecast((SELECT series_agg(ds, CASE WHEN ds > '2024-04-05' THEN NULL WHEN ds = '2024-02-01' THEN 'NaN' ELSE 4.0::float8 END) FROM daily), 2);
SELECT round(yhat::numeric, 6) FROM forecast((SELECT series_agg(ds, 4) FROM daily WHERE extract(day FROM ds) <> 15), 1, 'croston');
SELECT yhat, status FROM forecast((SELECT series_agg(ds, 4) FROM daily WHERE extract(day FROM ds) <> 15), 1, gaps => 'interpolate');
SELECT yhat, status FROM forecast((SELECT series_agg(ds, 4) FROM daily WHERE extract(day FROM ds) <> 15), 1, gaps => 'missing');
SELECT yhat FROM forecast((SELECT series_agg(ds, y) FROM (SELECT * FROM daily UNION ALL SELECT * FROM daily) d), 1, 'naive');
SELECT yhat FROM forecast((SELECT series_agg(ds, y) FROM (SELECT * FROM daily UNION ALL SELECT * FROM daily) d), 1, 'naive', duplicates => 'mean');
-- An outlier, kept and replaced.
SELECT o, yhat > 100 AS pulled FROM unnest(ARRAY['keep', 'replace']) o, LATERAL forecast((SELECT series_agg(ds, CASE WHEN ds = '2024-04-03' THEN 9999 ELSE y END) FROM daily), 1, 'seasonal_mean', outliers => o);
-- A weekday that is always absent is closed.
SELECT ds, round(yhat) BETWEEN 10 AND 25 AS open, status FROM forecast((SELECT series_agg(ds, y) FROM daily WHERE extract(isodow FROM ds) <> 7), 7) ORDER BY ds;
-- Nothing to forecast: an error, or a row that says so.
SELECT * FROM forecast(NULL::timeseries, on_error => 'status');
SELECT * FROM forecast('{"version":1,"ds":[],"y":[]}'::timeseries, on_error => 'status');
SELECT * FROM forecast((SELECT series_agg(ds, NULL) FROM daily), on_error => 'status');
SELECT * FROM forecast((SELECT series_agg(ds, 'Infinity') FROM daily), on_error => 'status');
SELECT * FROM forecast((SELECT series_agg(ds, y) FROM daily), 7, 'two_seasons', on_error => 'status');
SELECT * FROM forecast_backtest((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-05'), on_error => 'status');
SELECT * FROM forecast_explain(NULL::timeseries, on_error => 'status');
SELECT method, mae, weight, is_chosen, reason, n_origins FROM forecast_explain((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-05'));
-- One bad series among many does not stop the others.
SELECT q.k, count(f.yhat), min(f.status) FROM (VALUES (1, (SELECT series_agg(ds, y) FROM daily)), (2, (SELECT series_agg(ds, NULL) FROM daily)), (3, NULL)) q(k, s),
     LATERAL forecast(q.s, 7, on_error => 'status') f GROUP BY q.k ORDER BY q.k;
