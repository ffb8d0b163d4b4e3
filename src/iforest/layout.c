/*
 * layout.c - trees as complete heaps, walked without branches by many rows at once.
 *
 * Node k has the children 2k and 2k+1; the step is k = 2k + (x > threshold), level by level, the same number
 * of levels for every row and tree. Where a tree has ended early its heap goes on with thresholds +inf and
 * the leaf's value below. Rows are taken in blocks, all trees over one block, LANES rows in step, so that the
 * loads of one row hide behind those of the others; a tree of depth 8 is 4.6 kB and stays in the first cache.
 * Thresholds and leaf values are the trees' own float8, and sums run in tree order: the bits of the plain
 * walk (rounding thresholds to float4 would send rows near them the other way).
 *
 * A cell of an extended forest has ndim features and weights, the unused ones of weight 0: such forests get
 * finite rows only (score.c). Used up to depth 10 and 64 MB; deeper forests, and those with categories, are
 * walked as stored.
 */
#include "iforest/iforest_internal.h"

#include <math.h>

#define MAX_HEAP_DEPTH 10
#define MAX_HEAP_BYTES 67108864
#define LANES          16

static uint32_t
tree_depth(const IForestNode *tree, size_t n_nodes)
{
    uint32_t depth = 0, level = 0, open[IFOREST_MAX_DEPTH + 1];
    size_t n_open = 0;

    for (size_t i = 0; i < n_nodes; i++) {
        if (tree[i].right != 0) {
            open[n_open++] = ++level;
            depth = level > depth ? level : depth;
        } else if (n_open > 0) {
            level = open[--n_open];
        }
    }
    return depth;
}

static void
fill_cell(const IForestScorer *s, size_t cell, const IForestNode *node)
{
    const IForestTerm *terms = s->forest->terms;
    size_t ndim = s->forest->ndim;

    s->thresholds[cell] = node->value;
    if (s->weights == NULL) {
        s->features[cell] = (uint16_t)node->feature;
    } else if (node->kind == IFOREST_CUT) {
        s->features[cell * ndim] = (uint16_t)node->feature;
        s->weights[cell * ndim] = 1;
    } else {
        for (size_t i = 0; i < node->n_terms; i++) {
            s->features[cell * ndim + i] = (uint16_t)terms[node->feature + i].feature;
            s->weights[cell * ndim + i] = terms[node->feature + i].weight;
        }
    }
}

/* Copies one tree into its heap; open right children wait on a stack, since nodes come in preorder. */
static void
fill_heap(const IForestScorer *s, uint32_t t)
{
    const IForestNode *tree = s->forest->nodes + s->forest->roots[t];
    size_t n_nodes = s->forest->roots[t + 1] - s->forest->roots[t];
    size_t base = (size_t)t << s->depth, place = 1;
    struct {
        size_t place;
        uint32_t level;
    } open[IFOREST_MAX_DEPTH + 1];
    size_t n_open = 0;
    uint32_t level = 0;

    for (size_t k = 0; k < (size_t)1 << s->depth; k++)
        s->thresholds[base + k] = INFINITY;
    for (size_t i = 0; i < n_nodes; i++) {
        if (tree[i].right != 0) {
            fill_cell(s, base + place, &tree[i]);
            level++;
            open[n_open].place = 2 * place + 1;
            open[n_open++].level = level;
            place *= 2;
            continue;
        }
        for (size_t k = place << (s->depth - level); k < (place + 1) << (s->depth - level); k++)
            s->leaves[base + k - ((size_t)1 << s->depth)] = tree[i].value;
        if (n_open > 0) {
            place = open[--n_open].place;
            level = open[n_open].level;
        }
    }
}

Status
layout_heaps(Env *env, IForestScorer *s, Failure *failure)
{
    const IForest *f = s->forest;
    size_t n_cells, cell_bytes = 2 * sizeof(double) + f->ndim * sizeof(uint16_t);

    s->depth = 0;
    for (uint32_t t = 0; t < f->n_trees; t++) {
        uint32_t depth = tree_depth(f->nodes + f->roots[t], f->roots[t + 1] - f->roots[t]);

        s->depth = depth > s->depth ? depth : s->depth;
    }
    cell_bytes += f->ndim > 1 ? f->ndim * sizeof(double) : 0;
    n_cells = (size_t)f->n_trees << (s->depth <= MAX_HEAP_DEPTH ? s->depth : 0);
    s->laid_out = true;
    if (f->n_categorical > 0 || s->depth > MAX_HEAP_DEPTH || n_cells > MAX_HEAP_BYTES / cell_bytes)
        return STATUS_SUCCESS;
    s->thresholds = ENV_NEW(env, n_cells, double);
    s->features = ENV_NEW(env, n_cells * f->ndim, uint16_t);
    s->weights = f->ndim > 1 ? ENV_NEW(env, n_cells * f->ndim, double) : NULL;
    s->leaves = ENV_NEW(env, n_cells, double);
    if (s->thresholds == NULL || s->features == NULL || s->leaves == NULL ||
        (f->ndim > 1 && s->weights == NULL))
        return fail_out_of_memory(failure);
    for (uint32_t t = 0; t < f->n_trees; t++)
        fill_heap(s, t);
    s->heaped = true;
    return STATUS_SUCCESS;
}

