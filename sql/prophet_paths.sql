-- Joint sample paths, and the intervals of sums. Expected: closed forms of sums of independent normal noise, and the
-- forecast's own bounds for sums of one row.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

CREATE TEMP TABLE shop (store int, day date, revenue float8);
INSERT INTO shop SELECT s, date '2024-01-01' + i, s * (100 + i / 3 - CASE WHEN i > 60 THEN i - 60 ELSE 0 END) + 8 * sin(2 * pi() * i / 7) + (i * 31 * s % 17)
FROM generate_series(1, 3) s, generate_series(0, 119) i;
CREATE TEMP TABLE model AS SELECT store, prophet_fit(series_agg(day, revenue)) AS m FROM shop GROUP BY store;
CREATE TEMP TABLE calm AS SELECT store, prophet_fit(series_agg(day, revenue), changepoints => '{}') AS m FROM shop GROUP BY store;

-- shape and order
CREATE TEMP TABLE path AS SELECT row_number() OVER () AS place, p.* FROM model, prophet_sample_paths(m, 14, n_samples => 400) p WHERE store = 1;
SELECT count(*), min(sample), max(sample), min(ds), max(ds), count(DISTINCT ds) AS days, count(DISTINCT yhat) = count(*) AS all_differ,
       bool_and(place = (sample - 1) * 14 + (ds::date - date '2024-04-29')) AS by_sample_and_ds FROM path;
SELECT count(*) FROM model, prophet_sample_paths(m) WHERE store = 1;

-- the same seed, the same paths; a longer horizon continues them; another seed or series differs
SELECT count(*) FROM (SELECT p.* FROM model, prophet_sample_paths(m, 30, n_samples => 5, seed => 42) p WHERE store = 1 AND ds < '2024-05-14' INTERSECT SELECT sample, ds, yhat FROM path) q;
SELECT count(*) FROM (SELECT p.* FROM model, prophet_sample_paths(m, 14, n_samples => 5, seed => 43) p WHERE store = 1 INTERSECT SELECT sample, ds, yhat FROM path) q;
SELECT abs(corr(a.yhat, b.yhat)) < 0.05 AS independent FROM model m1, model m2, prophet_sample_paths(m1.m, 1, n_samples => 4000) a, prophet_sample_paths(m2.m, 1, n_samples => 4000) b
WHERE m1.store = 1 AND m2.store = 2 AND a.sample = b.sample;

-- the forecast's bounds are the quantiles of the paths
SELECT max(abs(q.lower - f.yhat_lower) / (f.yhat_upper - f.yhat_lower)) < 0.05 AS lower, max(abs(q.upper - f.yhat_upper) / (f.yhat_upper - f.yhat_lower)) < 0.05 AS upper
FROM model, prophet_forecast(m, 14, uncertainty_samples => 5000) f JOIN (
    SELECT ds, percentile_cont(0.1) WITHIN GROUP (ORDER BY yhat) AS lower, percentile_cont(0.9) WITHIN GROUP (ORDER BY yhat) AS upper
    FROM model, prophet_sample_paths(m, 14, n_samples => 5000) WHERE store = 1 GROUP BY ds) q USING (ds) WHERE store = 1;
SELECT min(yhat) = 0 AS lifted, count(*) FILTER (WHERE yhat = 0) BETWEEN 200 AND 800 AS some
FROM prophet_sample_paths((SELECT prophet_fit(series_agg(date '2024-01-01' + i, i % 3 - 1), changepoints => '{}', weekly_seasonality => 'false') FROM generate_series(0, 59) i), 1, non_negative => true);

-- a sum of one row: the forecast's bounds
SELECT count(*), max(abs(t.yhat - f.yhat)) < 1e-9 AS yhat, max(abs(t.yhat_lower - f.yhat_lower)) < 1e-9 AS lower, max(abs(t.yhat_upper - f.yhat_upper)) < 1e-9 AS upper, bool_and(t.to_ds = t.from_ds) AS one_row
FROM model, prophet_forecast_total(ARRAY[m], 20, every => 1) t JOIN LATERAL prophet_forecast(m, 20) f ON f.ds = t.from_ds WHERE store = 1;

