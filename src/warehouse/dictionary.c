/* dictionary.c - see dictionary.h. */
#include "warehouse/dictionary.h"

#include <string.h>

#include "warehouse/repeat.h"

#define SLOTS     (2 * DICTIONARY_MAX_TEXTS)
#define NULL_TEXT SIZE_MAX

struct DictionaryEntry {
    uint64_t hash;
    const char *bytes;         /* a, then b */
    size_t length_a, length_b; /* NULL_TEXT for NULL */
    int32_t number;            /* 0: free */
};

bool
dictionary_init(Dictionary *dictionary, Env *env)
{
    memset(dictionary, 0, sizeof(*dictionary));
    arena_init(&dictionary->texts, env);
    dictionary->entries = ENV_NEW(env, SLOTS, DictionaryEntry);
    dictionary->next = 1;
    return dictionary->entries != NULL;
}

static void
forget(Dictionary *dictionary)
{
    arena_reset(&dictionary->texts);
    memset(dictionary->entries, 0, SLOTS * sizeof(DictionaryEntry));
    dictionary->n = dictionary->n_bytes = 0;
}

static bool
is_same(const DictionaryEntry *entry, uint64_t hash, LineText a, LineText b)
{
    size_t length_a = a.data != NULL ? a.length : NULL_TEXT, length_b = b.data != NULL ? b.length : NULL_TEXT;

    return entry->hash == hash && entry->length_a == length_a && entry->length_b == length_b &&
           memcmp(entry->bytes, a.data != NULL ? a.data : "", a.length) == 0 &&
           memcmp(entry->bytes + a.length, b.data != NULL ? b.data : "", b.length) == 0;
}

static int32_t
add(Dictionary *dictionary, DictionaryEntry *entry, uint64_t hash, LineText a, LineText b)
{
    char *bytes = env_alloc(&dictionary->texts.env, a.length + b.length, 1);

    if (bytes == NULL)
        return 0;
    memcpy(bytes, a.data != NULL ? a.data : "", a.length);
    memcpy(bytes + a.length, b.data != NULL ? b.data : "", b.length);
    entry->hash = hash;
    entry->bytes = bytes;
    entry->length_a = a.data != NULL ? a.length : NULL_TEXT;
    entry->length_b = b.data != NULL ? b.length : NULL_TEXT;
    entry->number = dictionary->next++;
    dictionary->n++;
    dictionary->n_bytes += a.length + b.length;
    return entry->number;
}

int32_t
dictionary_number(Dictionary *dictionary, LineText a, LineText b, bool *is_new)
{
    uint64_t hash = repeat_hash_pair(a.data, a.length, b.data, b.length);
    size_t slot;

    if (dictionary->n >= DICTIONARY_MAX_TEXTS || dictionary->n_bytes >= DICTIONARY_MAX_BYTES)
        forget(dictionary);
    for (slot = hash % SLOTS; dictionary->entries[slot].number != 0; slot = (slot + 1) % SLOTS)
        if (is_same(&dictionary->entries[slot], hash, a, b)) {
            *is_new = false;
            return dictionary->entries[slot].number;
        }
    *is_new = true;
    return add(dictionary, &dictionary->entries[slot], hash, a, b);
}
