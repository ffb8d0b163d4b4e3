/*
 * detect.c - the three ways to judge a series: all at once, later rows by a frozen past, each row by its own
 * past.
 *
 * Batch: one model of all cells with centred windows; every cell is judged by it. train_until: one model of
 * the cells up to then with trailing windows; those after it are judged, with the last level. Causal: for
 * each cell from the 28th on a model of the cells before it (two years of days, four weeks of a finer grid),
 * with trailing windows; nothing that comes later can change a verdict, and the cell itself changes neither
 * its expectation nor its bounds. With both, the causal verdicts of the cells after train_until: what a
 * nightly job asks for.
 *
 * Cost: batch a few ms a year of days, causal a few ms a day, nearly all of it the forest. With score_from a
 * forest is grown only where some |z| reaches it.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

#include "kit/arena.h"

#define HISTORY 731 /* cells that a causal model looks back at: two years of days ... */
#define HISTORY_DAYS                                                                                         \
    28 /* ... or so many days of a finer grid: a pattern of the week needs two and a half weeks */

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
    if (!(o->score_from >= 0))
        return fail(failure, STATUS_BAD_VALUE, "0 scores every row; 3 only those that may raise an alert.",
                    "argument \"score_from\" must be at least 0, not %g", o->score_from);
    return STATUS_SUCCESS;
}

/* Grows the forest if one of the cells [from, to) wants a score. */
static Status
grow_if_wanted(Env *env, const Grid *grid, size_t from, size_t to, const AnomalyOptions *o, Fit *fit,
               Failure *failure)
{
    for (size_t t = from; fit->expectation.usable && t < to; t++)
        if (fabs(fit->z[t - fit->from]) >= o->score_from)
            return fit_forest(env, grid, o->seed, fit, failure);
    return STATUS_SUCCESS;
}

static Status
judge_batch(Env *env, const Grid *grid, const AnomalyOptions *o, AnomalyRow *rows, Failure *failure)
{
    Fit fit;
    size_t k = 0;

    RETURN_IF_FAILED(fit_cells(env, grid, 0, grid->n, grid->n, false, &fit, failure));
    RETURN_IF_FAILED(grow_if_wanted(env, grid, 0, grid->n, o, &fit, failure));
    for (size_t t = 0; t < grid->n; t++) {
        bool learnt = k < fit.n_cells && fit.cells[k] == t;
        bool wanted = learnt && fit.judge.scorer != NULL && fabs(fit.z[t]) >= o->score_from;
        double score = wanted ? fit.scores[k] : NAN;

        rows[t] =
            verdict_of_cell(grid, &fit, t, score, judge_quantile(&fit.judge, score, false), fit.n_cells, o);
        k += learnt;
    }
    return STATUS_SUCCESS;
}

/* A forest tells no values apart beyond those that it was grown from. So how unusual a later cell is, among
 * the cells of the fit and itself, is by its score or by its |z|, whichever says more. */
static double
quantile_later(const Fit *fit, size_t t, double score)
{
    size_t n_smaller = 0;

    for (size_t k = 0; k < fit->n_cells; k++)
        n_smaller += fabs(fit->z[fit->cells[k] - fit->from]) <= fabs(fit->z[t - fit->from]);
    return fmax(judge_quantile(&fit->judge, score, true),
                (double)(n_smaller + 1) / (double)(fit->n_cells + 1));
}

/* A cell at or after the end of the fit. */
static Status
judge_later(Env *env, const Grid *grid, const Fit *fit, size_t t, const AnomalyOptions *o, AnomalyRow *row,
            Failure *failure)
{
    double score = NAN;

    if (fit->expectation.usable && fabs(fit->z[t - fit->from]) >= o->score_from)
        RETURN_IF_FAILED(fit_score_later(env, grid, fit, t, &score, failure));
    *row = verdict_of_cell(grid, fit, t, score, isnan(score) ? NAN : quantile_later(fit, t, score),
                           fit->n_cells + 1, o);
    return STATUS_SUCCESS;
}

static Status
judge_after_training(Env *env, const Grid *grid, size_t first, const AnomalyOptions *o, AnomalyRow *rows,
                     Failure *failure)
{
    Fit fit;

    RETURN_IF_FAILED(fit_cells(env, grid, 0, first, grid->n, true, &fit, failure));
    RETURN_IF_FAILED(grow_if_wanted(env, grid, first, grid->n, o, &fit, failure));
    for (size_t t = first; t < grid->n; t++)
        RETURN_IF_FAILED(judge_later(env, grid, &fit, t, o, &rows[t], failure));
    return STATUS_SUCCESS;
}

static Status
judge_causally(Env *env, const Grid *grid, size_t first, const AnomalyOptions *o, AnomalyRow *rows,
               Failure *failure)
{
    size_t history = grid->kind == GRID_FINE ? HISTORY_DAYS * grid->day_cells : HISTORY;
    Arena arena;

    if (history < HISTORY)
        history = HISTORY;
    arena_init(&arena, env);
    for (size_t t = first; t < grid->n; t++) {
        size_t from = t > history ? t - history : 0;
        Fit fit;

        rows[t] = verdict_none(grid, t);
        if (t < ANOMALY_CAUSAL_FROM || !grid->given[t])
            continue;
        arena_reset(&arena);
        RETURN_IF_FAILED(fit_cells(&arena.env, grid, from, t, t + 1, true, &fit, failure));
        RETURN_IF_FAILED(grow_if_wanted(&arena.env, grid, t, t + 1, o, &fit, failure));
        RETURN_IF_FAILED(judge_later(&arena.env, grid, &fit, t, o, &rows[t], failure));
    }
    return STATUS_SUCCESS;
}

/* The first cell after training; 0 without train_until. */
static size_t
first_judged(const Grid *grid, const AnomalyOptions *o)
{
    size_t t = 0;

    while (o->has_train_until && t < grid->n && grid->moment[t] <= o->train_until)
        t++;
    return t;
}

Status
anomaly_detect(Env *env, AnomalySeries series, const AnomalyOptions *options, AnomalyRow **rows,
               size_t *n_rows, Failure *failure)
{
    Grid grid;
    AnomalyRow *all;
    size_t first, n_kept = 0;

    RETURN_IF_FAILED(check_options(options, failure));
    RETURN_IF_FAILED(grid_build(env, series, options, &grid, failure));
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
    verdict_episodes(&grid, all, n_kept);
    *rows = all;
    *n_rows = n_kept;
    return STATUS_SUCCESS;
}
