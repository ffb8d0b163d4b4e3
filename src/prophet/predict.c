/*
 * predict.c - point forecasts, their parts, and whether the data determine them.
 *
 * identified: the Laplace approximation around the MAP gives each mean a variance, z' (G + sigma^2 D)^-1 z
 * times sigma^2, over m, k, beta and the nonzero delta. A mean whose sd exceeds 2 sigma is the prior's word,
 * not the data's: a weekday or an hour that the history never shows. The Gram matrix is built again from the
 * model's history, which is cheaper than to store it.
 */
#include <math.h>
#include <string.h>

#include "kit/cholesky.h"
#include "prophet/prophet_internal.h"

#define MOST_VARIANCE 4.0 /* of the mean, in units of sigma^2: sd = 2 sigma */
#define LEAST_VARIANCE                                                                                       \
    1e-9 /* of sigma^2, per row: keeps the prior above rounding when the fit is perfect                      \
          */

typedef struct Laplace {
    size_t n_z, n_hinges, n;
    int64_t *hinges;
    double *factor; /* n x n */
    double *row;    /* n */
} Laplace;

static Status
laplace_init(Env *env, const ProphetModel *model, Laplace *laplace, Failure *failure)
{
    laplace->n_z = DESIGN_BASE + model->n_columns;
    laplace->n_hinges = 0;
    laplace->hinges = ENV_NEW(env, model->n_changepoints, int64_t);
    if (laplace->hinges == NULL)
        return fail_out_of_memory(failure);
    for (size_t j = 0; j < model->n_changepoints; j++) {
        if (model->delta[j] != 0)
            laplace->hinges[laplace->n_hinges++] = model->changepoints[j];
    }
    laplace->n = laplace->n_z + laplace->n_hinges;
    laplace->factor = ENV_NEW(env, laplace->n * laplace->n, double);
    laplace->row = ENV_NEW(env, laplace->n, double);
    return laplace->factor == NULL || laplace->row == NULL ? fail_out_of_memory(failure) : STATUS_SUCCESS;
}

/* The lower triangle of G + variance D over [1, t, X, active hinges]. */
static void
laplace_fill(const Gram *gram, const double *precision, double variance, Laplace *laplace)
{
    size_t n_z = laplace->n_z, n_h = laplace->n_hinges, n = laplace->n;

    for (size_t i = 0; i < n_z; i++) {
        memcpy(laplace->factor + i * n, gram->zz + i * n_z, n_z * sizeof(double));
        laplace->factor[i * n + i] += variance * precision[i];
    }
    for (size_t j = 0; j < n_h; j++) {
        double *row = laplace->factor + (n_z + j) * n;

        for (size_t i = 0; i < n_z; i++)
            row[i] = gram->zh[i * n_h + j];
        memcpy(row + n_z, gram->hh + j * n_h, n_h * sizeof(double));
    }
}

static Status
laplace_build(Env *env, const ProphetModel *model, Laplace *laplace, Failure *failure)
{
    double *precision;
    double variance;
    Observed observed;
    Gram gram;

    RETURN_IF_FAILED(laplace_init(env, model, laplace, failure));
    precision = ENV_NEW(env, laplace->n_z, double);
    if (precision == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(observed_rows(env, model, &observed, failure));
    RETURN_IF_FAILED(gram_build(env, model, &observed, laplace->hinges, laplace->n_hinges, &gram, failure));
    design_precision(model, precision);
    variance = fmax(model->sigma * model->sigma, LEAST_VARIANCE * (double)observed.n);
    laplace_fill(&gram, precision, variance, laplace);
    if (model->growth == PROPHET_FLAT) {
        for (size_t i = 0; i < laplace->n; i++)
            laplace->factor[i * laplace->n + 1] = laplace->factor[laplace->n + i] = 0;
    }
    cholesky_factor(laplace->factor, laplace->n);
    return STATUS_SUCCESS;
}

static bool
is_identified(const ProphetModel *model, Laplace *laplace, const double *z)
{
    double variance = 0;

    memcpy(laplace->row, z, laplace->n_z * sizeof(double));
    for (size_t j = 0; j < laplace->n_hinges; j++)
        laplace->row[laplace->n_z + j] = fmax(0, z[1] - scaled_time(model, laplace->hinges[j]));
    cholesky_forward(laplace->factor, laplace->n, laplace->row);
    for (size_t i = 0; i < laplace->n; i++)
        variance += laplace->row[i] * laplace->row[i];
    return variance <= MOST_VARIANCE;
}

static Status
forecast_init(Env *env, const ProphetModel *model, const int64_t *ds, size_t n, ProphetForecast *forecast,
              Failure *failure)
{
    double **column[] = {&forecast->yhat,       &forecast->trend,      &forecast->additive,
                         &forecast->yhat_lower, &forecast->yhat_upper, &forecast->trend_lower,
                         &forecast->trend_upper};

    memset(forecast, 0, sizeof(*forecast));
    forecast->n = n;
    forecast->ds = ds;
    forecast->identified = ENV_NEW(env, n, bool);
    if (forecast->identified == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < sizeof(column) / sizeof(column[0]); i++) {
        if ((*column[i] = ENV_NEW(env, n, double)) == NULL)
            return fail_out_of_memory(failure);
    }
    for (size_t c = 0; c < model->n_components; c++) {
        if ((forecast->component[c] = ENV_NEW(env, n, double)) == NULL)
            return fail_out_of_memory(failure);
    }
    return STATUS_SUCCESS;
}

static void
predict_row(const ProphetModel *model, const double *z, size_t i, ProphetForecast *forecast)
{
    double additive = 0;

    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];
        double sum = 0;

        for (size_t l = component->first; l < component->first + 2 * (size_t)component->order; l++)
            sum += z[DESIGN_BASE + l] * model->beta[l];
        forecast->component[c][i] = sum * model->y_scale;
        additive += forecast->component[c][i];
    }
    forecast->additive[i] = additive;
    forecast->trend[i] = trend_at(model, z[1]) * model->y_scale + model->floor;
    forecast->yhat[i] = forecast->trend[i] + additive;
    forecast->yhat_lower[i] = forecast->yhat_upper[i] = NAN;
    forecast->trend_lower[i] = forecast->trend_upper[i] = NAN;
}

Status
prophet_predict(Env *env, const ProphetModel *model, const int64_t *ds, size_t n, ProphetForecast *forecast,
                Failure *failure)
{
    double *z = ENV_NEW(env, DESIGN_BASE + model->n_columns, double);
    Laplace laplace = {0};

    if (z == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(forecast_init(env, model, ds, n, forecast, failure));
    RETURN_IF_FAILED(laplace_build(env, model, &laplace, failure));
    for (size_t i = 0; i < n; i++) {
        if (i % 256 == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        design_row(model, ds[i], z);
        predict_row(model, z, i, forecast);
        forecast->identified[i] = is_identified(model, &laplace, z);
    }
    return STATUS_SUCCESS;
}
