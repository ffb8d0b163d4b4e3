SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
-- Total 1000: A while less than 800 lies before the row, B while less than 950.
SELECT code, v, pareto_tier(v) OVER (ORDER BY v DESC, code) AS tier, pareto_tier(v::float8) OVER (ORDER BY v DESC, code) AS tier8,
       sum(v) OVER (ORDER BY v DESC, code) - v AS before
FROM (VALUES ('a', 500.0), ('b', 300.0), ('c', 100.0), ('d', 50.0), ('e', 30.0), ('f', 20.0)) AS t(code, v);
-- Exactly on the border, in decimals that binary fractions cannot hold: 0.8 of 0.3 is 0.24.
SELECT v, pareto_tier(v) OVER () FROM (VALUES (0.12), (0.1199), (0.0601)) AS t(v) ORDER BY v DESC;
SELECT v, pareto_tier(v) OVER () FROM (VALUES (0.125), (0.115), (0.06)) AS t(v) ORDER BY v DESC;
-- Equal values: told apart by the window's order, else together with the first of them.
SELECT code, pareto_tier(v) OVER (ORDER BY v DESC, code) AS told_apart, pareto_tier(v) OVER (ORDER BY v DESC) AS peers,
       pareto_tier(v) OVER () AS together
FROM (VALUES ('a', 70), ('b', 10), ('c', 10), ('d', 10)) AS t(code, v) ORDER BY code;
-- Against the definition, by partition and with other limits.
WITH t AS (SELECT g, i, ((i * 7919) % 997 * g)::numeric(12, 2) / 100 AS v FROM generate_series(1, 3) AS g, generate_series(1, 500) AS i),
     s AS (SELECT pareto_tier(v, 0.5, 0.9) OVER w AS tier, pareto_tier(v::float8, a => 0.5, b => 0.9) OVER w AS tier8,
                  (sum(v) OVER (w ROWS UNBOUNDED PRECEDING) - v) / sum(v) OVER (PARTITION BY g) AS before
           FROM t WINDOW w AS (PARTITION BY g ORDER BY v DESC, i))
SELECT count(*), bool_and(tier = CASE WHEN before < 0.5 THEN 'A' WHEN before < 0.9 THEN 'B' ELSE 'C' END), bool_and(tier = tier8) FROM s;
-- Gini of 1, 2, 3, 4 is 1/4 by the definition over pairs; their squared shares add up to 0.3.
SELECT round(gini(v)::numeric, 12), round(hhi(v)::numeric, 12), round(top_share(v, 1)::numeric, 12), top_share(v, 4)
FROM (VALUES (4), (1), (3), (2)) AS t(v);
-- The same for every order of rows, bit for bit.
SELECT count(DISTINCT g), count(DISTINCT h), count(DISTINCT s) FROM (
    SELECT gini(v ORDER BY (i * p) % 1009) AS g, hhi(v ORDER BY (i * p) % 1009) AS h, top_share(v, 20 ORDER BY (i * p) % 1009) AS s
    FROM (SELECT i, sqrt(i::float8) AS v FROM generate_series(1, 1000) AS i) AS t, generate_series(2, 9) AS p GROUP BY p) AS t;
-- As window aggregates.
SELECT v, round(gini(v) OVER (ORDER BY v)::numeric, 6) AS gini, round(top_share(v, 1) OVER (ORDER BY v)::numeric, 6) AS top
FROM (VALUES (1), (2), (3), (4)) AS t(v);
-- In parallel: partial states, the same bits.
CREATE TABLE product_values AS SELECT sqrt(i::float8) AS v FROM generate_series(1, 20000) AS i;
ALTER TABLE product_values SET (parallel_workers = 2);
SELECT gini(v) AS g, hhi(v) AS h, top_share(v, 100) AS s INTO TEMP product_serial FROM product_values;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT gini(v), hhi(v), top_share(v, 100) FROM product_values;
SELECT gini(v) = g, hhi(v) = h, top_share(v, 100) = s FROM product_values, product_serial GROUP BY g, h, s;
SELECT (SELECT gini(v) FROM product_values) = g, (SELECT hhi(v) FROM product_values) = h FROM product_serial;
DROP TABLE product_values;
