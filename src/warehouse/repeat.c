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

/* The two halves of a product of 128 bits, folded: cheap, and each bit depends on many. */
static inline uint64_t
fold(uint64_t state, uint64_t chunk)
{
    unsigned __int128 product =
        (unsigned __int128)(state ^ chunk ^ UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* n < 8 bytes as a number, without a loop. */
static inline uint64_t
short_chunk(const char *bytes, size_t n)
{
    uint32_t first = 0, last = 0;

    if (n >= 4) {
        memcpy(&first, bytes, 4);
        memcpy(&last, bytes + n - 4, 4);
    } else if (n > 0) {
        first = (uint32_t)(unsigned char)bytes[0] << 8 | (unsigned char)bytes[n / 2];
        last = (unsigned char)bytes[n - 1];
    }
    return (uint64_t)first << 32 | last;
}

static inline uint64_t
hash_bytes(uint64_t state, const char *bytes, size_t n)
{
    size_t left = n;

    for (; left >= 8; left -= 8, bytes += 8) {
        uint64_t chunk;

        memcpy(&chunk, bytes, 8);
        state = fold(state, chunk);
    }
    return fold(fold(state, short_chunk(bytes, left)), n);
}

uint64_t
repeat_hash_pair(const char *a, size_t n_a, const char *b, size_t n_b)
{
    return rng_mix(hash_bytes(hash_bytes(0, a, n_a), b, n_b));
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
