-- The parts of a forecast add up, in the wide and in the long form, on models with everything on.
-- Expected values: the model's own equation (Taylor and Letham), known effects on made-up lines, counts.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

-- three years of days: growth, a year, a week that differs in summer, a holiday of two days, a promotion, temperature
CREATE TEMP TABLE facts AS
    SELECT d::date AS ds, sin(2 * pi() * extract(doy FROM d) / 365.25) * 8 + 12 AS temp, extract(day FROM d) IN (7, 8) AS promo,
           extract(month FROM d) BETWEEN 5 AND 9 AS summer, extract(month FROM d) NOT BETWEEN 5 AND 9 AS winter, 400::float8 AS cap, 20::float8 AS floor,
           extract(month FROM d) = 3 AND extract(day FROM d) IN (15, 16) AS feast, d < '2024-01-01' AS known, d::date - date '2021-01-01' AS t
    FROM generate_series(timestamp '2021-01-01', '2024-02-29', '1 day') d;
CREATE TEMP TABLE days AS
    SELECT *, 20 + (100 + t * 0.1) * (1 + CASE WHEN promo THEN 0.2 ELSE 0 END + CASE WHEN feast THEN 0.5 ELSE 0 END)
              + CASE WHEN summer THEN 5 ELSE 2 END * CASE WHEN extract(isodow FROM ds) > 5 THEN 1 ELSE 0 END + temp + (t * 7919 % 101) / 50.0 AS y
    FROM facts;
CREATE TEMP VIEW past AS SELECT series_agg(ds, y, temp, promo::int, summer::int, winter::int, cap, floor) AS s FROM days WHERE known;
CREATE TEMP VIEW next AS SELECT series_agg(ds, NULL, temp, promo::int, summer::int, winter::int, cap, floor) AS s FROM days WHERE NOT known;

-- everything on, in each growth, scaling and mode
CREATE TEMP TABLE models AS
    SELECT growth, scaling, mode, prophet_fit(s, columns => '{temp,promo,summer,winter,cap,floor}', growth => growth, scaling => scaling, seasonality_mode => mode,
        yearly_seasonality => '4', weekly_seasonality => 'false', daily_seasonality => 'false',
        seasonalities => ARRAY[prophet_seasonality('week in summer', 7, 2, condition_name => 'summer'), prophet_seasonality('week in winter', 7, 2, condition_name => 'winter', mode => 'additive'),
            prophet_seasonality('month', 30.5, 2, 5, mode => 'multiplicative')],
        holidays => ARRAY[prophet_holiday('feast', '2021-03-15', 0, 1), prophet_holiday('feast', '2022-03-15', 0, 1), prophet_holiday('feast', '2023-03-15', 0, 1), prophet_holiday('feast', '2024-03-15', 0, 1),
            prophet_holiday('new year', '2022-01-01'), prophet_holiday('new year', '2023-01-01'), prophet_holiday('new year', '2024-01-01')],
        regressors => ARRAY[prophet_regressor('temp', mode => 'additive'), prophet_regressor('promo', mode => 'multiplicative')]) AS model
    FROM past, unnest(ARRAY['linear', 'logistic', 'flat']) growth, unnest(ARRAY['absmax', 'minmax']) scaling, unnest(ARRAY['additive', 'multiplicative']) mode;
CREATE TEMP TABLE wide AS SELECT growth, scaling, mode, f.* FROM models, next, prophet_forecast(model, include_history => true, future => next.s, uncertainty_samples => 50) f;
CREATE TEMP TABLE long AS SELECT growth, scaling, mode, c.* FROM models, next, prophet_components(model, include_history => true, future => next.s) c;

SELECT growth, scaling, mode, count(*) AS rows, count(*) FILTER (WHERE is_future) AS future, bool_and(yhat_lower <= yhat AND yhat <= yhat_upper AND trend_lower <= trend AND trend <= trend_upper) AS enclosed,
       max(abs(yhat)) < 1000 AS sane, sqrt(avg(residual ^ 2)) < CASE growth WHEN 'flat' THEN 40 ELSE 5 END AS close, bool_and(y IS NULL = is_future) AS y_in_history, bool_and(status = 'ok') AS ok
