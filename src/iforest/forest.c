/*
 * forest.c - training: options, checks of the rows, and the trees one after the other.
 *
 * Each tree has its own random stream, a function of (seed, tree) alone, and draws its rows without
 * replacement by content (sample.c). Neighbouring seeds share nothing, since both go through a mixing hash.
 */
#include "iforest/iforest_internal.h"

#include <math.h>

#define ROWS_BETWEEN_QUESTIONS 4096

IForestOptions
iforest_default_options(void)
{
    return (IForestOptions){.n_trees = IFOREST_DEFAULT_TREES,
                            .sample_size = IFOREST_DEFAULT_SAMPLE,
                            .seed = IFOREST_DEFAULT_SEED,
                            .missing = IFOREST_DIVIDE,
                            .ndim = 1,
                            .standardize = true,
                            .categ_split = IFOREST_SINGLE};
}

static Status
check_range(const char *name, int64_t value, int64_t min, int64_t max, Failure *failure)
{
    if (value >= min && value <= max)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, "Leave the option out to have its default.",
                "argument \"%s\" must be between %lld and %lld, not %lld", name, (long long)min,
                (long long)max, (long long)value);
}

Status
iforest_check_options(const IForestOptions *o, Failure *failure)
{
    RETURN_IF_FAILED(check_range("n_trees", o->n_trees, 1, IFOREST_MAX_TREES, failure));
    RETURN_IF_FAILED(check_range("sample_size", o->sample_size, 2, IFOREST_MAX_SAMPLE, failure));
    if (o->max_depth != 0)
        RETURN_IF_FAILED(check_range("max_depth", o->max_depth, 1, IFOREST_MAX_DEPTH, failure));
    RETURN_IF_FAILED(check_range("ndim", o->ndim, 1, IFOREST_MAX_NDIM, failure));
    if (o->contamination != 0 && !(o->contamination > 0 && o->contamination <= 0.5))
        return fail(
            failure, STATUS_BAD_VALUE,
            "It is the share of training rows to be called anomalies; NULL sets the threshold to 0.5.",
            "argument \"contamination\" must be over 0 and at most 0.5, not %.10g", o->contamination);
    return STATUS_SUCCESS;
}

static uint32_t
default_depth(size_t sample_size)
{
    uint32_t depth = 0;

    while (((size_t)1 << depth) < sample_size)
        depth++;
    return depth;
}

static Status
check_sizes(size_t n, size_t d, const IForestOptions *o, Failure *failure)
{
    if (d == 0 || d > IFOREST_MAX_FEATURES || o->n_categorical > d)
        return fail(failure, STATUS_BAD_SHAPE, "Give each row at least one number.",
                    "argument \"x\" must have between 1 and %d features, not %zu", IFOREST_MAX_FEATURES, d);
    if (o->ndim > (int64_t)d)
        return fail(failure, STATUS_BAD_VALUE, "A split can combine no more features than there are.",
                    "argument \"ndim\" must be between 1 and %zu, the number of features, not %lld", d,
                    (long long)o->ndim);
    if (n == 0)
        return fail(failure, STATUS_BAD_DATA, "Give the forest rows to learn from.", "no rows to train on");
    if (n > IFOREST_MAX_ROWS)
        return fail(failure, STATUS_TOO_BIG, "Train on a sample of the rows.", "more than %d training rows",
                    IFOREST_MAX_ROWS);
    if (o->names != NULL && o->n_names != d)
        return fail(failure, STATUS_BAD_VALUE, "Give one name for each feature, in their order.",
                    "argument \"feature_names\" must have one name for each feature (%zu), not %zu", d,
                    o->n_names);
    if ((uint64_t)o->n_trees * (uint64_t)(n < (size_t)o->sample_size ? n : (size_t)o->sample_size) >
        IFOREST_MAX_SAMPLED)
        return fail(failure, STATUS_TOO_BIG, "Use fewer trees or a smaller sample_size.",
                    "n_trees times sample_size must be at most %d", IFOREST_MAX_SAMPLED);
    return STATUS_SUCCESS;
}

