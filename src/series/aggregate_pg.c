/*
 * aggregate_pg.c - series_agg: rows are collected as they come and sorted once, at the end, in a copy.
 *
 * The transition state is an array in the aggregate's context that doubles; the final function leaves it
 * alone, so that the aggregate works in windows. A worker hands its state over as the binary form of the
 * timeseries type, which is read through the same verifying decoder.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pg/aggregate.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "series/series.h"
#include "series/series_pg.h"

#define FIRST_CAPACITY 32

typedef struct Collected {
    size_t n, capacity; /* rows */
    size_t n_columns;
    SeriesCell *rows;
} Collected;

static Collected *
collected_new(MemoryContext context, size_t n_columns)
{
    Collected *state = MemoryContextAllocZero(context, sizeof(Collected));

    state->n_columns = n_columns;
    state->capacity = FIRST_CAPACITY;
    state->rows = MemoryContextAllocHuge(context, FIRST_CAPACITY * (2 + n_columns) * sizeof(SeriesCell));
    return state;
}

static void
collected_reserve(Collected *state, size_t more)
{
    size_t width = 2 + state->n_columns;
    size_t capacity = state->capacity;

    if (state->n + more > SERIES_MAX_CELLS / width)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a timeseries holds at most %zu rows of %zu columns", SERIES_MAX_CELLS / width,
                               state->n_columns),
                        errhint("Aggregate to a coarser frequency, or split the series.")));
    if (state->n + more <= capacity)
        return;
    while (capacity < state->n + more)
        capacity *= 2;
    state->rows = repalloc_huge(state->rows, capacity * width * sizeof(SeriesCell));
    state->capacity = capacity;
}

static void
check_columns(size_t got, size_t want)
{
    if (got != want)
        ereport(ERROR,
                (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                 errmsg("argument \"x\" must have the same length in every row, not %zu and %zu", want, got),
                 errhint("Pass the same columns for every row of a series; NULL marks a missing number.")));
}

/* The numbers of a one-dimensional float8[]; NULL elements are NaN. */
static void
x_numbers(ArrayType *x, SeriesCell *cells, size_t n)
{
    const char *data = ARR_DATA_PTR(x);
    const bits8 *bitmap = ARR_NULLBITMAP(x);

    for (size_t i = 0; i < n; i++) {
        bool missing = bitmap != NULL && (bitmap[i / 8] & (1 << (i % 8))) == 0;

        cells[i].number = NAN;
        if (missing)
            continue;
        memcpy(&cells[i].number, data, sizeof(double));
        data += sizeof(double);
    }
}

static size_t
x_length(ArrayType *x)
{
    if (ARR_NDIM(x) > 1)
        ereport(ERROR,
                (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                 errmsg("argument \"x\" must be a one-dimensional array, not of %d dimensions", ARR_NDIM(x)),
                 errhint("Pass one number for each column.")));
    if (ARR_NDIM(x) == 1 && ARR_DIMS(x)[0] > SERIES_MAX_COLUMNS)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("argument \"x\" must have at most %d elements, not %d", SERIES_MAX_COLUMNS,
                               ARR_DIMS(x)[0]),
                        errhint("Pass fewer columns.")));
    return ARR_NDIM(x) == 0 ? 0 : (size_t)ARR_DIMS(x)[0];
}

static Collected *
collect(FunctionCallInfo fcinfo, Timestamp ds)
{
    MemoryContext context = aggregate_context(fcinfo);
    Collected *state = PG_ARGISNULL(0) ? NULL : (Collected *)PG_GETARG_POINTER(0);
    ArrayType *x = NULL;
    size_t n_columns = 0;
    SeriesCell *row;
    Failure failure;

    if (PG_NARGS() > 3 && PG_ARGISNULL(3))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"x\" must not be null"),
                        errhint("Pass an array; its elements may be NULL.")));
    if (PG_NARGS() > 3) {
        x = PG_GETARG_ARRAYTYPE_P(3);
        n_columns = x_length(x);
    }
    report_failure(series_check_ds(ds, &failure), &failure);
    if (state == NULL)
        state = collected_new(context, n_columns);
    check_columns(n_columns, state->n_columns);
    collected_reserve(state, 1);
    row = state->rows + state->n++ * (2 + n_columns);
    row[0].ds = ds;
    row[1].number = PG_ARGISNULL(2) ? NAN : PG_GETARG_FLOAT8(2);
    if (x != NULL)
        x_numbers(x, row + 2, n_columns);
    return state;
}

