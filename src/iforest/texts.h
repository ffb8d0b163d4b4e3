/*
 * texts.h - the categories met while rows are collected: 64-bit words in the rows, and which text each stands
 * for.
 *
 * A row's category is kept as a hash of its text, so that rows can be compared, hashed and sent between
 * processes whatever order the texts came in. Two texts with one hash (of 2^64) count as one category, named
 * by the first in byte order.
 */
#ifndef BI_ML_IFOREST_TEXTS_H
#define BI_ML_IFOREST_TEXTS_H

#include "iforest/iforest.h"

#define MISSING_WORD UINT64_C(0x7ff8000000000000) /* the bits of a missing value in a row */

typedef struct Text {
    uint64_t word;
    char *text; /* NULL: an empty slot */
    uint64_t count;
    double code;
} Text;

typedef struct Texts {
    Env *env;
    Text *slots; /* open addressing; a power of two of them */
    size_t n_slots, n;
    size_t n_bytes; /* of the texts, with what each costs beside */
} Texts;

void texts_init(Texts *texts, Env *env);

/* The word of a text, which is no MISSING_WORD. */
uint64_t text_word(const char *text, size_t length);

/* Remembers a text of `length` bytes without NUL under its word; false on lack of memory. */
bool texts_add(Texts *texts, uint64_t word, const char *text, size_t length);

/* The text of a word that was added, NULL otherwise. */
const Text *texts_find(const Texts *texts, uint64_t word);

/*
 * The dictionary of a column of n rows of `width` words: the IFOREST_MAX_LEVELS most frequent categories (of
 * equals the first in byte order) in byte order, the others as rest. The texts stay those of *texts, whose
 * counts and codes are overwritten; texts_encode then holds for this column. All words are MISSING_WORD or in
 * texts.
 */
Status texts_dictionary(Texts *texts, Env *env, const uint64_t *words, size_t n, size_t width, size_t column,
                        IForestLevels *levels, Failure *failure);

/* Writes the column's codes as float8, NaN for missing, over `to` (n rows of the same width, maybe `words`).
 */
void texts_encode(const Texts *texts, const uint64_t *words, size_t n, size_t width, size_t column,
                  double *to);

#endif
