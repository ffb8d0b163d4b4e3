-- Holidays, countries, regressors, conditions, sub-daily data, refits, models as values.
-- Expected values: effects that were put into made-up lines, and the fit that another way of writing the call gives.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

-- 100 + t / 2, 40 more on a feast, 20 on the day after, 7 for each unit of promo, -3 for each degree
CREATE TEMP TABLE line AS
    SELECT date '2024-01-01' + t AS ds, t % 10 = 3 AS promo, (t * 37 % 23)::float8 AS temp,
           100 + t * 0.5 + CASE t WHEN 40 THEN 40 WHEN 41 THEN 20 WHEN 140 THEN 40 WHEN 141 THEN 20 ELSE 0 END + CASE WHEN t % 10 = 3 THEN 7 ELSE 0 END - 3 * (t * 37 % 23) AS y
    FROM generate_series(0, 199) t;
CREATE TEMP TABLE feast AS SELECT prophet_holiday('feast', date '2024-01-01' + t, 0, 1) AS h FROM unnest('{40,140,210}'::int[]) t;
CREATE TEMP TABLE model AS SELECT prophet_fit(series_agg(ds, y, promo::int, temp), columns => '{promo,temp}', regressors => ARRAY[prophet_regressor('promo'), prophet_regressor('temp')],
    holidays => (SELECT array_agg(h) FROM feast), weekly_seasonality => 'false', holidays_prior_scale => 1000) AS m FROM line;

-- the coefficients, named
SELECT r ->> 'regressor' AS regressor, r ->> 'regressor_mode' AS mode, round((r ->> 'center')::numeric, 2) AS center, round((r ->> 'coef')::numeric, 4) AS coef
FROM model, jsonb_array_elements(prophet_params(m) -> 'regressor_coefficients') r ORDER BY 1;
SELECT n.value AS name, round((b.value::float8 * (prophet_params(m) ->> 'y_scale')::float8)::numeric, 3) AS scaled
FROM model, jsonb_array_elements_text(prophet_params(m) -> 'beta_names') WITH ORDINALITY n, jsonb_array_elements_text(prophet_params(m) -> 'beta') WITH ORDINALITY b
WHERE n.ordinality = b.ordinality AND n.value LIKE 'feast%';
SELECT string_agg(k, ' ' ORDER BY k) AS keys FROM model, jsonb_object_keys(prophet_params(m)) k;

-- ahead: the feast comes again, the regressors are what the future says
SELECT f.ds::date, round(f.holidays::numeric, 2) AS holidays, round(f.extra_regressors_additive::numeric, 2) AS regressors, round(f.yhat::numeric, 2) AS yhat, f.extra_regressors_multiplicative IS NULL AS no_ratio, f.weekly IS NULL AS no_week
FROM model, prophet_forecast(m, future => (SELECT series_agg(date '2024-01-01' + t, NULL, (t = 212)::int, 10) FROM generate_series(209, 213) t), uncertainty_samples => 0) f ORDER BY ds;

-- a country is its holidays, with those names that fall in a year of the history
CREATE TEMP VIEW gb AS SELECT series_agg(ds, y) AS s FROM line;
SELECT prophet_model_send(prophet_fit(s, country => 'gb')) = prophet_model_send(prophet_fit(s, holidays => (
           SELECT array_agg(prophet_holiday(name, date)) FROM public_holiday h
           WHERE country = 'GB' AND date >= '2024-01-01' AND name IN (SELECT name FROM public_holiday WHERE country = 'GB' AND date BETWEEN '2024-01-01' AND '2024-12-31')))) AS same FROM gb;
SELECT h ->> 'name' AS name, jsonb_array_length(h -> 'dates') AS dates FROM gb, jsonb_array_elements(prophet_params(prophet_fit(s, country => 'GB', holidays => ARRAY[prophet_holiday('Good Friday', '2024-03-30'), prophet_holiday('mine', '2024-05-05')])) -> 'holidays') h ORDER BY 1;

-- hours: every hour of a holiday counts, nights never seen are not identified
CREATE TEMP TABLE hours AS SELECT h AS ds, 50 + 10 * sin(2 * pi() * extract(hour FROM h) / 24) + CASE WHEN h::date = '2024-01-10' THEN 30 ELSE 0 END AS y
    FROM generate_series(timestamp '2024-01-01', '2024-01-21 23:00', '1 hour') h WHERE extract(hour FROM h) BETWEEN 8 AND 20;
SELECT f.ds::date, count(*) AS hours, count(*) FILTER (WHERE f.identified) AS identified, min(extract(hour FROM f.ds)) FILTER (WHERE f.identified) AS first, max(extract(hour FROM f.ds)) FILTER (WHERE f.identified) AS last,
       min(round(f.holidays::numeric, 1)) AS least, max(round(f.holidays::numeric, 1)) AS most
FROM (SELECT series_agg(ds, y) AS s FROM hours) q, prophet_forecast(s, 48, holidays => ARRAY[prophet_holiday('visit', '2024-01-10'), prophet_holiday('visit', '2024-01-23')], weekly_seasonality => 'false', n_changepoints => 0) f
GROUP BY 1 ORDER BY 1;

