/*
 * reorder.h - from a forecast of demand to safety stock, reorder point and order quantity.
 *
 * What is ordered now arrives after the lead time L, what is ordered at the next review R later after L + R:
 * until then the stock must last. Its level covers the demand of those periods with the probability
 * `service_level` (cycle service). Method: E. A. Silver, D. F. Pyke, D. J. Thomas, "Inventory and Production
 * Management in Supply Chains" (4th ed. 2017), chapters 6 and 7.
 */
#ifndef BI_ML_FORECAST_REORDER_H
#define BI_ML_FORECAST_REORDER_H

#include "kit/env.h"
#include "kit/status.h"
#include "series/series.h"

typedef struct ReorderOptions {
    double lead_time, lead_time_sd; /* in steps of the forecast; may be fractions */
    double review_period;           /* 0: stock is looked at all the time */
    double service_level;           /* above 0, below 1 */
    double interval_width;          /* of the forecast's bounds */
    double on_hand, on_order;       /* NaN: unknown */
    double pack_size, min_order;    /* above 0; at least 0 */
} ReorderOptions;

typedef enum ReorderMethod {
    REORDER_NORMAL_TOTALS,     /* normal, sd of the errors of past totals */
    REORDER_NORMAL_STEPS,      /* normal, sd of the steps' bounds, as if these were independent */
    REORDER_EMPIRICAL,         /* slow mover: order statistic of the errors of past totals */
    REORDER_NEGATIVE_BINOMIAL, /* slow mover: negative binomial of the same mean and sd */
    REORDER_POISSON            /* slow mover: Poisson, where the variance is not above the mean */
} ReorderMethod;

const char *reorder_method_text(ReorderMethod method);

typedef struct ReorderPoint {
    double demand, demand_sd; /* over lead time and review period */
    double safety_stock;      /* reorder_point - demand */
    double reorder_point;     /* at least 0 */
    double order_quantity;    /* NaN where the stock is unknown */
    ReorderMethod method;
} ReorderPoint;

void reorder_options_init(ReorderOptions *options);

/*
 * forecast: the coming steps, y the forecast, its first two columns the bounds (none: no bounds). errors: of
 * past forecasts over just those steps, a moment for each origin, as many rows of it as steps; n = 0: none.
 * Their totals count where they are at least REORDER_FEWEST_TOTALS. BAD_VALUE for options out of range;
 * BAD_DATA for a forecast that is too short, has NaN or two rows of one moment, for errors of another number
 * of steps, and where there are neither bounds nor errors enough.
 */
Status reorder_point(Env *env, const Series *forecast, const Series *errors, const ReorderOptions *options,
                     ReorderPoint *point, Failure *failure);

#define REORDER_MAX_PERIODS   10000
#define REORDER_FEWEST_TOTALS 5
#define REORDER_SLOW          10.0 /* demand below which the normal distribution is a bad one */

#endif
