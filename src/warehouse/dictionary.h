/*
 * dictionary.h - numbers for texts that come again and again: stock codes, descriptions, customers,
 * countries.
 *
 * A hash table that grows up to a limit. Then one that forgets gives out its texts through emit and begins
 * anew with new numbers, so that a text may get a second number (whoever writes them down groups by text
 * again at the end); one that does not forget knows no further texts. Cost: one hash and about one comparison
 * a look, and no hash where the same text comes twice in a row.
 */
#ifndef BI_ML_WAREHOUSE_DICTIONARY_H
#define BI_ML_WAREHOUSE_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/arena.h"
#include "warehouse/line.h"

#define DICTIONARY_MAX_TEXTS ((size_t)1 << 19)  /* with all that it outgrew, 150 MB */
#define DICTIONARY_MAX_BYTES ((size_t)32 << 20) /* of texts */

typedef struct DictionaryEntry {
    uint64_t hash;
    LineText a, b;
    int32_t number;
    /* What the caller notes and counts for the pair of texts; 0 at first. */
    int32_t note;
    int64_t n, first_ts, last_ts;
} DictionaryEntry;

typedef struct DictionarySlot {
    uint32_t tag;
    uint32_t place; /* in the entries, from 1; 0: free */
} DictionarySlot;

typedef struct Dictionary {
    Env *env;
    Arena texts;
    DictionarySlot *slots; /* open addressing, at most half full */
    DictionaryEntry *entries, *last;
    size_t n_slots, n, n_bytes, max_texts;
    int32_t next;
    void (*emit)(const DictionaryEntry *entry, void *context); /* NULL: does not forget */
    void *context;
} Dictionary;

/* The dictionary must not move while it is used. max_texts <= DICTIONARY_MAX_TEXTS. False when there is no
 * memory. */
bool dictionary_init(Dictionary *dictionary, Env *env, size_t max_texts,
                     void (*emit)(const DictionaryEntry *entry, void *context), void *context);

/*
 * The entry of a pair of texts, numbered 1, 2, ...; a NULL text is unlike any other. Valid until the next
 * call. NULL when there is no memory, or the dictionary is full and does not forget.
 */
DictionaryEntry *dictionary_entry(Dictionary *dictionary, LineText a, LineText b);

/* Calls visit for every entry, in the order of their numbers. */
void dictionary_each(const Dictionary *dictionary, void (*visit)(const DictionaryEntry *entry, void *context),
                     void *context);

#endif
