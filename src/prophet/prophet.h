/*
 * prophet.h - decomposable time-series models after Taylor and Letham: fit, predict, intervals.
 *
 * A model is trend, seasonalities, holidays, regressors and noise. Its parameters are the exact maximum a
 * posteriori (MAP); everything is in scaled units: t = (ds - start) / span, so that the history is [0, 1],
 * and (y - floor) / y_scale.
 *
 *   u(t)     = k t + m + sum_j delta_j max(0, t - s_j)      (logistic: k (t - m) instead of k t + m)
 *   trend(t) = u(t)  (growth linear),  cap(t) / (1 + exp(-u(t)))  (logistic),  m  (flat)
 *   y(t)     = trend(t) (1 + X_m(t) beta_m) + X_a(t) beta_a + Normal(0, sigma)
 *   k, m ~ N(0, 5), delta ~ Laplace(0, changepoint prior scale), beta ~ N(0, prior scale),
 *   sigma ~ half-Normal(0, 0.5)
 *
 * X_a holds the columns of additive components, X_m those of multiplicative ones.
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
#define PROPHET_MAX_COLUMNS      2000   /* of regression in all: another dense matrix */
#define PROPHET_MAX_ORDER        200    /* Fourier terms: two columns each */
#define PROPHET_MAX_WINDOW       1000   /* days before and after a holiday */
#define PROPHET_MAX_HOLIDAYS     100000 /* (holiday, date) pairs */
#define PROPHET_MAX_NAME         200    /* bytes of a name */
#define PROPHET_MAX_HORIZON      100000 /* steps ahead */
#define PROPHET_MAX_SAMPLES      100000 /* simulated paths */
#define PROPHET_SIGMA_FLOOR      1e-9 /* where the posterior is unbounded: data that the model interpolates */

typedef enum ProphetGrowth { PROPHET_LINEAR, PROPHET_LOGISTIC, PROPHET_FLAT } ProphetGrowth;
typedef enum ProphetScaling { PROPHET_ABSMAX, PROPHET_MINMAX } ProphetScaling;
typedef enum ProphetSeason { PROPHET_YEARLY, PROPHET_WEEKLY, PROPHET_DAILY, PROPHET_N_SEASONS } ProphetSeason;
/* In options PROPHET_INHERIT stands for the model's mode (holidays: holidays_mode, that one:
 * seasonality_mode).
 */
typedef enum ProphetMode { PROPHET_ADDITIVE, PROPHET_MULTIPLICATIVE, PROPHET_INHERIT } ProphetMode;
/* AUTO: unless the observed values are exactly 0 and 1. A constant column never is. */
typedef enum ProphetStandardize {
    PROPHET_STANDARDIZE_AUTO,
    PROPHET_STANDARDIZE_YES,
    PROPHET_STANDARDIZE_NO
} ProphetStandardize;

/* The Fourier order of a built-in seasonality, or PROPHET_AUTO: on when the history is long and fine enough.
 */
#define PROPHET_AUTO      (-1)
#define PROPHET_NO_COLUMN SIZE_MAX

typedef struct ProphetModel ProphetModel;

typedef struct ProphetSeasonalitySpec {
    const char *name;  /* a built-in name wins over 'auto' and yields to an order */
    double period;     /* days, > 0 */
    int fourier_order; /* 1..PROPHET_MAX_ORDER */
    double prior_scale;
    ProphetMode mode;
    const char *condition_name; /* column of 0 and 1 that switches it; NULL: always on */
} ProphetSeasonalitySpec;

/* Rows with the same name are one holiday and must agree in prior_scale; equal rows count once. */
typedef struct ProphetHolidaySpec {
    const char *holiday;
    int64_t day;                    /* kit/civil.h */
    int lower_window, upper_window; /* days, <= 0 and >= 0: each offset has a column of its own */
    double prior_scale;             /* NaN: holidays_prior_scale */
} ProphetHolidaySpec;

typedef struct ProphetRegressorSpec {
    const char *name;   /* of a column */
    double prior_scale; /* NaN: holidays_prior_scale */
    ProphetStandardize standardize;
    ProphetMode mode;
} ProphetRegressorSpec;

