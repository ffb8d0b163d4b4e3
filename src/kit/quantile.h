/*
 * quantile.h - order statistics of float8 values without missing ones.
 */
#ifndef BI_ML_KIT_QUANTILE_H
#define BI_ML_KIT_QUANTILE_H

#include <stddef.h>

/*
 * The p-quantile (0 <= p <= 1) of n >= 1 sorted values, linear between neighbours (Hyndman and Fan 1996, type
 * 7). Equal neighbours give exactly their value.
 */
double quantile_sorted(const double *sorted, size_t n, double p);

/* The median of n >= 1 values, which it sorts. */
double median_in_place(double *values, size_t n);

#endif
