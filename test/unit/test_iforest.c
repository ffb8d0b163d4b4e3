/*
 * Unit tests of iforest/: path lengths, training, scoring, bytes.
 *
 * Provenance: c(n) from exact harmonic numbers (H(1) = 1, H(2) = 3/2, H(3) = 11/6, H(4) = 25/12); everything
 * else are properties: order does not matter, all layouts agree, bytes survive, damage is found.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iforest_grown.h"

static void
score_all(Env *env, const IForest *forest, const double *x, size_t n, double *scores)
{
    IForestScorer *scorer = NULL;

    CHECK_STATUS(iforest_scorer_new(env, forest, &scorer, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_score(env, scorer, x, n, scores, NULL), STATUS_SUCCESS);
}

static bool
same_bytes(Env *env, const IForest *a, const IForest *b)
{
    Writer left, right;

    writer_init(&left, env);
    writer_init(&right, env);
    iforest_encode(&left, a);
    iforest_encode(&right, b);
    return left.length == right.length && memcmp(left.bytes, right.bytes, left.length) == 0;
}

static void
test_path_length(void)
{
    CHECK(iforest_c(0) == 0 && iforest_c(1) == 0 && iforest_c(0.5) == 0);
    CHECK_NEAR(iforest_c(2), 1, 1e-15);
    CHECK_NEAR(iforest_c(3), 5.0 / 3, 1e-15);
    CHECK_NEAR(iforest_c(4), 13.0 / 6, 1e-15);
    /* Fractional weights lie between the whole ones and meet them. */
    CHECK_NEAR(iforest_c(3 + 1e-9), 5.0 / 3, 1e-8);
    CHECK(iforest_c(2.5) > 1 && iforest_c(2.5) < 5.0 / 3);
    /* The asymptotic form meets the sum. */
    CHECK_NEAR(iforest_c(257) - iforest_c(256), 2.0 / 257, 1e-13);
}

/* A far point scores highest, the centre below one half, all within (0, 1). */
static void
test_meaning(void)
{
    Env *env = unit_env();
    enum { N = 1000, D = 3 };
    double *x = gaussian(env, N, D, 1), scores[N];
    IForestOptions options = iforest_default_options();
    size_t top = 0;

    x[0] = x[1] = x[2] = 8;
    score_all(env, grown(env, x, N, D, &options), x, N, scores);
    for (size_t i = 0; i < N; i++) {
        CHECK(scores[i] > 0 && scores[i] < 1);
        top = scores[i] > scores[top] ? i : top;
    }
    CHECK_EQUAL(top, 0);
    CHECK(scores[0] > 0.7);
    unit_env_free(env);
}

static void
shuffle(double *x, size_t n, size_t d, uint64_t seed)
{
    Rng rng;

    rng_init(&rng, seed, 7);
    for (size_t i = n - 1; i > 0; i--) {
        size_t other = (size_t)rng_below(&rng, i + 1);

        for (size_t j = 0; j < d; j++) {
            double v = x[i * d + j];

            x[i * d + j] = x[other * d + j];
            x[other * d + j] = v;
        }
    }
}

/* Ties, zeros of both signs and missing values, in three orders: the same bytes. */
static void
test_order_independence(void)
{
    Env *env = unit_env();
    enum { N = 700, D = 4 };
    double *x = gaussian(env, N, D, 2);
    IForestOptions options = iforest_default_options();
    IForest *first;

    for (size_t i = 0; i < (size_t)N * D; i++) {
        x[i] = i % D == 0 ? floor(x[i] * 2) : x[i];
        x[i] = i % 13 == 0 ? -0.0 : i % 17 == 0 ? 0.0 : i % 11 == 0 ? NAN : x[i];
    }
    options.contamination = 0.1;
    first = grown(env, x, N, D, &options);
    for (uint64_t order = 1; order <= 3; order++) {
        shuffle(x, N, D, order);
        CHECK(same_bytes(env, first, grown(env, x, N, D, &options)));
    }
    options.seed = 43;
    CHECK(!same_bytes(env, first, grown(env, x, N, D, &options)));
    unit_env_free(env);
}

/* More rows than the quantiles are taken from, some of them equal: which ones, and so the bytes, do not
 * depend on their order. */
static void
test_sketch_order_independence(void)
{
    enum { N = 6000, SEEDS = 10 };
    int n_same = 0;

    for (int seed = 0; seed < SEEDS; seed++) {
        Env *env = unit_env();
        double *x = gaussian(env, N, 1, (uint64_t)seed);
        IForestOptions options = iforest_default_options();
        IForest *first;

        options.seed = seed;
        options.n_trees = 2;
        for (size_t i = 0; i < N; i += 9)
            x[i] = floor(x[i]);
        first = grown(env, x, N, 1, &options);
        shuffle(x, N, 1, 1);
        n_same += same_bytes(env, first, grown(env, x, N, 1, &options));
        unit_env_free(env);
    }
    CHECK_EQUAL(n_same, SEEDS);
}

