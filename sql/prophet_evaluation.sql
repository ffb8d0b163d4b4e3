-- Cross-validation and its measures.
SET client_min_messages = warning;
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
SET extra_float_digits = 0;
CREATE EXTENSION IF NOT EXISTS bi_ml;

CREATE TEMP TABLE sales AS
SELECT timestamp '2023-01-02' + i * interval '1 day' AS ds, 100 + 0.1 * i + 20 * sin(2 * pi() * i / 7) + 5 * sin(i * i) AS y, (i % 13 = 0)::int AS promo
FROM generate_series(0, 299) AS i;
CREATE TEMP TABLE cv AS
SELECT c.* FROM (SELECT series_agg(ds, y) AS s FROM sales) AS q, prophet_cross_validation(q.s, '14 days', period => '20 days', initial => '200 days') AS c;

-- From the last day less the horizon, back by the period, as long as 200 days lie before.
SELECT cutoff, count(*), min(ds), max(ds), bool_and(yhat_lower < yhat AND yhat < yhat_upper) AS within FROM cv GROUP BY cutoff ORDER BY cutoff;
SELECT count(*) AS rows, count(*) FILTER (WHERE s.y = cv.y) AS same_y, round(mae(cv.y, yhat)::numeric, 1) AS mae, round(coverage(cv.y, yhat_lower, yhat_upper)::numeric, 1) AS coverage
FROM cv JOIN sales AS s USING (ds);
-- A cutoff's rows are the forecast of a fit to the rows up to it.
SELECT count(*), bool_and(cv.yhat = f.yhat AND cv.yhat_lower = f.yhat_lower AND cv.yhat_upper = f.yhat_upper) AS same
FROM cv JOIN (SELECT f.* FROM (SELECT series_agg(ds, y) AS s FROM sales WHERE ds <= '2023-10-14') AS q, prophet_forecast(q.s, 14) AS f) AS f USING (ds)
WHERE cutoff = '2023-10-14';
-- Listed cutoffs, in any order, once each; the default period is half the horizon, the default initial window three of them.
SELECT array_agg(DISTINCT c.cutoff::date) FROM (SELECT series_agg(ds, y) AS s FROM sales) AS q,
    prophet_cross_validation(q.s, '5 days', cutoffs => '{2023-05-01,2023-04-01,2023-05-01}', uncertainty_samples => 0) AS c;
SELECT count(DISTINCT cutoff) AS cutoffs, min(cutoff), max(cutoff), count(yhat_lower) AS bounds
FROM (SELECT series_agg(ds, y) AS s FROM sales) AS q, prophet_cross_validation(q.s, '60 days', uncertainty_samples => 0) AS c;
-- Which seasonalities are on is decided on the whole series: ten days alone would have no week. Rows without y are no history and no trial.
SELECT count(*), bool_and(c.yhat = f.yhat) AS same
FROM (SELECT series_agg(ds, CASE WHEN ds = '2023-01-13' THEN NULL ELSE y END) AS s, series_agg(ds, y) FILTER (WHERE ds <= '2023-01-11') AS ten FROM sales) AS q,
     prophet_cross_validation(q.s, '5 days', cutoffs => '{2023-01-11}', uncertainty_samples => 0) AS c
     JOIN LATERAL prophet_forecast(q.ten, 5, uncertainty_samples => 0, weekly_seasonality => 'true') AS f USING (ds);
-- Of listed changepoints, those before the last row that a fit sees.
SELECT count(*), bool_and(c.yhat = f.yhat) AS same
FROM (SELECT series_agg(ds, y) AS s, series_agg(ds, y) FILTER (WHERE ds <= '2023-03-01') AS part FROM sales) AS q,
     prophet_cross_validation(q.s, '5 days', cutoffs => '{2023-03-01}', changepoints => '{2023-02-01,2023-03-01,2023-07-01}', uncertainty_samples => 0) AS c
     JOIN LATERAL prophet_forecast(q.part, 5, uncertainty_samples => 0, changepoints => '{2023-02-01}') AS f USING (ds);
