/*
 * prophet_rich.h - made-up series with everything a model can hold: growth, modes, holidays, regressors,
 * conditions, irregular and missing moments.
 */
#ifndef BI_ML_PROPHET_RICH_H
#define BI_ML_PROPHET_RICH_H

#include <string.h>

#include "prophet_sample.h"

#define RICH_COLUMNS 5

typedef struct Rich {
    size_t n;
    int64_t *ds;
    double *y, *columns[RICH_COLUMNS]; /* cap, floor, open (0 or 1), price, promo (0 or 1) */
    const char *names[RICH_COLUMNS];
    ProphetOptions options;
    ProphetSeasonalitySpec seasonalities[2];
    ProphetHolidaySpec holidays[4];
    ProphetRegressorSpec regressors[2];
} Rich;

#define RICH_CYCLE                                                                                           \
    10227 /* days after which all phases of a rich series come back: years, weeks, its own period */

static inline ProphetMode
any_mode(Rng *rng)
{
    return (ProphetMode)rng_below(rng, 3);
}

static inline void
rich_options(Rng *rng, Rich *rich)
{
    static const char *const names[RICH_COLUMNS] = {"cap", "floor", "open", "price", "promo"};
    ProphetOptions *options = &rich->options;

    memcpy(rich->names, names, sizeof(names));
    prophet_options_init(options);
    options->growth = (ProphetGrowth)rng_below(rng, 3);
    options->scaling = (ProphetScaling)rng_below(rng, 2);
    options->seasonality_mode = (ProphetMode)rng_below(rng, 2);
    options->holidays_mode = any_mode(rng);
    options->n_changepoints = (int)rng_below(rng, 12);
    options->changepoint_prior_scale = rng_below(rng, 2) == 0 ? 0.05 : 0.5;
    options->order[PROPHET_YEARLY] = (int)rng_below(rng, 3);
    options->order[PROPHET_WEEKLY] = rng_below(rng, 2) == 0 ? PROPHET_AUTO : 2;
    options->order[PROPHET_DAILY] = 0;
    rich->seasonalities[0] = (ProphetSeasonalitySpec){"own", RICH_CYCLE / 335.0, 2, 5, any_mode(rng), NULL};
    rich->seasonalities[1] = (ProphetSeasonalitySpec){"weekly_open", 7, 1, 10, any_mode(rng), "open"};
    for (int i = 0; i < 4; i++)
        rich->holidays[i] = (ProphetHolidaySpec){
            i % 2 == 0 ? "feast" : "fair", civil_day_of(rich->ds[rng_below(rng, rich->n)]),
            -(int)rng_below(rng, 2), (int)rng_below(rng, 3), i % 2 == 0 ? NAN : 3};
    rich->regressors[0] = (ProphetRegressorSpec){"price", NAN, PROPHET_STANDARDIZE_AUTO, any_mode(rng)};
    rich->regressors[1] = (ProphetRegressorSpec){"promo", 2, PROPHET_STANDARDIZE_AUTO, any_mode(rng)};
    options->seasonalities = rich->seasonalities;
    options->n_seasonalities = 2;
    options->holidays = rich->holidays;
    options->n_holidays = 4;
    options->regressors = rich->regressors;
    options->n_regressors = 2;
    options->column_names = rich->names;
    options->n_column_names = RICH_COLUMNS;
}

static inline void
rich_row(Rng *rng, Rich *rich, size_t i, double level, double noise)
{
    double t = (double)i / (double)rich->n, day = (double)rich->ds[i] / (double)DAY;
    double growth = rich->options.growth == PROPHET_LOGISTIC ? 1 / (1 + exp(2 - 5 * t)) : 0.4 + 0.4 * t;

    rich->columns[0][i] = level * (1.2 + 0.1 * t);
    rich->columns[1][i] = -0.1 * level;
    rich->columns[2][i] = (double)rng_below(rng, 2);
    rich->columns[3][i] = 100 + 5 * rng_normal(rng);
    rich->columns[4][i] = (double)(rng_below(rng, 5) == 0);
    rich->y[i] = level * (growth * (1 + 0.1 * sin(2 * M_PI * day / 7) + 0.05 * rich->columns[4][i]) +
                          0.01 * (rich->columns[3][i] - 100) / 5 + noise * rng_normal(rng));
    if (rng_below(rng, 15) == 0)
        rich->y[i] = NAN;
}

