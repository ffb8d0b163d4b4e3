/*
 * walk.c - one row through the trees as stored: the general path, for missing values, categories, deep trees.
 *
 * A row without the value of a split takes the weighted mean of both sides ('divide'); after
 * IFOREST_MAX_FORKS forks on its path, and under 'impute' always, it follows the larger side. A category that
 * the model does not know follows the smaller side, since it is rare. Leaf values are
 * relative to c(sample), which weighted means keep, since the weights add up to 1. Cost: O(trees * depth),
 * times at most 2^IFOREST_MAX_FORKS for a row with many missing values.
 */
#include "iforest/iforest_internal.h"
#include "iforest/split.h"

static double
walk_tree(const IForest *f, const IForestNode *tree, uint32_t at, const double *row, uint32_t n_forks)
{
    while (tree[at].right != 0) {
        const IForestNode *node = &tree[at];
        bool unseen = false, left;
        double v = split_value(f->columns, f->terms, node, f->missing == IFOREST_IMPUTE, row, &unseen);

        if (unseen) {
            left = node->left_share < 0.5F;
        } else if (!isnan(v)) {
            left = v <= split_cut(node);
        } else if (f->missing == IFOREST_DIVIDE && n_forks < IFOREST_MAX_FORKS) {
            /* Recursion is at most IFOREST_MAX_FORKS deep. */
            double share = (double)node->left_share;

            return share * walk_tree(f, tree, at + 1, row, n_forks + 1) +
                   (1 - share) * walk_tree(f, tree, node->right, row, n_forks + 1);
        } else {
            left = node->left_share >= 0.5F;
        }
        at = left ? at + 1 : node->right;
    }
    return tree[at].value;
}

double
walk_sum(const IForest *forest, const double *row)
{
    double sum = 0;

    for (uint32_t t = 0; t < forest->n_trees; t++)
        sum += walk_tree(forest, forest->nodes + forest->roots[t], 0, row, 0);
    return sum;
}
