-- Workers and plans change nothing: the model of a parallel plan is that of a serial one, byte for byte.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
DROP TABLE IF EXISTS iforest_rows;
CREATE TABLE iforest_rows AS SELECT i % 3 AS g, sin(i) * 100 AS a, CASE WHEN i % 13 = 0 THEN NULL ELSE (i * 7919 % 1009)::float8 END AS b
    FROM generate_series(1, 20000) i;
ALTER TABLE iforest_rows SET (parallel_workers = 3);
ANALYZE iforest_rows;
RESET client_min_messages;

SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT g, iforest_train(a, b) AS m, iforest_train(ARRAY[a, b], iforest_options(contamination => 0.1, feature_names => ARRAY['a', 'b'])) AS o
    FROM iforest_rows GROUP BY g;
CREATE TEMP TABLE serial_scores AS SELECT sum(iforest_score(m, a, b)::numeric) AS total FROM iforest_rows, (SELECT m FROM serial WHERE g = 0) q;

SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || statement; END $$;
SELECT bool_or(line LIKE '%Partial%Aggregate%') AS partial, bool_or(line LIKE '%Gather%') AS gather
FROM pg_temp.plan_of('SELECT g, iforest_train(a, b) FROM iforest_rows GROUP BY g') AS line;
SELECT g, p.m::text = s.m::text AS same, p.o::text = s.o::text AS same_with_options
FROM (SELECT g, iforest_train(a, b) AS m, iforest_train(ARRAY[a, b], iforest_options(contamination => 0.1, feature_names => ARRAY['a', 'b'])) AS o
      FROM iforest_rows GROUP BY g) p JOIN serial s USING (g) ORDER BY g;
CREATE TABLE iforest_model AS SELECT m FROM serial WHERE g = 0;
SELECT bool_or(line LIKE '%Gather%') AS gather
FROM pg_temp.plan_of('SELECT sum(iforest_score((SELECT m FROM iforest_model), a, b)::numeric) FROM iforest_rows') AS line;
SELECT sum(iforest_score((SELECT m FROM iforest_model), a, b)::numeric) = (SELECT total FROM serial_scores) AS same_scores FROM iforest_rows;
DROP TABLE iforest_rows, iforest_model;