/* Of `least` rows or up to `more` more. */
static inline Rich *
rich_sized(Env *env, Rng *rng, size_t least, size_t more)
{
    Rich *rich = ENV_NEW(env, 1, Rich);
    int64_t day = (int64_t)rng_below(rng, 5000), step = rng_below(rng, 3) == 0 ? DAY / 4 : DAY;
    double level = exp(3 * rng_normal(rng)), noise = 0.02 + 0.1 * rng_uniform(rng);

    rich->n = least + (size_t)rng_below(rng, more);
    rich->ds = ENV_NEW(env, rich->n, int64_t);
    rich->y = ENV_NEW(env, rich->n, double);
    for (size_t c = 0; c < RICH_COLUMNS; c++)
        rich->columns[c] = ENV_NEW(env, rich->n, double);
    for (size_t i = 0; i < rich->n; i++) {
        rich->ds[i] = day * DAY + (int64_t)i * step;
        if (i > 0 && rng_below(rng, 15) == 0)
            rich->ds[i] = rich->ds[i - 1];
    }
    rich_options(rng, rich);
    for (size_t i = 0; i < rich->n; i++)
        rich_row(rng, rich, i, level, noise);
    rich->y[0] = level * 0.3;
    rich->y[rich->n - 1] = level * 0.9;
    return rich;
}

static inline Rich *
rich_new(Env *env, Rng *rng)
{
    return rich_sized(env, rng, 15, 100);
}

/* The rows, each `times` over, in the order given (NULL: their own). */
static inline Series
rich_series(Env *env, const Rich *rich, size_t times, const size_t *order)
{
    size_t width = 2 + RICH_COLUMNS;
    SeriesCell *rows = ENV_NEW(env, rich->n * times * width, SeriesCell);
    Series series = {0};

    for (size_t i = 0; i < rich->n * times; i++) {
        size_t from = (order != NULL ? order[i / times] : i / times);

        rows[i * width].ds = rich->ds[from];
        rows[i * width + 1].number = rich->y[from];
        for (size_t c = 0; c < RICH_COLUMNS; c++)
            rows[i * width + 2 + c].number = rich->columns[c][from];
    }
    CHECK_STATUS(series_from_rows(env, rows, rich->n * times, RICH_COLUMNS, &series, NULL), STATUS_SUCCESS);
    return series;
}

static inline ProphetModel
rich_fit(Env *env, const Rich *rich, const Series *series, int trial)
{
    ProphetModel model = {0};
    Failure failure = {0};
    Status status = prophet_fit(env, series, &rich->options, &model, &failure);

    unit_check(status == STATUS_SUCCESS, __FILE__, __LINE__, "trial %d: %s", trial, failure.message);
    unit_check(status != STATUS_SUCCESS || (model.converged && prophet_model_sane(&model)), __FILE__,
               __LINE__, "trial %d: n %zu, growth %d, sigma %g, %u rounds, converged %d", trial,
               model.n_observed, model.growth, model.sigma, model.n_iterations, model.converged);
    return model;
}

/* The rows after the history, with the columns of its last rows. */
static inline Series
rich_future(Env *env, const Rich *rich, const Series *history, size_t n)
{
    Series rows = {.n = n,
                   .ds = ENV_NEW(env, n, int64_t),
                   .n_columns = RICH_COLUMNS,
                   .columns = ENV_NEW(env, RICH_COLUMNS, double *)};

    for (size_t c = 0; c < RICH_COLUMNS; c++)
        rows.columns[c] = ENV_NEW(env, n, double);
    for (size_t i = 0; i < n; i++) {
        rows.ds[i] = history->ds[history->n - 1] + (int64_t)(i + 1) * DAY / 2;
        for (size_t c = 0; c < RICH_COLUMNS; c++)
            rows.columns[c][i] = rich->columns[c][i % rich->n];
    }
    return rows;
}

static inline ProphetForecast
rich_forecast(Env *env, const ProphetModel *model, const Series *rows, size_t n_samples)
{
    ProphetForecast forecast = {0};

    CHECK_STATUS(prophet_predict(env, model, rows, &forecast, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_intervals(env, model, 0.8, n_samples, 42, &forecast, NULL), STATUS_SUCCESS);
    return forecast;
}

#endif
