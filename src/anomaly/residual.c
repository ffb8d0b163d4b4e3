/*
 * residual.c - residuals on the scale on which drops and spikes are alike, and their robust z.
 *
 * r = ln((y + o) / (expected + o)) with o = 5 % of the median level: a fall to a half and a rise to the
 * double weigh the same, and 0 stays finite. A metric with negative values, and one with several values a
 * day, has r = y - expected. z = (r - median) / (1.4826 MAD) over open cells (Hampel 1974); where the MAD is
 * 0, 1.2533 times the mean absolute deviation; where that is 0 too, the series is constant and z is 0.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>

#include "kit/quantile.h"

#define OFFSET_SHARE   0.05
#define LARGEST_Z      1e9    /* finite, for the forest; beyond it more says nothing */
#define MAD_TO_SD      1.4826 /* 1 / quantile(normal, 3/4) */
#define MEAN_DEV_TO_SD 1.2533 /* sqrt(pi / 2) */

double
spread_residual(const Spread *s, double y, double expected)
{
    /* Training had no negative value when logs were chosen; a later one counts as 0. */
    return s->logs ? log((fmax(y, 0) + s->offset) / (fmax(expected, 0) + s->offset)) : y - expected;
}

static bool
wants_logs(const Grid *grid, const Expectation *e)
{
    if (e->additive || grid->kind == GRID_FINE || !(e->median_level > 0))
        return false;
    for (size_t t = e->from; t < e->to; t++)
        if (grid->y[t] < 0 && !grid->closed[t])
            return false;
    return true;
}

static double
scale_of(double *deviations, size_t n)
{
    double sum = 0, mad;

    for (size_t i = 0; i < n; i++)
        sum += deviations[i];
    mad = median_in_place(deviations, n);
    return mad > 0 ? MAD_TO_SD * mad : MEAN_DEV_TO_SD * (sum / (double)n);
}

Status
spread_fit(Env *env, const Grid *grid, const Expectation *e, Spread *spread, Failure *failure)
{
    double *r = ENV_NEW(env, e->to - e->from + 1, double), *deviations;
    size_t n = 0;

    deviations = ENV_NEW(env, e->to - e->from + 1, double);
    if (r == NULL || deviations == NULL)
        return fail_out_of_memory(failure);
    spread->logs = wants_logs(grid, e);
    spread->offset = OFFSET_SHARE * e->median_level;
    spread->median = spread->scale = 0;
    for (size_t t = e->from; t < e->to; t++) {
        double expected = expectation_at(e, grid, t);

        if (expectation_open(e, grid, t) && !isnan(expected))
            r[n++] = spread_residual(spread, grid->y[t], expected);
    }
    if (n == 0)
        return STATUS_SUCCESS;
    spread->median = median_in_place(r, n);
    for (size_t i = 0; i < n; i++)
        deviations[i] = fabs(r[i] - spread->median);
    spread->scale = scale_of(deviations, n);
    return STATUS_SUCCESS;
}

double
spread_z(const Spread *s, double residual)
{
    double z = s->scale > 0 ? (residual - s->median) / s->scale : isnan(residual) ? NAN : 0;

    return isnan(z) ? z : fmin(fmax(z, -LARGEST_Z), LARGEST_Z);
}

double
spread_inverse(const Spread *s, double z, double expected)
{
    double r = s->median + z * s->scale;

    return s->logs ? fmax(0, (fmax(expected, 0) + s->offset) * exp(r) - s->offset) : expected + r;
}
