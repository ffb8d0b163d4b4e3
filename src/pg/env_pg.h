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

/* Asks the system for huge pages, where it has them, under what is about to be written: of a few megabytes it
 * takes less time to get them one by one. */
void prefer_huge_pages(void *memory, Size size);

#endif