/* LANES rows down one tree in step; unrolled, so that the places of the lanes stay in registers. */
static void
descend_lanes(const double *restrict thresholds, const uint16_t *restrict features,
              const double *restrict leaves, uint32_t depth, const double *restrict x, size_t d,
              double *restrict sums)
{
    uint32_t k[LANES];

    for (size_t r = 0; r < LANES; r++)
        k[r] = 1;
    for (uint32_t level = 0; level < depth; level++)
#pragma GCC unroll 16 /* LANES */
        for (size_t r = 0; r < LANES; r++)
            k[r] = 2 * k[r] + (x[r * d + features[k[r]]] > thresholds[k[r]]);
    for (size_t r = 0; r < LANES; r++)
        sums[r] += leaves[k[r] - (1U << depth)];
}

/* A cell's weighted sum, in term order, as split.h makes it. */
static inline double
cell_sum(const double *restrict weights, const uint16_t *restrict features, size_t ndim,
         const double *restrict row)
{
    double sum = 0;

    for (size_t i = 0; i < ndim; i++)
        sum += weights[i] * row[features[i]];
    return sum;
}

/* LANES rows down one tree of an extended forest. A sum that is not a number goes right. */
static void
descend_sums(const IForestScorer *s, size_t base, const double *restrict x, double *restrict sums)
{
    size_t ndim = s->forest->ndim, d = s->forest->n_features;
    uint32_t k[LANES];

    for (size_t r = 0; r < LANES; r++)
        k[r] = 1;
    for (uint32_t level = 0; level < s->depth; level++)
        for (size_t r = 0; r < LANES; r++) {
            size_t cell = base + k[r];
            double sum = cell_sum(s->weights + cell * ndim, s->features + cell * ndim, ndim, x + r * d);

            k[r] = 2 * k[r] + !(sum <= s->thresholds[cell]);
        }
    for (size_t r = 0; r < LANES; r++)
        sums[r] += s->leaves[base + k[r] - (1U << s->depth)];
}

static uint32_t
next_cell(const IForestScorer *s, size_t base, uint32_t k, const double *row)
{
    size_t cell = base + k, ndim = s->forest->ndim;

    if (s->weights == NULL)
        return 2 * k + (row[s->features[cell]] > s->thresholds[cell]);
    return 2 * k +
           !(cell_sum(s->weights + cell * ndim, s->features + cell * ndim, ndim, row) <= s->thresholds[cell]);
}

/* Adds, in order, the values of one row in LANES trees from tree t on; unrolled as descend_lanes. */
static double
descend_trees(const IForestScorer *s, uint32_t t, const double *restrict row, double sum)
{
    uint32_t depth = s->depth, k[LANES];
    const double *restrict thresholds = s->thresholds + ((size_t)t << depth);
    const uint16_t *restrict features = s->features + ((size_t)t << depth);
    const double *leaves = s->leaves + ((size_t)t << depth);

#pragma GCC unroll 16 /* LANES */
    for (uint32_t r = 0; r < LANES; r++)
        k[r] = 1;
    for (uint32_t level = 0; level < depth; level++)
#pragma GCC unroll 16 /* LANES */
        for (uint32_t r = 0; r < LANES; r++) {
            size_t cell = ((size_t)r << depth) + k[r];

            k[r] = 2 * k[r] + (row[features[cell]] > thresholds[cell]);
        }
    for (uint32_t r = 0; r < LANES; r++)
        sum += leaves[((size_t)r << depth) + k[r] - (1U << depth)];
    return sum;
}

/* One row down all trees, LANES trees in step; the values are added in tree order. */
static double
descend_row(const IForestScorer *s, const double *row)
{
    double sum = 0;
    uint32_t t = 0;

    for (; s->weights == NULL && t + LANES <= s->forest->n_trees; t += LANES)
        sum = descend_trees(s, t, row, sum);
    for (; t < s->forest->n_trees; t += LANES) {
        uint32_t n = s->forest->n_trees - t < LANES ? s->forest->n_trees - t : LANES;
        uint32_t k[LANES];

        for (uint32_t r = 0; r < n; r++)
            k[r] = 1;
        for (uint32_t level = 0; level < s->depth; level++)
            for (uint32_t r = 0; r < n; r++)
                k[r] = next_cell(s, (size_t)(t + r) << s->depth, k[r], row);
        for (uint32_t r = 0; r < n; r++)
            sum += s->leaves[((size_t)(t + r) << s->depth) + k[r] - (1U << s->depth)];
    }
    return sum;
}

void
heap_sums(const IForestScorer *s, const double *x, size_t n, double *sums)
{
    size_t d = s->forest->n_features, n_lanes = n - n % LANES;

    for (size_t i = 0; i < n_lanes; i++)
        sums[i] = 0;
    for (uint32_t t = 0; t < s->forest->n_trees && n_lanes > 0; t++) {
        size_t base = (size_t)t << s->depth;

        for (size_t i = 0; i < n_lanes && s->weights != NULL; i += LANES)
            descend_sums(s, base, x + i * d, sums + i);
        for (size_t i = 0; i < n_lanes && s->weights == NULL; i += LANES)
            descend_lanes(s->thresholds + base, s->features + base, s->leaves + base, s->depth, x + i * d, d,
                          sums + i);
    }
    for (size_t i = n_lanes; i < n; i++)
        sums[i] = descend_row(s, x + i * d);
}
