/*
 * anomaly.h - unusual values of a business metric: expected value, deviation, robust z, forest score,
 * severity.
 *
 * Moments are microseconds since 2000-01-01 (kit/civil.h); y is the metric, NaN where missing. Every returned
 * number that could not be computed is NaN.
 */
#ifndef BI_ML_ANOMALY_ANOMALY_H
#define BI_ML_ANOMALY_ANOMALY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"
#include "kit/status.h"

#define ANOMALY_MIN_OPEN    14     /* values: two weeks, each open weekday seen twice */
#define ANOMALY_CAUSAL_FROM 27     /* cells before a causal judgement: the 28th is the first judged */
#define ANOMALY_MAX_CELLS   200000 /* between the first and the last row: 547 years of days, 2 of 5 minutes */

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

/* A series of values by moment, ascending. */
typedef struct AnomalySeries {
    const int64_t *moments;
    const double *y;
    size_t n;
} AnomalySeries;

typedef struct AnomalyOptions {
    bool has_train_until;
    int64_t train_until; /* the last moment of training; only later rows are judged and returned */
    bool causal;         /* each row by a model of the rows before it */
    bool fill_zero;      /* cells that are absent or missing count as 0 */
    double sensitivity;  /* > 0, finite; divides the thresholds of z */
    AnomalyDirection direction;
    double min_abs;    /* >= 0: an alert needs |y - expected| >= min_abs ... */
    double min_pct;    /* >= 0: ... and a deviation of at least so many percent, where a percentage exists */
    double score_from; /* >= 0: rows with |z| below it get no score and raise no alert */
    int64_t seed;
    const int64_t *closed; /* day numbers on which the shop was shut: not judged, in no statistic */
    size_t n_closed;
    bool has_expectation; /* expected values are given, not computed; a cell without one is not judged */
    AnomalySeries expectation;
} AnomalyOptions;

typedef struct AnomalyRow {
    int64_t moment;
    double actual, expected, lower, upper;
    double deviation, deviation_pct;
    double score, z;
    double
        quantile; /* of the score among those of the fit; of a cell after it that of |z| where it is larger */
    double rank_score;
    bool judged;         /* false: missing, closed, or too little history; then nothing below holds */
    bool beside_closure; /* next to closed days: at most a low alert */
    AnomalyDirection direction;
    AnomalySeverity severity; /* ANOMALY_NONE: no alert */
    size_t episode;           /* of an alert: 1, 2, ... in order of time */
} AnomalyRow;

AnomalyOptions anomaly_default_options(void);

/*
 * The calibrated rule: critical |z| >= 8 and q >= .99, high 5 and .97, medium 3.5 and .95, low 3 and .90. A
 * short series cannot reach such quantiles, so that q >= 1 - max(.01 | .03 | .05 | .10, 2/n); n = 0: no such
 * relief.
 */
AnomalySeverity anomaly_severity(double z, double quantile, size_t n);

/*
 * The grid of cells that a series is put on: daily; of 2 to 31 days where all rows fit one; finer where days
 * have several rows, with their commonest gap as the step. Lists the moments of its cells, what an
 * expectation has to be given for. Fails as anomaly_detect does.
 */
Status anomaly_cells(Env *env, AnomalySeries series, const AnomalyOptions *options, int64_t **moments,
                     size_t *n_cells, Failure *failure);

/*
 * Judges a series; rows (n_rows of them, ascending) live in env. With fill_zero there is a row for every cell
 * between the first and the last, else one for each given; after train_until where that is set. Rows of a
 * daily series are at midnight. STATUS_BAD_DATA when two rows fall into one cell or a value is infinite,
 * STATUS_BAD_VALUE on an option out of range, STATUS_TOO_BIG over ANOMALY_MAX_CELLS. A series too short to
 * judge is no error: its rows are not judged.
 */
Status anomaly_detect(Env *env, AnomalySeries series, const AnomalyOptions *options, AnomalyRow **rows,
                      size_t *n_rows, Failure *failure);

#endif