/* A training value that is there: its column's range, and errors. */
static Status
survey_value(IForestColumn *c, size_t j, double v, bool first, Failure *failure)
{
    if (isinf(v))
        return fail(failure, STATUS_BAD_DATA, "Remove the row, or make the value NULL.",
                    "infinite value in feature %zu", j + 1);
    if (c->categorical) {
        if (!(v >= 0 && v < (double)levels_n_codes(c)) || v != floor(v))
            return fail(failure, STATUS_BAD_VALUE, "Codes count from 0 in the order of the dictionary.",
                        "%g is no category of feature %zu", v, j + 1);
        return STATUS_SUCCESS;
    }
    if (first || v < c->min)
        c->min = v + 0.0;
    if (first || v > c->max)
        c->max = v + 0.0;
    return STATUS_SUCCESS;
}

/* Ranges and missing values of the columns; finds values that cannot be trained on. */
static Status
survey_columns(Env *env, const double *x, size_t n, IForest *f, Failure *failure)
{
    size_t d = f->n_features;

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < d; j++) {
            IForestColumn *c = &f->columns[j];

            if (isnan(x[i * d + j]))
                c->n_missing++;
            else
                RETURN_IF_FAILED(survey_value(c, j, x[i * d + j], c->n_missing == i, failure));
        }
        if (i % ROWS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    for (size_t j = 0; j < d && f->missing == IFOREST_FAIL; j++)
        if (f->columns[j].n_missing > 0 || f->n_skipped > 0)
            return fail(failure, STATUS_NULL_VALUE, "Use missing_action 'divide' or 'impute'.",
                        "missing value in feature %zu, and missing_action is 'fail'", j + 1);
    return STATUS_SUCCESS;
}

static Status
copy_names(Env *env, const IForestOptions *options, IForest *f, Failure *failure)
{
    for (size_t j = 0; options->names != NULL && j < f->n_features; j++) {
        size_t length = 0;

        while (options->names[j][length] != '\0')
            length++;
        if (length > IFOREST_MAX_NAME)
            return fail(failure, STATUS_BAD_VALUE, "Use a shorter name.",
                        "argument \"feature_names\": name %zu is longer than %d bytes", j + 1,
                        IFOREST_MAX_NAME);
        f->columns[j].name = ENV_NEW(env, length + 1, char);
        if (f->columns[j].name == NULL)
            return fail_out_of_memory(failure);
        for (size_t k = 0; k < length; k++)
            f->columns[j].name[k] = options->names[j][k];
    }
    return STATUS_SUCCESS;
}

static Status
grow_all(Env *env, IForest *f, const double *x, const IForestOptions *options, const Sampler *sampler,
         Failure *failure)
{
    Grower g = {.env = env,
                .x = x,
                .d = f->n_features,
                .columns = f->columns,
                .options = options,
                .max_depth = f->max_depth,
                .c_sample = iforest_c(f->sample_size),
                .failure = failure};
    uint32_t *rows = ENV_NEW(env, f->sample_size, uint32_t);
    size_t n_codes = 0;

    for (size_t j = 0; j < g.d; j++)
        n_codes = levels_n_codes(&f->columns[j]) > n_codes ? levels_n_codes(&f->columns[j]) : n_codes;
    g.pool = ENV_NEW(env, g.d, uint32_t);
    g.present = ENV_NEW(env, n_codes, uint32_t);
    g.counts = ENV_NEW(env, n_codes, uint32_t);
    g.turns = ENV_NEW(env, n_codes, uint64_t);
    if (rows == NULL || g.pool == NULL || g.present == NULL || g.counts == NULL || g.turns == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t t = 0; t < f->n_trees; t++) {
        Rng rng;

        rng_init(&rng, (uint64_t)f->seed, t);
        sampler_draw(sampler, &rng, f->sample_size, rows);
        f->roots[t] = g.n_nodes;
        f->samples[t] = f->sample_size;
        RETURN_IF_FAILED(tree_grow(&g, &rng, rows, f->sample_size));
    }
    f->roots[f->n_trees] = g.n_nodes;
    f->nodes = g.nodes;
    f->terms = g.terms;
    f->n_terms = g.n_terms;
    return STATUS_SUCCESS;
}

