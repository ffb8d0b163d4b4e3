/*
 * past.c - rolling origins, and why a method was chosen.
 */
#include <math.h>

#include "forecast/outcome.h"
#include "kit/arena.h"
#include "kit/civil.h"

#define MONTH_DAYS 30.4375

/* Whole steps in a length of time, rounded up. */
static size_t
steps_in(const CellGrid *grid, ProphetStep length)
{
    double days = (double)length.months * MONTH_DAYS + (double)length.micros / (double)CIVIL_DAY, steps;

    if (grid->step.months > 0)
        steps = ((double)length.months + (double)length.micros / (double)CIVIL_DAY / MONTH_DAYS) /
                (double)grid->step.months;
    else
        steps = days * (double)CIVIL_DAY / (double)grid->step.micros;
    return (size_t)fmin(ceil(steps - 1e-9), FORECAST_MAX_CELLS);
}

static size_t
least_history(const CellGrid *grid, size_t horizon)
{
    Backtest b = {0};
    View view = {.horizon = horizon};

    for (size_t n = horizon + 1; n < grid->n; n++) {
        backtest_plan(grid, &view, n, &b);
        if (b.n_origins >= FEWEST_ORIGINS)
            return n;
    }
    return grid->n;
}

Status
forecast_backtest(Env *env, const Series *series, const ForecastOptions *options, ProphetStep initial,
                  ProphetStep period, ForecastTrial **trials, size_t *n, Failure *failure)
{
    size_t h = options->horizon, first, step, n_origins;
    CellGrid grid;
    Arena arena;

    RETURN_IF_FAILED(forecast_options_check(options, failure));
    RETURN_IF_FAILED(cell_grid_build(env, series, options, &grid, failure));
    first = initial.months == 0 && initial.micros == 0 ? least_history(&grid, h) : steps_in(&grid, initial);
    step = period.months == 0 && period.micros == 0 ? h : steps_in(&grid, period);
    first = first > 0 ? first : 1;
    step = step > 0 ? step : 1;
    if (grid.n < first + h)
        return fail(failure, STATUS_BAD_DATA, "Pass more history, or a shorter initial or horizon.",
                    "a backtest needs %zu steps before its first origin and %zu after it, the series has %zu",
                    first, h, grid.n);
    n_origins = (grid.n - h - first) / step + 1;
    if (n_origins * h > FORECAST_MAX_TRIALS)
        return fail(failure, STATUS_TOO_BIG, "Pass a longer period or initial, or a shorter horizon.",
                    "a backtest of %zu origins and %zu steps has more than %d rows", n_origins, h,
                    FORECAST_MAX_TRIALS);
    *trials = ENV_NEW(env, n_origins * h, ForecastTrial);
    if (*trials == NULL)
        return fail_out_of_memory(failure);
    *n = 0;
    arena_init(&arena, env);
    for (size_t k = n_origins; k-- > 0;) {
        size_t known = grid.n - h - k * step;
        Outcome o;

        arena_reset(&arena);
        RETURN_IF_FAILED(outcome_at(&arena.env, &grid, options, known, h, &o, failure));
        for (size_t i = 0; i < h; i++)
            (*trials)[(*n)++] = (ForecastTrial){grid.ds[known - 1], grid.y[known + i],
                                                outcome_row(&grid, options, &o, known, i), o.method};
    }
    return STATUS_SUCCESS;
}

/* Best first; those without a score last. */
static void
sort_candidates(ForecastExplanation *e)
{
    for (size_t i = 1; i < e->n_candidates; i++) {
        ForecastCandidate c = e->candidates[i];
        size_t j = i;

        for (;
             j > 0 && (isnan(e->candidates[j - 1].mae) || c.mae < e->candidates[j - 1].mae) && !isnan(c.mae);
             j--)
            e->candidates[j] = e->candidates[j - 1];
        e->candidates[j] = c;
    }
}

Status
forecast_explain(Env *env, const Series *series, const ForecastOptions *options, ForecastExplanation *e,
                 Failure *failure)
{
    const Backtest *b;
    CellGrid grid;
    Outcome o;

    RETURN_IF_FAILED(forecast_options_check(options, failure));
    RETURN_IF_FAILED(cell_grid_build(env, series, options, &grid, failure));
    RETURN_IF_FAILED(outcome_at(env, &grid, options, grid.n, grid.lead + options->horizon, &o, failure));
    b = &o.backtest;
    *e = (ForecastExplanation){.n_values = o.view.train.n,
                               .season = o.view.train.season,
                               .long_season = o.view.train.long_season,
                               .n_origins = b->n_origins,
                               .origin_step = b->step,
                               .naive_mae = NAN,
                               .reason = o.reason};
    if (b->n_candidates == 0) {
        e->candidates[e->n_candidates++] = (ForecastCandidate){o.method, NAN, NAN, true};
        return STATUS_SUCCESS;
    }
    e->naive_mae = b->mae[0];
    for (size_t c = 0; c < b->n_candidates; c++)
        e->candidates[e->n_candidates++] =
            (ForecastCandidate){b->methods[c], b->mae[c], b->weight[c], b->methods[c] == o.method};
    e->candidates[e->n_candidates++] =
        (ForecastCandidate){FORECAST_ENSEMBLE, b->ensemble_mae, NAN, o.method == FORECAST_ENSEMBLE};
    sort_candidates(e);
    return STATUS_SUCCESS;
}
