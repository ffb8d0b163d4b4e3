-- Partial aggregation in workers gives the same value as one process.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;

CREATE TABLE series_parallel_facts (k int, d timestamp, y float8, x float8);
INSERT INTO series_parallel_facts
    SELECT i % 3, timestamp '2020-01-01' + (i * 7919 % 20000) * interval '1 hour', CASE WHEN i % 11 = 0 THEN NULL ELSE sin(i) END, i % 5
    FROM generate_series(1, 20000) i;
ALTER TABLE series_parallel_facts SET (parallel_workers = 4);
ANALYZE series_parallel_facts;
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
CREATE TEMP TABLE serial AS SELECT k, series_agg(d, y) s, series_agg(d::date, y, x, -x) sx FROM series_parallel_facts GROUP BY k;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT pg_temp.plan_has('SELECT k, series_agg(d, y), series_agg(d::date, y, x, -x) FROM series_parallel_facts GROUP BY k', 'Partial') AS partial;
CREATE TEMP TABLE parallel AS SELECT k, series_agg(d, y) s, series_agg(d::date, y, x, -x) sx FROM series_parallel_facts GROUP BY k;
SELECT count(*) AS groups, bool_and(timeseries_send(a.s) = timeseries_send(b.s)) AS same, bool_and(timeseries_send(a.sx) = timeseries_send(b.sx)) AS same_columns
FROM serial a JOIN parallel b USING (k);
DROP TABLE series_parallel_facts;
