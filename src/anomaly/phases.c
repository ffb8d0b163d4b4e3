/*
 * phases.c - grids finer than a day: trend + phase of the day or of the week.
 *
 * Method: the trend is a rolling median of one day, the season a median for each phase of what the trend
 * leaves. A season has to earn its place: medians of the odd days (weeks) foretell the even ones and the
 * other way round, and unless that cuts the median absolute residual by more than 7 % the season is dropped;
 * noise does not pass for a pattern. A day's pattern is asked for from two days and a half on, a week's from
 * two weeks and a half on. Then the trend is taken again without the season; in causal mode from the cells
 * before only.
 *
 * Cost: two rolling medians of a day's cells, and medians of all values per phase.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

#include "kit/quantile.h"
#include "kit/rolling.h"

#define NEEDED_CUT      0.93
#define FEWEST_TRAILING 7

/* The detrended open cells of a fit and what a season makes of them. */
typedef struct Seasons {
    size_t n;
    const size_t *cell;
    double *detrended; /* n */
    double *residual;  /* n */
    double *profile;   /* n_phases */
    double *scratch;   /* n */
    size_t *place;     /* n_phases + 2 */
} Seasons;

static Status
seasons_new(Env *env, const Expectation *e, const size_t *cell, size_t n, Seasons *s, Failure *failure)
{
    s->n = n;
    s->cell = cell;
    s->detrended = ENV_NEW(env, n, double);
    s->residual = ENV_NEW(env, n, double);
    s->profile = ENV_NEW(env, e->n_phases, double);
    s->scratch = ENV_NEW(env, n, double);
    s->place = ENV_NEW(env, e->n_phases + 2, size_t);
    if (s->detrended == NULL || s->residual == NULL || s->profile == NULL || s->scratch == NULL ||
        s->place == NULL)
        return fail_out_of_memory(failure);
    return STATUS_SUCCESS;
}

/* Rolling median of y without the index over one day of open cells, centred or of the cells before, into
 * level; and next_level. */
