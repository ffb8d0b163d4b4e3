-- Every parameter of Prophet: its default said aloud changes nothing, valid values are taken, others are refused.
-- Expected values: the parameter table of Prophet 1.3.0's documentation; 22023 is a value out of range.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

-- two and a half years of days with a promotion and a season, so that every option has something to change
CREATE TEMP TABLE facts AS
    SELECT d::date AS ds, d::date - date '2021-01-01' AS t, extract(day FROM d) IN (7, 8) AS promo, extract(month FROM d) BETWEEN 5 AND 9 AS summer
    FROM generate_series(timestamp '2021-01-01', '2023-06-30', '1 day') d;
CREATE TEMP VIEW s AS
    SELECT series_agg(ds, 50 + t * 0.05 + greatest(t - 400, 0) * 0.1 + 8 * sin(2 * pi() * t / 365.25) + extract(isodow FROM ds) * 2 + CASE WHEN promo THEN 15 ELSE 0 END
                          + (t * 7919 % 101) / 20.0, CASE WHEN promo THEN 3 ELSE 1 END, summer::int, 400 + t * 0.1, 10) AS s FROM facts;
CREATE TEMP TABLE base (name text, value text);
INSERT INTO base VALUES
    ('columns', $$'{promo,summer,cap,floor}'$$),
    ('regressors', $$ARRAY[prophet_regressor('promo')]$$),
    ('seasonalities', $$ARRAY[prophet_seasonality('week in summer', 7, 2, condition_name => 'summer')]$$),
    ('holidays', $$ARRAY[prophet_holiday('h', '2022-01-06'), prophet_holiday('h', '2023-01-06')]$$);

