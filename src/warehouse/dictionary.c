/* dictionary.c - see dictionary.h. */
#include "warehouse/dictionary.h"

#include <string.h>

#include "warehouse/repeat.h"

#define FIRST_SLOTS 1024

bool
dictionary_init(Dictionary *dictionary, Env *env, size_t max_texts,
                void (*emit)(const DictionaryEntry *entry, void *context), void *context)
{
    memset(dictionary, 0, sizeof(*dictionary));
    dictionary->env = env;
    arena_init(&dictionary->texts, env);
    dictionary->n_slots = FIRST_SLOTS;
    dictionary->entries = ENV_NEW(env, FIRST_SLOTS, DictionaryEntry);
    dictionary->max_texts = max_texts;
    dictionary->next = 1;
    dictionary->emit = emit;
    dictionary->context = context;
    return dictionary->entries != NULL;
}

void
dictionary_each(const Dictionary *dictionary, void (*visit)(const DictionaryEntry *entry, void *context),
                void *context)
{
    for (size_t i = 0; i < dictionary->n_slots; i++)
        if (dictionary->entries[i].number != 0)
            visit(&dictionary->entries[i], context);
}

static void
forget(Dictionary *dictionary)
{
    dictionary_each(dictionary, dictionary->emit, dictionary->context);
    arena_reset(&dictionary->texts);
    memset(dictionary->entries, 0, dictionary->n_slots * sizeof(DictionaryEntry));
    dictionary->n = dictionary->n_bytes = 0;
}

/* The slot of the pair, or the free one where it belongs. */
static DictionaryEntry *
find_slot(DictionaryEntry *entries, size_t n_slots, uint64_t hash, LineText a, LineText b)
{
    size_t slot = hash & (n_slots - 1);

    for (; entries[slot].number != 0; slot = (slot + 1) & (n_slots - 1)) {
        const DictionaryEntry *entry = &entries[slot];

        if (entry->hash == hash && line_text_equal(entry->a, a) && line_text_equal(entry->b, b))
            break;
    }
    return &entries[slot];
}

/* Doubles the table; the old one stays with the environment, all of them together cost as much as the last.
 */
static bool
grow(Dictionary *dictionary)
{
    size_t n_slots = dictionary->n_slots * 2;
    DictionaryEntry *entries = ENV_NEW(dictionary->env, n_slots, DictionaryEntry);

    if (entries == NULL)
        return false;
    for (size_t i = 0; i < dictionary->n_slots; i++) {
        const DictionaryEntry *entry = &dictionary->entries[i];

        if (entry->number != 0)
            *find_slot(entries, n_slots, entry->hash, entry->a, entry->b) = *entry;
    }
    dictionary->entries = entries;
    dictionary->n_slots = n_slots;
    return true;
}

static bool
copy_text(Dictionary *dictionary, LineText text, LineText *copy)
{
    char *bytes;

    *copy = text;
    if (text.data == NULL)
        return true;
    bytes = env_alloc(&dictionary->texts.env, text.length, 1);
    if (bytes == NULL)
        return false;
    memcpy(bytes, text.data, text.length);
    copy->data = bytes;
    dictionary->n_bytes += text.length;
    return true;
}

static DictionaryEntry *
add(Dictionary *dictionary, uint64_t hash, LineText a, LineText b)
{
    DictionaryEntry entry = {.hash = hash}, *slot;

    if (dictionary->n >= dictionary->max_texts || dictionary->n_bytes >= DICTIONARY_MAX_BYTES) {
        if (dictionary->emit == NULL)
            return NULL;
        forget(dictionary);
    }
    if (dictionary->n * 2 >= dictionary->n_slots && !grow(dictionary))
        return NULL;
    if (!copy_text(dictionary, a, &entry.a) || !copy_text(dictionary, b, &entry.b))
        return NULL;
    entry.number = dictionary->next++;
    slot = find_slot(dictionary->entries, dictionary->n_slots, hash, a, b);
    *slot = entry;
    dictionary->n++;
    return slot;
}

DictionaryEntry *
dictionary_entry(Dictionary *dictionary, LineText a, LineText b)
{
    uint64_t hash = repeat_hash_pair(a.data, a.length, b.data, b.length);
    DictionaryEntry *slot = find_slot(dictionary->entries, dictionary->n_slots, hash, a, b);

    return slot->number != 0 ? slot : add(dictionary, hash, a, b);
}
