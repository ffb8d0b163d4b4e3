/*
 * level.c - daily and coarser grids: level x weekday index.
 *
 * Method: three passes. The level is a rolling median of the deseasonalised values over open cells (29 days
 * in the first two passes, 21 in the last), then a 7-day mean; the index of a weekday is the median of y /
 * level over its days. Medians keep outliers from bending what they are judged by. Centred windows (batch)
 * are cut at the ends. Trailing ones (causal) hold the cells before a cell and never the cell itself, so that
 * history is judged as a new day would be. Cells of several days have no index, and narrower windows: 9, 9, 7
 * and 3 cells.
 *
 * Departure: a metric of which more than one value in twenty is negative, or whose median is not positive,
 * has no useful ratio to its level; there the index is additive.
 *
 * Cost: three rolling medians. Hazards: a level of 0 gives no ratio and is passed over.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

#include "kit/quantile.h"
#include "kit/rolling.h"

#define PASSES         3
#define NEGATIVE_SHARE 0.05

typedef struct Windows {
    size_t wide, narrow, mean;
    size_t fewest_trailing; /* open cells before a trailing level exists */
} Windows;

static const Windows daily_windows = {29, 21, 7, 7};
static const Windows coarse_windows = {9, 7, 3, 4};

/* The open cells of a fit, as a list. */
typedef struct OpenCells {
    size_t n;
    const size_t *cell;
    double *values;  /* n: without season */
    double *medians; /* n + 1: the last is that of the cell to come */
    double *levels;  /* n + 1 */
    double *scratch; /* n + 1 */
    Rolling rolling;
} OpenCells;

static Status
open_cells_new(Env *env, const size_t *cell, size_t n, OpenCells *open, Failure *failure)
{
    open->n = n;
    open->cell = cell;
    open->values = ENV_NEW(env, n, double);
    open->medians = ENV_NEW(env, n + 1, double);
    open->levels = ENV_NEW(env, n + 1, double);
    open->scratch = ENV_NEW(env, n + 1, double);
    open->rolling = rolling_new(env, daily_windows.wide + 1);
    if (open->values == NULL || open->medians == NULL || open->levels == NULL || open->scratch == NULL ||
        open->rolling.sorted == NULL)
        return fail_out_of_memory(failure);
    return STATUS_SUCCESS;
}

static bool
wants_additive(const Grid *grid, const OpenCells *open)
{
    size_t n_negative = 0;

    for (size_t k = 0; k < open->n; k++) {
        open->scratch[k] = grid->y[open->cell[k]];
        n_negative += open->scratch[k] < 0;
    }
    return (double)n_negative > NEGATIVE_SHARE * (double)open->n ||
           !(median_in_place(open->scratch, open->n) > 0);
}

static void
take_season_out(const Expectation *e, const Grid *grid, OpenCells *open)
{
    for (size_t k = 0; k < open->n; k++) {
        double y = grid->y[open->cell[k]], index = e->index[expectation_phase(e, grid, open->cell[k])];

        open->values[k] = e->additive ? y - index : y / index;
    }
}

static size_t
window_begin(bool trailing, size_t k, size_t width)
{
    size_t before = trailing ? width : width / 2;

    return k > before ? k - before : 0;
}

/* Rolling medians of the values without season; NaN where a trailing window is too short. */
static void
roll_medians(const Expectation *e, OpenCells *open, size_t width, size_t fewest)
{
    size_t begin = 0, end = 0;

    open->rolling.n = 0;
    for (size_t k = 0; k <= open->n; k++) {
        size_t want_begin = window_begin(e->trailing, k, width);
        size_t want_end = e->trailing ? k : k + width / 2 + 1;

        while (end < want_end && end < open->n)
            rolling_add(&open->rolling, open->values[end++]);
        while (begin < want_begin)
            rolling_remove(&open->rolling, open->values[begin++]);
        open->medians[k] = e->trailing && open->rolling.n < fewest ? NAN : rolling_median(&open->rolling);
    }
}

