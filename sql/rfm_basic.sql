SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
-- The numbers beside each score follow from the definition: 1 + floor(5 * strictly worse / n).
SELECT v, rfm_score(v) OVER (), 1 + 5 * (rank() OVER (ORDER BY v) - 1) / count(*) OVER () AS by_rank,
       rfm_score(v, higher_is_better => false) OVER () AS reversed,
       rfm_score(v, rule => 'ntile') OVER (ORDER BY id), ntile(5) OVER (ORDER BY v, id) AS by_ntile
FROM (VALUES (1, 1), (2, 1), (3, 1), (4, 2), (5, 3), (6, 4), (7, 10)) AS t(id, v) ORDER BY id;
-- Any type with an order; the order of rows and the frame have no influence.
WITH t AS (SELECT i, (i * 7919) % 101 AS v FROM generate_series(1, 1000) AS i),
     s AS (
    SELECT 1 + 5 * (rank() OVER (ORDER BY v) - 1) / count(*) OVER () AS expected,
           1 + 5 * (rank() OVER (ORDER BY v DESC) - 1) / count(*) OVER () AS expected_reversed,
           rfm_score(v) OVER (ORDER BY i ROWS 3 PRECEDING) AS plain, rfm_score(v::bigint) OVER (ORDER BY v DESC) AS big,
           rfm_score(v::numeric / 7) OVER () AS num, rfm_score(v::float8 / 7) OVER () AS flt,
           rfm_score(date '2011-12-09' + v) OVER () AS dat, rfm_score(make_interval(days => v)) OVER () AS itv,
           rfm_score(repeat(lpad(v::text, 4, '0'), 1000) COLLATE "C") OVER () AS txt,
           rfm_score(v, higher_is_better => false) OVER (ORDER BY i) AS reversed
    FROM t)
SELECT count(*), bool_and(plain = expected), bool_and(big = expected), bool_and(num = expected), bool_and(flt = expected),
       bool_and(dat = expected), bool_and(itv = expected), bool_and(txt = expected), bool_and(reversed = expected_reversed)
FROM s;
-- Partitions are independent; bins may differ between them.
SELECT g, min(s), max(s), count(DISTINCT s) FROM (
    SELECT g, rfm_score(i, bins => g) OVER (PARTITION BY g) AS s FROM generate_series(1, 3) AS g, generate_series(1, 30) AS i) AS t
GROUP BY g ORDER BY g;
-- The grids.
SELECT r_score, string_agg(segment, ' | ' ORDER BY fm_score) FROM rfm_grid() GROUP BY r_score ORDER BY r_score DESC;
SELECT r_score, string_agg(segment, ' | ' ORDER BY fm_score) FROM rfm_grid('seg10') GROUP BY r_score ORDER BY r_score DESC;
SELECT rfm_segment(5, 5, 5), rfm_segment(1, 5, 4), rfm_segment(r => 1, f => 1, m => 5, map => 'seg10');
