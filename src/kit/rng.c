#include "kit/rng.h"

#include <math.h>
#include <gsl/gsl_cdf.h>

void
rng_init(Rng *rng, uint64_t seed, uint64_t key)
{
    uint64_t state = rng_hash(seed, key);

    for (int i = 0; i < 4; i++) {
        state += RNG_GOLDEN_GAMMA;
        rng->s[i] = rng_mix(state);
    }
}

static inline uint64_t
rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t
rng_next(Rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotate_left(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double
rng_uniform(Rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

double
rng_to_open(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double
rng_open(Rng *rng)
{
    return rng_to_open(rng_next(rng));
}

uint64_t
rng_below(Rng *rng, uint64_t n)
{
    /* Lemire's method: the rejection zone has fewer than n of 2^64 values. */
    unsigned __int128 product = (unsigned __int128)rng_next(rng) * n;

    if ((uint64_t)product < n) {
        uint64_t threshold = -n % n;

        while ((uint64_t)product < threshold)
            product = (unsigned __int128)rng_next(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

double
rng_normal(Rng *rng)
{
    return gsl_cdf_ugaussian_Pinv(rng_open(rng));
}

double
rng_exponential(Rng *rng)
{
    return -log(rng_open(rng));
}
