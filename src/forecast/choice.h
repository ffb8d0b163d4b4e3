/*
 * choice.h - a rolling-origin backtest of candidates, and what follows from it: a method, weights, bands.
 */
#ifndef BI_ML_FORECAST_CHOICE_H
#define BI_ML_FORECAST_CHOICE_H

#include "forecast/grid.h"
#include "forecast/methods.h"

#define FEWEST_ORIGINS 3 /* below it nothing is chosen */

/* Origins are numbered from the oldest; arrays of origins x horizon, step by step. */
typedef struct Backtest {
    size_t n_origins, step, horizon;
    size_t origins[FORECAST_MAX_ORIGINS]; /* cells known at each */
    double *actual;                       /* NaN where unknown */
    bool *closed;                         /* a closed weekday: every method forecasts 0 */
    size_t n_candidates;
    ForecastMethod methods[FORECAST_MAX_CANDIDATES];
    double *forecast[FORECAST_MAX_CANDIDATES]; /* NaN from origins where a method was not usable */
    double mae[FORECAST_MAX_CANDIDATES];       /* NaN for a candidate that was not usable at some origin */
    double weight[FORECAST_MAX_CANDIDATES];    /* of the ensemble for the future, sum 1 */
    Warm warm[FORECAST_MAX_CANDIDATES];        /* what is kept of their fits */
    double *ensemble;
    double ensemble_mae;
} Backtest;

/* The origins that the first n cells of the grid allow. */
void backtest_plan(const CellGrid *grid, const View *view, size_t n, Backtest *backtest);
/* Runs methods[0..n_candidates) at all origins. */
Status backtest_run(Env *env, const CellGrid *grid, const ForecastOptions *options, Backtest *backtest,
                    Failure *failure);
/* Weights and the ensemble's honest past; needs methods[0] usable everywhere. */
void backtest_combine(Backtest *backtest);

/* The method of choice: an index into methods, or n_candidates for the ensemble; and why. */
size_t backtest_choose(const Backtest *backtest, const char **reason);

/* Half widths of the band, one for each step, from past errors of `forecast`; the number of origins that they
 * rest on comes back in *n_origins. */
Status backtest_band(Env *env, const Backtest *backtest, const double *forecast, double interval_width,
                     double inflation, double *half, size_t *n_origins, Failure *failure);

#endif
