/*
 * prophet_call.c - the additive default model of prophet/, as one of the methods.
 */
#include <math.h>

#include "forecast/forecast_internal.h"

#define SAMPLES 200                /* only the spread of the paths is wanted */
#define WIDTH   0.6826894921370859 /* one standard deviation on either side */

static Status
history_of(Env *env, const Train *train, Series *series, Failure *failure)
{
    SeriesCell *rows = ENV_NEW(env, 2 * train->n, SeriesCell);

    if (rows == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < train->n; t++) {
        rows[2 * t].ds = train->ds[t];
        rows[2 * t + 1].number = train_known(train, t) ? train->y[t] : NAN;
    }
    return series_from_rows(env, rows, train->n, 0, series, failure);
}

static Status
future_of(Env *env, const Train *train, size_t h, Series *series, Failure *failure)
{
    SeriesCell *rows = ENV_NEW(env, 2 * h, SeriesCell);

    if (rows == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < h; i++) {
        rows[2 * i].ds = train->ds[train->n + i];
        rows[2 * i + 1].number = NAN;
    }
    return series_from_rows(env, rows, h, 0, series, failure);
}

Status
prophet_call(Env *env, const Train *train, int unused, Warm *warm, Ahead *ahead, bool *usable,
             Failure *failure)
{
    ProphetOptions options;
    ProphetForecast forecast;
    ProphetModel model;
    Series series, rows;
    Status status;

    (void)unused, (void)warm;
    *usable = train->n >= 2;
    if (!*usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(history_of(env, train, &series, failure));
    RETURN_IF_FAILED(future_of(env, train, ahead->h, &rows, failure));
    prophet_options_init(&options);
    status = prophet_fit(env, &series, &options, &model, failure);
    if (status == STATUS_SUCCESS)
        status = prophet_predict(env, &model, &rows, &forecast, failure);
    if (status == STATUS_SUCCESS)
        status = prophet_intervals(env, &model, WIDTH, SAMPLES, 42, &forecast, failure);
    *usable = status != STATUS_BAD_DATA;
    if (status != STATUS_SUCCESS)
        return *usable ? status : STATUS_SUCCESS;
    for (size_t i = 0; i < ahead->h; i++) {
        ahead->mean[i] = forecast.yhat[i];
        ahead->sd[i] = (forecast.yhat_upper[i] - forecast.yhat_lower[i]) / 2;
    }
    return STATUS_SUCCESS;
}
