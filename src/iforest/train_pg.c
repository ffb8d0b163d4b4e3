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
#include "pg/aggregate.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"

typedef struct TrainState {
    TrainingRows rows;
    IForestOptions options;
    bool has_options;
    /* The record the options came from, to see cheaply that it is the same on every row; NULL without one. */
    struct varlena *record;
    CodedRows *coded; /* once the final function has written codes over the rows */
} TrainState;

static TrainState *
new_state(MemoryContext context)
{
    TrainState *state = MemoryContextAllocZero(context, sizeof(TrainState));

    rows_init(&state->rows, context);
    state->options = iforest_default_options();
    return state;
}

/* The first row's options hold for the group; any other is an error. */
static void
set_options(TrainState *state, const IForestOptions *options)
{
    if (!state->has_options) {
        state->options = *options;
        state->rows.seed = options->seed;
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

/* Adds the row of argument 1 and, unless it is 0, the categories of another argument. */
static Datum
add_row(FunctionCallInfo fcinfo, TrainState *state, int categories)
{
    ArrayType *array = PG_ARGISNULL(1) ? NULL : PG_GETARG_ARRAYTYPE_P(1);
    ArrayType *texts = categories == 0 || PG_ARGISNULL(categories) ? NULL : PG_GETARG_ARRAYTYPE_P(categories);

    rows_add(&state->rows, array, texts);
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
    return add_row(fcinfo, state_argument(fcinfo), 0);
}

BI_ML_FUNCTION(biml_iforest_train_sizes_transition)
{
    TrainState *state = state_argument(fcinfo);
    IForestOptions options = options_from_sizes(fcinfo, 2);

    set_options(state, &options);
    return add_row(fcinfo, state, 0);
}

static void
set_options_argument(FunctionCallInfo fcinfo, TrainState *state, int argument)
{
    IForestOptions defaults = iforest_default_options();

    if (PG_ARGISNULL(argument))
        set_options(state, &defaults);
    else
        set_options_from_record(state, PG_GETARG_DATUM(argument));
}

BI_ML_FUNCTION(biml_iforest_train_options_transition)
{
    TrainState *state = state_argument(fcinfo);

    set_options_argument(fcinfo, state, 2);
    return add_row(fcinfo, state, 0);
}

BI_ML_FUNCTION(biml_iforest_train_categories_transition)
{
    TrainState *state = state_argument(fcinfo);

    set_options_argument(fcinfo, state, 3);
    return add_row(fcinfo, state, 2);
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
        if (other->has_options)
            copy_options(state, &other->options);
        rows_append(&state->rows, &other->rows);
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
    write_i64(w, options->ndim);
    write_u8(w, options->standardize);
    write_u8(w, (uint8_t)options->categ_split);
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
    options->ndim = read_i64(r);
    options->standardize = read_u8(r) != 0;
    options->categ_split = (IForestCategSplit)read_u8(r);
    options->levels = NULL;
    options->n_categorical = 0;
    has_names = read_u8(r) != 0;
    options->n_names = read_count(r, 4, MaxAllocSize);
    options->names = has_names ? ENV_NEW(env, options->n_names, char *) : NULL;
    for (size_t i = 0; i < options->n_names && options->names != NULL; i++) {
        options->names[i] = read_text(r, env, MaxAllocSize);
        if (options->names[i] == NULL)
            return false;
    }
    return !r->failed && options->missing <= IFOREST_FAIL && options->categ_split <= IFOREST_SUBSET &&
           iforest_check_options(options, NULL) == STATUS_SUCCESS;
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
    PG_RETURN_BYTEA_P(rows_write(&state->rows, &w));
}

BI_ML_FUNCTION(biml_iforest_train_deserialize)
{
    bytea *bytes = PG_GETARG_BYTEA_PP(0);
    TrainState *state;
    Env env;
    Reader r;

    aggregate_context(fcinfo);
    state = new_state(CurrentMemoryContext);
    env_pg_init(&env, CurrentMemoryContext);
    reader_init(&r, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
    state->has_options = read_u8(&r) != 0;
    if (!read_options(&r, &env, &state->options) || !rows_read(&state->rows, &r))
        ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
                        errmsg("the bytes are not a state of iforest_train"),
                        errhint("This function is for the server's own use.")));
    PG_RETURN_POINTER(state);
}

/* The rows with codes. Categories are written over the rows of a group, which is finished; frames go on. */
static const CodedRows *
coded_rows(FunctionCallInfo fcinfo, TrainState *state)
{
    bool finished = AggCheckCallContext(fcinfo, NULL) == AGG_CONTEXT_AGGREGATE;
    bool in_place = finished && state->rows.n_categories > 0;
    CodedRows *coded = state->coded;
    MemoryContext old;

    if (coded != NULL)
        return coded;
    old = MemoryContextSwitchTo(in_place ? state->rows.context : CurrentMemoryContext);
    coded = palloc0(sizeof(CodedRows));
    rows_code(&state->rows, in_place, coded);
    if (in_place)
        state->coded = coded;
    MemoryContextSwitchTo(old);
    return coded;
}

BI_ML_FUNCTION(biml_iforest_train_final)
{
    TrainState *state = PG_ARGISNULL(0) ? NULL : (TrainState *)PG_GETARG_POINTER(0);
    MemoryContext scratch, old;
    IForest *forest = NULL;
    Failure failure;
    Status status;
    Datum result;
    Env env;

    aggregate_context(fcinfo);
    if (state == NULL || rows_count(&state->rows) < IFOREST_MIN_ROWS)
        PG_RETURN_NULL();
    scratch = AllocSetContextCreate(CurrentMemoryContext, "iforest_train", ALLOCSET_DEFAULT_SIZES);
    env_pg_init(&env, scratch);
    old = MemoryContextSwitchTo(scratch);
    status =
        rows_train(&state->rows, coded_rows(fcinfo, state), &state->options, true, &env, &forest, &failure);
    MemoryContextSwitchTo(old);
    if (status != STATUS_SUCCESS)
        MemoryContextDelete(scratch);
    report_failure(status, &failure);
    result = forest_to_datum(forest, &env);
    MemoryContextDelete(scratch);
    PG_RETURN_DATUM(result);
}
