/*
 * prophet_check.h - what the comparisons with reference cases share.
 */
#ifndef BI_ML_PROPHET_CHECK_H
#define BI_ML_PROPHET_CHECK_H

#include <math.h>
#include <string.h>

#include "prophet/prophet.h"
#include "table.h"
#include "unit.h"

/* Replaces the fitted numbers by those of a parameter file; false when it does not fit the model. */
static inline bool
load_parameters(const Table *table, ProphetModel *model)
{
    size_t n_delta = 0, n_beta = 0;

    for (size_t i = 1; i < table->n_rows; i++) {
        const char *name = table->cells[i * table->n_columns];
        double value = number_at(table, i, "value");

        if (strcmp(name, "k") == 0)
            model->k = value;
        else if (strcmp(name, "m") == 0)
            model->m = value;
        else if (strcmp(name, "sigma_obs") == 0)
            model->sigma = value;
        else if (strcmp(name, "delta") == 0 && n_delta < model->n_changepoints)
            model->delta[n_delta++] = value;
        else if (strcmp(name, "beta") == 0 && n_beta < model->n_columns)
            model->beta[n_beta++] = value;
    }
    return n_beta == model->n_columns && n_delta == model->n_changepoints;
}

/* Prophet's forecast of a floor under a ratio is not the mean that it fitted: it is higher by floor M. */
static inline double *
yhat_as_prophet(Env *env, const ProphetForecast *forecast)
{
    double *yhat = ENV_NEW(env, forecast->n, double);

    for (size_t i = 0; i < forecast->n; i++)
        yhat[i] = forecast->yhat[i] + forecast->floor[i] * forecast->multiplicative_terms[i];
    return yhat;
}

/* The log posterior at the model's parameters, by its formula from predictions, independent of the fit's own
 * sums. */
static inline double
posterior_at(Env *env, const ProphetModel *model)
{
    ProphetForecast forecast;
    double variance = model->sigma * model->sigma, rss = 0, prior, n = 0;

    CHECK_STATUS(prophet_predict(env, model, &model->history, &forecast, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < model->history.n; i++) {
        double residual = (model->history.y[i] - forecast.yhat[i]) / model->y_scale;

        if (isnan(residual))
            continue;
        rss += residual * residual;
        n++;
    }
    prior = model->k * model->k / 50 + model->m * model->m / 50 + 2 * variance;
    for (size_t j = 0; j < model->n_changepoints; j++)
        prior += fabs(model->delta[j]) / model->changepoint_prior_scale;
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        for (size_t l = component->first; l < component->first + component->n_columns; l++)
            prior += model->beta[l] * model->beta[l] / (2 * component->prior_scale * component->prior_scale);
    }
    return -prior - n * log(model->sigma) - rss / (2 * variance);
}

#endif
