/* dictionary.c - see dictionary.h. */
#include "warehouse/dictionary.h"

#include <string.h>

#include "warehouse/repeat.h"

#define FIRST_SLOTS 1024

static bool
set_size(Dictionary *dictionary, size_t n_slots)
{
    DictionarySlot *slots = ENV_NEW(dictionary->env, n_slots, DictionarySlot);
    DictionaryEntry *entries = ENV_NEW(dictionary->env, n_slots / 2, DictionaryEntry);

    if (slots == NULL || entries == NULL)
        return false;
    if (dictionary->n > 0)
        memcpy(entries, dictionary->entries, dictionary->n * sizeof(DictionaryEntry));
    dictionary->slots = slots;
    dictionary->entries = entries;
    dictionary->n_slots = n_slots;
    dictionary->last = NULL;
    return true;
}

bool
dictionary_init(Dictionary *dictionary, Env *env, size_t max_texts,
                void (*emit)(const DictionaryEntry *entry, void *context), void *context)
{
    memset(dictionary, 0, sizeof(*dictionary));
    dictionary->env = env;
    arena_init(&dictionary->texts, env);
    dictionary->max_texts = max_texts;
    dictionary->next = 1;
    dictionary->emit = emit;
    dictionary->context = context;
    return set_size(dictionary, FIRST_SLOTS);
}

void
dictionary_each(const Dictionary *dictionary, void (*visit)(const DictionaryEntry *entry, void *context),
                void *context)
{
    for (size_t i = 0; i < dictionary->n; i++)
        visit(&dictionary->entries[i], context);
}

static void
forget(Dictionary *dictionary)
{
    dictionary_each(dictionary, dictionary->emit, dictionary->context);
    arena_reset(&dictionary->texts);
    memset(dictionary->slots, 0, dictionary->n_slots * sizeof(DictionarySlot));
    dictionary->n = dictionary->n_bytes = 0;
    dictionary->last = NULL;
}

/* The low bits of the hash pick the slot, the high ones tell most texts apart without a look at the entry. */
static inline uint32_t
tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

/* The slot of the pair, or the free one where it belongs. */
static DictionarySlot *
find_slot(const Dictionary *dictionary, uint64_t hash, LineText a, LineText b)
{
    size_t mask = dictionary->n_slots - 1, slot = hash & mask;

    for (; dictionary->slots[slot].place != 0; slot = (slot + 1) & mask) {
        const DictionaryEntry *entry = &dictionary->entries[dictionary->slots[slot].place - 1];

        if (dictionary->slots[slot].tag == tag_of(hash) && line_text_equal(entry->a, a) &&
            line_text_equal(entry->b, b))
            break;
    }
    return &dictionary->slots[slot];
}

/* Doubles the table; the old one stays with the environment, all of them together cost as much as the last.
 */
static bool
grow(Dictionary *dictionary)
{
    if (!set_size(dictionary, dictionary->n_slots * 2))
        return false;
    for (size_t i = 0; i < dictionary->n; i++) {
        const DictionaryEntry *entry = &dictionary->entries[i];

        *find_slot(dictionary, entry->hash, entry->a, entry->b) =
            (DictionarySlot){tag_of(entry->hash), (uint32_t)i + 1};
    }
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
    DictionaryEntry entry = {.hash = hash}, *place;

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
    place = &dictionary->entries[dictionary->n++];
    *place = entry;
    *find_slot(dictionary, hash, a, b) = (DictionarySlot){tag_of(hash), (uint32_t)dictionary->n};
    return place;
}

DictionaryEntry *
dictionary_entry(Dictionary *dictionary, LineText a, LineText b)
{
    DictionaryEntry *last = dictionary->last;
    const DictionarySlot *slot;
    uint64_t hash;

    if (last != NULL && line_text_equal(last->a, a) && line_text_equal(last->b, b))
        return last;
    hash = repeat_hash_pair(a.data, a.length, b.data, b.length);
    slot = find_slot(dictionary, hash, a, b);
    last = slot->place != 0 ? &dictionary->entries[slot->place - 1] : add(dictionary, hash, a, b);
    dictionary->last = last;
    return last;
}
