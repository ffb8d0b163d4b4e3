-- Many series: GROUP BY, LATERAL, windows, stored series with workers.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SET datestyle = 'ISO, MDY';

CREATE TABLE prophet_groups_facts (store int, day date, revenue numeric);
INSERT INTO prophet_groups_facts
    SELECT s, date '2024-01-01' + i, s * (100 + i) + (i * 31 % 7) FROM generate_series(1, 12) s, generate_series(0, 99) i WHERE s < 12 OR i = 0;

-- one statement, one bad series
SELECT store, count(ds) AS rows, count(*) FILTER (WHERE status <> 'ok') AS failed, min(status)
FROM (SELECT store, series_agg(day, revenue) s FROM prophet_groups_facts GROUP BY store) q, LATERAL prophet_forecast(s, 3, on_error => 'status') f
GROUP BY store ORDER BY store;

-- thousands of series in one statement: every one has its rows, or a row that says why not
SELECT f.status, count(DISTINCT k) AS series, count(f.ds) AS rows, count(f.yhat) = count(f.ds) AS all_forecast, bool_and(f.yhat_lower >= 0) AS non_negative
FROM (SELECT k, series_agg(date '2024-01-01' + i, CASE WHEN k % 100 = 1 THEN NULL WHEN k % 100 = 2 AND i = 9 THEN 'Infinity'::float8 WHEN k % 100 = 3 THEN 7 ELSE (k * 31 + i * 17) % 20 END::float8) FILTER (WHERE k % 100 <> 4 OR i = 0) AS s
      FROM generate_series(1, 3000) k, generate_series(0, 27) i GROUP BY k UNION ALL SELECT 0, NULL) q,
     prophet_forecast(s, 7, uncertainty_samples => 100, on_error => 'status', non_negative => true) f
GROUP BY 1 ORDER BY 1;

-- a fit for each trailing window that is long enough
SELECT day, prophet_params(prophet_fit(s)) -> 'n_observed' AS n FROM (
    SELECT day, series_agg(day, revenue) OVER w AS s, count(*) OVER w AS n FROM prophet_groups_facts WHERE store = 1
    WINDOW w AS (ORDER BY day ROWS BETWEEN 29 PRECEDING AND CURRENT ROW)) q
WHERE n >= 2 AND day IN ('2024-01-01', '2024-01-02', '2024-02-10') ORDER BY day;

-- series of different contents draw different paths
SELECT count(DISTINCT round(((yhat_upper - yhat) / (yhat - yhat_lower))::numeric, 6)) AS shapes
FROM (SELECT store % 2 AS half, series_agg(day, revenue / store) s FROM prophet_groups_facts WHERE store <= 2 GROUP BY store) q, prophet_forecast(s, 1) f;

-- stored series are forecast by workers, with the same result
CREATE TABLE prophet_groups_series (store int, series timeseries) WITH (fillfactor = 10, parallel_workers = 4);
INSERT INTO prophet_groups_series SELECT store + 11 * k, series_agg(day, revenue) FROM prophet_groups_facts, generate_series(0, 9) k WHERE store < 12 GROUP BY store, k;
ANALYZE prophet_groups_series;
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
CREATE TEMP TABLE serial AS SELECT store, f.* FROM prophet_groups_series, prophet_forecast(series, 3) f;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT pg_temp.plan_has('SELECT store, f.* FROM prophet_groups_series, prophet_forecast(series, 3) f', 'Gather') AS parallel;
CREATE TEMP TABLE parallel AS SELECT store, f.* FROM prophet_groups_series, prophet_forecast(series, 3) f;
SELECT count(*) AS rows, (SELECT count(*) FROM (SELECT * FROM serial EXCEPT SELECT * FROM parallel) q) AS differing FROM parallel;

-- cancelled soon
SET statement_timeout = '200ms';
CREATE TEMP TABLE clock AS SELECT clock_timestamp() AS at;
SELECT count(*) FROM prophet_forecast((SELECT series_agg(timestamp '2000-01-01' + i * interval '1 minute', sin(i)) FROM generate_series(1, 3000) i), 100000, uncertainty_samples => 100000);
SET statement_timeout = 0;
SELECT clock_timestamp() - at < interval '1.5 seconds' AS soon FROM clock;
DROP TABLE prophet_groups_facts, prophet_groups_series;

-- Never silence: a series whose rows are all left out has a row that says so; figures beyond double precision are no forecast.
SELECT ds IS NULL AS no_row, status FROM prophet_forecast((SELECT series_agg(d, y) FROM (VALUES (date '2024-01-01', 1), ('2024-01-02', 2)) AS v (d, y)), 3,
    identified_only => true, on_error => 'status');
SELECT ds IS NULL AS no_row, status FROM prophet_forecast((SELECT series_agg(d, y) FROM (VALUES (date '2024-01-01', 1), ('2024-01-02', 1e307), ('2024-01-03', 1.7e308)) AS v (d, y)), 3,
    on_error => 'status');