FROM wide GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- the long form has every component by name
SELECT component, count(*) FROM long GROUP BY 1 ORDER BY 1;
-- and agrees with the wide one, to the last bit
SELECT count(*) AS compared, count(*) FILTER (WHERE l.value IS DISTINCT FROM w.value) AS different
FROM wide CROSS JOIN LATERAL (VALUES ('trend', trend), ('yhat', yhat), ('additive_terms', additive_terms), ('multiplicative_terms', multiplicative_terms), ('yearly', yearly), ('holidays', holidays),
        ('extra_regressors_additive', extra_regressors_additive), ('extra_regressors_multiplicative', extra_regressors_multiplicative)) w (component, value)
JOIN long l USING (growth, scaling, mode, ds, component);

-- sums: each part belongs to one mode; floor + (trend - floor) (1 + M) + A = yhat
CREATE TEMP TABLE sums AS
    SELECT growth, scaling, mode, ds, p.*
    FROM (SELECT growth, scaling, mode, ds, jsonb_object_agg(component, value) AS part FROM long GROUP BY 1, 2, 3, 4) q,
         LATERAL (SELECT (part ->> 'trend')::float8 AS trend, coalesce((part ->> 'floor')::float8, 0) AS floor, (part ->> 'yhat')::float8 AS yhat,
                         (part ->> 'additive_terms')::float8 AS additive, (part ->> 'multiplicative_terms')::float8 AS multiplicative,
                         (part ->> 'week in winter')::float8 + (part ->> 'temp')::float8 AS always_additive, (part ->> 'month')::float8 + (part ->> 'promo')::float8 AS always_multiplicative,
                         (part ->> 'yearly')::float8 + (part ->> 'week in summer')::float8 + (part ->> 'holidays')::float8 AS by_mode,
                         (part ->> 'feast')::float8 + (part ->> 'new year')::float8 - (part ->> 'holidays')::float8 AS holidays,
                         (part ->> 'temp')::float8 - (part ->> 'extra_regressors_additive')::float8 AS regressors_additive,
                         (part ->> 'promo')::float8 - (part ->> 'extra_regressors_multiplicative')::float8 AS regressors_multiplicative) p;
SELECT growth, scaling, mode, max(abs(floor + (trend - floor) * (1 + multiplicative) + additive - yhat)) < 1e-9 AS yhat,
       max(abs(always_additive + CASE mode WHEN 'additive' THEN by_mode ELSE 0 END - additive)) < 1e-9 AS additive,
       max(abs(always_multiplicative + CASE mode WHEN 'multiplicative' THEN by_mode ELSE 0 END - multiplicative)) < 1e-9 AS multiplicative,
       max(abs(holidays)) < 1e-9 AS holidays, max(abs(regressors_additive)) < 1e-9 AND max(abs(regressors_multiplicative)) < 1e-9 AS regressors, max(floor) > 0 AS has_floor
FROM sums GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- without a floor the equation is Prophet's
SELECT bool_and(abs(trend * (1 + multiplicative_terms) + additive_terms - yhat) < 1e-9) AS plain FROM wide WHERE scaling = 'absmax' AND growth <> 'logistic';

-- conditions switch, holidays fall on their days only
SELECT bool_and((value = 0) = (NOT summer)) AS summer FROM long JOIN days USING (ds) WHERE component = 'week in summer';
SELECT bool_and((value <> 0) = feast) AS feast FROM long JOIN days USING (ds) WHERE component = 'feast';
SELECT round(avg(value)::numeric, 1) AS promo FROM long JOIN days USING (ds) WHERE component = 'promo' AND promo AND growth = 'linear' AND scaling = 'absmax';

