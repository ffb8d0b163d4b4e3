/*
 * repeat.h - which of many 128-bit hashes may have been seen before: a Bloom filter of fixed size.
 *
 * Bloom, "Space/time trade-offs in hash coding with allowable errors" (1970). Never misses a repeat; of n
 * distinct hashes in a filter of 16 n bits or more with 4 probes, fewer than 0.3 % are taken for one. The
 * caller looks at the suspects exactly. Cost: 4 memory probes a hash; memory: what the caller asked for,
 * however many come.
 */
#ifndef BI_ML_WAREHOUSE_REPEAT_H
#define BI_ML_WAREHOUSE_REPEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"

#define REPEAT_BITS_PER_HASH 16
#define REPEAT_MIN_BITS      ((size_t)1 << 16)
#define REPEAT_MAX_BITS      ((size_t)1 << 28) /* 32 MB */

typedef struct RepeatFilter {
    uint64_t *words;
    size_t mask; /* number of bits - 1; a power of two */
} RepeatFilter;

/* False when there is no memory. */
bool repeat_init(RepeatFilter *filter, Env *env, size_t expected);

/* A 128-bit hash of two texts for the filter; fast, not for strangers. */
void repeat_hash_pair(const char *a, size_t n_a, const char *b, size_t n_b, unsigned char hash[16]);

/* Adds the hash; true if it may have been added before. */
bool repeat_seen(RepeatFilter *filter, const unsigned char hash[16]);

#endif
