/*
 * alias.h - drawing one of n choices with given weights in constant time.
 *
 * Method: Walker's alias table, built as in Vose, "A linear algorithm for generating random numbers with a
 * given distribution" (1991). O(n) to build, one 64-bit draw a choice, 8 bytes a choice. Probabilities are
 * exact to about 2^-32 of the mean probability.
 */
#ifndef BI_ML_KIT_ALIAS_H
#define BI_ML_KIT_ALIAS_H

#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"
#include "kit/rng.h"
#include "kit/status.h"

typedef struct Alias {
    uint32_t n;
    uint32_t *keep;  /* column i is kept when 32 random bits are at most keep[i] */
    uint32_t *other; /* and exchanged for other[i] when not */
} Alias;

/* 1 <= n < 2^32 weights, finite, >= 0, with a positive sum; they are overwritten.
 * STATUS_BAD_DATA without a positive sum. */
Status alias_build(Env *env, double *weights, uint32_t n, Alias *alias, Failure *failure);

uint32_t alias_draw(const Alias *alias, Rng *rng);

#endif
