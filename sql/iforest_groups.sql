-- GROUP BY, FILTER, OVER, LATERAL, many models, changing models in one scan.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;

CREATE TEMP TABLE sales AS
    SELECT s AS store, d AS day, (100 * s + d * 37 % 23 + CASE WHEN d = 50 THEN 500 ELSE 0 END)::float8 AS revenue
    FROM generate_series(1, 4) s, generate_series(1, 60) d
    UNION ALL SELECT 5, d, d FROM generate_series(1, 5) d;

-- One model a group; a group that is too small has none.
SELECT store, iforest_train(revenue) IS NOT NULL AS trained FROM sales GROUP BY store ORDER BY store;
-- The worst day of each store, by window and by model.
SELECT DISTINCT ON (store) store, day FROM (SELECT *, iforest_score(revenue) OVER (PARTITION BY store) AS s FROM sales) q
    WHERE s IS NOT NULL ORDER BY store, s DESC;
SELECT bool_and(w IS NOT DISTINCT FROM s) AS agree FROM (
    SELECT iforest_score(revenue) OVER (PARTITION BY store) AS w, iforest_score(m, revenue) AS s
    FROM sales JOIN (SELECT store, iforest_train(revenue) AS m FROM sales GROUP BY store) models USING (store)) q;
-- FILTER is the same as WHERE.
SELECT iforest_train(revenue) FILTER (WHERE store = 2)::text = (SELECT iforest_train(revenue)::text FROM sales WHERE store = 2) AS filter FROM sales;
-- A frame given to the window form is ignored.
SELECT bool_and(a = b) FROM (SELECT iforest_score(revenue) OVER (PARTITION BY store ORDER BY day) AS a, iforest_score(revenue) OVER (PARTITION BY store) AS b FROM sales) q;
-- Trailing frames: no day judges itself; the first 8 days have no verdict; each equals a model of exactly those rows.
CREATE TEMP TABLE moving AS
    SELECT store, day, revenue, iforest_score(iforest_train(revenue) OVER (PARTITION BY store ORDER BY day ROWS BETWEEN 30 PRECEDING AND 1 PRECEDING), revenue) AS s FROM sales;
SELECT store, count(*) FILTER (WHERE s IS NULL) AS without, count(*) FILTER (WHERE s > 0 AND s < 1) AS scored FROM moving WHERE store < 5 GROUP BY store ORDER BY store;
SELECT bool_and(s = (SELECT iforest_score(iforest_train(h.revenue), t.revenue) FROM sales h WHERE h.store = t.store AND h.day BETWEEN t.day - 30 AND t.day - 1)) AS exact
FROM moving t WHERE store = 3 AND day IN (9, 31, 50, 60);
-- LATERAL, and models that alternate from row to row.
SELECT s.store, round(avg(x.score)::numeric, 2) BETWEEN 0.4 AND 0.6 AS near_half
FROM (SELECT store, iforest_train(revenue) AS m FROM sales WHERE store < 5 GROUP BY store) s,
     LATERAL (SELECT iforest_score(s.m, revenue) AS score FROM sales WHERE sales.store = s.store) x GROUP BY s.store ORDER BY s.store;
CREATE TEMP TABLE models AS SELECT store, iforest_train(revenue) AS m FROM sales WHERE store < 5 GROUP BY store;
SELECT bool_and(a.s = b.s) AS alternating FROM
    (SELECT store, day, iforest_score(m, revenue) AS s FROM sales JOIN models USING (store) ORDER BY day, store) a
    JOIN (SELECT store, day, iforest_score(revenue) OVER (PARTITION BY store) AS s FROM sales) b USING (store, day);
-- Options may depend on the partition.
SELECT bool_and(s > 0) AS per_partition FROM (SELECT iforest_score(ARRAY[revenue], seed => store) OVER (PARTITION BY store) AS s FROM sales WHERE store < 5) q;
-- Two windows in one statement, and an empty table.
SELECT count(a), count(b) FROM (SELECT iforest_score(revenue) OVER (PARTITION BY store) AS a, iforest_score(revenue) OVER () AS b FROM sales) q;
SELECT count(*) FROM (SELECT iforest_score(revenue) OVER () FROM sales WHERE false) q;