-- Regressors, holidays of a country.
SELECT count(*), bool_and(c.yhat = f.yhat) AS same
FROM (SELECT series_agg(ds, y, promo) AS s, series_agg(ds, y, promo) FILTER (WHERE ds <= '2023-09-01') AS part,
             series_agg(ds, NULL, promo) FILTER (WHERE ds > '2023-09-01' AND ds <= '2023-09-11') AS future FROM sales) AS q,
     prophet_cross_validation(q.s, '10 days', cutoffs => '{2023-09-01}', columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')], country => 'GB', uncertainty_samples => 0) AS c
     JOIN LATERAL prophet_forecast(q.part, future => q.future, columns => '{promo}', regressors => ARRAY[prophet_regressor('promo')], country => 'GB', uncertainty_samples => 0) AS f USING (ds);

-- One row over all horizons is what the aggregates say.
SELECT m.horizon, abs(m.mse / rmse(cv.y, cv.yhat) ^ 2 - 1) < 1e-14 AS mse, abs(m.rmse - rmse(cv.y, cv.yhat)) < 1e-12 AS rmse, abs(m.mae - mae(cv.y, cv.yhat)) < 1e-12 AS mae,
       abs(m.mape - mape(cv.y, cv.yhat)) < 1e-14 AS mape, abs(m.mdape - percentile_cont(0.5) WITHIN GROUP (ORDER BY abs((cv.y - cv.yhat) / cv.y))) < 1e-14 AS mdape,
       abs(m.smape - smape(cv.y, cv.yhat)) < 1e-14 AS smape, abs(m.coverage - coverage(cv.y, cv.yhat_lower, cv.yhat_upper)) < 1e-14 AS coverage
FROM cv, (SELECT array_agg(ds) AS ds, array_agg(cutoff) AS c, array_agg(y) AS y, array_agg(yhat) AS f, array_agg(yhat_lower) AS l, array_agg(yhat_upper) AS u FROM cv) AS a,
     prophet_performance_metrics(a.ds, a.c, a.y, a.f, a.l, a.u, rolling_window => 1) AS m
GROUP BY m.horizon, m.mse, m.rmse, m.mae, m.mape, m.mdape, m.smape, m.coverage;
-- The order of rows changes nothing.
SELECT count(*) AS horizons, bool_and(a = b) AS same FROM
    (SELECT m.* FROM (SELECT array_agg(ds ORDER BY ds, cutoff) AS ds, array_agg(cutoff ORDER BY ds, cutoff) AS c, array_agg(y ORDER BY ds, cutoff) AS y, array_agg(yhat ORDER BY ds, cutoff) AS f FROM cv) AS q,
                     prophet_performance_metrics(q.ds, q.c, q.y, q.f) AS m) AS a
    JOIN (SELECT m.* FROM (SELECT array_agg(ds ORDER BY yhat) AS ds, array_agg(cutoff ORDER BY yhat) AS c, array_agg(y ORDER BY yhat) AS y, array_agg(yhat ORDER BY yhat) AS f FROM cv) AS q,
                     prophet_performance_metrics(q.ds, q.c, q.y, q.f) AS m) AS b USING (horizon);
-- By hand: errors 1 and 3 one day ahead, 5 two days ahead. Two of three rows: half of the smaller horizon for means, its later cutoff for the median.
SELECT * FROM prophet_performance_metrics('{2024-01-02,2024-01-03,2024-01-03}', '{2024-01-01,2024-01-02,2024-01-01}', '{10,10,10}', '{11,7,5}', '{9,6,4}', '{12,9,10}', rolling_window => 0.7);
SELECT * FROM prophet_performance_metrics('{2024-01-02,2024-01-03,2024-01-03}', '{2024-01-01,2024-01-02,2024-01-01}', '{10,10,10}', '{11,7,5}', rolling_window => 0);
SELECT * FROM prophet_performance_metrics('{2024-01-02,2024-01-03,2024-01-03}', '{2024-01-01,2024-01-02,2024-01-01}', '{10,10,10}', '{11,7,5}', rolling_window => -1);
SELECT horizon, mae, mape, mdape, smape, coverage FROM prophet_performance_metrics('{2024-02-01,2024-03-31,2024-02-01 06:30}', '{2024-01-31,2024-01-31,2024-02-01}', '{0,10,10}', '{0,7,5}', '{0,NULL,0}', '{9,9,9}', 0, true);
SELECT horizon, mae FROM prophet_performance_metrics('{2024-02-01 06:30,2024-01-01}', '{2024-01-31,2024-01-02 12:00}', '{1,1}', '{2,3}', rolling_window => 0);
SELECT count(*) FROM prophet_performance_metrics('{}', '{}', '{}', '{}');

-- Many series in one statement, from stored ones in parallel: the same numbers.
CREATE TABLE prophet_evaluation_store WITH (fillfactor = 10, parallel_workers = 4) AS
SELECT k, series_agg(ds, y * k + k * sin(k * extract(doy FROM ds))) AS s FROM sales, generate_series(1, 12) AS k GROUP BY k;
ANALYZE prophet_evaluation_store;
CREATE TEMP TABLE serial AS SELECT k, c.* FROM prophet_evaluation_store, prophet_cross_validation(s, '10 days', period => '30 days', initial => '230 days') AS c;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 4;
CREATE FUNCTION pg_temp.plan_has(statement text, word text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found_it bool := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
        found_it := found_it OR line LIKE '%' || word || '%';
    END LOOP;
    RETURN found_it;
END $$;
SELECT pg_temp.plan_has('SELECT k, c.* FROM prophet_evaluation_store, prophet_cross_validation(s, ''10 days'') AS c', 'Gather') AS parallel;
CREATE TEMP TABLE parallel AS SELECT k, c.* FROM prophet_evaluation_store, prophet_cross_validation(s, '10 days', period => '30 days', initial => '230 days') AS c;
SELECT count(*), bool_and(a = b) AS same FROM serial AS a JOIN parallel AS b USING (k, ds, cutoff);
DROP TABLE prophet_evaluation_store;

-- Every error.
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text; message text; hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s (%s)', state, message, hint);
END $$;
SELECT arguments, pg_temp.try('SELECT * FROM (SELECT series_agg(ds, y) AS s FROM sales) AS q, prophet_cross_validation(' || arguments || ')') FROM unnest(ARRAY[
    'NULL::timeseries, ''1 day''', 'q.s, NULL', 'q.s, ''0 days''', 'q.s, ''-1 day''', 'q.s, ''1 month''', 'q.s, ''1 year''', 'q.s, ''1 day'', period => ''0''', 'q.s, ''1 day'', period => ''1 month''',
    'q.s, ''1 day'', initial => ''-1 day''', 'q.s, ''2147483647 days''', 'q.s, ''300 days''', 'q.s, ''100 days'', initial => ''200 days''', 'q.s, ''80 days''', 'q.s, ''1 day'', period => ''1 second''',
    'q.s, ''1 day'', initial => ''0 days'', period => ''1 day''', 'q.s, ''1 day'', cutoffs => ''{}''', 'q.s, ''1 day'', cutoffs => ''{NULL}''', 'q.s, ''1 day'', cutoffs => ''{infinity}''',
    'q.s, ''1 day'', cutoffs => ''{{2023-04-01},{2023-05-01}}''', 'q.s, ''1 day'', cutoffs => ''{2023-01-02}''', 'q.s, ''1 day'', cutoffs => ''{2023-04-01,2023-10-28}''', 'q.s, ''1 day'', cutoffs => ''{2023-01-02 12:00}''',
    'q.s, ''1 day'', interval_width => 1', 'q.s, ''1 day'', uncertainty_samples => -1', 'q.s, ''1 day'', seed => NULL', 'q.s, ''1 day'', growth => ''cubic''', 'q.s, ''1 day'', changepoints => ''{2024-01-01}''',
    'q.s, ''1 day'', country => ''UK''']) AS arguments;
SELECT arguments, pg_temp.try('SELECT * FROM prophet_performance_metrics(' || arguments || ')') FROM unnest(ARRAY[
    'NULL, ''{}'', ''{}'', ''{}''', '''{}'', ''{}'', NULL, ''{}''', '''{2024-01-01}'', ''{}'', ''{}'', ''{}''', '''{2024-01-01}'', ''{2024-01-01}'', ''{1}'', ''{1,2}''',
    '''{2024-01-01}'', ''{2024-01-01}'', ''{1}'', ''{1}'', ''{}'', ''{1}''', '''{{2024-01-01},{2024-01-01}}'', ''{}'', ''{}'', ''{}''', '''{2024-01-01}'', ''{NULL}'', ''{1}'', ''{1}''',
    '''{2024-01-01}'', ''{2024-01-01}'', ''{NULL}'', ''{1}''', '''{infinity}'', ''{2024-01-01}'', ''{1}'', ''{1}''', '''{2024-01-01}'', ''{2024-01-01}'', ''{NaN}'', ''{1}''',
    '''{2024-01-01}'', ''{2024-01-01}'', ''{1}'', ''{infinity}''', '''{2024-01-01}'', ''{2024-01-01}'', ''{1e200}'', ''{1}''', '''{}'', ''{}'', ''{}'', ''{}'', rolling_window => NULL',
    '''{}'', ''{}'', ''{}'', ''{}'', rolling_window => ''NaN''', '''{}'', ''{}'', ''{}'', ''{}'', monthly => NULL', '''{294276-12-31}'', ''{4713-11-24 BC}'', ''{1}'', ''{1}''']) AS arguments;
