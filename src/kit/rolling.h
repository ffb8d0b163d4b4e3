/*
 * rolling.h - the median of a moving window: values come and go one by one.
 */
#ifndef BI_ML_KIT_ROLLING_H
#define BI_ML_KIT_ROLLING_H

#include <stddef.h>

#include "kit/env.h"

/* The window's values in ascending order. */
typedef struct Rolling {
    double *sorted;
    size_t n;
} Rolling;

/* A window that holds up to `most` values; sorted is NULL when there is no memory. */
Rolling rolling_new(Env *env, size_t most);

/* O(n) with a small constant: the values above the place move by one. A NaN is no value. */
void rolling_add(Rolling *rolling, double value);
/* The value must have been added. */
void rolling_remove(Rolling *rolling, double value);

/* As median_in_place; NaN for an empty window. */
double rolling_median(const Rolling *rolling);

#endif