static Status
roll_trend(Env *env, const Grid *grid, const size_t *cell, size_t n_open, bool trailing, Expectation *e,
           Failure *failure)
{
    size_t width = grid->day_cells, after = trailing ? 0 : width / 2 + 1, begin = 0, end = 0;
    size_t before = trailing ? width : width / 2;
    Rolling window = rolling_new(env, 2 * width + 2);
    double *values = ENV_NEW(env, n_open, double), last = NAN;

    if (window.sorted == NULL || values == NULL)
        return fail_out_of_memory(failure);
    for (size_t k = 0; k < n_open; k++)
        values[k] = grid->y[cell[k]] - e->index[expectation_phase(e, grid, cell[k])];
    for (size_t t = e->from; t <= e->to; t++) {
        while (end < n_open && cell[end] < t + after)
            rolling_add(&window, values[end++]);
        while (begin < end && cell[begin] + before < t)
            rolling_remove(&window, values[begin++]);
        /* A gap longer than a day keeps the level before it. */
        if (window.n > 0 && (!trailing || window.n >= FEWEST_TRAILING))
            last = rolling_median(&window);
        if (t < e->to)
            e->level[t - e->from] = last;
        if (t % 4096 == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    e->next_level = last;
    return STATUS_SUCCESS;
}

static size_t
phase_in(const Grid *grid, size_t t, bool by_week)
{
    return grid_day_phase(grid, t) + (by_week ? grid_weekday(grid, t) * grid->day_cells : 0);
}

/* Which half a cell belongs to: odd or even days, or weeks. */
static bool
is_odd(const Grid *grid, size_t t, bool by_week)
{
    int64_t day = grid_day(grid, t), cycle = day;

    if (by_week)
        cycle = (day - (int64_t)grid_weekday(grid, t)) / 7;
    return cycle % 2 != 0;
}

/* Medians of the detrended values by phase, of the cells of one half (odd is 0 or 1) or of all (2). A phase
 * without cells has 0. */
static void
fit_profile(const Grid *grid, Seasons *s, size_t n_phases, bool by_week, int odd)
{
    memset(s->place, 0, (n_phases + 2) * sizeof(size_t));
    for (int round = 0; round < 2; round++) {
        for (size_t k = 0; k < s->n; k++) {
            size_t p = phase_in(grid, s->cell[k], by_week);

            if (odd != 2 && is_odd(grid, s->cell[k], by_week) != (odd == 1))
                continue;
            if (round == 0)
                s->place[p + 2]++;
            else
                s->scratch[s->place[p + 1]++] = s->detrended[k];
        }
        for (size_t p = 2; round == 0 && p < n_phases + 2; p++)
            s->place[p] += s->place[p - 1];
    }
    for (size_t p = 0; p < n_phases; p++) {
        size_t n = s->place[p + 1] - s->place[p];

        s->profile[p] = n > 0 ? median_in_place(s->scratch + s->place[p], n) : 0;
    }
}

static double
median_size(Seasons *s)
{
    for (size_t k = 0; k < s->n; k++)
        s->scratch[k] = fabs(s->residual[k]);
    return median_in_place(s->scratch, s->n);
}

/* The median absolute residual when each half is foretold by the other. */
static double
cross_check(const Grid *grid, Seasons *s, size_t n_phases, bool by_week)
{
    for (int odd = 0; odd < 2; odd++) {
        fit_profile(grid, s, n_phases, by_week, odd);
        for (size_t k = 0; k < s->n; k++)
            if (is_odd(grid, s->cell[k], by_week) != (odd == 1))
                s->residual[k] = s->detrended[k] - s->profile[phase_in(grid, s->cell[k], by_week)];
    }
    return median_size(s);
}

/* Without a season: the deviations from the median of all. */
static double
plain_size(Seasons *s)
{
    double median;

    memcpy(s->scratch, s->detrended, s->n * sizeof(double));
    median = median_in_place(s->scratch, s->n);
    for (size_t k = 0; k < s->n; k++)
        s->residual[k] = s->detrended[k] - median;
    return median_size(s);
}

/* Takes the season into the index if it is worth it; returns the residual's size then. */
static double
try_season(const Grid *grid, Seasons *s, Expectation *e, bool by_week, double size)
{
    size_t n_phases = grid->day_cells * (by_week ? 7 : 1);
    double with = cross_check(grid, s, n_phases, by_week);

    if (!(with < NEEDED_CUT * size))
        return size;
    fit_profile(grid, s, n_phases, by_week, 2);
    for (size_t p = 0; p < e->n_phases; p++)
        e->index[p] = s->profile[p % n_phases];
    return with;
}

static double
median_level(const Expectation *e, Seasons *s)
{
    size_t n = 0;

    for (size_t k = 0; k < s->n; k++)
        if (!isnan(e->level[s->cell[k] - e->from]))
            s->scratch[n++] = e->level[s->cell[k] - e->from];
    return n > 0 ? median_in_place(s->scratch, n) : NAN;
}

Status
expectation_fit_phases(Env *env, const Grid *grid, const size_t *cell, size_t n, Expectation *e,
                       Failure *failure)
{
    Seasons s;
    double size;

    e->additive = true;
    RETURN_IF_FAILED(seasons_new(env, e, cell, n, &s, failure));
    RETURN_IF_FAILED(roll_trend(env, grid, cell, n, false, e, failure));
    for (size_t k = 0; k < n; k++)
        s.detrended[k] = grid->y[cell[k]] - e->level[cell[k] - e->from];
    size = plain_size(&s);
    if (2 * (e->to - e->from) >= 5 * grid->day_cells)
        size = try_season(grid, &s, e, false, size);
    if (e->by_week)
        (void)try_season(grid, &s, e, true, size);
    RETURN_IF_FAILED(roll_trend(env, grid, cell, n, e->trailing, e, failure));
    e->median_level = median_level(e, &s);
    return STATUS_SUCCESS;
}
