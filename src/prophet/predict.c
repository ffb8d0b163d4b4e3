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
    variance = fmax(model->sigma * model->sigma, LEAST_VARIANCE * (double)observed.rows.n);
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

/* The model has a component of this kind and mode. */
static bool
has_component(const ProphetModel *model, ProphetKind kind, ProphetMode mode)
{
    for (size_t c = 0; c < model->n_components; c++) {
        if (model->components[c].kind == kind && model->components[c].mode == mode)
            return true;
    }
    return false;
}

static Status
forecast_init(Env *env, const ProphetModel *model, const Series *rows, ProphetForecast *forecast,
              Failure *failure)
{
    const bool has_holidays = has_component(model, PROPHET_HOLIDAY, PROPHET_ADDITIVE) ||
                              has_component(model, PROPHET_HOLIDAY, PROPHET_MULTIPLICATIVE);
    const struct {
        double **column;
        bool wanted;
    } columns[] = {
        {&forecast->yhat, true},
        {&forecast->trend, true},
        {&forecast->floor, true},
        {&forecast->cap, model->growth == PROPHET_LOGISTIC},
        {&forecast->additive_terms, true},
        {&forecast->multiplicative_terms, true},
        {&forecast->holidays, has_holidays},
        {&forecast->extra_regressors_additive, has_component(model, PROPHET_REGRESSOR, PROPHET_ADDITIVE)},
        {&forecast->extra_regressors_multiplicative,
         has_component(model, PROPHET_REGRESSOR, PROPHET_MULTIPLICATIVE)},
        {&forecast->yhat_lower, true},
        {&forecast->yhat_upper, true},
        {&forecast->trend_lower, true},
        {&forecast->trend_upper, true},
    };

    memset(forecast, 0, sizeof(*forecast));
    forecast->n = rows->n;
    forecast->ds = rows->ds;
    forecast->identified = ENV_NEW(env, rows->n, bool);
    forecast->component = ENV_NEW(env, model->n_components, double *);
    if (forecast->identified == NULL || forecast->component == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
        if (columns[c].wanted && (*columns[c].column = ENV_NEW(env, rows->n, double)) == NULL)
            return fail_out_of_memory(failure);
    }
    for (size_t c = 0; c < model->n_components; c++) {
        if ((forecast->component[c] = ENV_NEW(env, rows->n, double)) == NULL)
            return fail_out_of_memory(failure);
    }
    return STATUS_SUCCESS;
}

static void
add_component(const ProphetComponent *component, double value, size_t i, ProphetForecast *forecast)
{
    bool additive = component->mode == PROPHET_ADDITIVE;

    *(additive ? &forecast->additive_terms[i] : &forecast->multiplicative_terms[i]) += value;
    if (component->kind == PROPHET_HOLIDAY)
        forecast->holidays[i] += value;
    else if (component->kind == PROPHET_REGRESSOR)
        *(additive ? &forecast->extra_regressors_additive[i]
                   : &forecast->extra_regressors_multiplicative[i]) += value;
}

static void
predict_row(const ProphetModel *model, const Series *rows, const double *z, size_t i,
            ProphetForecast *forecast)
{
    double cap = row_cap(model, rows, i), scaled = trend_value(model, trend_argument(model, z[1]), cap);

    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];
        double sum = 0;

        for (size_t l = component->first; l < component->first + component->n_columns; l++)
            sum += z[DESIGN_BASE + l] * model->beta[l];
        if (component->mode == PROPHET_ADDITIVE)
            sum *= model->y_scale;
        forecast->component[c][i] = sum;
        add_component(component, sum, i, forecast);
    }
    forecast->floor[i] = row_floor(model, rows, i);
    forecast->trend[i] = scaled * model->y_scale + forecast->floor[i];
    if (forecast->cap != NULL)
        forecast->cap[i] = rows->columns[model->cap_column][i];
    forecast->yhat[i] = forecast->floor[i] +
                        scaled * model->y_scale * (1 + forecast->multiplicative_terms[i]) +
                        forecast->additive_terms[i];
    forecast->yhat_lower[i] = forecast->yhat_upper[i] = NAN;
    forecast->trend_lower[i] = forecast->trend_upper[i] = NAN;
}

Status
prophet_predict(Env *env, const ProphetModel *model, const Series *rows, ProphetForecast *forecast,
                Failure *failure)
{
    double *z = ENV_NEW(env, DESIGN_BASE + model->n_columns, double);
    Laplace laplace = {0};

    if (z == NULL)
        return fail_out_of_memory(failure);
    if (rows->n_columns != model->history.n_columns)
        return fail(failure, STATUS_BAD_VALUE, "Give the future the columns of the history, in its order.",
                    "the rows to forecast have %zu further columns, the history %zu", rows->n_columns,
                    model->history.n_columns);
    RETURN_IF_FAILED(rows_check(model, rows, failure));
    RETURN_IF_FAILED(forecast_init(env, model, rows, forecast, failure));
    RETURN_IF_FAILED(laplace_build(env, model, &laplace, failure));
    for (size_t i = 0; i < rows->n; i++) {
        if (i % 256 == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        design_row(model, rows, i, z);
        predict_row(model, rows, z, i, forecast);
        forecast->identified[i] = is_identified(model, &laplace, z);
    }
    return STATUS_SUCCESS;
}
