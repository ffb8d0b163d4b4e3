/*
 * backtest.c - forecasts of all candidates from up to twelve past origins.
 *
 * The last origin stands one horizon before the end; the others follow in steps short enough for twelve of
 * them and long enough to differ. Each sees its own view of the series. Smoothing models are fitted at the
 * oldest origin and only run on from there, which tells as much about them for a sixth of the time; where
 * that origin has too little history, they are fitted anew at each.
 */
#include <math.h>
#include <string.h>

#include "forecast/choice.h"
#include "kit/arena.h"

#define LONG_HORIZON   14
#define LEAST_HISTORY  26 /* without a season */
#define LEAST_DAYS     49
#define LEAST_FOR_WARM 40

static size_t
larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t
origin_step(const CellGrid *grid, size_t h)
{
    if (h > LONG_HORIZON)
        return (h + 1) / 2;
    if (grid->daily)
        return h < WEEK ? h : WEEK;
    return larger(1, (size_t)((double)h / 3 + 0.5));
}

static size_t
least_training(const CellGrid *grid)
{
    size_t longest = larger(grid->season, grid->long_season);

    if (grid->season == 1 && grid->long_season == 0)
        return LEAST_HISTORY;
    return larger(2 * longest + 20, grid->daily ? LEAST_DAYS : 0);
}

void
backtest_plan(const CellGrid *grid, const View *view, size_t n, Backtest *b)
{
    size_t least = least_training(grid), h = view->horizon, k = 0;

    b->horizon = h;
    b->step = origin_step(grid, h);
    while (k < FORECAST_MAX_ORIGINS && n >= h + k * b->step + least)
        k++;
    b->n_origins = k;
    for (size_t i = 0; i < k; i++)
        b->origins[i] = n - h - (k - 1 - i) * b->step;
}

static double
within(const ForecastOptions *options, double yhat)
{
    return fmin(fmax(yhat, options->lower_limit), options->upper_limit);
}

static Status
run_origin(Env *env, const CellGrid *grid, const ForecastOptions *options, size_t k, Warm *warm, Backtest *b,
           Failure *failure)
{
    size_t h = b->horizon, at = k * h;
    Ahead ahead;
    View view;

    RETURN_IF_FAILED(view_build(env, grid, options, b->origins[k], h, &view, failure));
    ahead.h = view.n_steps;
    ahead.mean = ENV_NEW(env, h, double);
    ahead.sd = ENV_NEW(env, h, double);
    if (ahead.mean == NULL || ahead.sd == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < h; i++) {
        b->actual[at + i] = grid->y[b->origins[k] + i];
        b->closed[at + i] = view.place[i] == CLOSED_CELL;
    }
    for (size_t c = 0; c < b->n_candidates; c++) {
        bool usable;

        RETURN_IF_FAILED(method_run(env, b->methods[c], &view.train, warm != NULL ? &warm[c] : NULL, &ahead,
                                    &usable, failure));
        for (size_t i = 0; i < h; i++)
            b->forecast[c][at + i] = b->closed[at + i] ? within(options, 0)
                                     : usable          ? within(options, ahead.mean[view.place[i]])
                                                       : NAN;
    }
    return STATUS_SUCCESS;
}

/* Mean absolute error over the origins [from, to); NaN when some step has no forecast. */
static double
mean_error(const Backtest *b, const double *forecast, size_t from, size_t to)
{
    double sum = 0, n = 0;

    for (size_t i = from * b->horizon; i < to * b->horizon; i++) {
        if (isnan(forecast[i]))
            return NAN;
        if (!isnan(b->actual[i])) {
            sum += fabs(b->actual[i] - forecast[i]);
            n++;
        }
    }
    return n > 0 ? sum / n : NAN;
}

Status
backtest_run(Env *env, const CellGrid *grid, const ForecastOptions *options, Backtest *b, Failure *failure)
{
    size_t n = b->n_origins * b->horizon;
    /* The values that are used begin at the same cell for all origins only where none is left out. */
    bool use_warm = grid->n <= FORECAST_MAX_VALUES;
    bool is_long = b->n_origins > 0 && b->origins[0] >= larger(3 * grid->season, LEAST_FOR_WARM);
    Arena arena;

    b->actual = ENV_NEW(env, n, double);
    b->closed = ENV_NEW(env, n, bool);
    b->ensemble = ENV_NEW(env, n, double);
    if (b->actual == NULL || b->closed == NULL || b->ensemble == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < b->n_candidates; c++) {
        b->forecast[c] = ENV_NEW(env, n, double);
        if (b->forecast[c] == NULL)
            return fail_out_of_memory(failure);
        b->warm[c] = (Warm){.env = env, .improve = !is_long};
        if (c > 0 && method_follows(b->methods[c], b->methods[c - 1]))
            b->warm[c].sister = &b->warm[c - 1];
    }
    arena_init(&arena, env);
    for (size_t k = 0; k < b->n_origins; k++) {
        arena_reset(&arena);
        RETURN_IF_FAILED(run_origin(&arena.env, grid, options, k, use_warm ? b->warm : NULL, b, failure));
    }
    for (size_t c = 0; c < b->n_candidates; c++)
        b->mae[c] = mean_error(b, b->forecast[c], 0, b->n_origins);
    return STATUS_SUCCESS;
}

/* Weights proportional to error^-4, from the origins before `to`; equal ones from none. */
static void
weigh(const Backtest *b, size_t to, double *weight)
{
    double error[FORECAST_MAX_CANDIDATES], least = INFINITY, sum = 0;

    for (size_t c = 0; c < b->n_candidates; c++) {
        error[c] = isnan(b->mae[c]) ? NAN : mean_error(b, b->forecast[c], 0, to);
        if (error[c] < least)
            least = error[c];
    }
    for (size_t c = 0; c < b->n_candidates; c++) {
        double ratio = least > 0 ? least / error[c] : error[c] == 0;

        weight[c] = isnan(b->mae[c]) ? 0 : isinf(least) ? 1 : ratio * ratio * ratio * ratio;
        if (isnan(weight[c])) /* no known value before this origin */
            weight[c] = 0;
        sum += weight[c];
    }
    for (size_t c = 0; c < b->n_candidates; c++)
        weight[c] /= sum;
}

void
backtest_combine(Backtest *b)
{
    for (size_t k = 0; k < b->n_origins; k++) {
        double weight[FORECAST_MAX_CANDIDATES];

        weigh(b, k, weight);
        for (size_t i = k * b->horizon; i < (k + 1) * b->horizon; i++) {
            b->ensemble[i] = 0;
            for (size_t c = 0; c < b->n_candidates; c++)
                if (weight[c] > 0)
                    b->ensemble[i] += weight[c] * b->forecast[c][i];
        }
    }
    b->ensemble_mae = mean_error(b, b->ensemble, 0, b->n_origins);
    weigh(b, b->n_origins, b->weight);
}
