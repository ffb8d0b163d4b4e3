-- forecast_input: what the methods are given, by hand. Monday to Saturday sell 10 to 15, and Sunday nothing; a day without rows, one with two, one
-- without a value, one of 0, one of 9999, and two rows of the future.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

CREATE TEMP TABLE given AS
SELECT date '2024-01-01' + n AS ds, CASE n WHEN 30 THEN NULL WHEN 40 THEN 0 WHEN 50 THEN 9999 WHEN 84 THEN NULL WHEN 85 THEN NULL ELSE 10 + n % 7 END AS y
FROM generate_series(0, 85) n WHERE n % 7 < 6 AND n <> 22
UNION ALL SELECT '2024-01-26', 14;
CREATE TEMP TABLE one AS SELECT series_agg(ds, y) AS s FROM given;

SELECT ds, y, value, note FROM one, forecast_input(s) WHERE (note IS NOT NULL AND note <> 'closed weekday') OR y > 100 ORDER BY ds;
SELECT count(*), count(value), count(*) FILTER (WHERE note = 'closed weekday' AND extract(isodow FROM ds) = 7 AND y IS NULL AND value IS NULL) AS sundays FROM one, forecast_input(s);
SELECT ds, y, value, note FROM one, forecast_input(s, gaps => 'interpolate', duplicates => 'mean', outliers => 'replace') WHERE note IS NOT NULL AND extract(isodow FROM ds) < 7 ORDER BY ds;
-- Seasonal naive forecasts the last cycle of these values.
SELECT bool_and(f.yhat = i.value OR (f.status = 'closed' AND f.yhat = 0)) AS last_week
FROM one, forecast(s, 7, 'seasonal_naive') f LEFT JOIN LATERAL forecast_input(s) i ON i.ds = f.ds - interval '7 days' WHERE f.ds < '2024-03-31';
-- Without days no weekday is closed; one value; a step that is given.
SELECT count(*) FILTER (WHERE note = 'gap') AS gaps, count(value) FROM one, forecast_input(s, season => 1);
SELECT * FROM forecast_input((SELECT series_agg(date '2024-01-01', 3)));
SELECT * FROM forecast_input((SELECT series_agg(ds, y) FROM (VALUES (timestamp '2024-01-01', 1), ('2024-01-01 02:00', 5)) v(ds, y)), '30 minutes', gaps => 'missing');
-- The latest 20000 values.
SELECT count(*) FILTER (WHERE note = 'too old') AS too_old, count(value) AS used FROM forecast_input((SELECT series_agg(timestamp '2000-01-01' + n * interval '1 hour', n % 24 + 1) FROM generate_series(1, 20100) n));

CREATE FUNCTION pg_temp.mistake(arguments text, OUT code text, OUT message text, OUT hinted bool) LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE 'SELECT count(*) FROM one, forecast_input(' || arguments || ')';
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    hinted := hint <> '';
END $$;
SELECT n, mistake.* FROM (VALUES
    (1, 'NULL'),
    (2, 's, ''-1 day'''),
    (3, 's, season => 0'),
    (4, 's, gaps => ''fill'''),
    (5, 's, duplicates => NULL'),
    (6, 's, outliers => ''drop'''),
    (7, '(SELECT series_agg(ds, NULL) FROM given)'),
    (8, '(SELECT series_agg(ds, ''Infinity'') FROM given)'),
    (9, 's, ''1 second'''),
    (10, 's, ''1 month 1 day''')
) AS m(n, arguments), LATERAL pg_temp.mistake(arguments) ORDER BY n;
