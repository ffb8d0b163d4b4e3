SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
-- NULL values have no score and are not counted.
SELECT v, rfm_score(v) OVER () FROM (VALUES (NULL), (1), (2), (NULL), (3), (4), (5)) AS t(v);
SELECT v, rfm_score(v) OVER () FROM (VALUES (NULL::int), (NULL)) AS t(v);
SELECT rfm_score(1) OVER () WHERE false;
SELECT rfm_score(1) OVER ();
SELECT rfm_score(7) OVER (), rfm_score(7, higher_is_better => false) OVER () FROM generate_series(1, 3);
-- NaN is the greatest, as everywhere in PostgreSQL; infinities are ordinary values.
SELECT v, rfm_score(v) OVER () FROM (VALUES ('NaN'::float8), ('-Infinity'), (0), ('-0'), ('Infinity')) AS t(v) ORDER BY v;
-- More bins than rows.
SELECT v, rfm_score(v, bins => 100) OVER (), rfm_score(v, bins => 100, rule => 'ntile') OVER () FROM (VALUES (1), (2), (3)) AS t(v);
SELECT rfm_segment(NULL, 1, 1), rfm_segment(1, 1, 1, NULL);
SELECT count(*) FROM rfm_grid(NULL);
