/*
 * metric_pg.c - the aggregates mae, rmse, bias, mape, smape, wape, mase, coverage, pinball and winkler.
 *
 * One state for all; each aggregate has a transition function of its own, which says what it is.
 */
#include "postgres.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "utils/memutils.h"

#include "metric/metric.h"
#include "pg/aggregate.h"
#include "pg/compat.h"
#include "pg/report.h"

/* First word of the serialised state, which only travels between processes of one server. */
#define METRIC_MAGIC 0x626d6d31

static MetricState *
state_of(FunctionCallInfo fcinfo, int i)
{
    return PG_ARGISNULL(i) ? NULL : (MetricState *)PG_GETARG_POINTER(i);
}

static Datum
metric_transition(FunctionCallInfo fcinfo, MetricKind kind)
{
    MetricState *state = state_of(fcinfo, 0);
    double row[METRIC_MAX_ARGUMENTS];
    Failure failure;

    if (state == NULL) {
        state = MemoryContextAllocZero(aggregate_context(fcinfo), sizeof(MetricState));
        state->kind = kind;
    }
    for (int i = 0; i < metric_n_arguments(kind); i++)
        row[i] = PG_ARGISNULL(i + 1) ? NAN : PG_GETARG_FLOAT8(i + 1);
    report_failure(metric_add(state, row, &failure), &failure);
    PG_RETURN_POINTER(state);
}

#define METRIC_TRANSITION(name, kind)                                                                        \
    BI_ML_FUNCTION(biml_##name##_transition)                                                                 \
    {                                                                                                        \
        return metric_transition(fcinfo, kind);                                                              \
    }

METRIC_TRANSITION(mae, METRIC_MAE)
METRIC_TRANSITION(rmse, METRIC_RMSE)
METRIC_TRANSITION(bias, METRIC_BIAS)
METRIC_TRANSITION(mape, METRIC_MAPE)
METRIC_TRANSITION(smape, METRIC_SMAPE)
METRIC_TRANSITION(wape, METRIC_WAPE)
METRIC_TRANSITION(mase, METRIC_MASE)
METRIC_TRANSITION(coverage, METRIC_COVERAGE)
METRIC_TRANSITION(pinball, METRIC_PINBALL)
METRIC_TRANSITION(winkler, METRIC_WINKLER)

BI_ML_FUNCTION(biml_metric_combine)
{
    MemoryContext context = aggregate_context(fcinfo);
    MetricState *to = state_of(fcinfo, 0);
    const MetricState *from = state_of(fcinfo, 1);

    if (from == NULL) {
        if (to == NULL)
            PG_RETURN_NULL();
        PG_RETURN_POINTER(to);
    }
    if (to == NULL) {
        to = MemoryContextAlloc(context, sizeof(MetricState));
        *to = *from;
    } else
        metric_merge(to, from);
    PG_RETURN_POINTER(to);
}

BI_ML_FUNCTION(biml_metric_serialize)
{
    StringInfoData bytes;

    (void)aggregate_context(fcinfo);
    pq_begintypsend(&bytes);
    pq_sendint32(&bytes, METRIC_MAGIC);
    pq_sendbytes(&bytes, PG_GETARG_POINTER(0), sizeof(MetricState));
    PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

BI_ML_FUNCTION(biml_metric_deserialize)
{
    bytea *serialized = PG_GETARG_BYTEA_PP(0);
    StringInfoData bytes;
    MetricState *state = palloc(sizeof(MetricState));

    (void)aggregate_context(fcinfo);
    initStringInfo(&bytes);
    appendBinaryStringInfo(&bytes, VARDATA_ANY(serialized), (int)VARSIZE_ANY_EXHDR(serialized));
    if (pq_getmsgint(&bytes, 4) != METRIC_MAGIC)
        elog(ERROR, "serialised aggregate state has a wrong first word");
    pq_copymsgbytes(&bytes, (char *)state, sizeof(MetricState));
    pq_getmsgend(&bytes);
    pfree(bytes.data);
    PG_RETURN_POINTER(state);
}

BI_ML_FUNCTION(biml_metric_final)
{
    const MetricState *state = state_of(fcinfo, 0);
    double value = state == NULL ? NAN : metric_value(state);

    if (isnan(value))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT8(value);
}
