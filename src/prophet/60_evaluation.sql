-- prophet: how good forecasts were.

-- STABLE as prophet_fit is, and not STRICT for the same reasons.
CREATE FUNCTION @extschema@.prophet_cross_validation(
    series @extschema@.timeseries,
    horizon interval,
    period interval DEFAULT NULL,
    initial interval DEFAULT NULL,
    cutoffs timestamp[] DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
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
    RETURNS TABLE (ds timestamp, yhat float8, yhat_lower float8, yhat_upper float8, y float8, cutoff timestamp)
    LANGUAGE C STABLE PARALLEL SAFE COST 500000 ROWS 200 AS 'MODULE_PATHNAME', 'biml_prophet_cross_validation';
COMMENT ON FUNCTION @extschema@.prophet_cross_validation(@extschema@.timeseries, interval, interval, interval, timestamp[], float8, int, bigint, text[], text, timestamp[], int, float8, text, text, text, @extschema@.prophet_seasonality[], @extschema@.prophet_holiday[], text, @extschema@.prophet_regressor[], text, text, float8, float8, float8, text, @extschema@.prophet_model) IS
    'forecasts of the observed rows up to horizon after each cutoff, by a fit to the rows up to it: the last ds less the horizon, and back by period (NULL: half the horizon) while initial (NULL: three horizons, or the longest seasonality) lies before; or the cutoffs listed. Which seasonalities are on is decided on the whole series. All three intervals in days or shorter units. Options as in prophet_fit. 22000 for a series shorter than the horizon or the initial window, a cutoff outside it or with fewer than 2 values before it; 22004, 22023, 2202E as prophet_fit; 54000 over 10000 cutoffs';

-- Not STRICT: the bounds may be NULL, the other arguments name themselves in the error.
CREATE FUNCTION @extschema@.prophet_performance_metrics(
    ds timestamp[],
    cutoff timestamp[],
    y float8[],
    yhat float8[],
    yhat_lower float8[] DEFAULT NULL,
    yhat_upper float8[] DEFAULT NULL,
    rolling_window float8 DEFAULT 0.1,
    monthly bool DEFAULT false)
    RETURNS TABLE (horizon interval, mse float8, rmse float8, mae float8, mape float8, mdape float8, smape float8, coverage float8)
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000 ROWS 30 AS 'MODULE_PATHNAME', 'biml_prophet_performance_metrics';
COMMENT ON FUNCTION @extschema@.prophet_performance_metrics(timestamp[], timestamp[], float8[], float8[], float8[], float8[], float8, bool) IS
    'errors of the rows of prophet_cross_validation by horizon, ds - cutoff or calendar months, ascending; each mean over rolling_window (a share of all rows) of the rows with the greatest horizons up to that one; horizons with too few rows up to them are left out; a negative rolling_window averages nothing. mape, mdape, smape, coverage are fractions; mape and mdape are NULL if any |y| is below 1e-8, coverage if any bound is missing. 22004 for a NULL, 2202E for arrays of different length, 22023 for infinite or NaN numbers, 22000 for errors beyond double precision';
