/*
 * mixture.c - quantiles of a normal mixture on a grid.
 *
 * Each centre shares its unit of mass between the two grid points around it, so that the mean is kept (linear
 * binning). The distribution function at a grid point is then an inner product of the masses with one table
 * of the normal distribution, whose spacing is that of the grid. Between the two points that enclose the
 * level, the inverse is a cubic with the right slopes at both ends. The grid has a point at 0, where most
 * centres stand until the trend changes: they are not moved.
 */
#include "prophet/mixture.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "kit/stats.h"

#define CELLS_PER_SD 16
#define REACH        (9 * CELLS_PER_SD) /* Phi(-9) = 1e-19 */
#define MAX_CELLS    4096
#define WIDEST       1e12   /* range of the centres over sd that is worth a grid */
#define NARROWEST    1e-290 /* sd whose grid has a spacing with an inverse */

struct Mixture {
    double cdf[2 * REACH + 1], density[2 * REACH + 1]; /* at -REACH .. REACH cells */
    double mass[MAX_CELLS + 2], odd[MAX_CELLS + 2]; /* odd: of every second centre, added to mass at once */
    double below[MAX_CELLS + 3];                    /* below[i]: the mass of cells before i */
    double *sorted;                                 /* n: scratch of the selection */

    /* The grid of the current call: point i stands at (first + i) cell. */
    double cell, first;
    ptrdiff_t n_cells, stride, reach; /* stride: the cell in units of sd / CELLS_PER_SD */

    double last[2]; /* quantiles of the call before */
};

Status
mixture_new(Env *env, size_t n, Mixture **mixture, Failure *failure)
{
    Mixture *new = ENV_NEW(env, 1, Mixture);

    if (new == NULL || (new->sorted = ENV_NEW(env, n, double)) == NULL)
        return fail_out_of_memory(failure);
    for (int i = -REACH; i <= REACH; i++) {
        double z = (double)i / CELLS_PER_SD;

        new->cdf[REACH + i] = gsl_cdf_ugaussian_P(z);
        new->density[REACH + i] = gsl_ran_ugaussian_pdf(z) / CELLS_PER_SD;
    }
    *mixture = new;
    return STATUS_SUCCESS;
}

/* Lays the grid over [low, high]. */
static void
lay_grid(Mixture *mixture, double low, double high, double sd)
{
    mixture->stride = 1;
    while ((high - low) / sd * CELLS_PER_SD > (double)(MAX_CELLS - 2) * (double)mixture->stride)
        mixture->stride *= 2;
    mixture->reach = REACH / mixture->stride;
    mixture->cell = sd / CELLS_PER_SD * (double)mixture->stride;
    mixture->first = floor(low * (1 / mixture->cell));
    mixture->n_cells = (ptrdiff_t)(floor(high * (1 / mixture->cell)) - mixture->first) + 2;
}

static inline void
share(double *mass, double at)
{
    size_t i = (size_t)at;
    double upper = at - (double)i;

    mass[i] += 1 - upper;
    mass[i + 1] += upper;
}

static void
share_masses(Mixture *mixture, const double *centre, size_t n)
{
    double *restrict even = mixture->mass, *restrict odd = mixture->odd;
    double per_cell = 1 / mixture->cell, first = mixture->first;
    size_t n_cells = (size_t)mixture->n_cells, s;

    memset(even, 0, n_cells * sizeof(double));
    memset(odd, 0, n_cells * sizeof(double));
    /* Two tables, because many centres are alike and each addition would wait for the one before. */
    for (s = 0; s + 1 < n; s += 2) {
        share(even, centre[s] * per_cell - first);
        share(odd, centre[s + 1] * per_cell - first);
    }
    if (s < n)
        share(even, centre[s] * per_cell - first);
    mixture->below[0] = 0;
    for (size_t i = 0; i < n_cells; i++) {
        even[i] += odd[i];
        mixture->below[i + 1] = mixture->below[i] + even[i];
    }
}

