/*
 * design.c - from the history to scaled observations and regression columns.
 *
 * absmax divides y by its largest absolute value; minmax subtracts the least first, which keeps the signal of
 * large, nearly constant y. A scale of 0 (constant y) becomes 1. All scaling follows from the history and is
 * never stored, so that a model cannot contradict its own data.
 */
#include <math.h>

#include "kit/rng.h"
#include "prophet/prophet_internal.h"

uint64_t
model_content(const Series *history)
{
    uint64_t hash = rng_hash(history->n, 0);

    for (size_t i = 0; i < history->n; i++) {
        union {
            double number;
            uint64_t bits;
        } y = {history->y[i]};

        hash = rng_mix(hash ^ (uint64_t)history->ds[i]);
        hash = rng_mix(hash + y.bits);
    }
    return hash;
}

static Status
observed_range(const ProphetModel *model, double *least, double *most, size_t *n, Failure *failure)
{
    const Series *history = &model->history;

    *least = INFINITY;
    *most = -INFINITY;
    *n = 0;
    for (size_t i = 0; i < history->n; i++) {
        if (isnan(history->y[i]))
            continue;
        if (isinf(history->y[i]))
            return fail(failure, STATUS_BAD_DATA,
                        "Replace infinite values, with NULL where they are unknown.",
                        "the series holds an infinite y");
        *least = fmin(*least, history->y[i]);
        *most = fmax(*most, history->y[i]);
        ++*n;
    }
    if (*n < 2)
        return fail(failure, STATUS_BAD_DATA, "Pass more history; NULL and NaN do not count.",
                    "a forecast needs at least 2 observed values, the series has %zu", *n);
    if (!isfinite(*most - *least))
        return fail(failure, STATUS_BAD_DATA, "Divide y by a constant first.",
                    "the range of y exceeds double precision");
    return STATUS_SUCCESS;
}

static Status
observed_span(ProphetModel *model, Failure *failure)
{
    const Series *history = &model->history;
    size_t first = 0, last = history->n - 1;

    while (isnan(history->y[first]))
        first++;
    while (isnan(history->y[last]))
        last--;
    model->start = history->ds[first];
    model->last = history->ds[last];
    if (model->start == model->last)
        return fail(failure, STATUS_BAD_DATA, "Pass values at two or more moments.",
                    "all observed values of the series have the same ds");
    model->span = (double)((uint64_t)model->last - (uint64_t)model->start);
    return STATUS_SUCCESS;
}

Status
prophet_model_scale(ProphetModel *model, Failure *failure)
{
    double least, most;

    RETURN_IF_FAILED(observed_range(model, &least, &most, &model->n_observed, failure));
    RETURN_IF_FAILED(observed_span(model, failure));
    if (model->scaling == PROPHET_MINMAX) {
        model->floor = least;
        model->y_scale = most - least;
    } else {
        model->floor = 0;
        model->y_scale = fmax(fabs(least), fabs(most));
    }
    if (model->y_scale == 0)
        model->y_scale = 1;
    return STATUS_SUCCESS;
}

Status
observed_rows(Env *env, const ProphetModel *model, Observed *observed, Failure *failure)
{
    const Series *history = &model->history;

    observed->n = 0;
    observed->ds = ENV_NEW(env, model->n_observed, int64_t);
    observed->y = ENV_NEW(env, model->n_observed, double);
    if (observed->ds == NULL || observed->y == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < history->n; i++) {
        if (isnan(history->y[i]))
            continue;
        observed->ds[observed->n] = history->ds[i];
        observed->y[observed->n++] = (history->y[i] - model->floor) / model->y_scale;
    }
    return STATUS_SUCCESS;
}

void
design_row(const ProphetModel *model, int64_t ds, double *z)
{
    z[0] = 1;
    z[1] = scaled_time(model, ds);
    for (size_t c = 0; c < model->n_components; c++)
        season_columns(&model->components[c], ds, z + DESIGN_BASE + model->components[c].first);
}

void
design_precision(const ProphetModel *model, double *precision)
{
    const double sd_k = 5, sd_m = 5; /* Prophet's priors of slope and offset */

    precision[0] = 1 / (sd_m * sd_m);
    precision[1] = 1 / (sd_k * sd_k);
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        for (size_t i = 0; i < 2 * (size_t)component->order; i++)
            precision[DESIGN_BASE + component->first + i] =
                1 / (component->prior_scale * component->prior_scale);
    }
}
