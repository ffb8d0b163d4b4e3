/*
 * anomaly_internal.h - what the files of this folder share.
 */
#ifndef BI_ML_ANOMALY_INTERNAL_H
#define BI_ML_ANOMALY_INTERNAL_H

#include "anomaly/anomaly.h"
#include "iforest/iforest.h"

#define ANOMALY_MOST_FEATURES 4

/* grid.c: one cell for every step from the first row to the last. */
typedef enum GridKind {
    GRID_DAILY,
    GRID_COARSE, /* several days a cell */
    GRID_FINE    /* several cells a day */
} GridKind;

typedef struct Grid {
    GridKind kind;
    size_t n;
    int64_t first, step;  /* moment of the first cell, microseconds from cell to cell */
    size_t day_cells;     /* GRID_FINE: cells a day */
    int64_t *moment;      /* of a given row as given, but daily ones at midnight */
    double *y;            /* NaN where missing */
    double *expectation;  /* NaN where there is none; NULL when it is not given */
    bool *given;          /* the series has a row for this cell, or fill_zero made one */
    bool *closed;         /* all its days are closed */
    int64_t *closed_days; /* ascending */
    size_t n_closed;
} Grid;

Status grid_build(Env *env, AnomalySeries series, const AnomalyOptions *options, Grid *grid,
                  Failure *failure);
/* The number of a cell's first day. */
int64_t grid_day(const Grid *grid, size_t t);
bool grid_is_closed_day(const Grid *grid, int64_t day);
/* The weekday of a cell's first day, 0..6. */
size_t grid_weekday(const Grid *grid, size_t t);
/* GRID_FINE: the place of a cell within its day, 0..day_cells - 1. */
size_t grid_day_phase(const Grid *grid, size_t t);

/* expect.c: what is expected of the cells [from, to), and of later ones. */
typedef struct Expectation {
    size_t from, to;
    bool trailing; /* levels from the cells before only */
    bool usable;   /* enough open cells */
    bool additive; /* expected = level + index, for metrics that are often negative, and fine grids */
    size_t n_phases;
    double *index;     /* of each phase */
    bool *shut;        /* phases whose median is 0 */
    bool by_week;      /* GRID_FINE: phases are of a week, else of a day */
    double *level;     /* per cell of [from, to), NaN where undefined */
    double next_level; /* trailing: the level after the last cell */
    double median_level;
} Expectation;

Status expectation_fit(Env *env, const Grid *grid, size_t from, size_t to, bool trailing, Expectation *e,
                       Failure *failure);
/* The phase of a cell. */
size_t expectation_phase(const Expectation *e, const Grid *grid, size_t t);
/* The expected value of cell t; from `to` on with next_level. NaN where undefined. */
double expectation_at(const Expectation *e, const Grid *grid, size_t t);
/* True if cell t counts in statistics: not missing, not closed, not of a shut phase. */
bool expectation_open(const Expectation *e, const Grid *grid, size_t t);

/* level.c: level x phase index of daily and coarse grids; phases.c: trend + phase of fine ones. The open
 * cells are listed in open[n_open]. */
Status expectation_fit_levels(Env *env, const Grid *grid, const size_t *open, size_t n_open, Expectation *e,
                              Failure *failure);
Status expectation_fit_phases(Env *env, const Grid *grid, const size_t *open, size_t n_open, Expectation *e,
                              Failure *failure);

/* residual.c: how residuals of one fit are spread. */
typedef struct Spread {
    bool logs;            /* r = ln((y + offset) / (expected + offset)), else y - expected */
    double offset;        /* 5 % of the median level */
    double median, scale; /* of r over open cells; scale 0: constant, no alerts */
} Spread;

Status spread_fit(Env *env, const Grid *grid, const Expectation *e, Spread *spread, Failure *failure);
double spread_residual(const Spread *spread, double y, double expected);
/* z of a residual; 0 for a constant series. */
double spread_z(const Spread *spread, double residual);
/* The value whose z is the given one, at that expected value. */
double spread_inverse(const Spread *spread, double z, double expected);

/* features.c: what the forest sees of cell t among z[n]; NaN z are passed over. */
size_t features_count(const Grid *grid);
void features_of_cell(const Grid *grid, const double *z, size_t n, size_t t, bool trailing,
                      double features[ANOMALY_MOST_FEATURES]);

/* judge.c: a forest on the features of the training cells, with their scores sorted. */
typedef struct Judge {
    IForestScorer *scorer; /* NULL when there are too few cells */
    double *sorted;
    size_t n;
} Judge;

Status judge_fit(Env *env, const double *features, size_t n, size_t n_features, int64_t seed, Judge *judge,
                 double *scores, Failure *failure);
/* Share of the training scores <= score; with_itself counts one more cell that has this score. */
double judge_quantile(const Judge *judge, double score, bool with_itself);

/* fit.c: a model of the cells [from, to). */
typedef struct Fit {
    Expectation expectation;
    Spread spread;
    Judge judge;
    size_t from, to;
    bool trailing;
    double *z;      /* of the cells from `from` on, NaN where there is none */
    size_t *cells;  /* the cells the forest learns from ... */
    double *scores; /* ... and their scores, once it has */
    size_t n_cells;
} Fit;

/* z goes on to the cell before `last`, judged by the same model. A fit whose expectation is not usable has
 * nothing else. */
Status fit_cells(Env *env, const Grid *grid, size_t from, size_t to, size_t last, bool trailing, Fit *fit,
                 Failure *failure);
/* Grows the forest. */
Status fit_forest(Env *env, const Grid *grid, int64_t seed, Fit *fit, Failure *failure);
/* The forest score of cell t, at or after `to`, by trailing features; NaN where it has no z or there is no
 * forest. */
Status fit_score_later(Env *env, const Grid *grid, const Fit *fit, size_t t, double *score, Failure *failure);

/* verdict.c: the row of a cell without a verdict, and with the given score. */
AnomalyRow verdict_none(const Grid *grid, size_t t);
AnomalyRow verdict_of_cell(const Grid *grid, const Fit *fit, size_t t, double score, double quantile,
                           size_t n_cells, const AnomalyOptions *options);
/* Numbers the episodes of ascending rows: alerts of one direction with at most one cell between them. */
void verdict_episodes(const Grid *grid, AnomalyRow *rows, size_t n);

#endif
