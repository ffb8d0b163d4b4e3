-- prophet: the type of fitted models, and what its options are made of.

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

CREATE TYPE @extschema@.prophet_holiday AS (
    holiday text,
    ds date,
    lower_window int,
    upper_window int,
    prior_scale float8
);
COMMENT ON TYPE @extschema@.prophet_holiday IS
    'one day of a holiday, made by prophet_holiday(): lower_window <= 0 and upper_window >= 0 are days around it (NULL: 0); prior_scale above 0 and the same for all days of a holiday (NULL: holidays_prior_scale)';

CREATE FUNCTION @extschema@.prophet_holiday(
    holiday text,
    ds date,
    lower_window int DEFAULT 0,
    upper_window int DEFAULT 0,
    prior_scale float8 DEFAULT NULL
) RETURNS @extschema@.prophet_holiday
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ROW(holiday, ds, lower_window, upper_window, prior_scale)::@extschema@.prophet_holiday;
COMMENT ON FUNCTION @extschema@.prophet_holiday(text, date, int, int, float8) IS
    'one day of a holiday for the option holidays: each day of the window has an effect of its own; not STRICT: a NULL prior_scale is holidays_prior_scale; values are checked where they are used';

CREATE TYPE @extschema@.prophet_seasonality AS (
    name text,
    period float8,
    fourier_order int,
    prior_scale float8,
    mode text,
    condition_name text
);
COMMENT ON TYPE @extschema@.prophet_seasonality IS
    'a seasonality of the user''s own, made by prophet_seasonality(): period in days, fourier_order pairs of sine and cosine, prior_scale (NULL: seasonality_prior_scale), mode additive or multiplicative (NULL: seasonality_mode), condition_name a column of 0 and 1 that turns it on (NULL: always on)';

CREATE FUNCTION @extschema@.prophet_seasonality(
    name text,
    period float8,
    fourier_order int,
    prior_scale float8 DEFAULT NULL,
    mode text DEFAULT NULL,
    condition_name text DEFAULT NULL
) RETURNS @extschema@.prophet_seasonality
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ROW(name, period, fourier_order, prior_scale, mode, condition_name)::@extschema@.prophet_seasonality;
COMMENT ON FUNCTION @extschema@.prophet_seasonality(text, float8, int, float8, text, text) IS
    'a seasonality for the option seasonalities; not STRICT: a NULL prior_scale is seasonality_prior_scale, a NULL mode seasonality_mode; values are checked where they are used';

CREATE TYPE @extschema@.prophet_regressor AS (
    name text,
    prior_scale float8,
    standardize text,
    mode text
);
COMMENT ON TYPE @extschema@.prophet_regressor IS
    'an extra regressor, made by prophet_regressor(): name is one of the columns; prior_scale (NULL: holidays_prior_scale), standardize auto, true or false (auto: unless all values are 0 and 1), mode additive or multiplicative (NULL: seasonality_mode)';

CREATE FUNCTION @extschema@.prophet_regressor(
    name text,
    prior_scale float8 DEFAULT NULL,
    standardize text DEFAULT 'auto',
    mode text DEFAULT NULL
) RETURNS @extschema@.prophet_regressor
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ROW(name, prior_scale, standardize, mode)::@extschema@.prophet_regressor;
COMMENT ON FUNCTION @extschema@.prophet_regressor(text, float8, text, text) IS
    'an extra regressor for the option regressors; not STRICT: a NULL prior_scale is holidays_prior_scale, a NULL mode seasonality_mode; values are checked where they are used';
