/*
 * point.c - the model's mean at given parameters, row by row.
 *
 * Rows ascend in time, so that the hinges passed so far are two running sums: their slope and their offset.
 */
#include <math.h>
#include <string.h>

#include "prophet/prophet_internal.h"

Status
parameters_init(Env *env, size_t n_z, size_t n_hinges, Parameters *parameters, Failure *failure)
{
    parameters->z = ENV_NEW(env, n_z, double);
    parameters->delta = ENV_NEW(env, n_hinges, double);
    return parameters->z == NULL || parameters->delta == NULL ? fail_out_of_memory(failure) : STATUS_SUCCESS;
}

Status
point_init(Env *env, size_t n, Point *point, Failure *failure)
{
    memset(point, 0, sizeof(*point));
    point->u = ENV_NEW(env, n, double);
    point->ratio = ENV_NEW(env, n, double);
    point->residual = ENV_NEW(env, n, double);
    return point->u == NULL || point->ratio == NULL || point->residual == NULL ? fail_out_of_memory(failure)
                                                                               : STATUS_SUCCESS;
}

bool
model_is_linear(const ProphetModel *model)
{
    for (size_t c = 0; c < model->n_components; c++) {
        if (model->components[c].mode == PROPHET_MULTIPLICATIVE)
            return false;
    }
    return model->growth != PROPHET_LOGISTIC;
}

TrendSlope
trend_slope(const ProphetModel *model, double u, double cap)
{
    TrendSlope slope = {u, 1, 0};

    if (model->growth == PROPHET_LOGISTIC) {
        double share = 1 / (1 + exp(-u));

        slope.value = cap * share;
        slope.first = slope.value / (1 + exp(u));
        slope.second = slope.first * (1 - 2 * share);
    }
    return slope;
}

/* The sums over the additive and over the multiplicative components. */
static void
add_components(const ProphetModel *model, const double *x, const double *beta, double *additive,
               double *ratio)
{
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];
        double sum = 0;

        for (size_t l = component->first; l < component->first + component->n_columns; l++)
            sum += x[l] * beta[l];
        *(component->mode == PROPHET_ADDITIVE ? additive : ratio) += sum;
    }
}

Status
point_evaluate(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
               size_t n_hinges, const Parameters *parameters, double *scratch_z, Point *point,
               Failure *failure)
{
    const double offset = parameters->z[0], rate = model->growth == PROPHET_FLAT ? 0 : parameters->z[1];
    double slope = 0, shift = 0;
    size_t passed = 0;

    point->rss = 0;
    for (size_t i = 0; i < observed->rows.n; i++) {
        double additive = 0, ratio = 1, t;
        const double *z;

        if (i % 1024 == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        for (; passed < n_hinges && hinges[passed] < observed->rows.ds[i]; passed++) {
            slope += parameters->delta[passed];
            shift += parameters->delta[passed] * scaled_time(model, hinges[passed]);
        }
        z = observed_design(model, observed, i, scratch_z);
        t = z[1];
        add_components(model, z + DESIGN_BASE, parameters->z + DESIGN_BASE, &additive, &ratio);
        point->u[i] = rate * t + offset + (slope * t - shift);
        point->ratio[i] = ratio;
        point->residual[i] = observed->y[i] - additive -
                             ratio * trend_value(model, point->u[i], row_cap(model, &observed->rows, i));
        point->rss += point->residual[i] * point->residual[i];
    }
    return STATUS_SUCCESS;
}
