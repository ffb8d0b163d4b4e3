/*
 * reservoir.h - a bounded sample of any number of rows that does not depend on their order.
 *
 * It keeps whole groups of equal rows, each once with its exact count: those whose hash, keyed by the seed,
 * has at least `level` leading zero bits. The level rises when more different rows are kept than there is
 * room for, so it, and what is kept, is a function of the rows alone. A group once evicted never comes back,
 * which keeps counts exact and makes merging two reservoirs the same as filling one.
 */
#ifndef BI_ML_IFOREST_RESERVOIR_H
#define BI_ML_IFOREST_RESERVOIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"
#include "kit/status.h"

typedef struct Reservoir {
    Env *env;
    uint64_t seed;
    size_t width, capacity;
    uint64_t n_rows; /* offered so far */
    uint32_t level;
    size_t n;
    uint64_t *words;  /* n different rows of `width` words */
    uint64_t *hashes; /* of the rows ... */
    uint64_t *counts; /* ... and how often each came */
    uint32_t *slots;  /* open addressing: place plus one */
    size_t n_slots;
} Reservoir;

/* How many different rows of so many bytes are kept: 32 MB of them, at least 1,024 and at most 2^20. */
size_t reservoir_capacity(size_t row_bytes);

Status reservoir_init(Reservoir *r, Env *env, size_t width, size_t capacity, int64_t seed, Failure *failure);

/* Offers a row `count` times; true when it is kept. Raises the level as far as another one had got. */
bool reservoir_add(Reservoir *r, const uint64_t *row, uint64_t count);
void reservoir_raise(Reservoir *r, uint32_t level);

/*
 * The rows with their repetitions, at most `limit` of them (if more, those whose hash of row and repetition
 * is smallest, in steps of a factor of two), as n * width words in env.
 */
Status reservoir_expand(const Reservoir *r, Env *env, size_t limit, uint64_t **words, size_t *n,
                        Failure *failure);

#endif
