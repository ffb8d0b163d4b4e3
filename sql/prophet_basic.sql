-- prophet_fit, prophet_forecast in its call forms, prophet_params, prophet_model.
-- Expected values: a straight line, a weekly pattern and a constant, known in closed form; counts and booleans.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

-- a week on a line: Monday 2024-01-01; 100 + day + 10 on Saturdays
CREATE TEMP TABLE sales AS
    SELECT d::date AS day, 100 + (d::date - date '2024-01-01') + CASE extract(isodow FROM d) WHEN 6 THEN 10 ELSE 0 END::numeric AS revenue
    FROM generate_series(timestamp '2024-01-01', '2024-03-31', '1 day') d;
CREATE TEMP VIEW truth AS
    SELECT d AS ds, 100 + (d::date - date '2024-01-01') + CASE extract(isodow FROM d) WHEN 6 THEN 10 ELSE 0 END AS y
    FROM generate_series(timestamp '2024-01-01', '2024-06-30', '1 day') d;

SELECT f.ds::date, round(f.yhat::numeric, 1) AS yhat, t.y, f.yearly IS NULL AS no_year, f.daily IS NULL AS no_day, f.is_future, f.identified, f.status
FROM prophet_forecast('sales', 'day', 'revenue') f JOIN truth t USING (ds) ORDER BY ds;

-- the call forms agree
CREATE TEMP TABLE form_text AS SELECT * FROM prophet_forecast('sales', 'day', 'revenue', 14, seed => 7);
CREATE TEMP TABLE form_regclass AS SELECT * FROM prophet_forecast('sales'::regclass, 'day', 'revenue', 14, seed => 7);
CREATE TEMP TABLE form_series AS SELECT f.* FROM (SELECT series_agg(day, revenue) s FROM sales) q, prophet_forecast(s, 14, seed => 7) f;
CREATE TEMP TABLE form_model AS SELECT f.* FROM (SELECT prophet_fit(series_agg(day, revenue)) m FROM sales) q, prophet_forecast(m, 14, seed => 7) f;
SELECT count(*) FROM (SELECT * FROM form_text INTERSECT SELECT * FROM form_regclass INTERSECT SELECT * FROM form_series INTERSECT SELECT * FROM form_model) q;

-- the parts add up; bounds enclose; history is there on request
SELECT count(*) AS rows, count(*) FILTER (WHERE is_future) AS future, count(y) AS observed,
       bool_and(abs(trend + additive_terms - yhat) < 1e-9) AS adds_up, bool_and(multiplicative_terms = 0) AS additive,
       bool_and(yhat_lower <= yhat AND yhat <= yhat_upper) AS encloses, bool_and(trend_lower <= trend AND trend <= trend_upper) AS trend_encloses,
       bool_and(abs(weekly - additive_terms) < 1e-9) AS week_only, max(abs(residual)) < 2 AS close, bool_or(in_band) AS some_in_band
FROM prophet_forecast((SELECT series_agg(day, revenue) FROM sales), 10, include_history => true);

-- a longer horizon extends the same paths; another seed gives others; no samples, no bounds
SELECT count(*) FROM (SELECT ds, yhat_lower, trend_upper FROM form_text INTERSECT
    SELECT ds, yhat_lower, trend_upper FROM prophet_forecast('sales', 'day', 'revenue', 100, seed => 7)) q;
SELECT count(*) FROM form_text a JOIN prophet_forecast('sales', 'day', 'revenue', 14, seed => 8) b USING (ds) WHERE a.yhat_lower = b.yhat_lower;
SELECT count(yhat) AS points, count(yhat_lower) AS bounds FROM prophet_forecast('sales', 'day', 'revenue', 14, uncertainty_samples => 0);
SELECT bool_and(n.yhat_upper - n.yhat_lower < w.yhat_upper - w.yhat_lower) AS narrower
FROM prophet_forecast('sales', 'day', 'revenue', interval_width => 0.5) n JOIN prophet_forecast('sales', 'day', 'revenue', interval_width => 0.95) w USING (ds);

