/*
 * rng.h - reproducible random numbers: xoshiro256++ seeded through splitmix64.
 *
 * Method: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021). Every stream is a
 * pure function of its seed and key, on every machine. Streams of neighbouring seeds are unrelated, since
 * both go through a mixing hash first. Not for cryptography.
 */
#ifndef BI_ML_KIT_RNG_H
#define BI_ML_KIT_RNG_H

#include <stdint.h>

#define RNG_GOLDEN_GAMMA UINT64_C(0x9e3779b97f4a7c15) /* 2^64 over the golden ratio, odd */

typedef struct Rng {
    uint64_t s[4];
} Rng;

/* A bijective mixing of 64 bits (the finaliser of splitmix64). */
static inline uint64_t
rng_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* A hash of two words, for keyed streams and counter-based draws. */
static inline uint64_t
rng_hash(uint64_t a, uint64_t b)
{
    return rng_mix(rng_mix(a + RNG_GOLDEN_GAMMA) + b * RNG_GOLDEN_GAMMA + UINT64_C(0x632be59bd9b4e019));
}

/* Stream number `key` of `seed`. */
void rng_init(Rng *rng, uint64_t seed, uint64_t key);

uint64_t rng_next(Rng *rng);

/* [0, 1) with 53 bits. */
double rng_uniform(Rng *rng);

/* (0, 1) with 53 bits, for use under a logarithm; rng_to_open maps 64 given bits the same way. */
double rng_open(Rng *rng);
double rng_to_open(uint64_t bits);

/* 0 ... n-1 without bias; n > 0. */
uint64_t rng_below(Rng *rng, uint64_t n);

/* Standard normal by inversion of one rng_open draw; mean-1 exponential. */
double rng_normal(Rng *rng);
double rng_exponential(Rng *rng);

#endif
