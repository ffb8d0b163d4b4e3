-- Step forecast, last part: how good the forecasts of the archive were, and the step itself.

CREATE FUNCTION @extschema@.warehouse_sum_origins(is_product boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    last date;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT CASE WHEN is_product THEN date_trunc('week', s.as_of + interval '1 day')::date - 1 ELSE s.as_of END INTO last FROM warehouse_state AS s;
    DELETE FROM work_forecast_origin;
    INSERT INTO work_forecast_origin
    SELECT f.metric, f.dimension, f.entity, f.method, o.horizon, o.place, sum(f.yhat), sum(a.value), count(*), sum(abs(f.yhat - a.value)),
           coalesce(sum(abs(f.yhat - a.value) / nullif(a.value, 0)) FILTER (WHERE a.value > 0), 0), count(*) FILTER (WHERE a.value > 0),
           count(f.yhat_lower) FILTER (WHERE f.status <> 'closed'),
           count(*) FILTER (WHERE f.status <> 'closed' AND a.value BETWEEN f.yhat_lower AND f.yhat_upper)
    FROM (SELECT h AS horizon, k AS place, last - h - 7 * (k - 1) AS as_of FROM unnest(ARRAY[7, 28]) AS h, generate_series(1, 13) AS k) AS o
    JOIN forecast_archive AS f ON f.as_of = o.as_of AND f.horizon <= o.horizon AND (f.dimension = 'product') = is_product
    JOIN forecast_actual AS a ON (a.dimension, a.metric, a.entity, a.date) = (f.dimension, f.metric, f.entity, f.date)
    -- what is not forecast any more is not judged
    WHERE is_product OR EXISTS (SELECT FROM forecast_series AS s WHERE (s.metric, s.dimension, s.entity) = (f.metric, f.dimension, f.entity))
    GROUP BY f.metric, f.dimension, f.entity, f.method, o.horizon, o.place
    HAVING count(*) = o.horizon / CASE WHEN is_product THEN 7 ELSE 1 END;
    ANALYZE work_forecast_origin;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_sum_origins(boolean) IS
'Part of step forecast: what was forecast of products, or of all others, as of 13 origins 7 days apart, the last one horizon ago, against what came, into work_forecast_origin; an origin of which not all days came or were forecast is left out.';

CREATE FUNCTION @extschema@.warehouse_score_forecasts(run bigint, is_product boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM mart_forecast_accuracy WHERE (dimension = 'product') = is_product;
    INSERT INTO mart_forecast_accuracy
    WITH origin AS (
        -- of the week itself, and of a usual week, since one with hardly a sale says little about drift
        SELECT *, abs(yhat - actual) / nullif(actual, 0) AS error,
               abs(yhat - actual) / nullif(avg(actual) OVER (PARTITION BY metric, dimension, entity, method, horizon), 0) AS usual_error
        FROM work_forecast_origin
    ), score AS (
        SELECT metric, dimension, entity, method, horizon, count(*)::int AS origins, (sum(ape) / nullif(sum(n_ape), 0))::float8 AS mape,
               (sum(abs_error) / nullif(sum(actual), 0))::float8 AS wape, sum(abs_error) / sum(n) AS mae,
               (sum(n_inside) / nullif(sum(n_open), 0))::float8 AS coverage, (1 - avg(error))::float8 AS accuracy,
               (avg(usual_error) FILTER (WHERE place <= 4))::float8 AS recent, count(usual_error) FILTER (WHERE place <= 4) AS n_recent,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY usual_error::float8) FILTER (WHERE place > 4) AS usual,
               count(usual_error) FILTER (WHERE place > 4) AS n_usual
        FROM origin GROUP BY metric, dimension, entity, method, horizon
    ), spread AS (
        SELECT metric, dimension, entity, method, horizon, 1.4826 * percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(o.usual_error::float8 - s.usual)) AS deviation
        FROM score AS s JOIN origin AS o USING (metric, dimension, entity, method, horizon)
        WHERE horizon = 7 AND o.place > 4 AND s.n_recent = 4 AND s.n_usual >= 6
        GROUP BY metric, dimension, entity, method, horizon
    ), scale AS (
        SELECT metric, dimension, entity, avg(abs(value - before)) AS naive_error
        FROM (SELECT a.*, CASE WHEN is_product THEN lag(value) OVER w ELSE lag(value, 7) OVER w END AS before
              FROM forecast_actual AS a WHERE (a.dimension = 'product') = is_product
              WINDOW w AS (PARTITION BY a.metric, a.dimension, a.entity ORDER BY a.date)) AS a
        GROUP BY metric, dimension, entity
    )
    SELECT metric, dimension, entity, method, horizon, s.origins, s.mape, s.wape, (s.mae / nullif(k.naive_error, 0))::float8, s.coverage, s.accuracy,
           CASE WHEN d.deviation IS NOT NULL THEN s.recent END, CASE WHEN d.deviation IS NOT NULL THEN s.usual END,
           CASE WHEN d.deviation IS NOT NULL THEN s.recent > s.usual + greatest(3 * d.deviation, 0.05) END, 'ok', run
    FROM score AS s JOIN scale AS k USING (metric, dimension, entity) LEFT JOIN spread AS d USING (metric, dimension, entity, method, horizon);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_score_forecasts(bigint, boolean) IS
