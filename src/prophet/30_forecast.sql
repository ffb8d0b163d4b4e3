-- prophet: forecasts of a model, of a series, of a relation's columns.

CREATE FUNCTION @extschema@.prophet_forecast(
    model @extschema@.prophet_model,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    future @extschema@.timeseries DEFAULT NULL,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise',
    identified_only bool DEFAULT false,
    non_negative bool DEFAULT false)
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 50000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_model';
COMMENT ON FUNCTION @extschema@.prophet_forecast(@extschema@.prophet_model, int, interval, float8, bool, @extschema@.timeseries, int, bigint, text, bool, bool) IS
    'the future of a model in units of y: horizon steps (1..100000) after the last known ds, or the moments of future, a series with y NULL that brings the model''s columns; frequency NULL is read off the history; columns that the model lacks are NULL; bounds NULL with uncertainty_samples 0; identified_only leaves out future rows that the data do not determine, non_negative lifts yhat and its bounds to 0; on_error ''status'' turns unsuitable data into one row with ds NULL';

CREATE FUNCTION @extschema@.prophet_forecast(
    series @extschema@.timeseries,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    future @extschema@.timeseries DEFAULT NULL,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise',
    identified_only bool DEFAULT false,
    non_negative bool DEFAULT false,
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
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 70000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_series';
COMMENT ON FUNCTION @extschema@.prophet_forecast(@extschema@.timeseries, int, interval, float8, bool, @extschema@.timeseries, int, bigint, text, bool, bool, text[], text, timestamp[], int, float8, text, text, text, @extschema@.prophet_seasonality[], @extschema@.prophet_holiday[], text, @extschema@.prophet_regressor[], text, text, float8, float8, float8, text, @extschema@.prophet_model) IS
    'prophet_forecast of prophet_fit(series, ...), without storing the model';

CREATE FUNCTION @extschema@.prophet_forecast(
    relation regclass,
    ds_column name,
    y_column name,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    future regclass DEFAULT NULL,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise',
    identified_only bool DEFAULT false,
    non_negative bool DEFAULT false,
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
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_relation';
COMMENT ON FUNCTION @extschema@.prophet_forecast(regclass, name, name, int, interval, float8, bool, regclass, int, bigint, text, bool, bool, text[], text, timestamp[], int, float8, text, text, text, @extschema@.prophet_seasonality[], @extschema@.prophet_holiday[], text, @extschema@.prophet_regressor[], text, text, float8, float8, float8, text, @extschema@.prophet_model) IS
    'forecasts a column of a table or view, read with the caller''s rights; ds_column is a date or timestamp, y_column numeric, columns names numeric or boolean columns, future a relation with ds_column and columns; 42703 for a missing column, 42804 for a wrong type, 42809 for an index or the like';

-- With untyped literals this form is the one that PostgreSQL takes. No SET clause: the names are resolved under the
-- caller's search_path, as regclass does.
CREATE FUNCTION @extschema@.prophet_forecast(
    relation text,
    ds_column name,
    y_column name,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    future text DEFAULT NULL,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise',
    identified_only bool DEFAULT false,
    non_negative bool DEFAULT false,
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
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_name';
COMMENT ON FUNCTION @extschema@.prophet_forecast(text, name, name, int, interval, float8, bool, text, int, bigint, text, bool, bool, text[], text, timestamp[], int, float8, text, text, text, @extschema@.prophet_seasonality[], @extschema@.prophet_holiday[], text, @extschema@.prophet_regressor[], text, text, float8, float8, float8, text, @extschema@.prophet_model) IS
    'the same with the relations'' names as text, resolved under the caller''s search_path; 42P01 when there is none';

CREATE FUNCTION @extschema@.prophet_components(
    model @extschema@.prophet_model,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    include_history bool DEFAULT false,
    future @extschema@.timeseries DEFAULT NULL)
    RETURNS TABLE (ds timestamp, component text, value float8)
    LANGUAGE C STABLE PARALLEL SAFE COST 50000 ROWS 100 AS 'MODULE_PATHNAME', 'biml_prophet_components';
COMMENT ON FUNCTION @extschema@.prophet_components(@extschema@.prophet_model, int, interval, bool, @extschema@.timeseries) IS
    'every part of a forecast by its name, one row each: trend, cap and floor where the model has them, each seasonality, each holiday and holidays, each regressor and their sums by mode, additive_terms, multiplicative_terms, yhat; multiplicative parts are shares of the trend; moments as in prophet_forecast';
