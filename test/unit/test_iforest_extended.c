/*
 * Unit tests of iforest/: categories, extended splits, attribution, updates.
 *
 * Provenance: properties and definitions. Attributions add up to the score; a merged reservoir is the one
 * that all rows would have made; every layout, order and byte form gives the same bits.
 */
#include <math.h>
#include <string.h>

#include "iforest/iforest_internal.h"
#include "unit.h"

enum { N = 600, NUMBERS = 3, D = 5 };

static char text_a[] = "a", text_b[] = "b", text_c[] = "c", text_d[] = "d";
static char *few_texts[] = {text_a, text_b}, *more_texts[] = {text_a, text_b, text_c, text_d};
static const IForestLevels dictionaries[] = {{few_texts, 2, false}, {more_texts, 4, true}};

/* Rows of three numbers and two categories, of which the last code is the rest; some values are missing. */
static double *
mixed_rows(Env *env, uint64_t seed, double share_missing)
{
    double *x = ENV_NEW(env, N * D, double);
    Rng rng;

    rng_init(&rng, seed, 3);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < NUMBERS; j++)
            x[i * D + j] = rng_normal(&rng);
        x[i * D + 3] = (double)rng_below(&rng, 2);
        x[i * D + 4] = floor(5 * rng_uniform(&rng) * rng_uniform(&rng));
        for (size_t j = 0; j < D; j++)
            x[i * D + j] = rng_uniform(&rng) < share_missing ? NAN : x[i * D + j];
        if (isnan(x[i * D]))
            x[i * D] = 0;
    }
    return x;
}

static IForestOptions
mixed_options(int64_t ndim, IForestCategSplit categ_split, IForestMissing missing)
{
    IForestOptions options = iforest_default_options();

    options.n_trees = 30;
    options.ndim = ndim;
    options.categ_split = categ_split;
    options.missing = missing;
    options.levels = dictionaries;
    options.n_categorical = 2;
    return options;
}

static IForest *
grown(Env *env, const double *x, size_t n, size_t d, const IForestOptions *options)
{
    IForest *forest = NULL;
    Failure failure = {0};

    CHECK_STATUS(iforest_train(env, x, n, d, 0, options, &forest, &failure), STATUS_SUCCESS);
    CHECK(forest != NULL && iforest_sane(forest));
    return forest;
}

