-- Every error of the prophet functions, with its SQLSTATE.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN state || ' ' || message || CASE WHEN hint = '' THEN ' (no hint)' ELSE '' END;
END $$;
CREATE TEMP TABLE line (ds date, y float8, note text, at timestamptz, "Odd ""name" int);
INSERT INTO line SELECT date '2024-01-01' + i, i, 'x', now(), i FROM generate_series(0, 29) i;
CREATE TEMP TABLE empty_table (ds date, y int);
CREATE INDEX line_ds ON line (ds);
CREATE TEMP VIEW s AS SELECT series_agg(ds, y) AS s FROM line;
CREATE TEMP VIEW m AS SELECT prophet_fit(s) AS m FROM s;

-- options of the fit
SELECT pg_temp.try('SELECT prophet_fit(s, ' || option || ') FROM s') FROM unnest(ARRAY[
    'growth => NULL', 'growth => ''logistic''', 'growth => ''''', 'scaling => ''none''',
    'changepoints => ''{2023-01-01}''', 'changepoints => ''{2024-01-05,NULL}''', 'changepoints => ''{infinity}''', 'changepoints => ''{{2024-01-05},{2024-01-06}}''',
    'changepoints => array_fill(timestamp ''2024-01-05'', ARRAY[1001])',
    'n_changepoints => -1', 'n_changepoints => 1001', 'n_changepoints => NULL',
    'changepoint_range => -0.1', 'changepoint_range => 1.1', 'changepoint_range => ''NaN''', 'changepoint_range => NULL',
    'yearly_seasonality => ''maybe''', 'weekly_seasonality => ''-1''', 'daily_seasonality => ''201''', 'daily_seasonality => ''3.5''', 'weekly_seasonality => NULL', 'weekly_seasonality => ''''',
    'seasonality_prior_scale => 0', 'seasonality_prior_scale => ''Infinity''', 'changepoint_prior_scale => -1', 'changepoint_prior_scale => ''NaN''', 'changepoint_prior_scale => 0', 'changepoint_prior_scale => 1e-200'
]) option;

-- options of the forecast
SELECT pg_temp.try('SELECT * FROM m, prophet_forecast(m, ' || option || ')') FROM unnest(ARRAY[
    'horizon => 0', 'horizon => -1', 'horizon => 100001', 'horizon => NULL',
    'frequency => ''0 days''', 'frequency => ''-1 day''', 'frequency => ''1 month -1 day''', 'frequency => ''290000 years''',
    'interval_width => 0', 'interval_width => 1', 'interval_width => ''NaN''', 'interval_width => NULL',
    'include_history => NULL', 'uncertainty_samples => -1', 'uncertainty_samples => 100001', 'seed => NULL', 'on_error => ''ignore''', 'on_error => NULL'
]) option;

-- data that cannot be fitted: an error, or a status row
CREATE TEMP TABLE unfit (id int, s timeseries);
INSERT INTO unfit VALUES
    (1, NULL),
    (2, (SELECT series_agg(date '2024-01-01', 1))),
    (3, (SELECT series_agg(date '2024-01-01' + i, NULL) FROM generate_series(1, 9) i)),
    (4, (SELECT series_agg(date '2024-01-01', i) FROM generate_series(1, 9) i)),
    (5, (SELECT series_agg(date '2024-01-01' + i, CASE WHEN i = 5 THEN 'Infinity'::float8 ELSE i END) FROM generate_series(1, 9) i)),
    (6, '{"version":1,"ds":[],"y":[]}'),
    (7, '{"version":1,"ds":["2024-01-01","2024-01-02"],"y":[1.7e308,-1.7e308]}');
SELECT id, pg_temp.try(format('SELECT f.* FROM unfit, prophet_forecast(s) f WHERE id = %s', id)) FROM unfit ORDER BY id;
SELECT id, f.ds, f.yhat, f.status FROM unfit, prophet_forecast(s, 1, on_error => 'status') f ORDER BY id;
SELECT pg_temp.try($$SELECT prophet_forecast(s, on_error => 'status', horizon => 0) FROM unfit$$);

