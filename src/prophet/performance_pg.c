/*
 * performance_pg.c - prophet_performance_metrics.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "prophet/evaluation.h"

enum { ARG_DS, ARG_CUTOFF, ARG_Y, ARG_YHAT, ARG_LOWER, ARG_UPPER, ARG_ROLLING_WINDOW, ARG_MONTHLY };

typedef struct Column {
    const char *name;
    int n;
    Datum *values;
    bool *nulls;
} Column;

static Column
column_from_arg(FunctionCallInfo fcinfo, int i, const char *name, Oid type)
{
    Column column = {.name = name};
    ArrayType *array;

    if (PG_ARGISNULL(i))
        return column;
    array = PG_GETARG_ARRAYTYPE_P(i);
    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" must be a one-dimensional array, not of %d dimensions", name,
                               ARR_NDIM(array)),
                        errhint("Pass array_agg(%s).", name)));
    deconstruct_array(array, type, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &column.values, &column.nulls,
                      &column.n);
    return column;
}

static Column
required_column(FunctionCallInfo fcinfo, int i, const char *name, Oid type, int n)
{
    Column column;

    arg_require(fcinfo, i, name);
    column = column_from_arg(fcinfo, i, name, type);
    if (n >= 0 && column.n != n)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" has %d elements, argument \"ds\" has %d", name, column.n, n),
                        errhint("Pass array_agg of the columns of the same rows.")));
    for (int r = 0; r < column.n; r++) {
        if (column.nulls[r])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"%s\": element %d must not be null", name, r + 1),
                            errhint("Leave rows without an observed value and a forecast out: "
                                    "array_agg(...) FILTER (WHERE y IS NOT NULL).")));
        if (type == TIMESTAMPOID && TIMESTAMP_NOT_FINITE(DatumGetTimestamp(column.values[r])))
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                     errmsg("argument \"%s\": element %d must be a finite timestamp", name, r + 1),
                     errhint("Leave such rows out: array_agg(...) FILTER (WHERE isfinite(%s)).", name)));
    }
    return column;
}

/* The bounds may be missing, as a whole or in places. */
static Column
bound_column(FunctionCallInfo fcinfo, int i, const char *name, int n)
{
    Column column = column_from_arg(fcinfo, i, name, FLOAT8OID);

    if (!PG_ARGISNULL(i) && column.n != n)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" has %d elements, argument \"ds\" has %d", name, column.n, n),
                        errhint("Pass array_agg of the columns of the same rows.")));
    return column;
}

static double
bound_at(const Column *column, int r)
{
    return r >= column->n || column->nulls[r] ? NAN : DatumGetFloat8(column->values[r]);
}

static ProphetTrial *
trials_from_args(FunctionCallInfo fcinfo, size_t *n)
{
    Column ds = required_column(fcinfo, ARG_DS, "ds", TIMESTAMPOID, -1);
    Column cutoff = required_column(fcinfo, ARG_CUTOFF, "cutoff", TIMESTAMPOID, ds.n);
    Column y = required_column(fcinfo, ARG_Y, "y", FLOAT8OID, ds.n);
    Column yhat = required_column(fcinfo, ARG_YHAT, "yhat", FLOAT8OID, ds.n);
    Column lower = bound_column(fcinfo, ARG_LOWER, "yhat_lower", ds.n);
    Column upper = bound_column(fcinfo, ARG_UPPER, "yhat_upper", ds.n);
    ProphetTrial *trials =
        MemoryContextAllocHuge(CurrentMemoryContext, sizeof(ProphetTrial) * (Size)Max(ds.n, 1));

    for (int r = 0; r < ds.n; r++)
        trials[r] = (ProphetTrial){.ds = DatumGetTimestamp(ds.values[r]),
                                   .cutoff = DatumGetTimestamp(cutoff.values[r]),
                                   .y = DatumGetFloat8(y.values[r]),
                                   .yhat = DatumGetFloat8(yhat.values[r]),
                                   .yhat_lower = bound_at(&lower, r),
                                   .yhat_upper = bound_at(&upper, r)};
    *n = (size_t)ds.n;
    return trials;
}

static Datum
horizon_interval(int64 horizon, bool monthly)
{
    Interval *interval = palloc0(sizeof(Interval));

    if (monthly)
        interval->month = (int32)horizon;
    else {
        interval->day = (int32)(horizon / USECS_PER_DAY);
        interval->time = horizon % USECS_PER_DAY;
    }
    return IntervalPGetDatum(interval);
}

BI_ML_FUNCTION(biml_prophet_performance_metrics)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    double rolling_window = arg_number(fcinfo, ARG_ROLLING_WINDOW, "rolling_window");
    bool monthly = arg_boolean(fcinfo, ARG_MONTHLY, "monthly");
    ProphetPerformance *performance;
    size_t n, n_rows;
    ProphetTrial *trials = trials_from_args(fcinfo, &n);
    Failure failure;
    Env env;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(
        prophet_performance(&env, trials, n, rolling_window, monthly, &performance, &n_rows, &failure),
        &failure);
    for (size_t i = 0; i < n_rows; i++) {
        const ProphetPerformance *row = &performance[i];
        const double numbers[] = {row->mse,   row->rmse,  row->mae,     row->mape,
                                  row->mdape, row->smape, row->coverage};
        Datum values[1 + lengthof(numbers)];
        bool nulls[1 + lengthof(numbers)] = {false};

        CHECK_FOR_INTERRUPTS();
        values[0] = horizon_interval(row->horizon, monthly);
        for (int c = 0; c < (int)lengthof(numbers); c++)
            rows_number(values, nulls, 1 + c, numbers[c]);
        rows_put(rows, values, nulls);
    }
    return (Datum)0;
}