-- only noise: its variances add up over days and over series
CREATE TEMP TABLE noise AS SELECT store, (p ->> 'sigma')::float8 * (p ->> 'y_scale')::float8 AS sd FROM (SELECT store, prophet_params(m) AS p FROM calm) q;
SELECT t.from_ds, t.to_ds, abs((t.yhat_upper - t.yhat_lower) / 2 / (1.2815515655446004 * sqrt(30 * sd * sd)) - 1) < 1e-9 AS width, abs(t.yhat - f.yhat) < 1e-6 AS yhat
FROM calm JOIN noise USING (store), prophet_forecast_total(ARRAY[m], 30) t, LATERAL (SELECT sum(yhat) AS yhat FROM prophet_forecast(m, 30)) f ORDER BY store;
SELECT abs((t.yhat_upper - t.yhat_lower) / 2 / (1.2815515655446004 * sqrt(7 * v.variance)) - 1) < 1e-9 AS width
FROM (SELECT array_agg(m) AS models FROM calm) q, prophet_forecast_total(models, 7) t, (SELECT sum(sd * sd) AS variance FROM noise) v;
SELECT abs((t.yhat_upper - t.yhat_lower) / 2 / (1.2815515655446004 * sqrt(2 * 7 * sd * sd)) - 1) < 1e-9 AS twins_are_independent
FROM calm JOIN noise USING (store), prophet_forecast_total(ARRAY[m, m], 7) t WHERE store = 1;

-- rows of `every` steps, the last one shorter; the paths' sums have these quantiles
SELECT from_ds::date, to_ds::date FROM model, prophet_forecast_total(ARRAY[m], 17, every => 7) WHERE store = 1;
SELECT abs(q.lower - t.yhat_lower) / (t.yhat_upper - t.yhat_lower) < 0.05 AS lower, abs(q.upper - t.yhat_upper) / (t.yhat_upper - t.yhat_lower) < 0.05 AS upper
FROM model, prophet_forecast_total(ARRAY[m], 28, uncertainty_samples => 4000) t, LATERAL (
    SELECT percentile_cont(0.1) WITHIN GROUP (ORDER BY total) AS lower, percentile_cont(0.9) WITHIN GROUP (ORDER BY total) AS upper
    FROM (SELECT sum(yhat) AS total FROM prophet_sample_paths(m, 28, n_samples => 4000) GROUP BY sample) s) q WHERE store = 1;
-- with non_negative it is exactly them
SELECT abs(least(q.lower, t.yhat) - t.yhat_lower) < 1e-6 AS lower, abs(greatest(q.upper, t.yhat) - t.yhat_upper) < 1e-6 AS upper
FROM model, prophet_forecast_total(ARRAY[m], 28, uncertainty_samples => 501, non_negative => true) t, LATERAL (
    SELECT percentile_cont(0.1) WITHIN GROUP (ORDER BY total) AS lower, percentile_cont(0.9) WITHIN GROUP (ORDER BY total) AS upper
    FROM (SELECT sum(yhat) AS total FROM prophet_sample_paths(m, 28, n_samples => 501, non_negative => true) GROUP BY sample) s) q WHERE store = 1;
-- bounds must not be added: the sum's band is narrower
SELECT t.yhat_upper - t.yhat_lower < 0.5 * sum(f.yhat_upper - f.yhat_lower) AS narrower
FROM (SELECT array_agg(m) AS models FROM model) a, prophet_forecast_total(models, 14) t, model, prophet_forecast(m, 14) f GROUP BY t.yhat_upper, t.yhat_lower;
SELECT yhat IS NOT NULL AS yhat, yhat_lower, yhat_upper FROM model, prophet_forecast_total(ARRAY[m], uncertainty_samples => 0) WHERE store = 1;

-- series that end at different days: after the last of them
SELECT from_ds::date, to_ds::date FROM (SELECT array_agg(m) AS models FROM (
    SELECT prophet_fit(series_agg(day, revenue) FILTER (WHERE day < date '2024-04-01' + 10 * store)) AS m FROM shop GROUP BY store) q) a, prophet_forecast_total(models, 5);

-- a future for all, or one for each
CREATE TEMP TABLE priced AS SELECT store, prophet_fit(series_agg(day, revenue, (store + extract(isodow FROM day))::float8), columns => '{price}', regressors => ARRAY[prophet_regressor('price')]) AS m FROM shop GROUP BY store;
CREATE TEMP TABLE ahead AS SELECT s AS store, series_agg(date '2024-05-01' + i, NULL, (s + 2 * i)::float8) AS future FROM generate_series(1, 3) s, generate_series(0, 9) i GROUP BY s;
SELECT from_ds::date, to_ds::date, abs(t.yhat - f.yhat) < 1e-6 AS yhat
FROM (SELECT array_agg(m ORDER BY store) AS models, array_agg(future ORDER BY store) AS futures FROM priced JOIN ahead USING (store)) a, prophet_forecast_total(models, future => futures) t,
    (SELECT sum(yhat) AS yhat FROM priced JOIN ahead USING (store), prophet_forecast(m, future => future)) f;
