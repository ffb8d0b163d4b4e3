/*
 * total.c - intervals of sums over rows and over models, from joint sample paths.
 *
 * Sample s of a total is the sum of sample s over its rows and models: the rows of one model move together as
 * its paths do, the models are independent. The noise of the rows is independent of all, so that its
 * variances add up and are integrated (mixture.h), as in the bounds of single rows. Only where paths are cut
 * off at zero is the noise drawn, the same as prophet_path_next draws.
 */
#include <math.h>

#include "kit/rng.h"
#include "kit/stats.h"
#include "prophet/mixture.h"
#include "prophet/paths.h"

#define MAX_CELLS ((size_t)1 << 24) /* totals x samples: 128 MB */

struct ProphetTotals {
    ProphetTotalOptions options;
    size_t n_rows, n; /* moments, totals */
    ProphetTotal *total;
    double *variance; /* n: of the noise */
    double *sample;   /* n x n_samples: departures from yhat; with non_negative the sums themselves */
    size_t n_models;
    uint64_t *content; /* of the models so far */
    size_t capacity;
};

Status
prophet_totals_new(Env *env, const int64_t *ds, size_t n, size_t n_models, const ProphetTotalOptions *options,
                   ProphetTotals **totals, Failure *failure)
{
    ProphetTotals *new = ENV_NEW(env, 1, ProphetTotals);

    if (new == NULL)
        return fail_out_of_memory(failure);
    new->options = *options;
    new->n_rows = n;
    new->n = (n + options->every - 1) / options->every;
    if (options->n_samples > MAX_CELLS / new->n)
        return fail(failure, STATUS_TOO_BIG, "Take fewer samples, a shorter horizon or longer sums.",
                    "%zu totals of %zu samples exceed the limit of %zu numbers", new->n, options->n_samples,
                    MAX_CELLS);
    new->capacity = n_models;
    new->total = ENV_NEW(env, new->n, ProphetTotal);
    new->variance = ENV_NEW(env, new->n, double);
    new->sample = ENV_NEW(env, new->n * options->n_samples, double);
    new->content = ENV_NEW(env, n_models, uint64_t);
    if (new->total == NULL || new->variance == NULL || new->sample == NULL || new->content == NULL)
        return fail_out_of_memory(failure);
    for (size_t j = 0; j < new->n; j++) {
        size_t end = (j + 1) * options->every;

        new->total[j].from = ds[j * options->every];
        new->total[j].to = ds[(end < n ? end : n) - 1];
    }
    *totals = new;
    return STATUS_SUCCESS;
}

/* Equal series have equal paths: the second of them in a sum must not move with the first. */
static uint64_t
seed_of(ProphetTotals *totals, const ProphetModel *model)
{
    uint64_t n_alike = 0;

    for (size_t i = 0; i < totals->n_models; i++)
        n_alike += totals->content[i] == model->content;
    totals->content[totals->n_models++] = model->content;
    return n_alike == 0 ? totals->options.seed : rng_hash(totals->options.seed, n_alike);
}

/* Adds row i's samples, which stand in departure, to those of its total. */
static void
add_row(const ProphetTotals *totals, const Paths *paths, const ProphetForecast *forecast, size_t i,
        const double *departure)
{
    double *sample = totals->sample + i / totals->options.every * totals->options.n_samples;
    double factor = paths_factor(forecast, i), sd = paths->model->sigma * paths->model->y_scale;

    for (size_t s = 0; s < paths->n; s++) {
        if (totals->options.non_negative)
            sample[s] += fmax(0, forecast->yhat[i] + factor * departure[s] +
                                     sd * paths_noise(paths, s, forecast->ds[i]));
        else
            sample[s] += factor * departure[s];
    }
}

Status
prophet_totals_add(Env *env, ProphetTotals *totals, const ProphetModel *model,
                   const ProphetForecast *forecast, Failure *failure)
{
    size_t n_samples = totals->options.n_samples;
    double sd = model->sigma * model->y_scale;
    double *departure;
    Paths paths;

    if (forecast->n != totals->n_rows || totals->n_models == totals->capacity)
        return fail(failure, STATUS_BAD_VALUE, "Forecast all models at the same moments.",
                    "the models of a total differ in their moments");
    for (size_t i = 0; i < forecast->n; i++) {
        size_t j = i / totals->options.every;
        double yhat = forecast->yhat[i];

        totals->total[j].yhat += totals->options.non_negative ? fmax(0, yhat) : yhat;
        totals->variance[j] += sd * sd;
    }
    if (n_samples == 0)
        return STATUS_SUCCESS;
    departure = ENV_NEW(env, n_samples, double);
    if (departure == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(paths_init(env, model, forecast->ds[forecast->n - 1], n_samples, seed_of(totals, model),
                                &paths, failure));
    for (size_t i = 0; i < forecast->n; i++) {
        RETURN_IF_FAILED(paths_follow(env, &paths, forecast, i, departure, failure));
        add_row(totals, &paths, forecast, i, departure);
    }
    return STATUS_SUCCESS;
}

Status
prophet_totals_finish(Env *env, ProphetTotals *totals, const ProphetTotal **total, size_t *n,
                      Failure *failure)
{
    const double width = totals->options.interval_width;
    const double levels[2] = {(1 - width) / 2, fmin((1 + width) / 2, 1 - 0x1p-53)};
    size_t n_samples = totals->options.n_samples;
    Mixture *mixture;

    RETURN_IF_FAILED(mixture_new(env, n_samples, &mixture, failure));
    for (size_t j = 0; j < totals->n; j++) {
        ProphetTotal *one = &totals->total[j];
        double *sample = totals->sample + j * n_samples, bounds[2] = {NAN, NAN};

        if (env_cancelled(env))
            return fail_cancelled(failure);
        if (n_samples > 0 && totals->options.non_negative) {
            stats_quantile_pair(sample, n_samples, levels[0], levels[1], &bounds[0], &bounds[1]);
            one->yhat_lower = fmin(bounds[0], one->yhat);
            one->yhat_upper = fmax(bounds[1], one->yhat);
            continue;
        }
        if (n_samples > 0)
            mixture_quantiles(mixture, sample, n_samples, sqrt(totals->variance[j]), levels, bounds);
        one->yhat_lower = one->yhat + bounds[0];
        one->yhat_upper = one->yhat + bounds[1];
    }
    *total = totals->total;
    *n = totals->n;
    return STATUS_SUCCESS;
}
