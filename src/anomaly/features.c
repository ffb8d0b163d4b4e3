/*
 * features.c - what the forest sees of a day: its z, how far it stands out of its week, and the mood of its
 * neighbours. Not the value, hour or weekday: these hardly helped (doc/anomaly.md).
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>

#include "kit/quantile.h"

#define WEEK 7
#define NEAR 3

/* Median of the days with a z among `width` around t, or up to t; the window is cut at the ends. */
static double
window_median(const double *z, size_t n, size_t t, size_t width, bool trailing)
{
    size_t before = trailing ? width - 1 : width / 2, after = trailing ? 0 : width / 2;
    size_t begin = t > before ? t - before : 0, end = t + after < n ? t + after : n - 1;
    double values[WEEK];
    size_t n_values = 0;

    for (size_t j = begin; j <= end; j++)
        if (!isnan(z[j]))
            values[n_values++] = z[j];
    return n_values > 0 ? median_in_place(values, n_values) : 0;
}

void
features_of_day(const double *z, size_t n, size_t t, bool trailing, double features[ANOMALY_FEATURES])
{
    features[0] = z[t];
    features[1] = z[t] - window_median(z, n, t, WEEK, trailing);
    features[2] = window_median(z, n, t, NEAR, trailing);
}
