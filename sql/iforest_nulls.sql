-- NULL, NaN, infinity, too few rows, no rows.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;

CREATE TEMP TABLE t AS SELECT i, i::float8 AS a, (i * 37 % 50)::float8 AS b FROM generate_series(1, 50) i;

-- Fewer than 8 usable rows: NULL, not "normal".
SELECT n, iforest_train(a, b) IS NULL AS no_model FROM t, generate_series(0, 9) n WHERE i <= n GROUP BY n ORDER BY n;
SELECT iforest_train(a) IS NULL AS empty FROM t WHERE false;
SELECT count(*), count(s) FROM (SELECT iforest_score(a, b) OVER () AS s FROM t WHERE i <= 7) q;
SELECT count(*), count(s) FROM (SELECT iforest_score(a, b) OVER () AS s FROM t WHERE i <= 8) q;
SELECT iforest_score(NULL::iforest, 1, 2) IS NULL AS null_model;

-- NULL and NaN elements are missing values, the same ones; a row without any value is skipped and scores NULL.
CREATE TEMP TABLE holes AS
    SELECT i, CASE WHEN i % 5 = 0 THEN NULL ELSE a END AS a, CASE WHEN i % 7 = 0 THEN NULL WHEN i % 11 = 0 THEN 'NaN' ELSE b END AS b FROM t
    UNION ALL VALUES (51, NULL::float8, NULL::float8), (52, 'NaN', NULL);
SELECT count(*), count(s), count(*) FILTER (WHERE s <= 0 OR s >= 1) AS outside FROM (SELECT iforest_score(a, b) OVER () AS s FROM holes) q;
SELECT info ->> 'n_rows' AS n_rows, info ->> 'n_skipped' AS n_skipped, info -> 'features' -> 1 ->> 'n_missing' AS b_missing
FROM (SELECT iforest_info(iforest_train(a, b)) AS info FROM holes) q;
SELECT (SELECT iforest_train(a, b)::text FROM holes) = (SELECT iforest_train(coalesce(a, 'NaN'), coalesce(b, 'NaN'))::text FROM holes) AS nan_is_null;
SELECT bool_and(w IS NOT DISTINCT FROM s) AS window_agrees FROM (
    SELECT iforest_score(a, b) OVER () AS w, iforest_score((SELECT iforest_train(a, b) FROM holes), a, b) AS s FROM holes) q;
SELECT bool_and(w IS NOT DISTINCT FROM s) AS impute_agrees FROM (
    SELECT iforest_score(ARRAY[a, b], iforest_options(missing_action => 'impute')) OVER () AS w,
           iforest_score((SELECT iforest_train(ARRAY[a, b], iforest_options(missing_action => 'impute')) FROM holes), a, b) AS s FROM holes) q;
-- A NULL array is a row without values.
SELECT iforest_info(iforest_train(VARIADIC CASE WHEN i > 10 THEN ARRAY[a, b] END)) ->> 'n_skipped' AS skipped FROM t;
SELECT iforest_score(iforest_train(a, b), VARIADIC NULL::float8[]) IS NULL AS null_row FROM t;
-- A column of NULLs only is never split on.
SELECT iforest_train(a, NULL) IS NOT NULL AS trained, iforest_score(iforest_train(a, NULL), 25, 1) = iforest_score(iforest_train(a, NULL), 25, NULL) AS ignored FROM t;
-- NULL options are the defaults.
SELECT iforest_train(ARRAY[a, b], NULL, NULL, NULL)::text = iforest_train(a, b)::text AS sizes,
       iforest_train(ARRAY[a, b], NULL::iforest_options)::text = iforest_train(a, b)::text AS options,
       iforest_train(ARRAY[a, b], iforest_options(n_trees => NULL, seed => NULL))::text = iforest_train(a, b)::text AS attributes FROM t;
-- Infinity when scoring lies beyond every split; both zeros are one.
SELECT iforest_score(m, 'Infinity', 1) >= iforest_score(m, 1e300, 1) AS beyond, iforest_score(m, '-0', 1) = iforest_score(m, 0, 1) AS zeros
FROM (SELECT iforest_train(a, b) AS m FROM t) q;
