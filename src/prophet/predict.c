/*
 * predict.c - point forecasts and their parts.
 *
 * The floor takes no part in the ratio of multiplicative components: yhat = floor + (trend - floor) (1 + M) +
 * A, the mean that was fitted. Prophet multiplies the floor too when it forecasts.
 */
#include <math.h>
#include <string.h>

#include "prophet/prophet_internal.h"

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
        forecast->identified[i] = is_identified(model, &laplace, rows, i, z);
    }
    return STATUS_SUCCESS;
}
