-- Step forecast, third part: the newest forecasts, with what came and what had been forecast for it, and their totals.

CREATE FUNCTION @extschema@.warehouse_reconcile_forecasts(run bigint) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- By the errors that were known as of each origin: of the forecasts of seven days made 7, 14, ... days before it; with none,
    -- from the countries up. A country that is closed where the shop is not stays at 0. The total is the sum of the countries as
    -- rounded to the penny.
    INSERT INTO forecast_archive
    WITH origin AS MATERIALIZED (
        SELECT DISTINCT as_of FROM work_forecast_task WHERE metric = 'revenue' AND dimension <> 'product'
    ), error AS MATERIALIZED (
        SELECT o.as_of, f.dimension, f.entity, @extschema@.series_agg(f.date, (a.value - f.yhat)::float8) AS errors
        FROM origin AS o CROSS JOIN generate_series(1, 13) AS k
        JOIN forecast_archive AS f ON f.as_of = o.as_of - 7 * k AND f.horizon <= 7 AND f.metric = 'revenue' AND f.dimension <> 'product' AND f.method = 'auto'
        JOIN forecast_actual AS a ON (a.dimension, a.metric, a.entity, a.date) = (f.dimension, f.metric, f.entity, f.date)
        GROUP BY o.as_of, f.dimension, f.entity
    ), base AS (
        SELECT f.*, e.errors, f.dimension = 'total' AS is_total,
               f.dimension = 'country' AND f.status = 'closed' AS is_closed,
               bool_or(f.dimension = 'total' AND f.status <> 'closed') OVER day AND bool_or(f.dimension = 'country' AND f.status <> 'closed') OVER day AS is_open,
               bool_or(e.errors IS NOT NULL AND (f.dimension = 'total' OR f.status <> 'closed')) OVER day AS has_errors
        FROM origin AS o JOIN forecast_archive AS f USING (as_of) JOIN forecast_series AS s USING (metric, dimension, entity)
        LEFT JOIN error AS e USING (as_of, dimension, entity)
        WHERE f.metric = 'revenue' AND f.method = 'auto'
        WINDOW day AS (PARTITION BY f.as_of, f.date)
    ), moved AS (
        SELECT b.*, @extschema@.forecast_reconcile(CASE WHEN NOT b.is_closed THEN b.yhat::float8 END, b.yhat_lower::float8, b.yhat_upper::float8,
                                                   b.is_total, b.errors, CASE WHEN b.has_errors THEN 'mint_shrink' ELSE 'bottom_up' END)
                    OVER (PARTITION BY b.as_of, b.date) AS coherent
        FROM base AS b WHERE b.is_open
    ), penny AS (
        SELECT m.*, CASE WHEN is_closed THEN 0 ELSE round((m.coherent).yhat::numeric, 2) END AS point FROM moved AS m
    ), settled AS (
        SELECT p.*, CASE WHEN p.is_total THEN sum(p.point) FILTER (WHERE NOT p.is_total) OVER (PARTITION BY p.as_of, p.date) ELSE p.point END AS settled
        FROM penny AS p
    )
    SELECT metric, dimension, entity, 'reconciled', as_of, horizon, date, settled,
           -- a band that reaches down to 0 still does
           CASE WHEN is_closed OR yhat_lower = 0 THEN 0 ELSE least(round((coherent).yhat_lower::numeric, 2), settled) END,
           CASE WHEN is_closed THEN 0 ELSE greatest(round((coherent).yhat_upper::numeric, 2), settled) END, chosen, status, is_backtest, run
    FROM settled
    UNION ALL
    SELECT metric, dimension, entity, 'reconciled', as_of, horizon, date, yhat, yhat_lower, yhat_upper, chosen, status, is_backtest, run
    FROM base WHERE NOT is_open
    -- what was told before is not told anew
    ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_reconcile_forecasts(bigint) IS
'Part of step forecast: revenue of the shop and of its countries so that they add up, of each origin that this run made, into the archive as method reconciled.';

