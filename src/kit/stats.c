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

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
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

static inline double
lesser(double a, double b)
{
    return a < b ? a : b;
}

static inline double
greater(double a, double b)
{
    return a > b ? a : b;
}

void
stats_range(const double *v, size_t n, double *low, double *high)
{
    /* Two chains of comparisons each, since every one waits for the one before. */
    double low_even = v[0], low_odd = v[0], high_even = v[0], high_odd = v[0];

    for (size_t i = n % 2; i < n; i += 2) {
        low_even = lesser(v[i], low_even);
        high_even = greater(v[i], high_even);
        low_odd = lesser(v[i + 1], low_odd);
        high_odd = greater(v[i + 1], high_odd);
    }
    *low = lesser(low_even, low_odd);
    *high = greater(high_even, high_odd);
}

/* Counts of the elements by equal slices of [low, high], unless all are equal. */
typedef struct Slices {
    double low, high, scale;
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
    size_t odd[N_SLICES] = {0}, i; /* two tables: equal elements in a row would wait for each other */
    double width;

    memset(slices, 0, sizeof(*slices));
    stats_range(v, n, &slices->low, &slices->high);
    width = slices->high - slices->low;
    if (width == 0)
        return;
    slices->scale = (N_SLICES - 0.5) / width;
    if (!(isfinite(width) && isfinite(slices->scale))) /* too far or too near each other: one slice */
        slices->scale = 0;
    for (i = 0; i + 1 < n; i += 2) {
        slices->count[slice_of(slices, v[i])]++;
        odd[slice_of(slices, v[i + 1])]++;
    }
    if (i < n)
        odd[slice_of(slices, v[i])]++;
    for (i = 0; i < N_SLICES; i++)
        slices->count[i] += odd[i];
}

/* Moves the elements of some slices to the front of v; returns their number. */
static size_t
slices_to_front(double *v, size_t n, const Slices *slices, size_t first, size_t last)
{
    size_t front = 0;

    for (size_t i = 0; i < n; i++) {
        if (slice_of(slices, v[i]) - first <= last - first) {
            double t = v[front];

            v[front++] = v[i];
            v[i] = t;
        }
    }
    return front;
}

/* By linear interpolation between the ranks k and k + 1, counted from 0. */
static double
quantile_by_slices(double *v, size_t n, const Slices *slices, double p)
{
    double position = (double)(n - 1) * p, next;
    size_t k = (size_t)position, before = 0, first = 0, last, within;
    double fraction = position - (double)k;
    bool needs_next = fraction > 0 && k + 1 < n;

    while (k >= before + slices->count[first])
        before += slices->count[first++];
    last = first;
    for (size_t up_to = before + slices->count[last]; needs_next && k + 1 >= up_to;)
        up_to += slices->count[++last];
    within = slices_to_front(v, n, slices, first, last);
    select_at(v, 0, within, k - before);
    if (!needs_next)
        return v[k - before];
    next = v[k - before + 1];
    for (size_t i = k - before + 2; i < within; i++)
        next = v[i] < next ? v[i] : next;
    return v[k - before] + fraction * (next - v[k - before]);
}

void
stats_quantile_pair(double *v, size_t n, double p, double q, double *at_p, double *at_q)
{
    Slices slices;

    *at_p = *at_q = NAN;
    if (n == 0)
        return;
    slices_count(v, n, &slices);
    if (slices.low == slices.high) {
        *at_p = *at_q = slices.low;
        return;
    }
    *at_p = quantile_by_slices(v, n, &slices, p);
    *at_q = quantile_by_slices(v, n, &slices, q);
}

double
stats_mode(double *v, size_t n)
{
    double best = 0;
    size_t most = 0, run = 0;

    gsl_sort(v, 1, n);
    for (size_t i = 0; i < n; i++) {
        run = i > 0 && v[i] == v[i - 1] ? run + 1 : 1;
        if (run > most) {
            most = run;
            best = v[i];
        }
    }
    return best;
}
