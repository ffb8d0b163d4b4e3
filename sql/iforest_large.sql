-- More rows than are kept: a sample that depends on the rows and the seed alone. Two million different rows come three
-- times each, 6 million in all; the reservoir has room for a million different ones.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
DROP TABLE IF EXISTS iforest_many;
CREATE TABLE iforest_many AS SELECT (i % 2000003)::float8 AS a FROM generate_series(1, 6000009) i;
ALTER TABLE iforest_many SET (parallel_workers = 2);
ANALYZE iforest_many;
RESET client_min_messages;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT iforest_train(a) AS m FROM iforest_many;
SELECT i -> 'n_rows' AS n_rows, i -> 'subsampled' AS subsampled, i -> 'sample_size' AS sample_size FROM (SELECT iforest_info(m) AS i FROM serial) q;
-- The forest of the sample is one of the rows: the middle is usual, the ends are not, and scores are those of a forest on a tenth of the rows.
SELECT iforest_score(m, 1000000) < 0.5 AS middle, iforest_score(m, 0) > 0.5 AS low, iforest_score(m, 2000002) > 0.5 AS high,
       abs(iforest_score(m, 1000000) - iforest_score(part, 1000000)) < 0.05 AND abs(iforest_score(m, 0) - iforest_score(part, 0)) < 0.05 AS alike
FROM serial, (SELECT iforest_train(a) AS part FROM iforest_many WHERE a::int % 10 = 0) q;
-- Another order and workers: the same bytes.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
CREATE FUNCTION pg_temp.plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || statement; END $$;
SELECT bool_or(line LIKE '%Partial%Aggregate%') AS partial FROM pg_temp.plan_of('SELECT iforest_train(a)::text FROM iforest_many') AS line;
SELECT (SELECT iforest_train(a)::text FROM iforest_many) = m::text AS workers FROM serial;
SET max_parallel_workers_per_gather = 0;
SELECT (SELECT iforest_train((6000009 - i) % 2000003) ::text FROM generate_series(0, 6000008) i) = m::text AS order FROM serial;
-- The window reads its rows again, and agrees.
SELECT count(*), bool_and(w = iforest_score(m, a)) AS agree FROM (SELECT a, iforest_score(a) OVER () AS w FROM iforest_many) q, serial WHERE a::int % 1000 = 0;
-- Few different rows, each very often: a sample of the repetitions.
SELECT i -> 'n_rows' AS n_rows, i -> 'subsampled' AS subsampled FROM (SELECT iforest_info(iforest_train(NULL, ARRAY[(i % 7)::text], NULL)) AS i FROM generate_series(1, 4200000) i) q;
DROP TABLE iforest_many;
