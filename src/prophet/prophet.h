/*
 * prophet.h - additive time-series models after Taylor and Letham: fit, predict, intervals.
 *
 * A model is trend + seasonalities + noise. Its parameters are the exact maximum a posteriori (MAP);
 * everything is in scaled units: t = (ds - start) / span, so that the history is [0, 1], and (y - floor) /
 * y_scale.
 *
 *   trend(t) = k t + m + sum_j delta_j max(0, t - s_j)         (growth linear; flat: m alone)
 *   y(t)     = trend(t) + X(t) beta + Normal(0, sigma)
 *   k, m ~ N(0, 5), delta ~ Laplace(0, changepoint prior scale), beta ~ N(0, prior scale),
 *   sigma ~ half-Normal(0, 0.5)
 *
 * Everything a function returns lives in its env. Nothing here depends on the order of rows, on the clock or
 * on the number of workers.
 */
#ifndef BI_ML_PROPHET_PROPHET_H
#define BI_ML_PROPHET_PROPHET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/codec.h"
#include "kit/env.h"
#include "kit/status.h"
#include "series/series.h"

#define PROPHET_MAX_CHANGEPOINTS 1000   /* the solver keeps a dense matrix of this order */
#define PROPHET_MAX_ORDER        200    /* Fourier terms: two dense columns each */
#define PROPHET_MAX_COMPONENTS   3      /* yearly, weekly, daily */
#define PROPHET_MAX_HORIZON      100000 /* steps ahead */
#define PROPHET_MAX_SAMPLES      100000 /* simulated paths */
#define PROPHET_SIGMA_FLOOR      1e-9 /* where the posterior is unbounded: data that the model interpolates */

typedef enum ProphetGrowth { PROPHET_LINEAR, PROPHET_FLAT } ProphetGrowth;
typedef enum ProphetScaling { PROPHET_ABSMAX, PROPHET_MINMAX } ProphetScaling;
typedef enum ProphetSeason { PROPHET_YEARLY, PROPHET_WEEKLY, PROPHET_DAILY, PROPHET_N_SEASONS } ProphetSeason;

/* The Fourier order of a built-in seasonality, or PROPHET_AUTO: on when the history is long and fine enough.
 */
#define PROPHET_AUTO (-1)

typedef struct ProphetOptions {
    ProphetGrowth growth;
    ProphetScaling scaling;
    bool changepoints_given;     /* use the list, even when it is empty */
    const int64_t *changepoints; /* any order; each within the history */
    size_t n_listed;
    int n_changepoints;       /* automatic ones, 0..PROPHET_MAX_CHANGEPOINTS; fewer for short series */
    double changepoint_range; /* [0, 1]: the share of the history that may hold them */
    int order[PROPHET_N_SEASONS];
    double seasonality_prior_scale; /* > 0 */
    double changepoint_prior_scale; /* > 0 */
} ProphetOptions;

/* Prophet's defaults. */
void prophet_options_init(ProphetOptions *options);
/* The Fourier order that 'true' stands for: 10, 3, 4. */
int prophet_default_order(ProphetSeason season);
/* BAD_VALUE with the argument's SQL name. */
Status prophet_options_check(const ProphetOptions *options, Failure *failure);

/* A group of regression columns with one meaning; today always a Fourier series. */
typedef struct ProphetComponent {
    ProphetSeason season;
    double period; /* days */
    int order;     /* 2 * order columns: sin, cos of 1, 2, ... cycles */
    double prior_scale;
    size_t first; /* its first column in beta */
} ProphetComponent;

