/*
 * sane.c - whether a forest's structure is whole, whoever wrote it: what scoring may rely on.
 */
#include "iforest/iforest_internal.h"
#include "iforest/split.h"

/* c(n) - c(sample) + depth of any sane leaf lies far inside. */
#define MAX_LEAF_VALUE 1000.0

bool
header_sane(const IForest *f)
{
    return f->missing <= IFOREST_FAIL && f->n_trees >= 1 && f->n_trees <= IFOREST_MAX_TREES &&
           f->sample_size >= 1 && f->sample_size <= IFOREST_MAX_SAMPLE && f->max_depth <= IFOREST_MAX_DEPTH &&
           f->ndim >= 1 && f->ndim <= IFOREST_MAX_NDIM && f->ndim <= f->n_features &&
           f->n_categorical <= f->n_features && f->categ_split <= IFOREST_SUBSET && f->contamination >= 0 &&
           f->contamination <= 0.5 && f->threshold >= 0 && f->threshold <= 1 && f->n_rows >= f->sample_size &&
           f->n_features >= 1 && f->n_features <= IFOREST_MAX_FEATURES;
}

/* Texts in strictly ascending order, as the search for one relies on. */
static bool
levels_sane(const IForestLevels *levels)
{
    if (levels->n > IFOREST_STORED_LEVELS)
        return false;
    for (uint32_t i = 0; i < levels->n; i++)
        if (strlen(levels->texts[i]) > IFOREST_MAX_LEVEL ||
            (i > 0 && strcmp(levels->texts[i - 1], levels->texts[i]) >= 0))
            return false;
    return true;
}

static bool
columns_sane(const IForest *f)
{
    for (uint32_t j = 0; j < f->n_features; j++) {
        const IForestColumn *c = &f->columns[j];

        if (c->categorical != (j >= f->n_features - f->n_categorical) || !levels_sane(&c->levels))
            return false;
        if (!isfinite(c->min) || !isfinite(c->max) || c->min > c->max || c->n_missing > f->n_rows ||
            (c->name == NULL) != (f->columns[0].name == NULL))
            return false;
    }
    for (size_t q = 0; q < IFOREST_QUANTILES; q++)
        if (!(f->quantiles[q] >= (q > 0 ? f->quantiles[q - 1] : 0) && f->quantiles[q] <= 1))
            return false;
    return true;
}

static bool
is_code(const IForestColumn *column, double v)
{
    return v >= 0 && v < (double)levels_n_codes(column) && v == floor(v);
}

static bool
terms_sane(const IForest *f, const IForestNode *node)
{
    if (node->n_terms < 2 || node->n_terms > f->ndim || node->feature > f->n_terms ||
        node->n_terms > f->n_terms - node->feature)
        return false;
    for (size_t i = 0; i < node->n_terms; i++) {
        const IForestTerm *term = &f->terms[node->feature + i];

        if (term->feature >= f->n_features || !isfinite(term->weight) || !isfinite(term->centre) ||
            (f->columns[term->feature].categorical && !is_code(&f->columns[term->feature], term->centre)))
            return false;
    }
    return true;
}

/* An inner node: kind, feature and value agree. */
static bool
inner_sane(const IForest *f, const IForestNode *node)
{
    if (!isfinite(node->value) || !(node->left_share >= 0 && node->left_share <= 1))
        return false;
    if (node->kind == IFOREST_SUM)
        return terms_sane(f, node);
    if (node->feature >= f->n_features)
        return false;
    if (node->kind == IFOREST_CUT)
        return !f->columns[node->feature].categorical;
    if (node->kind == IFOREST_LEVEL)
        return f->columns[node->feature].categorical && is_code(&f->columns[node->feature], node->value);
    return node->kind == IFOREST_SET && f->columns[node->feature].categorical;
}

/* Whether the tree is one that training could have made: depth, features, values, and the order of the
 * thresholds where one feature makes it checkable (the step function relies on it). */
static bool
tree_sane(const IForest *f, const IForestNode *tree, size_t n_nodes)
{
    struct {
        size_t right;
        double threshold;
        uint32_t level;
    } open[IFOREST_MAX_DEPTH + 1];
    size_t n_open = 0;
    uint32_t level = 0;
    double passed = -INFINITY;
    bool in_order = f->n_features == 1 && f->n_categorical == 0;

    for (size_t i = 0; i < n_nodes; i++) {
        const IForestNode *node = &tree[i];

        if (!isfinite(node->value))
            return false;
        if (node->right != 0) {
            if (level >= f->max_depth || !inner_sane(f, node))
                return false;
            open[n_open].right = node->right;
            open[n_open].threshold = node->value;
            open[n_open++].level = ++level;
            continue;
        }
        if (node->kind != IFOREST_LEAF || fabs(node->value) > MAX_LEAF_VALUE)
            return false;
        if (n_open == 0)
            return i + 1 == n_nodes;
        n_open--;
        if (open[n_open].right != i + 1 || (in_order && !(open[n_open].threshold > passed)))
            return false;
        passed = open[n_open].threshold;
        level = open[n_open].level;
    }
    return false;
}

bool
iforest_sane(const IForest *f)
{
    if (!header_sane(f) || !columns_sane(f) || f->roots[0] != 0)
        return false;
    for (uint32_t t = 0; t < f->n_trees; t++)
        if (f->roots[t + 1] <= f->roots[t] || f->samples[t] < 1 || f->samples[t] > IFOREST_MAX_SAMPLE ||
            f->births[t] > f->n_updates || (t > 0 && f->births[t] < f->births[t - 1]) ||
            !tree_sane(f, f->nodes + f->roots[t], f->roots[t + 1] - f->roots[t]))
            return false;
    return true;
}
