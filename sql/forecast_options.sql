-- Every option of every function out of its range, of another kind, or NULL where that has no meaning: the errcode, a message that names the
-- option, a hint. An option is refused whatever on_error says; only what the series has a part in becomes a row.
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

-- What all functions share: the same answer from each of the three, with both reactions.
SELECT option, m.code, m.message, bool_and(m.hinted) AS hinted, count(*) AS calls
FROM unnest(ARRAY[
    'horizon => 0', 'horizon => -7', 'horizon => 10001', 'horizon => NULL', 'frequency => ''0''', 'frequency => ''-1 day''', 'frequency => ''1 month -31 days''',
    'frequency => ''1 month 1 day''', 'frequency => ''1 month 1 hour''', 'frequency => ''200000000 days''', 'frequency => ''178000000 years''',
    'frequency => ''1 second''', 'season => 0', 'season => -7', 'season => 10001', 'gaps => ''fill''', 'gaps => ''''', 'gaps => NULL', 'duplicates => ''max''', 'duplicates => NULL',
    'outliers => ''true''', 'outliers => NULL', 'lower_limit => ''NaN''', 'upper_limit => ''NaN''', 'lower_limit => 2, upper_limit => 1', 'lower_limit => ''infinity''',
    'upper_limit => ''-infinity''']) AS option,
    unnest(ARRAY['forecast', 'forecast_backtest', 'forecast_explain']) AS f, unnest(ARRAY['raise', 'status']) AS reaction,
    LATERAL pg_temp.mistake(format('SELECT count(*) FROM one, %s(s, %s, on_error => %L)', f, option, reaction)) AS m
GROUP BY option, m.code, m.message ORDER BY option COLLATE "C", m.code;

-- What some have.
SELECT call, m.code, regexp_replace(m.message, '''auto'', .* or', '... or') AS message, m.hinted FROM unnest(ARRAY[
    'forecast(s, method => ''arima'')', 'forecast(s, method => '''')', 'forecast(s, method => NULL)', 'forecast(s, method => ''auto '')',
    'forecast_backtest(s, method => ''arima'')', 'forecast_backtest(s, method => NULL)',
    'forecast(s, interval_width => 0)', 'forecast(s, interval_width => 1)', 'forecast(s, interval_width => -0.8)', 'forecast(s, interval_width => 80)', 'forecast(s, interval_width => ''NaN'')',
    'forecast(s, interval_width => ''infinity'')', 'forecast(s, interval_width => NULL)',
    'forecast_backtest(s, interval_width => 0)', 'forecast_backtest(s, interval_width => 1)', 'forecast_backtest(s, interval_width => NULL)',
    'forecast_backtest(s, initial => ''0'')', 'forecast_backtest(s, initial => ''-9 days'')', 'forecast_backtest(s, initial => ''54 days'')', 'forecast_backtest(s, initial => ''5 years'')',
    'forecast_backtest(s, initial => ''2000000000 days'')', 'forecast_backtest(s, initial => ''10 days'', horizon => 51)',
    'forecast_backtest(s, period => ''0'')', 'forecast_backtest(s, period => ''-1 month'')',
    'forecast(s, on_error => ''ignore'')', 'forecast(s, on_error => NULL)', 'forecast_backtest(s, on_error => ''null'')', 'forecast_backtest(s, on_error => NULL)',
    'forecast_explain(s, on_error => ''warn'')', 'forecast_explain(s, on_error => NULL)',
    'forecast(NULL::timeseries)', 'forecast_backtest(NULL::timeseries)', 'forecast_explain(NULL::timeseries)']) AS call,
    LATERAL pg_temp.mistake('SELECT count(*) FROM one, ' || call) AS m;

-- Series that allow nothing; the methods that need more than a short series has.
SELECT what, f, m.* FROM (VALUES
    ('no row', '''{"version":1,"ds":[],"y":[]}''::timeseries'), ('no value', '(SELECT series_agg(date ''2024-01-01'' + n, NULL) FROM generate_series(1, 9) n)'),
    ('NaN', '(SELECT series_agg(date ''2024-01-01'' + n, ''NaN'') FROM generate_series(1, 9) n)'),
    ('infinite', '(SELECT series_agg(date ''2024-01-01'' + n, ''-infinity'') FROM generate_series(1, 9) n)'),
    ('too large', '(SELECT series_agg(date ''2024-01-01'' + n, 1e151) FROM generate_series(1, 9) n)'),
    ('too long', '(SELECT series_agg(timestamp ''2024-01-01'' + n * interval ''1 second'' + n / 11 * interval ''40 days'', n) FROM generate_series(1, 12) n)'),
    ('no end', '(SELECT series_agg(date ''2024-01-01'' + n, CASE WHEN n < 5 THEN n END) FROM generate_series(1, 10010) n)'),
    ('end of the calendar', '(SELECT series_agg(timestamp ''294276-12-01'' + n * interval ''1 day'', n) FROM generate_series(1, 30) n)')) AS t (what, series),
    unnest(ARRAY['forecast', 'forecast_backtest', 'forecast_explain']) AS f, LATERAL pg_temp.mistake(format('SELECT count(*) FROM %s(%s)', f, series)) AS m;
SELECT m.code, m.message, m.hinted
FROM unnest(ARRAY['seasonal_mean', 'seasonal_median_8', 'ets', 'ets_sqrt', 'ses', 'theta', 'ses_seasonal', 'two_seasons', 'ar', 'ar_log', 'ar_short', 'ar_diff', 'ar_diff_long', 'ar_seasonal_diff',
                  'ar_long_diff']) AS method,
    LATERAL pg_temp.mistake(format('SELECT count(*) FROM forecast((SELECT series_agg(date ''2024-01-01'' + n, n) FROM generate_series(1, 2) n), 3, %L, season => 2)', method)) AS m;
-- Square roots and logarithms ask for more than a number.
SELECT m.code, m.message, m.hinted FROM unnest(ARRAY['ets_sqrt', 'ses_sqrt', 'ar_log']) AS method,
    LATERAL pg_temp.mistake(format('SELECT count(*) FROM forecast((SELECT series_agg(date ''2024-01-01'' + n, n %% 7 - 3) FROM generate_series(1, 200) n), 3, %L)', method)) AS m;
