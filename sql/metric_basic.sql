SET client_min_messages = warning;
SET extra_float_digits = 0;
CREATE EXTENSION IF NOT EXISTS bi_ml;
-- Errors -1, 2, 0, 4; the answers beside are worked out by hand.
SELECT mae(y, yhat), 7 / 4.0 AS "7/4", rmse(y, yhat), sqrt(21 / 4.0::float8) AS "sqrt(21/4)", bias(y, yhat), -5 / 4.0 AS "-5/4",
       mape(y, yhat), 1.1 / 3 AS "1.1/3", smape(y, yhat), (1 / 10.5 + 2 / 3.0 + 4 / 6.0) / 4 AS by_hand, wape(y, yhat), 7 / 22.0 AS "7/22"
FROM (VALUES (10, 11), (4, 2), (0, 0), (8, 4)) AS t (y, yhat);
SELECT mase(y, yhat, scale), coverage(y, yhat - 1, yhat + 1), pinball(y, yhat, 0.75), winkler(y, yhat - 1, yhat + 1, 0.5)
FROM (VALUES (10, 11, 2), (4, 2, 4), (0, 0, 1), (8, 4, 8)) AS t (y, yhat, scale);
-- Against the formulas in plain SQL, over numbers with a fraction, by group, with FILTER.
CREATE TEMP TABLE metric_rows AS
SELECT i % 3 AS k, 100 + 10 * sin(i) AS y, 100 + 9 * sin(i + 0.1) AS yhat, 90 + sin(i) AS lower, 109 + sin(i) AS upper, 1 + i % 4 AS scale
FROM generate_series(1, 3000) AS i;
SELECT k, abs(mae(y, yhat) - avg(abs(y - yhat))) < 1e-13 AS mae, abs(rmse(y, yhat) - sqrt(avg((y - yhat) ^ 2))) < 1e-13 AS rmse,
       abs(bias(y, yhat) - avg(yhat - y)) < 1e-13 AS bias, abs(mape(y, yhat) - avg(abs((y - yhat) / y))) < 1e-13 AS mape,
       abs(smape(y, yhat) - avg(2 * abs(y - yhat) / (abs(y) + abs(yhat)))) < 1e-13 AS smape,
       abs(wape(y, yhat) - sum(abs(y - yhat)) / sum(abs(y))) < 1e-13 AS wape, abs(mase(y, yhat, scale) - avg(abs(y - yhat) / scale)) < 1e-13 AS mase,
       coverage(y, lower, upper) = avg((y BETWEEN lower AND upper)::int) AS coverage,
       abs(pinball(y, yhat, 0.9) - avg(greatest(0.9 * (y - yhat), -0.1 * (y - yhat)))) < 1e-13 AS pinball,
       abs(winkler(y, lower, upper, 0.8) - avg(upper - lower + 10 * (greatest(lower - y, 0) + greatest(y - upper, 0)))) < 1e-12 AS winkler,
       mae(y, yhat) FILTER (WHERE y > 100) > 0 AS filtered
FROM metric_rows GROUP BY k ORDER BY k;
-- The order of rows changes nothing, not even the last bit.
SELECT mae(y, yhat ORDER BY y) = mae(y, yhat ORDER BY -y) AS mae, wape(y, yhat ORDER BY y) = wape(y, yhat ORDER BY sin(y * 1e9)) AS wape,
       rmse(y * 1e100, yhat ORDER BY y) = rmse(y * 1e100, yhat ORDER BY -y) AS rmse
FROM metric_rows;
-- A rolling accuracy.
SELECT i, mae(i, 0) OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 4) AS i;
-- Workers give the same bits.
CREATE TABLE metric_parallel AS SELECT i % 7 AS k, exp(sin(i) * 30) AS y, exp(cos(i) * 30) AS yhat FROM generate_series(1, 20000) AS i;
ALTER TABLE metric_parallel SET (parallel_workers = 4);
ANALYZE metric_parallel;
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
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS
SELECT k, ARRAY[mae(y, yhat), rmse(y, yhat), bias(y, yhat), mape(y, yhat), smape(y, yhat), wape(y, yhat), mase(y, yhat, y), coverage(y, yhat, yhat * 2),
                pinball(y, yhat, 0.3), winkler(y, yhat, 2 * yhat, 0.9)] AS m FROM metric_parallel GROUP BY k;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT pg_temp.plan_has('SELECT k, mae(y, yhat), mase(y, yhat, y), winkler(y, yhat, 2 * yhat, 0.9) FROM metric_parallel GROUP BY k', 'Partial') AS partial;
CREATE TEMP TABLE parallel AS
SELECT k, ARRAY[mae(y, yhat), rmse(y, yhat), bias(y, yhat), mape(y, yhat), smape(y, yhat), wape(y, yhat), mase(y, yhat, y), coverage(y, yhat, yhat * 2),
                pinball(y, yhat, 0.3), winkler(y, yhat, 2 * yhat, 0.9)] AS m FROM metric_parallel GROUP BY k;
SELECT count(*) AS groups, bool_and(float8send(a.m[i]) = float8send(b.m[i])) AS same FROM serial AS a JOIN parallel AS b USING (k), generate_series(1, 10) AS i;
DROP TABLE metric_parallel;