typedef struct ProphetOptions {
    ProphetGrowth growth; /* logistic needs the column `cap`, and takes `floor` */
    ProphetScaling scaling;
    bool changepoints_given;     /* use the list, even when it is empty */
    const int64_t *changepoints; /* any order; each within the history */
    size_t n_listed;
    int n_changepoints;       /* automatic ones, 0..PROPHET_MAX_CHANGEPOINTS; fewer for short series */
    double changepoint_range; /* [0, 1]: the share of the history that may hold them */
    int order[PROPHET_N_SEASONS];
    ProphetMode seasonality_mode; /* never PROPHET_INHERIT */
    ProphetMode holidays_mode;
    double seasonality_prior_scale; /* > 0, as every prior scale */
    double holidays_prior_scale;
    double changepoint_prior_scale;
    const ProphetSeasonalitySpec *seasonalities;
    size_t n_seasonalities;
    const ProphetHolidaySpec *holidays;
    size_t n_holidays;
    const ProphetRegressorSpec *regressors;
    size_t n_regressors;
    const char *const
        *column_names; /* of the series' further columns, all of them; NULL: they are left out */
    size_t n_column_names;
    const ProphetModel *previous; /* NULL, or a model to start from where its structure is the same and
                                   * the model is not linear; the optimum is the same */
} ProphetOptions;

/* Prophet's defaults. */
void prophet_options_init(ProphetOptions *options);
/* The Fourier order that 'true' stands for: 10, 3, 4. */
int prophet_default_order(ProphetSeason season);
/* BAD_VALUE with the argument's SQL name. */
Status prophet_options_check(const ProphetOptions *options, Failure *failure);
/* The orders that the options mean for this series: replaces each PROPHET_AUTO, so that a part of the series
 * can be fitted with the seasonalities of the whole. */
void prophet_resolve_orders(const ProphetOptions *options, const Series *series,
                            int order[PROPHET_N_SEASONS]);

typedef enum ProphetKind { PROPHET_SEASONALITY, PROPHET_HOLIDAY, PROPHET_REGRESSOR } ProphetKind;

/* One date of a holiday and the days around it that count. */
typedef struct ProphetHolidayDate {
    int32_t day;
    int16_t lower, upper;
} ProphetHolidayDate;

/* A group of regression columns with one name and meaning. */
typedef struct ProphetComponent {
    ProphetKind kind;
    const char *name;
    ProphetMode mode; /* additive or multiplicative */
    double prior_scale;
    size_t first, n_columns; /* its columns in beta; n_columns follows from the rest */

    /* Seasonalities. */
    double period; /* days */
    int order;     /* 2 * order columns: sin, cos of 1, 2, ... cycles */
    size_t column; /* of the history: the condition or PROPHET_NO_COLUMN; a regressor's values */

    /* Holidays: a column for each offset, ordered by its text: +0, +1, +10, +2, -1. */
    size_t n_dates;
    ProphetHolidayDate *dates; /* ascending by (day, lower, upper), no two alike */
    int16_t *offsets;          /* n_columns; derived */

    /* Regressors: the column is (x - mean) / sd; both derived from the history, 0 and 1 where not scaled. */
    ProphetStandardize standardize;
    double mean, sd;
} ProphetComponent;

/* On a day this column is 1. */
typedef struct ProphetHit {
    int32_t day;
    uint32_t column; /* of beta */
} ProphetHit;

struct ProphetModel {
    ProphetGrowth growth;
    ProphetScaling scaling;
    Series history;      /* all rows, those with missing y included, and the further columns */
    char **column_names; /* history.n_columns */
    uint64_t content; /* hash of the history: verifies it and makes the paths of unlike series independent */

    /* Derived from the history (prophet_model_scale). */
    size_t n_observed;               /* rows with y */
    int64_t start;                   /* first observed ds */
    int64_t last;                    /* last observed ds */
    double span;                     /* last - start, microseconds, > 0 */
    double y_scale;                  /* > 0 */
    double floor;                    /* of all rows; 0 where each row has its own (floor_column) */
    size_t cap_column, floor_column; /* of the history; PROPHET_NO_COLUMN unless growth is logistic */
    size_t n_hits;                   /* the calendar of all holidays */
    ProphetHit *hits;                /* ascending by (day, column) */

    size_t n_changepoints; /* 0: no changepoints, the trend is certain */
    int64_t *changepoints; /* ascending */
    double changepoint_prior_scale;
    size_t n_components;
    ProphetComponent *components; /* seasonalities, holidays by name, regressors */
    size_t n_columns;             /* of beta */

    double k, m, sigma;
    double *delta; /* n_changepoints */
    double *beta;  /* n_columns */
    double log_posterior;
    bool converged;
    uint32_t n_iterations;
};

/*
 * The MAP of the model. BAD_DATA with fewer than two observed values or distinct moments, infinite y, a
 * listed changepoint outside the history, or a missing or impossible value in a column that the model uses
 * (in any row, observed or not); BAD_VALUE for options. Additive models with a linear or flat trend: O(n (K +
 * 2)^2 / 2) once, then independent of n; others the same in every round.
 */
