-- Every mistake has its errcode, a message that names it, and a hint.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;

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

SELECT mistake.* FROM (VALUES
    (1, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => 0)'),
    (2, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => -1)'),
    (3, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => ''NaN'')'),
    (4, 'SELECT count(*) FROM one, anomaly_detect(s, sensitivity => ''Infinity'')'),
    (5, 'SELECT count(*) FROM one, anomaly_detect(s, direction => ''up'')'),
    (6, 'SELECT count(*) FROM one, anomaly_detect(s, min_abs => -1)'),
    (7, 'SELECT count(*) FROM one, anomaly_detect(s, min_pct => -1)'),
    (8, 'SELECT count(*) FROM one, anomaly_detect(s, min_pct => ''NaN'')'),
    (9, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ARRAY[NULL::date])'),
    (10, 'SELECT count(*) FROM one, anomaly_detect(s, closed => ARRAY[date ''2024-01-01'', ''infinity''])'),
    (11, 'SELECT count(*) FROM one, anomaly_detect(s, train_until => ''infinity'')'),
    (12, 'SELECT * FROM anomaly_detect((SELECT series_agg(d, 1) FROM generate_series(timestamp ''2024-01-01'', ''2024-01-05'', ''1 hour'') d))'),
    (13, 'SELECT * FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'', 1) FROM generate_series(1, 2)))'),
    (14, 'SELECT * FROM anomaly_detect((SELECT series_agg(date ''2024-01-01'' + n, CASE n WHEN 5 THEN ''Infinity''::float8 ELSE n END) FROM generate_series(1, 9) n))'),
    (15, 'SELECT * FROM anomaly_detect((SELECT series_agg(d, 1) FROM unnest(ARRAY[date ''1000-01-01'', ''2024-01-01'']) d))'),
    (16, 'SELECT anomaly_severity(9, 1, 0)'),
    (17, 'SELECT anomaly_severity(9, 1, -5)'),
    (18, 'SELECT ''urgent''::anomaly_severity')
    ) AS c(n, statement), LATERAL pg_temp.mistake(statement) ORDER BY n;
