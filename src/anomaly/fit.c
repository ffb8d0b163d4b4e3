/*
 * fit.c - expectation, spread and forest of a range of cells, put together.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

/* z of cell t under the fit, NaN where it has none. */
static double
z_of_cell(const Fit *f, const Grid *grid, size_t t)
{
    double expected = expectation_at(&f->expectation, grid, t);

    if (isnan(grid->y[t]) || grid->closed[t] || isnan(expected))
        return NAN;
    return spread_z(&f->spread, spread_residual(&f->spread, grid->y[t], expected));
}

Status
fit_cells(Env *env, const Grid *grid, size_t from, size_t to, size_t last, bool trailing, Fit *f,
          Failure *failure)
{
    memset(f, 0, sizeof(*f));
    f->from = from;
    f->to = to;
    f->trailing = trailing;
    RETURN_IF_FAILED(expectation_fit(env, grid, from, to, trailing, &f->expectation, failure));
    if (!f->expectation.usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(spread_fit(env, grid, &f->expectation, &f->spread, failure));
    f->z = ENV_NEW(env, last - from, double);
    f->cells = ENV_NEW(env, to - from, size_t);
    if (f->z == NULL || f->cells == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = from; t < last; t++)
        f->z[t - from] = z_of_cell(f, grid, t);
    for (size_t t = from; t < to; t++)
        if (!isnan(f->z[t - from]))
            f->cells[f->n_cells++] = t;
    return STATUS_SUCCESS;
}

Status
fit_forest(Env *env, const Grid *grid, int64_t seed, Fit *f, Failure *failure)
{
    size_t n_features = features_count(grid);
    double *features = ENV_NEW(env, f->n_cells * n_features, double);

    f->scores = ENV_NEW(env, f->n_cells, double);
    if (features == NULL || f->scores == NULL)
        return fail_out_of_memory(failure);
    for (size_t k = 0; k < f->n_cells; k++) {
        features_of_cell(grid, f->z, f->to - f->from, f->cells[k] - f->from, f->trailing,
                         features + k * n_features);
        if (k % 1024 == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    return judge_fit(env, features, f->n_cells, n_features, seed, &f->judge, f->scores, failure);
}

Status
fit_score_later(Env *env, const Grid *grid, const Fit *f, size_t t, double *score, Failure *failure)
{
    double features[ANOMALY_MOST_FEATURES];

    *score = NAN;
    if (f->judge.scorer == NULL || isnan(f->z[t - f->from]))
        return STATUS_SUCCESS;
    features_of_cell(grid, f->z, t - f->from + 1, t - f->from, true, features);
    return iforest_score(env, f->judge.scorer, features, 1, score, failure);
}