-- a future of its own moments: any order, in the past too, among the history
SELECT ds::date, is_future, y IS NOT NULL AS has_y FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + 2 * i, i % 3) FROM generate_series(0, 4) i), include_history => true,
    future => (SELECT series_agg(d, NULL) FROM unnest('{2024-02-01,2024-01-03,2023-12-31,2024-01-05}'::date[]) d));
SELECT string_agg(f.ds::date || ' ' || (f.yhat = g.yhat)::text, ', ') FROM (SELECT series_agg(date '2024-01-01' + i, i % 3) AS s FROM generate_series(0, 20) i) q,
    LATERAL prophet_forecast(s, 3) f, LATERAL prophet_forecast(s, future => (SELECT series_agg(d, 5, 1) FROM unnest('{2024-01-23,2024-01-22}'::date[]) d)) g WHERE f.ds = g.ds;
-- the history alone
SELECT count(*), bool_or(is_future) AS any_future FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i, i % 3) FROM generate_series(0, 20) i), 0, include_history => true);
SELECT count(*), bool_or(is_future) AS any_future FROM past, prophet_forecast(s, 0, include_history => true, columns => '{temp,promo,summer,winter,cap,floor}', growth => 'logistic',
    regressors => ARRAY[prophet_regressor('temp'), prophet_regressor('promo'), prophet_regressor('summer'), prophet_regressor('winter')]);

-- non_negative: yhat and both bounds, nothing else
CREATE TEMP TABLE falling AS SELECT series_agg(date '2024-01-01' + i, 50 - i + i % 4) AS s FROM generate_series(0, 49) i;
SELECT min(f.yhat) < 0 AS falls, min(f.yhat_lower) < 0 AS lower_falls, min(n.yhat) AS yhat, min(n.yhat_lower) AS lower, bool_and(n.yhat_lower <= n.yhat AND n.yhat <= n.yhat_upper) AS enclosed,
       bool_and(f.trend = n.trend AND f.additive_terms = n.additive_terms) AS parts_alike, bool_and(n.yhat = greatest(f.yhat, 0) AND n.yhat_upper = greatest(f.yhat_upper, 0)) AS only_lifted,
       bool_and(n.residual IS NOT DISTINCT FROM n.y - n.yhat) AS residual
FROM falling, prophet_forecast(s, 60, include_history => true) f JOIN LATERAL prophet_forecast(s, 60, include_history => true, non_negative => true) n USING (ds);

-- identified_only: weekends that the history never shows are left out
CREATE TEMP TABLE office AS SELECT series_agg(d::date, 10 + extract(isodow FROM d) + (extract(doy FROM d)::int * 7919 % 13) / 10.0) AS s
    FROM generate_series(timestamp '2024-01-01', '2024-03-29', '1 day') d WHERE extract(isodow FROM d) < 6;
SELECT string_agg(to_char(ds, 'Dy DD'), ' ' ORDER BY ds) AS days, bool_and(identified) AS identified FROM office, prophet_forecast(s, 9, '1 day', identified_only => true);
SELECT count(*) FROM office, prophet_forecast(s, 9, '1 day', identified_only => true, include_history => true);

-- the relation form reads numbers and booleans, and a second relation ahead
CREATE TEMP TABLE known_days AS SELECT ds, y::numeric, promo, temp::real FROM days WHERE known;
CREATE TEMP VIEW next_days AS SELECT promo, temp::real, ds FROM days WHERE NOT known;
CREATE TEMP TABLE by_model AS SELECT f.* FROM (SELECT prophet_fit(series_agg(ds, y, promo::int, temp), columns => '{promo,temp}', regressors => ARRAY[prophet_regressor('promo'), prophet_regressor('temp', 1)]) AS m FROM known_days) q,
    LATERAL prophet_forecast(m, future => (SELECT series_agg(ds, NULL, promo::int, temp) FROM next_days)) f;
SELECT count(*) FROM (SELECT * FROM by_model INTERSECT SELECT * FROM prophet_forecast('known_days', 'ds', 'y', future => 'next_days', columns => '{promo,temp}',
    regressors => ARRAY[prophet_regressor('promo'), prophet_regressor('temp', 1)])) q;