SELECT count(*) FROM (SELECT array_agg(m) AS models FROM priced) a, ahead, prophet_forecast_total(models, future => ARRAY[future]) WHERE store = 1;
SELECT count(*), count(DISTINCT ds) FROM priced JOIN ahead USING (store), prophet_sample_paths(m, future => future, n_samples => 3) WHERE store = 1;

-- with workers: the same
CREATE TABLE prophet_paths_model (store int, m prophet_model) WITH (fillfactor = 10, parallel_workers = 4);
INSERT INTO prophet_paths_model SELECT store, m FROM model;
ANALYZE prophet_paths_model;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT store, sum(hashtext(p::text)) AS hash FROM prophet_paths_model, prophet_sample_paths(m, 5, n_samples => 20) p GROUP BY store
    UNION ALL SELECT store, hashtext(t::text) FROM prophet_paths_model, prophet_forecast_total(ARRAY[m], 5) t;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
CREATE TEMP TABLE parallel AS SELECT store, sum(hashtext(p::text)) AS hash FROM prophet_paths_model, prophet_sample_paths(m, 5, n_samples => 20) p GROUP BY store
    UNION ALL SELECT store, hashtext(t::text) FROM prophet_paths_model, prophet_forecast_total(ARRAY[m], 5) t;
SELECT count(*), (SELECT count(*) FROM (SELECT * FROM serial EXCEPT SELECT * FROM parallel) q) AS differing FROM parallel;
DROP TABLE prophet_paths_model;

-- errors
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
SELECT pg_temp.try('SELECT * FROM (SELECT m FROM model WHERE store = 1) q, prophet_sample_paths(m, ' || option || ')') FROM unnest(ARRAY[
    'horizon => 0', 'horizon => NULL', 'horizon => 100001', 'frequency => ''0 days''', 'n_samples => 0', 'n_samples => 100001', 'n_samples => NULL', 'seed => NULL', 'non_negative => NULL']) option;
SELECT pg_temp.try('SELECT * FROM prophet_sample_paths(NULL)');
SELECT pg_temp.try('SELECT * FROM priced, prophet_sample_paths(m)');
SELECT pg_temp.try('SELECT * FROM (SELECT array_agg(m ORDER BY store) AS models FROM model) q, prophet_forecast_total(models, ' || option || ')') FROM unnest(ARRAY[
    'horizon => 0', 'horizon => NULL', 'frequency => ''-1 day''', 'interval_width => 1', 'interval_width => NULL', 'uncertainty_samples => -1', 'uncertainty_samples => 100001', 'seed => NULL', 'non_negative => NULL',
    'every => 0', 'every => 100001', 'horizon => 1000, uncertainty_samples => 100000, every => 1',
    'future => ''{}''', 'future => ARRAY[NULL]::timeseries[]', 'future => (SELECT ARRAY[future, future] FROM ahead LIMIT 1)']) option;
SELECT pg_temp.try(statement) FROM unnest(ARRAY[
    'SELECT * FROM prophet_forecast_total(NULL)',
    'SELECT * FROM prophet_forecast_total(''{}'')',
    'SELECT * FROM (SELECT array_agg(m) || NULL::prophet_model AS models FROM model) q, prophet_forecast_total(models)',
    'SELECT * FROM (SELECT ARRAY[array_agg(m), array_agg(m)] AS models FROM model) q, prophet_forecast_total(models)',
    'SELECT * FROM (SELECT array_agg(m) AS models FROM priced) q, prophet_forecast_total(models)',
    'SELECT * FROM (SELECT array_agg(m) AS models FROM priced) q, prophet_forecast_total(models, future => ARRAY[(SELECT series_agg(date ''2024-05-01'', NULL))])',
    'SELECT * FROM (SELECT array_agg(m) AS models FROM priced) q, prophet_forecast_total(models, future => ARRAY[''{"version":1,"ds":[],"y":[]}''::timeseries])',
    'SELECT * FROM (SELECT array_agg(m ORDER BY store) AS models FROM priced) q, prophet_forecast_total(models, future => (SELECT array_agg(CASE WHEN store = 2 THEN (SELECT future FROM (SELECT series_agg(date ''2024-06-01'', NULL, 1.0) AS future) f) ELSE future END ORDER BY store) FROM ahead))',
    'SELECT * FROM (SELECT ARRAY[m, (SELECT prophet_fit(series_agg(timestamp ''2024-01-01'' + i * interval ''1 hour'', i % 5)) FROM generate_series(0, 50) i)] AS models FROM model WHERE store = 1) q, prophet_forecast_total(models)'
]) statement;
