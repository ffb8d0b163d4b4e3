/*
 * update.c - a forest that follows its data: the oldest trees give way to trees grown on newer rows.
 *
 * Trees stand in the order of their birth, so that repeated updates go round. Leaf values of the new trees
 * are brought to the old forest's unit, c(sample size), since theirs may have seen fewer rows. Dictionaries
 * are merged by text; when that makes more than IFOREST_MAX_LEVELS categories, those go to the rest that only
 * the old forest knew and none of its remaining trees asks for. The rows being gone, threshold and quantiles
 * are the two forests' averaged quantile by quantile, weighted by the number of trees.
 */
#include "iforest/iforest_internal.h"

#include <math.h>
#include <string.h>

/* Two dictionaries becoming one: where the codes of each go. */
typedef struct Merge {
    const IForestLevels *old, *newer;
    uint32_t *from_old, *from_newer; /* per code, the rest's included */
    bool *asked;                     /* per old code: a remaining tree splits on it */
} Merge;

static Status
check_pair(const IForest *model, const IForest *newer, double fraction, Failure *failure)
{
    if (!(fraction > 0 && fraction <= 1))
        return fail(failure, STATUS_BAD_VALUE, "It is the share of trees to be replaced.",
                    "argument \"replace_fraction\" must be over 0 and at most 1, not %g", fraction);
    if (model->n_features != newer->n_features || model->n_categorical != newer->n_categorical)
        return fail(failure, STATUS_BAD_VALUE, "Train both on the same features, in the same order.",
                    "the model has %u features (%u of them categories), the newer one %u (%u)",
                    model->n_features, model->n_categorical, newer->n_features, newer->n_categorical);
    if (model->missing != newer->missing || model->contamination != newer->contamination)
        return fail(failure, STATUS_BAD_VALUE, "Train both with the same options.",
                    "the two models differ in missing_action or contamination");
    for (uint32_t j = 0; j < model->n_features; j++) {
        const char *a = model->columns[j].name, *b = newer->columns[j].name;

        if (a != NULL && b != NULL && strcmp(a, b) != 0)
            return fail(failure, STATUS_BAD_VALUE, "Train both on the same features, in the same order.",
                        "feature %u of the model is \"%s\", of the newer one \"%s\"", j + 1, a, b);
    }
    return STATUS_SUCCESS;
}

static void
mark_asked(const IForest *f, size_t first_node, uint32_t column, bool *asked)
{
    for (size_t i = first_node; i < f->roots[f->n_trees]; i++) {
        const IForestNode *node = &f->nodes[i];

        if (node->kind == IFOREST_LEVEL && node->feature == column)
            asked[(size_t)node->value] = true;
        for (size_t k = 0; node->kind == IFOREST_SUM && k < node->n_terms; k++)
            if (f->terms[node->feature + k].feature == column)
                asked[(size_t)f->terms[node->feature + k].centre] = true;
    }
}

static size_t
union_size(const IForestLevels *a, const IForestLevels *b)
{
    size_t i = 0, j = 0, n = 0;

    while (i < a->n || j < b->n) {
        int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->texts[i], b->texts[j]);

        i += order <= 0;
        j += order >= 0;
        n++;
    }
    return n;
}

/* The merged dictionary into *to; all texts are references. */
static void
merge_texts(Merge *m, IForestLevels *to)
{
    const IForestLevels *a = m->old, *b = m->newer;
    bool keep_all = union_size(a, b) <= IFOREST_MAX_LEVELS;
    uint32_t i = 0, j = 0;

    to->n = 0;
    to->rest = a->rest || b->rest;
    while (i < a->n || j < b->n) {
        int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->texts[i], b->texts[j]);

        if (order < 0 && !keep_all && !m->asked[i]) {
            m->from_old[i++] = UINT32_MAX;
            to->rest = true;
            continue;
        }
        to->texts[to->n] = order <= 0 ? a->texts[i] : b->texts[j];
        if (order <= 0)
            m->from_old[i++] = to->n;
        if (order >= 0)
            m->from_newer[j++] = to->n;
        to->n++;
    }
    for (i = 0; i < a->n; i++)
        m->from_old[i] = m->from_old[i] == UINT32_MAX ? to->n : m->from_old[i];
    m->from_old[a->n] = m->from_newer[b->n] = to->n;
}

