-- metric: measures of the accuracy of forecasts.

-- Support functions. They skip NULL values themselves, and the state is made at the first row: not STRICT, since a
-- strict transition would need the first value to be of the state's type.
CREATE FUNCTION @extschema@.mae_transition(state internal, y float8, yhat float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_mae_transition';
CREATE FUNCTION @extschema@.rmse_transition(state internal, y float8, yhat float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_rmse_transition';
CREATE FUNCTION @extschema@.bias_transition(state internal, y float8, yhat float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_bias_transition';
CREATE FUNCTION @extschema@.mape_transition(state internal, y float8, yhat float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_mape_transition';
CREATE FUNCTION @extschema@.smape_transition(state internal, y float8, yhat float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_smape_transition';
CREATE FUNCTION @extschema@.wape_transition(state internal, y float8, yhat float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_wape_transition';
CREATE FUNCTION @extschema@.mase_transition(state internal, y float8, yhat float8, scale float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_mase_transition';
CREATE FUNCTION @extschema@.coverage_transition(state internal, y float8, yhat_lower float8, yhat_upper float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_coverage_transition';
CREATE FUNCTION @extschema@.pinball_transition(state internal, y float8, yhat float8, quantile float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_pinball_transition';
CREATE FUNCTION @extschema@.winkler_transition(state internal, y float8, yhat_lower float8, yhat_upper float8, interval_width float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_winkler_transition';
CREATE FUNCTION @extschema@.metric_combine(state internal, other internal) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_metric_combine';
CREATE FUNCTION @extschema@.metric_serialize(state internal) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_metric_serialize';
CREATE FUNCTION @extschema@.metric_deserialize(bytes bytea, unused internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_metric_deserialize';
CREATE FUNCTION @extschema@.metric_final(state internal) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_metric_final';

COMMENT ON FUNCTION @extschema@.mae_transition(internal, float8, float8) IS 'transition function of mae';
COMMENT ON FUNCTION @extschema@.rmse_transition(internal, float8, float8) IS 'transition function of rmse';
COMMENT ON FUNCTION @extschema@.bias_transition(internal, float8, float8) IS 'transition function of bias';
COMMENT ON FUNCTION @extschema@.mape_transition(internal, float8, float8) IS 'transition function of mape';
COMMENT ON FUNCTION @extschema@.smape_transition(internal, float8, float8) IS 'transition function of smape';
COMMENT ON FUNCTION @extschema@.wape_transition(internal, float8, float8) IS 'transition function of wape';
COMMENT ON FUNCTION @extschema@.mase_transition(internal, float8, float8, float8) IS 'transition function of mase';
COMMENT ON FUNCTION @extschema@.coverage_transition(internal, float8, float8, float8) IS 'transition function of coverage';
COMMENT ON FUNCTION @extschema@.pinball_transition(internal, float8, float8, float8) IS 'transition function of pinball';
COMMENT ON FUNCTION @extschema@.winkler_transition(internal, float8, float8, float8, float8) IS 'transition function of winkler';
COMMENT ON FUNCTION @extschema@.metric_combine(internal, internal) IS 'combine function of mae and the other measures of accuracy';
COMMENT ON FUNCTION @extschema@.metric_serialize(internal) IS 'serialisation function of mae and the other measures of accuracy';
COMMENT ON FUNCTION @extschema@.metric_deserialize(bytea, internal) IS 'deserialisation function of mae and the other measures of accuracy';
COMMENT ON FUNCTION @extschema@.metric_final(internal) IS 'final function of mae and the other measures of accuracy';

CREATE AGGREGATE @extschema@.mae(y float8, yhat float8) (
    SFUNC = @extschema@.mae_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.mae(float8, float8) IS
    'mean absolute error of forecasts: mean |y - yhat|. A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.rmse(y float8, yhat float8) (
    SFUNC = @extschema@.rmse_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.rmse(float8, float8) IS
    'root mean squared error of forecasts: sqrt(mean (y - yhat)^2). A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.bias(y float8, yhat float8) (
    SFUNC = @extschema@.bias_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.bias(float8, float8) IS
    'mean error of forecasts, mean (yhat - y): above 0 when they are too high. A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.mape(y float8, yhat float8) (
    SFUNC = @extschema@.mape_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.mape(float8, float8) IS
    'mean absolute percentage error, as a fraction: mean |(y - yhat) / y| over the rows with y <> 0. A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.smape(y float8, yhat float8) (
    SFUNC = @extschema@.smape_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.smape(float8, float8) IS
    'symmetric mean absolute percentage error, as a fraction of 0..2: mean of |y - yhat| / ((|y| + |yhat|) / 2), where 0 / 0 counts as 0; the M competitions give it times 100. A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.wape(y float8, yhat float8) (
    SFUNC = @extschema@.wape_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.wape(float8, float8) IS
    'weighted absolute percentage error, as a fraction: sum |y - yhat| / sum |y|. A row with a NULL or NaN is left out; NULL without rows or if all y are 0. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.mase(y float8, yhat float8, scale float8) (
    SFUNC = @extschema@.mase_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.mase(float8, float8, float8) IS
    'mean absolute scaled error: mean (|y - yhat| / scale), where scale is the mean absolute error of the naive forecast in training, mean |y(t) - y(t-m)|; below 1 is better than naive. The scale may differ between rows, one for each series. A row with a NULL or NaN, or scale 0, is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite, scale infinite or negative; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.coverage(y float8, yhat_lower float8, yhat_upper float8) (
    SFUNC = @extschema@.coverage_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.coverage(float8, float8, float8) IS
    'share of rows whose y lies within the interval, bounds included; infinite bounds are open ends. A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 an infinite y.';

CREATE AGGREGATE @extschema@.pinball(y float8, yhat float8, quantile float8) (
    SFUNC = @extschema@.pinball_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.pinball(float8, float8, float8) IS
    'pinball loss of forecasts of a quantile of 0..1: mean max(quantile * (y - yhat), (quantile - 1) * (y - yhat)). A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or yhat infinite, quantile not between 0 and 1; 22000 an error beyond double precision.';

CREATE AGGREGATE @extschema@.winkler(y float8, yhat_lower float8, yhat_upper float8, interval_width float8) (
    SFUNC = @extschema@.winkler_transition, STYPE = internal, SSPACE = 1200,
    FINALFUNC = @extschema@.metric_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.metric_combine,
    SERIALFUNC = @extschema@.metric_serialize, DESERIALFUNC = @extschema@.metric_deserialize,
    PARALLEL = SAFE);
COMMENT ON AGGREGATE @extschema@.winkler(float8, float8, float8, float8) IS
    'Winkler score of intervals: mean of the width plus 2 / (1 - interval_width) times the distance of y from the interval; less is better. A row with a NULL or NaN is left out; NULL without rows. Sums are exact: the order of rows changes nothing. Errors: 22023 y or a bound infinite, yhat_lower above yhat_upper, interval_width not between 0 and 1; 22000 an error beyond double precision.';
