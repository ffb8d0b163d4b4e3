/*
 * reorder_pg.c - reorder_point: arguments and the one row.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "forecast/reorder.h"
#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "series/series_pg.h"

enum {
    ARG_FORECAST,
    ARG_LEAD_TIME,
    ARG_LEAD_TIME_SD,
    ARG_REVIEW_PERIOD,
    ARG_SERVICE_LEVEL,
    ARG_ON_HAND,
    ARG_ON_ORDER,
    ARG_PACK_SIZE,
    ARG_MIN_ORDER,
    ARG_ERRORS,
    ARG_INTERVAL_WIDTH
};

static double
number_or(FunctionCallInfo fcinfo, int i, double otherwise)
{
    return PG_ARGISNULL(i) ? otherwise : PG_GETARG_FLOAT8(i);
}

static void
read_options(FunctionCallInfo fcinfo, ReorderOptions *o)
{
    reorder_options_init(o);
    o->lead_time = arg_number(fcinfo, ARG_LEAD_TIME, "lead_time");
    o->lead_time_sd = arg_number(fcinfo, ARG_LEAD_TIME_SD, "lead_time_sd");
    o->review_period = arg_number(fcinfo, ARG_REVIEW_PERIOD, "review_period");
    o->service_level = arg_number(fcinfo, ARG_SERVICE_LEVEL, "service_level");
    o->on_hand = number_or(fcinfo, ARG_ON_HAND, NAN);
    o->on_order = number_or(fcinfo, ARG_ON_ORDER, NAN);
    o->pack_size = number_or(fcinfo, ARG_PACK_SIZE, 1);
    o->min_order = number_or(fcinfo, ARG_MIN_ORDER, 0);
    o->interval_width = arg_number(fcinfo, ARG_INTERVAL_WIDTH, "interval_width");
}

BI_ML_FUNCTION(biml_reorder_point)
{
    MemoryContext work, caller;
    Series forecast, errors = {0};
    ReorderOptions options;
    ReorderPoint point;
    TupleDesc columns;
    Failure failure;
    Datum values[6];
    bool nulls[6] = {false};
    Env env;

    read_options(fcinfo, &options);
    if (PG_ARGISNULL(ARG_FORECAST))
        PG_RETURN_NULL();
    if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
        elog(ERROR, "reorder_point returns no row type");
    work = AllocSetContextCreate(CurrentMemoryContext, "reorder_point", ALLOCSET_DEFAULT_SIZES);
    caller = MemoryContextSwitchTo(work);
    env_pg_init(&env, work);
    series_from_datum(PG_GETARG_DATUM(ARG_FORECAST), &env, &forecast);
    if (!PG_ARGISNULL(ARG_ERRORS))
        series_from_datum(PG_GETARG_DATUM(ARG_ERRORS), &env, &errors);
    report_failure(reorder_point(&env, &forecast, &errors, &options, &point, &failure), &failure);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
    rows_number(values, nulls, 0, point.demand);
    rows_number(values, nulls, 1, point.demand_sd);
    rows_number(values, nulls, 2, point.safety_stock);
    rows_number(values, nulls, 3, point.reorder_point);
    rows_number(values, nulls, 4, point.order_quantity);
    values[5] = CStringGetTextDatum(reorder_method_text(point.method));
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls)));
}
