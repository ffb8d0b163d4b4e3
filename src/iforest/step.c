/*
 * step.c - a forest over one feature is one step function: all thresholds sorted, a score between each two.
 *
 * Every tree is constant between neighbouring thresholds of the merged list, so a row costs one search
 * (scale.c) where the trees would cost 800 steps. The sums of each interval run in tree order, so
 * the scores have the bits of the trees'. Cost: at most 25,500 thresholds for 100 trees of 256 rows;
 * O(m log m + trees * m) to build, done once enough rows have been scored to pay for it.
 */
#include "iforest/iforest_internal.h"

#include <math.h>

/* One tree's thresholds, left to right, and the value at or left of each; the last value has threshold +inf.
 */
static size_t
tree_in_order(const IForestNode *tree, size_t n_nodes, double *thresholds, double *values)
{
    double open[IFOREST_MAX_DEPTH + 1];
    size_t n_open = 0, n = 0;

    /* Preorder meets the leaves from left to right; between two of them lies the latest open threshold. */
    for (size_t i = 0; i < n_nodes; i++) {
        if (tree[i].right != 0) {
            open[n_open++] = tree[i].value;
            continue;
        }
        values[n] = tree[i].value;
        thresholds[n++] = n_open > 0 ? open[--n_open] : INFINITY;
    }
    return n;
}

/* Adds one tree's values to the sums of all intervals; interval i ends at cuts[i], included. */
static void
add_tree(const double *cuts, size_t n_cuts, const double *thresholds, const double *values, double *sums)
{
    size_t j = 0;

    for (size_t i = 0; i <= n_cuts; i++) {
        double x = i < n_cuts ? cuts[i] : INFINITY;

        while (thresholds[j] < x)
            j++;
        sums[i] += values[j];
    }
}

Status
step_build(Env *env, IForestScorer *s, Failure *failure)
{
    const IForest *f = s->forest;
    size_t n_nodes = f->roots[f->n_trees], n_cuts = 0, largest = 0;
    double *cuts = ENV_NEW(env, n_nodes + 1, double), *thresholds, *values, *sums;

    for (uint32_t t = 0; t < f->n_trees; t++)
        largest = f->roots[t + 1] - f->roots[t] > largest ? f->roots[t + 1] - f->roots[t] : largest;
    thresholds = ENV_NEW(env, largest, double);
    values = ENV_NEW(env, largest, double);
    if (cuts == NULL || thresholds == NULL || values == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n_nodes; i++)
        if (f->nodes[i].right != 0)
            cuts[n_cuts++] = f->nodes[i].value;
    n_cuts = scale_sort(cuts, n_cuts);
    sums = ENV_NEW(env, n_cuts + 1, double);
    if (sums == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t t = 0; t < f->n_trees; t++) {
        tree_in_order(f->nodes + f->roots[t], f->roots[t + 1] - f->roots[t], thresholds, values);
        add_tree(cuts, n_cuts, thresholds, values, sums);
        if (env_cancelled(env))
            return fail_cancelled(failure);
    }
    for (size_t i = 0; i <= n_cuts; i++)
        sums[i] = score_of_sum(s, sums[i]);
    RETURN_IF_FAILED(scale_build(env, cuts, n_cuts, &s->cuts, failure));
    s->steps = sums;
    return STATUS_SUCCESS;
}

void
step_scores(const IForestScorer *s, const double *x, size_t n, double *scores)
{
    uint32_t places[BLOCK_ROWS];

    scale_places(&s->cuts, x, 1, n, places);
    for (size_t i = 0; i < n; i++)
        scores[i] = isnan(x[i]) ? NAN : s->steps[places[i]];
}
