-- Bad input of the prophet functions: each call with the SQLSTATE that it must have, and the message.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

CREATE TEMP TABLE line (ds date, y float8, note text, at timestamptz, promo int, temp numeric, is_open bool, "Odd ""name" int);
INSERT INTO line SELECT date '2024-01-01' + i, i, 'x', now(), i % 2, i % 5, i % 3 > 0, i FROM generate_series(0, 29) i;
CREATE TEMP TABLE ahead (ds date, promo int, temp numeric, is_open bool);
INSERT INTO ahead SELECT date '2024-01-31' + i, i % 2, i % 5, true FROM generate_series(0, 6) i;
CREATE TEMP TABLE empty_table (ds date, y int, promo int);
CREATE TEMP TABLE empty_names (day date);
CREATE INDEX line_ds ON line (ds);
CREATE TEMP VIEW s AS SELECT series_agg(ds, y) AS s, series_agg(ds, y, promo, temp) AS x FROM line;
CREATE TEMP VIEW m AS SELECT prophet_fit(s) AS m, prophet_fit(x, columns => '{promo,temp}', regressors => ARRAY[prophet_regressor('promo'), prophet_regressor('temp')]) AS mx FROM s;

-- verdict: "ok" when the call fails as expected and has a hint
CREATE FUNCTION pg_temp.try(statement text, expected text, OUT verdict text, OUT message text) LANGUAGE plpgsql AS $$
DECLARE
    state text; hint text;
BEGIN
    EXECUTE statement;
    verdict := 'NO ERROR';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    verdict := CASE WHEN state <> expected THEN 'WRONG: ' || state WHEN hint = '' AND state LIKE '22%' THEN 'NO HINT' ELSE 'ok' END;
END $$;
CREATE TEMP TABLE bad (n int GENERATED ALWAYS AS IDENTITY, state text, call text);

