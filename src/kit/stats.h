/*
 * stats.h - order statistics. All reorder the given array; none accepts NaN.
 */
#ifndef BI_ML_KIT_STATS_H
#define BI_ML_KIT_STATS_H

#include <stddef.h>

/* The quantile at p in [0, 1] by linear interpolation at position (n - 1) p (type 7 of Hyndman and Fan);
 * NaN for n = 0. Expected O(n). */
double stats_quantile(double *v, size_t n, double p);

/* Two quantiles p <= q for little more than the price of one. */
void stats_quantile_pair(double *v, size_t n, double p, double q, double *at_p, double *at_q);

double stats_median(double *v, size_t n);

/* Median absolute deviation from the median, unscaled (times 1.4826 estimates a normal sd). v becomes the
 * absolute deviations. */
double stats_mad(double *v, size_t n);

#endif
