#include "iforest/texts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "iforest/iforest_internal.h"

#define FIRST_SLOTS 64

void
texts_init(Texts *texts, Env *env)
{
    memset(texts, 0, sizeof(*texts));
    texts->env = env;
}

uint64_t
text_word(const char *text, size_t length)
{
    uint64_t word = level_hash(text, length);

    return word == MISSING_WORD ? word + 1 : word;
}

static Text *
find_slot(const Texts *texts, uint64_t word)
{
    size_t at = (size_t)word & (texts->n_slots - 1);

    while (texts->slots[at].text != NULL && texts->slots[at].word != word)
        at = (at + 1) & (texts->n_slots - 1);
    return &texts->slots[at];
}

static bool
grow(Texts *texts)
{
    Texts larger = *texts;

    larger.n_slots = texts->n_slots > 0 ? 2 * texts->n_slots : FIRST_SLOTS;
    larger.slots = ENV_NEW(texts->env, larger.n_slots, Text);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < texts->n_slots; i++)
        if (texts->slots[i].text != NULL)
            *find_slot(&larger, texts->slots[i].word) = texts->slots[i];
    *texts = larger;
    return true;
}

static char *
copy_text(Env *env, const char *text, size_t length)
{
    char *copy = ENV_NEW(env, length + 1, char);

    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}

bool
texts_add(Texts *texts, uint64_t word, const char *text, size_t length)
{
    Text *slot;
    char *copy;

    if (2 * texts->n >= texts->n_slots && !grow(texts))
        return false;
    slot = find_slot(texts, word);
    if (slot->text != NULL && strlen(slot->text) == length && memcmp(slot->text, text, length) == 0)
        return true;
    copy = copy_text(texts->env, text, length);
    if (copy == NULL)
        return false;
    if (slot->text == NULL) {
        *slot = (Text){.word = word, .text = copy};
        texts->n++;
        texts->n_bytes += sizeof(Text) + length + 1;
    } else if (strcmp(copy, slot->text) < 0) {
        slot->text = copy;
    }
    return true;
}

const Text *
texts_find(const Texts *texts, uint64_t word)
{
    const Text *slot = texts->n_slots > 0 ? find_slot(texts, word) : NULL;

    return slot != NULL && slot->text != NULL ? slot : NULL;
}

static int
by_count(const void *left, const void *right)
{
    const Text *a = *(Text *const *)left, *b = *(Text *const *)right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->text, b->text);
}

static int
by_text(const void *left, const void *right)
{
    return strcmp((*(Text *const *)left)->text, (*(Text *const *)right)->text);
}

static size_t
count_words(Texts *texts, const uint64_t *words, size_t n, size_t width, size_t column)
{
    size_t n_found = 0;

    for (size_t i = 0; i < texts->n_slots; i++)
        texts->slots[i].count = 0;
    for (size_t i = 0; i < n; i++)
        if (words[i * width + column] != MISSING_WORD)
            n_found += find_slot(texts, words[i * width + column])->count++ == 0;
    return n_found;
}

Status
texts_dictionary(Texts *texts, Env *env, const uint64_t *words, size_t n, size_t width, size_t column,
                 IForestLevels *levels, Failure *failure)
{
    size_t n_found = count_words(texts, words, n, width, column), n_listed = 0, n_levels;
    Text **found = ENV_NEW(env, n_found, Text *);

    n_levels = n_found < IFOREST_MAX_LEVELS ? n_found : IFOREST_MAX_LEVELS;
    levels->texts = ENV_NEW(env, n_levels, char *);
    if (found == NULL || levels->texts == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < texts->n_slots; i++)
        if (texts->slots[i].text != NULL && texts->slots[i].count > 0)
            found[n_listed++] = &texts->slots[i];
    if (env_cancelled(env))
        return fail_cancelled(failure);
    qsort(found, n_found, sizeof(Text *), by_count);
    qsort(found, n_levels, sizeof(Text *), by_text);
    for (size_t i = 0; i < n_found; i++) {
        found[i]->code = (double)(i < n_levels ? i : n_levels);
        if (i < n_levels)
            levels->texts[i] = found[i]->text;
    }
    levels->n = (uint32_t)n_levels;
    levels->rest = n_found > n_levels;
    return STATUS_SUCCESS;
}

void
texts_encode(const Texts *texts, const uint64_t *words, size_t n, size_t width, size_t column, double *to)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word = words[i * width + column];

        to[i * width + column] = word == MISSING_WORD ? NAN : find_slot(texts, word)->code;
    }
}
