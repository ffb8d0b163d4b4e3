/*
 * grid.c - from dated rows to an even grid: frequency, duplicates, gaps, season.
 */
#include "forecast/grid.h"

#include <math.h>

#include "kit/civil.h"

#define HOUR        (INT64_C(3600) * CIVIL_SECOND)
#define LONG_CYCLES 3 /* of the second season that the series must hold */
#define YEAR_WEEKS  52
#define SPARE_WEEKS 10

/* The number of the cell that holds ds. */
static size_t
cell_of(const CellGrid *grid, int64_t from, int64_t ds)
{
    if (grid->step.months > 0) {
        CivilDate a = civil_date(civil_day_of(from)), b = civil_date(civil_day_of(ds));

        return (size_t)(((b.year - a.year) * 12 + b.month - a.month) / grid->step.months);
    }
    return (size_t)(((uint64_t)ds - (uint64_t)from) / (uint64_t)grid->step.micros);
}

static int64_t
moment_of(const CellGrid *grid, int64_t from, size_t cell, bool month_ends)
{
    if (grid->step.months > 0)
        return civil_add_months(from, grid->step.months * (int64_t)cell, month_ends);
    return from + grid->step.micros * (int64_t)cell;
}

static Status
check_values(const Series *series, size_t *first, size_t *last, Failure *failure)
{
    size_t n = 0;

    for (size_t i = 0; i < series->n; i++) {
        if (isinf(series->y[i]))
            return fail(failure, STATUS_BAD_DATA,
                        "Replace infinite values, with NULL where they are unknown.",
                        "the series holds an infinite y");
        if (fabs(series->y[i]) > FORECAST_MAX_Y)
            return fail(failure, STATUS_BAD_DATA, "Pass it in larger units.",
                        "the series holds a y of %g, more than %g in size", series->y[i], FORECAST_MAX_Y);
        if (isnan(series->y[i]))
            continue;
        if (n++ == 0)
            *first = i;
        *last = i;
    }
    if (n == 0)
        return fail(failure, STATUS_BAD_DATA, "Pass at least one value; NULL and NaN do not count.",
                    "the series holds no value");
    return STATUS_SUCCESS;
}

/* Sums or means of the values of each cell; what no value fell on is NaN, or 0 where no row did either. */
static Status
fill_cells(Env *env, const Series *series, const ForecastOptions *options, size_t first, size_t last,
           CellGrid *grid, Failure *failure)
{
    double *count = ENV_NEW(env, grid->n, double);
    bool *given = ENV_NEW(env, grid->n, bool);

    if (count == NULL || given == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = first; i <= last; i++) {
        size_t cell = cell_of(grid, series->ds[first], series->ds[i]);

        given[cell] = true;
        if (isnan(series->y[i]))
            continue;
        grid->y[cell] += series->y[i];
        count[cell]++;
    }
    for (size_t t = 0; t < grid->n; t++) {
        if (count[t] == 0) {
            grid->y[t] = given[t] || options->gaps != FORECAST_ZERO ? NAN : 0;
            grid->note[t] = given[t] ? FORECAST_NOTE_MISSING : FORECAST_NOTE_GAP;
        } else if (options->duplicates == FORECAST_MEAN)
            grid->y[t] /= count[t];
        if (count[t] > 1)
            grid->note[t] = FORECAST_NOTE_DUPLICATE;
    }
    return STATUS_SUCCESS;
}

typedef struct Cycle {
    int64_t months, micros;
    size_t season, long_season;
} Cycle;

/* The cycles that a frequency suggests. */
static const Cycle cycles[] = {
    {0, HOUR / 4, 96, 672},
    {0, HOUR / 2, 48, 336},
    {0, HOUR, 24, 168},
    {0, CIVIL_DAY, WEEK, 0},
    {0, WEEK *CIVIL_DAY, 1, YEAR_WEEKS},
    {1, 0, 12, 0},
    {3, 0, 4, 0},
};

/* Autocorrelation of the differences at `lag`, against the noise of those below it, in units of its 95 %
 * bound. */
static double
prominence(const double *r, size_t n, size_t lag)
{
    double below = 0;

    for (size_t k = 1; k < lag; k++)
        below += r[k] * r[k];
    return r[lag] / (2 * sqrt((1 + 2 * below) / (double)n));
}

#define MOST_LAG   400
#define MOST_CELLS 4000 /* the latest ones, that are looked at */

/* Without a calendar: the lag of the highest peak of the autocorrelation that stands out; 1 when none does.
 */
static size_t
find_cycle(const double *x, size_t n)
{
    double r[MOST_LAG + 2] = {0}, mean = 0, c0 = 0, highest = 0;
    size_t most, best = 1;

    if (n > MOST_CELLS) {
        x += n - MOST_CELLS;
        n = MOST_CELLS;
    }
    most = n / 3 < MOST_LAG ? n / 3 : MOST_LAG;
    for (size_t t = 0; t < n; t++)
        mean += x[t] / (double)n;
    for (size_t t = 0; t < n; t++)
        c0 += (x[t] - mean) * (x[t] - mean);
    if (!(c0 > 0) || n < 9)
        return 1;
    for (size_t lag = 1; lag <= most + 1; lag++)
        for (size_t t = lag; t < n; t++)
            r[lag] += (x[t] - mean) * (x[t - lag] - mean) / c0;
    for (size_t lag = 2; lag <= most; lag++) {
        bool peak = r[lag] > r[lag - 1] && r[lag] >= r[lag + 1];

        if (peak && r[lag] > highest && prominence(r, n, lag) > 1) {
            highest = r[lag];
            best = lag;
        }
    }
    return best;
}

