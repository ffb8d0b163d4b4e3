/*
 * simple.c - forecasts that are copies and averages of what was: the yardstick of all others.
 *
 * Cells without a known value are passed over. Standard deviations: seasonal naive's are those of a seasonal
 * random walk, sd of the seasonal differences times sqrt(k + 1) after k whole cycles; drift's those of a
 * random walk whose drift was estimated; of averages, the spread of the residuals around them.
 */
#include <math.h>

#include "forecast/forecast_internal.h"
#include "kit/quantile.h"

#define MOST_CYCLES 8

/* Root mean square of y[t] - y[t - lag] over known pairs; NaN without one. */
static double
difference_sd(const Train *train, size_t lag, double drift)
{
    double sum = 0;
    size_t n = 0;

    for (size_t t = lag; t < train->n; t++) {
        double d = train->y[t] - train->y[t - lag] - drift;

        if (!train_known(train, t) || !train_known(train, t - lag))
            continue;
        sum += d * d;
        n++;
    }
    return n > 0 ? sqrt(sum / (double)n) : NAN;
}

Status
simple_naive(Env *env, const Train *train, int seasonal, Warm *warm, Ahead *ahead, bool *usable,
             Failure *failure)
{
    size_t m = seasonal ? train->season : 1;
    double sd = difference_sd(train, m, 0);

    (void)env, (void)warm, (void)failure;
    *usable = train->n >= m;
    for (size_t i = 0; *usable && i < ahead->h; i++) {
        size_t cycle = i / m + 1;

        ahead->mean[i] = train->y[train->n - m + i % m];
        ahead->sd[i] = sd * sqrt((double)cycle);
    }
    return STATUS_SUCCESS;
}

/* The last known values, at most `most`, of the phase that the cell at n + i has; returns how many. */
static size_t
phase_values(const Train *train, size_t before, size_t i, size_t most, double *values)
{
    size_t m = train->season, n = 0, t = before + i % m;

    while (t >= m && n < most) {
        t -= m;
        if (train_known(train, t))
            values[n++] = train->y[t];
    }
    return n;
}

static double
mean_of(double *values, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

static Status
average(const Train *train, size_t cycles, double (*centre)(double *, size_t), Ahead *ahead, bool *usable)
{
    double values[MOST_CYCLES], sum = 0, sd;
    size_t n = 0, m = train->season;

    *usable = train->n >= 2 * m;
    for (size_t t = train->n > 8 * m ? train->n - 6 * m : 2 * m; *usable && t < train->n; t++) {
        size_t k = phase_values(train, t, 0, cycles, values);

        if (k > 0 && train_known(train, t)) {
            double d = train->y[t] - centre(values, k);

            sum += d * d;
            n++;
        }
    }
    sd = n > 0 ? sqrt(sum / (double)n) : NAN;
    for (size_t i = 0; *usable && i < ahead->h; i++) {
        size_t k = phase_values(train, train->n, i, cycles, values);

        ahead->mean[i] = k > 0 ? centre(values, k) : train->y[train->n - m + i % m];
        ahead->sd[i] = sd;
    }
    return STATUS_SUCCESS;
}

Status
simple_mean(Env *env, const Train *train, int cycles, Warm *warm, Ahead *ahead, bool *usable,
            Failure *failure)
{
    (void)env, (void)warm, (void)failure;
    return average(train, (size_t)cycles, mean_of, ahead, usable);
}

Status
simple_median(Env *env, const Train *train, int cycles, Warm *warm, Ahead *ahead, bool *usable,
              Failure *failure)
{
    (void)env, (void)warm, (void)failure;
    return average(train, (size_t)cycles, median_in_place, ahead, usable);
}

Status
simple_drift(Env *env, const Train *train, int unused, Warm *warm, Ahead *ahead, bool *usable,
             Failure *failure)
{
    double steps = (double)train->n - 1, drift, sd;

    (void)env, (void)unused, (void)warm, (void)failure;
    *usable = train->n >= 2;
    if (!*usable)
        return STATUS_SUCCESS;
    drift = (train->y[train->n - 1] - train->y[0]) / steps;
    /* One parameter was estimated: R's rwf divides by n - 2. */
    sd = difference_sd(train, 1, drift) * (train->n > 2 ? sqrt(steps / (steps - 1)) : NAN);
    for (size_t i = 0; i < ahead->h; i++) {
        double k = (double)(i + 1);

        ahead->mean[i] = train->y[train->n - 1] + k * drift;
        ahead->sd[i] = sd * sqrt(k * (1 + k / steps));
    }
    return STATUS_SUCCESS;
}
