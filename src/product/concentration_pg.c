/*
 * concentration_pg.c - the aggregates gini, hhi and top_share.
 *
 * They share pg/collect's state: 8 bytes a value, sorted at the end, so that the result is bit for bit the
 * same whatever the order of rows and the number of workers.
 */
#include "postgres.h"

#include <math.h>

#include "pg/collect.h"
#include "pg/compat.h"
#include "pg/report.h"
#include "product/product.h"

static void
check_value(double value)
{
    Failure failure;

    if (isfinite(value) && value >= 0)
        return;
    report_failure(fail(&failure, STATUS_BAD_VALUE, "Leave such rows out with FILTER (WHERE ...).",
                        "argument \"value\" must be finite and at least 0, not %g", value),
                   &failure);
}

static Datum
state_or_null(FunctionCallInfo fcinfo)
{
    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

BI_ML_FUNCTION(biml_concentration_transition)
{
    Collect *state;

    if (PG_ARGISNULL(1))
        return state_or_null(fcinfo);
    check_value(PG_GETARG_FLOAT8(1));
    state = collect_state_or_new(fcinfo);
    collect_add(state, PG_GETARG_FLOAT8(1));
    PG_RETURN_POINTER(state);
}

static int32
top_count(FunctionCallInfo fcinfo)
{
    Failure failure;
    int32 n = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);

    if (PG_ARGISNULL(2))
        report_failure(fail(&failure, STATUS_NULL_VALUE, "Pass the number of greatest values.",
                            "argument \"n\" must not be null"),
                       &failure);
    if (n < 1)
        report_failure(fail(&failure, STATUS_BAD_VALUE, "Pass the number of greatest values.",
                            "argument \"n\" must be at least 1, not %d", n),
                       &failure);
    return n;
}

BI_ML_FUNCTION(biml_top_share_transition)
{
    int32 n = top_count(fcinfo);
    Collect *state;

    if (PG_ARGISNULL(1))
        return state_or_null(fcinfo);
    check_value(PG_GETARG_FLOAT8(1));
    state = collect_state_or_new(fcinfo);
    collect_set_option(state, n);
    collect_add(state, PG_GETARG_FLOAT8(1));
    PG_RETURN_POINTER(state);
}

typedef enum Concentration { GINI, HHI, TOP_SHARE } Concentration;

static Datum
concentration_final(FunctionCallInfo fcinfo, Concentration which)
{
    const Collect *state = collect_state(fcinfo);
    double *sorted, result;

    if (state == NULL)
        PG_RETURN_NULL();
    sorted = collect_sorted(state);
    result = which == GINI  ? concentration_gini(sorted, (size_t)state->n)
             : which == HHI ? concentration_hhi(sorted, (size_t)state->n)
                            : concentration_top_share(sorted, (size_t)state->n, (size_t)state->option);
    pfree(sorted);
    if (isnan(result))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT8(result);
}

BI_ML_FUNCTION(biml_gini_final)
{
    return concentration_final(fcinfo, GINI);
}

BI_ML_FUNCTION(biml_hhi_final)
{
    return concentration_final(fcinfo, HHI);
}

BI_ML_FUNCTION(biml_top_share_final)
{
    return concentration_final(fcinfo, TOP_SHARE);
}
