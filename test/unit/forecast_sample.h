/*
 * forecast_sample.h - made-up series and their forecasts, for the tests of forecast/.
 */
#ifndef BI_ML_FORECAST_SAMPLE_H
#define BI_ML_FORECAST_SAMPLE_H

#include <math.h>
#include <string.h>

#include "forecast/forecast.h"
#include "kit/civil.h"
#include "kit/rng.h"
#include "unit.h"

#define DAY CIVIL_DAY

static inline Series
series_of(Env *env, const int64_t *ds, const double *y, size_t n)
{
    SeriesCell *rows = ENV_NEW(env, 2 * n, SeriesCell);
    Series series = {0};

    for (size_t t = 0; t < n; t++) {
        rows[2 * t].ds = ds[t];
        rows[2 * t + 1].number = y[t];
    }
    CHECK_STATUS(series_from_rows(env, rows, n, 0, &series, NULL), STATUS_SUCCESS);
    return series;
}

/* Evenly spaced from day number `from` on. */
static inline Series
even(Env *env, int64_t from, int64_t step, const double *y, size_t n)
{
    int64_t *ds = ENV_NEW(env, n, int64_t);

    for (size_t t = 0; t < n; t++)
        ds[t] = from * DAY + (int64_t)t * step;
    return series_of(env, ds, y, n);
}

static inline ForecastOptions
options_for(size_t horizon)
{
    ForecastOptions options;

    forecast_options_init(&options);
    options.horizon = horizon;
    return options;
}

static inline ForecastResult
forecast_even(Env *env, const double *y, size_t n, const ForecastOptions *options)
{
    Series series = even(env, 9000, DAY, y, n);
    ForecastResult result = {0};
    Failure failure = {0};

    unit_check(forecast_run(env, &series, options, &result, &failure) == STATUS_SUCCESS, __FILE__, __LINE__,
               "%s", failure.message);
    return result;
}

/* A shop's days: weekly pattern, trend, noise, shut on phase 5 where shut. */
static inline void
shop_days(Rng *rng, double *y, size_t n, bool shut)
{
    for (size_t t = 0; t < n; t++)
        y[t] = shut && t % 7 == 5
                   ? 0
                   : (100 + 0.2 * (double)t) * (1 + 0.3 * sin((double)(t % 7))) * exp(0.15 * rng_normal(rng));
}

#endif
