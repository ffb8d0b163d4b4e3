/*
 * lanes.c - a block of rows in step down the heaps of layout.c, as 16-bit numbers in AVX-512 registers.
 *
 * The thresholds that a forest has for a feature, sorted and each once, are that feature's scale. A threshold
 * is coded as its place there, a value as the number of thresholds below it: code(x) > code(threshold) says
 * exactly what x > threshold says, infinities included. A register holds the codes of 32 rows; a level of a
 * tree, or all features of some rows, is a table of 64 codes in two registers, which one permutation looks up
 * for all 32. Leaf values stay float8 and are added in tree order: the bits of the plain walk.
 *
 * Eight registers go down a tree together, since each waits long for its own permutations.
 *
 * For forests without categories or weighted sums, up to 32 features, depth 8 and 65,535 thresholds a
 * feature, on processors with AVX-512 BW. Measured against the heaps: 5 times as fast for 4 features, 2.5
 * times for 16.
 */
#include "iforest/iforest_internal.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))
#define INLINE static inline __attribute__((always_inline))

#define ROWS      32 /* in a register */
#define GROUPS    (BLOCK_ROWS / ROWS)
#define TABLE     64 /* codes in two registers */
#define MAX_WIDTH 32
#define MAX_DEPTH 8
#define CELLS     (1 << MAX_DEPTH)
#define MAX_CODE  65535

struct Lanes {
    size_t width;         /* the features of a row, filled up to a power of two */
    Scale *scales;        /* per feature */
    uint16_t *thresholds; /* per tree CELLS codes */
    uint16_t *features;
    uint16_t *codes; /* of BLOCK_ROWS rows */
    double *sums;
};

/* The sorted, distinct thresholds of a feature into keys[]. */
static size_t
scale_keys(const IForest *f, uint32_t feature, double *keys)
{
    size_t n_nodes = f->roots[f->n_trees], n = 0;

    for (size_t i = 0; i < n_nodes; i++)
        if (f->nodes[i].right != 0 && f->nodes[i].feature == feature && n++ < MAX_CODE)
            keys[n - 1] = f->nodes[i].value;
    return n > MAX_CODE ? n : scale_sort(keys, n);
}

static Status
code_trees(Env *env, const IForestScorer *s, const Lanes *l, Failure *failure)
{
    size_t n_cells = (size_t)1 << s->depth;

    for (size_t t = 0; t < s->forest->n_trees; t++) {
        if (env_cancelled(env))
            return fail_cancelled(failure);
        for (size_t k = 1; k < n_cells; k++) {
            uint16_t feature = s->features[t * n_cells + k];

            l->features[t * CELLS + k] = feature;
            l->thresholds[t * CELLS + k] =
                (uint16_t)scale_place(&l->scales[feature], s->thresholds[t * n_cells + k]);
        }
    }
    return STATUS_SUCCESS;
}

static void
code_rows(const Lanes *l, const double *x, size_t d, size_t n)
{
    uint32_t places[BLOCK_ROWS];

    for (size_t j = 0; j < d; j++) {
        scale_places(&l->scales[j], x + j, d, n, places);
        for (size_t i = 0; i < n; i++)
            l->codes[i * l->width + j] = (uint16_t)places[i];
    }
}

/* The entries of a heap's table at places k of one level. */
AVX512 INLINE __m512i
look_up(const uint16_t *table, __m512i k, uint32_t level)
{
    const __m512i *t = (const __m512i *)(const void *)table;
    __m512i low, high;

    /* A permutation minds the low 5 or 6 bits of k alone. */
    if (level <= 5)
        return _mm512_permutexvar_epi16(k, t[level == 5]);
    if (level == 6)
        return _mm512_permutex2var_epi16(t[2], k, t[3]);
    low = _mm512_permutex2var_epi16(t[4], k, t[5]);
    high = _mm512_permutex2var_epi16(t[6], k, t[7]);
    return _mm512_mask_blend_epi16(_mm512_test_epi16_mask(k, _mm512_set1_epi16(TABLE)), low, high);
}

/* Of each of 32 coded rows the code of its feature. Two registers have those of TABLE / width rows; each
 * permutation fills in their lanes and leaves the other lanes' places for the next. */
AVX512 INLINE __m512i
pick(const uint16_t *codes, size_t width, __m512i places)
{
    const __m512i *table = (const __m512i *)(const void *)codes;
    size_t n = TABLE / width;

#pragma GCC unroll 16
    for (size_t i = 0; i < width / 2; i++) {
        __mmask32 lanes = (__mmask32)((((uint64_t)1 << n) - 1) << (i * n));

        places = _mm512_mask2_permutex2var_epi16(table[2 * i], places, lanes, table[2 * i + 1]);
    }
    return places;
}

AVX512 INLINE void
add_leaves(const double *leaves, __m512i k, double *sums)
{
    __m256i halves[2] = {_mm512_castsi512_si256(k), _mm512_extracti64x4_epi64(k, 1)};

#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r += 8) {
        __m256i half = halves[r / 16];
        __m128i places = r % 16 == 0 ? _mm256_castsi256_si128(half) : _mm256_extracti128_si256(half, 1);
        __m512d values = _mm512_i32gather_pd(_mm256_cvtepu16_epi32(places), leaves, 8);

        _mm512_store_pd(sums + r, _mm512_add_pd(_mm512_load_pd(sums + r), values));
    }
}

