-- The three ways into an Isolation Forest, and what they promise: the same seed and rows give the same scores, bit for
-- bit. Expectations are properties; numbers are those of the definition (0.5 for rows that nothing tells apart).
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;

CREATE TEMP TABLE orders AS
    SELECT i AS id, 50 + 10 * sin(i) + (i * 7919 % 101) / 10.0::float8 AS revenue, 5 + cos(i * 1.7::float8) AS items
    FROM generate_series(1, 1000) i
    UNION ALL VALUES (1001, 400, 40);

CREATE TEMP TABLE model AS SELECT iforest_train(revenue, items) AS m FROM orders;

-- The planted row comes first, and scores lie between 0 and 1.
SELECT id, iforest_score(m, revenue, items) > 0.6 AS high FROM orders, model
    ORDER BY iforest_score(m, revenue, items) DESC LIMIT 1;
SELECT min(s) > 0.2 AND max(s) < 0.9 AS within, count(*) FROM (SELECT iforest_score(m, revenue, items) s FROM orders, model) q;

-- Three ways agree: model, window, trailing frame that happens to be everything.
WITH w AS (
    SELECT o.id,
           iforest_score(m, revenue, items) AS by_model,
           iforest_score(revenue, items) OVER () AS by_window,
           iforest_score(ARRAY[revenue, items]) OVER () AS by_array,
           iforest_score(ARRAY[revenue, items], 100, 256, 42) OVER () AS by_sizes,
           iforest_score(ARRAY[revenue, items], seed => 42) OVER () AS by_name,
           iforest_score(ARRAY[revenue, items], iforest_options()) OVER () AS by_options
    FROM orders o, model
)
SELECT count(*), bool_and(by_model = by_window) AS window, bool_and(by_model = by_array) AS array,
       bool_and(by_model = by_sizes) AS sizes, bool_and(by_model = by_name) AS name, bool_and(by_model = by_options) AS options
FROM w;
SELECT iforest_train(revenue, items)::text = max(m::text) AS aggregate,
       iforest_train(ARRAY[revenue, items], 100, 256, 42)::text = max(m::text) AS sizes,
       iforest_train(ARRAY[revenue, items], iforest_options())::text = max(m::text) AS options,
       iforest_train(VARIADIC ARRAY[revenue, items])::text = max(m::text) AS variadic
FROM orders, model;
SELECT bool_and(f = iforest_score(m, revenue, items)) AS frame_agrees
FROM (SELECT *, iforest_score(iforest_train(revenue, items) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), revenue, items) AS f
      FROM orders) q, model;

-- One feature: the window's step function and the model's walk agree too.
SELECT bool_and(w = s) FROM (
    SELECT iforest_score(revenue) OVER () AS w, iforest_score((SELECT iforest_train(revenue) FROM orders), revenue) AS s FROM orders) q;

-- Row order does not matter; the seed does.
SELECT (SELECT iforest_train(revenue, items ORDER BY id DESC)::text FROM orders) = m::text AS any_order,
       (SELECT iforest_train(ARRAY[revenue, items], 100, 256, 43)::text FROM orders) = m::text AS other_seed
FROM model;

-- Options.
SELECT i - 'score_quantiles' - 'features' AS info, jsonb_array_length(i -> 'score_quantiles') AS quantiles, i -> 'features' -> 0 ->> 'name' AS name
FROM (SELECT iforest_info(iforest_train(ARRAY[items], iforest_options(n_trees => 10, sample_size => 64, max_depth => 4, seed => 7,
             missing_action => 'impute', feature_names => ARRAY['items per order']))) AS i FROM orders) q;
-- contamination sets the threshold, not the scores.
SELECT count(*) FILTER (WHERE s > t) AS above, bool_and(s = plain) AS same_scores
FROM (SELECT iforest_score(c, revenue, items) AS s, iforest_score(m, revenue, items) AS plain, (iforest_info(c) ->> 'threshold')::float8 AS t
      FROM orders, model, (SELECT iforest_train(ARRAY[revenue, items], iforest_options(contamination => 0.05)) AS c FROM orders) q) p;

-- The type: text, binary and storage round trips.
SELECT m::text::iforest::text = m::text AS text_round_trip FROM model;
CREATE TEMP TABLE stored (m iforest);
INSERT INTO stored SELECT m FROM model;
SELECT s.m::text = model.m::text AS stored_same, iforest_score(s.m, 50, 5) = iforest_score(model.m, 50, 5) AS score_same FROM stored s, model;

-- All equal: exactly one half. More trees than rows can use: fine.
SELECT DISTINCT iforest_score(7.5::float8, 3.25) OVER () FROM generate_series(1, 100);
SELECT count(DISTINCT s) FROM (SELECT iforest_score(ARRAY[i::float8], n_trees => 2000) OVER () AS s FROM generate_series(1, 10) i) q;
-- A thousand features as an array.
SELECT i FROM (SELECT i, iforest_score(array_fill(0::float8, ARRAY[999]) || (CASE WHEN i = 17 THEN 1000 ELSE i % 10 END)::float8) OVER () AS s
               FROM generate_series(1, 200) i) q ORDER BY s DESC LIMIT 1;
