-- iforest: training (aggregates) and scoring (with a model, and over a window).

CREATE FUNCTION @extschema@.iforest_train_transition(state internal, VARIADIC x float8[]) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_train_transition';
CREATE FUNCTION @extschema@.iforest_train_transition(state internal, x float8[], n_trees int, sample_size int, seed bigint) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_train_sizes_transition';
CREATE FUNCTION @extschema@.iforest_train_transition(state internal, x float8[], options @extschema@.iforest_options) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_train_options_transition';
CREATE FUNCTION @extschema@.iforest_train_transition(state internal, x float8[], categories text[], options @extschema@.iforest_options) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_train_categories_transition';
CREATE FUNCTION @extschema@.iforest_train_combine(state internal, other internal) RETURNS internal
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_train_combine';
CREATE FUNCTION @extschema@.iforest_train_serialize(state internal) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_train_serialize';
CREATE FUNCTION @extschema@.iforest_train_deserialize(bytes bytea, unused internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'biml_iforest_train_deserialize';
CREATE FUNCTION @extschema@.iforest_train_final(state internal) RETURNS @extschema@.iforest
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'biml_iforest_train_final';

COMMENT ON FUNCTION @extschema@.iforest_train_transition(internal, float8[]) IS 'support function of iforest_train; not STRICT: NULLs are missing values';
COMMENT ON FUNCTION @extschema@.iforest_train_transition(internal, float8[], int, int, bigint) IS 'support function of iforest_train with sizes and seed; not STRICT: a NULL option has its default';
COMMENT ON FUNCTION @extschema@.iforest_train_transition(internal, float8[], @extschema@.iforest_options) IS 'support function of iforest_train with options; not STRICT: NULL options are the defaults';
COMMENT ON FUNCTION @extschema@.iforest_train_transition(internal, float8[], text[], @extschema@.iforest_options) IS 'support function of iforest_train with categories; not STRICT: NULL options are the defaults';
COMMENT ON FUNCTION @extschema@.iforest_train_combine(internal, internal) IS 'support function of iforest_train; not STRICT: either state may be missing';
COMMENT ON FUNCTION @extschema@.iforest_train_serialize(internal) IS 'support function of iforest_train';
COMMENT ON FUNCTION @extschema@.iforest_train_deserialize(bytea, internal) IS 'support function of iforest_train';
COMMENT ON FUNCTION @extschema@.iforest_train_final(internal) IS 'support function of iforest_train; not STRICT: no rows give NULL';

CREATE AGGREGATE @extschema@.iforest_train(VARIADIC x float8[]) (
    SFUNC = @extschema@.iforest_train_transition, STYPE = internal, SSPACE = 65536,
    FINALFUNC = @extschema@.iforest_train_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.iforest_train_combine,
    SERIALFUNC = @extschema@.iforest_train_serialize, DESERIALFUNC = @extschema@.iforest_train_deserialize,
    PARALLEL = SAFE);
CREATE AGGREGATE @extschema@.iforest_train(x float8[], n_trees int, sample_size int, seed bigint) (
    SFUNC = @extschema@.iforest_train_transition, STYPE = internal, SSPACE = 65536,
    FINALFUNC = @extschema@.iforest_train_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.iforest_train_combine,
    SERIALFUNC = @extschema@.iforest_train_serialize, DESERIALFUNC = @extschema@.iforest_train_deserialize,
    PARALLEL = SAFE);
CREATE AGGREGATE @extschema@.iforest_train(x float8[], options @extschema@.iforest_options) (
    SFUNC = @extschema@.iforest_train_transition, STYPE = internal, SSPACE = 65536,
    FINALFUNC = @extschema@.iforest_train_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.iforest_train_combine,
    SERIALFUNC = @extschema@.iforest_train_serialize, DESERIALFUNC = @extschema@.iforest_train_deserialize,
    PARALLEL = SAFE);
CREATE AGGREGATE @extschema@.iforest_train(x float8[], categories text[], options @extschema@.iforest_options) (
    SFUNC = @extschema@.iforest_train_transition, STYPE = internal, SSPACE = 65536,
    FINALFUNC = @extschema@.iforest_train_final, FINALFUNC_MODIFY = READ_ONLY,
    COMBINEFUNC = @extschema@.iforest_train_combine,
    SERIALFUNC = @extschema@.iforest_train_serialize, DESERIALFUNC = @extschema@.iforest_train_deserialize,
    PARALLEL = SAFE);

COMMENT ON AGGREGATE @extschema@.iforest_train(float8[]) IS
    'an Isolation Forest of 100 trees of 256 rows from the given columns (an array as VARIADIC arr); NULL and NaN are missing values, rows without any value are skipped, fewer than 8 usable rows give NULL; the same rows in any order give the same bytes; 22000 on an infinite value, 2202E when rows differ in length; of more than 2^22 rows or 512 MB a sample is kept that depends on the rows and the seed alone';
COMMENT ON AGGREGATE @extschema@.iforest_train(float8[], int, int, bigint) IS
    'as iforest_train(VARIADIC x) with the number of trees, the rows each tree sees, and the seed; NULL means the default (100, 256, 42); 22023 out of range or not constant within a group';
COMMENT ON AGGREGATE @extschema@.iforest_train(float8[], @extschema@.iforest_options) IS
    'as iforest_train(VARIADIC x) with options made by iforest_options(); 22023 out of range or not constant within a group, 22004 on a missing value under missing_action fail';
COMMENT ON AGGREGATE @extschema@.iforest_train(float8[], text[], @extschema@.iforest_options) IS
    'as iforest_train(x, options) with categories (text; enums by cast) beside the numbers: NULL elements are missing, x may be NULL or empty; the 1,000 most frequent categories of each are told apart, the rest are one; NULL options are the defaults; 54000 on a category over 256 bytes';

CREATE FUNCTION @extschema@.iforest_score(model @extschema@.iforest, VARIADIC x float8[]) RETURNS float8
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50 AS 'MODULE_PATHNAME', 'biml_iforest_score';
COMMENT ON FUNCTION @extschema@.iforest_score(@extschema@.iforest, float8[]) IS
    'the anomaly score of one row, between 0 and 1, 0.5 is average; x are the features the model was trained on, in their order (an array as VARIADIC arr); NULL elements are missing values, a row without any value or a NULL model gives NULL; 2202E on another number of features';
CREATE FUNCTION @extschema@.iforest_score(model @extschema@.iforest, x float8[], categories text[]) RETURNS float8
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_iforest_score_categories';
COMMENT ON FUNCTION @extschema@.iforest_score(@extschema@.iforest, float8[], text[]) IS
    'as iforest_score(model, VARIADIC x) for a model of numbers and categories; a category the model has not seen takes the smaller side of a split; not STRICT: a NULL array is an empty one, both NULL or a NULL model give NULL; 2202E on other numbers of features';

CREATE FUNCTION @extschema@.iforest_score(VARIADIC x float8[]) RETURNS float8
    LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_iforest_score_window';
CREATE FUNCTION @extschema@.iforest_score(x float8[], n_trees int DEFAULT 100, sample_size int DEFAULT 256, seed bigint DEFAULT 42) RETURNS float8
    LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_iforest_score_sizes_window';
CREATE FUNCTION @extschema@.iforest_score(x float8[], options @extschema@.iforest_options) RETURNS float8
    LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_iforest_score_options_window';
CREATE FUNCTION @extschema@.iforest_score(x float8[], categories text[], options @extschema@.iforest_options) RETURNS float8
    LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 100 AS 'MODULE_PATHNAME', 'biml_iforest_score_categories_window';

COMMENT ON FUNCTION @extschema@.iforest_score(float8[]) IS
    'window function: trains a forest on the whole partition (a frame is ignored) and scores each row, between 0 and 1; NULL elements are missing values, a row without any value scores NULL, as do partitions of fewer than 8 usable rows; not STRICT for that reason; 22000 on an infinite value; beyond 2^22 rows or 512 MB the forest is trained on a sample, as by iforest_train';
COMMENT ON FUNCTION @extschema@.iforest_score(float8[], int, int, bigint) IS
    'window function: as iforest_score(VARIADIC x) OVER, the row as one array, with the number of trees, the rows each tree sees and the seed, constant within a partition (22023)';
COMMENT ON FUNCTION @extschema@.iforest_score(float8[], @extschema@.iforest_options) IS
    'window function: as iforest_score(VARIADIC x) OVER, the row as one array, with options made by iforest_options(), constant within a partition (22023)';
COMMENT ON FUNCTION @extschema@.iforest_score(float8[], text[], @extschema@.iforest_options) IS
    'window function: as iforest_score(x, options) OVER with categories (text; enums by cast) beside the numbers; NULL options are the defaults';

CREATE FUNCTION @extschema@.iforest_explain(model @extschema@.iforest, VARIADIC x float8[], OUT feature int, OUT contribution float8, OUT name text) RETURNS SETOF record
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'biml_iforest_explain';
CREATE FUNCTION @extschema@.iforest_explain(model @extschema@.iforest, x float8[], categories text[], OUT feature int, OUT contribution float8, OUT name text) RETURNS SETOF record
    LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 10 AS 'MODULE_PATHNAME', 'biml_iforest_explain_categories';
COMMENT ON FUNCTION @extschema@.iforest_explain(@extschema@.iforest, float8[]) IS
    'why a row scores what it scores: a line for each feature, with the share of the average path length that its cuts saved (above 0: it makes the row unusual); score = 2 ^ (sum(contribution) - 1); NULL contributions for a row without any value; errors as iforest_score';
COMMENT ON FUNCTION @extschema@.iforest_explain(@extschema@.iforest, float8[], text[]) IS
    'as iforest_explain(model, VARIADIC x) for a model of numbers and categories, which are numbered after the numbers; not STRICT: as iforest_score(model, x, categories), no lines where that gives NULL for want of arguments';

CREATE FUNCTION @extschema@.iforest_update(model @extschema@.iforest, newer @extschema@.iforest, replace_fraction float8) RETURNS @extschema@.iforest
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS 'MODULE_PATHNAME', 'biml_iforest_update';
COMMENT ON FUNCTION @extschema@.iforest_update(@extschema@.iforest, @extschema@.iforest, float8) IS
    'the model with its oldest trees (replace_fraction of them, rounded, at least one) replaced by the first trees of newer, a forest of the same features and options trained on new rows; threshold and score quantiles are averages of both; 22023 on a fraction outside (0, 1], too few newer trees, or models that do not match';

CREATE FUNCTION @extschema@.iforest_info(model @extschema@.iforest) RETURNS jsonb
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS 'MODULE_PATHNAME', 'biml_iforest_info';
COMMENT ON FUNCTION @extschema@.iforest_info(@extschema@.iforest) IS
    'what a model holds: n_trees, sample_size (rows a tree saw), max_depth, seed, missing_action, n_rows, n_skipped, ndim, standardize, categ_split, subsampled (trained on a sample of n_rows), n_updates, n_nodes, contamination, threshold (an anomaly scores above it), features (name, type, min and max or n_categories, n_missing) and score_quantiles (0 % to 100 % of the training scores)';
