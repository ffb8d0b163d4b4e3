/*
 * season.c - is there a season, and what is it: autocorrelation test and classical decomposition.
 *
 * Method: the test of the M4 competition's Theta (Makridakis, Spiliotis, Assimakopoulos 2020): lag m stands
 * out of the autocorrelations below it at 90 %. Decomposition: centred moving average over one cycle, mean
 * ratio or difference to it per phase, normalised.
 */
#include <math.h>

#include "forecast/forecast_internal.h"

#define NORMAL_90_TWO_SIDED 1.6448536269514722
#define SMALLEST_INDEX      1e-4

static double
mean_of(const double *y, size_t n)
{
    double sum = 0;

    for (size_t t = 0; t < n; t++)
        sum += y[t];
    return sum / (double)n;
}

bool
season_test(const double *y, size_t n, size_t m)
{
    double mean, c0 = 0, below = 0, r = 0;

    if (m < 2 || n <= 2 * m)
        return false;
    mean = mean_of(y, n);
    for (size_t t = 0; t < n; t++)
        c0 += (y[t] - mean) * (y[t] - mean);
    if (!(c0 > 0))
        return false;
    for (size_t lag = 1; lag <= m; lag++) {
        double c = 0;

        for (size_t t = lag; t < n; t++)
            c += (y[t] - mean) * (y[t - lag] - mean);
        r = c / c0;
        if (lag < m)
            below += r * r;
    }
    return fabs(r) > NORMAL_90_TWO_SIDED * sqrt((1 + 2 * below) / (double)n);
}

/* Centred moving average of length m (2 x m when m is even) at cell t, which has m / 2 cells on both sides.
 */
static void
moving_average(const double *y, size_t n, size_t m, double *average)
{
    size_t half = m / 2;
    double sum = 0;

    for (size_t t = 0; t < m; t++)
        sum += y[t];
    for (size_t t = half; t + half < n; t++) {
        /* sum is over [t - half, t - half + m) */
        size_t from = t - half;

        average[t] = m % 2 == 1 ? sum / (double)m : (sum + 0.5 * (y[from + m] - y[from])) / (double)m;
        if (from + m < n)
            sum += y[from + m] - y[from];
    }
}

/* Half a cycle at either end has no centred average: the nearest one stands for it. */
static void
extend_ends(double *average, size_t n, size_t m)
{
    size_t half = m / 2;

    for (size_t i = 0; i < half; i++) {
        average[i] = average[half];
        average[n - 1 - i] = average[n - 1 - half];
    }
}

static bool
all_positive(const double *y, size_t n)
{
    for (size_t t = 0; t < n; t++)
        if (!(y[t] > 0))
            return false;
    return true;
}

/* To mean 1 or 0; false when an index of a multiplicative season is too small to divide by. */
static bool
normalise(Seasonal *s)
{
    double mean = mean_of(s->index, s->m);

    for (size_t j = 0; j < s->m; j++) {
        s->index[j] = s->multiplicative ? s->index[j] / mean : s->index[j] - mean;
        if (s->multiplicative && !(s->index[j] >= SMALLEST_INDEX))
            return false;
    }
    return true;
}

static void
phase_means(const double *y, size_t n, const double *average, double decay, double *weights, Seasonal *s)
{
    size_t half = decay == 1 ? s->m / 2 : 0;

    for (size_t j = 0; j < s->m; j++)
        s->index[j] = weights[j] = 0;
    for (size_t t = half; t + half < n; t++) {
        size_t age = (n - 1 - t) / s->m;
        double weight = decay == 1 ? 1 : pow(decay, (double)age);

        s->index[t % s->m] += weight * (s->multiplicative ? y[t] / average[t] : y[t] - average[t]);
        weights[t % s->m] += weight;
    }
    for (size_t j = 0; j < s->m; j++)
        s->index[j] = weights[j] > 0 ? s->index[j] / weights[j] : s->multiplicative ? 1 : 0;
}

Status
season_recent(Env *env, const double *y, size_t n, size_t m, bool multiplicative, double decay,
              Seasonal *seasonal, Failure *failure)
{
    double *average = ENV_NEW(env, n, double), *weights = ENV_NEW(env, m, double);

    if (m < 2 || n < 2 * m)
        return fail(failure, STATUS_BAD_DATA, "Pass more history.",
                    "a season of %zu needs two cycles, not %zu values", m, n);
    seasonal->m = m;
    seasonal->multiplicative = multiplicative && all_positive(y, n);
    seasonal->index = ENV_NEW(env, m, double);
    if (average == NULL || weights == NULL || seasonal->index == NULL)
        return fail_out_of_memory(failure);
    moving_average(y, n, m, average);
    extend_ends(average, n, m);
    phase_means(y, n, average, decay, weights, seasonal);
    if (normalise(seasonal))
        return STATUS_SUCCESS;
    seasonal->multiplicative = false;
    phase_means(y, n, average, decay, weights, seasonal);
    normalise(seasonal);
    return STATUS_SUCCESS;
}

Status
season_decompose(Env *env, const double *y, size_t n, size_t m, bool multiplicative, Seasonal *seasonal,
                 Failure *failure)
{
    return season_recent(env, y, n, m, multiplicative, 1, seasonal, failure);
}

double
season_remove(const Seasonal *s, double y, size_t t)
{
    double index = s->index[t % s->m];

    return s->multiplicative ? y / index : y - index;
}

double
season_restore(const Seasonal *s, double x, size_t t)
{
    double index = s->index[t % s->m];

    return s->multiplicative ? x * index : x + index;
}

Status
season_adjust(Env *env, const double *y, size_t n, const Seasonal *seasonal, double **adjusted,
              Failure *failure)
{
    *adjusted = ENV_NEW(env, n, double);
    if (*adjusted == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < n; t++)
        (*adjusted)[t] = season_remove(seasonal, y[t], t);
    return STATUS_SUCCESS;
}
