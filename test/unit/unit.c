#include "unit.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *unit_topic;
static int n_passed, n_failed;

void
unit_begin(const char *topic)
{
    unit_topic = topic;
    gsl_set_error_handler_off();
}

int
unit_end(void)
{
    printf("unit %s: %d passed, %d failed\n", unit_topic, n_passed, n_failed);
    return n_failed > 0 || n_passed == 0;
}

void
unit_check(bool ok, const char *file, int line, const char *format, ...)
{
    va_list args;

    if (ok) {
        n_passed++;
        return;
    }
    n_failed++;
    printf("%s:%d: not ok: ", file, line);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
}

void
unit_check_status(Status got, Status want, const char *file, int line)
{
    unit_check(got == want, file, line, "status %d, expected %d", (int)got, (int)want);
}

void
unit_check_near(double got, double want, double tol, const char *file, int line)
{
    bool near = (isnan(got) && isnan(want)) || got == want || fabs(got - want) <= tol * fmax(1, fabs(want));

    unit_check(near, file, line, "%.17g, expected %.17g within %g", got, want, tol);
}

void
unit_check_text(const char *got, const char *want, const char *file, int line)
{
    bool same = got == want || (got != NULL && want != NULL && strcmp(got, want) == 0);

    unit_check(same, file, line, "\"%s\", expected \"%s\"", got != NULL ? got : "(null)",
               want != NULL ? want : "(null)");
}

void
unit_check_equal(long long got, long long want, const char *file, int line)
{
    unit_check(got == want, file, line, "%lld, expected %lld", got, want);
}

typedef struct Block {
    struct Block *next;
    max_align_t bytes[];
} Block;

typedef struct Arena {
    Env env;
    Block *blocks;
    size_t n_allocations, fail_at;
    size_t n_questions, cancel_at;
} Arena;

static void *
arena_alloc(Env *env, size_t size)
{
    Arena *arena = env->context;
    Block *block;

    if (++arena->n_allocations >= arena->fail_at || size > SIZE_MAX / 2)
        return NULL;
    block = malloc(sizeof(Block) + size);
    if (block == NULL)
        return NULL;
    memset(block->bytes, 0xa5, size);
    block->next = arena->blocks;
    arena->blocks = block;
    return block->bytes;
}

static bool
arena_cancelled(Env *env)
{
    Arena *arena = env->context;

    return ++arena->n_questions >= arena->cancel_at;
}

static Env *
arena_new(size_t fail_at, size_t cancel_at)
{
    Arena *arena = calloc(1, sizeof(Arena));

    if (arena == NULL)
        abort();
    arena->env.alloc = arena_alloc;
    arena->env.cancelled = arena_cancelled;
    arena->env.context = arena;
    arena->fail_at = fail_at;
    arena->cancel_at = cancel_at;
    return &arena->env;
}

Env *
unit_env(void)
{
    return arena_new(SIZE_MAX, SIZE_MAX);
}

Env *
unit_env_failing(size_t n)
{
    return arena_new(n, SIZE_MAX);
}

Env *
unit_env_cancelling(size_t n)
{
    return arena_new(SIZE_MAX, n);
}

size_t
unit_env_allocations(const Env *env)
{
    return ((const Arena *)env->context)->n_allocations;
}

void
unit_env_free(Env *env)
{
    Arena *arena = env->context;

    while (arena->blocks != NULL) {
        Block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
    free(arena);
}

const char *
unit_fixtures(void)
{
    const char *folder = getenv("BI_ML_FIXTURES");

    return folder != NULL && folder[0] != '\0' ? folder : NULL;
}