static Status
merge_dictionary(Env *env, const IForest *model, const IForest *newer, size_t first_node, uint32_t column,
                 Merge *m, IForestColumn *to, Failure *failure)
{
    IForestLevels levels;

    m->old = &model->columns[column].levels;
    m->newer = &newer->columns[column].levels;
    m->from_old = ENV_NEW(env, (size_t)m->old->n + 1, uint32_t);
    m->from_newer = ENV_NEW(env, (size_t)m->newer->n + 1, uint32_t);
    m->asked = ENV_NEW(env, (size_t)m->old->n + 1, bool);
    levels.texts = ENV_NEW(env, (size_t)m->old->n + m->newer->n, char *);
    if (m->from_old == NULL || m->from_newer == NULL || m->asked == NULL || levels.texts == NULL)
        return fail_out_of_memory(failure);
    mark_asked(model, first_node, column, m->asked);
    merge_texts(m, &levels);
    if (levels.n > IFOREST_STORED_LEVELS)
        return fail(failure, STATUS_TOO_BIG, "Train a new model.", "feature %u has more than %d categories",
                    column + 1, IFOREST_STORED_LEVELS);
    return levels_copy(env, &levels, to, failure);
}

static Status
merge_columns(Env *env, const IForest *model, const IForest *newer, size_t first_node, IForest *f,
              Merge *merges, Failure *failure)
{
    uint32_t n_numbers = f->n_features - f->n_categorical;

    for (uint32_t j = 0; j < f->n_features; j++) {
        const IForestColumn *a = &model->columns[j], *b = &newer->columns[j];

        f->columns[j] = *a;
        f->columns[j].n_missing += b->n_missing;
        if (a->n_missing >= model->n_rows || b->n_missing >= newer->n_rows) {
            /* One of them never saw a value. */
            f->columns[j].min = a->n_missing >= model->n_rows ? b->min : a->min;
            f->columns[j].max = a->n_missing >= model->n_rows ? b->max : a->max;
        } else {
            f->columns[j].min = fmin(a->min, b->min);
            f->columns[j].max = fmax(a->max, b->max);
        }
        if (j >= n_numbers)
            RETURN_IF_FAILED(merge_dictionary(env, model, newer, first_node, j, &merges[j - n_numbers],
                                              &f->columns[j], failure));
    }
    return STATUS_SUCCESS;
}

/* Appends trees [from, to) of a forest, with codes by the merged dictionaries. */
static void
append_trees(IForest *f, uint32_t *n_trees, const IForest *source, uint32_t from, uint32_t to,
             const Merge *merges, bool is_newer)
{
    uint32_t n_numbers = f->n_features - f->n_categorical;
    size_t n_nodes = f->roots[*n_trees];
    double c_to = iforest_c(f->sample_size), c_from = iforest_c(source->sample_size);

    for (uint32_t t = from; t < to; t++, (*n_trees)++) {
        f->samples[*n_trees] = source->samples[t];
        f->births[*n_trees] = is_newer ? f->n_updates : source->births[t];
        for (size_t i = source->roots[t]; i < source->roots[t + 1]; i++) {
            IForestNode node = source->nodes[i];

            if (node.kind == IFOREST_LEAF && is_newer && c_from > 0)
                node.value *= c_to / c_from;
            if (node.kind == IFOREST_LEVEL) {
                const Merge *m = &merges[node.feature - n_numbers];

                node.value = (is_newer ? m->from_newer : m->from_old)[(size_t)node.value];
            }
            if (node.kind == IFOREST_SUM) {
                size_t first = f->n_terms;

                for (size_t k = 0; k < node.n_terms; k++) {
                    IForestTerm term = source->terms[node.feature + k];

                    if (term.feature >= n_numbers) {
                        const Merge *m = &merges[term.feature - n_numbers];

                        term.centre = (is_newer ? m->from_newer : m->from_old)[(size_t)term.centre];
                    }
                    f->terms[f->n_terms++] = term;
                }
                node.feature = (uint32_t)first;
            }
            f->nodes[n_nodes++] = node;
        }
        f->roots[*n_trees + 1] = n_nodes;
    }
}