/* Differences of neighbouring known cells, 0 over the unknown ones. */
static double *
differences(Env *env, const CellGrid *grid)
{
    double *x = ENV_NEW(env, grid->n, double);

    for (size_t t = 1; x != NULL && t < grid->n; t++)
        x[t - 1] = isnan(grid->y[t]) || isnan(grid->y[t - 1]) ? 0 : grid->y[t] - grid->y[t - 1];
    return x;
}

static bool
long_enough(const CellGrid *grid, size_t horizon)
{
    if (grid->season == 1) /* weeks in a year */
        return grid->n >= 2 * grid->long_season + SPARE_WEEKS;
    return grid->n >= LONG_CYCLES * grid->long_season + horizon;
}

static Status
find_season(Env *env, const ForecastOptions *options, CellGrid *grid, Failure *failure)
{
    double *x = differences(env, grid);

    if (x == NULL)
        return fail_out_of_memory(failure);
    grid->season = options->season;
    for (size_t i = 0; options->season == 0 && i < sizeof(cycles) / sizeof(cycles[0]); i++)
        if (cycles[i].months == grid->step.months && cycles[i].micros == grid->step.micros) {
            grid->season = cycles[i].season;
            grid->long_season = cycles[i].long_season;
            grid->calendar_season = true;
        }
    if (grid->season == 0)
        grid->season = find_cycle(x, grid->n - 1);
    /* Months and quarters need not have a season; hours and days of people do. */
    if (grid->calendar_season && grid->step.months > 0 && !season_test(x, grid->n - 1, grid->season))
        grid->season = 1;
    if (grid->long_season > 0 && !long_enough(grid, options->horizon))
        grid->long_season = 0;
    if (grid->n <= grid->season)
        grid->season = 1;
    grid->daily = grid->step.months == 0 && grid->step.micros == CIVIL_DAY && grid->season == WEEK;
    return STATUS_SUCCESS;
}

static Status
fill_moments(Env *env, const Series *series, const ForecastOptions *options, size_t first, size_t last,
             CellGrid *grid, Failure *failure)
{
    size_t n_after = grid->lead + options->horizon;
    Series known = *series;
    bool month_ends = true;
    int64_t *after;

    for (size_t i = 0; i < series->n; i++)
        month_ends = month_ends && civil_is_month_end(series->ds[i]);
    /* The moments after the last observed one, whose grid the future continues. */
    known.n = last + 1;
    RETURN_IF_FAILED(prophet_future(env, &known, grid->step, n_after, &after, failure));
    grid->ds = ENV_NEW(env, grid->n + n_after, int64_t);
    if (grid->ds == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < grid->n; t++)
        grid->ds[t] = moment_of(grid, series->ds[first], t, month_ends);
    for (size_t i = 0; i < n_after; i++)
        grid->ds[grid->n + i] = after[i];
    return STATUS_SUCCESS;
}

Status
cell_grid_build(Env *env, const Series *series, const ForecastOptions *options, CellGrid *grid,
                Failure *failure)
{
    size_t first = 0, last = 0;
    uint64_t span;

    *grid = (CellGrid){.step = options->step};
    RETURN_IF_FAILED(check_values(series, &first, &last, failure));
    if (options->infer_step)
        RETURN_IF_FAILED(prophet_infer_step(env, series, &grid->step, failure));
    span = (uint64_t)series->ds[series->n - 1] - (uint64_t)series->ds[first];
    if (grid->step.months == 0 && span / (uint64_t)grid->step.micros >= FORECAST_MAX_CELLS)
        return fail(failure, STATUS_TOO_BIG, "Aggregate to a coarser frequency, or pass frequency.",
                    "the series spans more than %d steps of its frequency", FORECAST_MAX_CELLS);
    grid->n = cell_of(grid, series->ds[first], series->ds[last]) + 1;
    grid->lead = cell_of(grid, series->ds[first], series->ds[series->n - 1]) + 1 - grid->n;
    if (grid->lead > FORECAST_MAX_HORIZON)
        return fail(failure, STATUS_TOO_BIG, "Leave out rows without y at the end.",
                    "the series ends in more than %d steps without a value", FORECAST_MAX_HORIZON);
    grid->y = ENV_NEW(env, grid->n, double);
    grid->note = ENV_NEW(env, grid->n, unsigned char);
    if (grid->y == NULL || grid->note == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(fill_cells(env, series, options, first, last, grid, failure));
    RETURN_IF_FAILED(find_season(env, options, grid, failure));
    return fill_moments(env, series, options, first, last, grid, failure);
}
