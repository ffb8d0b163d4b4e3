/*
 * dictionary.h - numbers for texts that come again and again: product descriptions, countries.
 *
 * A hash table of bounded size. When it is full it forgets all and goes on with new numbers, so that a text
 * may get a second number later on; the caller, who writes the texts down with their numbers, groups by text
 * again at the end. Cost: one hash and about one comparison a look; memory: at most DICTIONARY_MAX_TEXTS
 * texts.
 */
#ifndef BI_ML_WAREHOUSE_DICTIONARY_H
#define BI_ML_WAREHOUSE_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/arena.h"
#include "warehouse/line.h"

#define DICTIONARY_MAX_TEXTS ((size_t)1 << 17) /* about 20 MB with the longest usual descriptions */
#define DICTIONARY_MAX_BYTES ((size_t)32 << 20)

typedef struct DictionaryEntry DictionaryEntry;

typedef struct Dictionary {
    Arena texts;
    DictionaryEntry *entries; /* open addressing, twice as many as texts */
    size_t n, n_bytes;
    int32_t next;
} Dictionary;

/* The dictionary must not move while it is used. False when there is no memory. */
bool dictionary_init(Dictionary *dictionary, Env *env);

/*
 * The number (1, 2, ...) of a pair of texts; a NULL text is unlike any other. *is_new tells the caller to
 * write the pair down. 0 when there is no memory.
 */
int32_t dictionary_number(Dictionary *dictionary, LineText a, LineText b, bool *is_new);

#endif
