/*
 * reconcile.h - forecasts of a total and of its parts that add up.
 *
 * The total's forecast and the sum of the parts' ones differ; MinT (S. L. Wickramasuriya, G. Athanasopoulos,
 * R. J. Hyndman, "Optimal forecast reconciliation ... through trace minimization", 2019) spreads the
 * difference so that the expected squared errors are least, given the covariance W of the forecasts' errors.
 * W is that of past errors, its correlations shrunk towards 0 (J. Schaefer, K. Strimmer, "A shrinkage
 * approach to large-scale covariance matrix estimation", 2005). With one total there is one constraint, so no
 * matrix is inverted, and none is built: O(series x moments) memory.
 */
#ifndef BI_ML_FORECAST_RECONCILE_H
#define BI_ML_FORECAST_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>

#include "kit/env.h"
#include "kit/status.h"
#include "series/series.h"

#define RECONCILE_MAX_ERRORS ((size_t)20000000) /* series x moments: 160 MB */

typedef enum ReconcileMethod {
    RECONCILE_BOTTOM_UP,  /* the parts stay, the total becomes their sum */
    RECONCILE_TOP_DOWN,   /* the total stays, each part gets its share of the past */
    RECONCILE_MINT_SHRINK /* every forecast moves, the surer ones less */
} ReconcileMethod;

typedef struct ReconcileRow {
    double yhat;         /* finite; NaN: no forecast, takes no part; for a total: the sum of the parts */
    double lower, upper; /* NaN: no bound */
    bool is_total;
    double past;   /* >= 0, the part's weight for RECONCILE_TOP_DOWN; NaN: unknown */
    Series errors; /* of past forecasts; equal moments are averaged; n = 0: unknown */
} ReconcileRow;

/* Coherent; all NaN where there is no forecast. */
typedef struct ReconcileBand {
    double yhat, lower, upper; /* lower <= yhat <= upper if it was so before */
} ReconcileBand;

/*
 * The coherent forecasts of n rows, exactly one of them the total: it is the sum of the parts. Bounds move
 * with their forecast. nonnegative: RECONCILE_MINT_SHRINK sets parts that would fall below 0 to 0 and solves
 * again among the rest, and a lower bound falls below 0 no further than it was. The order of rows changes no
 * bit. BAD_DATA without one total, without any errors that the method needs, for infinite forecasts and
 * errors; NULL_VALUE and BAD_VALUE for a past that RECONCILE_TOP_DOWN cannot use; TOO_BIG over
 * RECONCILE_MAX_ERRORS.
 */
Status reconcile(Env *env, const ReconcileRow *rows, size_t n, ReconcileMethod method, bool nonnegative,
                 ReconcileBand *coherent, Failure *failure);

/* Past errors of n series, and the shrunk covariance W that follows from them. In units of `scale`. */
typedef struct Shrunk {
    size_t n, n_moments;
    double *e;        /* series by series; 0 where unknown */
    double *square;   /* n: sums over the moments of e^2 */
    double *variance; /* n: the diagonal of W, positive */
    double scale;
    double lambda; /* 0..1: W's other elements are (1 - lambda) times the means of products */
} Shrunk;

/* The variance of a series without errors is the square of its forecast, that of one without error a tiny
 * part of the trace. rows of finite yhat. */
Status shrunk_build(Env *env, const ReconcileRow *const *rows, size_t n, Shrunk *shrunk, Failure *failure);
/* W a. */
void shrunk_times(const Shrunk *shrunk, const double *a, double *product);

#endif
