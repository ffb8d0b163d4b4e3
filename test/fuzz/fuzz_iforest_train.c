/*
 * Fuzzes training and scoring with numbers of every kind: the first bytes are options, each following byte is
 * a value, or announces the eight bytes of one. Scores lie in (0, 1) or are missing, attributions add up, and
 * the rows turned round give the same bytes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iforest/iforest_internal.h"
#include "unit.h"

enum { OPTION_BYTES = 6, MAX_ROWS = 64, MAX_WIDTH = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char empty[] = "", star[] = "*";
static char *stars[] = {empty, star};
static const IForestLevels levels = {stars, 2, true};

static double
next_number(const uint8_t **at, const uint8_t *end)
{
    static const double odd[] = {0, -0.0, NAN, 1, -1, 1.7e308, -1.7e308, 4.9406564584124654e-324, INFINITY};
    uint8_t kind = *(*at)++;
    double v;

    if (kind < sizeof(odd) / sizeof(odd[0]))
        return odd[kind];
    if (kind < 128 || (size_t)(end - *at) < sizeof(v))
        return floor(kind / 8.0);
    memcpy(&v, *at, sizeof(v));
    *at += sizeof(v);
    return v;
}

static IForestOptions
options_of(const uint8_t *bytes, size_t d)
{
    IForestOptions options = iforest_default_options();

    options.n_trees = 1 + bytes[0] % 8;
    options.sample_size = 2 + bytes[1] % 70;
    options.max_depth = bytes[2] % 33;
    options.ndim = 1 + bytes[3] % (int64_t)d;
    options.missing = bytes[4] % 3;
    options.categ_split = bytes[4] / 3 % 2;
    options.standardize = bytes[4] / 6 % 2 == 0;
    options.contamination = bytes[4] / 12 % 2 == 0 ? 0 : 0.3;
    options.n_categorical = bytes[5] / 8 % 2;
    options.levels = &levels;
    options.seed = bytes[0] * 256 + bytes[1];
    return options;
}

/* True when the row has a value; its category becomes one of the codes. */
static bool
make_row(double *row, size_t d, bool category, const uint8_t **at, const uint8_t *end)
{
    bool any = false;

    for (size_t j = 0; j < d; j++) {
        row[j] = *at < end ? next_number(at, end) : 0;
        if (category && j == d - 1 && !isnan(row[j]))
            row[j] = row[j] > 1 ? 2 : row[j] > 0 ? 1 : 0;
        any |= !isnan(row[j]);
    }
    return any;
}

static void
check(Env *env, const double *x, size_t n, size_t d, const IForestOptions *options, const IForest *forest)
{
    double *turned = ENV_NEW(env, n * d, double), *scores = ENV_NEW(env, n, double), parts[MAX_WIDTH];
    double *fast = ENV_NEW(env, n, double);
    Writer first, second;
    IForestScorer *scorer;
    IForest *again;

    for (size_t i = 0; i < n; i++)
        memcpy(turned + (n - 1 - i) * d, x + i * d, d * sizeof(double));
    if (!iforest_sane(forest) || iforest_scorer_new(env, forest, &scorer, NULL) != STATUS_SUCCESS ||
        iforest_score(env, scorer, x, n, scores, NULL) != STATUS_SUCCESS ||
        iforest_train(env, turned, n, d, 0, options, &again, NULL) != STATUS_SUCCESS)
        abort();
    /* As if it paid to build the step function or the lanes. */
    scorer->n_scored = 1000000;
    if (iforest_score(env, scorer, x, n, fast, NULL) != STATUS_SUCCESS)
        abort();
    for (size_t i = 0; i < n; i++)
        if (fast[i] != scores[i] && !(isnan(fast[i]) && isnan(scores[i])))
            abort();
    writer_init(&first, env);
    writer_init(&second, env);
    iforest_encode(&first, forest);
    iforest_encode(&second, again);
    if (first.length != second.length || memcmp(first.bytes, second.bytes, first.length) != 0)
        abort();
    for (size_t i = 0; i < n; i++) {
        double sum = 0;

        if (iforest_explain(env, forest, x + i * d, parts, NULL) != STATUS_SUCCESS)
            abort();
        for (size_t j = 0; j < d; j++)
            sum += parts[j];
        if (!(scores[i] > 0 && scores[i] < 1) || (n > 1 && fabs(exp2(sum - 1) - scores[i]) > 1e-6))
            abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data + OPTION_BYTES, *end = data + size;
    IForestOptions options;
    IForest *forest;
    Env *env;
    size_t n = 0, d;
    double *x;

    if (size < OPTION_BYTES + 1)
        return 0;
    d = 1 + data[5] % MAX_WIDTH;
    options = options_of(data, d);
    env = unit_env();
    x = ENV_NEW(env, (size_t)MAX_ROWS * d, double);
    while (at < end && n < MAX_ROWS)
        n += make_row(x + n * d, d, options.n_categorical > 0, &at, end);
    if (n > 0 && iforest_train(env, x, n, d, 0, &options, &forest, NULL) == STATUS_SUCCESS)
        check(env, x, n, d, &options, forest);
    unit_env_free(env);
    return 0;
}
