/*
 * outcome.h - a forecast from one origin of a grid.
 */
#ifndef BI_ML_FORECAST_OUTCOME_H
#define BI_ML_FORECAST_OUTCOME_H

#include "forecast/choice.h"

/* The forecast of every cell after the origin. */
typedef struct Outcome {
    View view;
    Backtest backtest;
    ForecastMethod method;
    ForecastRemark remark;
    const char *reason;
    double *yhat, *half; /* horizon; half NaN: none */
} Outcome;

/* The forecast of `horizon` cells after the first n; BAD_DATA where the method asked for cannot be had. */
Status outcome_at(Env *env, const CellGrid *grid, const ForecastOptions *options, size_t n, size_t horizon,
                  Outcome *outcome, Failure *failure);

/* Its row of the i-th cell after the first n, within the limits. */
ForecastRow outcome_row(const CellGrid *grid, const ForecastOptions *options, const Outcome *outcome,
                        size_t n, size_t i);

#endif
