/*
 * product.h - how concentrated a total is on few of its parts.
 *
 * All three take n values sorted in ascending order, finite and not negative, and give a value in 0..1, or
 * NaN where the total is 0 (n = 0 included): shares of nothing do not exist.
 */
#ifndef BI_ML_PRODUCT_PRODUCT_H
#define BI_ML_PRODUCT_PRODUCT_H

#include <stddef.h>

#include "kit/status.h"

/* 0: all values equal; towards 1: one value has everything. Population form, no small-sample factor. */
double concentration_gini(const double *sorted, size_t n);

/* Herfindahl-Hirschman index: the sum of squared shares, 1/n (all equal) to 1 (one has all). */
double concentration_hhi(const double *sorted, size_t n);

/* The share of the n_top greatest values. */
double concentration_top_share(const double *sorted, size_t n, size_t n_top);

/* 0 <= a <= b <= 1, else STATUS_BAD_VALUE. */
Status pareto_limits_check(double a, double b, Failure *failure);

#endif