'Part of step forecast: mart_forecast_accuracy of products or of all others, from work_forecast_origin.';

CREATE FUNCTION @extschema@.warehouse_step_forecast(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    day date;
    week_end date;
    has_weeks boolean;
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    PERFORM @extschema@.warehouse_check_forecast_settings();
    SELECT as_of, date_trunc('week', as_of + interval '1 day')::date - 1 INTO day, week_end FROM warehouse_state;
    IF day IS NULL OR NOT EXISTS (SELECT FROM mart_daily_sales WHERE is_trading_day) THEN
        DELETE FROM mart_forecast;
        DELETE FROM mart_forecast_total;
        DELETE FROM mart_forecast_accuracy;
        RETURN 0;
    END IF;
    PERFORM @extschema@.warehouse_empty_forecast_work();
    PERFORM @extschema@.warehouse_take_actuals(day);
    -- Products only when a week is over, or one that was has changed.
    has_weeks := EXISTS (SELECT FROM work_forecast_day WHERE date <= week_end)
                 OR NOT EXISTS (SELECT FROM mart_forecast WHERE dimension = 'product' AND is_future AND trained_to = week_end);
    PERFORM @extschema@.warehouse_plan_days(day);
    IF has_weeks THEN
        PERFORM @extschema@.warehouse_plan_weeks(week_end);
    END IF;
    PERFORM @extschema@.warehouse_make_forecasts(run, day, week_end, has_weeks);
    PERFORM @extschema@.warehouse_reconcile_forecasts(run);
    PERFORM @extschema@.warehouse_show_days(run, day);
    PERFORM @extschema@.warehouse_sum_origins(false);
    PERFORM @extschema@.warehouse_show_totals(run, false);
    PERFORM @extschema@.warehouse_score_forecasts(run, false);
    IF has_weeks THEN
        PERFORM @extschema@.warehouse_show_weeks(run, week_end);
        PERFORM @extschema@.warehouse_sum_origins(true);
        PERFORM @extschema@.warehouse_show_totals(run, true);
        PERFORM @extschema@.warehouse_score_forecasts(run, true);
    END IF;
    PERFORM @extschema@.warehouse_trim_archive(day);
    SELECT count(*) INTO n FROM mart_forecast;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_step_forecast(bigint) IS
'Step of a refresh: makes and archives the forecasts, shows the newest in mart_forecast and mart_forecast_total and how good the older ones were in mart_forecast_accuracy. Returns the number of rows of mart_forecast.';