/* Each draw has different rows, and all rows are drawn equally often over many seeds. */
static void
test_sampling(void)
{
    enum { N = 50, PSI = 20, RUNS = 4000 };
    int counts[N] = {0};
    bool different = true;

    for (int seed = 0; seed < RUNS; seed++) {
        Env *env = unit_env();
        double x[N];
        uint32_t rows[PSI];
        bool seen[N] = {false};
        Sampler sampler;
        Rng rng;

        for (int i = 0; i < N; i++)
            x[i] = floor(i / 2.0); /* pairs of equal rows */
        CHECK_STATUS(sampler_init(env, x, N, 1, seed, &sampler, NULL), STATUS_SUCCESS);
        rng_init(&rng, (uint64_t)seed, 0);
        sampler_draw(&sampler, &rng, PSI, rows);
        for (int i = 0; i < PSI; i++) {
            different = different && !seen[rows[i]];
            seen[rows[i]] = true;
            counts[rows[i]]++;
        }
        unit_env_free(env);
    }
    CHECK(different);
    for (int i = 0; i < N; i++) /* mean 1600, standard deviation 31 */
        CHECK(abs(counts[i] - RUNS * PSI / N) < 155);
}

/* Heaps, step function and plain walk give the same bits, alone and in blocks. */
static void
test_layouts_agree(void)
{
    for (size_t d = 1; d <= 5; d += 2) {
        Env *env = unit_env();
        enum { N = 531 };
        double *x = gaussian(env, N, d, 3), scores[N];
        IForestOptions options = iforest_default_options();
        IForest *forest;
        IForestScorer *one, *all;
        size_t n_same = 0;

        x[d] = INFINITY;
        x[2 * d] = -INFINITY;
        forest = grown(env, x + 3 * d, N - 3, d, &options);
        CHECK_STATUS(iforest_scorer_new(env, forest, &all, NULL), STATUS_SUCCESS);
        all->n_scored = 1000000; /* enough for the step function to pay, where there is one feature */
        CHECK_STATUS(iforest_score(env, all, x, N, scores, NULL), STATUS_SUCCESS);
        CHECK((all->steps != NULL) == (d == 1));
        CHECK_STATUS(iforest_scorer_new(env, forest, &one, NULL), STATUS_SUCCESS);
        for (size_t i = 0; i < N; i++) {
            double alone;

            one->n_scored = i < 10 ? 0 : 100; /* first as stored, then by heaps */
            CHECK_STATUS(iforest_score(env, one, x + i * d, 1, &alone, NULL), STATUS_SUCCESS);
            n_same += alone == scores[i] && alone == score_of_sum(one, walk_sum(forest, x + i * d));
        }
        CHECK_EQUAL(n_same, N);
        CHECK(one->heaped && one->steps == NULL);
        unit_env_free(env);
    }
}

