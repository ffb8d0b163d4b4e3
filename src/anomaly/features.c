/*
 * features.c - what the forest sees of a cell. Not the value, hour or weekday: these hardly helped
 * (doc/anomaly.md).
 *
 * Days and longer: z, how far it stands out of its 7 neighbours, and the median of its 3. Finer grids: z, its
 * step from the cell before, the median of 5, all as asinh, and how rough the last cells are beside the last
 * day.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>

#include "kit/quantile.h"

#define WEEK      7
#define NEAR      3
#define FINE_NEAR 5
#define SHORT     5
#define LONGEST   288  /* cells of the long window at most */
#define ROUGHNESS 0.05 /* in units of z: below it nothing is rough */

size_t
features_count(const Grid *grid)
{
    return grid->kind == GRID_FINE ? 4 : 3;
}

/* Median of the cells with a z among `width` around t, or up to t; the window is cut at the ends. */
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

/* The step from the cell before; 0 where one of them has no z. */
static double
step_of(const double *z, size_t t)
{
    return t > 0 && !isnan(z[t]) && !isnan(z[t - 1]) ? z[t] - z[t - 1] : 0;
}

/* Mean size of the steps of the last `width` cells up to t. */
static double
roughness(const double *z, size_t t, size_t width)
{
    size_t begin = t + 1 > width ? t + 1 - width : 0;
    double sum = 0;

    for (size_t j = begin; j <= t; j++)
        sum += fabs(step_of(z, j));
    return sum / (double)(t + 1 - begin);
}

void
features_of_cell(const Grid *grid, const double *z, size_t n, size_t t, bool trailing,
                 double features[ANOMALY_MOST_FEATURES])
{
    size_t day = grid->day_cells < LONGEST ? grid->day_cells : LONGEST;

    if (grid->kind != GRID_FINE) {
        features[0] = z[t];
        features[1] = z[t] - window_median(z, n, t, WEEK, trailing);
        features[2] = window_median(z, n, t, NEAR, trailing);
        return;
    }
    features[0] = asinh(z[t]);
    features[1] = asinh(step_of(z, t));
    features[2] = asinh(window_median(z, n, t, FINE_NEAR, trailing));
    features[3] =
        log((roughness(z, t, SHORT) + ROUGHNESS) / (roughness(z, t, day > SHORT ? day : SHORT) + ROUGHNESS));
}
