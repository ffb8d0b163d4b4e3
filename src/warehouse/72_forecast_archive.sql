-- Step forecast, second part: forecasts are planned as tasks, made by parallel workers where there are some, and archived.

CREATE FUNCTION @extschema@.warehouse_empty_forecast_work() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    patience text := current_setting('lock_timeout');
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- As warehouse_empty_work does.
    PERFORM set_config('lock_timeout', '500ms', true);
    BEGIN
        TRUNCATE work_forecast_day, work_forecast_task, work_forecast, work_forecast_origin;
    EXCEPTION WHEN lock_not_available THEN
        DELETE FROM work_forecast_day;
        DELETE FROM work_forecast_task;
        DELETE FROM work_forecast;
        DELETE FROM work_forecast_origin;
    END;
    PERFORM set_config('lock_timeout', patience, true);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_empty_forecast_work() IS 'Part of step forecast: forgets the tasks and forecasts of the last run.';

CREATE FUNCTION @extschema@.warehouse_plan_days(day date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- As of the day itself, and as of the 13 weeks before it where the archive lacks them. The first seven days are
    -- forecast by the choice made for seven, the others by that for 28; a given method needs no choice. Series begin with
    -- their first sale; one that has not sold for a year has no next week to speak of.
    INSERT INTO work_forecast_task
    SELECT s.metric, s.dimension, s.entity, m.method, o.as_of, m.first_lead, m.steps, 1, v.first_date, v."values"
    FROM forecast_series AS s
    CROSS JOIN (SELECT day - 7 * k AS as_of FROM generate_series(0, 13) AS k) AS o
    JOIN (VALUES ('auto', 1, 7), ('auto', 8, 28), ('prophet', 1, 28), ('ets', 1, 28), ('theta', 1, 28), ('ar', 1, 28), ('seasonal_naive', 1, 28))
         AS m (method, first_lead, steps) ON s.dimension = 'total' OR m.method = 'auto'
    CROSS JOIN LATERAL (
        SELECT min(a.date) AS first_date, array_agg(a.value::float8 ORDER BY a.date) AS "values",
               max(a.date) FILTER (WHERE a.value <> 0) AS last_sale
        FROM forecast_actual AS a
        WHERE (a.dimension, a.metric, a.entity) = (s.dimension, s.metric, s.entity) AND a.date <= o.as_of
          AND a.date >= (SELECT min(f.date) FROM forecast_actual AS f
                         WHERE (f.dimension, f.metric, f.entity) = (s.dimension, s.metric, s.entity) AND f.value <> 0)) AS v
    WHERE o.as_of - v.last_sale <= 366
      AND (o.as_of = day
           OR NOT EXISTS (SELECT FROM forecast_archive AS f
                          WHERE (f.as_of, f.dimension, f.metric, f.entity, f.method) = (o.as_of, s.dimension, s.metric, s.entity, m.method)));
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_plan_days(date) IS 'Part of step forecast: what to forecast of the daily series, into work_forecast_task.';

CREATE FUNCTION @extschema@.warehouse_plan_weeks(week_end date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    until timestamp;
    first_week date;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Whole weeks, of the last three years.
    SELECT coalesce(cut + 1, 'infinity'::timestamp), greatest(date_trunc('week', data_from + interval '6 days')::date, week_end - 1091)
    INTO until, first_week FROM warehouse_state;
    WITH product AS MATERIALIZED (
        SELECT p.product_key, p.stock_code, m.tier = 'A' AS is_forecast
        FROM mart_product AS m JOIN dim_product AS p USING (stock_code)
        WHERE m.tier = 'A' OR m.stock_code IN (SELECT f.entity FROM forecast_archive AS f WHERE f.dimension = 'product')
    ), reversed AS (
        SELECT s.product_key, date_trunc('week', s.order_ts)::date AS week, sum(s.quantity) AS units
        FROM fact_returns AS r
        JOIN fact_sales AS s ON s.sale_id = r.matched_sale_id AND s.customer_key = r.customer_key AND s.product_key = r.product_key
        WHERE r.match_kind = 'reversal_24h' AND r.order_ts < until AND s.customer_key <> 0
        GROUP BY s.product_key, date_trunc('week', s.order_ts)
    ), figure AS (
        SELECT p.stock_code, p.is_forecast, w.week::date AS week, coalesce(a.units, 0) - coalesce(r.units, 0) AS units
        FROM product AS p
        CROSS JOIN generate_series(first_week::timestamp, week_end::timestamp, interval '7 days') AS w (week)
        LEFT JOIN agg_product_week AS a ON a.product_key = p.product_key AND a.week = w.week::date
        LEFT JOIN reversed AS r ON r.product_key = p.product_key AND r.week = w.week::date
    ), kept AS (
        INSERT INTO forecast_actual AS a
        SELECT 'units', 'product', stock_code, week, units FROM figure
        WHERE week > week_end - 91 OR week >= (SELECT min(date) FROM forecast_archive WHERE dimension = 'product')
        ON CONFLICT (dimension, metric, entity, date) DO UPDATE SET value = excluded.value WHERE a.value <> excluded.value
    )
    -- As of the last complete week; of a product that was never forecast before also as of the one four weeks before.
    INSERT INTO work_forecast_task
    SELECT 'units', 'product', f.stock_code, 'auto', o.as_of, 7, 4, 7, min(f.week), array_agg(f.units::float8 ORDER BY f.week)
    FROM (SELECT *, min(week) FILTER (WHERE units <> 0) OVER (PARTITION BY stock_code) AS first_sale FROM figure WHERE is_forecast) AS f
    JOIN (VALUES (week_end), (week_end - 28)) AS o (as_of) ON f.week < o.as_of
    WHERE f.week >= f.first_sale
      AND (o.as_of = week_end
           OR f.stock_code NOT IN (SELECT x.entity FROM forecast_archive AS x WHERE x.as_of < week_end AND (x.dimension, x.metric) = ('product', 'units')))
    GROUP BY f.stock_code, o.as_of
    HAVING o.as_of - max(f.week) FILTER (WHERE f.units <> 0) <= 366;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_plan_weeks(date) IS
'Part of step forecast: what to forecast of products of tier A, by complete weeks up to the given Sunday, into work_forecast_task; their weeks, and those of products forecast before, into forecast_actual.';

-- The search_path keeps it from being inlined, which would keep workers from calling it.
CREATE FUNCTION @extschema@.warehouse_forecast_values("values" float8[], first_date date, days_per_step int, steps int, method text)
RETURNS TABLE (date date, yhat float8, yhat_lower float8, yhat_upper float8, method text, status text)
LANGUAGE sql STABLE PARALLEL SAFE COST 100000 ROWS 28 SET search_path = pg_catalog, pg_temp AS $$
    SELECT f.ds::date, f.yhat, f.yhat_lower, f.yhat_upper, f.method, f.status
    FROM (SELECT @extschema@.series_agg(first_date + (u.i::int - 1) * days_per_step, u.y) AS series FROM unnest("values") WITH ORDINALITY AS u (y, i)) AS s
    CROSS JOIN LATERAL @extschema@.forecast(s.series, steps, method, frequency => make_interval(days => days_per_step), lower_limit => 0,
                                            on_error => 'status') AS f
$$;
COMMENT ON FUNCTION @extschema@.warehouse_forecast_values(float8[], date, int, int, text) IS
'Part of step forecast: forecast() of a series given as an array from a first date on; date NULL and the reason as status where it cannot be forecast.';

-- The planner takes a function's second call for free, and so workers for too dear.
CREATE FUNCTION @extschema@.warehouse_forecast_tasks()
RETURNS TABLE (metric text, dimension text, entity text, method text, as_of date, first_lead int, days_per_step int,
               date date, yhat float8, yhat_lower float8, yhat_upper float8, chosen text, status text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 10000 SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0 AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN QUERY
    SELECT t.metric, t.dimension, t.entity, t.method, t.as_of, t.first_lead, t.days_per_step, f.date, f.yhat, f.yhat_lower, f.yhat_upper, f.method, f.status
    FROM work_forecast_task AS t
    CROSS JOIN LATERAL @extschema@.warehouse_forecast_values(t."values", t.first_date, t.days_per_step, t.steps, t.method) AS f;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_forecast_tasks() IS
'Part of step forecast: the forecasts of work_forecast_task. A function, since its query may use parallel workers and an INSERT may not.';

CREATE FUNCTION @extschema@.warehouse_closed_ahead()
RETURNS TABLE (as_of date, date date)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 100 AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    RETURN QUERY
    WITH home AS MATERIALIZED (
        SELECT DISTINCT h.date FROM holiday AS h WHERE h.country = (SELECT value FROM setting WHERE name = 'country')
    )
    SELECT o.as_of, h.date
    FROM (SELECT DISTINCT t.as_of FROM work_forecast_task AS t) AS o
    JOIN home AS h ON h.date > o.as_of AND h.date <= o.as_of + 28
    WHERE (SELECT avg(m.is_trading_day::int) < 0.5 FROM mart_daily_sales AS m JOIN home AS k ON k.date = m.date WHERE m.date <= o.as_of);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_closed_ahead() IS
'Part of step forecast: public holidays of the shop''s country in the 28 days after each as_of of work_forecast_task, if the shop used to close on them up to then.';

CREATE FUNCTION @extschema@.warehouse_make_forecasts(run bigint, day date, week_end date, has_weeks boolean) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    is_look_back boolean := (SELECT cut IS NOT NULL FROM warehouse_state);
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    ANALYZE work_forecast_task;
    -- Rounded to what the tables keep, so that sums over them do not depend on the machine.
    INSERT INTO work_forecast
    SELECT f.metric, f.dimension, f.entity, f.method, f.as_of, l.lead, l.date, v.yhat, least(v.yhat_lower, v.yhat), greatest(v.yhat_upper, v.yhat),
           f.chosen, CASE WHEN c.date IS NOT NULL THEN 'closed' ELSE f.status END
    FROM @extschema@.warehouse_forecast_tasks() AS f
    CROSS JOIN LATERAL (
        SELECT f.date - f.as_of + f.days_per_step - 1 AS lead, f.date WHERE f.date IS NOT NULL
        -- a series that cannot be forecast keeps its rows, with the reason instead of numbers
        UNION ALL SELECT i, f.as_of + i - f.days_per_step + 1
                  FROM generate_series(f.first_lead, CASE f.first_lead WHEN 1 THEN 7 ELSE 28 END, f.days_per_step) AS i WHERE f.date IS NULL AND f.method = 'auto'
    ) AS l
    LEFT JOIN @extschema@.warehouse_closed_ahead() AS c ON c.as_of = f.as_of AND c.date = l.date AND f.dimension <> 'product' AND f.yhat IS NOT NULL
    CROSS JOIN LATERAL (
        -- the columns have 20 digits before the point
        SELECT CASE WHEN c.date IS NOT NULL THEN 0 ELSE round(least(f.yhat, 1e15)::numeric, 4) END AS yhat,
               CASE WHEN c.date IS NOT NULL THEN 0 ELSE round(least(f.yhat_lower, 1e15)::numeric, 4) END AS yhat_lower,
               CASE WHEN c.date IS NOT NULL THEN 0 ELSE round(least(f.yhat_upper, 1e15)::numeric, 4) END AS yhat_upper) AS v
    -- each day by one choice
    WHERE l.lead >= f.first_lead AND (f.method <> 'auto' OR f.first_lead > 1 OR l.lead <= 7);

    -- A country that has not sold long enough to know on which days the shop is closed.
    UPDATE work_forecast AS c SET yhat = 0, yhat_lower = 0, yhat_upper = 0, status = 'closed'
    FROM (SELECT w.as_of, w.date FROM work_forecast AS w
          WHERE (w.dimension, w.metric, w.method, w.status) = ('total', 'revenue', 'auto', 'closed')
          UNION
          SELECT a.as_of, a.date FROM forecast_archive AS a
          WHERE (a.dimension, a.metric, a.method, a.status) = ('total', 'revenue', 'auto', 'closed')
            AND a.as_of <> day AND a.as_of IN (SELECT w.as_of FROM work_forecast AS w)) AS t
    WHERE (c.as_of, c.date) = (t.as_of, t.date) AND c.dimension = 'country' AND c.yhat IS NOT NULL AND c.status <> 'closed';

    DELETE FROM forecast_archive WHERE as_of = day AND dimension <> 'product' OR has_weeks AND as_of = week_end AND dimension = 'product';
    INSERT INTO forecast_archive
    SELECT metric, dimension, entity, method, as_of, horizon, date, yhat, yhat_lower, yhat_upper, chosen, status,
           is_look_back OR as_of < day - CASE dimension WHEN 'product' THEN 6 ELSE 0 END, run
    FROM work_forecast WHERE yhat IS NOT NULL;
    ANALYZE forecast_archive;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_make_forecasts(bigint, date, date, boolean) IS
'Part of step forecast: makes the forecasts of work_forecast_task, into work_forecast and the archive, where they replace those as of the given day and, has_weeks, those of products as of the given Sunday.';

CREATE FUNCTION @extschema@.warehouse_trim_archive(day date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- An as_of beyond the data drops nothing that the data would not.
    DELETE FROM forecast_archive
    WHERE as_of < (SELECT least(day, data_to) FROM warehouse_state) - (SELECT value::int FROM setting WHERE name = 'forecast_archive_days');
    DELETE FROM forecast_actual
    WHERE dimension = 'product' AND date < least((SELECT min(date) FROM forecast_archive WHERE dimension = 'product'), day - 97);
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_trim_archive(date) IS 'Part of step forecast: drops forecasts that are older than the setting forecast_archive_days, and weeks that no other is about.';