/* An empty forest with everything but its trees. */
static Status
new_forest(Env *env, size_t n, size_t d, size_t n_skipped, const IForestOptions *options, IForest **forest,
           Failure *failure)
{
    IForest *f = ENV_NEW(env, 1, IForest);

    if (f == NULL)
        return fail_out_of_memory(failure);
    f->n_features = (uint32_t)d;
    f->n_categorical = (uint32_t)options->n_categorical;
    f->ndim = (uint32_t)options->ndim;
    f->standardize = options->standardize;
    f->categ_split = options->categ_split;
    f->n_trees = (uint32_t)options->n_trees;
    f->sample_size = (uint32_t)(n < (size_t)options->sample_size ? n : (size_t)options->sample_size);
    f->max_depth = options->max_depth != 0 ? (uint32_t)options->max_depth : default_depth(f->sample_size);
    f->seed = options->seed;
    f->missing = options->missing;
    f->contamination = options->contamination;
    f->threshold = 0.5;
    f->n_rows = n;
    f->n_skipped = n_skipped;
    f->columns = ENV_NEW(env, d, IForestColumn);
    f->quantiles = ENV_NEW(env, IFOREST_QUANTILES, double);
    f->roots = ENV_NEW(env, f->n_trees + 1, size_t);
    f->samples = ENV_NEW(env, f->n_trees, uint32_t);
    f->births = ENV_NEW(env, f->n_trees, uint32_t);
    if (f->columns == NULL || f->quantiles == NULL || f->roots == NULL || f->samples == NULL ||
        f->births == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < options->n_categorical; i++)
        RETURN_IF_FAILED(
            levels_copy(env, &options->levels[i], &f->columns[d - options->n_categorical + i], failure));
    *forest = f;
    return STATUS_SUCCESS;
}

static Status
grow_forest(Env *env, const double *x, size_t n, size_t d, size_t n_skipped, const IForestOptions *options,
            IForest **forest, Sampler *sampler, Failure *failure)
{
    IForest *f = NULL;

    RETURN_IF_FAILED(iforest_check_options(options, failure));
    RETURN_IF_FAILED(check_sizes(n, d, options, failure));
    RETURN_IF_FAILED(new_forest(env, n, d, n_skipped, options, &f, failure));
    RETURN_IF_FAILED(survey_columns(env, x, n, f, failure));
    RETURN_IF_FAILED(copy_names(env, options, f, failure));
    RETURN_IF_FAILED(sampler_init(env, x, n, d, f->seed, sampler, failure));
    RETURN_IF_FAILED(grow_all(env, f, x, options, sampler, failure));
    *forest = f;
    return STATUS_SUCCESS;
}

Status
iforest_grow(Env *env, const double *x, size_t n, size_t d, const IForestOptions *options, IForest **forest,
             Failure *failure)
{
    Sampler sampler;

    return grow_forest(env, x, n, d, 0, options, forest, &sampler, failure);
}

Status
iforest_train(Env *env, const double *x, size_t n, size_t d, size_t n_skipped, const IForestOptions *options,
              IForest **forest, Failure *failure)
{
    IForest *f;
    Sampler sampler;

    RETURN_IF_FAILED(grow_forest(env, x, n, d, n_skipped, options, &f, &sampler, failure));
    RETURN_IF_FAILED(summarise(env, f, x, &sampler, failure));
    *forest = f;
    return STATUS_SUCCESS;
}