-- options of the fit
INSERT INTO bad (state, call) SELECT state, 'SELECT prophet_fit(s, ' || call || ') FROM s' FROM (VALUES
    ('22004', 'growth => NULL'),
    ('22023', 'growth => ''cubic'''),
    ('22023', 'growth => '''''),
    ('22023', 'growth => ''logistic'''),
    ('22023', 'scaling => ''none'''),
    ('22004', 'scaling => NULL'),
    ('22000', 'changepoints => ''{2023-01-01}'''),
    ('22000', 'changepoints => ''{2024-01-05,2024-01-31}'''),
    ('22004', 'changepoints => ''{2024-01-05,NULL}'''),
    ('22023', 'changepoints => ''{infinity}'''),
    ('2202E', 'changepoints => ''{{2024-01-05},{2024-01-06}}'''),
    ('54000', 'changepoints => array_fill(timestamp ''2024-01-05'', ARRAY[1001])'),
    ('22023', 'n_changepoints => -1'),
    ('22023', 'n_changepoints => 1001'),
    ('22004', 'n_changepoints => NULL'),
    ('22023', 'changepoint_range => -0.1'),
    ('22023', 'changepoint_range => 1.1'),
    ('22023', 'changepoint_range => ''NaN'''),
    ('22004', 'changepoint_range => NULL'),
    ('22023', 'yearly_seasonality => ''maybe'''),
    ('22023', 'weekly_seasonality => ''-1'''),
    ('22023', 'daily_seasonality => ''201'''),
    ('22023', 'daily_seasonality => ''3.5'''),
    ('22004', 'weekly_seasonality => NULL'),
    ('22023', 'weekly_seasonality => '''''),
    ('22023', 'seasonality_mode => ''both'''),
    ('22004', 'seasonality_mode => NULL'),
    ('22023', 'holidays_mode => ''none'''),
    ('22023', 'seasonality_prior_scale => 0'),
    ('22023', 'seasonality_prior_scale => ''Infinity'''),
    ('22023', 'holidays_prior_scale => -1'),
    ('22023', 'holidays_prior_scale => ''NaN'''),
    ('22004', 'holidays_prior_scale => NULL'),
    ('22023', 'changepoint_prior_scale => -1'),
    ('22023', 'changepoint_prior_scale => ''NaN'''),
    ('22023', 'changepoint_prior_scale => 0'),
    ('22023', 'changepoint_prior_scale => 1e-200'),
    ('22023', 'country => ''Atlantis'''),
    ('22023', 'country => ''''')) AS q (state, call);

-- seasonalities, holidays, regressors, columns
INSERT INTO bad (state, call) SELECT state, 'SELECT prophet_fit(x, ' || call || ') FROM s' FROM (VALUES
    ('22004', 'seasonalities => ARRAY[NULL::prophet_seasonality]'),
    ('2202E', 'seasonalities => ARRAY[[prophet_seasonality(''a'', 7, 3)]]'),
    ('22004', 'seasonalities => ARRAY[prophet_seasonality(NULL, 7, 3)]'),
    ('22004', 'seasonalities => ARRAY[prophet_seasonality(''a'', NULL, 3)]'),
    ('22004', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, NULL)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality('''', 7, 3)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 0, 3)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', -7, 3)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', ''NaN'', 3)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', ''Infinity'', 3)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, 0)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, 201)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3, 0)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3, ''NaN'')]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3, mode => ''exact'')]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3, condition_name => ''is_open'')]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''trend'', 7, 3)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a_delim_b'', 7, 3)]'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3), prophet_seasonality(''a'', 5, 2)]'),
    ('22000', 'columns => ''{temp,promo}'', seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3, condition_name => ''promo'')], regressors => ARRAY[prophet_regressor(''temp'')]'),
    ('22004', 'holidays => ARRAY[NULL::prophet_holiday]'),
    ('22004', 'holidays => ARRAY[prophet_holiday(NULL, ''2024-01-05'')]'),
    ('22004', 'holidays => ARRAY[prophet_holiday(''h'', NULL)]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''h'', ''infinity'')]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''h'', ''2024-01-05'', 1)]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''h'', ''2024-01-05'', 0, -1)]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''h'', ''2024-01-05'', 0, 1001)]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''h'', ''2024-01-05'', prior_scale => 0)]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''h'', ''2024-01-05'', prior_scale => ''NaN'')]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''h'', ''2024-01-05'', prior_scale => 1), prophet_holiday(''h'', ''2024-01-06'', prior_scale => 2)]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''yhat_upper'', ''2024-01-05'')]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(''a'', ''2024-01-05'')], seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3)]'),
    ('22023', 'holidays => ARRAY[prophet_holiday(repeat(''x'', 201), ''2024-01-05'')]'),
    ('54000', 'holidays => ARRAY[prophet_holiday(''h'', ''2024-01-05'', -1000, 1000)]'),
    ('22004', 'regressors => ARRAY[NULL::prophet_regressor]'),
    ('22004', 'regressors => ARRAY[prophet_regressor(NULL)]'),
    ('22023', 'regressors => ARRAY[prophet_regressor(''promo'')]'),
    ('22023', 'columns => ''{promo,temp}'', regressors => ARRAY[prophet_regressor(''promo''), prophet_regressor(''promo'')]'),
    ('22023', 'columns => ''{promo,temp}'', regressors => ARRAY[prophet_regressor(''promo'')]'),
    ('22023', 'columns => ''{promo,promo}'', regressors => ARRAY[prophet_regressor(''promo'')]'),
    ('22023', 'columns => ''{promo}'', regressors => ARRAY[prophet_regressor(''promo'')]'),
    ('22004', 'columns => ''{promo,NULL}'', regressors => ARRAY[prophet_regressor(''promo'')]'),
    ('22023', 'columns => ''{promo,""}'', regressors => ARRAY[prophet_regressor(''promo'')]'),
    ('22023', 'columns => ''{promo,temp}'', regressors => ARRAY[prophet_regressor(''promo'', -1), prophet_regressor(''temp'')]'),
    ('22023', 'columns => ''{promo,temp}'', regressors => ARRAY[prophet_regressor(''promo'', standardize => ''yes''), prophet_regressor(''temp'')]'),
    ('22023', 'columns => ''{promo,temp}'', regressors => ARRAY[prophet_regressor(''promo'', mode => ''other''), prophet_regressor(''temp'')]'),
    ('22023', 'columns => ''{promo,temp}'', regressors => ARRAY[prophet_regressor(''promo''), prophet_regressor(''temp'')], seasonalities => ARRAY[prophet_seasonality(''promo'', 7, 3)]'),
    ('22023', 'columns => ''{promo,temp}'', regressors => ARRAY[prophet_regressor(''promo''), prophet_regressor(''temp'')], holidays => ARRAY[prophet_holiday(''promo'', ''2024-01-05'')]'),
    ('22000', 'columns => ''{cap,floor}'', growth => ''logistic'''),
    ('22023', 'country => ''GB'', seasonalities => ARRAY[prophet_seasonality(''Good Friday'', 7, 3)]'),
    ('22023', 'country => ''GB'', holidays => ARRAY[prophet_holiday(''Good Friday'', ''2024-01-05'', prior_scale => 3)]'),
    ('22023', 'country => ''GB'', columns => ''{Christmas Day,temp}'', regressors => ARRAY[prophet_regressor(''Christmas Day''), prophet_regressor(''temp'')]'),
    ('54000', 'seasonalities => (SELECT array_agg(prophet_seasonality(''s'' || i, i, 200)) FROM generate_series(1, 6) i)'),
    ('22023', 'seasonalities => ARRAY[prophet_seasonality(''x'' || repeat(''ä'', 90), 0, 3)]')) AS q (state, call);

