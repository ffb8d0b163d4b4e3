-- NULL, short, constant, negative and empty series: no error, honest NULLs.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

CREATE TEMP TABLE daily AS SELECT date '2024-01-01' + n AS ds, 100 + 10 * sin(n * 1.3::float8) AS y FROM generate_series(0, 119) n;

SELECT count(*) FROM anomaly_detect(NULL::timeseries);
SELECT count(*) FROM anomaly_detect('{"version":1,"ds":[],"y":[]}'::timeseries);
SELECT count(*), count(expected), count(is_anomaly) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-02'));
SELECT count(*), count(expected), count(is_anomaly) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-14'));
SELECT count(*), count(expected), count(is_anomaly) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily WHERE ds < '2024-01-15'));
SELECT count(*), count(expected), count(is_anomaly) FROM anomaly_detect((SELECT series_agg(ds, NULL) FROM daily));
SELECT count(*), count(expected), count(is_anomaly) FROM anomaly_detect((SELECT series_agg(ds, 0) FROM daily));
-- Constant: judged, average, no alert.
SELECT count(*), min(z), max(z), min(score), max(score), count(*) FILTER (WHERE is_anomaly) AS alerts FROM anomaly_detect((SELECT series_agg(ds, 5) FROM daily));
-- One missing day: its expectation is there, its verdict is not.
SELECT actual, round(expected) BETWEEN 90 AND 110 AS expected, z, is_anomaly, severity FROM anomaly_detect((SELECT series_agg(ds, nullif(y, (SELECT y FROM daily WHERE ds = '2024-02-20'))) FROM daily)) WHERE ds = '2024-02-20';
SELECT count(*) FILTER (WHERE is_anomaly IS NULL) FROM anomaly_detect((SELECT series_agg(ds, CASE WHEN ds = '2024-02-20' THEN 'NaN' ELSE y END) FROM daily));
-- Negative values: differences instead of ratios, bounds may be negative.
SELECT ds::date, direction, severity >= 'high' AS grave FROM anomaly_detect((SELECT series_agg(ds, CASE WHEN ds = '2024-03-01' THEN 90 ELSE y - 100 END) FROM daily)) WHERE is_anomaly;
SELECT min(lower_bound) < 0 AS negative_bounds FROM anomaly_detect((SELECT series_agg(ds, y - 100) FROM daily));
SELECT ds::date, direction FROM anomaly_detect((SELECT series_agg(ds, CASE WHEN ds = '2024-03-01' THEN -500 ELSE y END) FROM daily)) WHERE is_anomaly;
-- NULL arguments have their defaults.
SELECT bool_and((a.*) IS NOT DISTINCT FROM (b.*)) AS same
FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily)) a
JOIN anomaly_detect((SELECT series_agg(ds, y) FROM daily), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) b USING (ds);
SELECT count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), closed => '{}');
-- train_until before, at and after the ends.
SELECT count(*), count(is_anomaly) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), train_until => '2000-01-01');
SELECT count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), train_until => '2024-04-29');
SELECT count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), train_until => '2099-01-01');
SELECT anomaly_severity(NULL, 1) IS NULL AS z, anomaly_severity(9, NULL) IS NULL AS q, anomaly_severity('NaN', 1) IS NULL AS nan;
-- Many series, LATERAL.
SELECT store, count(*) FILTER (WHERE is_anomaly) AS alerts
FROM (SELECT s AS store, series_agg(ds, CASE WHEN ds = date '2024-03-01' + s THEN y * 3 ELSE y END) AS series FROM daily, generate_series(1, 3) s GROUP BY s) q,
     LATERAL anomaly_detect(series) GROUP BY store ORDER BY store;
