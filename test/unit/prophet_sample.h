/*
 * prophet_sample.h - made-up series, and the fit and forecast of them, for the tests of prophet/.
 */
#ifndef BI_ML_PROPHET_SAMPLE_H
#define BI_ML_PROPHET_SAMPLE_H

#include <math.h>

#include "kit/civil.h"
#include "kit/rng.h"
#include "prophet/prophet_internal.h"
#include "unit.h"

#define DAY CIVIL_DAY

static inline Series
make_series(Env *env, const int64_t *ds, const double *y, size_t n)
{
    SeriesCell *rows = ENV_NEW(env, 2 * n, SeriesCell);
    Series series = {0};

    for (size_t i = 0; i < n; i++) {
        rows[2 * i].ds = ds[i];
        rows[2 * i + 1].number = y[i];
    }
    CHECK_STATUS(series_from_rows(env, rows, n, 0, &series, NULL), STATUS_SUCCESS);
    return series;
}

typedef struct Sample {
    size_t n;
    int64_t *ds;
    double *y;
} Sample;

/* Daily values with a trend break, a week and noise; a tenth is missing, a few moments come twice. */
static inline Sample
random_sample(Env *env, Rng *rng)
{
    Sample sample = {20 + (size_t)rng_below(rng, 200), NULL, NULL};
    int64_t day = (int64_t)rng_below(rng, 10000);
    double slope = rng_normal(rng), turn = 3 * rng_normal(rng), week = rng_uniform(rng),
           level = 5 * rng_normal(rng);

    sample.ds = ENV_NEW(env, sample.n, int64_t);
    sample.y = ENV_NEW(env, sample.n, double);
    for (size_t i = 0; i < sample.n; i++) {
        double t = (double)i / (double)sample.n;

        day += rng_below(rng, 20) == 0 ? 0 : 1;
        sample.ds[i] = day * DAY;
        sample.y[i] = level + slope * t + turn * fmax(0, t - 0.5) + week * sin(2 * M_PI * (double)day / 7) +
                      0.2 * rng_normal(rng);
        if (rng_below(rng, 10) == 0)
            sample.y[i] = NAN;
    }
    sample.y[0] = 1;
    sample.y[sample.n - 1] = 2;
    return sample;
}

static inline ProphetModel
fit(Env *env, const Sample *sample, const ProphetOptions *options)
{
    Series series = make_series(env, sample->ds, sample->y, sample->n);
    ProphetModel model = {0};
    Failure failure = {0};

    CHECK_STATUS(prophet_fit(env, &series, options, &model, &failure), STATUS_SUCCESS);
    CHECK(prophet_model_sane(&model));
    unit_check(model.converged, __FILE__, __LINE__, "not converged: n %zu, sigma %g, %u rounds", sample->n,
               model.sigma, model.n_iterations);
    return model;
}

static inline ProphetForecast
forecast(Env *env, const ProphetModel *model, size_t horizon, size_t n_samples)
{
    ProphetForecast out = {0};
    int64_t *ds = NULL;
    ProphetStep step;

    CHECK_STATUS(prophet_infer_step(env, &model->history, &step, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_future(env, &model->history, step, horizon, &ds, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_predict(env, model, &(Series){.n = horizon, .ds = ds}, &out, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_intervals(env, model, 0.8, n_samples, 42, &out, NULL), STATUS_SUCCESS);
    return out;
}

#endif
