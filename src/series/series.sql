-- series: the timeseries type and the aggregate that makes one from rows.

CREATE TYPE @extschema@.timeseries;

CREATE FUNCTION @extschema@.timeseries_in(cstring) RETURNS @extschema@.timeseries
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_timeseries_in';
CREATE FUNCTION @extschema@.timeseries_out(@extschema@.timeseries) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_timeseries_out';
CREATE FUNCTION @extschema@.timeseries_recv(internal) RETURNS @extschema@.timeseries
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_timeseries_recv';
CREATE FUNCTION @extschema@.timeseries_send(@extschema@.timeseries) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_timeseries_send';

CREATE TYPE @extschema@.timeseries (
    INPUT = @extschema@.timeseries_in,
    OUTPUT = @extschema@.timeseries_out,
    RECEIVE = @extschema@.timeseries_recv,
    SEND = @extschema@.timeseries_send,
    INTERNALLENGTH = VARIABLE,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.timeseries IS
    'a time series: rows (ds timestamp, y float8 or missing, optional further columns x) sorted by (ds, y, x); text form is JSON with keys version, ds, y, x';
COMMENT ON FUNCTION @extschema@.timeseries_in(cstring) IS 'text input of timeseries: JSON, rows in any order; 22P02 on anything else';
COMMENT ON FUNCTION @extschema@.timeseries_out(@extschema@.timeseries) IS 'text output of timeseries: JSON that reads back bit for bit';
COMMENT ON FUNCTION @extschema@.timeseries_recv(internal) IS 'binary input of timeseries: every byte is verified, 22P03 on damage';
COMMENT ON FUNCTION @extschema@.timeseries_send(@extschema@.timeseries) IS 'binary output of timeseries';

CREATE FUNCTION @extschema@.series_agg_transition(state internal, ds timestamp, y float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_transition';
CREATE FUNCTION @extschema@.series_agg_transition(state internal, ds date, y float8) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_date_transition';
CREATE FUNCTION @extschema@.series_agg_transition(state internal, ds timestamp, y float8, VARIADIC x float8[]) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_transition';
CREATE FUNCTION @extschema@.series_agg_transition(state internal, ds date, y float8, VARIADIC x float8[]) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_date_transition';
CREATE FUNCTION @extschema@.series_agg_combine(state internal, other internal) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_combine';
CREATE FUNCTION @extschema@.series_agg_serialize(state internal) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_serialize';
CREATE FUNCTION @extschema@.series_agg_deserialize(bytes bytea, unused internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_deserialize';
CREATE FUNCTION @extschema@.series_agg_final(state internal) RETURNS @extschema@.timeseries
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_series_agg_final';

COMMENT ON FUNCTION @extschema@.series_agg_transition(internal, timestamp, float8) IS 'support function of series_agg; not STRICT: a NULL y is a missing value, a NULL ds an error';
COMMENT ON FUNCTION @extschema@.series_agg_transition(internal, date, float8) IS 'support function of series_agg; not STRICT: a NULL y is a missing value, a NULL ds an error';
COMMENT ON FUNCTION @extschema@.series_agg_transition(internal, timestamp, float8, float8[]) IS 'support function of series_agg with further columns';
COMMENT ON FUNCTION @extschema@.series_agg_transition(internal, date, float8, float8[]) IS 'support function of series_agg with further columns';
COMMENT ON FUNCTION @extschema@.series_agg_combine(internal, internal) IS 'support function of series_agg; not STRICT: either state may be missing';
COMMENT ON FUNCTION @extschema@.series_agg_serialize(internal) IS 'support function of series_agg';
COMMENT ON FUNCTION @extschema@.series_agg_deserialize(bytea, internal) IS 'support function of series_agg';
COMMENT ON FUNCTION @extschema@.series_agg_final(internal) IS 'support function of series_agg; not STRICT: no rows give NULL';

CREATE AGGREGATE @extschema@.series_agg(ds timestamp, y float8) (
    SFUNC = @extschema@.series_agg_transition, STYPE = internal, SSPACE = 16384,
    FINALFUNC = @extschema@.series_agg_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.series_agg_combine,
    SERIALFUNC = @extschema@.series_agg_serialize, DESERIALFUNC = @extschema@.series_agg_deserialize,
    PARALLEL = SAFE);
CREATE AGGREGATE @extschema@.series_agg(ds date, y float8) (
    SFUNC = @extschema@.series_agg_transition, STYPE = internal, SSPACE = 16384,
    FINALFUNC = @extschema@.series_agg_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.series_agg_combine,
    SERIALFUNC = @extschema@.series_agg_serialize, DESERIALFUNC = @extschema@.series_agg_deserialize,
    PARALLEL = SAFE);
CREATE AGGREGATE @extschema@.series_agg(ds timestamp, y float8, VARIADIC x float8[]) (
    SFUNC = @extschema@.series_agg_transition, STYPE = internal, SSPACE = 16384,
    FINALFUNC = @extschema@.series_agg_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.series_agg_combine,
    SERIALFUNC = @extschema@.series_agg_serialize, DESERIALFUNC = @extschema@.series_agg_deserialize,
    PARALLEL = SAFE);
CREATE AGGREGATE @extschema@.series_agg(ds date, y float8, VARIADIC x float8[]) (
    SFUNC = @extschema@.series_agg_transition, STYPE = internal, SSPACE = 16384,
    FINALFUNC = @extschema@.series_agg_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.series_agg_combine,
    SERIALFUNC = @extschema@.series_agg_serialize, DESERIALFUNC = @extschema@.series_agg_deserialize,
    PARALLEL = SAFE);

COMMENT ON AGGREGATE @extschema@.series_agg(timestamp, float8) IS
    'a timeseries from rows in any order; NULL or NaN y is kept as missing; no rows give NULL; 22004 on a NULL ds, 22023 on an infinite one; mergeable, usable in windows';
COMMENT ON AGGREGATE @extschema@.series_agg(date, float8) IS
    'a timeseries from rows in any order, each date at midnight; otherwise as series_agg(timestamp, float8)';
COMMENT ON AGGREGATE @extschema@.series_agg(timestamp, float8, float8[]) IS
    'a timeseries with further columns, the same number in every row (2202E otherwise), NULL elements are missing; an array is passed as VARIADIC arr';
COMMENT ON AGGREGATE @extschema@.series_agg(date, float8, float8[]) IS
    'a timeseries with further columns, each date at midnight; otherwise as series_agg(timestamp, float8, VARIADIC float8[])';

CREATE FUNCTION @extschema@.series_points(series @extschema@.timeseries)
    RETURNS TABLE (ds timestamp, y float8, x float8[])
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10 ROWS 365 AS 'MODULE_PATHNAME', 'biml_series_points';
COMMENT ON FUNCTION @extschema@.series_points(@extschema@.timeseries) IS
    'the rows of a timeseries in order; y NULL where missing; x holds the further columns, NULL when there are none';
