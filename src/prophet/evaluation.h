/*
 * evaluation.h - how well a model would have forecast: cross-validation and the measures of its rows.
 */
#ifndef BI_ML_PROPHET_EVALUATION_H
#define BI_ML_PROPHET_EVALUATION_H

#include "prophet/prophet.h"

/* A forecast made at `cutoff` for the moment `ds`, and what was observed then. */
typedef struct ProphetTrial {
    int64_t ds, cutoff;
    double y, yhat, yhat_lower, yhat_upper; /* bounds NaN without intervals */
} ProphetTrial;

/* Which forecasts of the past to make. Times in microseconds. */
typedef struct ProphetCutoffs {
    int64_t horizon; /* > 0: how far each goes */
    int64_t period;  /* > 0 between cutoffs; 0: horizon / 2 */
    int64_t
        initial; /* >= 0 before the first one; negative: the longest of 3 horizons and all seasonalities */
    bool given;  /* take the list, any order; period and initial are not read */
    const int64_t *listed;
    size_t n_listed;
} ProphetCutoffs;

#define PROPHET_MAX_CUTOFFS 10000 /* each is a fit */

typedef struct ProphetValidation {
    Series observed;        /* the rows with y */
    ProphetOptions options; /* with the seasonalities that the whole series has */
    int64_t horizon;
    size_t n_cutoffs;
    int64_t *cutoffs; /* ascending, no two alike */
} ProphetValidation;

/*
 * The cutoffs: from the last observed ds less the horizon back by the period, as long as `initial` lies
 * before one; where no row lies within the horizon after a cutoff, the next one is the last ds before it less
 * the horizon. BAD_VALUE for options; BAD_DATA with fewer than two observed values, a horizon longer than the
 * history, nothing left after `initial`, or a listed cutoff not after the first ds or later than the last ds
 * less the horizon; TOO_BIG over PROPHET_MAX_CUTOFFS.
 */
Status prophet_validation_plan(Env *env, const Series *series, const ProphetOptions *options,
                               const ProphetCutoffs *cutoffs, ProphetValidation *validation,
                               Failure *failure);

/*
 * One cutoff: a fit to the rows up to it and forecasts of the observed rows within the horizon after it.
 * Changepoints are placed, y and regressors scaled on those rows alone; listed changepoints before the last
 * of them stay. BAD_DATA where prophet_fit has it.
 */
Status prophet_validation_trials(Env *env, const ProphetValidation *validation, size_t i,
                                 double interval_width, size_t n_samples, uint64_t seed,
                                 ProphetTrial **trials, size_t *n, Failure *failure);

/* One horizon. With e = y - yhat and averages over a window of rows; NaN where undefined. */
typedef struct ProphetPerformance {
    int64_t horizon; /* ds - cutoff in microseconds, or in calendar months */
    double mse, rmse, mae;
    double mape, mdape; /* mean and median of |e / y|; NaN for all if any |y| < 1e-8 */
    double smape;       /* |e| / ((|y| + |yhat|) / 2), 0 / 0 = 0 */
    double coverage;    /* NaN for all if any bound is missing */
} ProphetPerformance;

/*
 * Rows by ascending horizon, each over the w rows of the greatest horizons up to its own, where w is
 * rolling_window times the number of rows, cut to a whole number of at least 1 and at most all. Means take
 * the smallest horizon of the window in part, mdape takes single rows of it, those of the latest cutoffs, and
 * all rows of the own horizon. Horizons whose rows and all before them do not fill w are left out. A negative
 * rolling_window averages nothing: a row for each trial. BAD_VALUE for an infinite or
 * missing y or yhat, or rolling_window NaN; BAD_DATA where an error exceeds double precision. O(n log n), for
 * mdape O(n w) in the number of horizons n.
 */
Status prophet_performance(Env *env, const ProphetTrial *trials, size_t n, double rolling_window,
                           bool monthly, ProphetPerformance **rows, size_t *n_rows, Failure *failure);

#endif
