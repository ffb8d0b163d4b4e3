/*
 * fit.c - expectation, spread and forest of a range of days, put together.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

/* z of day t under the fit, NaN where it has none. */
static double
z_of_day(const Fit *f, const Grid *grid, size_t t)
{
    double expected = expectation_at(&f->expectation, grid, t);

    if (isnan(grid->y[t]) || grid->closed[t] || isnan(expected))
        return NAN;
    return spread_z(&f->spread, spread_residual(&f->spread, grid->y[t], expected));
}

/* The features of all training days that have a z, one row each. */
static void
collect_features(Fit *f, size_t to, bool trailing, double *features)
{
    f->n_days = 0;
    for (size_t t = f->from; t < to; t++) {
        if (isnan(f->z[t - f->from]))
            continue;
        features_of_day(f->z, to - f->from, t - f->from, trailing, features + f->n_days * ANOMALY_FEATURES);
        f->days[f->n_days++] = t;
    }
}

Status
fit_days(Env *env, const Grid *grid, size_t from, size_t to, size_t last, bool trailing, int64_t seed, Fit *f,
         Failure *failure)
{
    size_t n = to - from;
    double *features;

    memset(f, 0, sizeof(*f));
    f->from = from;
    RETURN_IF_FAILED(expectation_fit(env, grid, from, to, trailing, &f->expectation, failure));
    if (!f->expectation.usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(spread_fit(env, grid, &f->expectation, &f->spread, failure));
    f->z = ENV_NEW(env, last - from, double);
    f->days = ENV_NEW(env, n, size_t);
    f->scores = ENV_NEW(env, n, double);
    features = ENV_NEW(env, n * ANOMALY_FEATURES, double);
    if (f->z == NULL || f->days == NULL || f->scores == NULL || features == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = from; t < last; t++)
        f->z[t - from] = z_of_day(f, grid, t);
    collect_features(f, to, trailing, features);
    return judge_fit(env, features, f->n_days, seed, &f->judge, f->scores, failure);
}

Status
fit_score_later(Env *env, const Fit *f, size_t t, double *score, Failure *failure)
{
    double features[ANOMALY_FEATURES];

    *score = NAN;
    if (f->judge.scorer == NULL || isnan(f->z[t - f->from]))
        return STATUS_SUCCESS;
    features_of_day(f->z, t - f->from + 1, t - f->from, true, features);
    return iforest_score(env, f->judge.scorer, features, 1, score, failure);
}