static double
score_one(Env *env, const IForest *forest, const double *row)
{
    IForestScorer *scorer = NULL;
    double score = NAN;

    CHECK_STATUS(iforest_scorer_new(env, forest, &scorer, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_score(env, scorer, row, 1, &score, NULL), STATUS_SUCCESS);
    return score;
}

static Writer
bytes_of(Env *env, const IForest *forest)
{
    Writer w;

    writer_init(&w, env);
    iforest_encode(&w, forest);
    CHECK(!w.failed);
    return w;
}

static bool
same_bytes(Env *env, const IForest *a, const IForest *b)
{
    Writer left = bytes_of(env, a), right = bytes_of(env, b);

    return left.length == right.length && memcmp(left.bytes, right.bytes, left.length) == 0;
}

/* Attribution is complete, bytes come back, order does not matter, one row or many score the same. */
static void
check_forest(const IForestOptions *options, double share_missing)
{
    Env *env = unit_env();
    double *x = mixed_rows(env, 5, share_missing), *turned = ENV_NEW(env, N * D, double), scores[N];
    IForest *forest = grown(env, x, N, D, options), *back = NULL;
    Writer w = bytes_of(env, forest);
    IForestScorer *scorer;
    size_t n_complete = 0, n_same = 0;

    CHECK_STATUS(iforest_decode(env, w.bytes, w.length, &back, NULL), STATUS_SUCCESS);
    CHECK(same_bytes(env, forest, back));
    CHECK_STATUS(iforest_scorer_new(env, back, &scorer, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_score(env, scorer, x, N, scores, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < N; i++) {
        double parts[D], sum = 0;

        CHECK_STATUS(iforest_explain(env, forest, x + i * D, parts, NULL), STATUS_SUCCESS);
        for (size_t j = 0; j < D; j++)
            sum += parts[j];
        n_complete += fabs(exp2(sum - 1) - scores[i]) < 1e-9;
        n_same += i % 50 != 0 || score_one(env, forest, x + i * D) == scores[i];
        memcpy(turned + (N - 1 - i) * D, x + i * D, D * sizeof(double));
    }
    CHECK_EQUAL(n_complete, N);
    CHECK_EQUAL(n_same, N);
    CHECK(same_bytes(env, forest, grown(env, turned, N, D, options)));
    unit_env_free(env);
}

static void
test_all_kinds(void)
{
    for (int64_t ndim = 1; ndim <= 4; ndim++)
        for (int split = IFOREST_SINGLE; split <= IFOREST_SUBSET; split++)
            for (int missing = IFOREST_DIVIDE; missing <= IFOREST_FAIL; missing++) {
                IForestOptions options =
                    mixed_options(ndim, (IForestCategSplit)split, (IForestMissing)missing);

                options.standardize = (ndim + split) % 2 == 0;
                check_forest(&options, missing == IFOREST_FAIL ? 0 : 0.1);
            }
}

/* Extended forests of numbers: heaps and plain walk give the same bits, infinities included. */
static void
test_sums_agree(void)
{
    for (int64_t ndim = 2; ndim <= 4; ndim++) {
        Env *env = unit_env();
        enum { ROWS = 301, WIDTH = 4 };
        double *x = ENV_NEW(env, ROWS * WIDTH, double), scores[ROWS];
        IForestOptions options = iforest_default_options();
        IForestScorer *scorer;
        IForest *forest;
        size_t n_same = 0;
        Rng rng;

        rng_init(&rng, 8, 8);
        for (size_t i = 0; i < ROWS * WIDTH; i++)
            x[i] = i % 7 == 0 ? floor(rng_normal(&rng)) : rng_normal(&rng);
        options.ndim = ndim;
        forest = grown(env, x, ROWS - 3, WIDTH, &options);
        for (size_t j = 0; j < WIDTH; j++) {
            x[(ROWS - 3) * WIDTH + j] = INFINITY;
            x[(ROWS - 2) * WIDTH + j] = j % 2 == 0 ? INFINITY : -INFINITY;
            x[(ROWS - 1) * WIDTH + j] = j % 2 == 0 ? 1.7e308 : -1.7e308;
        }
        CHECK_STATUS(iforest_scorer_new(env, forest, &scorer, NULL), STATUS_SUCCESS);
        CHECK_STATUS(iforest_score(env, scorer, x, ROWS, scores, NULL), STATUS_SUCCESS);
        CHECK(scorer->heaped && scorer->weights != NULL);
        for (size_t i = 0; i < ROWS; i++)
            n_same += scores[i] == score_of_sum(scorer, walk_sum(forest, x + i * WIDTH)) && scores[i] > 0 &&
                      scores[i] < 1;
        CHECK_EQUAL(n_same, ROWS);
        unit_env_free(env);
    }
}

/* Values whose sums would overflow, or whose spread is a denormal, are cut one feature at a time. */
static void
test_wild_ranges(void)
{
    Env *env = unit_env();
    enum { ROWS = 200, WIDTH = 3 };
    double x[ROWS * WIDTH];
    IForestOptions options = iforest_default_options();

    options.ndim = 3;
    for (size_t i = 0; i < ROWS; i++) {
        x[i * WIDTH] = i % 2 == 0 ? -1.7e308 : 1.7e308;
        x[i * WIDTH + 1] = i % 3 == 0 ? 4.9406564584124654e-324 : 0;
        x[i * WIDTH + 2] = (double)(i % 5);
    }
    for (int standardize = 0; standardize <= 1; standardize++) {
        options.standardize = standardize == 1;
        for (size_t i = 0; i < ROWS; i += 17) {
            double score = score_one(env, grown(env, x, ROWS, WIDTH, &options), x + i * WIDTH);

            CHECK(score > 0 && score < 1);
        }
    }
    unit_env_free(env);
}

static void
test_codes(void)
{
    Env *env = unit_env();
    double *x = mixed_rows(env, 5, 0);
    IForestOptions options = mixed_options(1, IFOREST_SINGLE, IFOREST_DIVIDE);
    IForest *forest = grown(env, x, N, D, &options);
    Failure failure;

    CHECK(iforest_code(&forest->columns[3], "a") == 0 && iforest_code(&forest->columns[3], "b") == 1);
    CHECK(iforest_code(&forest->columns[3], "c") == IFOREST_UNSEEN);
    CHECK(iforest_code(&forest->columns[4], "e") == 4 && iforest_code(&forest->columns[4], "") == 4);
    x[7 * D + 3] = 2;
    CHECK_STATUS(iforest_train(env, x, N, D, 0, &options, &forest, &failure), STATUS_BAD_VALUE);
    x[7 * D + 3] = 0.5;
    CHECK_STATUS(iforest_train(env, x, N, D, 0, &options, &forest, &failure), STATUS_BAD_VALUE);
    CHECK_TEXT(failure.message, "0.5 is no category of feature 4");
    x[7 * D + 3] = IFOREST_UNSEEN;
    CHECK_STATUS(iforest_train(env, x, N, D, 0, &options, &forest, &failure), STATUS_BAD_VALUE);
    unit_env_free(env);
}

/* A model of another format says so, rather than that it is damaged. */
static void
test_other_format(void)
{
    Env *env = unit_env();
    double *x = mixed_rows(env, 5, 0);
    IForestOptions options = mixed_options(1, IFOREST_SINGLE, IFOREST_DIVIDE);
    Writer w = bytes_of(env, grown(env, x, N, D, &options));
    Failure failure;
    IForest *forest;
    uint32_t crc;

    w.bytes[4] = 1;
    crc = crc32c(0, w.bytes, w.length - 4);
    for (size_t i = 0; i < 4; i++)
        w.bytes[w.length - 4 + i] = (unsigned char)(crc >> (8 * i));
    CHECK_STATUS(iforest_decode(env, w.bytes, w.length, &forest, &failure), STATUS_NOT_SUPPORTED);
    CHECK_TEXT(failure.message, "a model of type iforest in format 1, where format 2 is expected");
    unit_env_free(env);
}

/* Replacing all trees gives the newer forest's scores; its dictionary may be another one. */
static void
test_update(void)
{
    for (int64_t ndim = 1; ndim <= 3; ndim++) {
        Env *env = unit_env();
        double *x = mixed_rows(env, 5, 0.05), *y = mixed_rows(env, 6, 0.05), distance = 0;
        IForestOptions options =
            mixed_options(ndim, ndim == 1 ? IFOREST_SINGLE : IFOREST_SUBSET, IFOREST_DIVIDE);
        IForestLevels other[] = {{&more_texts[1], 2, false}, {more_texts, 4, true}}; /* b and c */
        IForest *old = grown(env, x, N, D, &options), *newer, *updated, *back;
        Writer w;

        options.levels = other;
        options.seed = 7;
        newer = grown(env, y, 100, D, &options);
        CHECK_STATUS(iforest_update(env, old, newer, 1, &updated, NULL), STATUS_SUCCESS);
        CHECK(iforest_sane(updated) && updated->columns[3].levels.n == 3 && updated->n_updates == 1);
        for (size_t i = 0; i < 50; i++) {
            double row[D];

            memcpy(row, y + i * D, sizeof(row));
            row[3] += isnan(row[3]) ? 0 : 1; /* b is 1 of three, was 0 of two */
            distance = fmax(distance, fabs(score_one(env, updated, row) - score_one(env, newer, y + i * D)));
        }
        CHECK(distance < 1e-12);
        CHECK_STATUS(iforest_update(env, old, newer, 0.4, &updated, NULL), STATUS_SUCCESS);
        CHECK_STATUS(iforest_update(env, updated, newer, 0.4, &updated, NULL), STATUS_SUCCESS);
        CHECK(iforest_sane(updated) && updated->births[0] == 0 && updated->births[29] == 2);
        w = bytes_of(env, updated);
        CHECK_STATUS(iforest_decode(env, w.bytes, w.length, &back, NULL), STATUS_SUCCESS);
        CHECK(same_bytes(env, updated, back));
        unit_env_free(env);
    }
}

/* Updated from the same data again and again, quantiles and scores stay where they are. */
static void
test_update_keeps_quantiles(void)
{
    Env *env = unit_env();
    double *x = mixed_rows(env, 5, 0);
    IForestOptions options = mixed_options(1, IFOREST_SINGLE, IFOREST_DIVIDE);
    IForest *updated, *newer;

    options.contamination = 0.1;
    options.n_trees = 100;
    updated = grown(env, x, N, D, &options);
    for (int64_t round = 0; round < 5; round++) {
        options.seed = 100 + round;
        newer = grown(env, mixed_rows(env, 50 + (uint64_t)round, 0), N, D, &options);
        CHECK_STATUS(iforest_update(env, updated, newer, 0.3, &updated, NULL), STATUS_SUCCESS);
    }
    for (size_t q = 5; q <= 95; q += 10)
        CHECK(fabs(updated->quantiles[q] - newer->quantiles[q]) < 0.03);
    CHECK(fabs(updated->threshold - newer->threshold) < 0.03);
    CHECK_EQUAL(updated->n_rows, 6 * N);
    unit_env_free(env);
}

/* The planted feature of a row is the one that its attribution names. */
static void
test_attribution_finds(void)
{
    int n_found = 0;

    for (uint64_t seed = 1; seed <= 50; seed++) {
        Env *env = unit_env();
        enum { WIDTH = 8 };
        double *x = ENV_NEW(env, (size_t)N * WIDTH, double), parts[WIDTH];
        IForestOptions options = iforest_default_options();
        size_t planted = seed % WIDTH, top = 0;
        Rng rng;

        rng_init(&rng, seed, 2);
        for (size_t i = 0; i < (size_t)N * WIDTH; i++)
            x[i] = rng_normal(&rng);
        x[planted] = 6;
        CHECK_STATUS(iforest_explain(env, grown(env, x, N, WIDTH, &options), x, parts, NULL), STATUS_SUCCESS);
        for (size_t j = 0; j < WIDTH; j++)
            top = parts[j] > parts[top] ? j : top;
        n_found += top == planted;
        unit_env_free(env);
    }
    CHECK(n_found >= 48);
}

/* One pass of everything that allocates; the status of the first that fails. */
static Status
whole_way(Env *env, const double *x, const IForestOptions *options)
{
    IForest *forest, *updated;
    double parts[D];

    RETURN_IF_FAILED(iforest_train(env, x, N, D, 0, options, &forest, NULL));
    RETURN_IF_FAILED(iforest_update(env, forest, forest, 0.5, &updated, NULL));
    return iforest_explain(env, updated, x, parts, NULL);
}

static void
test_no_memory(void)
{
    Env *data = unit_env();
    double *x = mixed_rows(data, 5, 0.1);
    IForestOptions options = mixed_options(3, IFOREST_SUBSET, IFOREST_IMPUTE);
    Status status = STATUS_OUT_OF_MEMORY;

    options.n_trees = 4;
    for (size_t at = 1; status != STATUS_SUCCESS && at < 1000; at++) {
        Env *env = unit_env_failing(at);

        status = whole_way(env, x, &options);
        CHECK(status == STATUS_OUT_OF_MEMORY || status == STATUS_SUCCESS);
        unit_env_free(env);
    }
    CHECK_STATUS(status, STATUS_SUCCESS);
    for (size_t at = 1; at < 200; at += 13) {
        Env *env = unit_env_cancelling(at);

        CHECK_STATUS(whole_way(env, x, &options), STATUS_CANCELLED);
        unit_env_free(env);
    }
    unit_env_free(data);
}

int
main(void)
{
    unit_begin("iforest_extended");
    test_all_kinds();
    test_sums_agree();
    test_wild_ranges();
    test_codes();
    test_other_format();
    test_update();
    test_update_keeps_quantiles();
    test_attribution_finds();
    test_no_memory();
    return unit_end();
}
