-- anomaly_detect on hourly and weekly series, with given expectations, and its episodes. What is expected follows from how
-- the series are made.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

-- Hourly: a wave of the day, quieter on Sundays, a few percent of noise; what is planted lies within the day's range.
CREATE TEMP TABLE hourly AS
    SELECT ds, truth, truth + 4 * sin(n * 12.9898::float8) + CASE WHEN n IN (400, 700) THEN 70 WHEN n = 550 THEN -70 ELSE 0 END AS y
    FROM (SELECT d AS ds, n, 200 + 60 * sin(2 * pi() * extract(hour FROM d)::float8 / 24) * CASE WHEN extract(isodow FROM d) = 7 THEN 0.3 ELSE 1 END AS truth
          FROM generate_series(timestamp '2024-01-01', '2024-02-11 23:00', '1 hour') WITH ORDINALITY g(d, n)) x;
CREATE TEMP TABLE verdicts AS SELECT * FROM anomaly_detect((SELECT series_agg(ds, y) FROM hourly));
SELECT count(*), min(ds), max(ds), count(*) FILTER (WHERE is_anomaly IS NULL) AS unjudged FROM verdicts;
SELECT ds, direction, round(deviation) BETWEEN 60 AND 80 OR round(deviation) BETWEEN -80 AND -60 AS about, severity FROM verdicts WHERE severity >= 'high' ORDER BY ds;
SELECT count(*) <= 8 AS few_false FROM verdicts WHERE is_anomaly AND abs(deviation) < 50;
SELECT sqrt(avg((expected - truth) ^ 2)) < 4 AS close FROM verdicts JOIN hourly USING (ds) WHERE ds BETWEEN '2024-01-03' AND '2024-02-09';
SELECT bool_and(abs(rank_score - (score + abs(z) / (abs(z) + 6))) < 1e-12) AS rank FROM verdicts;
-- Nightly or hourly: the new rows by those before; the future does not move them.
SELECT count(*), bool_and((a.*) IS NOT DISTINCT FROM (b.*)) AS same
FROM anomaly_detect((SELECT series_agg(ds, y) FROM hourly), train_until => '2024-02-09 00:00', causal => true) a
JOIN anomaly_detect((SELECT series_agg(ds, CASE WHEN ds > '2024-02-09 20:00' THEN 9999 ELSE y END) FROM hourly), train_until => '2024-02-09 00:00', causal => true) b USING (ds)
WHERE ds <= '2024-02-09 20:00';
-- A missing hour is passed over or counts as 0; a closed day has no verdict, and those beside it raise at most a low alert.
SELECT count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM hourly WHERE ds <> '2024-01-20 10:00'));
SELECT ds, actual, severity FROM anomaly_detect((SELECT series_agg(ds, y) FROM hourly WHERE ds <> '2024-01-20 10:00'), fill_zero => true) WHERE ds = '2024-01-20 10:00';
SELECT count(*) FILTER (WHERE is_anomaly IS NULL) AS unjudged, max(severity) FILTER (WHERE ds::date = '2024-01-17') AS worst_beside
FROM anomaly_detect((SELECT series_agg(ds, y) FROM hourly), closed => '{2024-01-18}');

-- Weekly: no index, weeks as neighbours.
CREATE TEMP TABLE weekly AS
    SELECT d::date AS ds, 1000 * (1 + 0.005 * n) * (1 + 0.04 * sin(n * 12.9898::float8)) * CASE n WHEN 40 THEN 2 WHEN 60 THEN 0.4 WHEN 62 THEN 0.4 ELSE 1 END AS y
    FROM generate_series(timestamp '2023-01-02', '2024-07-15', '1 week') WITH ORDINALITY g(d, n);
SELECT ds::date, direction, severity >= 'medium' AS grave, round(expected::numeric / 1000, 1) AS about, episode
FROM anomaly_detect((SELECT series_agg(ds, y) FROM weekly))
WHERE is_anomaly ORDER BY ds;
SELECT min(ds) FILTER (WHERE is_anomaly IS NOT NULL) AS first_judged FROM anomaly_detect((SELECT series_agg(ds, y) FROM weekly), causal => true);

-- Episodes: alerts of one direction with at most one row between them.
CREATE TEMP TABLE daily AS
    SELECT d::date AS ds, (100 + 10 * sin(n * 1.3::float8)) * CASE WHEN n IN (60, 61, 63, 80) THEN 3 WHEN n IN (62, 90) THEN 0.2 ELSE 1 END AS y
    FROM generate_series(timestamp '2024-01-01', '2024-06-30', '1 day') WITH ORDINALITY g(d, n);
SELECT episode, min(ds)::date AS first, max(ds)::date AS last, count(*), direction, max(severity) >= 'high' AS grave, round(sum(deviation)) AS impact
FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily)) WHERE is_anomaly GROUP BY episode, direction ORDER BY episode;

-- A given expectation is taken as it is; a row without one is not judged; where 0 is expected a sale is a spike.
SELECT ds::date, expected, direction, severity
FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), expectation => (SELECT series_agg(ds, CASE WHEN ds = '2024-05-01' THEN NULL WHEN ds = '2024-05-05' THEN 0 ELSE 100 END) FROM daily))
WHERE severity >= 'high' OR is_anomaly IS NULL ORDER BY ds;
SELECT count(*), count(is_anomaly) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), expectation => '{"version":1,"ds":[],"y":[]}');
-- A forecast model as the expectation: fitted on the days that batch mode finds ordinary.
CREATE TEMP TABLE fitted AS SELECT prophet_fit((SELECT series_agg(ds, CASE WHEN is_anomaly THEN NULL ELSE actual END) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily)))) AS model;
SELECT bool_and(abs(a.expected - f.yhat) < 1e-9) AS as_forecast, count(*) FILTER (WHERE a.severity >= 'high') AS found
FROM fitted, LATERAL anomaly_detect((SELECT series_agg(ds, y) FROM daily), model => model) a
JOIN LATERAL prophet_forecast(model, horizon => 1, include_history => true, uncertainty_samples => 0) f USING (ds);
SELECT count(*), bool_and(expected IS NOT NULL) AS forecast FROM fitted, anomaly_detect((SELECT series_agg(ds + 182, y) FROM daily), model => model, fill_zero => true);

-- score_from saves the forest where no alert can be; verdicts stay.
SELECT bool_and(a.severity IS NOT DISTINCT FROM b.severity AND a.z = b.z AND a.is_anomaly = b.is_anomaly) AS same, bool_and((abs(a.z) < 3) = (b.score IS NULL)) AS saved
FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), causal => true) a
JOIN anomaly_detect((SELECT series_agg(ds, y) FROM daily), causal => true, score_from => 3) b USING (ds);