-- options of the forecast
INSERT INTO bad (state, call) SELECT state, 'SELECT * FROM m, prophet_forecast(m, ' || call || ')' FROM (VALUES
    ('22023', 'horizon => 0'),
    ('22023', 'horizon => -1'),
    ('22023', 'horizon => 100001'),
    ('22004', 'horizon => NULL'),
    ('22023', 'horizon => -1, include_history => true'),
    ('22023', 'frequency => ''0 days'''),
    ('22023', 'frequency => ''-1 day'''),
    ('22023', 'frequency => ''1 month -1 day'''),
    ('22023', 'frequency => ''290000 years'''),
    ('22023', 'interval_width => 0'),
    ('22023', 'interval_width => 1'),
    ('22023', 'interval_width => 2'),
    ('22023', 'interval_width => ''NaN'''),
    ('22004', 'interval_width => NULL'),
    ('22004', 'include_history => NULL'),
    ('22023', 'uncertainty_samples => -1'),
    ('22023', 'uncertainty_samples => 100001'),
    ('22004', 'uncertainty_samples => NULL'),
    ('22004', 'seed => NULL'),
    ('22023', 'on_error => ''ignore'''),
    ('22004', 'on_error => NULL'),
    ('22004', 'identified_only => NULL'),
    ('22004', 'non_negative => NULL'),
    ('22000', 'future => ''{"version":1,"ds":[],"y":[]}''')) AS q (state, call);

-- futures, components
INSERT INTO bad (state, call) VALUES
    ('22004', 'SELECT * FROM prophet_forecast(NULL::prophet_model)'),
    ('22004', 'SELECT * FROM prophet_forecast(NULL::timeseries)'),
    ('22004', 'SELECT * FROM prophet_components(NULL)'),
    ('22023', 'SELECT * FROM m, prophet_components(m, 0)'),
    ('22023', 'SELECT * FROM m, prophet_components(m, frequency => ''0'')'),
    ('22023', 'SELECT * FROM m, prophet_components(mx)'),
    ('22023', 'SELECT * FROM m, prophet_forecast(mx)'),
    ('2202E', 'SELECT * FROM m, prophet_forecast(mx, future => (SELECT series_agg(ds, NULL, promo) FROM ahead))'),
    ('22000', 'SELECT * FROM m, prophet_forecast(mx, future => (SELECT series_agg(ds, NULL, promo, NULL) FROM ahead))'),
    ('22000', 'SELECT * FROM m, prophet_forecast(mx, future => (SELECT series_agg(ds, NULL, promo, ''Infinity'') FROM ahead))'),
    ('22000', 'SELECT prophet_fit(series_agg(ds, y, nullif(promo, 1)), columns => ''{promo}'', regressors => ARRAY[prophet_regressor(''promo'')]) FROM line'),
    ('22000', 'SELECT prophet_fit(series_agg(ds, y, NULL), columns => ''{cap}'', growth => ''logistic'') FROM line'),
    ('22000', 'SELECT prophet_fit(series_agg(ds, y, 10, 10), columns => ''{cap,floor}'', growth => ''logistic'') FROM line'),
    ('22000', 'SELECT * FROM (SELECT prophet_fit(series_agg(ds, y, 40, 0), columns => ''{cap,floor}'', growth => ''logistic'') AS m FROM line) q, prophet_forecast(m, future => (SELECT series_agg(ds, NULL, 1, 2) FROM ahead))'),
    ('22000', 'SELECT prophet_fit(series_agg(ds, y, promo * 2), columns => ''{promo}'', seasonalities => ARRAY[prophet_seasonality(''a'', 7, 3, condition_name => ''promo'')]) FROM line');

