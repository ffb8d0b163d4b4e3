-- prophet: additive models with trend changes and seasonalities (after Taylor and Letham), fitted exactly.

CREATE TYPE @extschema@.prophet_model;

CREATE FUNCTION @extschema@.prophet_model_in(cstring) RETURNS @extschema@.prophet_model
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_prophet_model_in';
CREATE FUNCTION @extschema@.prophet_model_out(@extschema@.prophet_model) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_prophet_model_out';
CREATE FUNCTION @extschema@.prophet_model_recv(internal) RETURNS @extschema@.prophet_model
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_prophet_model_recv';
CREATE FUNCTION @extschema@.prophet_model_send(@extschema@.prophet_model) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_prophet_model_send';

CREATE TYPE @extschema@.prophet_model (
    INPUT = @extschema@.prophet_model_in,
    OUTPUT = @extschema@.prophet_model_out,
    RECEIVE = @extschema@.prophet_model_recv,
    SEND = @extschema@.prophet_model_send,
    INTERNALLENGTH = VARIABLE,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.prophet_model IS
    'a fitted model with its history: all that prophet_forecast needs; text form is JSON and reads back bit for bit';
COMMENT ON FUNCTION @extschema@.prophet_model_in(cstring) IS 'text input of prophet_model: its own JSON; 22P02 on anything else';
COMMENT ON FUNCTION @extschema@.prophet_model_out(@extschema@.prophet_model) IS 'text output of prophet_model: JSON';
COMMENT ON FUNCTION @extschema@.prophet_model_recv(internal) IS 'binary input of prophet_model: every byte is verified, 22P03 on damage';
COMMENT ON FUNCTION @extschema@.prophet_model_send(@extschema@.prophet_model) IS 'binary output of prophet_model';

-- STABLE, not IMMUTABLE: the last bits follow the machine's mathematical library.
-- Not STRICT: some arguments have a meaning for NULL, the others name themselves in the error.
CREATE FUNCTION @extschema@.prophet_fit(
    series @extschema@.timeseries,
    growth text DEFAULT 'linear',
    changepoints timestamp[] DEFAULT NULL,
    n_changepoints int DEFAULT 25,
    changepoint_range float8 DEFAULT 0.8,
    yearly_seasonality text DEFAULT 'auto',
    weekly_seasonality text DEFAULT 'auto',
    daily_seasonality text DEFAULT 'auto',
    seasonality_prior_scale float8 DEFAULT 10,
    changepoint_prior_scale float8 DEFAULT 0.05,
    scaling text DEFAULT 'absmax')
    RETURNS @extschema@.prophet_model
    LANGUAGE C STABLE PARALLEL SAFE COST 20000 AS 'MODULE_PATHNAME', 'biml_prophet_fit';
COMMENT ON FUNCTION @extschema@.prophet_fit(@extschema@.timeseries, text, timestamp[], int, float8, text, text, text, float8, float8, text) IS
    'the exact MAP of trend, changepoints and seasonalities; missing y are left out; a NULL series gives NULL, other NULLs 22004 (changepoints NULL: automatic); 22000 with fewer than 2 values or moments, or infinite y; 22023 for an option out of range';

CREATE FUNCTION @extschema@.prophet_params(model @extschema@.prophet_model) RETURNS jsonb
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_prophet_params';
COMMENT ON FUNCTION @extschema@.prophet_params(@extschema@.prophet_model) IS
    'the fitted numbers in scaled units: k, m, sigma, changepoints and delta, beta (in all and per seasonality), log_posterior, converged, n_iterations, and the scales';

CREATE FUNCTION @extschema@.prophet_forecast(
    model @extschema@.prophet_model,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise')
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 50000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_model';
COMMENT ON FUNCTION @extschema@.prophet_forecast(@extschema@.prophet_model, int, interval, float8, bool, int, bigint, text) IS
    'horizon steps (1..100000) after the last known ds, in units of y; frequency NULL is read off the history; columns that the model lacks are NULL; bounds NULL with uncertainty_samples 0; on_error ''status'' turns unsuitable data into one row with ds NULL';

CREATE FUNCTION @extschema@.prophet_forecast(
    series @extschema@.timeseries,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise',
    growth text DEFAULT 'linear',
    changepoints timestamp[] DEFAULT NULL,
    n_changepoints int DEFAULT 25,
    changepoint_range float8 DEFAULT 0.8,
    yearly_seasonality text DEFAULT 'auto',
    weekly_seasonality text DEFAULT 'auto',
    daily_seasonality text DEFAULT 'auto',
    seasonality_prior_scale float8 DEFAULT 10,
    changepoint_prior_scale float8 DEFAULT 0.05,
    scaling text DEFAULT 'absmax')
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 70000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_series';
COMMENT ON FUNCTION @extschema@.prophet_forecast(@extschema@.timeseries, int, interval, float8, bool, int, bigint, text, text, timestamp[], int, float8, text, text, text, float8, float8, text) IS
    'fits the series as prophet_fit does and forecasts it as prophet_forecast(prophet_model) does';

CREATE FUNCTION @extschema@.prophet_forecast(
    relation regclass,
    ds_column name,
    y_column name,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise',
    growth text DEFAULT 'linear',
    changepoints timestamp[] DEFAULT NULL,
    n_changepoints int DEFAULT 25,
    changepoint_range float8 DEFAULT 0.8,
    yearly_seasonality text DEFAULT 'auto',
    weekly_seasonality text DEFAULT 'auto',
    daily_seasonality text DEFAULT 'auto',
    seasonality_prior_scale float8 DEFAULT 10,
    changepoint_prior_scale float8 DEFAULT 0.05,
    scaling text DEFAULT 'absmax')
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_relation';
COMMENT ON FUNCTION @extschema@.prophet_forecast(regclass, name, name, int, interval, float8, bool, int, bigint, text, text, timestamp[], int, float8, text, text, text, float8, float8, text) IS
    'forecasts a column of a table or view, read with the caller''s rights; ds_column is a date or timestamp, y_column numeric; 42703 for a missing column, 42804 for a wrong type, 42809 for an index or the like';

-- With three untyped literals this form is the one that PostgreSQL takes. No SET clause: the name is resolved under
-- the caller's search_path, as regclass does.
CREATE FUNCTION @extschema@.prophet_forecast(
    relation text,
    ds_column name,
    y_column name,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    include_history bool DEFAULT false,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    on_error text DEFAULT 'raise',
    growth text DEFAULT 'linear',
    changepoints timestamp[] DEFAULT NULL,
    n_changepoints int DEFAULT 25,
    changepoint_range float8 DEFAULT 0.8,
    yearly_seasonality text DEFAULT 'auto',
    weekly_seasonality text DEFAULT 'auto',
    daily_seasonality text DEFAULT 'auto',
    seasonality_prior_scale float8 DEFAULT 10,
    changepoint_prior_scale float8 DEFAULT 0.05,
    scaling text DEFAULT 'absmax')
    RETURNS TABLE (
    ds timestamp,
    yhat float8, yhat_lower float8, yhat_upper float8,
    trend float8, trend_lower float8, trend_upper float8,
    additive_terms float8, multiplicative_terms float8,
    yearly float8, weekly float8, daily float8, holidays float8,
    extra_regressors_additive float8, extra_regressors_multiplicative float8,
    y float8, residual float8, in_band bool, is_future bool, identified bool, status text)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 7 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_name';
COMMENT ON FUNCTION @extschema@.prophet_forecast(text, name, name, int, interval, float8, bool, int, bigint, text, text, timestamp[], int, float8, text, text, text, float8, float8, text) IS
    'the same with the relation''s name as text, resolved under the caller''s search_path; 42P01 when there is none';
