-- product: Pareto tiers and measures of concentration.

-- Window functions read their arguments themselves, NULLs included: not STRICT.
CREATE FUNCTION pareto_tier(value numeric, a double precision DEFAULT 0.8, b double precision DEFAULT 0.95)
RETURNS text
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'biml_pareto_tier_numeric';
COMMENT ON FUNCTION pareto_tier(numeric, double precision, double precision) IS
'Window function: the ABC class of a value in its partition, by the share of the total that the greater values hold; A below a, B below b, else C; exact in decimal arithmetic; the frame is ignored. Equal values are taken in the order of the window''s ORDER BY, and share the tier of the first of them where it does not tell them apart. Values of 0 and below add nothing to the total and are C. NULL value: NULL, not counted. Options are read at the first row of the partition. Errors: 22023 unless 0 <= a <= b <= 1, or a value is NaN or infinite; 22004 NULL option.';

CREATE FUNCTION pareto_tier(value double precision, a double precision DEFAULT 0.8,
                            b double precision DEFAULT 0.95)
RETURNS text
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 10
AS 'MODULE_PATHNAME', 'biml_pareto_tier_float8';
COMMENT ON FUNCTION pareto_tier(double precision, double precision, double precision) IS
'Window function: the ABC class of a value in its partition, as pareto_tier(numeric, ...), with sums in double precision over descending values. NULL value: NULL, not counted. Errors: 22023 unless 0 <= a <= b <= 1, or a value is NaN or infinite; 22004 NULL option.';

-- Support functions of the aggregates. They skip NULL values themselves, and the state is made at the first value:
-- not STRICT, since a strict transition would need the first value to be of the state's type.
CREATE FUNCTION concentration_transition(state internal, value double precision)
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_concentration_transition';
COMMENT ON FUNCTION concentration_transition(internal, double precision) IS 'transition function of gini and hhi';

CREATE FUNCTION top_share_transition(state internal, value double precision, n integer)
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_top_share_transition';
COMMENT ON FUNCTION top_share_transition(internal, double precision, integer) IS 'transition function of top_share';

CREATE FUNCTION concentration_combine(state internal, other internal)
RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_collect_combine';
COMMENT ON FUNCTION concentration_combine(internal, internal) IS 'combine function of gini, hhi and top_share';

CREATE FUNCTION concentration_serialize(state internal)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_collect_serialize';
COMMENT ON FUNCTION concentration_serialize(internal) IS 'serialisation function of gini, hhi and top_share';

CREATE FUNCTION concentration_deserialize(bytes bytea, unused internal)
RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_collect_deserialize';
COMMENT ON FUNCTION concentration_deserialize(bytea, internal) IS
'deserialisation function of gini, hhi and top_share';

CREATE FUNCTION gini_final(state internal)
RETURNS double precision
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_gini_final';
COMMENT ON FUNCTION gini_final(internal) IS 'final function of gini';

CREATE FUNCTION hhi_final(state internal)
RETURNS double precision
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_hhi_final';
COMMENT ON FUNCTION hhi_final(internal) IS 'final function of hhi';

CREATE FUNCTION top_share_final(state internal)
RETURNS double precision
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'biml_top_share_final';
COMMENT ON FUNCTION top_share_final(internal) IS 'final function of top_share';

CREATE AGGREGATE gini(value double precision) (
    SFUNC = @extschema@.concentration_transition,
    STYPE = internal,
    FINALFUNC = @extschema@.gini_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.concentration_combine,
    SERIALFUNC = @extschema@.concentration_serialize,
    DESERIALFUNC = @extschema@.concentration_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE gini(double precision) IS
'Gini coefficient of values >= 0: 0 all equal, towards 1 one has all (population form). NULLs are left out; NULL without values or if all are 0. Keeps 8 bytes a value. Errors: 22023 for a value that is negative, NaN or infinite.';

CREATE AGGREGATE hhi(value double precision) (
    SFUNC = @extschema@.concentration_transition,
    STYPE = internal,
    FINALFUNC = @extschema@.hhi_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.concentration_combine,
    SERIALFUNC = @extschema@.concentration_serialize,
    DESERIALFUNC = @extschema@.concentration_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE hhi(double precision) IS
'Herfindahl-Hirschman index of values >= 0: the sum of squared shares, from 1/n (all equal) to 1 (one has all). NULLs are left out; NULL without values or if all are 0. Keeps 8 bytes a value. Errors: 22023 for a value that is negative, NaN or infinite.';

CREATE AGGREGATE top_share(value double precision, n integer) (
    SFUNC = @extschema@.top_share_transition,
    STYPE = internal,
    FINALFUNC = @extschema@.top_share_final,
    FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.concentration_combine,
    SERIALFUNC = @extschema@.concentration_serialize,
    DESERIALFUNC = @extschema@.concentration_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE top_share(double precision, integer) IS
'The share of the total that the n greatest values hold, 0..1; values >= 0. NULL values are left out; NULL without values or if all are 0. n is the same for all rows of a group. Keeps 8 bytes a value. Errors: 22023 for n below 1 or changing, or a value that is negative, NaN or infinite; 22004 NULL n.';
