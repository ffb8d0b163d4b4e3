/*
 * interval.c - prediction intervals.
 *
 * Method: the noise of a row is N(0, sigma), around a trend whose future changes are simulated (paths.h). The
 * bounds of the trend are type-7 quantiles of its paths; those of y integrate the noise (mixture.h) instead
 * of drawing it, so that they scatter less than Prophet's with as many samples, and are exact where nothing
 * but the noise is random: on the history, without changepoints, with flat growth. The uncertainty of the
 * fitted parameters is not part of it, as in Prophet under MAP. Cost: a few passes over the samples per row;
 * memory 70 bytes per sample.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "kit/stats.h"
#include "prophet/mixture.h"
#include "prophet/paths.h"

typedef struct Simulation {
    Paths paths;
    Mixture *mixture;
    double *trend, *y; /* departures of the samples */
} Simulation;

static Status
simulation_init(Env *env, const ProphetModel *model, int64_t until, size_t n_samples, uint64_t seed,
                Simulation *simulation, Failure *failure)
{
    RETURN_IF_FAILED(paths_init(env, model, until, n_samples, seed, &simulation->paths, failure));
    RETURN_IF_FAILED(mixture_new(env, n_samples, &simulation->mixture, failure));
    simulation->trend = ENV_NEW(env, n_samples, double);
    simulation->y = ENV_NEW(env, n_samples, double);
    return simulation->trend == NULL || simulation->y == NULL ? fail_out_of_memory(failure) : STATUS_SUCCESS;
}

static Status
simulate_row(Env *env, const ProphetModel *model, Simulation *simulation, const double levels[2], size_t i,
             ProphetForecast *forecast, Failure *failure)
{
    size_t n = simulation->paths.n;
    double *trend = simulation->trend, *y = trend, factor = paths_factor(forecast, i), departures[2];

    RETURN_IF_FAILED(paths_follow(env, &simulation->paths, forecast, i, trend, failure));
    if (factor != 1) {
        y = simulation->y;
        for (size_t s = 0; s < n; s++)
            y[s] = factor * trend[s];
    }
    mixture_quantiles(simulation->mixture, y, n, model->sigma * model->y_scale, levels, departures);
    forecast->yhat_lower[i] = forecast->yhat[i] + departures[0];
    forecast->yhat_upper[i] = forecast->yhat[i] + departures[1];
    stats_quantile_pair(trend, n, levels[0], levels[1], &departures[0], &departures[1]);
    forecast->trend_lower[i] = forecast->trend[i] + departures[0];
    forecast->trend_upper[i] = forecast->trend[i] + departures[1];
    return STATUS_SUCCESS;
}

static void
exact_row(const ProphetModel *model, double lower_level, size_t i, ProphetForecast *forecast)
{
    double half = -gsl_cdf_ugaussian_Pinv(lower_level) * model->sigma * model->y_scale;

    forecast->trend_lower[i] = forecast->trend_upper[i] = forecast->trend[i];
    forecast->yhat_lower[i] = forecast->yhat[i] - half;
    forecast->yhat_upper[i] = forecast->yhat[i] + half;
}

Status
prophet_intervals(Env *env, const ProphetModel *model, double interval_width, size_t n_samples, uint64_t seed,
                  ProphetForecast *forecast, Failure *failure)
{
    const double levels[2] = {(1 - interval_width) / 2, fmin((1 + interval_width) / 2, 1 - 0x1p-53)};
    Simulation simulation = {0};

    if (n_samples == 0)
        return STATUS_SUCCESS;
    for (size_t i = 0; i < forecast->n; i++) {
        if (trend_is_certain(model) || forecast->ds[i] <= model->last) {
            exact_row(model, levels[0], i, forecast);
            continue;
        }
        if (simulation.mixture == NULL)
            RETURN_IF_FAILED(simulation_init(env, model, forecast->ds[forecast->n - 1], n_samples, seed,
                                             &simulation, failure));
        RETURN_IF_FAILED(simulate_row(env, model, &simulation, levels, i, forecast, failure));
    }
    return STATUS_SUCCESS;
}
