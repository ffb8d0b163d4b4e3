/*
 * aggregate.c - see aggregate.h.
 */
#include "pg/aggregate.h"

MemoryContext
aggregate_context(FunctionCallInfo fcinfo)
{
    MemoryContext context;

    if (!AggCheckCallContext(fcinfo, &context))
        elog(ERROR, "aggregate support function called outside an aggregate");
    return context;
}
