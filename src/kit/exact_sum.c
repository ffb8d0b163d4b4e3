/*
 * exact_sum.c - the long accumulator: Kulisch and Miranker, "The Arithmetic of the Digital Computer" (1986).
 */
#include "kit/exact_sum.h"

#include <math.h>
#include <stdbool.h>

#define LIMB_BITS     32
#define LIMB_MASK     INT64_C(0xffffffff)
#define MANTISSA_BITS 53
#define LEAST_BIT     (-1074) /* the exponent of the lowest bit */
/* Each addition changes a limb by less than 2^32. */
#define MOST_PENDING (UINT32_C(1) << 30)

/* Brings all limbs but the last into 0 .. 2^32 - 1; the last one carries the sign. */
static void
carry(ExactSum *sum)
{
    for (int i = 0; i + 1 < EXACT_SUM_LIMBS; i++) {
        int64_t low = sum->limb[i] & LIMB_MASK;

        sum->limb[i + 1] += (sum->limb[i] - low) / (LIMB_MASK + 1);
        sum->limb[i] = low;
    }
    sum->n_pending = 0;
}

void
exact_sum_add(ExactSum *sum, double x)
{
    int exponent;
    double fraction = frexp(fabs(x), &exponent);
    /* A subnormal number has fewer bits. */
    int lowest = exponent - MANTISSA_BITS < LEAST_BIT ? LEAST_BIT : exponent - MANTISSA_BITS;
    uint64_t mantissa = (uint64_t)ldexp(fraction, exponent - lowest);
    int shift = (lowest - LEAST_BIT) % LIMB_BITS;
    uint64_t low = (mantissa & LIMB_MASK) << shift;
    uint64_t high = ((mantissa >> LIMB_BITS) << shift) + (low >> LIMB_BITS);
    int64_t *limb = &sum->limb[(lowest - LEAST_BIT) / LIMB_BITS];
    int64_t sign = x < 0 ? -1 : 1;

    limb[0] += sign * (int64_t)(low & LIMB_MASK);
    limb[1] += sign * (int64_t)(high & LIMB_MASK);
    limb[2] += sign * (int64_t)(high >> LIMB_BITS);
    if (++sum->n_pending == MOST_PENDING)
        carry(sum);
}

void
exact_sum_merge(ExactSum *to, const ExactSum *from)
{
    ExactSum other = *from;

    carry(&other);
    carry(to);
    for (int i = 0; i < EXACT_SUM_LIMBS; i++)
        to->limb[i] += other.limb[i];
    to->n_pending = 1;
}

static uint64_t
limb_at(const ExactSum *sum, int i)
{
    return i < 0 ? 0 : (uint64_t)sum->limb[i];
}

double
exact_sum_fraction(const ExactSum *sum, int *exponent)
{
    ExactSum total = *sum;
    int top = EXACT_SUM_LIMBS - 1, shift, more;
    bool is_negative, has_rest;
    uint64_t bits, next;
    double fraction;

    carry(&total);
    is_negative = total.limb[top] < 0;
    if (is_negative) {
        for (int i = 0; i < EXACT_SUM_LIMBS; i++)
            total.limb[i] = -total.limb[i];
        carry(&total);
    }
    while (top >= 0 && total.limb[top] == 0)
        top--;
    *exponent = 0;
    if (top < 0)
        return 0;
    /* The leading 64 bits; the last one also stands for all below, so that one rounding is right. */
    bits = limb_at(&total, top) << LIMB_BITS | limb_at(&total, top - 1);
    next = limb_at(&total, top - 2);
    shift = __builtin_clzll(bits);
    has_rest = (next << shift & (uint64_t)LIMB_MASK) != 0;
    bits = bits << shift | next << shift >> LIMB_BITS;
    for (int i = top - 3; i >= 0 && !has_rest; i--)
        has_rest = total.limb[i] != 0;
    fraction = frexp((double)(bits | (has_rest ? 1 : 0)), &more);
    *exponent = LEAST_BIT + LIMB_BITS * (top - 1) - shift + more;
    return is_negative ? -fraction : fraction;
}
