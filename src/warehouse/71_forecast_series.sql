-- Step forecast, first part: the series. Days that are new or whose figures changed are read, others are as last seen.

CREATE FUNCTION @extschema@.warehouse_check_forecast_settings() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    share text := (SELECT value FROM setting WHERE name = 'forecast_country_share');
    days text := (SELECT value FROM setting WHERE name = 'forecast_archive_days');
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    IF share IS NULL OR share !~ '^[0-9]{0,9}[.]?[0-9]{1,9}$' THEN
        RAISE EXCEPTION 'setting "forecast_country_share" is %', coalesce('"' || share || '"', 'missing')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Table setting needs it as a share of the net revenue such as 0.01; 0 forecasts every country, 1 none.';
    END IF;
    IF days IS NULL OR days !~ '^[0-9]{3,5}$' OR days::int < 119 THEN
        RAISE EXCEPTION 'setting "forecast_archive_days" is %', coalesce('"' || days || '"', 'missing')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Table setting needs it as a number of days such as 730, at least the 119 that accuracy looks back.';
    END IF;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_check_forecast_settings() IS 'Part of step forecast: refuses (22023) settings of its own that are missing or hold nothing it knows.';

CREATE FUNCTION @extschema@.warehouse_take_actuals(day date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    last_seen date := (SELECT max(date) FROM forecast_day);
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    INSERT INTO work_forecast_day
    SELECT date, date <= coalesce(last_seen, '-infinity') AND d.revenue IS NOT NULL
    FROM (SELECT * FROM mart_daily_sales WHERE date > day - 1096) AS d FULL JOIN forecast_day AS f USING (date)
    WHERE (d.revenue, d.revenue_clean, d.orders_clean, d.units, d.lines, d.customers)
          IS DISTINCT FROM (f.revenue, f.revenue_clean, f.orders_clean, f.units, f.lines, f.customers);
    ANALYZE work_forecast_day;
    -- History that came late, or was corrected at large, is not what the backtests saw. A few late lines are let pass.
    IF (SELECT count(*) FROM work_forecast_day WHERE is_older) > 28 THEN
        DELETE FROM forecast_archive WHERE is_backtest;
    END IF;
    DELETE FROM forecast_day WHERE date > day OR date <= day - 1096;
    DELETE FROM forecast_actual WHERE dimension <> 'product' AND (date > day OR date <= day - 1096);
    DELETE FROM forecast_actual WHERE dimension = 'product' AND date + 6 > day;
    INSERT INTO forecast_day AS f
    SELECT d.date, d.revenue, d.revenue_clean, d.orders_clean, d.units, d.lines, d.customers
    FROM mart_daily_sales AS d JOIN work_forecast_day USING (date)
    ON CONFLICT (date) DO UPDATE
    SET revenue = excluded.revenue, revenue_clean = excluded.revenue_clean, orders_clean = excluded.orders_clean, units = excluded.units,
        lines = excluded.lines, customers = excluded.customers;
    PERFORM @extschema@.warehouse_take_totals();
    PERFORM @extschema@.warehouse_take_countries();
    ANALYZE forecast_actual;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_take_actuals(date) IS
'Part of step forecast: puts days that are new, changed or gone into work_forecast_day, and brings forecast_actual up to date for them.';

CREATE FUNCTION @extschema@.warehouse_take_totals() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    until timestamp;
    days int[] := ARRAY(SELECT DISTINCT to_char(date + i, 'YYYYMMDD')::int FROM work_forecast_day, generate_series(0, 1) AS i);
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT coalesce(cut + 1, 'infinity'::timestamp) INTO until FROM warehouse_state;
    INSERT INTO forecast_series
    SELECT m.metric, 'total', '', 0 FROM (VALUES ('revenue'), ('orders'), ('units'), ('customers')) AS m (metric)
    ON CONFLICT DO NOTHING;
    WITH reversed AS (
        -- the return of a reversed line is of the same day or the next
        SELECT s.order_ts::date AS date, sum(s.quantity) AS units
        FROM fact_returns AS r
        JOIN fact_sales AS s ON s.sale_id = r.matched_sale_id AND s.customer_key = r.customer_key AND s.product_key = r.product_key
        WHERE r.match_kind = 'reversal_24h' AND r.date_key = ANY (days) AND r.order_ts < until AND s.customer_key <> 0
        GROUP BY s.order_ts::date
    )
    INSERT INTO forecast_actual AS a
    SELECT m.metric, 'total', '', d.date, m.value
    FROM mart_daily_sales AS d JOIN work_forecast_day USING (date) LEFT JOIN reversed AS r USING (date)
    CROSS JOIN LATERAL (VALUES ('revenue', d.revenue_clean), ('orders', d.orders_clean::numeric),
                               ('units', d.units - coalesce(r.units, 0)::numeric), ('customers', d.customers::numeric)) AS m (metric, value)
    ON CONFLICT (dimension, metric, entity, date) DO UPDATE SET value = excluded.value;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_take_totals() IS 'Part of step forecast: the shop''s figures of the days in work_forecast_day, into forecast_actual.';

CREATE FUNCTION @extschema@.warehouse_take_countries() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    share numeric := (SELECT value::numeric FROM setting WHERE name = 'forecast_country_share');
    before text[] := ARRAY(SELECT entity FROM forecast_series WHERE dimension = 'country' ORDER BY entity);
    days date[];
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM forecast_series AS s
    WHERE s.dimension = 'country'
      AND (s.entity = 'rest' OR share >= 1 OR NOT EXISTS (SELECT FROM mart_country AS m WHERE m.country = s.entity AND m.net_revenue_share >= share / 2));
    INSERT INTO forecast_series
    SELECT 'revenue', 'country', m.country, c.country_key
    FROM mart_country AS m JOIN dim_country AS c USING (country)
    WHERE m.net_revenue_share >= share AND share < 1 AND m.country <> 'rest'
    ON CONFLICT DO NOTHING;
    INSERT INTO forecast_series
    SELECT 'revenue', 'country', 'rest', -1
    WHERE EXISTS (SELECT FROM forecast_series AS s WHERE s.dimension = 'country')
      AND EXISTS (SELECT FROM mart_country AS m
                  WHERE m.revenue > 0 AND NOT EXISTS (SELECT FROM forecast_series AS s WHERE s.dimension = 'country' AND s.entity = m.country));
    IF before = ARRAY(SELECT entity FROM forecast_series WHERE dimension = 'country' ORDER BY entity) THEN
        days := ARRAY(SELECT date FROM work_forecast_day JOIN forecast_day USING (date));
    ELSE
        -- What 'rest' is has changed: forecasts of the old one say nothing about the new. They are kept under a name of their
        -- own; backtests are made anew.
        DELETE FROM forecast_archive
        WHERE is_backtest AND (dimension = 'country' AND entity = 'rest' OR metric = 'revenue' AND dimension <> 'product' AND method = 'reconciled');
        UPDATE forecast_archive SET entity = 'rest before run ' || (SELECT max(run_id) FROM warehouse_run) WHERE dimension = 'country' AND entity = 'rest';
        DELETE FROM forecast_actual WHERE dimension = 'country';
        days := ARRAY(SELECT date FROM forecast_day);
    END IF;
    WITH sale AS (
        SELECT country_key, date, sum(revenue_clean) AS revenue FROM agg_order WHERE date = ANY (days) GROUP BY country_key, date
    ), figure AS (
        SELECT s.entity, d.date, coalesce(v.revenue, 0) AS revenue
        FROM forecast_series AS s CROSS JOIN unnest(days) AS d (date) LEFT JOIN sale AS v ON v.country_key = s.entity_key AND v.date = d.date
        WHERE s.dimension = 'country' AND s.entity <> 'rest'
    ), rest AS (
        SELECT 'rest' AS entity, f.date, t.value - sum(f.revenue) AS revenue
        FROM figure AS f JOIN forecast_actual AS t ON (t.dimension, t.metric, t.entity, t.date) = ('total', 'revenue', '', f.date)
        WHERE EXISTS (SELECT FROM forecast_series WHERE dimension = 'country' AND entity = 'rest')
        GROUP BY f.date, t.value
    )
    INSERT INTO forecast_actual AS a
    SELECT 'revenue', 'country', entity, date, revenue FROM (SELECT * FROM figure UNION ALL SELECT * FROM rest) AS v
    ON CONFLICT (dimension, metric, entity, date) DO UPDATE SET value = excluded.value;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_take_countries() IS
'Part of step forecast: which countries are forecast, and their revenue of the days in work_forecast_day, of all days when the list changed, into forecast_actual.';
