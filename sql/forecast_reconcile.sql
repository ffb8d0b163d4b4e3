-- forecast_reconcile: a total and its parts add up. By hand: the errors' products have mean 0, so that W = diag(9, 4, 1) and a gap of 14 is
-- shared 9 : 4 : 1.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bi_ml;
RESET client_min_messages;
SET datestyle = ISO;

CREATE TEMP TABLE f AS
SELECT d.ds, v.entity, v.is_total, v.yhat + d.i AS yhat, v.yhat * 0.5 AS lower, v.yhat * 2 AS upper, v.past, e.errors
FROM (VALUES ('all', true, 114.0::float8, NULL::float8, '{3,-3,3,-3}'::float8[]), ('a', false, 60, 30, '{2,2,-2,-2}'), ('b', false, 40, 10, '{1,-1,-1,1}')) v(entity, is_total, yhat, past, errors),
     LATERAL (SELECT series_agg(date '2024-01-01' + t::int, x) AS errors FROM unnest(v.errors) WITH ORDINALITY u(x, t)) e,
     (VALUES (date '2024-02-01', 0), ('2024-02-02', 14)) d(ds, i);

SELECT m, ds, entity, round((c).yhat::numeric, 9) AS yhat, round((c).yhat_lower::numeric, 9) AS lower, round((c).yhat_upper::numeric, 9) AS upper
FROM (SELECT m, ds, entity, forecast_reconcile(yhat, lower, upper, is_total, errors, m, past) OVER (PARTITION BY m, ds) AS c
      FROM f, unnest(ARRAY['bottom_up', 'top_down', 'MinT_shrink']) m) x ORDER BY m, ds, entity;
-- What adds up stays; the order of rows and the frame do not matter.
SELECT bool_and(abs((c).yhat - yhat) < 1e-9 AND abs((c).yhat_lower - lower) < 1e-9) AS unchanged
FROM (SELECT yhat, lower, forecast_reconcile(yhat, lower, upper, is_total, errors) OVER (PARTITION BY ds) AS c
      FROM (SELECT ds, is_total, CASE WHEN is_total THEN 100 + 2 * (yhat - 114) ELSE yhat END AS yhat, lower, upper, errors FROM f) g) x;
SELECT count(DISTINCT (c).yhat) = 6 AS same
FROM (SELECT forecast_reconcile(yhat, lower, upper, is_total, errors) OVER (PARTITION BY ds) AS c FROM f
      UNION ALL SELECT forecast_reconcile(yhat, lower, upper, is_total, errors) OVER (PARTITION BY ds ORDER BY md5(entity || ds) ROWS CURRENT ROW) FROM f) x;
-- NULL: no forecast, no bound, a total that becomes the sum, a part without errors.
SELECT entity, c FROM (SELECT entity, forecast_reconcile(CASE WHEN entity <> 'a' THEN yhat END, lower, NULL, is_total, errors, 'bottom_up') OVER () AS c FROM f WHERE ds = '2024-02-01') x ORDER BY entity;
SELECT entity, c FROM (SELECT entity, forecast_reconcile(CASE WHEN NOT is_total THEN yhat END, lower, upper, is_total) OVER () AS c FROM f WHERE ds = '2024-02-01') x ORDER BY entity;
SELECT entity, round((c).yhat) AS yhat FROM (SELECT entity, forecast_reconcile(yhat, lower, upper, is_total, CASE WHEN entity <> 'a' THEN errors END) OVER () AS c FROM f WHERE ds = '2024-02-01') x ORDER BY entity;
-- No part below 0, unless asked for.
SELECT entity, n, round((c).yhat::numeric, 6) AS yhat FROM (SELECT entity, n, forecast_reconcile(CASE WHEN is_total THEN -1.0 WHEN entity = 'b' THEN 0.5 ELSE 60 END, NULL, NULL, is_total, errors, nonnegative => n) OVER (PARTITION BY n) AS c
      FROM f, (VALUES (true), (false)) v(n) WHERE ds = '2024-02-01') x ORDER BY n, entity;
SELECT forecast_reconcile(1, 0, 2, true) OVER () FROM f WHERE false;

-- A shop and its countries, from their sales to forecasts that add up, in one statement.
CREATE TEMP TABLE sales AS
SELECT v.country, date '2024-01-01' + n AS day, v.size * (10 + n % 7 + (n * 7919 * v.size % 31) / 10.0) AS revenue
FROM generate_series(0, 149) n, (VALUES ('GB', 9), ('FR', 4), ('DE', 2)) v(country, size);
WITH entity AS MATERIALIZED (
    SELECT coalesce(country, 'all') AS name, country IS NULL AS is_total, series_agg(day, revenue) AS series
    FROM (SELECT country, day, sum(revenue) AS revenue FROM sales GROUP BY GROUPING SETS ((country, day), (day))) s GROUP BY country),
base AS (SELECT e.name, e.is_total, f.ds, f.yhat, f.yhat_lower, f.yhat_upper, b.errors
         FROM entity e, LATERAL forecast(e.series, 7) f, LATERAL (SELECT series_agg(ds, y - yhat) AS errors FROM forecast_backtest(e.series, 7)) b),
coherent AS (SELECT name, is_total, ds, base.yhat AS base, forecast_reconcile(yhat, yhat_lower, yhat_upper, is_total, errors) OVER (PARTITION BY ds) AS c FROM base)
SELECT count(DISTINCT ds) AS days, bool_and(agree) AS agree, bool_or(differed) AS differed, bool_and(ordered) AS ordered
FROM (SELECT ds, abs(sum((c).yhat) FILTER (WHERE is_total) - sum((c).yhat) FILTER (WHERE NOT is_total)) < 1e-9 AS agree,
             abs(sum(base) FILTER (WHERE is_total) - sum(base) FILTER (WHERE NOT is_total)) > 0.01 AS differed,
             bool_and((c).yhat_lower < (c).yhat AND (c).yhat < (c).yhat_upper) AS ordered FROM coherent GROUP BY ds) d;

-- Mistakes: a message, a code and a hint.
CREATE FUNCTION pg_temp.mistake(arguments text, OUT code text, OUT message text, OUT hinted bool) LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
    EXECUTE 'SELECT count(c) FROM (SELECT forecast_reconcile(' || arguments || ') OVER (PARTITION BY ds) AS c FROM f) x';
    code := 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    hinted := hint <> '';
END $$;
SELECT n, mistake.* FROM (VALUES
    (1, 'yhat, lower, upper, is_total'),
    (2, 'yhat, lower, upper, is_total, errors, ''ols'''),
    (3, 'yhat, lower, upper, is_total, errors, NULL'),
    (4, 'yhat, lower, upper, NULL, errors'),
    (5, 'yhat, lower, upper, is_total, errors, nonnegative => NULL'),
    (6, 'yhat, lower, upper, false, errors'),
    (7, 'yhat, lower, upper, true, errors'),
    (8, '''Infinity'', lower, upper, is_total, errors'),
    (9, 'yhat, lower, upper, is_total, (SELECT series_agg(date ''2024-01-01'', ''Infinity''))'),
    (10, 'yhat, lower, upper, is_total, method => ''top_down'''),
    (11, 'yhat, lower, upper, is_total, method => ''top_down'', past => -1'),
    (12, 'yhat, lower, upper, is_total, method => ''top_down'', past => 0'),
    (13, '1e308, lower, upper, is_total, method => ''bottom_up''')
) AS m(n, arguments), LATERAL pg_temp.mistake(arguments) ORDER BY n;
SELECT forecast_reconcile(1, 0, 2, true);
