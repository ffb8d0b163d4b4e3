/*
 * env_pg.h - the pure core's Env over a memory context.
 */
#ifndef BI_ML_PG_ENV_PG_H
#define BI_ML_PG_ENV_PG_H

#include "postgres.h"
#include "utils/palloc.h"

#include "kit/env.h"

/* Allocates in `context`; out of memory gives NULL; cancelled when a query cancel or a termination is
 * pending. */
void env_pg_init(Env *env, MemoryContext context);

#endif
