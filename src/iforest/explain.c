/*
 * explain.c - which features made a row unusual: the path length that each one's cuts saved.
 *
 * In a node of weight w the rows to come are c(w) further cuts away on average, so a path through it is
 * expected to have length depth + c(w). A cut that leads to a child of weight v changes that by 1 + c(v) -
 * c(w): a row that parts from the crowd saves c(w) - c(v) - 1, one that stays with it loses about as much as
 * others won. The savings along a path add up to what the leaf saves in all, so the attribution is complete:
 * over all features the mean savings are c(sample) - mean path length, and score = 2^(sum / c(sample) - 1).
 *
 * Weights of nodes come from the stored shares of the weight. A weighted sum of features divides its saving
 * by how far each part stands from its value in the middle of the node; a value that is missing is credited
 * with what not knowing it changed. Cost: one path a tree, a digamma a node.
 */
#include "iforest/iforest_internal.h"
#include "iforest/split.h"

#define NEARLY_WHOLE 1e-3 /* weights of whole rows are whole numbers but for the rounding of the shares */

typedef struct Explainer {
    const IForest *forest;
    const IForestNode *tree;
    const double *row;
    double unit; /* of the stored leaf values over that of the tree's own path lengths */
    double c_tree;
    double *saved; /* per feature */
} Explainer;

/* Expected path length at a node, relative to the average, in the forest's unit. */
static double
expected(const Explainer *e, uint32_t at, double weight, uint32_t depth)
{
    double whole = round(weight);

    if (e->tree[at].right == 0)
        return e->tree[at].value;
    if (fabs(weight - whole) < NEARLY_WHOLE)
        weight = whole;
    return (iforest_c(weight) - e->c_tree + depth) * e->unit;
}

static void
credit_sum(const Explainer *e, const IForestNode *node, double saved)
{
    const IForestTerm *terms = e->forest->terms + node->feature;
    double parts[IFOREST_MAX_NDIM], total = 0;

    for (size_t i = 0; i < node->n_terms; i++) {
        const IForestColumn *column = &e->forest->columns[terms[i].feature];
        double x = e->row[terms[i].feature];

        if (isnan(x) || (column->categorical && x < 0))
            parts[i] = 0;
        else
            parts[i] =
                fmin(fabs(term_value(column, &terms[i], x) - term_value(column, &terms[i], terms[i].centre)),
                     1e300);
        total += parts[i];
    }
    for (size_t i = 0; i < node->n_terms; i++)
        e->saved[terms[i].feature] += saved * (total > 0 ? parts[i] / total : 1.0 / node->n_terms);
}

static void
credit(const Explainer *e, const IForestNode *node, double saved)
{
    if (node->kind == IFOREST_SUM)
        credit_sum(e, node, saved);
    else
        e->saved[node->feature] += saved;
}

/* Credits the cuts below a node, each times `share` of the row; recursion is at most IFOREST_MAX_FORKS deep.
 */
static void
explain_path(const Explainer *e, uint32_t at, double weight, uint32_t depth, double share, uint32_t n_forks)
{
    const IForest *f = e->forest;

    while (e->tree[at].right != 0) {
        const IForestNode *node = &e->tree[at];
        double p = (double)node->left_share, here = expected(e, at, weight, depth);
        bool unseen = false, left;
        double v = split_value(f->columns, f->terms, node, f->missing == IFOREST_IMPUTE, e->row, &unseen);

        depth++;
        if (!unseen && isnan(v) && f->missing == IFOREST_DIVIDE && n_forks < IFOREST_MAX_FORKS) {
            double below = p * expected(e, at + 1, weight * p, depth) +
                           (1 - p) * expected(e, node->right, weight * (1 - p), depth);

            credit(e, node, share * (here - below));
            explain_path(e, at + 1, weight * p, depth, share * p, n_forks + 1);
            explain_path(e, node->right, weight * (1 - p), depth, share * (1 - p), n_forks + 1);
            return;
        }
        left = unseen ? p < 0.5 : isnan(v) ? p >= 0.5 : v <= split_cut(node);
        at = left ? at + 1 : node->right;
        weight *= left ? p : 1 - p;
        credit(e, node, share * (here - expected(e, at, weight, depth)));
    }
}

Status
iforest_explain(Env *env, const IForest *f, const double *row, double *contributions, Failure *failure)
{
    double c_forest = iforest_c(f->sample_size);
    bool empty;

    RETURN_IF_FAILED(check_row(f, row, &empty, failure));
    for (uint32_t j = 0; j < f->n_features; j++)
        contributions[j] = empty ? NAN : 0;
    for (uint32_t t = 0; t < f->n_trees && !empty && c_forest > 0; t++) {
        double c_tree = iforest_c(f->samples[t]);
        Explainer e = {.forest = f,
                       .tree = f->nodes + f->roots[t],
                       .row = row,
                       .unit = c_tree > 0 ? c_forest / c_tree : 1,
                       .c_tree = c_tree,
                       .saved = contributions};

        explain_path(&e, 0, f->samples[t], 0, 1, 0);
        if (env_cancelled(env))
            return fail_cancelled(failure);
    }
    for (uint32_t j = 0; j < f->n_features && c_forest > 0; j++)
        contributions[j] /= f->n_trees * c_forest;
    return STATUS_SUCCESS;
}