static void
test_deep_trees(void)
{
    Env *env = unit_env();
    enum { N = 3000, D = 2 };
    double *x = gaussian(env, N, D, 4), scores[N];
    IForestOptions options = iforest_default_options();
    IForestScorer *scorer;
    IForest *forest;

    options.max_depth = 32;
    options.sample_size = 4096;
    options.n_trees = 10;
    forest = grown(env, x, N, D, &options);
    CHECK_EQUAL(forest->sample_size, N);
    CHECK_STATUS(iforest_scorer_new(env, forest, &scorer, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_score(env, scorer, x, N, scores, NULL), STATUS_SUCCESS);
    CHECK(scorer->laid_out && !scorer->heaped);
    CHECK(scores[0] > 0 && scores[0] < 1);
    unit_env_free(env);
}

static void
test_degenerate(void)
{
    Env *env = unit_env();
    IForestOptions options = iforest_default_options();
    double same[300], one = 5, wide[300], scores[300], empty = NAN, tiny[300];
    Failure failure;
    IForest *forest;

    for (size_t i = 0; i < 300; i++) {
        same[i] = 7.25;
        wide[i] = i % 2 == 0 ? -1.7e308 : 1.7e308;
        tiny[i] = i % 2 == 0 ? 4.9406564584124654e-324 : 0;
    }
    score_all(env, grown(env, same, 100, 3, &options), same, 100, scores);
    for (size_t i = 0; i < 100; i++)
        CHECK(scores[i] == 0.5);
    score_all(env, grown(env, &one, 1, 1, &options), &one, 1, scores);
    CHECK(scores[0] == 0.5);
    score_all(env, grown(env, wide, 300, 1, &options), wide, 300, scores);
    CHECK(isfinite(scores[0]) && isfinite(scores[1]));
    score_all(env, grown(env, tiny, 300, 1, &options), tiny, 300, scores);
    CHECK(isfinite(scores[0]) && isfinite(scores[1]));
    score_all(env, grown(env, same, 100, 3, &options), &(double[3]){NAN, NAN, NAN}[0], 1, scores);
    CHECK(isnan(scores[0]));
    CHECK_STATUS(iforest_train(env, &one, 0, 1, 0, &options, &forest, &failure), STATUS_BAD_DATA);
    CHECK_STATUS(iforest_train(env, &one, 1, 0, 0, &options, &forest, &failure), STATUS_BAD_SHAPE);
    same[4] = INFINITY;
    CHECK_STATUS(iforest_train(env, same, 100, 3, 0, &options, &forest, &failure), STATUS_BAD_DATA);
    CHECK_TEXT(failure.message, "infinite value in feature 2");
    options.missing = IFOREST_FAIL;
    CHECK_STATUS(iforest_train(env, &empty, 1, 1, 0, &options, &forest, &failure), STATUS_NULL_VALUE);
    unit_env_free(env);
}

static void
expect_bad(IForestOptions options, const char *word)
{
    Failure failure = {0};

    CHECK_STATUS(iforest_check_options(&options, &failure), STATUS_BAD_VALUE);
    CHECK(strstr(failure.message, word) != NULL && failure.hint[0] != '\0');
}

static void
test_options(void)
{
    IForestOptions good = iforest_default_options(), o;

    CHECK_STATUS(iforest_check_options(&good, NULL), STATUS_SUCCESS);
    o = good, o.n_trees = 0, expect_bad(o, "n_trees");
    o = good, o.n_trees = 10001, expect_bad(o, "n_trees");
    o = good, o.sample_size = 1, expect_bad(o, "sample_size");
    o = good, o.sample_size = 65537, expect_bad(o, "sample_size");
    o = good, o.max_depth = 33, expect_bad(o, "max_depth");
    o = good, o.max_depth = -1, expect_bad(o, "max_depth");
    o = good, o.contamination = 0.51, expect_bad(o, "contamination");
    o = good, o.contamination = -0.1, expect_bad(o, "contamination");
    o = good, o.contamination = NAN, expect_bad(o, "contamination");
}

/* The threshold leaves the wanted share of training rows above it and changes no score. */
static void
test_contamination(void)
{
    Env *env = unit_env();
    enum { N = 6000, D = 2 };
    double *x = gaussian(env, N, D, 5), *scores = ENV_NEW(env, N, double);
    IForestOptions options = iforest_default_options();
    IForest *forest;
    size_t above = 0;

    options.contamination = 0.05;
    forest = grown(env, x, N, D, &options);
    score_all(env, forest, x, N, scores);
    for (size_t i = 0; i < N; i++)
        above += scores[i] > forest->threshold;
    CHECK_EQUAL(above, N / 20);
    CHECK_NEAR(forest->quantiles[95], forest->threshold, 0.02);
    options.contamination = 0;
    CHECK(grown(env, x, N, D, &options)->threshold == 0.5);
    unit_env_free(env);
}

/* Missing values in a tenth of the cells leave the outlier on top and average rows near where they were. */
static void
test_missing(void)
{
    for (int action = IFOREST_DIVIDE; action <= IFOREST_IMPUTE; action++) {
        Env *env = unit_env();
        enum { N = 400, D = 12 };
        double *x = gaussian(env, N, D, 6), scores[N];
        IForestOptions options = iforest_default_options();
        size_t top = 0;

        options.missing = (IForestMissing)action;
        for (size_t i = D; i < (size_t)N * D; i++)
            x[i] = i % 10 == 3 ? NAN : x[i];
        for (size_t j = 0; j < D; j++)
            x[j] = j < 10 ? 6 : NAN;
        for (size_t j = 0; j < D; j++) /* one value only: eleven forks wanted, eight made */
            x[D + j] = j == 0 ? 0 : NAN;
        score_all(env, grown(env, x, N, D, &options), x, N, scores);
        for (size_t i = 0; i < N; i++)
            top = scores[i] > scores[top] ? i : top;
        CHECK_EQUAL(top, 0);
        CHECK(scores[1] > 0.3 && scores[1] < 0.6);
        unit_env_free(env);
    }
}

static void
test_missing_fails_when_told(void)
{
    Env *env = unit_env();
    double *x = gaussian(env, 50, 2, 7), row[2] = {0, NAN}, score;
    IForestOptions options = iforest_default_options();
    IForestScorer *scorer;
    Failure failure;

    options.missing = IFOREST_FAIL;
    CHECK_STATUS(iforest_scorer_new(env, grown(env, x, 50, 2, &options), &scorer, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_score(env, scorer, row, 1, &score, &failure), STATUS_NULL_VALUE);
    CHECK(strstr(failure.message, "feature 2") != NULL);
    unit_env_free(env);
}

/* 1,000 features of which one tells; the constant ones are dropped, not drawn in vain. */
static void
test_many_features(void)
{
    Env *env = unit_env();
    enum { N = 300, D = 1000 };
    double *x = ENV_NEW(env, (size_t)N * D, double), scores[N];
    IForestOptions options = iforest_default_options();
    size_t top = 0;

    for (size_t i = 0; i < N; i++)
        x[i * D + 500] = i == 17 ? 1000 : (double)(i % 50);
    score_all(env, grown(env, x, N, D, &options), x, N, scores);
    for (size_t i = 0; i < N; i++)
        top = scores[i] > scores[top] ? i : top;
    CHECK_EQUAL(top, 17);
    CHECK(scores[17] > 0.7);
    unit_env_free(env);
}

/* Lack of memory at any allocation, and cancelling at any question, come back as their status. */
static void
test_no_memory_and_cancel(void)
{
    Env *data = unit_env();
    enum { N = 5000, D = 2 };
    double *x = gaussian(data, N, D, 8);
    IForestOptions options = iforest_default_options();

    options.n_trees = 5;
    options.contamination = 0.1;
    for (size_t at = 1;; at++) {
        Env *env = unit_env_failing(at);
        IForest *forest;
        Failure failure = {0};
        Status status = iforest_train(env, x, N, D, 0, &options, &forest, &failure);

        unit_env_free(env);
        if (status == STATUS_SUCCESS)
            break;
        CHECK_STATUS(status, STATUS_OUT_OF_MEMORY);
    }
    for (size_t at = 1; at < 2000; at += 97) {
        Env *env = unit_env_cancelling(at);
        IForest *forest;
        Status status = iforest_train(env, x, N, D, 0, &options, &forest, NULL);

        CHECK(status == STATUS_CANCELLED || (status == STATUS_SUCCESS && at > 100));
        unit_env_free(env);
    }
    unit_env_free(data);
}

static double
odd_number(Rng *rng)
{
    switch (rng_below(rng, 8)) {
    case 0:
        return NAN;
    case 1:
        return (double)rng_below(rng, 3);
    case 2:
        return -0.0;
    case 3:
        return (rng_uniform(rng) - 0.5) * 1e308;
    case 4:
        return (rng_uniform(rng) - 0.5) * 1e-308;
    default:
        return rng_normal(rng);
    }
}

/* Any rows and options: a sane forest whose bytes come back, the same for any order, scores within (0, 1). */
static void
test_random_forests(void)
{
    for (uint64_t seed = 1; seed <= 80; seed++) {
        Env *env = unit_env();
        IForestOptions options = iforest_default_options();
        size_t n, d, n_wrong = 0;
        IForest *forest, *back = NULL;
        double *x, *scores;
        Writer w;
        Rng rng;

        rng_init(&rng, seed, 1);
        n = 1 + rng_below(&rng, 400);
        d = 1 + rng_below(&rng, seed % 4 == 0 ? 40 : 3);
        options.n_trees = 1 + (int64_t)rng_below(&rng, 20);
        options.sample_size = 2 + (int64_t)rng_below(&rng, 300);
        options.max_depth = (int64_t)rng_below(&rng, 33);
        options.seed = (int64_t)rng_next(&rng);
        options.missing = seed % 2 == 0 ? IFOREST_DIVIDE : IFOREST_IMPUTE;
        options.contamination = seed % 3 == 0 ? 0.2 : 0;
        x = ENV_NEW(env, n * d, double);
        scores = ENV_NEW(env, n, double);
        for (size_t i = 0; i < n * d; i++)
            x[i] = i % d == 0 ? rng_normal(&rng) : odd_number(&rng);
        forest = grown(env, x, n, d, &options);
        writer_init(&w, env);
        iforest_encode(&w, forest);
        CHECK_STATUS(iforest_decode(env, w.bytes, w.length, &back, NULL), STATUS_SUCCESS);
        CHECK(same_bytes(env, forest, back));
        score_all(env, back, x, n, scores);
        for (size_t i = 0; i < n; i++)
            n_wrong += !(scores[i] > 0 && scores[i] < 1);
        CHECK_EQUAL(n_wrong, 0);
        shuffle(x, n, d, seed);
        CHECK(same_bytes(env, forest, grown(env, x, n, d, &options)));
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("iforest");
    test_random_forests();
    test_path_length();
    test_meaning();
    test_order_independence();
    test_sketch_order_independence();
    test_sampling();
    test_layouts_agree();
    test_deep_trees();
    test_degenerate();
    test_options();
    test_contamination();
    test_missing();
    test_missing_fails_when_told();
    test_many_features();
    test_no_memory_and_cancel();
    return unit_end();
}