SELECT pg_temp.try($$SELECT * FROM prophet_forecast((SELECT series_agg(timestamp '2024-01-01' + i * interval '1 microsecond', i % 3) FROM generate_series(1, 30) i), 1, '1 day')$$);
SELECT ds, yhat_lower IS NULL AS no_bounds FROM prophet_forecast((SELECT series_agg(timestamp '2024-01-01' + i * interval '1 microsecond', i % 3) FROM generate_series(1, 30) i), 1, '1 day', uncertainty_samples => 0);

-- relations and columns
SELECT pg_temp.try(statement) FROM unnest(ARRAY[
    $$SELECT * FROM prophet_forecast('nowhere', 'ds', 'y')$$,
    $$SELECT * FROM prophet_forecast('no.where', 'ds', 'y')$$,
    $$SELECT * FROM prophet_forecast('line; DROP TABLE line', 'ds', 'y')$$,
    $$SELECT * FROM prophet_forecast('line', 'day', 'y')$$,
    $$SELECT * FROM prophet_forecast('line', 'ds', 'Y')$$,
    $$SELECT * FROM prophet_forecast('line', 'ds', 'y; --')$$,
    $$SELECT * FROM prophet_forecast('line', 'at', 'y')$$,
    $$SELECT * FROM prophet_forecast('line', 'ds', 'note')$$,
    $$SELECT * FROM prophet_forecast('line', 'ctid', 'y')$$,
    $$SELECT * FROM prophet_forecast('line_ds', 'ds', 'ds')$$,
    $$SELECT * FROM prophet_forecast('empty_table', 'ds', 'y')$$,
    $$SELECT * FROM prophet_forecast(0::regclass, 'ds', 'y')$$,
    $$SELECT * FROM prophet_forecast(NULL::regclass, 'ds', 'y')$$,
    $$SELECT * FROM prophet_forecast(NULL::text, 'ds', 'y')$$,
    $$SELECT * FROM prophet_forecast('line', NULL, 'y')$$,
    $$SELECT * FROM prophet_forecast('line', 'ds', 'Odd "name')$$
]) statement;
SELECT status FROM prophet_forecast('empty_table', 'ds', 'y', on_error => 'status');

-- names are quoted, the caller's rights count
CREATE SCHEMA "Odd ""schema";
CREATE TABLE "Odd ""schema"."a.b'c" ("d s" date, "SELECT" numeric);
INSERT INTO "Odd ""schema"."a.b'c" SELECT date '2024-01-01' + i, i FROM generate_series(0, 29) i;
SELECT count(*) FROM prophet_forecast('"Odd ""schema"."a.b''c"', 'd s', 'SELECT');
CREATE ROLE regress_prophet_reader;
GRANT USAGE ON SCHEMA "Odd ""schema" TO regress_prophet_reader;
SET ROLE regress_prophet_reader;
SELECT count(*) FROM prophet_forecast('"Odd ""schema"."a.b''c"', 'd s', 'SELECT');
RESET ROLE;
DROP SCHEMA "Odd ""schema" CASCADE;
DROP ROLE regress_prophet_reader;

-- the text form of a model
SELECT pg_temp.try(statement) FROM unnest(ARRAY[
    $$SELECT ''::prophet_model$$,
    $$SELECT '{}'::prophet_model$$,
    $$SELECT replace(m::text, '"version":2', '"version":9')::prophet_model FROM m$$,
    $$SELECT replace(m::text, '"sigma":', '"sigma":-')::prophet_model FROM m$$,
    $$SELECT replace(m::text, '"fourier_order":3', '"fourier_order":4')::prophet_model FROM m$$,
    $$SELECT replace(m::text, '"delta":[', '"delta":[0,')::prophet_model FROM m$$,
    $$SELECT left(m::text, -1)::prophet_model FROM m$$,
    $$SELECT replace(m::text, 'linear', 'logistic')::prophet_model FROM m$$
]) statement;
