-- Step forecast: the next seven days of revenue and orders, and how good such forecasts were.

CREATE FUNCTION @extschema@.warehouse_create_forecast_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE mart_forecast (
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('total', 'country', 'product')),
        entity text COLLATE "C" NOT NULL,
        horizon int NOT NULL,
        date date NOT NULL,
        actual numeric(24,4),
        yhat numeric(24,4), yhat_lower numeric(24,4), yhat_upper numeric(24,4),
        is_future boolean NOT NULL,
        method text NOT NULL,
        status text NOT NULL,
        trained_to date NOT NULL,
        run_id bigint NOT NULL,
        PRIMARY KEY (metric, dimension, entity, date)
    );
    COMMENT ON TABLE mart_forecast IS
        'Grain: metric (revenue = revenue_clean, orders = orders_clean), dimension, entity ('''' for total), date: the fit on past trading days (horizon 0) and the 7 days after as_of with 80 % bounds, never below zero. status: ok, closed (a weekday without a sale in the last 8 weeks: forecast 0), or why there is no forecast. Replaced by each warehouse_refresh.';

    CREATE TABLE mart_forecast_accuracy (
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL,
        entity text COLLATE "C" NOT NULL,
        method text COLLATE "C" NOT NULL,
        horizon int NOT NULL,
        origins int NOT NULL,
        mape float8, wape float8, mase float8, coverage float8, accuracy float8,
        status text NOT NULL,
        run_id bigint NOT NULL,
        PRIMARY KEY (metric, dimension, entity, method, horizon)
    );
    COMMENT ON TABLE mart_forecast_accuracy IS
        'Grain: metric, dimension, entity, method: 13 forecasts of 7 days made as if on as_of - 7, as_of - 14, ... against what came. accuracy = 1 - mean error of the week''s total; mape over days with y > 0; mase against the same day a week before; coverage = share of open days inside the 80 % bounds. Fractions. Replaced by each warehouse_refresh.';

    CREATE VIEW mart_forecast_band AS
    SELECT metric, dimension, entity, date, actual, yhat AS actual__yhat, yhat_lower AS actual__yhat_lower, yhat_upper AS actual__yhat_upper
    FROM mart_forecast;
    COMMENT ON VIEW mart_forecast_band IS
        'mart_forecast under the column names by which Superset draws a confidence band; filter one metric and entity at a time.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_forecast_marts() IS 'Step of warehouse_create: forecasts, their accuracy, the band for charts.';

CREATE FUNCTION @extschema@.warehouse_week_forecast(origins date[])
RETURNS TABLE (metric text, origin date, date date, yhat numeric, yhat_lower numeric, yhat_upper numeric, is_future boolean, status text, trained_to date)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE ROWS 1000 AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    -- Trained on trading days only: a closed day says nothing about demand. Rounded to what the tables keep, so that sums over
    -- them do not depend on the machine.
    RETURN QUERY
    WITH input AS (
        SELECT m.metric, o.origin, @extschema@.series_agg(d.date, m.value) AS series, max(d.date) AS trained_to
        FROM unnest(origins) AS o (origin)
        JOIN mart_daily_sales AS d ON d.date <= o.origin AND d.is_trading_day
        CROSS JOIN LATERAL (VALUES ('revenue', d.revenue_clean::float8), ('orders', d.orders_clean::float8)) AS m (metric, value)
        GROUP BY m.metric, o.origin
        -- A shop that has not sold for a year has no next week to speak of.
        HAVING o.origin - max(d.date) <= 366
    )
    SELECT i.metric, i.origin, f.ds::date,
           CASE WHEN f.is_future AND c.is_closed THEN 0 WHEN f.yhat IS NOT NULL THEN greatest(round(f.yhat::numeric, 4), 0) END,
           CASE WHEN f.is_future AND c.is_closed THEN 0 WHEN f.yhat_lower IS NOT NULL THEN greatest(round(f.yhat_lower::numeric, 4), 0) END,
           CASE WHEN f.is_future AND c.is_closed THEN 0 WHEN f.yhat_upper IS NOT NULL THEN greatest(round(f.yhat_upper::numeric, 4), 0) END,
           f.is_future, CASE WHEN f.ds IS NULL THEN f.status WHEN f.is_future AND c.is_closed THEN 'closed' ELSE 'ok' END, i.trained_to
    FROM input AS i
    CROSS JOIN LATERAL @extschema@.prophet_forecast(i.series, horizon => i.origin - i.trained_to + 7, frequency => interval '1 day',
                                                    include_history => true, on_error => 'status') AS f
    CROSS JOIN LATERAL (
        SELECT NOT EXISTS (SELECT FROM mart_daily_sales AS d
                           WHERE d.is_trading_day AND d.date > i.origin - 56 AND d.date <= i.origin
                             AND date_part('isodow', d.date) = date_part('isodow', f.ds)) AS is_closed) AS c;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_week_forecast(date[]) IS
'Part of step forecast: for each origin the fit up to it and the forecast of the days after it, never below zero, zero on weekdays without a sale in the 8 weeks before.';

CREATE FUNCTION @extschema@.warehouse_step_forecast(run bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
DECLARE
    day date;
    n bigint;
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    SELECT as_of INTO day FROM warehouse_state;
    DELETE FROM mart_forecast;
    IF day IS NULL OR NOT EXISTS (SELECT FROM mart_daily_sales WHERE is_trading_day) THEN
        DELETE FROM mart_forecast_accuracy;
        RETURN 0;
    END IF;

    -- A series that cannot be fitted keeps its seven rows, with the reason instead of numbers.
    INSERT INTO mart_forecast
    SELECT f.metric, 'total', '', greatest(x.date - day, 0), x.date, CASE f.metric WHEN 'revenue' THEN d.revenue_clean ELSE d.orders_clean END,
           f.yhat, f.yhat_lower, f.yhat_upper, x.date > day, 'prophet', f.status, f.trained_to, run
    FROM @extschema@.warehouse_week_forecast(ARRAY[day]) AS f
    CROSS JOIN LATERAL (
        SELECT f.date AS date WHERE f.date IS NOT NULL
        UNION ALL SELECT day + i FROM generate_series(1, 7) AS i WHERE f.date IS NULL) AS x
    LEFT JOIN mart_daily_sales AS d ON d.date = x.date
    WHERE NOT f.is_future OR f.is_future IS NULL OR x.date > day;
    INSERT INTO mart_forecast
    SELECT m.metric, 'total', '', i, day + i, NULL, NULL, NULL, NULL, true, 'prophet', 'no sale in the year before',
           (SELECT max(d.date) FROM mart_daily_sales AS d WHERE d.is_trading_day), run
    FROM (VALUES ('revenue'), ('orders')) AS m (metric), generate_series(1, 7) AS i
    WHERE NOT EXISTS (SELECT FROM mart_forecast AS f WHERE f.metric = m.metric);
    PERFORM @extschema@.warehouse_score_forecasts(run, day);
    SELECT count(*) INTO n FROM mart_forecast;
    RETURN n;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_step_forecast(bigint) IS
'Step of a refresh: replaces mart_forecast and mart_forecast_accuracy. Returns the number of rows of mart_forecast.';

CREATE FUNCTION @extschema@.warehouse_score_forecasts(run bigint, day date) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('step');
    DELETE FROM mart_forecast_accuracy;
    INSERT INTO mart_forecast_accuracy
    WITH actual AS (
        SELECT m.metric, d.date, m.y, abs(m.y - lag(m.y, 7) OVER (PARTITION BY m.metric ORDER BY d.date)) AS naive_error
        FROM mart_daily_sales AS d
        CROSS JOIN LATERAL (VALUES ('revenue', d.revenue_clean), ('orders', d.orders_clean::numeric)) AS m (metric, y)
    ), scale AS (
        SELECT metric, avg(naive_error) AS naive_error FROM actual GROUP BY metric
    ), past AS (
        SELECT f.metric, f.origin, a.y, f.yhat, abs(a.y - f.yhat) AS error, f.status = 'ok' AS is_open, a.y BETWEEN f.yhat_lower AND f.yhat_upper AS is_inside
        FROM @extschema@.warehouse_week_forecast(ARRAY(SELECT day - 7 * k FROM generate_series(1, 13) AS k)) AS f
        JOIN actual AS a ON a.metric = f.metric AND a.date = f.date
        WHERE f.date > f.origin AND f.date <= f.origin + 7 AND f.yhat IS NOT NULL
    ), week AS (
        SELECT metric, origin, abs(sum(yhat) - sum(y)) / nullif(sum(y), 0) AS error FROM past GROUP BY metric, origin
    ), total AS (
        SELECT metric, count(*) AS origins, 1 - avg(error) AS accuracy FROM week GROUP BY metric
    )
    SELECT p.metric, 'total', '', 'prophet', 7, t.origins,
           (avg(p.error / p.y) FILTER (WHERE p.y > 0))::float8, (sum(p.error) / nullif(sum(p.y), 0))::float8,
           (avg(p.error) / nullif(s.naive_error, 0))::float8,
           (count(*) FILTER (WHERE p.is_open AND p.is_inside) / nullif(count(*) FILTER (WHERE p.is_open)::numeric, 0))::float8,
           t.accuracy::float8, 'ok', run
    FROM past AS p JOIN total AS t USING (metric) JOIN scale AS s USING (metric)
    GROUP BY p.metric, t.origins, t.accuracy, s.naive_error;
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_score_forecasts(bigint, date) IS
'Part of step forecast: forecasts from up to 13 past origins against what came; an origin without enough data before it is left out.';
