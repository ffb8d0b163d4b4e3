/*
 * aggregate.h - what the support functions of aggregates share.
 */
#ifndef BI_ML_PG_AGGREGATE_H
#define BI_ML_PG_AGGREGATE_H

#include "postgres.h"
#include "fmgr.h"

/* The memory that lives as long as the aggregate's state. SQL itself refuses calls with a state of type
 * internal. */
MemoryContext aggregate_context(FunctionCallInfo fcinfo);

#endif
