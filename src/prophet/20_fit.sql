-- prophet: the fit, and its numbers.

-- STABLE: the last bits follow the machine's mathematical library, and country reads the calendar.
-- Not STRICT: some arguments have a meaning for NULL, the others name themselves in the error.
CREATE FUNCTION @extschema@.prophet_fit(
    series @extschema@.timeseries,
    columns text[] DEFAULT NULL,
    growth text DEFAULT 'linear',
    changepoints timestamp[] DEFAULT NULL,
    n_changepoints int DEFAULT 25,
    changepoint_range float8 DEFAULT 0.8,
    yearly_seasonality text DEFAULT 'auto',
    weekly_seasonality text DEFAULT 'auto',
    daily_seasonality text DEFAULT 'auto',
    seasonalities @extschema@.prophet_seasonality[] DEFAULT NULL,
    holidays @extschema@.prophet_holiday[] DEFAULT NULL,
    country text DEFAULT NULL,
    regressors @extschema@.prophet_regressor[] DEFAULT NULL,
    seasonality_mode text DEFAULT 'additive',
    holidays_mode text DEFAULT NULL,
    seasonality_prior_scale float8 DEFAULT 10,
    holidays_prior_scale float8 DEFAULT 10,
    changepoint_prior_scale float8 DEFAULT 0.05,
    scaling text DEFAULT 'absmax',
    previous @extschema@.prophet_model DEFAULT NULL)
    RETURNS @extschema@.prophet_model
    LANGUAGE C STABLE PARALLEL SAFE COST 20000 AS 'MODULE_PATHNAME', 'biml_prophet_fit';
COMMENT ON FUNCTION @extschema@.prophet_fit(@extschema@.timeseries, text[], text, timestamp[], int, float8, text, text, text, @extschema@.prophet_seasonality[], @extschema@.prophet_holiday[], text, @extschema@.prophet_regressor[], text, text, float8, float8, float8, text, @extschema@.prophet_model) IS
    'the exact MAP of trend, changepoints, seasonalities, holidays and regressors; columns names the further columns of the series in order; missing y are left out; a NULL series gives NULL; 22000 for data that cannot be fitted, 22023 for an option out of range, 22004 for a NULL where it has no meaning';

CREATE FUNCTION @extschema@.prophet_params(model @extschema@.prophet_model) RETURNS jsonb
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_prophet_params';
COMMENT ON FUNCTION @extschema@.prophet_params(@extschema@.prophet_model) IS
    'the fitted numbers in scaled units: k, m, sigma, changepoints and delta, beta (in all and per component), log_posterior, converged, n_iterations, and the scales';