CREATE FUNCTION @extschema@.warehouse_shown_method(metric text, dimension text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN metric = 'revenue' AND dimension <> 'product' THEN 'reconciled' ELSE 'auto' END;
COMMENT ON FUNCTION @extschema@.warehouse_shown_method(text, text) IS 'Part of step forecast: which of the archived methods mart_forecast shows.';

CREATE FUNCTION @extschema@.warehouse_show_days(run bigint, day date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM mart_forecast WHERE dimension <> 'product';
    INSERT INTO mart_forecast (metric, dimension, entity, horizon, date, yhat, yhat_lower, yhat_upper, is_future, method, status, trained_to, run_id)
    SELECT metric, dimension, entity, horizon, date, yhat, yhat_lower, yhat_upper, true, chosen, status, day, run
    FROM forecast_archive
    WHERE as_of = day AND dimension <> 'product' AND method = @extschema@.warehouse_shown_method(metric, dimension)
    UNION ALL
    SELECT metric, dimension, entity, horizon, date, NULL, NULL, NULL, true, method, status, day, run
    FROM work_forecast WHERE as_of = day AND dimension <> 'product' AND method = 'auto' AND yhat IS NULL;
    INSERT INTO mart_forecast
    SELECT s.metric, s.dimension, s.entity, i, day + i, NULL, NULL, NULL, NULL, true, 'auto', 'no sale in the year before', day, run
    FROM forecast_series AS s, generate_series(1, 28) AS i
    WHERE NOT EXISTS (SELECT FROM work_forecast_task AS t WHERE (t.metric, t.dimension, t.entity, t.as_of) = (s.metric, s.dimension, s.entity, day));
    -- Each past day as of the last of the days day - 7, day - 14, ... before it.
    INSERT INTO mart_forecast
    SELECT a.metric, a.dimension, a.entity, 0, a.date, a.value, f.yhat, f.yhat_lower, f.yhat_upper, false,
           coalesce(f.chosen, 'auto'), coalesce(f.status, 'not forecast'), coalesce(f.as_of, day), run
    FROM forecast_series AS s
    JOIN forecast_actual AS a ON (a.dimension, a.metric, a.entity) = (s.dimension, s.metric, s.entity) AND a.date BETWEEN day - 90 AND day
    LEFT JOIN forecast_archive AS f
        ON (f.as_of, f.dimension, f.metric, f.entity, f.method, f.date) = (day - 7 * ((day - a.date) / 7 + 1), a.dimension, a.metric, a.entity,
                                                                              @extschema@.warehouse_shown_method(a.metric, a.dimension), a.date);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_show_days(bigint, date) IS 'Part of step forecast: the rows of mart_forecast about days.';

CREATE FUNCTION @extschema@.warehouse_show_weeks(run bigint, week_end date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM mart_forecast WHERE dimension = 'product';
    INSERT INTO mart_forecast
    SELECT f.metric, f.dimension, f.entity, f.horizon, f.date, NULL, f.yhat, f.yhat_lower, f.yhat_upper, true, coalesce(f.chosen, f.method), f.status, week_end, run
    FROM work_forecast AS f WHERE f.as_of = week_end AND f.dimension = 'product';
    -- Each past week as of the last Sunday before it that has a forecast, four weeks before at most.
    INSERT INTO mart_forecast
    SELECT a.metric, a.dimension, a.entity, 0, a.date, a.value, f.yhat, f.yhat_lower, f.yhat_upper, false,
           coalesce(f.chosen, 'auto'), coalesce(f.status, 'not forecast'), coalesce(f.as_of, week_end), run
    FROM (SELECT DISTINCT w.entity FROM work_forecast AS w WHERE w.as_of = week_end AND w.dimension = 'product') AS p
    JOIN forecast_actual AS a ON (a.dimension, a.metric, a.entity) = ('product', 'units', p.entity) AND a.date BETWEEN week_end - 90 AND week_end
    LEFT JOIN (
        SELECT DISTINCT ON (x.entity, x.date) * FROM forecast_archive AS x
        WHERE x.dimension = 'product' AND x.as_of >= week_end - 119 AND x.as_of < week_end
        ORDER BY x.entity, x.date, x.as_of DESC) AS f ON f.entity = a.entity AND f.date = a.date;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_show_weeks(bigint, date) IS 'Part of step forecast: the rows of mart_forecast about products.';

CREATE FUNCTION @extschema@.warehouse_show_totals(run bigint, is_product boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM mart_forecast_total WHERE (dimension = 'product') = is_product;
    INSERT INTO mart_forecast_total
    WITH ahead AS (
        SELECT f.metric, f.dimension, f.entity, h.horizon, min(f.date) AS from_date, max(f.date) + CASE f.dimension WHEN 'product' THEN 6 ELSE 0 END AS to_date,
               sum(f.yhat) AS yhat, string_agg(DISTINCT f.method, ', ') AS method, bool_and(f.yhat IS NOT NULL) AS is_whole,
               bool_and(f.status = 'closed') AS is_closed, sqrt(sum(((f.yhat_upper - f.yhat_lower) / 2) ^ 2)) AS independent, bool_and(f.yhat_lower IS NOT NULL) AS has_bounds
        FROM mart_forecast AS f JOIN (VALUES (7), (28)) AS h (horizon) ON f.horizon <= h.horizon
        WHERE f.is_future AND (f.dimension = 'product') = is_product
        GROUP BY f.metric, f.dimension, f.entity, h.horizon
    ), past AS (
        SELECT metric, dimension, entity, horizon, count(*) AS n,
               percentile_cont(0.8) WITHIN GROUP (ORDER BY abs(yhat - actual)::float8) * (1 + 0.3 / sqrt(count(*))) AS half_width
        FROM work_forecast_origin WHERE method = @extschema@.warehouse_shown_method(metric, dimension) GROUP BY metric, dimension, entity, horizon
    )
    SELECT a.metric, a.dimension, a.entity, a.horizon, a.from_date, a.to_date, v.yhat, greatest(v.yhat - v.half_width, 0), v.yhat + v.half_width,
           a.method, coalesce(p.n, 0), run
    FROM ahead AS a LEFT JOIN past AS p USING (metric, dimension, entity, horizon)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN a.is_whole THEN a.yhat END AS yhat,
               CASE WHEN NOT a.is_whole THEN NULL WHEN a.is_closed THEN 0
                    WHEN p.n >= 10 THEN round(p.half_width::numeric, 4) WHEN a.has_bounds THEN round(a.independent, 4) END AS half_width) AS v;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_show_totals(bigint, boolean) IS 'Part of step forecast: mart_forecast_total of products or of all others.';