static Status
allocate(Env *env, IForest *f, const IForest *model, const IForest *newer, Failure *failure)
{
    f->columns = ENV_NEW(env, f->n_features, IForestColumn);
    f->quantiles = ENV_NEW(env, IFOREST_QUANTILES, double);
    f->roots = ENV_NEW(env, (size_t)f->n_trees + 1, size_t);
    f->samples = ENV_NEW(env, f->n_trees, uint32_t);
    f->births = ENV_NEW(env, f->n_trees, uint32_t);
    f->nodes = ENV_NEW(env, model->roots[model->n_trees] + newer->roots[newer->n_trees], IForestNode);
    f->terms = ENV_NEW(env, model->n_terms + newer->n_terms, IForestTerm);
    f->n_terms = 0;
    if (f->columns == NULL || f->quantiles == NULL || f->roots == NULL || f->samples == NULL ||
        f->births == NULL || f->nodes == NULL || f->terms == NULL)
        return fail_out_of_memory(failure);
    return STATUS_SUCCESS;
}

static void
average_scores(IForest *f, const IForest *model, const IForest *newer, double share)
{
    for (size_t q = 0; q < IFOREST_QUANTILES; q++) {
        f->quantiles[q] = (1 - share) * model->quantiles[q] + share * newer->quantiles[q];
        if (q > 0)
            f->quantiles[q] = fmax(f->quantiles[q], f->quantiles[q - 1]);
    }
    f->threshold = (1 - share) * model->threshold + share * newer->threshold;
}

Status
iforest_update(Env *env, const IForest *model, const IForest *newer, double replace_fraction,
               IForest **updated, Failure *failure)
{
    IForest *f = ENV_NEW(env, 1, IForest);
    uint32_t n_replaced, n_trees = 0;
    Merge *merges;

    RETURN_IF_FAILED(check_pair(model, newer, replace_fraction, failure));
    n_replaced = (uint32_t)fmax(1, round(replace_fraction * model->n_trees));
    if (n_replaced > newer->n_trees)
        return fail(failure, STATUS_BAD_VALUE, "Train the newer model with more trees, or replace fewer.",
                    "%u trees are to be replaced, but the newer model has %u", n_replaced, newer->n_trees);
    merges = ENV_NEW(env, model->n_categorical, Merge);
    if (f == NULL || merges == NULL)
        return fail_out_of_memory(failure);
    *f = *model;
    RETURN_IF_FAILED(allocate(env, f, model, newer, failure));
    f->n_updates = model->n_updates < UINT32_MAX ? model->n_updates + 1 : UINT32_MAX;
    f->max_depth = newer->max_depth > f->max_depth ? newer->max_depth : f->max_depth;
    f->ndim = newer->ndim > f->ndim ? newer->ndim : f->ndim;
    f->n_rows += newer->n_rows;
    f->n_skipped += newer->n_skipped;
    f->subsampled |= newer->subsampled;
    RETURN_IF_FAILED(merge_columns(env, model, newer, model->roots[n_replaced], f, merges, failure));
    append_trees(f, &n_trees, model, n_replaced, model->n_trees, merges, false);
    append_trees(f, &n_trees, newer, 0, n_replaced, merges, true);
    average_scores(f, model, newer, (double)n_replaced / model->n_trees);
    *updated = f;
    return STATUS_SUCCESS;
}
