-- Every mistake has its errcode, a message that names it, and a hint where the mistake is about our arguments (the
-- server's own reader finds the last ones).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

CREATE TEMP TABLE one AS SELECT series_agg(date '2024-01-01' + n, n) AS s FROM generate_series(1, 60) n;
CREATE FUNCTION pg_temp.mistake(statement text, OUT code text, OUT message text, OUT hinted bool) LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE statement;
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    hinted := hint <> '';
END $$;

SELECT n, mistake.* FROM (VALUES
    (1, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => 0)'),
    (2, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => -1)'),
    (3, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => ''NaN'')'),
    (4, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => ''Infinity'')'),
    (5, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => ''-Infinity'')'),
    (6, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => -1e-300)'),
    (7, 'SELECT count(*) FROM one, anomaly_detect(s, min_abs => -1)'),
    (8, 'SELECT count(*) FROM one, anomaly_detect(s, min_abs => ''NaN'')'),
    (9, 'SELECT count(*) FROM one, anomaly_detect(s, min_abs => ''-Infinity'')'),
    (10, 'SELECT count(*) FROM one, anomaly_detect(s, min_abs => -1e-300)'),
    (11, 'SELECT count(*) FROM one, anomaly_detect(s, min_pct => -1)'),
    (12, 'SELECT count(*) FROM one, anomaly_detect(s, min_pct => ''NaN'')'),
    (13, 'SELECT count(*) FROM one, anomaly_detect(s, min_pct => ''-Infinity'')'),
    (14, 'SELECT count(*) FROM one, anomaly_detect(s, min_pct => -1e-300)'),
    (15, 'SELECT count(*) FROM one, anomaly_detect(s, score_from => -1)'),
    (16, 'SELECT count(*) FROM one, anomaly_detect(s, score_from => ''NaN'')'),
    (17, 'SELECT count(*) FROM one, anomaly_detect(s, score_from => ''-Infinity'')'),
    (18, 'SELECT count(*) FROM one, anomaly_detect(s, score_from => -1e-300)'),
    (19, 'SELECT count(*) FROM one, anomaly_detect(s, direction => ''up'')'),
    (20, 'SELECT count(*) FROM one, anomaly_detect(s, direction => '''')'),
    (21, 'SELECT count(*) FROM one, anomaly_detect(s, direction => ''SPIKE'')'),
    (22, 'SELECT count(*) FROM one, anomaly_detect(s, direction => ''drop '')'),
    (23, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ARRAY[NULL::date])'),
    (24, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ARRAY[date ''2024-01-01'', NULL])'),
    (25, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ARRAY[date ''2024-01-01'', ''infinity''])'),
    (26, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ARRAY[date ''-infinity''])'),
    (27, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ARRAY[ARRAY[date ''2024-01-01'', NULL], ARRAY[date ''2024-01-02'', ''2024-01-03'']])'),
    (28, 'SELECT count(*) FROM one, anomaly_detect(s, train_until => ''infinity'')'),
    (29, 'SELECT count(*) FROM one, anomaly_detect(s, train_until => ''-infinity'')'),
    (30, 'SELECT count(*) FROM one, anomaly_detect(s, train_until => ''infinity'', causal => true)'),
    (31, 'SELECT count(*) FROM one, anomaly_detect(s, direction => ''up'', causal => true, train_until => ''2024-02-01'')'),
    (32, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => (SELECT series_agg(date ''2024-01-01'' + n, ''Infinity'') FROM generate_series(1, 60) n))'),
    (33, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => (SELECT series_agg(date ''2024-01-01'' + n, CASE n WHEN 7 THEN ''-Infinity''::float8 ELSE n END) FROM generate_series(1, 60) n))'),
    (34, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => (SELECT series_agg(date ''2024-01-01'' + n / 2, n) FROM generate_series(1, 60) n))'),
    (35, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => (SELECT series_agg(timestamp ''2024-01-02'' + n * interval ''1 hour'', n) FROM generate_series(1, 60) n))'),
    (36, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => s, model => prophet_fit(s))'),
    (37, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => ''{"version":1,"ds":[],"y":[]}'', model => prophet_fit(s))'),
    (38, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => ''nonsense'')'),
    (39, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => ''{"version":2,"ds":[],"y":[]}'')'),
    (40, 'SELECT count(*) FROM one, anomaly_detect(s, model => ''nonsense'')'),
    (41, 'SELECT count(*) FROM one, anomaly_detect(s, model => '''')'),
    (42, 'SELECT * FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'', 1) FROM generate_series(1, 2)))'),
    (43, 'SELECT * FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'' + n / 9, 1) FROM generate_series(1, 40) n))'),
    (44, 'SELECT * FROM anomaly_detect((SELECT series_agg(ds, 1) FROM (SELECT timestamp ''2024-01-01'' + n * interval ''1 day'' AS ds FROM generate_series(1, 40) n UNION ALL SELECT ''2024-01-20 08:00'') x))'),
    (45, 'SELECT * FROM anomaly_detect((SELECT series_agg(ds, 1) FROM (SELECT timestamp ''2024-01-01'' + n * interval ''1 hour'' AS ds FROM generate_series(1, 90) n UNION ALL SELECT ''2024-01-02 08:00'') x))'),
    (46, 'SELECT * FROM anomaly_detect((SELECT series_agg(ds, 1) FROM (SELECT timestamp ''2024-01-01'' + n * interval ''1 hour'' AS ds FROM generate_series(1, 90) n UNION ALL SELECT ''2024-01-02 08:10'') x))'),
    (47, 'SELECT * FROM anomaly_detect((SELECT series_agg(ds, 1) FROM (SELECT timestamp ''2024-01-01'' + n * interval ''15 minutes'' AS ds FROM generate_series(1, 90) n UNION ALL SELECT ''2024-01-01 12:00:01'') x))'),
    (48, 'SELECT * FROM anomaly_detect((SELECT series_agg(timestamp ''2024-01-01'' + n * n / 40 * interval ''1 minute'', 1) FROM generate_series(1, 90) n))'),
    (49, 'SELECT * FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'' + n, CASE n WHEN 5 THEN ''Infinity''::float8 ELSE n END) FROM generate_series(1, 9) n))'),
    (50, 'SELECT * FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'' + n, ''-Infinity'') FROM generate_series(1, 9) n))'),
    (51, 'SELECT * FROM anomaly_detect((SELECT series_agg(timestamp ''2024-01-01'' + n * interval ''1 hour'', CASE n WHEN 5 THEN ''Infinity''::float8 ELSE n END) FROM generate_series(1, 90) n))'),
    (52, 'SELECT * FROM anomaly_detect((SELECT series_agg(d, 1) FROM unnest(ARRAY[date ''1000-01-01'', ''2024-01-01'']) d))'),
    (53, 'SELECT * FROM anomaly_detect((SELECT series_agg(d, 1) FROM unnest(ARRAY[date ''4713-01-01 BC'', ''2024-01-01'', ''2024-01-02'']) d))'),
    (54, 'SELECT * FROM anomaly_detect((SELECT series_agg(d, 1) FROM unnest(ARRAY[timestamp ''2024-01-01'', ''2024-01-01 00:05'', ''2024-01-01 00:10'', ''2034-01-01'']) d))'),
    (55, 'SELECT * FROM anomaly_detect(''nonsense''::timeseries)'),
    (56, 'SELECT * FROM anomaly_detect(''{}''::timeseries)'),
    (57, 'SELECT * FROM anomaly_detect(''{"version":1,"ds":["2024-01-01"],"y":[]}''::timeseries)'),
    (58, 'SELECT * FROM anomaly_detect((SELECT series_agg(timestamp ''infinity'', 1)))'),
    (59, 'SELECT * FROM anomaly_detect((SELECT series_agg(NULL::date, 1)))'),
    (60, 'SELECT anomaly_severity(9, 1, 0)'),
    (61, 'SELECT anomaly_severity(9, 1, -5)'),
    (62, 'SELECT anomaly_severity(9, 1, -2147483648)'),
    (63, 'SELECT ''urgent''::anomaly_severity'),
    (64, 'SELECT ''''::anomaly_severity'),
    (65, 'SELECT max(x::anomaly_severity) FROM unnest(ARRAY[''low'', ''Low'']) x'),
    (66, 'SELECT count(*) FROM one, anomaly_detect(s, model => 1.5::float8)'),
    (67, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => ''much'')'),
    (68, 'SELECT count(*) FROM one, anomaly_detect(s, closed => date ''2024-01-01'')'),
    (69, 'SELECT count(*) FROM one, anomaly_detect(s, min_abs => ''1 pound'')'),
    (70, 'SELECT count(*) FROM one, anomaly_detect(s, seed => 1.5e30)'),
    (71, 'SELECT count(*) FROM one, anomaly_detect(s, seed => ''x'')'),
    (72, 'SELECT count(*) FROM one, anomaly_detect(s, causal => ''perhaps'')'),
    (73, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ''{2024-02-30}'')'),
    (74, 'SELECT count(*) FROM one, anomaly_detect(s, train_until => ''yesterday-ish'')'),
    (75, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ''{'', fill_zero => true)'),
    (77, 'SELECT count(*) FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'' + n, 1e308 * (1 + n % 5) / 5) FROM generate_series(1, 60) n))'),
    (78, 'SELECT count(*) FROM one, anomaly_detect(s, expectation => (SELECT series_agg(ds, -1e308) FROM anomaly_detect(s)))'),
    (79, 'SELECT count(expected) FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'' + n, 1e300 * (1 + n % 5) / 5) FROM generate_series(1, 60) n))')
    ) AS c(n, statement), LATERAL pg_temp.mistake(statement) ORDER BY n;
