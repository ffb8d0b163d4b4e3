/*
 * Unit tests of iforest/model.c: a model survives its bytes, and no damage to them goes unnoticed or does
 * harm.
 *
 * Provenance: properties. Flips are tried twice: with the CRC left wrong (always an error) and with the CRC
 * made right again, as a hostile author would (an error, or a sane model that can be scored).
 */
#include <math.h>
#include <string.h>

#include "iforest/iforest_internal.h"
#include "kit/rng.h"
#include "unit.h"

enum { N = 60, D = 2, MAX_D = 3 };

/* The models tried: numbers in one and in two columns, two numbers and a category, the same in sums. */
typedef enum Kind { ONE, TWO, MIXED, SUMS } Kind;

static char name_a[] = "price", name_b[] = "quantity";
static char *names[] = {name_a, name_b};

static size_t
columns_of(Kind kind)
{
    return kind == ONE ? 1 : kind == TWO ? 2 : MAX_D;
}

static Writer
encoded_model(Env *env, Kind kind)
{
    static char red[] = "red", green[] = "green";
    static char *colours[] = {green, red};
    static const IForestLevels levels = {colours, 2, true};
    size_t d = columns_of(kind);
    double *x = ENV_NEW(env, N * d, double);
    IForestOptions options = iforest_default_options();
    IForest *forest = NULL;
    Writer w;
    Rng rng;

    rng_init(&rng, 9, 9);
    for (size_t i = 0; i < N * d; i++)
        x[i] = d > 1 && i % 19 == 5 ? NAN : rng_normal(&rng);
    for (size_t i = 0; i < N && d == MAX_D; i++)
        x[i * d + 2] = (double)(i % 3);
    options.n_categorical = d == MAX_D;
    options.levels = &levels;
    options.ndim = kind == SUMS ? 2 : 1;
    options.categ_split = kind == SUMS ? IFOREST_SUBSET : IFOREST_SINGLE;
    options.n_trees = 3;
    options.sample_size = 32;
    if (kind == TWO) {
        options.names = names;
        options.n_names = 2;
    }
    CHECK_STATUS(iforest_train(env, x, N, d, 4, &options, &forest, NULL), STATUS_SUCCESS);
    writer_init(&w, env);
    iforest_encode(&w, forest);
    CHECK(!w.failed);
    return w;
}

static void
test_round_trip(void)
{
    Env *env = unit_env();
    Writer w = encoded_model(env, TWO), again;
    IForest *forest = NULL;

    CHECK_STATUS(iforest_decode(env, w.bytes, w.length, &forest, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(forest->n_trees, 3);
    CHECK_EQUAL(forest->n_skipped, 4);
    CHECK_TEXT(forest->columns[1].name, "quantity");
    writer_init(&again, env);
    iforest_encode(&again, forest);
    CHECK(again.length == w.length && memcmp(again.bytes, w.bytes, w.length) == 0);
    unit_env_free(env);
}

static void
test_truncation(void)
{
    Env *env = unit_env();
    Writer w = encoded_model(env, TWO);
    size_t n_refused = 0;

    for (size_t length = 0; length < w.length; length++) {
        IForest *forest;
        Failure failure;

        n_refused += iforest_decode(env, w.bytes, length, &forest, &failure) == STATUS_CORRUPT;
    }
    CHECK_EQUAL(n_refused, w.length);
    unit_env_free(env);
}

/* The bytes with a right CRC: refused, or whole enough to score any row. */
static bool
harmless(Env *env, const unsigned char *bytes, size_t length, size_t d)
{
    double rows[4][MAX_D] = {
        {0, 0, 0}, {NAN, 1, IFOREST_UNSEEN}, {INFINITY, -INFINITY, NAN}, {NAN, NAN, NAN}};
    double flat[70 * MAX_D], scores[70], parts[MAX_D];
    IForestScorer *scorer;
    IForest *forest;

    if (iforest_decode(env, bytes, length, &forest, NULL) != STATUS_SUCCESS)
        return true;
    if (!iforest_sane(forest) || forest->n_features != d || forest->n_categorical != (d == MAX_D))
        return iforest_sane(forest);
    /* Code 0 may be gone from a dictionary that was damaged into an empty one. */
    if (d == MAX_D && levels_n_codes(&forest->columns[2]) == 0)
        rows[0][2] = IFOREST_UNSEEN;
    for (size_t i = 0; i < 70 * d; i++)
        flat[i] = rows[i / d % 4][i % d];
    if (iforest_scorer_new(env, forest, &scorer, NULL) != STATUS_SUCCESS)
        return false;
    /* By heaps, then as if it paid to build the step function or the lanes. */
    for (int round = 0; round < 2; round++) {
        if (iforest_score(env, scorer, flat, 70, scores, NULL) != STATUS_SUCCESS)
            return forest->missing == IFOREST_FAIL;
        scorer->n_scored = 1000000;
    }
    for (size_t i = 0; i < 4; i++)
        if (iforest_explain(env, forest, rows[i], parts, NULL) != STATUS_SUCCESS)
            return forest->missing == IFOREST_FAIL;
    for (size_t i = 0; i < 70; i++)
        if (!isnan(scores[i]) && !(scores[i] >= 0))
            return false;
    return true;
}

static void
test_flips(Kind kind)
{
    size_t d = columns_of(kind);
    Env *env = unit_env();
    Writer w = encoded_model(env, kind);
    size_t n_refused = 0, n_harmless = 0, n_tried = 0;

    for (size_t at = 0; at < w.length; at++)
        for (int mask = 1; mask < 256; mask = mask == 1 ? 0x80 : mask == 0x80 ? 0xff : 256) {
            Env *own = unit_env();
            unsigned char *copy = env_alloc(own, w.length, 1);
            IForest *forest;
            uint32_t crc;

            memcpy(copy, w.bytes, w.length);
            copy[at] ^= (unsigned char)mask;
            n_tried++;
            n_refused += iforest_decode(own, copy, w.length, &forest, NULL) == STATUS_CORRUPT;
            crc = crc32c(0, copy, w.length - 4);
            for (size_t i = 0; i < 4; i++)
                copy[w.length - 4 + i] = (unsigned char)(crc >> (8 * i));
            n_harmless += harmless(own, copy, w.length, d);
            unit_env_free(own);
        }
    CHECK_EQUAL(n_refused, n_tried);
    CHECK_EQUAL(n_harmless, n_tried);
    unit_env_free(env);
}

static void
test_out_of_memory(void)
{
    Env *env = unit_env();
    Writer w = encoded_model(env, TWO);
    Status status = STATUS_OUT_OF_MEMORY;

    for (size_t at = 1; status != STATUS_SUCCESS && at < 100; at++) {
        Env *poor = unit_env_failing(at);
        IForest *forest;

        status = iforest_decode(poor, w.bytes, w.length, &forest, NULL);
        /* A text that finds no memory counts as unreadable in the codec. */
        CHECK(status == STATUS_OUT_OF_MEMORY || status == STATUS_CORRUPT || status == STATUS_SUCCESS);
        unit_env_free(poor);
    }
    CHECK_STATUS(status, STATUS_SUCCESS);
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("iforest_model");
    test_round_trip();
    test_truncation();
    for (Kind kind = ONE; kind <= SUMS; kind++)
        test_flips(kind);
    test_out_of_memory();
    return unit_end();
}
