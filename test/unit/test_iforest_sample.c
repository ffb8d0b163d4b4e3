/*
 * Unit tests of iforest/: the bounded sample of rows and the dictionary of their categories.
 *
 * Provenance: properties and definitions. A merged reservoir is the one that all rows would have made,
 * whatever their order; counts are exact; a dictionary holds the most frequent categories.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iforest/iforest_internal.h"
#include "iforest/reservoir.h"
#include "iforest/texts.h"
#include "unit.h"

typedef struct Kept {
    uint64_t word, count;
} Kept;

static int
by_word(const void *left, const void *right)
{
    const Kept *a = left, *b = right;

    return a->word < b->word ? -1 : a->word > b->word;
}

static size_t
list_kept(const Reservoir *r, Kept *list)
{
    for (size_t i = 0; i < r->n; i++)
        list[i] = (Kept){r->words[i], r->counts[i]};
    qsort(list, r->n, sizeof(Kept), by_word);
    return r->n;
}

/* Filling in any order, in parts and merged, keeps the same rows with exact counts. */
static void
test_reservoir(void)
{
    enum { OFFERED = 20000, DIFFERENT = 5000, ROOM = 1024 };
    Kept first[ROOM], again[ROOM];
    size_t n_first = 0;

    for (int way = 0; way < 4; way++) {
        Env *env = unit_env();
        Reservoir r, part;
        uint64_t n_exact = 0;

        CHECK_STATUS(reservoir_init(&r, env, 1, ROOM, 42, NULL), STATUS_SUCCESS);
        CHECK_STATUS(reservoir_init(&part, env, 1, ROOM, 42, NULL), STATUS_SUCCESS);
        for (uint64_t i = 0; i < OFFERED; i++) {
            uint64_t at = way == 1   ? OFFERED - 1 - i
                          : way == 2 ? i * 7919 % OFFERED
                                     : i,
                     word = at % DIFFERENT;

            reservoir_add(way == 3 && i % 3 == 0 ? &part : &r, &word, 1);
        }
        if (way == 3) {
            reservoir_raise(&r, part.level);
            for (size_t i = 0; i < part.n; i++)
                reservoir_add(&r, &part.words[i], part.counts[i]);
        }
        CHECK(r.level >= 2 && r.n <= ROOM && r.n > ROOM / 4);
        for (size_t i = 0; i < r.n; i++)
            n_exact += r.counts[i] == OFFERED / DIFFERENT;
        CHECK_EQUAL(n_exact, r.n);
        if (way == 0)
            n_first = list_kept(&r, first);
        else
            CHECK(list_kept(&r, again) == n_first && memcmp(first, again, n_first * sizeof(Kept)) == 0);
        unit_env_free(env);
    }
}

/* Repetitions are thinned to the limit, each row in proportion to its count. */
static void
test_reservoir_expands(void)
{
    Env *env = unit_env();
    enum { LIMIT = 1000 };
    uint64_t *words, rare = 1, common = 2, n_common = 0;
    size_t n;
    Reservoir r;

    CHECK_STATUS(reservoir_init(&r, env, 1, 16, 42, NULL), STATUS_SUCCESS);
    reservoir_add(&r, &rare, 100000);
    reservoir_add(&r, &common, 300000);
    CHECK_STATUS(reservoir_expand(&r, env, LIMIT, &words, &n, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < n; i++)
        n_common += words[i] == common;
    CHECK(n > LIMIT / 3 && n <= LIMIT);
    CHECK(fabs((double)n_common / (double)n - 0.75) < 0.08);
    CHECK_STATUS(reservoir_expand(&r, env, 400000, &words, &n, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n, 400000);
    unit_env_free(env);
}

static void
test_dictionary(void)
{
    Env *env = unit_env();
    enum { ROWS = 3000, DIFFERENT = 1500 };
    uint64_t *words = ENV_NEW(env, ROWS, uint64_t);
    double *codes = ENV_NEW(env, ROWS, double);
    IForestLevels levels;
    Texts texts;
    size_t n_rest = 0, n_right = 0;

    texts_init(&texts, env);
    for (size_t i = 0; i < ROWS; i++) {
        /* The first 500 come three times, the others once or, for one in two hundred, not at all. */
        size_t k = i < 1500 ? i % 500 : i % DIFFERENT;
        char text[16];

        snprintf(text, sizeof(text), "t%04zu", k);
        words[i] = i % 200 == 199 ? MISSING_WORD : text_word(text, strlen(text));
        if (i % 200 != 199)
            CHECK(texts_add(&texts, words[i], text, strlen(text)));
    }
    CHECK_STATUS(texts_dictionary(&texts, env, words, ROWS, 1, 0, &levels, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(levels.n, IFOREST_MAX_LEVELS);
    CHECK(levels.rest && strcmp(levels.texts[0], "t0000") == 0);
    texts_encode(&texts, words, ROWS, 1, 0, codes);
    for (size_t i = 0; i < ROWS; i++) {
        const Text *text = texts_find(&texts, words[i]);

        n_rest += codes[i] == IFOREST_MAX_LEVELS;
        n_right += text == NULL ? isnan(codes[i])
                                : codes[i] == IFOREST_MAX_LEVELS ||
                                      strcmp(levels.texts[(size_t)codes[i]], text->text) == 0;
    }
    CHECK_EQUAL(n_right, ROWS);
    CHECK(n_rest > 400 && n_rest <= 500);
    unit_env_free(env);
}

static Status
sample_way(Env *env)
{
    uint64_t *words, word;
    IForestLevels levels;
    Reservoir r;
    Texts texts;
    size_t n;

    RETURN_IF_FAILED(reservoir_init(&r, env, 1, 64, 1, NULL));
    texts_init(&texts, env);
    for (int i = 0; i < 200; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        word = text_word(text, strlen(text));
        if (reservoir_add(&r, &word, 1) && !texts_add(&texts, word, text, strlen(text)))
            return STATUS_OUT_OF_MEMORY;
    }
    RETURN_IF_FAILED(reservoir_expand(&r, env, 100, &words, &n, NULL));
    return texts_dictionary(&texts, env, words, n, 1, 0, &levels, NULL);
}

static void
test_no_memory(void)
{
    Status status = STATUS_OUT_OF_MEMORY;

    for (size_t at = 1; status != STATUS_SUCCESS && at < 1000; at++) {
        Env *env = unit_env_failing(at);

        status = sample_way(env);
        CHECK(status == STATUS_OUT_OF_MEMORY || status == STATUS_SUCCESS);
        unit_env_free(env);
    }
    CHECK_STATUS(status, STATUS_SUCCESS);
}

int
main(void)
{
    unit_begin("iforest_sample");
    test_reservoir();
    test_reservoir_expands();
    test_dictionary();
    test_no_memory();
    return unit_end();
}