/* The mean of the medians around; a trailing one ends with the cell's own median, which is of the cells
 * before. */
static void
roll_means(const Expectation *e, OpenCells *open, size_t width)
{
    size_t last = e->trailing ? open->n : open->n - 1;

    for (size_t k = 0; k <= last; k++) {
        size_t begin = window_begin(e->trailing, k, e->trailing ? width - 1 : width);
        size_t end = e->trailing ? k : k + width / 2, n = 0;
        double sum = 0;

        for (size_t j = begin; j <= end && j <= last; j++)
            if (!isnan(open->medians[j])) {
                sum += open->medians[j];
                n++;
            }
        open->levels[k] = n > 0 && !isnan(open->medians[k]) ? sum / (double)n : NAN;
    }
}

static void
fit_index(Expectation *e, const Grid *grid, const OpenCells *open)
{
    for (size_t p = 0; p < e->n_phases; p++) {
        size_t n = 0;

        for (size_t k = 0; k < open->n; k++) {
            size_t t = open->cell[k];
            double level = open->levels[k];

            if (expectation_phase(e, grid, t) != p || isnan(level) || (!e->additive && !(level > 0)))
                continue;
            open->scratch[n++] = e->additive ? grid->y[t] - level : grid->y[t] / level;
        }
        if (n > 0)
            e->index[p] = median_in_place(open->scratch, n);
        /* Without a usable ratio the phase is taken as an average one. */
        if (n == 0 || (!e->additive && !(e->index[p] > 0)))
            e->index[p] = e->additive ? 0 : 1;
    }
}

/* Levels of all cells: open ones as fitted; of others, centred by interpolation, trailing that of the next
 * open cell, which only knows the cells before. */
static void
spread_levels(Expectation *e, const OpenCells *open)
{
    size_t k = 0;

    for (size_t t = e->from; t < e->to; t++) {
        double *level = &e->level[t - e->from];

        while (k < open->n && open->cell[k] < t)
            k++;
        if (e->trailing || (k < open->n && open->cell[k] == t) || k == 0) {
            *level = open->levels[k];
        } else if (k == open->n) {
            *level = open->levels[k - 1];
        } else {
            double share = (double)(t - open->cell[k - 1]) / (double)(open->cell[k] - open->cell[k - 1]);

            *level = open->levels[k - 1] + share * (open->levels[k] - open->levels[k - 1]);
        }
    }
}

static double
median_level(const OpenCells *open)
{
    size_t n = 0;

    for (size_t k = 0; k < open->n; k++)
        if (!isnan(open->levels[k]))
            open->scratch[n++] = open->levels[k];
    return n > 0 ? median_in_place(open->scratch, n) : NAN;
}

Status
expectation_fit_levels(Env *env, const Grid *grid, const size_t *cell, size_t n, Expectation *e,
                       Failure *failure)
{
    const Windows *w = grid->kind == GRID_COARSE ? &coarse_windows : &daily_windows;
    OpenCells open;

    RETURN_IF_FAILED(open_cells_new(env, cell, n, &open, failure));
    e->additive = wants_additive(grid, &open);
    for (size_t p = 0; p < e->n_phases; p++)
        e->index[p] = e->additive ? 0 : 1;
    for (int pass = 1; pass <= PASSES; pass++) {
        take_season_out(e, grid, &open);
        roll_medians(e, &open, pass < PASSES ? w->wide : w->narrow, w->fewest_trailing);
        roll_means(e, &open, w->mean);
        if (grid->kind != GRID_COARSE)
            fit_index(e, grid, &open);
        if (env_cancelled(env))
            return fail_cancelled(failure);
    }
    spread_levels(e, &open);
    e->next_level = e->trailing ? open.levels[open.n] : NAN;
    e->median_level = median_level(&open);
    return STATUS_SUCCESS;
}
