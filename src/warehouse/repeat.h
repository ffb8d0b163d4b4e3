/*
 * repeat.h - which of many hashes may have been seen before: a Bloom filter of fixed size, one word a hash.
 *
 * Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970), in the register-blocked form: a
 * hash picks one 64-bit word and four bits of it, so that a look costs one cache miss. Never misses a repeat;
 * of n distinct hashes in a filter of 32 n bits or more, fewer than 0.5 % are taken for one. The caller looks
 * at the suspects exactly.
 */
#ifndef BI_ML_WAREHOUSE_REPEAT_H
#define BI_ML_WAREHOUSE_REPEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"

#define REPEAT_BITS_PER_HASH 32
#define REPEAT_MIN_BITS      ((size_t)1 << 16)
#define REPEAT_MAX_BITS      ((size_t)1 << 28) /* 32 MB */

typedef struct RepeatFilter {
    uint64_t *words;
    size_t mask; /* number of words - 1; a power of two */
} RepeatFilter;

/* False when there is no memory. */
bool repeat_init(RepeatFilter *filter, Env *env, size_t expected);

/* A hash of two texts for the filter; uniform, but no defence against people who look for collisions. */
uint64_t repeat_hash_pair(const char *a, size_t n_a, const char *b, size_t n_b);

/* Asks the memory for the word that repeat_seen will want. */
static inline void
repeat_prefetch(const RepeatFilter *filter, uint64_t hash)
{
    __builtin_prefetch(&filter->words[hash & filter->mask], 1);
}

/* Adds the hash, whose bits must be uniform; true if it may have been added before. */
bool repeat_seen(RepeatFilter *filter, uint64_t hash);

#endif
