/*
 * exact_sum.h - sums of doubles without rounding, so that neither order nor grouping can change a bit.
 *
 * A sum is a whole number of units of 2^-1074, the least double, in limbs of 32 bits (the long accumulator of
 * Kulisch). O(1) time for each number and 560 bytes for each sum, whatever they hold.
 */
#ifndef BI_ML_KIT_EXACT_SUM_H
#define BI_ML_KIT_EXACT_SUM_H

#include <stdint.h>

/* 2098 bits of a double, and more than 64 for the number of terms. */
#define EXACT_SUM_LIMBS 69

typedef struct ExactSum {
    int64_t limb[EXACT_SUM_LIMBS]; /* least first; between carries each may leave 32 bits */
    uint32_t n_pending;            /* additions since the last carry */
} ExactSum;

/* All zero bits are the empty sum. x must be finite. */
void exact_sum_add(ExactSum *sum, double x);
void exact_sum_merge(ExactSum *to, const ExactSum *from);

/* The sum, rounded once, as fraction * 2^exponent with 0.5 <= |fraction| < 1, or 0: it may lie beyond the
 * range of a double. */
double exact_sum_fraction(const ExactSum *sum, int *exponent);

#endif
