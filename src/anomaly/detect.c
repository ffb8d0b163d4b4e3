/*
 * detect.c - the three ways to judge a series: all at once, later days by a frozen past, each day by its own
 * past.
 *
 * Batch: one model of all days with centred windows; every day is judged by it. train_until: one model of the
 * days up to then with trailing windows; the days after it are judged, with the last level. Causal: for each
 * day from the 28th on a model of the days before it (at most two years), with trailing windows; nothing that
 * comes later can change a verdict, and the day itself changes neither its expectation nor its bounds. With
 * both, the causal verdicts of the days after train_until: what a nightly job asks for.
 *
 * Cost: batch a few ms a year of days, causal a few ms a day, nearly all of it the forest.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

#include "kit/arena.h"

AnomalyOptions
anomaly_default_options(void)
{
    return (AnomalyOptions){.sensitivity = 1, .seed = IFOREST_DEFAULT_SEED};
}

static Status
check_options(const AnomalyOptions *o, Failure *failure)
{
    if (!(o->sensitivity > 0) || isinf(o->sensitivity))
        return fail(failure, STATUS_BAD_VALUE, "1 is the calibrated rule; 2 halves the thresholds of z.",
                    "argument \"sensitivity\" must be a number over 0, not %g", o->sensitivity);
    if (!(o->min_abs >= 0))
        return fail(failure, STATUS_BAD_VALUE, "0 sets no smallest deviation.",
                    "argument \"min_abs\" must be at least 0, not %g", o->min_abs);
    if (!(o->min_pct >= 0))
        return fail(failure, STATUS_BAD_VALUE, "0 sets no smallest deviation.",
                    "argument \"min_pct\" must be at least 0, not %g", o->min_pct);
    return STATUS_SUCCESS;
}

static Status
judge_batch(Env *env, const Grid *grid, const AnomalyOptions *o, AnomalyRow *rows, Failure *failure)
{
    Fit fit;
    size_t k = 0;

    RETURN_IF_FAILED(fit_days(env, grid, 0, grid->n, grid->n, false, o->seed, &fit, failure));
    for (size_t t = 0; t < grid->n; t++) {
        bool learnt = k < fit.n_days && fit.days[k] == t && fit.judge.scorer != NULL;
        double score = learnt ? fit.scores[k] : NAN;

        rows[t] =
            verdict_of_day(grid, &fit, t, score, judge_quantile(&fit.judge, score, false), fit.n_days, o);
        k += learnt;
    }
    return STATUS_SUCCESS;
}

/* A day at or after the end of the fit. */
static Status
judge_later(Env *env, const Grid *grid, const Fit *fit, size_t t, const AnomalyOptions *o, AnomalyRow *row,
            Failure *failure)
{
    double score = NAN;

    if (fit->expectation.usable)
        RETURN_IF_FAILED(fit_score_later(env, fit, t, &score, failure));
    *row = verdict_of_day(grid, fit, t, score, judge_quantile(&fit->judge, score, true), fit->n_days + 1, o);
    return STATUS_SUCCESS;
}

static Status
judge_after_training(Env *env, const Grid *grid, size_t first, const AnomalyOptions *o, AnomalyRow *rows,
                     Failure *failure)
{
    Fit fit;

    RETURN_IF_FAILED(fit_days(env, grid, 0, first, grid->n, true, o->seed, &fit, failure));
    for (size_t t = first; t < grid->n; t++)
        RETURN_IF_FAILED(judge_later(env, grid, &fit, t, o, &rows[t], failure));
    return STATUS_SUCCESS;
}

static Status
judge_causally(Env *env, const Grid *grid, size_t first, const AnomalyOptions *o, AnomalyRow *rows,
               Failure *failure)
{
    Arena arena;

    arena_init(&arena, env);
    for (size_t t = first; t < grid->n; t++) {
        size_t from = t > ANOMALY_CAUSAL_HISTORY ? t - ANOMALY_CAUSAL_HISTORY : 0;
        Fit fit;

        rows[t] = verdict_none(grid, t);
        if (t < ANOMALY_CAUSAL_FROM || !grid->given[t])
            continue;
        arena_reset(&arena);
        RETURN_IF_FAILED(fit_days(&arena.env, grid, from, t, t + 1, true, o->seed, &fit, failure));
        RETURN_IF_FAILED(judge_later(&arena.env, grid, &fit, t, o, &rows[t], failure));
    }
    return STATUS_SUCCESS;
}

/* The first day after training; 0 without train_until. */
static size_t
first_judged(const Grid *grid, const AnomalyOptions *o)
{
    if (!o->has_train_until || grid->n == 0 || o->train_until < grid->first_day)
        return 0;
    if (o->train_until - grid->first_day >= (int64_t)grid->n)
        return grid->n;
    return (size_t)(o->train_until - grid->first_day) + 1;
}

Status
anomaly_detect(Env *env, const int64_t *days, const double *y, size_t n, const AnomalyOptions *options,
               AnomalyRow **rows, size_t *n_rows, Failure *failure)
{
    Grid grid;
    AnomalyRow *all;
    size_t first, n_kept = 0;

    RETURN_IF_FAILED(check_options(options, failure));
    RETURN_IF_FAILED(grid_build(env, days, y, n, options, &grid, failure));
    all = ENV_NEW(env, grid.n, AnomalyRow);
    if (all == NULL)
        return fail_out_of_memory(failure);
    first = first_judged(&grid, options);
    if (options->causal)
        RETURN_IF_FAILED(judge_causally(env, &grid, first, options, all, failure));
    else if (options->has_train_until)
        RETURN_IF_FAILED(judge_after_training(env, &grid, first, options, all, failure));
    else
        RETURN_IF_FAILED(judge_batch(env, &grid, options, all, failure));
    for (size_t t = first; t < grid.n; t++)
        if (grid.given[t])
            all[n_kept++] = all[t];
    *rows = all;
    *n_rows = n_kept;
    return STATUS_SUCCESS;
}
