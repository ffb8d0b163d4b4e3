#include "pg/env_pg.h"

#include <sys/mman.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#define HUGE_PAGE      2097152
#define HUGE_PAGES_PAY 4194304 /* bytes */

void
prefer_huge_pages(void *memory, Size size)
{
#ifdef MADV_HUGEPAGE
    char *begin = (char *)TYPEALIGN(HUGE_PAGE, memory),
         *end = (char *)TYPEALIGN_DOWN(HUGE_PAGE, (char *)memory + size);

    if (size >= HUGE_PAGES_PAY)
        (void)madvise(begin, (size_t)(end - begin), MADV_HUGEPAGE);
#endif
}

static void *
pg_alloc(Env *env, size_t size)
{
    void *memory;

    if (!AllocHugeSizeIsValid(size))
        return NULL;
    memory =
        MemoryContextAllocExtended((MemoryContext)env->context, size, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
    if (memory != NULL)
        prefer_huge_pages(memory, size);
    return memory;
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
