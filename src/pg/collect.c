#include "pg/aggregate.h"
#include "pg/collect.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/compat.h"

#define FIRST_CAPACITY 64
/* First word of the serialised state, which only travels between processes of one server. */
#define COLLECT_MAGIC 0x626d6331
/* A serialised state is one varlena value, so below 1 GB. */
#define COLLECT_MAX_SERIALIZED 134000000

Collect *
collect_state(FunctionCallInfo fcinfo)
{
    return PG_ARGISNULL(0) ? NULL : (Collect *)PG_GETARG_POINTER(0);
}

static Collect *
collect_new(MemoryContext context, int64 capacity)
{
    Collect *state = MemoryContextAllocZero(context, sizeof(Collect));

    state->capacity = capacity;
    state->values = MemoryContextAllocHuge(context, sizeof(double) * (Size)capacity);
    return state;
}

Collect *
collect_state_or_new(FunctionCallInfo fcinfo)
{
    MemoryContext context = aggregate_context(fcinfo);
    Collect *state = collect_state(fcinfo);

    return state != NULL ? state : collect_new(context, FIRST_CAPACITY);
}

static void
collect_reserve(Collect *state, int64 n)
{
    if (state->n + n <= state->capacity)
        return;
    while (state->capacity < state->n + n)
        state->capacity *= 2;
    state->values = repalloc_huge(state->values, sizeof(double) * (Size)state->capacity);
}

void
collect_add(Collect *state, double value)
{
    collect_reserve(state, 1);
    state->values[state->n++] = value;
}

void
collect_set_option(Collect *state, int64 option)
{
    if (state->option != 0 && state->option != option)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("options of an aggregate must be the same for all rows of a group"),
                        errhint("Pass a constant.")));
    state->option = option;
}

static int
compare_doubles(const void *a, const void *b, void *unused)
{
    double x = *(const double *)a, y = *(const double *)b;

    (void)unused;
    CHECK_FOR_INTERRUPTS();
    return (x > y) - (x < y);
}

double *
collect_sorted(const Collect *state)
{
    Size size = sizeof(double) * (Size)state->n;
    double *sorted = MemoryContextAllocHuge(CurrentMemoryContext, Max(size, 1));

    memcpy(sorted, state->values, size);
    qsort_arg(sorted, (size_t)state->n, sizeof(double), compare_doubles, NULL);
    return sorted;
}

BI_ML_FUNCTION(biml_collect_combine)
{
    MemoryContext context = aggregate_context(fcinfo);
    Collect *to = collect_state(fcinfo);
    const Collect *from = PG_ARGISNULL(1) ? NULL : (Collect *)PG_GETARG_POINTER(1);

    if (from == NULL) {
        if (to == NULL)
            PG_RETURN_NULL();
        PG_RETURN_POINTER(to);
    }
    if (to == NULL)
        to = collect_new(context, FIRST_CAPACITY);
    if (from->option != 0)
        collect_set_option(to, from->option);
    collect_reserve(to, from->n);
    memcpy(to->values + to->n, from->values, sizeof(double) * (Size)from->n);
    to->n += from->n;
    PG_RETURN_POINTER(to);
}

BI_ML_FUNCTION(biml_collect_serialize)
{
    const Collect *state = (Collect *)PG_GETARG_POINTER(0);
    StringInfoData bytes;

    (void)aggregate_context(fcinfo);
    if (state->n > COLLECT_MAX_SERIALIZED)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a parallel worker may collect at most %d values for one group",
                               COLLECT_MAX_SERIALIZED),
                        errhint("Set max_parallel_workers_per_gather to 0 for this query.")));
    pq_begintypsend(&bytes);
    pq_sendint32(&bytes, COLLECT_MAGIC);
    pq_sendint64(&bytes, state->option);
    pq_sendint64(&bytes, state->n);
    pq_sendbytes(&bytes, (const char *)state->values, (int)(sizeof(double) * (Size)state->n));
    PG_RETURN_BYTEA_P(pq_endtypsend(&bytes));
}

BI_ML_FUNCTION(biml_collect_deserialize)
{
    bytea *serialized = PG_GETARG_BYTEA_PP(0);
    StringInfoData bytes;
    Collect *state;
    int64 option, n;

    (void)aggregate_context(fcinfo);
    initStringInfo(&bytes);
    appendBinaryStringInfo(&bytes, VARDATA_ANY(serialized), (int)VARSIZE_ANY_EXHDR(serialized));
    if (pq_getmsgint(&bytes, 4) != COLLECT_MAGIC)
        elog(ERROR, "serialised aggregate state has a wrong first word");
    option = pq_getmsgint64(&bytes);
    n = pq_getmsgint64(&bytes);
    if (n < 0 || n > COLLECT_MAX_SERIALIZED)
        elog(ERROR, "serialised aggregate state has a wrong length");
    state = collect_new(CurrentMemoryContext, Max(n, 1));
    state->option = option;
    state->n = n;
    pq_copymsgbytes(&bytes, (char *)state->values, (int)(sizeof(double) * (Size)n));
    pq_getmsgend(&bytes);
    pfree(bytes.data);
    PG_RETURN_POINTER(state);
}
