/*
 * anomaly_internal.h - what the files of this folder share.
 */
#ifndef BI_ML_ANOMALY_INTERNAL_H
#define BI_ML_ANOMALY_INTERNAL_H

#include "anomaly/anomaly.h"
#include "iforest/iforest.h"

#define ANOMALY_FEATURES 3

/* grid.c: one cell for every day from the first to the last. */
typedef struct Grid {
    size_t n;
    int64_t first_day;
    double *y;    /* NaN where missing */
    bool *given;  /* the series has a row for this day, or fill_zero made one */
    bool *closed; /* one of the closed days */
} Grid;

Status grid_build(Env *env, const int64_t *days, const double *y, size_t n, const AnomalyOptions *options,
                  Grid *grid, Failure *failure);

static inline size_t
grid_weekday(const Grid *grid, size_t t)
{
    int64_t weekday = (grid->first_day + (int64_t)t) % 7;

    return (size_t)(weekday < 0 ? weekday + 7 : weekday);
}

/* expect.c: level and weekday index of the days [from, to). */
typedef struct Expectation {
    size_t from, to;
    bool trailing; /* levels from the days before only */
    bool additive; /* expected = level + index, for metrics that are often negative */
    bool usable;   /* enough open days */
    double index[7];
    bool shut[7];      /* weekdays whose median is 0 */
    double *level;     /* per day of [from, to), NaN where undefined */
    double next_level; /* trailing: the level after the last day */
    double median_level;
} Expectation;

Status expectation_fit(Env *env, const Grid *grid, size_t from, size_t to, bool trailing, Expectation *e,
                       Failure *failure);

/* The expected value of day t; from `to` on with next_level. NaN where undefined. */
double expectation_at(const Expectation *e, const Grid *grid, size_t t);

/* True if day t counts in statistics: not missing, not closed, not on a shut weekday. */
bool expectation_open(const Expectation *e, const Grid *grid, size_t t);

/* residual.c: how residuals of one fit are spread. */
typedef struct Spread {
    bool logs;            /* r = ln((y + offset) / (expected + offset)), else y - expected */
    double offset;        /* 5 % of the median level */
    double median, scale; /* of r over open days; scale 0: constant, no alerts */
} Spread;

Status spread_fit(Env *env, const Grid *grid, const Expectation *e, Spread *spread, Failure *failure);
double spread_residual(const Spread *spread, double y, double expected);
/* z of a residual; 0 for a constant series. */
double spread_z(const Spread *spread, double residual);
/* The value whose z is the given one, at that expected value. */
double spread_inverse(const Spread *spread, double z, double expected);

/* features.c: [z, z - median of z over 7 days, median of z over 3 days]; NaN z are passed over. */
void features_of_day(const double *z, size_t n, size_t t, bool trailing, double features[ANOMALY_FEATURES]);

/* judge.c: a forest on the features of the training days, with their scores sorted. */
typedef struct Judge {
    IForestScorer *scorer; /* NULL when there are too few days */
    double *sorted;
    size_t n;
} Judge;

Status judge_fit(Env *env, const double *features, size_t n, int64_t seed, Judge *judge, double *scores,
                 Failure *failure);
/* Share of the training scores <= score; with_itself counts one more day that has this score. */
double judge_quantile(const Judge *judge, double score, bool with_itself);

/* fit.c: a model of the days [from, to). */
typedef struct Fit {
    Expectation expectation;
    Spread spread;
    Judge judge;
    size_t from;
    double *z;      /* of the days from `from` on, NaN where there is none */
    size_t *days;   /* the days the forest learnt from ... */
    double *scores; /* ... and their scores */
    size_t n_days;
} Fit;

/* z goes on to the day before `last`, judged by the same model. A fit whose expectation is not usable has
 * nothing else. */
Status fit_days(Env *env, const Grid *grid, size_t from, size_t to, size_t last, bool trailing, int64_t seed,
                Fit *fit, Failure *failure);

/* The forest score of day t, at or after `to`, by trailing features; NaN where it has no z or there is no
 * forest. */
Status fit_score_later(Env *env, const Fit *fit, size_t t, double *score, Failure *failure);

/* verdict.c: the row of a day without a verdict, and with the given score. */
AnomalyRow verdict_none(const Grid *grid, size_t t);
AnomalyRow verdict_of_day(const Grid *grid, const Fit *fit, size_t t, double score, double quantile,
                          size_t n_days, const AnomalyOptions *options);

#endif