/* All coded rows down one tree; `starts` are the places of the rows' first codes in their tables. */
AVX512 INLINE void
descend(const Lanes *l, size_t width, __m512i starts, size_t tree, const double *leaves, uint32_t depth)
{
    const uint16_t *thresholds = l->thresholds + tree * CELLS, *features = l->features + tree * CELLS;
    __m512i k[GROUPS];

    for (size_t g = 0; g < GROUPS; g++)
        k[g] = _mm512_set1_epi16(1);
#pragma GCC unroll 8
    for (uint32_t level = 0; level < MAX_DEPTH; level++) {
        if (level == depth)
            break;
#pragma GCC unroll 8
        for (size_t g = 0; g < GROUPS; g++) {
            __m512i places = _mm512_add_epi16(look_up(features, k[g], level), starts);
            __m512i x = pick(l->codes + g * ROWS * width, width, places);
            __mmask32 right = _mm512_cmpgt_epu16_mask(x, look_up(thresholds, k[g], level));

            k[g] = _mm512_add_epi16(k[g], k[g]);
            k[g] = _mm512_mask_add_epi16(k[g], right, k[g], _mm512_set1_epi16(1));
        }
    }
#pragma GCC unroll 8
    for (size_t g = 0; g < GROUPS; g++)
        add_leaves(leaves, k[g], l->sums + g * ROWS);
}

AVX512 INLINE void
descend_all(const IForestScorer *s, size_t width)
{
    uint16_t starts[ROWS];

    for (size_t r = 0; r < ROWS; r++)
        starts[r] = (uint16_t)(r * width % TABLE);
    for (size_t t = 0; t < s->forest->n_trees; t++)
        descend(s->lanes, width, _mm512_loadu_si512(starts), t,
                s->leaves + (t << s->depth) - ((size_t)1 << s->depth), s->depth);
}

/* One copy for each width, whose loops are unrolled. */
static AVX512 void
descend_width(const IForestScorer *s)
{
    switch (s->lanes->width) {
    case 2:
        descend_all(s, 2);
        break;
    case 4:
        descend_all(s, 4);
        break;
    case 8:
        descend_all(s, 8);
        break;
    case 16:
        descend_all(s, 16);
        break;
    default:
        descend_all(s, MAX_WIDTH);
    }
}

static bool
fits(const IForestScorer *s)
{
    return s->heaped && s->weights == NULL && s->depth > 0 && s->depth <= MAX_DEPTH &&
           s->forest->n_features <= MAX_WIDTH && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
}

Status
lanes_build(Env *env, IForestScorer *s, Failure *failure)
{
    const IForest *f = s->forest;
    Lanes *l;
    double *keys;

    if (!fits(s))
        return STATUS_SUCCESS;
    l = ENV_NEW(env, 1, Lanes);
    keys = ENV_NEW(env, MAX_CODE, double);
    if (l == NULL || keys == NULL)
        return fail_out_of_memory(failure);
    l->width = 2;
    while (l->width < f->n_features)
        l->width *= 2;
    l->scales = ENV_NEW(env, f->n_features, Scale);
    l->thresholds = new_aligned(env, (size_t)f->n_trees * CELLS, sizeof(uint16_t));
    l->features = new_aligned(env, (size_t)f->n_trees * CELLS, sizeof(uint16_t));
    l->codes = new_aligned(env, BLOCK_ROWS * l->width, sizeof(uint16_t));
    l->sums = new_aligned(env, BLOCK_ROWS, sizeof(double));
    if (l->scales == NULL || l->thresholds == NULL || l->features == NULL || l->codes == NULL ||
        l->sums == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t j = 0; j < f->n_features; j++) {
        size_t n = scale_keys(f, j, keys);

        if (env_cancelled(env))
            return fail_cancelled(failure);
        if (n > MAX_CODE)
            return STATUS_SUCCESS;
        RETURN_IF_FAILED(scale_build(env, keys, n, &l->scales[j], failure));
    }
    RETURN_IF_FAILED(code_trees(env, s, l, failure));
    s->lanes = l;
    return STATUS_SUCCESS;
}

void
lanes_sums(const IForestScorer *s, const double *x, size_t n, double *sums)
{
    Lanes *l = s->lanes;

    /* Of fewer rows than a block, what the last ones left takes the other lanes. */
    code_rows(l, x, s->forest->n_features, n);
    memset(l->sums, 0, BLOCK_ROWS * sizeof(double));
    descend_width(s);
    memcpy(sums, l->sums, n * sizeof(double));
}

#else

Status
lanes_build(Env *env, IForestScorer *s, Failure *failure)
{
    (void)env;
    (void)s;
    (void)failure;
    return STATUS_SUCCESS;
}

void
lanes_sums(const IForestScorer *s, const double *x, size_t n, double *sums)
{
    heap_sums(s, x, n, sums);
}

#endif
