-- Step forecast: what is to be expected of the next seven and 28 days, kept, and scored when the truth arrives.
--
-- Forecast are the shop's totals, countries above a size with the rest of them, and products of tier A by the week. Every
-- forecast goes into the archive under the day it was made for; the marts show the newest, and how good the older ones were.

CREATE FUNCTION @extschema@.warehouse_create_forecast_marts() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE TABLE forecast_series (
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('total', 'country')),
        entity text COLLATE "C" NOT NULL,
        entity_key int NOT NULL,
        PRIMARY KEY (dimension, metric, entity)
    );
    COMMENT ON TABLE forecast_series IS
        'What step forecast forecasts by the day: the shop''s totals, and revenue of each country whose share of the net revenue reaches the setting forecast_country_share (until it falls below half of it) and of all others together (entity ''rest'', key -1). Products of tier A, by the week, are not listed.';

    CREATE TABLE forecast_day (
        date date PRIMARY KEY,
        revenue numeric(24,4) NOT NULL, revenue_clean numeric(24,4) NOT NULL,
        orders_clean bigint NOT NULL, units bigint NOT NULL, lines bigint NOT NULL, customers bigint NOT NULL
    );
    COMMENT ON TABLE forecast_day IS 'The shop''s figures of the last three years'' days as step forecast last saw them: a day that differs is new or was corrected.';

    CREATE TABLE forecast_actual (
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('total', 'country', 'product')),
        entity text COLLATE "C" NOT NULL,
        date date NOT NULL,
        value numeric(24,4) NOT NULL,
        PRIMARY KEY (dimension, metric, entity, date)
    );
    COMMENT ON TABLE forecast_actual IS
        'The series themselves, without sales reversed within 24 hours: every calendar day of the last three years up to as_of, closed days 0; of products the complete weeks (their Monday) that forecasts are about.';

    CREATE TABLE forecast_archive (
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL CHECK (dimension IN ('total', 'country', 'product')),
        entity text COLLATE "C" NOT NULL,
        method text COLLATE "C" NOT NULL,
        as_of date NOT NULL,
        horizon int NOT NULL CHECK (horizon > 0),
        date date NOT NULL,
        yhat numeric(24,4) NOT NULL, yhat_lower numeric(24,4), yhat_upper numeric(24,4),
        chosen text COLLATE "C" NOT NULL,
        status text NOT NULL,
        is_backtest boolean NOT NULL,
        run_id bigint NOT NULL,
        PRIMARY KEY (as_of, dimension, metric, entity, method, date)
    );
    COMMENT ON TABLE forecast_archive IS
        'Grain: metric, dimension, entity, method asked for, as_of (the last day known to it; of products the last Sunday), date forecast (of products the Monday). horizon: days from as_of to date (of products to the week''s Sunday). chosen: the method taken. is_backtest: made later than as_of, as if made then. A refresh with the same as_of replaces that day''s forecasts, any other adds; kept for the days of the setting forecast_archive_days.';

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
        'Grain: metric (revenue = revenue_clean, orders = orders_clean, units without reversed lines, customers), dimension, entity ('''' for total; country or ''rest''; stock code), date (of products the Monday of the week): the 28 days after as_of with 80 % bounds, never below zero, and the 13 weeks before with what was forecast for each day up to seven days ahead. horizon: days after as_of (of products from the last complete week to the week''s end), 0 in the past. Days 1 to 7 come from the method chosen for seven days, 8 to 28 from that for 28; revenue of countries adds up to that of the shop. method: the one taken. status: ok, closed (a weekday without a sale for eight weeks, or a public holiday if the shop closes on them: forecast 0), or why there is no forecast. Replaced by each warehouse_refresh.';

    CREATE TABLE mart_forecast_total (
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL,
        entity text COLLATE "C" NOT NULL,
        horizon int NOT NULL CHECK (horizon IN (7, 28)),
        from_date date NOT NULL,
        to_date date NOT NULL,
        yhat numeric(24,4), yhat_lower numeric(24,4), yhat_upper numeric(24,4),
        method text,
        origins int NOT NULL,
        run_id bigint NOT NULL,
        PRIMARY KEY (metric, dimension, entity, horizon)
    );
    COMMENT ON TABLE mart_forecast_total IS
        'Grain: metric, dimension, entity, horizon (7 or 28 days; of products one or four weeks): the sum of mart_forecast with 80 % bounds of the sum, from the errors of the sums forecast at past origins; with fewer than ten of these (origins), from the days'' bounds as if days were independent, which is too narrow. Replaced by each warehouse_refresh.';

    CREATE TABLE mart_forecast_accuracy (
        metric text COLLATE "C" NOT NULL,
        dimension text COLLATE "C" NOT NULL,
        entity text COLLATE "C" NOT NULL,
        method text COLLATE "C" NOT NULL,
        horizon int NOT NULL CHECK (horizon IN (7, 28)),
        origins int NOT NULL,
        mape float8, wape float8, mase float8, coverage float8, accuracy float8,
        recent_error float8, usual_error float8, is_drifting boolean,
        status text NOT NULL,
        run_id bigint NOT NULL,
        PRIMARY KEY (metric, dimension, entity, method, horizon)
    );
    COMMENT ON TABLE mart_forecast_accuracy IS
        'Grain: metric, dimension, entity, method asked for, horizon (7 or 28 days): up to 13 archived forecasts 7 days apart, the last one horizon before as_of, against what came. accuracy = 1 - mean error of the horizon''s total; mape over days (of products weeks) with y > 0; mase against the same day a week before; coverage = share of open days inside the 80 % bounds. recent_error: mean error of the total over the last 4 origins, usual_error: median over the 9 before, both as shares of the mean total of all 13; is_drifting: recent_error above usual_error by more than three robust standard deviations of those 9 and .05; these NULL with fewer than 4 and 6 origins, and for horizon 28. Fractions. Replaced by each warehouse_refresh.';

    CREATE VIEW mart_forecast_band AS
    SELECT metric, dimension, entity, date, actual, yhat AS actual__yhat, yhat_lower AS actual__yhat_lower, yhat_upper AS actual__yhat_upper
    FROM mart_forecast;
    COMMENT ON VIEW mart_forecast_band IS
        'mart_forecast under the column names by which Superset draws a confidence band; filter one metric, dimension and entity at a time.';

    CREATE VIEW mart_forecast_scored AS
    SELECT f.metric, f.dimension, f.entity, f.method, f.as_of, f.horizon AS lead, f.date, f.yhat, f.yhat_lower, f.yhat_upper, a.value AS actual,
           f.yhat - a.value AS error, abs(f.yhat - a.value) AS abs_error,
           (100 * (f.yhat - a.value) / nullif(a.value, 0))::float8 AS error_pct,
           sign(f.yhat - a.value)::int AS bias, a.value BETWEEN f.yhat_lower AND f.yhat_upper AS in_band,
           f.status = 'closed' AS is_closed, f.chosen, f.is_backtest, f.run_id
    FROM forecast_archive AS f JOIN forecast_actual AS a USING (metric, dimension, entity, date);
    COMMENT ON VIEW mart_forecast_scored IS
        'Grain: that of forecast_archive, where the day (of products the week) has come. error = yhat - actual: above 0 when too much was forecast, bias its sign; error_pct in percent of the actual, NULL where that is 0; in_band NULL without bounds; lead: days ahead. is_backtest: made later, as if made then.';

    CREATE VIEW mart_forecast_lead AS
    SELECT metric, dimension, entity, method, lead, count(*) AS n,
           (sum(abs_error) / nullif(sum(abs(actual)), 0))::float8 AS wape, (sum(error) / nullif(sum(abs(actual)), 0))::float8 AS bias,
           (count(*) FILTER (WHERE in_band AND NOT is_closed) / nullif(count(in_band) FILTER (WHERE NOT is_closed)::numeric, 0))::float8 AS coverage
    FROM mart_forecast_scored GROUP BY metric, dimension, entity, method, lead;
    COMMENT ON VIEW mart_forecast_lead IS
        'Grain: metric, dimension, entity, method, lead (days ahead): all scored forecasts of the archive. wape and bias (above 0: too much was forecast) as fractions of what came, coverage of the 80 % bounds over days not forecast as closed; NULL without such days.';

    PERFORM @extschema@.warehouse_create_forecast_work();
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_forecast_marts() IS 'Step of warehouse_create: the archive of forecasts, the newest ones, their scores and accuracy, the band for charts.';

CREATE FUNCTION @extschema@.warehouse_create_forecast_work() RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM @extschema@.warehouse_check_path('create');

    CREATE UNLOGGED TABLE work_forecast_day (date date PRIMARY KEY, is_older boolean NOT NULL) WITH (autovacuum_enabled = off);
    COMMENT ON TABLE work_forecast_day IS 'Work table of step forecast: days that are new, changed or gone; is_older: not later than the last day seen before.';
    -- A worker takes whole pages: few tasks on each.
    CREATE UNLOGGED TABLE work_forecast_task (
        metric text COLLATE "C" NOT NULL, dimension text COLLATE "C" NOT NULL, entity text COLLATE "C" NOT NULL,
        method text COLLATE "C" NOT NULL, as_of date NOT NULL, first_lead int NOT NULL, steps int NOT NULL, days_per_step int NOT NULL,
        first_date date NOT NULL, "values" float8[] NOT NULL
    ) WITH (autovacuum_enabled = off, fillfactor = 10, parallel_workers = 4);
    COMMENT ON TABLE work_forecast_task IS 'Work table of step forecast: a series and what to forecast of it: steps of one day or seven, from first_lead on kept.';
    CREATE UNLOGGED TABLE work_forecast (
        metric text COLLATE "C" NOT NULL, dimension text COLLATE "C" NOT NULL, entity text COLLATE "C" NOT NULL,
        method text COLLATE "C" NOT NULL, as_of date NOT NULL, horizon int NOT NULL, date date NOT NULL,
        yhat numeric(24,4), yhat_lower numeric(24,4), yhat_upper numeric(24,4), chosen text COLLATE "C", status text NOT NULL,
        PRIMARY KEY (as_of, dimension, metric, entity, method, date)
    ) WITH (autovacuum_enabled = off);
    COMMENT ON TABLE work_forecast IS 'Work table of step forecast: the forecasts of this run, as archived; yhat NULL where there is none.';
    CREATE UNLOGGED TABLE work_forecast_origin (
        metric text COLLATE "C" NOT NULL, dimension text COLLATE "C" NOT NULL, entity text COLLATE "C" NOT NULL,
        method text COLLATE "C" NOT NULL, horizon int NOT NULL, place int NOT NULL,
        yhat numeric NOT NULL, actual numeric NOT NULL, n bigint NOT NULL, abs_error numeric NOT NULL,
        ape numeric NOT NULL, n_ape bigint NOT NULL, n_open bigint NOT NULL, n_inside bigint NOT NULL
    ) WITH (autovacuum_enabled = off);
    COMMENT ON TABLE work_forecast_origin IS 'Work table of step forecast: sums over the 7 or 28 days that were forecast as of a past origin, place 1 the newest, and over what came.';
END
$$;
COMMENT ON FUNCTION @extschema@.warehouse_create_forecast_work() IS 'Part of warehouse_create: the work tables of step forecast.';
