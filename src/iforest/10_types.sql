-- iforest: the model type and the training options.

CREATE TYPE @extschema@.iforest;

CREATE FUNCTION @extschema@.iforest_in(cstring) RETURNS @extschema@.iforest
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_in';
CREATE FUNCTION @extschema@.iforest_out(@extschema@.iforest) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_out';
CREATE FUNCTION @extschema@.iforest_recv(internal) RETURNS @extschema@.iforest
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_recv';
CREATE FUNCTION @extschema@.iforest_send(@extschema@.iforest) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_send';

CREATE TYPE @extschema@.iforest (
    INPUT = @extschema@.iforest_in,
    OUTPUT = @extschema@.iforest_out,
    RECEIVE = @extschema@.iforest_recv,
    SEND = @extschema@.iforest_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);

COMMENT ON TYPE @extschema@.iforest IS
    'a trained Isolation Forest: versioned, portable bytes with a checksum; the text form is \x and the bytes in hexadecimal; every byte is checked on input';
COMMENT ON FUNCTION @extschema@.iforest_in(cstring) IS 'text input of iforest: \x and hexadecimal digits; 22P02 on other text, 22P03 on bytes that are no model';
COMMENT ON FUNCTION @extschema@.iforest_out(@extschema@.iforest) IS 'text output of iforest';
COMMENT ON FUNCTION @extschema@.iforest_recv(internal) IS 'binary input of iforest: every byte is checked, 22P03 on damage';
COMMENT ON FUNCTION @extschema@.iforest_send(@extschema@.iforest) IS 'binary output of iforest';

CREATE TYPE @extschema@.iforest_options AS (
    n_trees int,
    sample_size int,
    max_depth int,
    ndim int,
    seed bigint,
    contamination float8,
    missing_action text,
    standardize bool,
    categ_split text,
    feature_names text[]
);
COMMENT ON TYPE @extschema@.iforest_options IS
    'training options of an Isolation Forest, made by iforest_options(); a NULL attribute has its default';

CREATE FUNCTION @extschema@.iforest_options(
    n_trees int DEFAULT 100,
    sample_size int DEFAULT 256,
    max_depth int DEFAULT NULL,
    ndim int DEFAULT 1,
    seed bigint DEFAULT 42,
    contamination float8 DEFAULT NULL,
    missing_action text DEFAULT 'divide',
    standardize bool DEFAULT true,
    categ_split text DEFAULT 'single',
    feature_names text[] DEFAULT NULL
) RETURNS @extschema@.iforest_options
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ROW(n_trees, sample_size, max_depth, ndim, seed, contamination, missing_action, standardize, categ_split, feature_names)::@extschema@.iforest_options;
COMMENT ON FUNCTION @extschema@.iforest_options(int, int, int, int, bigint, float8, text, bool, text, text[]) IS
    'options for iforest_train and iforest_score: n_trees 1..10000, sample_size 2..65536 rows a tree (cut to the rows there are), max_depth 1..32 (NULL: ceil(log2(sample_size))), ndim 1..16 features a split combines, seed, contamination (0, 0.5] or NULL (threshold 0.5), missing_action divide | impute | fail, standardize (ndim > 1: weigh features by their spread), categ_split single | subset, feature_names; NULL means the default; not STRICT for that reason; values are checked where they are used (22023)';
