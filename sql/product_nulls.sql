SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
SELECT v, pareto_tier(v) OVER (), pareto_tier(v::float8) OVER () FROM (VALUES (NULL), (8.0), (1.5), (NULL), (0.5), (0), (-3)) AS t(v) ORDER BY v DESC NULLS LAST;
-- Nothing to share.
SELECT v, pareto_tier(v) OVER () FROM (VALUES (0.0), (0), (NULL), (-1)) AS t(v);
SELECT pareto_tier(1.0) OVER () WHERE false;
SELECT pareto_tier(1.0) OVER (), pareto_tier(1.0, 0, 1) OVER (), pareto_tier(1.0, 0, 0) OVER ();
SELECT pareto_tier(v) OVER () FROM (VALUES (NULL::numeric), (NULL)) AS t(v);
SELECT gini(v), hhi(v), top_share(v, 1) FROM (VALUES (NULL::float8), (NULL)) AS t(v);
SELECT gini(v), hhi(v), top_share(v, 1) FROM (VALUES (1.0)) AS t(v) WHERE false;
SELECT gini(v), hhi(v), top_share(v, 1) FROM (VALUES (0.0), (0)) AS t(v);
SELECT gini(v), hhi(v), top_share(v, 1) FROM (VALUES (5.0), (NULL)) AS t(v);
SELECT gini(v), hhi(v), top_share(v, 1) FROM (VALUES (2), (2), (2), (2)) AS t(v);
SELECT gini(v) FILTER (WHERE v > 0), round(hhi(v)::numeric, 6) FROM (VALUES (0), (2), (2)) AS t(v);