/* The inner product of the masses within reach of point k with a table. */
static double
around(const Mixture *mixture, const double *table, ptrdiff_t k)
{
    ptrdiff_t stride = mixture->stride, from = k - mixture->reach, to = k + mixture->reach;
    const double *mass = mixture->mass;
    double even = 0, odd = 0;
    ptrdiff_t i;

    from = from > 0 ? from : 0;
    to = to < mixture->n_cells - 1 ? to : mixture->n_cells - 1;
    table += REACH + k * stride;
    for (i = from; i < to; i += 2) {
        even += mass[i] * table[-i * stride];
        odd += mass[i + 1] * table[-(i + 1) * stride];
    }
    return i == to ? even + odd + mass[i] * table[-i * stride] : even + odd;
}

/* The mass that lies below point k, noise included. */
static double
mass_below(const Mixture *mixture, ptrdiff_t k)
{
    ptrdiff_t from = k - mixture->reach;

    if (from > mixture->n_cells)
        return mixture->below[mixture->n_cells];
    return (from > 0 ? mixture->below[from] : 0) + around(mixture, mixture->cdf, k);
}

/* Where the inverse, a cubic with slopes 1 / density, takes the value between two points. */
static double
between(const Mixture *mixture, ptrdiff_t k, double below, double above, double target)
{
    double rise = above - below, s = (target - below) / rise;
    double per_cell = (double)mixture->stride;
    double left = rise / (per_cell * around(mixture, mixture->density, k));
    double right = rise / (per_cell * around(mixture, mixture->density, k + 1));

    /* Slopes above 3 would bend it back (Fritsch and Carlson 1980); such a piece is a step. */
    if (!(left <= 3 && right <= 3))
        return s;
    return s * s * (3 - 2 * s) + left * s * (1 - s) * (1 - s) - right * s * s * (1 - s);
}

/* Narrows low .. high, which enclose the target, until they are neighbours. */
static double
quantile_within(const Mixture *mixture, ptrdiff_t low, ptrdiff_t high, double target)
{
    double below = mass_below(mixture, low), above = mass_below(mixture, high);

    while (high - low > 1) {
        ptrdiff_t middle = low + (high - low) / 2;
        double mass = mass_below(mixture, middle);

        if (mass <= target) {
            low = middle;
            below = mass;
        } else {
            high = middle;
            above = mass;
        }
    }
    if (!(above > below))
        return mixture->cell * (mixture->first + (double)low);
    return mixture->cell * (mixture->first + (double)low + between(mixture, low, below, above, target));
}

/* Starts where the last call ended: the rows of a forecast differ little. */
static double
quantile_near(const Mixture *mixture, double guess, double target)
{
    ptrdiff_t least = -mixture->reach - 1, most = mixture->n_cells + mixture->reach + 1, low, high;
    double at = guess / mixture->cell - mixture->first;

    low = at > (double)least ? at < (double)(most - 1) ? (ptrdiff_t)floor(at) : most - 1 : least;
    high = low + 1;
    for (ptrdiff_t step = 1; low > least && mass_below(mixture, low) > target; step *= 2) {
        high = low;
        low = low - step > least ? low - step : least;
    }
    for (ptrdiff_t step = 1; high < most && mass_below(mixture, high) <= target; step *= 2) {
        low = high;
        high = high + step < most ? high + step : most;
    }
    return quantile_within(mixture, low, high, target);
}

void
mixture_quantiles(Mixture *mixture, const double *centre, size_t n, double sd, const double levels[2],
                  double quantiles[2])
{
    double low, high;

    stats_range(centre, n, &low, &high);
    if (low == high) {
        for (int i = 0; i < 2; i++)
            quantiles[i] = low + sd * gsl_cdf_ugaussian_Pinv(levels[i]);
        return;
    }
    if (!(high - low <= WIDEST * sd && fmax(fabs(low), fabs(high)) <= WIDEST * sd && sd >= NARROWEST)) {
        memcpy(mixture->sorted, centre, n * sizeof(double));
        stats_quantile_pair(mixture->sorted, n, levels[0], levels[1], &quantiles[0], &quantiles[1]);
        return;
    }
    lay_grid(mixture, low, high, sd);
    share_masses(mixture, centre, n);
    for (int i = 0; i < 2; i++)
        quantiles[i] = mixture->last[i] = quantile_near(mixture, mixture->last[i], levels[i] * (double)n);
}
