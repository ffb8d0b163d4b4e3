-- forecast: the next values of a series by the method that its own past recommends.

-- STABLE, not IMMUTABLE: the last bits follow the machine's mathematical library.
-- Not STRICT: frequency, season and the limits have a meaning for NULL, the others name themselves in the error.
CREATE FUNCTION @extschema@.forecast(
    series @extschema@.timeseries,
    horizon int DEFAULT 7,
    method text DEFAULT 'auto',
    interval_width float8 DEFAULT 0.8,
    frequency interval DEFAULT NULL,
    season int DEFAULT NULL,
    gaps text DEFAULT 'zero',
    duplicates text DEFAULT 'sum',
    outliers text DEFAULT 'keep',
    lower_limit float8 DEFAULT NULL,
    upper_limit float8 DEFAULT NULL,
    on_error text DEFAULT 'raise')
    RETURNS TABLE (ds timestamp, yhat float8, yhat_lower float8, yhat_upper float8, method text, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_forecast';
COMMENT ON FUNCTION @extschema@.forecast(@extschema@.timeseries, int, text, float8, interval, int, text, text, text, float8, float8, text) IS
    'horizon steps (1..10000) after the last known ds, in units of y. method: auto (chosen by a rolling-origin backtest inside the series), ensemble, or one of the names that doc/forecast.md lists; the column method is the one taken. frequency and season (steps of a cycle, 1: none) NULL are read off the series; gaps zero | interpolate | missing, duplicates sum | mean, outliers keep | replace; limits hold yhat and bounds. status: ok, closed (a weekday without sales for eight weeks: 0), constant, too short to choose, or that the interval is the method''s own; bounds NULL where there is none. on_error ''status'' turns a series that cannot be forecast into one row with ds NULL and the message. 22000 no value, one that is infinite or beyond 1e150, or too few for the method; 22004, 22023 options; 54000 over 500000 steps';

CREATE FUNCTION @extschema@.forecast_backtest(
    series @extschema@.timeseries,
    horizon int DEFAULT 7,
    method text DEFAULT 'auto',
    initial interval DEFAULT NULL,
    period interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    frequency interval DEFAULT NULL,
    season int DEFAULT NULL,
    gaps text DEFAULT 'zero',
    duplicates text DEFAULT 'sum',
    outliers text DEFAULT 'keep',
    lower_limit float8 DEFAULT NULL,
    upper_limit float8 DEFAULT NULL,
    on_error text DEFAULT 'raise')
    RETURNS TABLE (cutoff timestamp, ds timestamp, y float8, yhat float8, yhat_lower float8, yhat_upper float8, method text, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 2000000 ROWS 90 AS 'MODULE_PATHNAME', 'biml_forecast_backtest';
COMMENT ON FUNCTION @extschema@.forecast_backtest(@extschema@.timeseries, int, text, interval, interval, float8, interval, int, text, text, text, float8, float8, text) IS
    'rolling-origin forecasts, oldest first: at every cutoff the method is chosen, and its interval made, from what stands up to it; cutoffs stand period apart (NULL: one horizon), the last one horizon before the end, the first after at least initial (NULL: what a choice needs). y NULL where unknown. Options and errors as for forecast; 22000 also where the series allows no cutoff';

CREATE FUNCTION @extschema@.forecast_explain(
    series @extschema@.timeseries,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    season int DEFAULT NULL,
    gaps text DEFAULT 'zero',
    duplicates text DEFAULT 'sum',
    outliers text DEFAULT 'keep',
    lower_limit float8 DEFAULT NULL,
    upper_limit float8 DEFAULT NULL,
    on_error text DEFAULT 'raise')
    RETURNS TABLE (method text, mae float8, mae_ratio float8, weight float8, is_chosen bool, reason text, n_values int, season int, long_season int, n_origins int, origin_step int, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 10 AS 'MODULE_PATHNAME', 'biml_forecast_explain';
COMMENT ON FUNCTION @extschema@.forecast_explain(@extschema@.timeseries, int, interval, int, text, text, text, float8, float8, text) IS
    'the choice that forecast makes with method auto: each candidate with its mean absolute error over the backtest, its ratio to that of seasonal_naive and its weight in the ensemble, best first (the ensemble''s own weight is NULL; mae NULL: not scored); reason in the chosen row. In every row, of the series: values used, season in steps, second season (NULL: none), origins of the backtest and steps between them. Options and errors as for forecast';

CREATE FUNCTION @extschema@.forecast_input(
    series @extschema@.timeseries,
    frequency interval DEFAULT NULL,
    season int DEFAULT NULL,
    gaps text DEFAULT 'zero',
    duplicates text DEFAULT 'sum',
    outliers text DEFAULT 'keep')
    RETURNS TABLE (ds timestamp, y float8, value float8, note text)
    LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 400 AS 'MODULE_PATHNAME', 'biml_forecast_input';
COMMENT ON FUNCTION @extschema@.forecast_input(@extschema@.timeseries, interval, int, text, text, text) IS
    'the series as forecast and its methods see it, one row for each step from the first value to the last row: y as given (duplicates added or averaged; NULL: none), value as used (NULL: not seen by any method), and what was done: NULL nothing, gap (no row: 0 or filled), missing (a row without y: filled; at the end: left out), duplicate, closed day (a 0 replaced), closed weekday (left out), outlier (replaced), too old (before the latest 20000: left out); of several the last one. Options and errors as for forecast; 22004 series NULL';