-- frequencies ahead: weeks, quarters, quarter ends, minutes
SELECT string_agg(f.ds::date::text, ' ' ORDER BY f.ds) FROM (SELECT series_agg(date '2024-01-01' + 7 * i, i) AS s FROM generate_series(0, 20) i) q, prophet_forecast(s, 3) f;
SELECT string_agg(f.ds::date::text, ' ' ORDER BY f.ds) FROM (SELECT series_agg(d::date, extract(year FROM d)) AS s FROM generate_series(timestamp '2020-01-01', '2024-01-01', '3 months') d) q, prophet_forecast(s, 3) f;
SELECT string_agg(f.ds::date::text, ' ' ORDER BY f.ds) FROM (SELECT series_agg(d::date - 1, extract(year FROM d)) AS s FROM generate_series(timestamp '2020-01-01', '2024-01-01', '3 months') d) q, prophet_forecast(s, 3) f;
SELECT string_agg(f.ds::date::text, ' ' ORDER BY f.ds) FROM (SELECT series_agg(date '2024-01-01' + i, i) AS s FROM generate_series(0, 30) i) q, prophet_forecast(s, 3, '3 months') f;
SELECT string_agg(f.ds::time::text, ' ' ORDER BY f.ds) FROM (SELECT series_agg(timestamp '2024-01-01' + i * interval '5 minutes', i) AS s FROM generate_series(0, 30) i) q, prophet_forecast(s, 3) f;

-- a refit from the model of yesterday ends where a fit from nothing ends
CREATE TEMP TABLE refit AS
    SELECT prophet_fit(s) AS fresh, prophet_fit(s, previous => prophet_fit(before)) AS warm, prophet_fit(s, previous => prophet_fit(before, growth => 'flat', n_changepoints => 3)) AS unlike
    FROM (SELECT series_agg(ds, y + temp) AS s, series_agg(ds, y + temp) FILTER (WHERE ds < '2024-07-10') AS before FROM line) q;
SELECT bool_and(abs((prophet_params(fresh) ->> p)::float8 - (prophet_params(warm) ->> p)::float8) < 1e-6 AND abs((prophet_params(fresh) ->> p)::float8 - (prophet_params(unlike) ->> p)::float8) < 1e-6) AS same_optimum
FROM refit, unnest('{k,m,sigma,log_posterior}'::text[]) p;
SELECT max(abs(a.yhat - b.yhat)) < 1e-6 AS same_forecast FROM refit, prophet_forecast(fresh, 30) a, prophet_forecast(warm, 30) b WHERE a.ds = b.ds;

-- also where the posterior is not convex: logistic growth, multiplicative parts
SELECT growth, mode, bool_and(abs((prophet_params(fresh) ->> p)::float8 - (prophet_params(warm) ->> p)::float8) < 1e-5) AS same_optimum, bool_and((prophet_params(warm) ->> 'converged')::bool) AS converged,
       bool_and((prophet_params(warm) ->> 'n_iterations')::int < (prophet_params(fresh) ->> 'n_iterations')::int) AS sooner
FROM (SELECT growth, mode, prophet_fit(s, columns => '{cap}', growth => growth, seasonality_mode => mode) AS fresh,
             prophet_fit(s, columns => '{cap}', growth => growth, seasonality_mode => mode, previous => prophet_fit(before, columns => '{cap}', growth => growth, seasonality_mode => mode)) AS warm
      FROM (SELECT series_agg(ds, y + temp + 80, 400) AS s, series_agg(ds, y + temp + 80, 400) FILTER (WHERE ds < '2024-07-10') AS before FROM line) q,
           unnest('{linear,logistic}'::text[]) growth, unnest('{additive,multiplicative}'::text[]) mode) r,
     unnest('{k,m,sigma,log_posterior}'::text[]) p
GROUP BY 1, 2 ORDER BY 1, 2;

-- a model is a value: text and bytes read back bit for bit, whatever the names
CREATE TEMP TABLE named AS SELECT prophet_fit(series_agg(ds, y, promo::int), columns => ARRAY[E'Prämie "a\\b"\t'], regressors => ARRAY[prophet_regressor(E'Prämie "a\\b"\t')], holidays => ARRAY[prophet_holiday('Год, ''24', '2024-02-02', -2, 3)],
    seasonalities => ARRAY[prophet_seasonality(E'new\nline', 5.5, 2, condition_name => E'Prämie "a\\b"\t')]) AS m FROM line;
SELECT prophet_model_send(m::text::prophet_model) = prophet_model_send(m) AS same_bytes, m::text::prophet_model::text = m::text AS same_text FROM named;
SELECT c.component, count(*) FROM named, prophet_components(m, future => (SELECT series_agg(date '2024-08-01', NULL, 1))) c GROUP BY 1 ORDER BY c.component COLLATE "C";
SELECT h ->> 'name' AS name FROM named, jsonb_array_elements(prophet_params(m) -> 'holidays') h;
