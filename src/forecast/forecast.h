/*
 * forecast.h - forecasts of one business series by the method that its own past recommends.
 *
 * A series of (ds, y) is put on an even grid, weekdays without any sale are taken out, and one of many
 * methods, or an ensemble of them, gives the next values with a band. The choice is made by a rolling-origin
 * backtest that sees only what was known at each origin.
 *
 * Everything a function returns lives in its env. Results depend on the arguments alone.
 */
#ifndef BI_ML_FORECAST_FORECAST_H
#define BI_ML_FORECAST_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"
#include "kit/status.h"
#include "prophet/prophet.h"
#include "series/series.h"

#define FORECAST_MAX_Y          1e150   /* in size: squares stay within double precision */
#define FORECAST_MAX_HORIZON    10000   /* steps ahead */
#define FORECAST_MAX_CELLS      500000  /* steps between the first and the last ds */
#define FORECAST_MAX_VALUES     20000   /* the latest ones before an origin, which alone are used */
#define FORECAST_MAX_SEASON     10000   /* steps of a cycle */
#define FORECAST_MAX_ORIGINS    12      /* of the backtest that chooses and that makes the bands */
#define FORECAST_MAX_TRIALS     2000000 /* rows of a backtest: 128 MB */
#define FORECAST_MAX_CANDIDATES 16

typedef enum ForecastGaps {
    FORECAST_ZERO,        /* absent steps count as 0, rows without y are interpolated */
    FORECAST_INTERPOLATE, /* both are interpolated */
    FORECAST_MISSING      /* both are left out of every estimate */
} ForecastGaps;

typedef enum ForecastDuplicates { FORECAST_SUM, FORECAST_MEAN } ForecastDuplicates;

/* Any of the names of forecast_method_name. */
typedef int ForecastMethod;
#define FORECAST_AUTO     0
#define FORECAST_ENSEMBLE 1

typedef struct ForecastOptions {
    size_t horizon; /* 1..FORECAST_MAX_HORIZON */
    ForecastMethod method;
    bool infer_step; /* read the frequency off the series */
    ProphetStep step;
    double interval_width; /* above 0, below 1 */
    size_t season;         /* steps of a cycle, 1: none, 0: found */
    ForecastGaps gaps;
    ForecastDuplicates duplicates;
    bool clean_outliers;
    double lower_limit, upper_limit; /* -INFINITY, INFINITY: none */
} ForecastOptions;

void forecast_options_init(ForecastOptions *options);
/* BAD_VALUE with the argument's SQL name. */
Status forecast_options_check(const ForecastOptions *options, Failure *failure);

/* The methods 0, 1, ...: their names in SQL; NULL after the last. */
const char *forecast_method_name(ForecastMethod method);

typedef enum ForecastRemark {
    FORECAST_OK,
    FORECAST_CLOSED, /* a weekday without any value but 0 in the last eight weeks: forecast and band are 0 */
    FORECAST_OWN_BAND,  /* too little history for a backtest: the method's own band, or none */
    FORECAST_TOO_SHORT, /* too little history for a choice: seasonal naive, or the last value */
    FORECAST_CONSTANT   /* every value is the same: it is the forecast */
} ForecastRemark;

const char *forecast_remark_text(ForecastRemark remark);

typedef struct ForecastRow {
    int64_t ds;
    double yhat, lower, upper; /* lower <= yhat <= upper, NaN where there is no band */
    ForecastRemark remark;
} ForecastRow;

typedef struct ForecastResult {
    size_t n; /* the horizon */
    ForecastRow *rows;
    ForecastMethod method; /* the chosen one; `naive` for a last value */
} ForecastResult;

/*
 * Forecasts the horizon steps after the last known ds. BAD_DATA for a series without a value or with one
 * that is infinite or too large, and where the method that was asked for cannot be had; TOO_BIG over
 * FORECAST_MAX_CELLS.
 */
Status forecast_run(Env *env, const Series *series, const ForecastOptions *options, ForecastResult *result,
                    Failure *failure);

/* One step of one origin of a backtest. */
typedef struct ForecastTrial {
    int64_t cutoff; /* the last step known */
    double y;       /* NaN where unknown */
    ForecastRow row;
    ForecastMethod method;
} ForecastTrial;

/*
 * Forecasts from every origin that has at least `initial` before it and a whole horizon after it, the last
 * one a horizon before the end and the others `period` apart; oldest first. Both in whole steps, rounded up;
 * zero stands for the least that the choice of a method needs, and for one horizon. At every origin the
 * method is chosen, and its band made, from what stands before it. BAD_DATA without any origin, TOO_BIG over
 * FORECAST_MAX_TRIALS.
 */
Status forecast_backtest(Env *env, const Series *series, const ForecastOptions *options, ProphetStep initial,
                         ProphetStep period, ForecastTrial **trials, size_t *n, Failure *failure);

typedef enum ForecastNote {
    FORECAST_NOTE_NONE,
    FORECAST_NOTE_GAP,            /* no row stands at this step */
    FORECAST_NOTE_MISSING,        /* the rows that do have no value */
    FORECAST_NOTE_DUPLICATE,      /* several values, added or averaged */
    FORECAST_NOTE_CLOSED_DAY,     /* a 0 where these are rare, replaced by the same weekday around it */
    FORECAST_NOTE_CLOSED_WEEKDAY, /* taken out */
    FORECAST_NOTE_OUTLIER,        /* replaced by the same phase around it */
    FORECAST_NOTE_TOO_OLD         /* before the latest FORECAST_MAX_VALUES: not used */
} ForecastNote;

/* NULL for none. */
const char *forecast_note_text(ForecastNote note);

/* One step of a series: as it was given, and as the methods see it. */
typedef struct ForecastInput {
    int64_t ds;
    double y;          /* duplicates added or averaged; NaN: none given */
    double value;      /* NaN: not seen */
    ForecastNote note; /* the last thing that was done to it */
} ForecastInput;

/* The steps from the first value on to the last row, as a forecast from the end sees them. Errors as for
 * forecast_run. */
Status forecast_input(Env *env, const Series *series, const ForecastOptions *options, ForecastInput **rows,
                      size_t *n, Failure *failure);

typedef struct ForecastCandidate {
    ForecastMethod method;
    double mae;    /* over all origins and steps of the backtest; NaN where it was not usable at each */
    double weight; /* in the ensemble of the forecast, NaN for the ensemble itself and without one */
    bool chosen;
} ForecastCandidate;

typedef struct ForecastExplanation {
    size_t n_values, season, long_season, n_origins, origin_step; /* of steps; long_season 0: none */
    double naive_mae; /* of seasonal naive; NaN without a backtest */
    size_t n_candidates;
    ForecastCandidate candidates[FORECAST_MAX_CANDIDATES + 1]; /* best first, those without mae last */
    const char *reason;
} ForecastExplanation;

/* The choice that forecast_run makes with method FORECAST_AUTO, which the options must name. */
Status forecast_explain(Env *env, const Series *series, const ForecastOptions *options,
                        ForecastExplanation *explanation, Failure *failure);

#endif