static void
require_ds(FunctionCallInfo fcinfo)
{
    if (PG_ARGISNULL(1))
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"ds\" must not be null"),
                        errhint("Leave such rows out: series_agg(ds, y) FILTER (WHERE ds IS NOT NULL).")));
}

BI_ML_FUNCTION(biml_series_agg_transition)
{
    require_ds(fcinfo);
    PG_RETURN_POINTER(collect(fcinfo, PG_GETARG_TIMESTAMP(1)));
}

BI_ML_FUNCTION(biml_series_agg_date_transition)
{
    DateADT date;

    require_ds(fcinfo);
    date = PG_GETARG_DATEADT(1);
    PG_RETURN_POINTER(collect(fcinfo, DATE_NOT_FINITE(date) ? DT_NOEND : date2timestamp_no_overflow(date)));
}

static void
append(Collected *state, const Series *series)
{
    SeriesCell *row;

    check_columns(series->n_columns, state->n_columns);
    collected_reserve(state, series->n);
    row = state->rows + state->n * (2 + state->n_columns);
    for (size_t i = 0; i < series->n; i++) {
        (row++)->ds = series->ds[i];
        (row++)->number = series->y[i];
        for (size_t c = 0; c < series->n_columns; c++)
            (row++)->number = series->columns[c][i];
    }
    state->n += series->n;
}

static void
append_rows(Collected *state, const Collected *other)
{
    size_t width = 2 + state->n_columns;

    check_columns(other->n_columns, state->n_columns);
    collected_reserve(state, other->n);
    memcpy(state->rows + state->n * width, other->rows, other->n * width * sizeof(SeriesCell));
    state->n += other->n;
}

BI_ML_FUNCTION(biml_series_agg_combine)
{
    MemoryContext context = aggregate_context(fcinfo);
    Collected *state = PG_ARGISNULL(0) ? NULL : (Collected *)PG_GETARG_POINTER(0);
    const Collected *other = PG_ARGISNULL(1) ? NULL : (const Collected *)PG_GETARG_POINTER(1);

    if (other == NULL) {
        if (state == NULL)
            PG_RETURN_NULL();
        PG_RETURN_POINTER(state);
    }
    if (state == NULL)
        state = collected_new(context, other->n_columns);
    append_rows(state, other);
    PG_RETURN_POINTER(state);
}

/* The sorted series of the state, in the current context. */
static Datum
collected_to_datum(const Collected *state)
{
    Env env;
    Series series;
    Failure failure;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(series_from_rows(&env, state->rows, state->n, state->n_columns, &series, &failure),
                   &failure);
    return series_to_datum(&series);
}

BI_ML_FUNCTION(biml_series_agg_serialize)
{
    aggregate_context(fcinfo);
    PG_RETURN_DATUM(collected_to_datum((const Collected *)PG_GETARG_POINTER(0)));
}

BI_ML_FUNCTION(biml_series_agg_deserialize)
{
    Env env;
    Series series;
    Collected *state;

    aggregate_context(fcinfo);
    env_pg_init(&env, CurrentMemoryContext);
    series_from_datum(PG_GETARG_DATUM(0), &env, &series);
    state = collected_new(CurrentMemoryContext, series.n_columns);
    append(state, &series);
    PG_RETURN_POINTER(state);
}

BI_ML_FUNCTION(biml_series_agg_final)
{
    MemoryContext scratch, caller = CurrentMemoryContext;
    Datum result;

    aggregate_context(fcinfo);
    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    scratch = AllocSetContextCreate(caller, "series_agg", ALLOCSET_DEFAULT_SIZES);
    MemoryContextSwitchTo(scratch);
    result = collected_to_datum((const Collected *)PG_GETARG_POINTER(0));
    MemoryContextSwitchTo(caller);
    result = PointerGetDatum(pg_detoast_datum_copy((struct varlena *)DatumGetPointer(result)));
    MemoryContextDelete(scratch);
    PG_RETURN_DATUM(result);
}
