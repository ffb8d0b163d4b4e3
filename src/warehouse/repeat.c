/*
 * repeat.c - see repeat.h. The low bits of the hash pick the word, four groups of six of the high bits the
 * bits in it.
 */
#include "warehouse/repeat.h"

#include <string.h>

#include "kit/rng.h"

#define WORD_BITS 64

bool
repeat_init(RepeatFilter *filter, Env *env, size_t expected)
{
    size_t bits = REPEAT_MIN_BITS;

    while (bits < REPEAT_MAX_BITS && bits / REPEAT_BITS_PER_HASH < expected)
        bits *= 2;
    filter->mask = bits / WORD_BITS - 1;
    filter->words = ENV_NEW(env, bits / WORD_BITS, uint64_t);
    return filter->words != NULL;
}

static uint64_t
hash_bytes(uint64_t state, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n; at += 8) {
        uint64_t chunk = 0;

        memcpy(&chunk, bytes + at, n - at < 8 ? n - at : 8);
        state = rng_hash(state, chunk);
    }
    return rng_hash(state, n);
}

uint64_t
repeat_hash_pair(const char *a, size_t n_a, const char *b, size_t n_b)
{
    return hash_bytes(hash_bytes(0, a, n_a), b, n_b);
}

bool
repeat_seen(RepeatFilter *filter, uint64_t hash)
{
    uint64_t *word = &filter->words[hash & filter->mask];
    uint64_t pattern = UINT64_C(1) << (hash >> 58 & 63) | UINT64_C(1) << (hash >> 52 & 63) |
                       UINT64_C(1) << (hash >> 46 & 63) | UINT64_C(1) << (hash >> 40 & 63);
    bool seen = (*word & pattern) == pattern;

    *word |= pattern;
    return seen;
}