Status prophet_fit(Env *env, const Series *series, const ProphetOptions *options, ProphetModel *model,
                   Failure *failure);

/* Fills the derived parts from the history and the components; BAD_DATA as above. */
Status prophet_model_scale(Env *env, ProphetModel *model, Failure *failure);
/* True if every promise above holds; the derived part must be filled. */
bool prophet_model_sane(const ProphetModel *model);

/* Binary form: length u32, parameters with a CRC-32C, the series' own form. CORRUPT on any other bytes. Names
 * are any bytes but NUL: whoever shows them checks their encoding. */
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
const char *prophet_mode_name(ProphetMode mode); /* additive, multiplicative */
const char *prophet_standardize_name(ProphetStandardize standardize);

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

/* Predictions at n moments, in the units of y; multiplicative parts are ratios of the trend. Parts that the
 * model lacks are NULL. */
typedef struct ProphetForecast {
    size_t n;
    const int64_t *ds;
    double *yhat;  /* floor + (trend - floor) (1 + multiplicative_terms) + additive_terms */
    double *trend; /* the floor included */
    double *floor; /* of each row; where it is 0, yhat is trend (1 + multiplicative_terms) + additive_terms */
    double *cap;   /* growth logistic */
    double *additive_terms, *multiplicative_terms; /* sums over components; 0 without any */
    double *holidays;                              /* the sum of all, which share one mode */
    double *extra_regressors_additive, *extra_regressors_multiplicative;
    double **component;                                          /* as the model's components */
    double *yhat_lower, *yhat_upper, *trend_lower, *trend_upper; /* NaN without intervals */
    bool *identified; /* false where the data say less than the prior: sd of the mean > 2 sigma */
} ProphetForecast;

/* rows: ds ascending, the columns of the model's history in its order, y unread. BAD_DATA for a missing or
 * impossible value in a column that the model uses. O(n (K + S)), and the Gram matrix of the history once for
 * the identified flags. */
Status prophet_predict(Env *env, const ProphetModel *model, const Series *rows, ProphetForecast *forecast,
                       Failure *failure);

/*
 * Fills the bounds: quantiles (1 - width) / 2 and (1 + width) / 2, 0 < width < 1. Where the trend is certain
 * (t
 * <= 1, no changepoints, flat) in closed form, else from n_samples paths of the trend, with the noise
 * integrated. A longer horizon extends the same paths. n_samples 0 leaves the bounds NaN.
 */
Status prophet_intervals(Env *env, const ProphetModel *model, double interval_width, size_t n_samples,
                         uint64_t seed, ProphetForecast *forecast, Failure *failure);

/*
 * Joint sample paths of y at the forecast's rows: sample number 0, 1, ... with each call, a pure function of
 * the seed, the series, the number and the moments; n rows of one path cost O(n).
 */
typedef struct ProphetSamples ProphetSamples;

Status prophet_samples_new(Env *env, const ProphetModel *model, const ProphetForecast *forecast,
                           uint64_t seed, ProphetSamples **samples, Failure *failure);
/* Fills y, as many numbers as the forecast has rows. */
Status prophet_samples_next(Env *env, ProphetSamples *samples, double *y, Failure *failure);

/* Sums of y over `every` rows at a time and over models, with intervals from joint sample paths. */
typedef struct ProphetTotalOptions {
    size_t every; /* rows per total, >= 1; the last may have fewer */
    double interval_width;
    size_t n_samples; /* 0: bounds are NaN */
    uint64_t seed;
    bool non_negative; /* each path, and each point forecast, is cut off at 0 before it is added */
} ProphetTotalOptions;

typedef struct ProphetTotal {
    int64_t from, to; /* first and last moment */
    double yhat, yhat_lower, yhat_upper;
} ProphetTotal;

typedef struct ProphetTotals ProphetTotals;

/*
 * Totals over n moments ds of up to n_models models, which are added one by one, so that none need be kept.
 * Models are independent, also those of equal series. A total of one row and one model has the bounds of
 * prophet_intervals. With non_negative the band is widened to hold yhat where it would not, as when most
 * paths are cut off. TOO_BIG for more than 2^24 totals x samples.
 */
Status prophet_totals_new(Env *env, const int64_t *ds, size_t n, size_t n_models,
                          const ProphetTotalOptions *options, ProphetTotals **totals, Failure *failure);
/* The model's forecast at these moments. What is allocated in env may go afterwards. */
Status prophet_totals_add(Env *env, ProphetTotals *totals, const ProphetModel *model,
                          const ProphetForecast *forecast, Failure *failure);
Status prophet_totals_finish(Env *env, ProphetTotals *totals, const ProphetTotal **total, size_t *n,
                             Failure *failure);

#endif
