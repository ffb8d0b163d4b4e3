/*
 * repeat.c - see repeat.h. Hashes are uniform, so their own bits give the probes (Kirsch and
 * Mitzenmacher: position_i = a + i b).
 */
#include "warehouse/repeat.h"

#include <string.h>

#include "kit/rng.h"

#define N_PROBES 4

bool
repeat_init(RepeatFilter *filter, Env *env, size_t expected)
{
    size_t bits = REPEAT_MIN_BITS;

    while (bits < REPEAT_MAX_BITS && bits / REPEAT_BITS_PER_HASH < expected)
        bits *= 2;
    filter->mask = bits - 1;
    filter->words = ENV_NEW(env, bits / 64, uint64_t);
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

void
repeat_hash_pair(const char *a, size_t n_a, const char *b, size_t n_b, unsigned char hash[16])
{
    uint64_t words[2];

    words[0] = hash_bytes(hash_bytes(0, a, n_a), b, n_b);
    words[1] = rng_mix(words[0] + 1);
    memcpy(hash, words, sizeof(words));
}

bool
repeat_seen(RepeatFilter *filter, const unsigned char hash[16])
{
    uint64_t a, b;
    bool seen = true;

    memcpy(&a, hash, 8);
    memcpy(&b, hash + 8, 8);
    for (int i = 0; i < N_PROBES; i++) {
        size_t bit = (size_t)(a + (uint64_t)i * (b | 1)) & filter->mask;
        uint64_t probe = UINT64_C(1) << (bit % 64);

        seen = seen && (filter->words[bit / 64] & probe) != 0;
        filter->words[bit / 64] |= probe;
    }
    return seen;
}