-- options
SELECT s.name, count(*) FROM (SELECT prophet_params(prophet_fit(series_agg(day, revenue), yearly_seasonality => '2', weekly_seasonality => 'false')) p FROM sales) q,
    jsonb_to_recordset(p -> 'seasonalities') AS s(name text, beta jsonb), jsonb_array_elements(s.beta) GROUP BY 1;
SELECT p ->> 'growth' AS growth, (p ->> 'k')::float8 AS k, p ->> 'scaling' AS scaling, (p ->> 'floor')::float8 AS floor, (p ->> 'y_scale')::float8 AS y_scale
FROM (SELECT prophet_params(prophet_fit(series_agg(day, revenue), growth => 'flat', scaling => 'minmax')) p FROM sales) q;
SELECT p -> 'changepoints' AS changepoints, jsonb_array_length(p -> 'delta') AS deltas, p -> 'converged' AS converged
FROM (SELECT prophet_params(prophet_fit(series_agg(day, revenue), changepoints => ARRAY[timestamp '2024-02-20', '2024-01-10'])) p FROM sales) q;
SELECT jsonb_array_length(prophet_params(prophet_fit(series_agg(day, revenue), changepoints => '{}')) -> 'changepoints') AS listed_none,
       jsonb_array_length(prophet_params(prophet_fit(series_agg(day, revenue), n_changepoints => 0)) -> 'changepoints') AS none,
       jsonb_array_length(prophet_params(prophet_fit(series_agg(day, revenue), n_changepoints => 1000)) -> 'changepoints') AS many,
       prophet_params(prophet_fit(series_agg(day, revenue), n_changepoints => 2, changepoint_range => 1)) -> 'changepoints' -> 1 AS last FROM sales;

-- frequency: read off, months, month ends, hours, given
SELECT string_agg(ds::date::text, ' ' ORDER BY ds) FROM prophet_forecast((SELECT series_agg(d::date, i) FROM generate_series(1, 14) i, LATERAL (SELECT timestamp '2023-01-01' + (i - 1) * interval '1 month') m(d)), 3);
SELECT string_agg(ds::date::text, ' ' ORDER BY ds) FROM prophet_forecast((SELECT series_agg((d - interval '1 day')::date, i) FROM generate_series(1, 14) i, LATERAL (SELECT timestamp '2023-02-01' + (i - 1) * interval '1 month') m(d)), 3);
SELECT string_agg(ds::text, ' ' ORDER BY ds) FROM prophet_forecast((SELECT series_agg(timestamp '2024-01-01 08:00' + i * interval '1 hour', i % 5) FROM generate_series(1, 40) i), 2);
SELECT string_agg(ds::date::text, ' ' ORDER BY ds) FROM prophet_forecast((SELECT series_agg(d::date, extract(day FROM d)) FROM generate_series(timestamp '2024-01-01', '2024-02-02', '1 day') d WHERE extract(isodow FROM d) < 6), 3);
SELECT string_agg(ds::date::text, ' ' ORDER BY ds) FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i, i) FROM generate_series(0, 30) i), 3, '1 month');
SELECT string_agg(ds::text, ' ' ORDER BY ds) FROM prophet_forecast((SELECT series_agg(date '2024-01-01' + i, i) FROM generate_series(0, 30) i), 2, '1 month 1 day 06:00');

-- a model is a value: stored, read back bit for bit, forecast later
CREATE TEMP TABLE models AS SELECT prophet_fit(series_agg(day, revenue)) AS model FROM sales;
SELECT model::text::prophet_model::text = model::text AS same_text, prophet_model_send(model::text::prophet_model) = prophet_model_send(model) AS same_bytes FROM models;
SELECT count(*) FROM (SELECT f.* FROM models, prophet_forecast(model, 14, seed => 7) f INTERSECT SELECT * FROM form_text) q;

-- the whole of it inside a view and a dashboard's subquery
SELECT count(*), min(ds)::date FROM (SELECT ds, yhat FROM prophet_forecast('sales', 'day', 'revenue', 30)) AS virtual_table WHERE ds >= '2024-04-10';
