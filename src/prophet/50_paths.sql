-- prophet: joint sample paths, and sums with their intervals.

CREATE FUNCTION @extschema@.prophet_sample_paths(
    model @extschema@.prophet_model,
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    future @extschema@.timeseries DEFAULT NULL,
    n_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    non_negative bool DEFAULT false)
    RETURNS TABLE (sample int, ds timestamp, yhat float8)
    LANGUAGE C STABLE PARALLEL SAFE COST 50000 ROWS 7000 AS 'MODULE_PATHNAME', 'biml_prophet_sample_paths';
COMMENT ON FUNCTION @extschema@.prophet_sample_paths(@extschema@.prophet_model, int, interval, @extschema@.timeseries, int, bigint, bool) IS
    'n_samples (1..100000) possible futures of y, numbered from 1, by sample and ds: the rows of one sample belong together, so that any function of them (a sum, a maximum) has its distribution over the samples; moments as in prophet_forecast; non_negative lifts y to 0; the same seed gives the same paths, of which a longer horizon is a continuation';

CREATE FUNCTION @extschema@.prophet_forecast_total(
    models @extschema@.prophet_model[],
    horizon int DEFAULT 7,
    frequency interval DEFAULT NULL,
    interval_width float8 DEFAULT 0.8,
    future @extschema@.timeseries[] DEFAULT NULL,
    uncertainty_samples int DEFAULT 1000,
    seed bigint DEFAULT 42,
    non_negative bool DEFAULT false,
    every int DEFAULT NULL)
    RETURNS TABLE (from_ds timestamp, to_ds timestamp, yhat float8, yhat_lower float8, yhat_upper float8)
    LANGUAGE C STABLE PARALLEL SAFE COST 100000 ROWS 1 AS 'MODULE_PATHNAME', 'biml_prophet_forecast_total';
COMMENT ON FUNCTION @extschema@.prophet_forecast_total(@extschema@.prophet_model[], int, interval, float8, @extschema@.timeseries[], int, bigint, bool, int) IS
    'the sum of y over all models and over `every` steps per row (NULL: the whole horizon), with the interval of the sum from joint paths: rows of a series move together, series are independent; steps after the last ds that any model knows, frequency NULL only where all have the same, or the moments of future, one series for all models or one for each; non_negative lifts every path to 0 before it is added; bounds NULL with uncertainty_samples 0';
