/*
 * identified.c - whether the data determine a forecast.
 *
 * The Laplace approximation around the MAP gives each mean a variance, j' (J'J + sigma^2 D)^-1 j times
 * sigma^2, over m, k, beta and the nonzero delta, where J holds the derivatives j of the means of the
 * history. A mean whose sd exceeds 2 sigma is the prior's word, not the data's: a weekday or an hour that the
 * history never shows. The Gram matrix is built again from the model's history, which is cheaper than to
 * store it.
 */
#include <math.h>
#include <string.h>

#include "kit/cholesky.h"
#include "prophet/prophet_internal.h"

#define MOST_VARIANCE 4.0 /* of the mean, in units of sigma^2: sd = 2 sigma */
/* Of sigma^2, per row: keeps the prior above rounding when the fit is perfect. */
#define LEAST_VARIANCE 1e-9

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

/* The parameters at which the history is linearised: those of the hinges that moved. */
static Status
moved_parameters(Env *env, const ProphetModel *model, const Laplace *laplace, Parameters *parameters,
                 Failure *failure)
{
    size_t n = 0;

    RETURN_IF_FAILED(parameters_init(env, laplace->n_z, laplace->n_hinges, parameters, failure));
    parameters->z[0] = model->growth == PROPHET_LOGISTIC ? -model->k * model->m : model->m;
    parameters->z[1] = model->k;
    memcpy(parameters->z + DESIGN_BASE, model->beta, model->n_columns * sizeof(double));
    for (size_t j = 0; j < model->n_changepoints; j++) {
        if (model->delta[j] != 0)
            parameters->delta[n++] = model->delta[j];
    }
    return STATUS_SUCCESS;
}

static Status
laplace_gram(Env *env, const ProphetModel *model, const Observed *observed, Laplace *laplace, Gram *gram,
             Failure *failure)
{
    Parameters parameters;
    Point point;

    RETURN_IF_FAILED(gram_init(env, laplace->n_z, laplace->n_hinges, gram, failure));
    if (model_is_linear(model))
        return gram_build(env, model, observed, laplace->hinges, gram, failure);
    RETURN_IF_FAILED(moved_parameters(env, model, laplace, &parameters, failure));
    RETURN_IF_FAILED(point_init(env, observed->rows.n, &point, failure));
    RETURN_IF_FAILED(point_evaluate(env, model, observed, laplace->hinges, laplace->n_hinges, &parameters,
                                    laplace->row, &point, failure));
    RETURN_IF_FAILED(gram_tangent(env, model, observed, laplace->hinges, &point, false, gram, failure));
    if (model->growth == PROPHET_LOGISTIC)
        gram_to_rate_and_offset(model, gram);
    return STATUS_SUCCESS;
}

Status
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
    RETURN_IF_FAILED(laplace_gram(env, model, &observed, laplace, &gram, failure));
    design_precision(model, precision);
    variance = fmax(model->sigma * model->sigma, LEAST_VARIANCE * (double)observed.rows.n);
    laplace_fill(&gram, precision, variance, laplace);
    if (model->growth == PROPHET_FLAT) {
        for (size_t i = 0; i < laplace->n; i++)
            laplace->factor[i * laplace->n + 1] = laplace->factor[laplace->n + i] = 0;
    }
    cholesky_factor(laplace->factor, laplace->n);
    return STATUS_SUCCESS;
}

/* The derivatives of a row's mean by m, k, beta and the moved delta, from its design row. */
static void
gradient_row(const ProphetModel *model, const Laplace *laplace, const Series *rows, size_t i, const double *z,
             double *gradient)
{
    double t = z[1], ratio = 1, weight;
    TrendSlope slope = trend_slope(model, trend_argument(model, t), row_cap(model, rows, i));

    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];
        bool additive = component->mode == PROPHET_ADDITIVE;

        for (size_t l = component->first; l < component->first + component->n_columns; l++) {
            gradient[DESIGN_BASE + l] = z[DESIGN_BASE + l] * (additive ? 1 : slope.value);
            ratio += additive ? 0 : z[DESIGN_BASE + l] * model->beta[l];
        }
    }
    weight = ratio * slope.first;
    gradient[0] = model->growth == PROPHET_LOGISTIC ? -model->k * weight : weight;
    gradient[1] = model->growth == PROPHET_LOGISTIC ? (t - model->m) * weight : t * weight;
    for (size_t j = 0; j < laplace->n_hinges; j++)
        gradient[laplace->n_z + j] = weight * fmax(0, t - scaled_time(model, laplace->hinges[j]));
}

bool
is_identified(const ProphetModel *model, Laplace *laplace, const Series *rows, size_t i, const double *z)
{
    double variance = 0;

    gradient_row(model, laplace, rows, i, z, laplace->row);
    cholesky_forward(laplace->factor, laplace->n, laplace->row);
    for (size_t p = 0; p < laplace->n; p++)
        variance += laplace->row[p] * laplace->row[p];
    return variance <= MOST_VARIANCE;
}
