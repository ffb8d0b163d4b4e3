/*
 * paths.c - the trend's simulated changes of slope.
 *
 * Method: Taylor and Letham's generative model of future trend changes. Arrivals are drawn as exponential
 * gaps from t = 1 on, each number from a hash of (seed, series, sample, count), so that a path needs no
 * generator's state. All paths are linear in t between two changes; a logistic trend takes the same departure
 * in its argument.
 */
#include "prophet/paths.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "kit/rng.h"

#define MAX_CHANGES   1e6  /* expected changes of the trend per path */
#define CHECK_CHANGES 4096 /* of one path */
#define CHECK_PATHS   16384

static double
laplace(uint64_t bits, double scale)
{
    double u = rng_to_open(bits);

    return u < 0.5 ? scale * log(2 * u) : -scale * log(2 * (1 - u));
}

static double
gap(const Paths *paths, size_t s)
{
    return -log(rng_to_open(rng_hash(paths->key_of[s], 2 * (uint64_t)paths->n_changes[s]))) / paths->rate;
}

bool
trend_is_certain(const ProphetModel *model)
{
    return model->growth == PROPHET_FLAT || model->n_changepoints == 0;
}

void
paths_start(Paths *paths, size_t first)
{
    paths->first = first;
    for (size_t s = 0; s < paths->n; s++) {
        paths->key_of[s] = rng_hash(paths->key, first + s);
        paths->n_changes[s] = 0;
        paths->slope[s] = paths->offset[s] = 0;
        paths->next[s] = paths->rate > 0 ? 1 + gap(paths, s) : INFINITY;
    }
}

Status
paths_init(Env *env, const ProphetModel *model, int64_t until, size_t n, uint64_t seed, Paths *paths,
           Failure *failure)
{
    double absolute = 0, n_changepoints = (double)model->n_changepoints;
    double ahead = scaled_time(model, until) - 1;
    Paths new = {.model = model, .n = n, .key = rng_hash(seed, model->content)};

    if (!trend_is_certain(model)) {
        if (ahead * n_changepoints > MAX_CHANGES)
            return fail(
                failure, STATUS_BAD_DATA,
                "Take a shorter horizon or frequency, more history, or uncertainty_samples => 0.",
                "the forecast reaches %.0f times the length of the history ahead, too far to simulate",
                ahead);
        for (size_t j = 0; j < model->n_changepoints; j++)
            absolute += fabs(model->delta[j]);
        new.rate = n_changepoints;
        new.scale = absolute / n_changepoints + 1e-8;
        if (model->growth == PROPHET_LINEAR)
            new.scale *= model->y_scale;
    }
    new.next = ENV_NEW(env, n, double);
    new.slope = ENV_NEW(env, n, double);
    new.offset = ENV_NEW(env, n, double);
    new.key_of = ENV_NEW(env, n, uint64_t);
    new.n_changes = ENV_NEW(env, n, uint32_t);
    if (new.next == NULL || new.slope == NULL || new.offset == NULL || new.key_of == NULL ||
        new.n_changes == NULL)
        return fail_out_of_memory(failure);
    paths_start(&new, 0);
    *paths = new;
    return STATUS_SUCCESS;
}

/* All changes of one path up to t. */
static Status
path_change(Env *env, Paths *paths, size_t s, double t, Failure *failure)
{
    for (; paths->next[s] <= t; paths->next[s] += gap(paths, s)) {
        uint64_t bits = rng_hash(paths->key_of[s], 2 * (uint64_t)paths->n_changes[s] + 1);
        double change = laplace(bits, paths->scale);

        paths->slope[s] += change;
        paths->offset[s] -= change * (paths->next[s] - 1);
        if (++paths->n_changes[s] % CHECK_CHANGES == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    return STATUS_SUCCESS;
}

/* From a departure in the argument u to that of the trend. */
static void
bend(const ProphetModel *model, const ProphetForecast *forecast, size_t i, double t, size_t n,
     double *departure)
{
    double range = forecast->cap[i] - forecast->floor[i], u = trend_argument(model, t);
    double point = range / (1 + exp(-u));

    for (size_t s = 0; s < n; s++) {
        if (departure[s] != 0)
            departure[s] = range / (1 + exp(-u - departure[s])) - point;
    }
}

Status
paths_follow(Env *env, Paths *paths, const ProphetForecast *forecast, size_t i, double *departure,
             Failure *failure)
{
    double t = scaled_time(paths->model, forecast->ds[i]);

    for (size_t s = 0; s < paths->n; s++) {
        if (s % CHECK_PATHS == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        if (paths->next[s] <= t)
            RETURN_IF_FAILED(path_change(env, paths, s, t, failure));
        departure[s] = paths->offset[s] + paths->slope[s] * (t - 1);
    }
    if (paths->model->growth == PROPHET_LOGISTIC)
        bend(paths->model, forecast, i, t, paths->n, departure);
    return STATUS_SUCCESS;
}

double
paths_noise(const Paths *paths, size_t s, int64_t ds)
{
    return gsl_cdf_ugaussian_Pinv(rng_to_open(rng_hash(~paths->key_of[s], (uint64_t)ds)));
}
