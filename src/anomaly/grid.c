/*
 * grid.c - from the rows of a series to cells of equal length.
 *
 * A series with one row a day or less is daily, unless all its rows fit a grid of 2 to 31 days that is their
 * commonest gap (weekly figures). Where days have several rows, the commonest gap between rows is the step,
 * the smaller one on a tie, and a row belongs to the nearest cell.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>
#include <gsl/gsl_sort.h>

#include "kit/civil.h"
#include "kit/stats.h"

#define COARSEST 31    /* days */
#define LARGEST  1e300 /* sums and differences of such values stay finite */

int64_t
grid_day(const Grid *grid, size_t t)
{
    return civil_day_of(grid->first + (int64_t)t * grid->step);
}

size_t
grid_weekday(const Grid *grid, size_t t)
{
    int64_t weekday = grid_day(grid, t) % 7;

    return (size_t)(weekday < 0 ? weekday + 7 : weekday);
}

size_t
grid_day_phase(const Grid *grid, size_t t)
{
    return (size_t)(civil_time_of(grid->first + (int64_t)t * grid->step) / grid->step);
}

bool
grid_is_closed_day(const Grid *grid, int64_t day)
{
    size_t low = 0, high = grid->n_closed;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (grid->closed_days[middle] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < grid->n_closed && grid->closed_days[low] == day;
}

/* Gaps between rows in whole days, or between distinct moments. Returns how many; 0 for a single one. */
static size_t
list_gaps(AnomalySeries s, bool in_days, double *gaps)
{
    size_t n = 0;

    for (size_t i = 1; i < s.n; i++) {
        int64_t gap = in_days ? civil_day_of(s.moments[i]) - civil_day_of(s.moments[i - 1])
                              : s.moments[i] - s.moments[i - 1];

        if (gap > 0)
            gaps[n++] = (double)gap;
    }
    return n;
}

static bool
has_full_days(AnomalySeries s)
{
    for (size_t i = 1; i < s.n; i++)
        if (civil_day_of(s.moments[i]) == civil_day_of(s.moments[i - 1]))
            return true;
    return false;
}

static bool
fits(AnomalySeries s, int64_t step)
{
    for (size_t i = 1; i < s.n; i++)
        if ((civil_day_of(s.moments[i]) - civil_day_of(s.moments[0])) % step != 0)
            return false;
    return true;
}

static Status
choose_step(Env *env, AnomalySeries s, Grid *g, Failure *failure)
{
    double *gaps = ENV_NEW(env, s.n, double);
    size_t n;
    bool several;

    if (gaps == NULL)
        return fail_out_of_memory(failure);
    several = has_full_days(s);
    n = list_gaps(s, !several, gaps);
    g->kind = GRID_DAILY;
    g->step = CIVIL_DAY;
    if (several && n > 0) {
        int64_t step = (int64_t)stats_mode(gaps, n);

        if (step < CIVIL_DAY) {
            g->kind = GRID_FINE;
            g->step = step;
            g->day_cells = (size_t)((CIVIL_DAY + step - 1) / step);
        }
    } else if (n > 0) {
        int64_t step = (int64_t)stats_mode(gaps, n);

        if (step >= 2 && step <= COARSEST && fits(s, step)) {
            g->kind = GRID_COARSE;
            g->step = step * CIVIL_DAY;
        }
    }
    g->first = s.n == 0 ? 0 : several ? s.moments[0] : civil_day_of(s.moments[0]) * CIVIL_DAY;
    return STATUS_SUCCESS;
}

/* The cell that a moment belongs to; below 0 before the first. */
static int64_t
cell_of(const Grid *g, int64_t moment)
{
    int64_t distance = moment - g->first;

    if (g->kind == GRID_FINE)
        distance += g->step / 2;
    return distance >= 0 ? distance / g->step : -1 - (-1 - distance) / g->step;
}

static Status
fail_twice(const Grid *g, size_t i, Failure *failure)
{
    if (g->kind == GRID_FINE)
        return fail(failure, STATUS_BAD_DATA, "Sum or average the rows by a fixed step first, with date_bin.",
                    "argument \"series\" must have one row every %.15g seconds, but rows %zu and %zu are "
                    "closer",
                    (double)g->step / (double)CIVIL_SECOND, i, i + 1);
    return fail(failure, STATUS_BAD_DATA, "Sum the rows by day first, with ds::date.",
                "argument \"series\" must have one row a day, but rows %zu and %zu are of one day", i, i + 1);
}

static Status
check_rows(const Grid *g, AnomalySeries s, Failure *failure)
{
    for (size_t i = 0; i < s.n; i++) {
        if (i > 0 && cell_of(g, s.moments[i]) <= cell_of(g, s.moments[i - 1]))
            return fail_twice(g, i, failure);
        if (isinf(s.y[i]))
            return fail(failure, STATUS_BAD_DATA, "Make the value NULL, or correct it.",
                        "infinite value in row %zu of argument \"series\"", i + 1);
        if (fabs(s.y[i]) > LARGEST)
            return fail(failure, STATUS_BAD_DATA, "Divide the values by a constant first.",
                        "what is expected of row %zu of argument \"series\" exceeds double precision", i + 1);
    }
    if (s.n > 0 && cell_of(g, s.moments[s.n - 1]) >= ANOMALY_MAX_CELLS)
        return fail(failure, STATUS_TOO_BIG,
                    g->kind == GRID_FINE ? "Aggregate to a coarser step, or leave out the oldest rows."
                                         : "Look for a wrong date, or leave out the oldest rows.",
                    "argument \"series\" spans more than %d %s", ANOMALY_MAX_CELLS,
                    g->kind == GRID_FINE ? "steps" : "days");
    return STATUS_SUCCESS;
}

static Status
place_expectation(Env *env, const AnomalySeries *s, Grid *g, Failure *failure)
{
    g->expectation = ENV_NEW(env, g->n, double);
    if (g->expectation == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < g->n; t++)
        g->expectation[t] = NAN;
    for (size_t i = 0; i < s->n; i++) {
        int64_t t = cell_of(g, s->moments[i]);

        if (isinf(s->y[i]))
            return fail(failure, STATUS_BAD_DATA, "Make the value NULL, or correct it.",
                        "infinite value in row %zu of argument \"expectation\"", i + 1);
        if (fabs(s->y[i]) > LARGEST)
            return fail(failure, STATUS_BAD_DATA, "Divide the values by a constant first.",
                        "the deviation from row %zu of argument \"expectation\" exceeds double precision",
                        i + 1);
        if (i > 0 && t == cell_of(g, s->moments[i - 1]))
            return fail(failure, STATUS_BAD_DATA, "Give one expected value for each row of the series.",
                        "argument \"expectation\" has rows %zu and %zu for one row of the series", i, i + 1);
        if (t >= 0 && t < (int64_t)g->n)
            g->expectation[t] = s->y[i];
    }
    return STATUS_SUCCESS;
}

static Status
place_closed(Env *env, const AnomalyOptions *options, Grid *g, Failure *failure)
{
    int64_t days = g->step > CIVIL_DAY ? g->step / CIVIL_DAY : 1;
    double *sorted = ENV_NEW(env, options->n_closed, double);

    g->closed_days = ENV_NEW(env, options->n_closed, int64_t);
    g->n_closed = options->n_closed;
    if (sorted == NULL || g->closed_days == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < g->n_closed; i++)
        sorted[i] = (double)options->closed[i];
    gsl_sort(sorted, 1, g->n_closed);
    for (size_t i = 0; i < g->n_closed; i++)
        g->closed_days[i] = (int64_t)sorted[i];
    for (size_t t = 0; g->n_closed > 0 && t < g->n; t++) {
        g->closed[t] = true;
        for (int64_t d = 0; d < days && g->closed[t]; d++)
            g->closed[t] = grid_is_closed_day(g, grid_day(g, t) + d);
    }
    return STATUS_SUCCESS;
}

Status
grid_build(Env *env, AnomalySeries s, const AnomalyOptions *options, Grid *grid, Failure *failure)
{
    Grid g = {0};

    RETURN_IF_FAILED(choose_step(env, s, &g, failure));
    RETURN_IF_FAILED(check_rows(&g, s, failure));
    g.n = s.n > 0 ? (size_t)cell_of(&g, s.moments[s.n - 1]) + 1 : 0;
    g.moment = ENV_NEW(env, g.n, int64_t);
    g.y = ENV_NEW(env, g.n, double);
    g.given = ENV_NEW(env, g.n, bool);
    g.closed = ENV_NEW(env, g.n, bool);
    if (g.moment == NULL || g.y == NULL || g.given == NULL || g.closed == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < g.n; t++) {
        g.moment[t] = g.first + (int64_t)t * g.step;
        g.y[t] = options->fill_zero ? 0 : NAN;
        g.given[t] = options->fill_zero;
    }
    for (size_t i = 0; i < s.n; i++) {
        size_t t = (size_t)cell_of(&g, s.moments[i]);

        g.given[t] = true;
        if (g.kind == GRID_FINE)
            g.moment[t] = s.moments[i];
        if (!isnan(s.y[i]))
            g.y[t] = s.y[i];
    }
    if (options->has_expectation)
        RETURN_IF_FAILED(place_expectation(env, &options->expectation, &g, failure));
    RETURN_IF_FAILED(place_closed(env, options, &g, failure));
    *grid = g;
    return STATUS_SUCCESS;
}

Status
anomaly_cells(Env *env, AnomalySeries series, const AnomalyOptions *options, int64_t **moments,
              size_t *n_cells, Failure *failure)
{
    Grid grid;

    RETURN_IF_FAILED(grid_build(env, series, options, &grid, failure));
    *moments = grid.moment;
    *n_cells = grid.n;
    return STATUS_SUCCESS;
}