-- a digest of the fit, or of the forecast, with one argument; the SQLSTATE when it is refused
CREATE FUNCTION pg_temp.with_argument(what text, argument text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    arguments text; digest text; state text;
BEGIN
    SELECT string_agg(name || ' => ' || v, ', ') INTO arguments
    FROM (SELECT name, base.value AS v FROM base WHERE name IS DISTINCT FROM argument UNION ALL SELECT argument, with_argument.value WHERE argument IS NOT NULL) q;
    IF what = 'fit' THEN
        EXECUTE 'SELECT md5(prophet_model_send(prophet_fit(s, ' || arguments || '))) FROM s' INTO digest;
    ELSE
        EXECUTE 'SELECT md5(string_agg(f::text, '' '' ORDER BY ds)) FROM (SELECT prophet_fit(s) AS m FROM s) q, prophet_forecast(m'
            || coalesce(', ' || argument || ' => ' || value, '') || ') f' INTO digest;
    END IF;
    RETURN digest;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE;
    RETURN state;
END $$;

-- its default, other valid values that change the result, valid values that do not, values out of range
CREATE TEMP TABLE parameter (n int GENERATED ALWAYS AS IDENTITY, what text, name text, standard text, changing text[], alike text[], invalid text[]);
INSERT INTO parameter (what, name, standard, changing, alike, invalid) VALUES
    ('fit', 'growth', $$'linear'$$, ARRAY[$$'flat'$$, $$'logistic'$$], ARRAY[$$'LINEAR'$$], ARRAY[$$'none'$$, $$''$$]),
    ('fit', 'changepoints', 'NULL', ARRAY[$$'{}'$$, $$'{2021-01-01,2023-06-30}'$$, $$'{2022-02-05}'$$], NULL, ARRAY[$$'{2020-12-31}'$$, $$'{2023-07-01}'$$, $$'{-infinity}'$$]),
    ('fit', 'n_changepoints', '25', ARRAY['0', '1', '26'], NULL, ARRAY['-1', '1001']),
    ('fit', 'changepoint_range', '0.8', ARRAY['0', '0.5', '1'], NULL, ARRAY['-0.01', '1.01', $$'NaN'$$, $$'Infinity'$$]),
    ('fit', 'yearly_seasonality', $$'auto'$$, ARRAY[$$'false'$$, '0::text', $$'3'$$], ARRAY[$$'true'$$, $$'TRUE'$$, $$'10'$$], ARRAY[$$'-1'$$, $$'201'$$, $$'on'$$]),
    ('fit', 'weekly_seasonality', $$'auto'$$, ARRAY[$$'false'$$, $$'0'$$, $$'2'$$], ARRAY[$$'true'$$, $$'3'$$], ARRAY[$$'-1'$$, $$'1.5'$$]),
    ('fit', 'daily_seasonality', $$'auto'$$, ARRAY[$$'true'$$, $$'1'$$], ARRAY[$$'false'$$, $$'0'$$], ARRAY[$$'-1'$$, $$''$$]),
    ('fit', 'holidays', $$ARRAY[prophet_holiday('h', '2022-01-06'), prophet_holiday('h', '2023-01-06')]$$,
        ARRAY['NULL', $$ARRAY[prophet_holiday('h', '2022-01-06', -1, 1), prophet_holiday('h', '2023-01-06', -1, 1)]$$, $$ARRAY[prophet_holiday('h', '2022-01-06', prior_scale => 0.01)]$$],
        ARRAY[$$ARRAY[prophet_holiday('h', '2022-01-06', 0, 0, 10), prophet_holiday('h', '2023-01-06', NULL, NULL, NULL)]$$, $$ARRAY[prophet_holiday('h', '2023-01-06'), prophet_holiday('h', '2022-01-06'), prophet_holiday('h', '2022-01-06')]$$],
        ARRAY[$$ARRAY[prophet_holiday('h', '2022-01-06', 1)]$$, $$ARRAY[prophet_holiday('h', '2022-01-06', 0, -1)]$$, $$ARRAY[prophet_holiday('h', '2022-01-06', prior_scale => 0)]$$, $$ARRAY[prophet_holiday('zeros', '2022-01-06')]$$]),
    ('fit', 'seasonality_mode', $$'additive'$$, ARRAY[$$'multiplicative'$$], ARRAY[$$'Additive'$$], ARRAY[$$'mult'$$]),
    ('fit', 'holidays_mode', 'NULL', ARRAY[$$'multiplicative'$$], ARRAY[$$'additive'$$], ARRAY[$$''$$]),
    ('fit', 'seasonality_prior_scale', '10', ARRAY['0.01', '100'], NULL, ARRAY['0', '-1', $$'NaN'$$, $$'Infinity'$$]),
    ('fit', 'holidays_prior_scale', '10', ARRAY['0.01', '100'], NULL, ARRAY['0', '-1', $$'NaN'$$]),
    ('fit', 'changepoint_prior_scale', '0.05', ARRAY['0.001', '0.5'], NULL, ARRAY['0', '-1', $$'NaN'$$]),
    ('fit', 'scaling', $$'absmax'$$, ARRAY[$$'minmax'$$], ARRAY[$$'AbsMax'$$], ARRAY[$$'standard'$$]),
    ('fit', 'country', 'NULL', ARRAY[$$'GB'$$, $$'US'$$], NULL, ARRAY[$$'XX'$$, $$''$$]),
    ('fit', 'seasonalities', $$ARRAY[prophet_seasonality('week in summer', 7, 2, condition_name => 'summer')]$$,
        ARRAY[$$ARRAY[prophet_seasonality('week in summer', 7, 3, condition_name => 'summer')]$$, $$ARRAY[prophet_seasonality('week in summer', 7, 2, 0.01, condition_name => 'summer')]$$,
              $$ARRAY[prophet_seasonality('week in summer', 7, 2, mode => 'multiplicative', condition_name => 'summer')]$$, $$ARRAY[prophet_seasonality('week in summer', 3.5, 1, condition_name => 'summer')]$$],
        ARRAY[$$ARRAY[prophet_seasonality('week in summer', 7, 2, 10, 'additive', 'summer')]$$],
        ARRAY[$$ARRAY[prophet_seasonality('a', 7, 0, condition_name => 'summer')]$$, $$ARRAY[prophet_seasonality('a', 7, 2, 0, condition_name => 'summer')]$$, $$ARRAY[prophet_seasonality('a', 0, 2, condition_name => 'summer')]$$,
              $$ARRAY[prophet_seasonality('a', 7, 2, condition_name => 'nowhere')]$$, $$ARRAY[prophet_seasonality('holidays', 7, 2, condition_name => 'summer')]$$]),
    ('fit', 'regressors', $$ARRAY[prophet_regressor('promo')]$$,
        ARRAY[$$ARRAY[prophet_regressor('promo', 0.01)]$$, $$ARRAY[prophet_regressor('promo', standardize => 'false')]$$, $$ARRAY[prophet_regressor('promo', mode => 'multiplicative')]$$],
        ARRAY[$$ARRAY[prophet_regressor('promo', 10, 'AUTO', 'additive')]$$],
        ARRAY[$$ARRAY[prophet_regressor('promo', 0)]$$, $$ARRAY[prophet_regressor('promo', standardize => 'maybe')]$$, $$ARRAY[prophet_regressor('promo', mode => '')]$$, $$ARRAY[prophet_regressor('nowhere')]$$]),
    ('fit', 'previous', 'NULL', NULL, NULL, NULL),
    ('forecast', 'horizon', '7', ARRAY['1', '8'], NULL, ARRAY['0', '100001', '-5']),
    ('forecast', 'frequency', 'NULL', ARRAY[$$'12 hours'$$, $$'1 week'$$, $$'1 month'$$], ARRAY[$$'1 day'$$, $$'24 hours'$$], ARRAY[$$'0'$$, $$'-1 day'$$]),
    ('forecast', 'include_history', 'false', ARRAY['true'], NULL, NULL),
    ('forecast', 'interval_width', '0.8', ARRAY['0.01', '0.99'], NULL, ARRAY['0', '1', '2', $$'NaN'$$]),
    ('forecast', 'uncertainty_samples', '1000', ARRAY['0', '1', '100000'], NULL, ARRAY['-1', '100001']),
    ('forecast', 'seed', '42', ARRAY['-1', '9223372036854775807'], NULL, NULL),
    ('forecast', 'on_error', $$'raise'$$, NULL, ARRAY[$$'status'$$], ARRAY[$$'warn'$$]),
    ('forecast', 'identified_only', 'false', NULL, ARRAY['true'], NULL),
    ('forecast', 'non_negative', 'false', NULL, ARRAY['true'], NULL),
    ('forecast', 'future', 'NULL', ARRAY[$$(SELECT series_agg(date '2023-07-05', NULL))$$], NULL, NULL);

SELECT p.what, p.name, pg_temp.with_argument(p.what, p.name, p.standard) = usual.digest AS is_default,
       (SELECT string_agg(CASE WHEN length(d) = 5 THEN v || ': ' || d WHEN d = usual.digest THEN v || ' changes nothing' END, ', ') FROM unnest(p.changing) v, pg_temp.with_argument(p.what, p.name, v) d) AS not_changing,
       (SELECT string_agg(CASE WHEN d <> usual.digest THEN v || ': ' || d END, ', ') FROM unnest(p.alike) v, pg_temp.with_argument(p.what, p.name, v) d) AS not_alike,
       (SELECT string_agg(CASE WHEN d NOT IN ('22023', '22000') THEN v || ': ' || d END, ', ') FROM unnest(p.invalid) v, pg_temp.with_argument(p.what, p.name, v) d) AS not_refused,
       (SELECT count(*) FROM unnest(p.changing || p.alike || p.invalid)) AS cases
FROM parameter p, LATERAL pg_temp.with_argument(p.what, NULL, NULL) usual (digest) ORDER BY n;

-- every option of the fit stands in this table, and in each form of prophet_forecast with the same default
SELECT string_agg(a, ' ' ORDER BY a) AS not_in_the_table FROM pg_proc p, unnest(proargnames[2:pronargs]) a
WHERE proname = 'prophet_fit' AND a NOT IN (SELECT name FROM parameter) AND a <> 'columns';
SELECT pronargs AS arguments, proargtypes[0]::regtype AS first, NOT EXISTS (SELECT FROM regexp_matches(pg_get_function_arguments(f.oid), 'growth.*') AS g (tail)
    WHERE g.tail[1] NOT LIKE '%' || (SELECT substring(pg_get_function_arguments(oid) FROM 'growth.*') FROM pg_proc WHERE proname = 'prophet_fit')) AS same_options
FROM pg_proc f WHERE proname = 'prophet_forecast' ORDER BY 1, 2;