typedef struct ProphetModel {
    ProphetGrowth growth;
    ProphetScaling scaling;
    Series history;   /* all rows, those with missing y included, without further columns */
    uint64_t content; /* hash of the history: verifies it and makes the paths of unlike series independent */

    /* Derived from the history (prophet_model_scale). */
    size_t n_observed; /* rows with y */
    int64_t start;     /* first observed ds */
    int64_t last;      /* last observed ds */
    double span;       /* last - start, microseconds, > 0 */
    double y_scale, floor;

    size_t n_changepoints; /* 0: no changepoints, the trend is certain */
    int64_t *changepoints; /* ascending */
    double changepoint_prior_scale;
    size_t n_components;
    ProphetComponent components[PROPHET_MAX_COMPONENTS];
    size_t n_columns; /* of beta */

    double k, m, sigma;
    double *delta; /* n_changepoints */
    double *beta;  /* n_columns */
    double log_posterior;
    bool converged;
    uint32_t n_iterations;
} ProphetModel;

/*
 * The MAP of the model. BAD_DATA with fewer than two observed values or distinct moments, infinite y, or a
 * listed changepoint outside the history; BAD_VALUE for options. O(n (K + 2)^2 / 2) once, then independent of
 * n.
 */
Status prophet_fit(Env *env, const Series *series, const ProphetOptions *options, ProphetModel *model,
                   Failure *failure);

/* Fills the derived part from the history; BAD_DATA as above. */
Status prophet_model_scale(ProphetModel *model, Failure *failure);
/* True if every promise above holds; the derived part must be filled. */
bool prophet_model_sane(const ProphetModel *model);

/* Binary form: length u32, parameters with a CRC-32C, the series' own form. CORRUPT on any other bytes. */
void prophet_model_encode(const ProphetModel *model, Writer *w);
Status prophet_model_decode(Env *env, const unsigned char *bytes, size_t length, ProphetModel *model,
                            Failure *failure);
/* Text form: JSON; reads back bit for bit. BAD_TEXT on anything else. */
void prophet_model_write_json(const ProphetModel *model, Writer *w);
Status prophet_model_read_json(Env *env, const char *text, ProphetModel *model, Failure *failure);
/* The fitted numbers for people: one JSON object. */
void prophet_params_write_json(const ProphetModel *model, Writer *w);

const char *prophet_growth_name(ProphetGrowth growth);
const char *prophet_scaling_name(ProphetScaling scaling);
const char *prophet_season_name(ProphetSeason season);

/* A step of the future grid: months, then microseconds; both >= 0, not both 0. */
typedef struct ProphetStep {
    int64_t months;
    int64_t micros;
} ProphetStep;

/* From the history: the commonest gap (the smaller on a tie), in months when all ds are month starts or all
 * are month ends; one day for a single ds. */
Status prophet_infer_step(Env *env, const Series *history, ProphetStep *step, Failure *failure);
/* horizon moments after the last known ds. BAD_VALUE beyond the calendar. */
Status prophet_future(Env *env, const Series *history, ProphetStep step, size_t horizon, int64_t **ds,
                      Failure *failure);

/* Predictions at n moments, in the units of y. */
typedef struct ProphetForecast {
    size_t n;
    const int64_t *ds;
    double *yhat, *trend, *additive;
    double *component[PROPHET_MAX_COMPONENTS];                   /* as the model's components */
    double *yhat_lower, *yhat_upper, *trend_lower, *trend_upper; /* NaN without intervals */
    bool *identified; /* false where the data say less than the prior: sd of the mean > 2 sigma */
} ProphetForecast;

/* ds ascending. O(n (K + S)), and the Gram matrix of the history once for the identified flags. */
Status prophet_predict(Env *env, const ProphetModel *model, const int64_t *ds, size_t n,
                       ProphetForecast *forecast, Failure *failure);

/*
 * Fills the bounds: quantiles (1 - width) / 2 and (1 + width) / 2. Where the trend is certain (t <= 1, no
 * changepoints, flat) in closed form, else from n_samples paths whose noise is keyed by (seed, series,
 * sample, ds), so that a longer horizon extends the same paths. n_samples 0 leaves the bounds NaN.
 */
Status prophet_intervals(Env *env, const ProphetModel *model, double interval_width, size_t n_samples,
                         uint64_t seed, ProphetForecast *forecast, Failure *failure);

#endif
