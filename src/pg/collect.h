/*
 * collect.h - the state of an aggregate that keeps all its float8 values until the end.
 *
 * For statistics that need the sorted values. The final function sorts a copy, so the state may be used in
 * windows; partial states are combined by concatenation, so a result that depends only on the sorted values
 * is the same with any number of parallel workers.
 */
#ifndef BI_ML_PG_COLLECT_H
#define BI_ML_PG_COLLECT_H

#include "postgres.h"
#include "fmgr.h"

typedef struct Collect {
    int64 n;
    int64 capacity;
    int64 option; /* a further argument of the aggregate, the same for all its rows; not used if 0 */
    double *values;
} Collect;

/* The state in argument 0, or NULL before the first value. */
Collect *collect_state(FunctionCallInfo fcinfo);

/* The state in argument 0, made in the aggregate's memory if there is none yet. */
Collect *collect_state_or_new(FunctionCallInfo fcinfo);

/* Raises 22023 if the option, which is not 0, was another one before. */
void collect_set_option(Collect *state, int64 option);

void collect_add(Collect *state, double value);

/* A copy in ascending order, in the current memory context. Cancellable. */
double *collect_sorted(const Collect *state);

#endif
