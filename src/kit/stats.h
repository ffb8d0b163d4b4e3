/*
 * stats.h - quantiles, range and mode of unsorted numbers (kit/quantile.h serves sorted ones).
 */
#ifndef BI_ML_KIT_STATS_H
#define BI_ML_KIT_STATS_H

#include <stddef.h>

/*
 * Two quantiles at p and q in [0, 1] for little more than the price of one, by linear interpolation at
 * position (n - 1) p (type 7 of Hyndman and Fan); NaN for n = 0. Reorders v, which holds no NaN. Expected
 * O(n).
 */
void stats_quantile_pair(double *v, size_t n, double p, double q, double *at_p, double *at_q);

/* Least and greatest of n >= 1 numbers, none NaN. */
void stats_range(const double *v, size_t n, double *low, double *high);

/* The commonest of n >= 1 numbers, which it sorts; the smallest one on a tie. */
double stats_mode(double *v, size_t n);

#endif
