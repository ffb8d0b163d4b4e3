-- anomaly_detect on a shop that is shut on one weekday, grows slowly, and has planted spikes, drops and an outage.
-- Expectations come from how the series is made: level x weekday, so that the expected value of every day is known.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

CREATE TEMP TABLE truth AS
    SELECT d::date AS ds,
           CASE extract(isodow FROM d) WHEN 6 THEN 0 WHEN 7 THEN 600 WHEN 1 THEN 900 ELSE 1000 END * (1 + 0.001 * n) AS pattern,
           -- noise of a few percent, the same every time
           1 + 0.04 * sin(n * 12.9898::float8) AS noise,
           CASE n WHEN 100 THEN 3 WHEN 150 THEN 0.2 WHEN 200 THEN 0 ELSE 1 END AS plant
    FROM generate_series(timestamp '2023-01-02', '2023-12-31', '1 day') WITH ORDINALITY g(d, n);
CREATE TEMP TABLE daily AS SELECT ds, pattern * noise * plant AS y FROM truth;
CREATE TEMP TABLE verdicts AS SELECT * FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily));

SELECT count(*), min(ds), max(ds), count(*) FILTER (WHERE is_anomaly IS NULL) AS unjudged FROM verdicts;
-- What was planted is found, with direction and severity; nothing else is.
SELECT ds::date, direction, severity, round(deviation_pct::numeric / 10) * 10 AS about_pct FROM verdicts WHERE is_anomaly ORDER BY ds;
-- The expected value is the pattern within a few percent; the shut weekday expects 0.
SELECT max(abs(expected / nullif(pattern, 0) - 1)) < 0.05 AS close, bool_and(expected = 0) FILTER (WHERE pattern = 0) AS shut
FROM verdicts JOIN truth USING (ds);
-- Columns hang together.
SELECT bool_and(lower_bound <= expected AND expected <= upper_bound) AS bounds, bool_and(abs(deviation - (actual - expected)) < 1e-9) AS deviation,
       bool_and(abs(rank_score - (score + abs(z) / (abs(z) + 4))) < 1e-12) AS rank, bool_and(score_quantile > 0 AND score_quantile <= 1) AS quantile,
       bool_and(severity IS NOT DISTINCT FROM anomaly_severity(z, score_quantile, 364)) AS severity, max(severity) AS worst,
       bool_and((abs(z) >= 3) = (actual < lower_bound OR actual > upper_bound)) FILTER (WHERE actual > 0) AS z_is_bound
FROM verdicts;
-- A sale on the shut weekday is a spike without a percentage.
SELECT ds::date, direction, severity >= 'high' AS grave, deviation_pct IS NULL AS no_percentage
FROM anomaly_detect((SELECT series_agg(ds, CASE WHEN ds = '2023-07-01' THEN 500 ELSE y END) FROM daily)) WHERE is_anomaly AND ds = '2023-07-01';

-- Direction, smallest deviations, sensitivity.
SELECT direction, count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), direction => 'drop') WHERE is_anomaly GROUP BY 1;
SELECT direction, count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), direction => 'spike') WHERE is_anomaly GROUP BY 1;
SELECT count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), min_abs => 1500) WHERE is_anomaly;
SELECT count(*) FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), min_pct => 90) WHERE is_anomaly;
SELECT count(*) < 3 AS fewer FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), sensitivity => 0.01) WHERE is_anomaly;
SELECT count(*) > 3 AS more FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), sensitivity => 3) WHERE is_anomaly;

-- Closed days are not judged, and the open days beside them raise at most a low alert.
SELECT count(*) FILTER (WHERE is_anomaly IS NULL) AS unjudged, count(*) FILTER (WHERE ds = '2023-07-20' AND expected IS NULL) AS closed_day
FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), closed => ARRAY[date '2023-07-20']);
SELECT ds::date, severity FROM anomaly_detect((SELECT series_agg(ds, CASE WHEN ds IN ('2023-08-09', '2023-08-10') THEN 0 ELSE y END) FROM daily),
                                            closed => ARRAY[date '2023-08-10']) WHERE ds = '2023-08-09';
-- Missing days are passed over, or count as 0.
SELECT count(*) AS rows, count(*) FILTER (WHERE is_anomaly) AS alerts FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily WHERE ds <> '2023-09-13'));
SELECT count(*) AS rows, count(*) FILTER (WHERE is_anomaly) AS alerts FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily WHERE ds <> '2023-09-13'), fill_zero => true);

-- train_until returns later days only, and what they are does not change the model.
SELECT min(ds), count(*), count(*) FILTER (WHERE is_anomaly) AS alerts FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), train_until => '2023-05-25') WHERE ds <= '2023-06-08';
SELECT bool_and(a.expected = b.expected AND a.lower_bound = b.lower_bound) AS same_model
FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily), train_until => '2023-05-25') a
JOIN anomaly_detect((SELECT series_agg(ds, CASE WHEN ds > '2023-06-01' THEN y * 5 ELSE y END) FROM daily), train_until => '2023-05-25') b USING (ds);

-- Causal: the same planted days; the past does not move when the future changes; the nightly call agrees.
CREATE TEMP TABLE causal AS SELECT * FROM anomaly_detect((SELECT series_agg(ds, y) FROM daily WHERE ds < '2023-08-15'), causal => true);
SELECT min(ds) FILTER (WHERE is_anomaly IS NOT NULL) AS first_judged FROM causal;
SELECT ds::date, direction, severity >= 'medium' AS grave FROM causal WHERE severity >= 'medium' AND ds::date IN (SELECT truth.ds FROM truth WHERE plant <> 1) ORDER BY ds;
SELECT bool_and((c.*) IS NOT DISTINCT FROM (f.*)) AS past_fixed
FROM causal c JOIN anomaly_detect((SELECT series_agg(ds, CASE WHEN ds >= '2023-07-01' THEN 10000 ELSE y END) FROM daily WHERE ds < '2023-08-15'), causal => true) f USING (ds)
WHERE c.ds < '2023-07-01';
SELECT count(*), bool_and((c.*) IS NOT DISTINCT FROM (n.*)) AS nightly_agrees
FROM causal c JOIN anomaly_detect((SELECT series_agg(ds, y) FROM daily WHERE ds < '2023-08-15'), train_until => '2023-08-11', causal => true) n USING (ds);

-- The rule itself.
SELECT z, q, n, anomaly_severity(z, q, n) FROM (VALUES (8, 0.99, NULL), (-8, 0.99, NULL), (7.9, 0.99, NULL), (8, 0.98, NULL), (5, 0.97, NULL), (3.5, 0.95, NULL),
    (3, 0.9, NULL), (2.9, 1, NULL), (9, 0.89, NULL), (8, 0.96, 50), (8, 0.95, 50), (3, 0.5, 4)) v(z, q, n);
SELECT 'critical'::anomaly_severity > 'high' AND 'high' > 'medium'::anomaly_severity AND 'medium' > 'low'::anomaly_severity AS ordered;
