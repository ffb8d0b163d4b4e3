/*
 * trend.c - scaled time, changepoints, and the piecewise linear trend.
 *
 * Automatic changepoints sit on observed rows, evenly by rank within the first changepoint_range of the
 * history; ties of the rank are rounded half to even, as Prophet in Python does. Without any, one changepoint
 * at the start serves the fit alone (map_fit.c). Prophet writes the slope and the offset of each segment; the
 * hinge form k t + m + sum delta_j max(0, t - s_j) is the same function.
 */
#include <gsl/gsl_heapsort.h>
#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

double
scaled_time(const ProphetModel *model, int64_t ds)
{
    if (ds < model->start)
        return -(double)((uint64_t)model->start - (uint64_t)ds) / model->span;
    return (double)((uint64_t)ds - (uint64_t)model->start) / model->span;
}

int
compare_moments(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static Status
listed_changepoints(Env *env, const ProphetOptions *options, ProphetModel *model, Failure *failure)
{
    size_t n = options->n_listed;

    for (size_t i = 0; i < n; i++) {
        char text[CIVIL_TEXT], first[CIVIL_TEXT], last[CIVIL_TEXT];

        if (options->changepoints[i] >= model->start && options->changepoints[i] <= model->last)
            continue;
        civil_format(options->changepoints[i], text);
        civil_format(model->start, first);
        civil_format(model->last, last);
        return fail(failure, STATUS_BAD_DATA, "List moments between the first and the last observed ds.",
                    "argument \"changepoints\": element %zu, %s, lies outside the history %s to %s", i + 1,
                    text, first, last);
    }
    model->changepoints = ENV_NEW(env, n, int64_t);
    if (model->changepoints == NULL)
        return fail_out_of_memory(failure);
    if (n > 0)
        memcpy(model->changepoints, options->changepoints, n * sizeof(int64_t));
    gsl_heapsort(model->changepoints, n, sizeof(int64_t), compare_moments);
    model->n_changepoints = n;
    return STATUS_SUCCESS;
}

static Status
automatic_changepoints(Env *env, const ProphetOptions *options, const int64_t *ds, size_t n,
                       ProphetModel *model, Failure *failure)
{
    size_t candidates = (size_t)floor((double)n * options->changepoint_range);
    size_t wanted = (size_t)options->n_changepoints;

    if (wanted + 1 > candidates)
        wanted = candidates > 0 ? candidates - 1 : 0;
    model->changepoints = ENV_NEW(env, wanted, int64_t);
    if (model->changepoints == NULL)
        return fail_out_of_memory(failure);
    for (size_t j = 1; j <= wanted; j++) {
        double position = (double)(candidates - 1) * (double)j / (double)wanted;

        model->changepoints[j - 1] = ds[(size_t)nearbyint(position)];
    }
    model->n_changepoints = wanted;
    return STATUS_SUCCESS;
}

Status
trend_place_changepoints(Env *env, const ProphetOptions *options, const int64_t *ds, size_t n,
                         ProphetModel *model, Failure *failure)
{
    if (options->changepoints_given)
        return listed_changepoints(env, options, model, failure);
    return automatic_changepoints(env, options, ds, n, model, failure);
}

double
trend_argument(const ProphetModel *model, double t)
{
    double u = model->growth == PROPHET_LOGISTIC ? model->k * (t - model->m) : model->k * t + model->m;

    if (model->growth == PROPHET_FLAT)
        return model->m;
    for (size_t j = 0; j < model->n_changepoints; j++) {
        double since;

        if (model->delta[j] == 0)
            continue;
        since = t - scaled_time(model, model->changepoints[j]);
        if (since > 0)
            u += model->delta[j] * since;
    }
    return u;
}

double
trend_value(const ProphetModel *model, double u, double cap)
{
    return model->growth == PROPHET_LOGISTIC ? cap / (1 + exp(-u)) : u;
}
