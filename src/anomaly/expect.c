/*
 * expect.c - what a cell should have brought: given, level x phase (level.c), or trend + phase (phases.c).
 *
 * A phase whose median is 0 is shut, unless all are: expected 0, in no statistic. With a given expectation
 * the cells expected to be 0 are.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

#include "kit/quantile.h"

size_t
expectation_phase(const Expectation *e, const Grid *grid, size_t t)
{
    if (grid->kind == GRID_COARSE)
        return 0;
    if (grid->kind == GRID_DAILY)
        return grid_weekday(grid, t);
    return grid_day_phase(grid, t) + (e->by_week ? grid_weekday(grid, t) * grid->day_cells : 0);
}

static bool
is_shut(const Expectation *e, const Grid *grid, size_t t)
{
    return grid->expectation != NULL ? grid->expectation[t] == 0 : e->shut[expectation_phase(e, grid, t)];
}

bool
expectation_open(const Expectation *e, const Grid *grid, size_t t)
{
    return !isnan(grid->y[t]) && !grid->closed[t] && !is_shut(e, grid, t) &&
           (grid->expectation == NULL || !isnan(grid->expectation[t]));
}

/* The cells with a value of the fit, ordered by phase; begin[p] .. begin[p + 1] are those of phase p. */
static Status
sort_by_phase(Env *env, const Grid *grid, const Expectation *e, size_t **begin, double **values,
              Failure *failure)
{
    size_t *place = ENV_NEW(env, e->n_phases + 2, size_t);

    *values = ENV_NEW(env, e->to - e->from, double);
    if (place == NULL || *values == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = e->from; t < e->to; t++)
        if (!isnan(grid->y[t]) && !grid->closed[t])
            place[expectation_phase(e, grid, t) + 2]++;
    for (size_t p = 2; p < e->n_phases + 2; p++)
        place[p] += place[p - 1];
    for (size_t t = e->from; t < e->to; t++)
        if (!isnan(grid->y[t]) && !grid->closed[t])
            (*values)[place[expectation_phase(e, grid, t) + 1]++] = grid->y[t];
    *begin = place;
    return STATUS_SUCCESS;
}

static Status
find_shut_phases(Env *env, const Grid *grid, Expectation *e, Failure *failure)
{
    size_t *begin = NULL, n_shut = 0;
    double *values = NULL;

    RETURN_IF_FAILED(sort_by_phase(env, grid, e, &begin, &values, failure));
    for (size_t p = 0; p < e->n_phases; p++) {
        size_t n = begin[p + 1] - begin[p];

        e->shut[p] = n == 0 || median_in_place(values + begin[p], n) == 0;
        n_shut += e->shut[p];
    }
    if (n_shut == e->n_phases)
        memset(e->shut, 0, e->n_phases * sizeof(bool));
    return STATUS_SUCCESS;
}

/* Nothing is computed: the level is the expectation itself. */
static Status
take_given(Env *env, const Grid *grid, const size_t *open, size_t n_open, Expectation *e, Failure *failure)
{
    double *values = ENV_NEW(env, n_open, double);

    if (values == NULL)
        return fail_out_of_memory(failure);
    for (size_t k = 0; k < n_open; k++) {
        values[k] = grid->expectation[open[k]];
        e->additive |= values[k] < 0;
    }
    e->median_level = median_in_place(values, n_open);
    return STATUS_SUCCESS;
}

Status
expectation_fit(Env *env, const Grid *grid, size_t from, size_t to, bool trailing, Expectation *e,
                Failure *failure)
{
    size_t *open = ENV_NEW(env, to - from, size_t), n_open = 0;

    memset(e, 0, sizeof(*e));
    e->from = from;
    e->to = to;
    e->trailing = trailing;
    /* Two weeks and a half of a fine grid: whether a week has a pattern is asked later. */
    e->by_week = grid->kind == GRID_FINE && 2 * (to - from) >= 5 * 7 * grid->day_cells;
    e->n_phases = grid->kind == GRID_COARSE  ? 1
                  : grid->kind == GRID_DAILY ? 7
                                             : grid->day_cells * (e->by_week ? 7 : 1);
    e->index = ENV_NEW(env, e->n_phases, double);
    e->shut = ENV_NEW(env, e->n_phases, bool);
    e->level = ENV_NEW(env, to - from, double);
    if (open == NULL || e->index == NULL || e->shut == NULL || e->level == NULL)
        return fail_out_of_memory(failure);
    if (grid->expectation == NULL)
        RETURN_IF_FAILED(find_shut_phases(env, grid, e, failure));
    for (size_t t = from; t < to; t++)
        if (expectation_open(e, grid, t))
            open[n_open++] = t;
    e->usable = n_open >= ANOMALY_MIN_OPEN;
    if (!e->usable)
        return STATUS_SUCCESS;
    if (env_cancelled(env))
        return fail_cancelled(failure);
    if (grid->expectation != NULL)
        return take_given(env, grid, open, n_open, e, failure);
    return grid->kind == GRID_FINE ? expectation_fit_phases(env, grid, open, n_open, e, failure)
                                   : expectation_fit_levels(env, grid, open, n_open, e, failure);
}

double
expectation_at(const Expectation *e, const Grid *grid, size_t t)
{
    double level, index;
    size_t phase;

    if (grid->expectation != NULL)
        return grid->expectation[t];
    phase = expectation_phase(e, grid, t);
    level = t < e->to ? e->level[t - e->from] : e->next_level;
    index = e->index[phase];
    if (e->shut[phase])
        return isnan(level) ? NAN : 0;
    return e->additive ? level + index : level * index;
}
