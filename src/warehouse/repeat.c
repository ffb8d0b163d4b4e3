/*
 * repeat.c - see repeat.h. The hash is uniform (MD5), so its own bits give the probes (Kirsch and
 * Mitzenmacher: position_i = a + i b).
 */
#include "warehouse/repeat.h"

#include <string.h>

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
