/*
 * train_pg.c - the aggregate iforest_train in its three forms.
 *
 * The state holds the rows as float8 and the options; workers' states travel as bytes and are appended. The
 * order of rows does not matter to the core, so neither do plans, workers or merges.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "iforest/iforest_pg.h"
#include "iforest/rows_pg.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"

typedef struct TrainState {
    TrainingRows rows;
    IForestOptions options;
    bool has_options;
    /* The record the options came from, to see cheaply that it is the same on every row; NULL without one. */
    struct varlena *record;
} TrainState;

static MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
    MemoryContext context;

    if (!AggCheckCallContext(fcinfo, &context))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("a support function of iforest_train was called by itself"),
                        errhint("Call the aggregate iforest_train.")));
    return context;
}

static TrainState *
new_state(MemoryContext context)
{
    TrainState *state = MemoryContextAllocZero(context, sizeof(TrainState));

    state->rows.context = context;
    state->options = iforest_default_options();
    return state;
}

/* The first row's options hold for the group; any other is an error. */
static void
set_options(TrainState *state, const IForestOptions *options)
{
    if (!state->has_options) {
        state->options = *options;
        state->has_options = true;
    } else if (!options_equal(&state->options, options)) {
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("the options of iforest_train must be constant within a group"),
                        errhint("Group by the column that the options depend on.")));
    }
}

static void
set_options_from_record(TrainState *state, Datum datum)
{
    struct varlena *record = PG_DETOAST_DATUM(datum);
    MemoryContext old;
    IForestOptions options;

    if (state->record != NULL && VARSIZE(state->record) == VARSIZE(record) &&
        memcmp(state->record, record, VARSIZE(record)) == 0)
        return;
    old = MemoryContextSwitchTo(state->rows.context);
    options = options_from_record(PointerGetDatum(record));
    set_options(state, &options);
    if (state->record == NULL)
        state->record = (struct varlena *)DatumGetPointer(datumCopy(PointerGetDatum(record), false, -1));
    MemoryContextSwitchTo(old);
}

static Datum
add_row(FunctionCallInfo fcinfo, TrainState *state)
{
    ArrayType *array = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);

    rows_add(&state->rows, array);
    if (array != NULL)
        PG_FREE_IF_COPY(array, 1);
    PG_RETURN_POINTER(state);
}

static TrainState *
state_argument(FunctionCallInfo fcinfo)
{
    MemoryContext context = aggregate_context(fcinfo);

    return PG_ARGISNULL(0) ? new_state(context) : (TrainState *)PG_GETARG_POINTER(0);
}

BI_ML_FUNCTION(biml_iforest_train_transition)
{
    return add_row(fcinfo, state_argument(fcinfo));
}

BI_ML_FUNCTION(biml_iforest_train_sizes_transition)
{
    TrainState *state = state_argument(fcinfo);
    IForestOptions options = options_from_sizes(fcinfo, 2);

    set_options(state, &options);
    return add_row(fcinfo, state);
}

BI_ML_FUNCTION(biml_iforest_train_options_transition)
{
    TrainState *state = state_argument(fcinfo);
    IForestOptions defaults = iforest_default_options();

    if (PG_ARGISNULL(2))
        set_options(state, &defaults);
    else
        set_options_from_record(state, PG_GETARG_DATUM(2));
    return add_row(fcinfo, state);
}

static void
copy_options(TrainState *to, const IForestOptions *from)
{
    MemoryContext old = MemoryContextSwitchTo(to->rows.context);
    IForestOptions options = *from;

    if (from->names != NULL) {
        options.names = palloc(sizeof(char *) * (from->n_names + 1));
        for (size_t i = 0; i < from->n_names; i++)
            options.names[i] = pstrdup(from->names[i]);
    }
    set_options(to, &options);
    MemoryContextSwitchTo(old);
}

BI_ML_FUNCTION(biml_iforest_train_combine)
{
    MemoryContext context = aggregate_context(fcinfo);
    TrainState *state = PG_ARGISNULL(0) ? NULL : (TrainState *)PG_GETARG_POINTER(0);
    TrainState *other = PG_ARGISNULL(1) ? NULL : (TrainState *)PG_GETARG_POINTER(1);

    if (state == NULL && other == NULL)
        PG_RETURN_NULL();
    if (state == NULL)
        state = new_state(context);
    if (other != NULL) {
        rows_append(&state->rows, &other->rows);
        if (other->has_options)
            copy_options(state, &other->options);
    }
    PG_RETURN_POINTER(state);
}

/* A state travels within one server, between processes of one library: no version needed, lengths are
 * checked. */
