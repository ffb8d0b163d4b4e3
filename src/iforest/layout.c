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
 * Used up to depth 10 and 64 MB; deeper forests are walked as stored.
 */
#include "iforest/iforest_internal.h"

#include <math.h>

#define MAX_HEAP_DEPTH 10
#define MAX_HEAP_CELLS 3670016 /* times 18 bytes: 64 MB */
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
            s->thresholds[base + place] = tree[i].value;
            s->features[base + place] = (uint16_t)tree[i].feature;
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
    size_t n_cells;
    bool fits;

    s->depth = 0;
    for (uint32_t t = 0; t < f->n_trees; t++) {
        uint32_t depth = tree_depth(f->nodes + f->roots[t], f->roots[t + 1] - f->roots[t]);

        s->depth = depth > s->depth ? depth : s->depth;
    }
    n_cells = (size_t)f->n_trees << (s->depth <= MAX_HEAP_DEPTH ? s->depth : 0);
    fits = s->depth <= MAX_HEAP_DEPTH && n_cells <= MAX_HEAP_CELLS;
    if (!fits) {
        s->laid_out = true;
        return STATUS_SUCCESS;
    }
    s->thresholds = ENV_NEW(env, n_cells, double);
    s->features = ENV_NEW(env, n_cells, uint16_t);
    s->leaves = ENV_NEW(env, n_cells, double);
    if (s->thresholds == NULL || s->features == NULL || s->leaves == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t t = 0; t < f->n_trees; t++)
        fill_heap(s, t);
    s->laid_out = s->heaped = true;
    return STATUS_SUCCESS;
}

/* LANES rows down one tree in step. */
static void
descend_lanes(const double *restrict thresholds, const uint16_t *restrict features,
              const double *restrict leaves, uint32_t depth, const double *restrict x, size_t d,
              double *restrict sums)
{
    uint32_t k[LANES];

    for (size_t r = 0; r < LANES; r++)
        k[r] = 1;
    for (uint32_t level = 0; level < depth; level++)
        for (size_t r = 0; r < LANES; r++)
            k[r] = 2 * k[r] + (x[r * d + features[k[r]]] > thresholds[k[r]]);
    for (size_t r = 0; r < LANES; r++)
        sums[r] += leaves[k[r] - (1U << depth)];
}

/* One row down all trees, LANES trees in step; the values are added in tree order. */
static double
descend_row(const IForestScorer *s, const double *row)
{
    double sum = 0;

    for (uint32_t t = 0; t < s->forest->n_trees; t += LANES) {
        uint32_t n = s->forest->n_trees - t < LANES ? s->forest->n_trees - t : LANES;
        uint32_t k[LANES];

        for (uint32_t r = 0; r < n; r++)
            k[r] = 1;
        for (uint32_t level = 0; level < s->depth; level++)
            for (uint32_t r = 0; r < n; r++) {
                size_t at = ((size_t)(t + r) << s->depth) + k[r];

                k[r] = 2 * k[r] + (row[s->features[at]] > s->thresholds[at]);
            }
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

        for (size_t i = 0; i < n_lanes; i += LANES)
            descend_lanes(s->thresholds + base, s->features + base, s->leaves + base, s->depth, x + i * d, d,
                          sums + i);
    }
    for (size_t i = n_lanes; i < n; i++)
        sums[i] = descend_row(s, x + i * d);
}
