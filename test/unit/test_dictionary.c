/*
 * Unit tests of warehouse/dictionary: numbers for texts.
 *
 * The expected answers follow from the contract in dictionary.h; the reference is a plain array searched from
 * the start.
 */
#include <stdio.h>
#include <string.h>

#include "kit/rng.h"
#include "unit.h"
#include "warehouse/dictionary.h"

enum { N_TEXTS = 3000 };

static const LineText null_text = {NULL, 0};

static LineText
text_of(const char *text)
{
    return (LineText){text, strlen(text)};
}

typedef struct Emitted {
    size_t n, n_counted;
    int32_t greatest;
} Emitted;

static void
note(const DictionaryEntry *entry, void *context)
{
    Emitted *emitted = context;

    emitted->n++;
    emitted->n_counted += (size_t)entry->n;
    if (entry->number > emitted->greatest)
        emitted->greatest = entry->number;
}

static void
test_pairs(void)
{
    Env *env = unit_env();
    Dictionary d;
    const DictionaryEntry *entry;

    CHECK(dictionary_init(&d, env, 100, NULL, NULL));
    entry = dictionary_entry(&d, text_of("a"), text_of("bc"));
    CHECK(entry != NULL && entry->number == 1);
    CHECK_EQUAL(dictionary_entry(&d, text_of("ab"), text_of("c"))->number, 2);
    CHECK_EQUAL(dictionary_entry(&d, text_of("abc"), null_text)->number, 3);
    CHECK_EQUAL(dictionary_entry(&d, text_of("abc"), text_of(""))->number, 4);
    CHECK_EQUAL(dictionary_entry(&d, null_text, text_of("abc"))->number, 5);
    CHECK_EQUAL(dictionary_entry(&d, null_text, null_text)->number, 6);
    CHECK_EQUAL(dictionary_entry(&d, text_of("a"), text_of("bc"))->number, 1);
    CHECK_EQUAL(dictionary_entry(&d, text_of("abc"), null_text)->number, 3);
    CHECK_EQUAL(d.n, 6);
    unit_env_free(env);
}

/* Every text keeps its number while the table grows; texts are looked up in random order. */
static void
test_growth(void)
{
    static char texts[N_TEXTS][24];
    static int32_t numbers[N_TEXTS];
    Env *env = unit_env();
    Dictionary d;
    Rng rng;
    Emitted emitted = {0};
    int n_wrong = 0;

    rng_init(&rng, 7, 0);
    CHECK(dictionary_init(&d, env, N_TEXTS, NULL, NULL));
    for (int i = 0; i < N_TEXTS; i++)
        snprintf(texts[i], sizeof(texts[i]), "text %d", i);
    for (int i = 0; i < 20 * N_TEXTS; i++) {
        size_t k = rng_below(&rng, N_TEXTS);
        DictionaryEntry *entry = dictionary_entry(&d, text_of(texts[k]), text_of("x"));

        n_wrong += entry == NULL || (numbers[k] != 0 && entry->number != numbers[k]);
        if (entry != NULL) {
            numbers[k] = entry->number;
            entry->n++;
        }
    }
    CHECK_EQUAL(n_wrong, 0);
    dictionary_each(&d, note, &emitted);
    CHECK_EQUAL(emitted.n, d.n);
    CHECK_EQUAL(emitted.n_counted, 20 * N_TEXTS);
    CHECK_EQUAL(emitted.greatest, (int)d.n);
    unit_env_free(env);
}

static void
test_full(void)
{
    Env *env = unit_env();
    Dictionary keeps, forgets;
    Emitted emitted = {0};
    char text[16];

    CHECK(dictionary_init(&keeps, env, 10, NULL, NULL));
    CHECK(dictionary_init(&forgets, env, 10, note, &emitted));
    for (int i = 0; i < 25; i++) {
        DictionaryEntry *entry;

        snprintf(text, sizeof(text), "%d", i);
        entry = dictionary_entry(&keeps, text_of(text), null_text);
        CHECK(i < 10 ? entry != NULL && entry->number == i + 1 : entry == NULL);
        entry = dictionary_entry(&forgets, text_of(text), null_text);
        CHECK(entry != NULL && entry->number == i + 1);
        if (entry != NULL)
            entry->n++;
    }
    CHECK(dictionary_entry(&keeps, text_of("3"), null_text) != NULL);
    CHECK_EQUAL(emitted.n, 20);
    dictionary_each(&forgets, note, &emitted);
    CHECK_EQUAL(emitted.n, 25);
    CHECK_EQUAL(emitted.n_counted, 25);
    CHECK_EQUAL(dictionary_entry(&forgets, text_of("3"), null_text)->number, 26);
    unit_env_free(env);
}

static void
test_no_memory(void)
{
    bool ended = false;

    for (size_t n = 1; !ended; n++) {
        Env *env = unit_env_failing(n);
        Dictionary d;
        bool ok = dictionary_init(&d, env, N_TEXTS, NULL, NULL);
        char text[16];

        for (int i = 0; ok && i < 2000; i++) {
            snprintf(text, sizeof(text), "%d", i);
            ok = dictionary_entry(&d, text_of(text), null_text) != NULL;
        }
        ended = ok;
        CHECK(ok || unit_env_allocations(env) >= n);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("dictionary");
    test_pairs();
    test_growth();
    test_full();
    test_no_memory();
    return unit_end();
}