-- relations and columns
INSERT INTO bad (state, call) VALUES
    ('42P01', $$SELECT * FROM prophet_forecast('nowhere', 'ds', 'y')$$),
    ('3F000', $$SELECT * FROM prophet_forecast('no.where', 'ds', 'y')$$),
    ('42602', $$SELECT * FROM prophet_forecast('line; DROP TABLE line', 'ds', 'y')$$),
    ('42703', $$SELECT * FROM prophet_forecast('line', 'day', 'y')$$),
    ('42703', $$SELECT * FROM prophet_forecast('line', 'ds', 'Y')$$),
    ('42703', $$SELECT * FROM prophet_forecast('line', 'ds', 'y; --')$$),
    ('42804', $$SELECT * FROM prophet_forecast('line', 'at', 'y')$$),
    ('42804', $$SELECT * FROM prophet_forecast('line', 'ds', 'note')$$),
    ('42703', $$SELECT * FROM prophet_forecast('line', 'ds', 'ctid')$$),
    ('42703', $$SELECT * FROM prophet_forecast('line', 'ctid', 'y')$$),
    ('42809', $$SELECT * FROM prophet_forecast('line_ds', 'ds', 'ds')$$),
    ('22000', $$SELECT * FROM prophet_forecast('empty_table', 'ds', 'y')$$),
    ('42P01', $$SELECT * FROM prophet_forecast(0::regclass, 'ds', 'y')$$),
    ('22004', $$SELECT * FROM prophet_forecast(NULL::regclass, 'ds', 'y')$$),
    ('22004', $$SELECT * FROM prophet_forecast(NULL::text, 'ds', 'y')$$),
    ('22004', $$SELECT * FROM prophet_forecast('line', NULL, 'y')$$),
    ('22004', $$SELECT * FROM prophet_forecast('line', 'ds', NULL)$$),
    ('42703', $$SELECT * FROM prophet_forecast('line', 'ds', 'y', columns => '{sales}', regressors => ARRAY[prophet_regressor('sales')], future => 'ahead')$$),
    ('42804', $$SELECT * FROM prophet_forecast('line', 'ds', 'y', columns => '{note}', regressors => ARRAY[prophet_regressor('note')], future => 'ahead')$$),
    ('42703', $$SELECT * FROM prophet_forecast('line', 'ds', 'y', columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')], future => 'empty_names')$$),
    ('22023', $$SELECT * FROM prophet_forecast('line', 'ds', 'y', columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')])$$),
    ('22000', $$SELECT * FROM prophet_forecast('line', 'ds', 'y', columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')], future => 'empty_table')$$),
    ('42P01', $$SELECT * FROM prophet_forecast('line', 'ds', 'y', columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')], future => 'nowhere')$$),
    ('42809', $$SELECT * FROM prophet_forecast('line', 'ds', 'y', columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')], future => 'line_ds')$$);

-- the text and binary forms of a model
INSERT INTO bad (state, call) VALUES
    ('22P02', $$SELECT ''::prophet_model$$),
    ('22P02', $$SELECT '{}'::prophet_model$$),
    ('22P02', $$SELECT 'null'::prophet_model$$),
    ('22P02', $$SELECT replace(m::text, '"version":', '"version":9')::prophet_model FROM m$$),
    ('22P02', $$SELECT replace(m::text, '"sigma":', '"sigma":-')::prophet_model FROM m$$),
    ('22P02', $$SELECT replace(m::text, '"period":7', '"period":-7')::prophet_model FROM m$$),
    ('22P02', $$SELECT replace(m::text, '"delta":[', '"delta":[0,')::prophet_model FROM m$$),
    ('22P02', $$SELECT left(m::text, -1)::prophet_model FROM m$$),
    ('22P02', $$SELECT (m::text || 'x')::prophet_model FROM m$$),
    ('22P02', $$SELECT replace(m::text, 'linear', 'logistic')::prophet_model FROM m$$),
    ('22P02', $$SELECT replace(m::text, 'linear', 'cubic')::prophet_model FROM m$$),
    ('22P02', $$SELECT replace(mx::text, '"promo"', '""')::prophet_model FROM m$$);

SELECT bad.state, t.verdict, t.message FROM bad, pg_temp.try(bad.call, bad.state) t ORDER BY n;
SELECT count(*) >= 80 AS enough, count(*) FILTER (WHERE t.verdict <> 'ok') AS wrong FROM bad, pg_temp.try(bad.call, bad.state) t;

-- data that cannot be fitted: an error, or a status row that stops no other series
CREATE TEMP TABLE unfit (id int, s timeseries);
INSERT INTO unfit VALUES
    (1, NULL),
    (2, (SELECT series_agg(date '2024-01-01', 1))),
    (3, (SELECT series_agg(date '2024-01-01' + i, NULL) FROM generate_series(1, 9) i)),
    (4, (SELECT series_agg(date '2024-01-01', i) FROM generate_series(1, 9) i)),
    (5, (SELECT series_agg(date '2024-01-01' + i, CASE WHEN i = 5 THEN 'Infinity'::float8 ELSE i END) FROM generate_series(1, 9) i)),
    (6, '{"version":1,"ds":[],"y":[]}'),
    (7, '{"version":1,"ds":["2024-01-01","2024-01-02"],"y":[1.7e308,-1.7e308]}'),
    (8, (SELECT series_agg(date '294276-12-25' + i, i) FROM generate_series(1, 6) i)),
    (9, (SELECT series_agg(date '2024-01-01' + i, 3) FROM generate_series(1, 9) i));
SELECT id, t.* FROM unfit, pg_temp.try(format('SELECT f.* FROM unfit, prophet_forecast(s) f WHERE id = %s', id), CASE id WHEN 1 THEN '22004' WHEN 8 THEN '22023' ELSE '22000' END) t WHERE id < 9 ORDER BY id;
SELECT id, f.ds, f.yhat, f.status FROM unfit, prophet_forecast(s, 2, on_error => 'status') f ORDER BY id, ds;
SELECT status FROM prophet_forecast('empty_table', 'ds', 'y', on_error => 'status');
SELECT f.ds, f.status FROM m, prophet_forecast(mx, on_error => 'status') f;
SELECT f.ds, f.status FROM s, prophet_forecast(x, columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')], future => x, on_error => 'status') f;
-- an option out of range is never a status
SELECT t.* FROM pg_temp.try($$SELECT prophet_forecast(s, on_error => 'status', horizon => 0) FROM unfit$$, '22023') t;
SELECT t.* FROM pg_temp.try($$SELECT prophet_forecast(s, on_error => 'status', changepoint_range => 7) FROM unfit$$, '22023') t;

-- too far ahead to simulate
SELECT t.* FROM pg_temp.try($$SELECT * FROM prophet_forecast((SELECT series_agg(timestamp '2024-01-01' + i * interval '1 microsecond', i % 3) FROM generate_series(1, 30) i), 1, '1 day')$$, '22000') t;
SELECT ds, yhat_lower IS NULL AS no_bounds FROM prophet_forecast((SELECT series_agg(timestamp '2024-01-01' + i * interval '1 microsecond', i % 3) FROM generate_series(1, 30) i), 1, '1 day', uncertainty_samples => 0);

-- names are quoted, the caller's rights count
CREATE SCHEMA "Odd ""schema";
CREATE TABLE "Odd ""schema"."a.b'c" ("d s" date, "SELECT" numeric, "x, y" bool);
INSERT INTO "Odd ""schema"."a.b'c" SELECT date '2024-01-01' + i, i, i % 2 = 0 FROM generate_series(0, 29) i;
SELECT count(*) FROM prophet_forecast('"Odd ""schema"."a.b''c"', 'd s', 'SELECT');
SELECT count(*) FROM prophet_forecast('"Odd ""schema"."a.b''c"', 'd s', 'SELECT', columns => ARRAY['x, y'], regressors => ARRAY[prophet_regressor('x, y')], future => '"Odd ""schema"."a.b''c"');
CREATE ROLE regress_prophet_reader;
GRANT USAGE ON SCHEMA "Odd ""schema" TO regress_prophet_reader;
SET ROLE regress_prophet_reader;
SELECT count(*) FROM prophet_forecast('"Odd ""schema"."a.b''c"', 'd s', 'SELECT');
RESET ROLE;
DROP SCHEMA "Odd ""schema" CASCADE;
DROP ROLE regress_prophet_reader;
