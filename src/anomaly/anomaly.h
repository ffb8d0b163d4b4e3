/*
 * anomaly.h - unusual days of a daily business metric: expected value, deviation, robust z, forest score,
 * severity.
 *
 * Days are numbers counted from any origin whose weekdays repeat every 7 days; y is the metric, NaN where
 * missing. Every returned number that could not be computed is NaN.
 */
#ifndef BI_ML_ANOMALY_ANOMALY_H
#define BI_ML_ANOMALY_ANOMALY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"
#include "kit/status.h"

#define ANOMALY_MIN_OPEN_DAYS  14     /* two weeks: each open weekday seen twice */
#define ANOMALY_CAUSAL_FROM    27     /* days before a causal judgement: the 28th row is the first judged */
#define ANOMALY_CAUSAL_HISTORY 731    /* days a causal model looks back at: two years */
#define ANOMALY_MAX_DAYS       200000 /* between the first and the last row: 547 years */

typedef enum AnomalySeverity {
    ANOMALY_NONE = 0,
    ANOMALY_LOW,
    ANOMALY_MEDIUM,
    ANOMALY_HIGH,
    ANOMALY_CRITICAL
} AnomalySeverity;

typedef enum AnomalyDirection {
    ANOMALY_DROP = -1,
    ANOMALY_BOTH = 0, /* as an option; of a row: no deviation */
    ANOMALY_SPIKE = 1
} AnomalyDirection;

typedef struct AnomalyOptions {
    bool has_train_until;
    int64_t train_until; /* the last day of training; only later days are judged and returned */
    bool causal;         /* each day by a model of the days before it */
    bool fill_zero;      /* days that are absent or missing count as 0 */
    double sensitivity;  /* > 0, finite; divides the thresholds of z */
    AnomalyDirection direction;
    double min_abs; /* >= 0: an alert needs |y - expected| >= min_abs ... */
    double min_pct; /* >= 0: ... and a deviation of at least so many percent, where a percentage exists */
    int64_t seed;
    const int64_t *closed; /* days on which the shop was shut: not judged, in no statistic */
    size_t n_closed;
} AnomalyOptions;

typedef struct AnomalyRow {
    int64_t day;
    double actual, expected, lower, upper;
    double deviation, deviation_pct;
    double score, z, quantile, rank_score;
    bool judged; /* false: missing, closed, or too little history; then nothing below holds */
    AnomalyDirection direction;
    AnomalySeverity severity; /* ANOMALY_NONE: no alert */
} AnomalyRow;

AnomalyOptions anomaly_default_options(void);

/*
 * The calibrated rule: critical |z| >= 8 and q >= .99, high 5 and .97, medium 3.5 and .95, low 3 and .90. A
 * short series cannot reach such quantiles, so that q >= 1 - max(.01 | .03 | .05 | .10, 2/n); n = 0: no such
 * relief.
 */
AnomalySeverity anomaly_severity(double z, double quantile, size_t n);

/*
 * Judges n days in ascending order; rows (n_rows of them, ascending) live in env. With fill_zero there is a
 * row for every day between the first and the last, else one for each given day; after train_until where that
 * is set. STATUS_BAD_DATA when a day comes twice or a value is infinite, STATUS_BAD_VALUE on an option out of
 * range, STATUS_TOO_BIG over ANOMALY_MAX_DAYS. A series too short to judge is no error: its rows are not
 * judged.
 */
Status anomaly_detect(Env *env, const int64_t *days, const double *y, size_t n, const AnomalyOptions *options,
                      AnomalyRow **rows, size_t *n_rows, Failure *failure);

#endif