static void
write_options(Writer *w, const IForestOptions *options)
{
    write_i64(w, options->n_trees);
    write_i64(w, options->sample_size);
    write_i64(w, options->max_depth);
    write_i64(w, options->seed);
    write_f64(w, options->contamination);
    write_u8(w, (uint8_t)options->missing);
    write_u8(w, options->names != NULL);
    write_u32(w, (uint32_t)options->n_names);
    for (size_t i = 0; options->names != NULL && i < options->n_names; i++)
        write_text(w, options->names[i]);
}

static bool
read_options(Reader *r, Env *env, IForestOptions *options)
{
    bool has_names;

    options->n_trees = read_i64(r);
    options->sample_size = read_i64(r);
    options->max_depth = read_i64(r);
    options->seed = read_i64(r);
    options->contamination = read_f64(r);
    options->missing = (IForestMissing)read_u8(r);
    has_names = read_u8(r) != 0;
    options->n_names = read_count(r, 4, MaxAllocSize);
    options->names = has_names ? ENV_NEW(env, options->n_names, char *) : NULL;
    for (size_t i = 0; i < options->n_names && options->names != NULL; i++) {
        options->names[i] = read_text(r, env, MaxAllocSize);
        if (options->names[i] == NULL)
            return false;
    }
    return !r->failed && options->missing <= IFOREST_FAIL &&
           iforest_check_options(options, NULL) == STATUS_SUCCESS;
}

static Datum
bytes_of_writer(const Writer *w)
{
    bytea *bytes;

    if (w->failed || w->length > MaxAllocSize - VARHDRSZ)
        ereport(ERROR,
                (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the training rows do not fit in one value"),
                 errhint("Train on a part of the rows.")));
    bytes = palloc(VARHDRSZ + w->length);
    SET_VARSIZE(bytes, VARHDRSZ + w->length);
    memcpy(VARDATA(bytes), w->bytes, w->length);
    return PointerGetDatum(bytes);
}

BI_ML_FUNCTION(biml_iforest_train_serialize)
{
    TrainState *state = (TrainState *)PG_GETARG_POINTER(0);
    Env env;
    Writer w;

    aggregate_context(fcinfo);
    env_pg_init(&env, CurrentMemoryContext);
    writer_init(&w, &env);
    write_u8(&w, state->has_options);
    write_options(&w, &state->options);
    write_i64(&w, state->rows.n_skipped);
    write_u64(&w, state->rows.n_features);
    write_u64(&w, state->rows.n);
    write_bytes(&w, state->rows.x, state->rows.n * state->rows.n_features * sizeof(double));
    return bytes_of_writer(&w);
}

BI_ML_FUNCTION(biml_iforest_train_deserialize)
{
    bytea *bytes = PG_GETARG_BYTEA_PP(0);
    TrainState *state;
    Env env;
    Reader r;
    size_t n, d;

    aggregate_context(fcinfo);
    state = new_state(CurrentMemoryContext);
    env_pg_init(&env, CurrentMemoryContext);
    reader_init(&r, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
    state->has_options = read_u8(&r) != 0;
    if (!read_options(&r, &env, &state->options))
        r.failed = true;
    state->rows.n_skipped = read_i64(&r);
    d = state->rows.n_features = read_u64(&r);
    n = read_u64(&r);
    if (r.failed || d > IFOREST_MAX_FEATURES || n > IFOREST_MAX_ROWS ||
        r.length - r.at != n * d * sizeof(double))
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                        errmsg("the bytes are not a state of iforest_train"),
                        errhint("This function is for the server's own use.")));
    state->rows.n = state->rows.capacity = n;
    if (n > 0) {
        state->rows.x = palloc_extended(n * d * sizeof(double), MCXT_ALLOC_HUGE);
        read_bytes(&r, state->rows.x, n * d * sizeof(double));
    }
    PG_RETURN_POINTER(state);
}

BI_ML_FUNCTION(biml_iforest_train_final)
{
    TrainState *state = PG_ARGISNULL(0) ? NULL : (TrainState *)PG_GETARG_POINTER(0);
    MemoryContext scratch;
    IForest *forest = NULL;
    Failure failure;
    Status status;
    Datum result;
    Env env;

    aggregate_context(fcinfo);
    if (state == NULL || state->rows.n < IFOREST_MIN_ROWS)
        PG_RETURN_NULL();
    scratch = AllocSetContextCreate(CurrentMemoryContext, "iforest_train", ALLOCSET_DEFAULT_SIZES);
    env_pg_init(&env, scratch);
    status = iforest_train(&env, state->rows.x, state->rows.n, state->rows.n_features,
                           (size_t)state->rows.n_skipped, &state->options, &forest, &failure);
    if (status != STATUS_SUCCESS)
        MemoryContextDelete(scratch);
    report_failure(status, &failure);
    result = forest_to_datum(forest, &env);
    MemoryContextDelete(scratch);
    PG_RETURN_DATUM(result);
}
