/*
 * stats.c - quantiles by selection.
 *
 * Method: the elements are counted by equal slices of their range, without a branch that could be
 * mispredicted; only the slice that holds the wanted rank is selected from, by Hoare's quickselect with the
 * median of three hashed positions as pivot, so that no plain pattern (sorted, organ pipe, all equal) is
 * slow; elements equal to the pivot stop both scans, which keeps the halves even. Reference: R. J. Hyndman,
 * Y. Fan, "Sample quantiles in statistical packages" (1996), definition 7.
 */
#include "kit/stats.h"

#include <math.h>
#include <string.h>

#include "kit/rng.h"

#define N_SLICES 256 /* 2 kB of counts; a few elements each for the usual 1000 samples */

static double
middle_of(double a, double b, double c)
{
    double low = a < b ? a : b, high = a < b ? b : a;

    return c < low ? low : c > high ? high : c;
}

/* Reorders v[begin..end) so that v[k] is the k-th smallest, with none larger before and none smaller after.
 */
static void
select_at(double *v, size_t begin, size_t end, size_t k)
{
    while (end - begin > 1) {
        uint64_t hash = rng_hash(begin, end);
        size_t n = end - begin;
        double pivot =
            middle_of(v[begin + hash % n], v[begin + (hash >> 20) % n], v[begin + (hash >> 40) % n]);
        size_t i = begin, j = end;

        for (;;) {
            while (v[i] < pivot)
                i++;
            while (pivot < v[--j])
                ;
            if (i >= j)
                break;
            double t = v[i];

            v[i++] = v[j];
            v[j] = t;
        }
        if (j + 1 == end) /* the pivot is the largest and stands last: cut it off alone */
            j--;
        if (k <= j)
            end = j + 1;
        else
            begin = j + 1;
    }
}

/* Counts of the elements by equal slices of [low, high]. */
typedef struct Slices {
    double low, scale;
    size_t count[N_SLICES];
} Slices;

static size_t
slice_of(const Slices *slices, double x)
{
    /* Never decreases with x. A scale of 0 marks a range that cannot be sliced. */
    return slices->scale > 0 ? (size_t)((x - slices->low) * slices->scale) : 0;
}

static void
slices_count(const double *v, size_t n, Slices *slices)
{
    double low = v[0], high = v[0], width;

    for (size_t i = 1; i < n; i++) {
        low = v[i] < low ? v[i] : low;
        high = v[i] > high ? v[i] : high;
    }
    width = high - low;
    memset(slices, 0, sizeof(*slices));
    slices->low = low;
    slices->scale = (N_SLICES - 0.5) / width;
    if (!(width > 0 && isfinite(width) &&
          isfinite(slices->scale))) /* all equal, or too far apart: one slice */
        slices->scale = 0;
    for (size_t i = 0; i < n; i++)
        slices->count[slice_of(slices, v[i])]++;
}

/* Moves the elements of a slice to the front of v. */
static void
slice_to_front(double *v, size_t n, const Slices *slices, size_t slice)
{
    size_t front = 0;

    for (size_t i = 0; i < n; i++) {
        if (slice_of(slices, v[i]) == slice) {
            double t = v[front];

            v[front++] = v[i];
            v[i] = t;
        }
    }
}

/* The k-th smallest, counted from 0. */
static double
order_statistic(double *v, size_t n, const Slices *slices, size_t k)
{
    size_t slice = 0;

    while (k >= slices->count[slice])
        k -= slices->count[slice++];
    slice_to_front(v, n, slices, slice);
    select_at(v, 0, slices->count[slice], k);
    return v[k];
}

static double
quantile_by_slices(double *v, size_t n, const Slices *slices, double p)
{
    double position = (double)(n - 1) * p;
    size_t k = (size_t)position;
    double fraction = position - (double)k, below = order_statistic(v, n, slices, k);

    if (fraction == 0 || k + 1 >= n)
        return below;
    return below + fraction * (order_statistic(v, n, slices, k + 1) - below);
}

void
stats_quantile_pair(double *v, size_t n, double p, double q, double *at_p, double *at_q)
{
    Slices slices;

    *at_p = *at_q = NAN;
    if (n == 0)
        return;
    slices_count(v, n, &slices);
    *at_p = quantile_by_slices(v, n, &slices, p);
    *at_q = quantile_by_slices(v, n, &slices, q);
}
