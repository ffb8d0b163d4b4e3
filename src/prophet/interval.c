/*
 * interval.c - prediction intervals.
 *
 * Method: Taylor and Letham's generative model of future trend changes. After the history (t > 1)
 * changepoints arrive as a Poisson process of rate S, with Laplace changes of scale mean |delta| + 1e-8, on
 * top of which each row has noise N(0, sigma). Bounds are type-7 quantiles over the samples. The uncertainty
 * of the fitted parameters is not part of it, as in Prophet under MAP. Departures: where nothing is random
 * but the noise (rows of the history, no changepoints, flat growth) the bounds are exact quantiles of the
 * normal. Arrivals are drawn as exponential gaps from t = 1 on and the noise from a hash of (seed, series,
 * sample, ds), so that a path does not depend on how far it is followed. Cost: samples x rows draws and four
 * selections per row; memory 80 bytes per sample.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "kit/rng.h"
#include "kit/stats.h"
#include "prophet/prophet_internal.h"

#define MAX_CHANGES 1e6 /* expected changes of the trend per path */

/* One sample's departure from the point trend, scaled. */
typedef struct Path {
    Rng rng;
    uint64_t noise; /* key of its noise */
    double at;      /* t of value */
    double value;
    double slope;
    double next; /* t of the next change */
} Path;

typedef struct Simulation {
    size_t n_samples;
    double rate;  /* changes per unit of t */
    double scale; /* of a change */
    Path *paths;
    double *trend, *y; /* n_samples */
} Simulation;

static double
laplace(Rng *rng, double scale)
{
    double u = rng_open(rng);

    return u < 0.5 ? scale * log(2 * u) : -scale * log(2 * (1 - u));
}

/* Returns the number of changes on the way. */
static size_t
path_follow(Path *path, const Simulation *simulation, double t)
{
    size_t n_changes = 0;

    for (; path->next <= t; n_changes++) {
        path->value += path->slope * (path->next - path->at);
        path->at = path->next;
        path->slope += laplace(&path->rng, simulation->scale);
        path->next += rng_exponential(&path->rng) / simulation->rate;
    }
    path->value += path->slope * (t - path->at);
    path->at = t;
    return n_changes;
}

static Status
simulation_init(Env *env, const ProphetModel *model, int64_t last, size_t n_samples, uint64_t seed,
                Simulation *simulation, Failure *failure)
{
    double absolute = 0, ahead = scaled_time(model, last) - 1;

    if (ahead * (double)model->n_changepoints > MAX_CHANGES)
        return fail(failure, STATUS_BAD_DATA,
                    "Take a shorter horizon or frequency, more history, or uncertainty_samples => 0.",
                    "the forecast reaches %.0f times the length of the history ahead, too far to simulate",
                    ahead);
    for (size_t j = 0; j < model->n_changepoints; j++)
        absolute += fabs(model->delta[j]);
    simulation->n_samples = n_samples;
    simulation->rate = (double)model->n_changepoints;
    simulation->scale = absolute / (double)model->n_changepoints + 1e-8;
    simulation->paths = ENV_NEW(env, n_samples, Path);
    simulation->trend = ENV_NEW(env, n_samples, double);
    simulation->y = ENV_NEW(env, n_samples, double);
    if (simulation->paths == NULL || simulation->trend == NULL || simulation->y == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n_samples; i++) {
        Path *path = &simulation->paths[i];

        rng_init(&path->rng, rng_hash(seed, model->content), i);
        path->noise = rng_next(&path->rng);
        path->at = 1;
        path->next = 1 + rng_exponential(&path->rng) / simulation->rate;
    }
    return STATUS_SUCCESS;
}

static Status
simulate_row(Env *env, const ProphetModel *model, Simulation *simulation, double levels[2], size_t i,
             ProphetForecast *forecast, Failure *failure)
{
    double t = scaled_time(model, forecast->ds[i]), scale = model->y_scale, lower, upper;
    size_t work = 0;

    for (size_t s = 0; s < simulation->n_samples; s++) {
        Path *path = &simulation->paths[s];
        uint64_t bits = rng_hash(path->noise, (uint64_t)forecast->ds[i]);

        work += 1 + path_follow(path, simulation, t);
        if (work > 4096 || s == 0) {
            work = 0;
            if (env_cancelled(env))
                return fail_cancelled(failure);
        }
        simulation->trend[s] = path->value;
        simulation->y[s] = path->value + model->sigma * gsl_cdf_ugaussian_Pinv(rng_to_open(bits));
    }
    stats_quantile_pair(simulation->trend, simulation->n_samples, levels[0], levels[1], &lower, &upper);
    forecast->trend_lower[i] = forecast->trend[i] + scale * lower;
    forecast->trend_upper[i] = forecast->trend[i] + scale * upper;
    stats_quantile_pair(simulation->y, simulation->n_samples, levels[0], levels[1], &lower, &upper);
    forecast->yhat_lower[i] = forecast->yhat[i] + scale * lower;
    forecast->yhat_upper[i] = forecast->yhat[i] + scale * upper;
    return STATUS_SUCCESS;
}

static void
exact_row(const ProphetModel *model, double upper_level, size_t i, ProphetForecast *forecast)
{
    double half = gsl_cdf_ugaussian_Pinv(upper_level) * model->sigma * model->y_scale;

    forecast->trend_lower[i] = forecast->trend_upper[i] = forecast->trend[i];
    forecast->yhat_lower[i] = forecast->yhat[i] - half;
    forecast->yhat_upper[i] = forecast->yhat[i] + half;
}

Status
prophet_intervals(Env *env, const ProphetModel *model, double interval_width, size_t n_samples, uint64_t seed,
                  ProphetForecast *forecast, Failure *failure)
{
    double levels[2] = {(1 - interval_width) / 2, (1 + interval_width) / 2};
    bool certain = model->growth == PROPHET_FLAT || model->n_changepoints == 0;
    Simulation simulation = {0};

    if (n_samples == 0)
        return STATUS_SUCCESS;
    for (size_t i = 0; i < forecast->n; i++) {
        if (certain || forecast->ds[i] <= model->last) {
            exact_row(model, levels[1], i, forecast);
            continue;
        }
        if (simulation.paths == NULL)
            RETURN_IF_FAILED(simulation_init(env, model, forecast->ds[forecast->n - 1], n_samples, seed,
                                             &simulation, failure));
        RETURN_IF_FAILED(simulate_row(env, model, &simulation, levels, i, forecast, failure));
    }
    return STATUS_SUCCESS;
}
