#include "pg/env_pg.h"

#include "miscadmin.h"
#include "utils/memutils.h"

static void *
pg_alloc(Env *env, size_t size)
{
    if (!AllocHugeSizeIsValid(size))
        return NULL;
    return MemoryContextAllocExtended((MemoryContext)env->context, size, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
}

static bool
pg_cancelled(Env *env)
{
    (void)env;
    return InterruptPending && (QueryCancelPending || ProcDiePending);
}

void
env_pg_init(Env *env, MemoryContext context)
{
    env->alloc = pg_alloc;
    env->cancelled = pg_cancelled;
    env->context = context;
}
