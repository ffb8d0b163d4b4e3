/*
 * stats.c - quantiles by selection.
 *
 * Method: Hoare's quickselect with the median of three hashed positions as pivot, so that no plain pattern
 * (sorted, organ pipe, all equal) is slow; elements equal to the pivot stop both scans, which keeps the
 * halves even. Reference: R. J. Hyndman, Y. Fan, "Sample quantiles in statistical packages" (1996),
 * definition 7.
 */
#include "kit/stats.h"

#include <math.h>

#include "kit/rng.h"

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

static double
smallest(const double *v, size_t begin, size_t end)
{
    double least = v[begin];

    for (size_t i = begin + 1; i < end; i++)
        least = v[i] < least ? v[i] : least;
    return least;
}

/* The quantile of v[0..n) when v[0..begin) already holds the smallest `begin` elements. */
static double
quantile_from(double *v, size_t begin, size_t n, double p)
{
    double position = (double)(n - 1) * p;
    size_t k = (size_t)position;
    double fraction = position - (double)k;

    if (k < begin) /* p close to the one before: the order statistic is settled or just beside */
        begin = 0;
    select_at(v, begin, n, k);
    if (fraction == 0 || k + 1 == n)
        return v[k];
    return v[k] + fraction * (smallest(v, k + 1, n) - v[k]);
}

double
stats_quantile(double *v, size_t n, double p)
{
    return n == 0 ? NAN : quantile_from(v, 0, n, p);
}

void
stats_quantile_pair(double *v, size_t n, double p, double q, double *at_p, double *at_q)
{
    *at_p = stats_quantile(v, n, p);
    *at_q = n == 0 ? NAN : quantile_from(v, (size_t)((double)(n - 1) * p), n, q);
}

double
stats_median(double *v, size_t n)
{
    return stats_quantile(v, n, 0.5);
}

double
stats_mad(double *v, size_t n)
{
    double median = stats_median(v, n);

    for (size_t i = 0; i < n; i++)
        v[i] = fabs(v[i] - median);
    return stats_median(v, n);
}
