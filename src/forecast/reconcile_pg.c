/*
 * reconcile_pg.c - forecast_reconcile, a window function: the rows of a partition are a total and its parts.
 *
 * All rows of a partition are computed at its first one and kept, 24 bytes a row.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "forecast/reconcile.h"
#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/partition.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "series/series_pg.h"

enum { ARG_YHAT, ARG_LOWER, ARG_UPPER, ARG_IS_TOTAL, ARG_ERRORS, ARG_METHOD, ARG_PAST, ARG_NONNEGATIVE };

typedef struct ReconcileState {
    ReconcileBand *bands; /* by row */
    TupleDesc columns;
} ReconcileState;

static Datum
argument_of_row(WindowObject window, int argument, int64 row, bool *is_null)
{
    bool is_out;

    return WinGetFuncArgInPartition(window, argument, (int)row, WINDOW_SEEK_HEAD, false, is_null, &is_out);
}

static Datum
required_of_row(WindowObject window, int argument, int64 row, const char *name)
{
    bool is_null;
    Datum value = argument_of_row(window, argument, row, &is_null);

    if (is_null)
        arg_is_null(name);
    return value;
}

/* NULL is NaN. */
static double
number_of_row(WindowObject window, int argument, int64 row)
{
    bool is_null;
    Datum value = argument_of_row(window, argument, row, &is_null);

    return is_null ? NAN : DatumGetFloat8(value);
}

static ReconcileRow *
read_partition(WindowObject window, Env *env, int64 n)
{
    ReconcileRow *rows = MemoryContextAllocExtended(CurrentMemoryContext, (Size)n * sizeof(ReconcileRow),
                                                    MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
    size_t n_errors = 0;

    for (int64 i = 0; i < n; i++) {
        ReconcileRow *row = &rows[i];
        bool is_null;
        Datum errors;

        CHECK_FOR_INTERRUPTS();
        row->yhat = number_of_row(window, ARG_YHAT, i);
        row->lower = number_of_row(window, ARG_LOWER, i);
        row->upper = number_of_row(window, ARG_UPPER, i);
        row->past = number_of_row(window, ARG_PAST, i);
        row->is_total = DatumGetBool(required_of_row(window, ARG_IS_TOTAL, i, "is_total"));
        errors = argument_of_row(window, ARG_ERRORS, i, &is_null);
        if (!is_null)
            series_from_datum(errors, env, &row->errors);
        n_errors += row->errors.n;
        if (n_errors > RECONCILE_MAX_ERRORS)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("argument \"errors\" has more than %zu rows in a partition",
                                   RECONCILE_MAX_ERRORS),
                            errhint("Pass the errors of fewer moments, or partition further.")));
    }
    return rows;
}

static void
reconcile_partition(FunctionCallInfo fcinfo, WindowObject window, ReconcileState *state)
{
    static const char *const methods[] = {"bottom_up", "top_down", "mint_shrink"};
    MemoryContext lifetime = partition_context(state);
    MemoryContext work = AllocSetContextCreate(lifetime, "forecast_reconcile", ALLOCSET_DEFAULT_SIZES),
                  caller;
    int64 n = WinGetPartitionRowCount(window);
    Failure failure;
    Env env;
    bool nonnegative;
    int method;

    if (n > PG_INT32_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a partition may have at most %d rows", PG_INT32_MAX),
                        errhint("Split the rows with PARTITION BY.")));
    if (get_call_result_type(fcinfo, NULL, &state->columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "forecast_reconcile returns no row type");
    caller = MemoryContextSwitchTo(lifetime);
    state->columns = BlessTupleDesc(CreateTupleDescCopy(state->columns));
    state->bands = MemoryContextAllocHuge(lifetime, (Size)n * sizeof(ReconcileBand));
    MemoryContextSwitchTo(work);
    env_pg_init(&env, work);
    method = arg_word_of(TextDatumGetCString(required_of_row(window, ARG_METHOD, 0, "method")), "method",
                         methods, lengthof(methods));
    nonnegative = DatumGetBool(required_of_row(window, ARG_NONNEGATIVE, 0, "nonnegative"));
    report_failure(reconcile(&env, read_partition(window, &env, n), (size_t)n, (ReconcileMethod)method,
                             nonnegative, state->bands, &failure),
                   &failure);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
}

BI_ML_FUNCTION(biml_forecast_reconcile)
{
    WindowObject window = PG_WINDOW_OBJECT();
    ReconcileState *state = WinGetPartitionLocalMemory(window, sizeof(ReconcileState));
    const ReconcileBand *band;
    Datum values[3];
    bool nulls[3];

    if (state->bands == NULL)
        reconcile_partition(fcinfo, window, state);
    band = &state->bands[WinGetCurrentPosition(window)];
    if (isnan(band->yhat))
        PG_RETURN_NULL();
    rows_number(values, nulls, 0, band->yhat);
    rows_number(values, nulls, 1, band->lower);
    rows_number(values, nulls, 2, band->upper);
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(state->columns, values, nulls)));
}
