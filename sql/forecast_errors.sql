-- Every mistake has its errcode, a message that names it, and a hint.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;

CREATE TEMP TABLE one AS SELECT series_agg(date '2024-01-01' + n, 10 + n % 7 + n % 3) AS s FROM generate_series(1, 60) n;
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
    (1, 'SELECT count(*) FROM one, forecast(s, 0)'),
    (2, 'SELECT count(*) FROM one, forecast(s, 10001)'),
    (3, 'SELECT count(*) FROM one, forecast(s, NULL)'),
    (4, 'SELECT count(*) FROM one, forecast(s, 7, ''arima'')'),
    (5, 'SELECT count(*) FROM one, forecast(s, 7, NULL)'),
    (6, 'SELECT count(*) FROM one, forecast(s, interval_width => 1)'),
    (7, 'SELECT count(*) FROM one, forecast(s, interval_width => ''NaN'')'),
    (8, 'SELECT count(*) FROM one, forecast(s, frequency => ''-1 day'')'),
    (9, 'SELECT count(*) FROM one, forecast(s, frequency => ''0'')'),
    (10, 'SELECT count(*) FROM one, forecast(s, frequency => ''1 month 1 day'')'),
    (11, 'SELECT count(*) FROM one, forecast(s, season => 0)'),
    (12, 'SELECT count(*) FROM one, forecast(s, gaps => ''fill'')'),
    (13, 'SELECT count(*) FROM one, forecast(s, duplicates => ''last'')'),
    (14, 'SELECT count(*) FROM one, forecast(s, outliers => ''yes'')'),
    (15, 'SELECT count(*) FROM one, forecast(s, lower_limit => 2, upper_limit => 1)'),
    (16, 'SELECT count(*) FROM one, forecast(s, lower_limit => ''NaN'')'),
    (17, 'SELECT count(*) FROM one, forecast(s, on_error => ''ignore'')'),
    (18, 'SELECT count(*) FROM forecast(NULL::timeseries)'),
    (19, 'SELECT count(*) FROM forecast((SELECT series_agg(date ''2024-01-01'' + n, NULL) FROM generate_series(1, 9) n))'),
    (20, 'SELECT count(*) FROM forecast((SELECT series_agg(date ''2024-01-01'' + n, ''-Infinity'') FROM generate_series(1, 9) n))'),
    (21, 'SELECT count(*) FROM one, forecast(s, 7, ''two_seasons'')'),
    (22, 'SELECT count(*) FROM one, forecast(s, frequency => ''1 second'')'),
    (23, 'SELECT count(*) FROM forecast((SELECT series_agg(timestamp ''294276-12-01'' + n * interval ''1 day'', n) FROM generate_series(1, 30) n))'),
    (24, 'SELECT count(*) FROM one, forecast_backtest(s, initial => ''60 days'')'),
    (25, 'SELECT count(*) FROM one, forecast_backtest(s, period => ''-7 days'')'),
    (26, 'SELECT count(*) FROM one, forecast_backtest(s, initial => ''0'')'),
    (27, 'SELECT count(*) FROM one, forecast_backtest(s, 7, ''best'')'),
    (28, 'SELECT count(*) FROM forecast_backtest(NULL::timeseries)'),
    (29, 'SELECT count(*) FROM forecast_explain(NULL::timeseries)'),
    (30, 'SELECT count(*) FROM one, forecast_explain(s, 0)'),
    (32, 'SELECT count(*) FROM forecast_backtest((SELECT series_agg(date ''1990-01-01'' + n, n % 7) FROM generate_series(1, 9000) n), 1000, ''naive'', period => ''1 day'')'),
    -- An option out of range is an error whatever on_error says.
    (31, 'SELECT count(*) FROM one, forecast(s, interval_width => 0, on_error => ''status'')')
) AS m(n, statement), LATERAL pg_temp.mistake(statement) ORDER BY n;
-- The middle of a statement can be stopped.
SET statement_timeout = '200ms';
SELECT count(*) FROM generate_series(1, 100000) g, LATERAL forecast_backtest((SELECT series_agg(date '2020-01-01' + n, n % 7 + g % 2 + (n * 31 % 11)) FROM generate_series(1, 600) n));
RESET statement_timeout;
