/*
 * metric.h - measures of the accuracy of forecasts, as states that can be merged.
 *
 * With e = y - yhat, over the rows that count:
 *
 *   mae       mean |e|                              bias      mean (yhat - y)
 *   rmse      sqrt(mean e^2)                        wape      sum |e| / sum |y|
 *   mape      mean |e / y|, rows with y = 0 left out
 *   smape     mean 2 |e| / (|y| + |yhat|), 0 / 0 = 0; between 0 and 2
 *   mase      mean (|e| / scale), rows with scale 0 left out; Hyndman and Koehler (2006)
 *   coverage  share of rows with lower <= y <= upper
 *   pinball   mean max(q e, (q - 1) e), yhat the forecast of the q-quantile; Koenker and Bassett (1978)
 *   winkler   mean of width + 2/alpha times what y lies outside, alpha = 1 - interval width; Winkler (1972)
 *
 * A row with a missing number (NaN) does not count. Sums are exact, so that a result does not depend on the
 * order or grouping of rows, and is rounded only where the terms are made and at the end.
 */
#ifndef BI_ML_METRIC_METRIC_H
#define BI_ML_METRIC_METRIC_H

#include <stdint.h>

#include "kit/exact_sum.h"
#include "kit/status.h"

typedef enum MetricKind {
    METRIC_MAE,
    METRIC_RMSE,
    METRIC_BIAS,
    METRIC_MAPE,
    METRIC_SMAPE,
    METRIC_WAPE,
    METRIC_MASE,
    METRIC_COVERAGE,
    METRIC_PINBALL,
    METRIC_WINKLER,
    METRIC_N_KINDS
} MetricKind;

/* y, then what the kind needs: yhat | yhat, scale | lower, upper | yhat, q | lower, upper, interval width. */
#define METRIC_MAX_ARGUMENTS 4
int metric_n_arguments(MetricKind kind);

typedef struct MetricState {
    MetricKind kind;
    uint64_t n;      /* rows that count */
    ExactSum sum;    /* of the terms */
    ExactSum weight; /* wape: of |y| */
} MetricState;

/*
 * Adds a row of metric_n_arguments numbers. BAD_VALUE for an infinite one (but an interval may be open), a
 * negative scale, q or interval width outside (0, 1), lower above upper for winkler; BAD_DATA where an error
 * exceeds double precision.
 */
Status metric_add(MetricState *state, const double *row, Failure *failure);
void metric_merge(MetricState *to, const MetricState *from);
/* NaN when no row counts, and for wape when all y are 0. */
double metric_value(const MetricState *state);

#endif
