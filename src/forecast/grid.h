/*
 * grid.h - a series on an even grid, and what a method may see of it at an origin.
 */
#ifndef BI_ML_FORECAST_GRID_H
#define BI_ML_FORECAST_GRID_H

#include "forecast/forecast_internal.h"

#define WEEK 7

typedef struct CellGrid {
    size_t n;            /* cells from the first to the last observed value */
    size_t lead;         /* known steps after it whose y is missing: the future starts after them */
    int64_t *ds;         /* n + lead + horizon moments */
    double *y;           /* n, NaN where unknown */
    unsigned char *note; /* n, a ForecastNote: gap, missing, duplicate or none */
    ProphetStep step;
    size_t season, long_season;
    bool calendar_season; /* it follows from the frequency */
    bool daily;           /* one cell a day: weekdays may be closed */
} CellGrid;

Status cell_grid_build(Env *env, const Series *series, const ForecastOptions *options, CellGrid *grid,
                       Failure *failure);

/* What is known at origin n: the first n cells, closed weekdays taken out, unknown and odd cells filled. */
typedef struct View {
    Train train;
    size_t horizon;      /* cells after the origin */
    size_t *place;       /* of each: its step in the method's forecast, or CLOSED_CELL */
    size_t n_steps;      /* steps that a method must give */
    bool closed[WEEK];   /* phases of the week (cell number mod 7) */
    size_t *cell;        /* of each of train's values, its cell */
    unsigned char *note; /* and what was done to it, a ForecastNote */
    bool is_constant;
} View;

#define CLOSED_CELL ((size_t)-1)

Status view_build(Env *env, const CellGrid *grid, const ForecastOptions *options, size_t n, size_t horizon,
                  View *view, Failure *failure);

#endif
