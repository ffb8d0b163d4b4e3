/*
 * cross_validation.c - forecasts from cutoffs in the past, as Prophet's diagnostics define them.
 */
#include "prophet/evaluation.h"

#include <gsl/gsl_heapsort.h>
#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

#define LEAST_ROWS 2 /* before a cutoff */

/* The time from a to b, a <= b, which may exceed the range of int64. */
static uint64_t
time_between(int64_t a, int64_t b)
{
    return (uint64_t)b - (uint64_t)a;
}

/* How many observed rows lie at or before a moment. */
static size_t
rows_until(const Series *observed, int64_t moment)
{
    size_t low = 0, high = observed->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (observed->ds[middle] <= moment)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static Status
take_observed(Env *env, const Series *series, Series *observed, Failure *failure)
{
    size_t n = 0;

    *observed = *series;
    observed->ds = ENV_NEW(env, series->n, int64_t);
    observed->y = ENV_NEW(env, series->n, double);
    observed->columns = ENV_NEW(env, series->n_columns, double *);
    if (observed->ds == NULL || observed->y == NULL || observed->columns == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < series->n_columns; c++) {
        observed->columns[c] = ENV_NEW(env, series->n, double);
        if (observed->columns[c] == NULL)
            return fail_out_of_memory(failure);
    }
    for (size_t i = 0; i < series->n; i++) {
        if (isnan(series->y[i]))
            continue;
        observed->ds[n] = series->ds[i];
        observed->y[n] = series->y[i];
        for (size_t c = 0; c < series->n_columns; c++)
            observed->columns[c][n] = series->columns[c][i];
        n++;
    }
    observed->n = n;
    if (n < LEAST_ROWS)
        return fail(failure, STATUS_BAD_DATA, "Pass more history; NULL and NaN do not count.",
                    "a forecast needs at least %d observed values, the series has %zu", LEAST_ROWS, n);
    return STATUS_SUCCESS;
}

/* In microseconds; 0 without seasonalities. */
static int64_t
longest_period(const ProphetOptions *options)
{
    double days = 0;

    for (int season = 0; season < PROPHET_N_SEASONS; season++) {
        if (options->order[season] > 0)
            days = fmax(days, season_period((ProphetSeason)season));
    }
    for (size_t i = 0; i < options->n_seasonalities; i++)
        days = fmax(days, options->seasonalities[i].period);
    return days * (double)CIVIL_DAY < (double)CIVIL_END ? (int64_t)(days * (double)CIVIL_DAY) : CIVIL_END;
}

static int64_t
initial_window(const ProphetValidation *validation, const ProphetCutoffs *cutoffs)
{
    int64_t longest = longest_period(&validation->options);
    int64_t three = cutoffs->horizon > CIVIL_END / 3 ? CIVIL_END : 3 * cutoffs->horizon;

    if (cutoffs->initial >= 0)
        return cutoffs->initial;
    return three > longest ? three : longest;
}

/* The cutoff before this one; false when none lies after the first ds. */
static bool
step_back(const Series *observed, int64_t horizon, int64_t period, int64_t *cutoff)
{
    int64_t first = observed->ds[0];
    size_t n_before;

    if ((uint64_t)period > time_between(first, *cutoff))
        return false;
    *cutoff -= period;
    n_before = rows_until(observed, *cutoff);
    if (rows_until(observed, *cutoff + horizon) > n_before)
        return true;
    if ((uint64_t)horizon > time_between(first, observed->ds[n_before - 1]))
        return false;
    *cutoff = observed->ds[n_before - 1] - horizon;
    return true;
}

static Status
too_many(Failure *failure)
{
    return fail(failure, STATUS_TOO_BIG, "Take a longer period or initial window, or list fewer cutoffs.",
                "cross-validation takes at most %d cutoffs", PROPHET_MAX_CUTOFFS);
}

/* Those that the rule gives, the latest first. */
static Status
ruled_cutoffs(const ProphetCutoffs *wanted, ProphetValidation *validation, Failure *failure)
{
    const Series *observed = &validation->observed;
    int64_t period = wanted->period > 0 ? wanted->period : (wanted->horizon + 1) / 2;
    int64_t initial = initial_window(validation, wanted);
    int64_t cutoff = observed->ds[observed->n - 1] - wanted->horizon;

    while (time_between(observed->ds[0], cutoff) >= (uint64_t)initial) {
        if (validation->n_cutoffs == PROPHET_MAX_CUTOFFS)
            return too_many(failure);
        validation->cutoffs[validation->n_cutoffs++] = cutoff;
        if (!step_back(observed, wanted->horizon, period, &cutoff))
            break;
    }
    if (validation->n_cutoffs == 0)
        return fail(
            failure, STATUS_BAD_DATA, "Make horizon or initial shorter.",
            "the series is shorter than the initial window and the horizon: %.6g and %.6g days of %.6g",
            (double)initial / (double)CIVIL_DAY, (double)wanted->horizon / (double)CIVIL_DAY,
            (double)time_between(observed->ds[0], observed->ds[observed->n - 1]) / (double)CIVIL_DAY);
    return STATUS_SUCCESS;
}

static Status
listed_cutoffs(const ProphetCutoffs *wanted, ProphetValidation *validation, Failure *failure)
{
    const Series *observed = &validation->observed;
    int64_t first = observed->ds[0], last = observed->ds[observed->n - 1] - wanted->horizon;

    if (wanted->n_listed == 0)
        return fail(failure, STATUS_BAD_VALUE, "List moments, or pass NULL for those of the rule.",
                    "argument \"cutoffs\" must not be empty");
    if (wanted->n_listed > PROPHET_MAX_CUTOFFS)
        return too_many(failure);
    for (size_t i = 0; i < wanted->n_listed; i++) {
        char text[CIVIL_TEXT], from[CIVIL_TEXT], until[CIVIL_TEXT];

        validation->cutoffs[i] = wanted->listed[i];
        if (wanted->listed[i] > first && wanted->listed[i] <= last)
            continue;
        civil_format(wanted->listed[i], text);
        civil_format(first, from);
        civil_format(last, until);
        return fail(failure, STATUS_BAD_DATA,
                    "A cutoff lies after the first observed ds and at least the horizon before the last one.",
                    "argument \"cutoffs\": element %zu, %s, must be after %s and at most %s", i + 1, text,
                    from, until);
    }
    validation->n_cutoffs = wanted->n_listed;
    return STATUS_SUCCESS;
}

static void
sort_cutoffs(ProphetValidation *validation)
{
    size_t n = 0;

    gsl_heapsort(validation->cutoffs, validation->n_cutoffs, sizeof(int64_t), compare_moments);
    for (size_t i = 0; i < validation->n_cutoffs; i++) {
        if (n == 0 || validation->cutoffs[i] != validation->cutoffs[n - 1])
            validation->cutoffs[n++] = validation->cutoffs[i];
    }
    validation->n_cutoffs = n;
}

/* A fit sees only those before its cutoff: each must lie within the whole. */
static Status
check_changepoints(Env *env, const ProphetValidation *validation, Failure *failure)
{
    ProphetModel whole = {.start = validation->observed.ds[0],
                          .last = validation->observed.ds[validation->observed.n - 1]};

    if (!validation->options.changepoints_given)
        return STATUS_SUCCESS;
    return trend_place_changepoints(env, &validation->options, NULL, 0, &whole, failure);
}

Status
prophet_validation_plan(Env *env, const Series *series, const ProphetOptions *options,
                        const ProphetCutoffs *cutoffs, ProphetValidation *validation, Failure *failure)
{
    ProphetValidation plan = {.options = *options, .horizon = cutoffs->horizon};
    const Series *observed = &plan.observed;

    RETURN_IF_FAILED(prophet_options_check(options, failure));
    prophet_resolve_orders(options, series, plan.options.order);
    RETURN_IF_FAILED(take_observed(env, series, &plan.observed, failure));
    RETURN_IF_FAILED(check_changepoints(env, &plan, failure));
    if ((uint64_t)cutoffs->horizon > time_between(observed->ds[0], observed->ds[observed->n - 1]))
        return fail(failure, STATUS_BAD_DATA, "Make the horizon shorter, or pass more history.",
                    "the series spans less than the horizon of %.6g days",
                    (double)cutoffs->horizon / (double)CIVIL_DAY);
    plan.cutoffs = ENV_NEW(env, PROPHET_MAX_CUTOFFS, int64_t);
    if (plan.cutoffs == NULL)
        return fail_out_of_memory(failure);
    if (cutoffs->given)
        RETURN_IF_FAILED(listed_cutoffs(cutoffs, &plan, failure));
    else
        RETURN_IF_FAILED(ruled_cutoffs(cutoffs, &plan, failure));
    sort_cutoffs(&plan);
    *validation = plan;
    return STATUS_SUCCESS;
}

/* Rows from..to of a series, in place. */
static Status
part_of(Env *env, const Series *series, size_t from, size_t to, Series *part, Failure *failure)
{
    *part = (Series){.n = to - from,
                     .ds = series->ds + from,
                     .y = series->y + from,
                     .n_columns = series->n_columns,
                     .columns = ENV_NEW(env, series->n_columns, double *)};
    if (part->columns == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < series->n_columns; c++)
        part->columns[c] = series->columns[c] + from;
    return STATUS_SUCCESS;
}

/* The options for the history before a cutoff: of the listed changepoints those before its last row. */
static Status
options_until(Env *env, const ProphetOptions *options, const Series *history, ProphetOptions *part,
              Failure *failure)
{
    int64_t *kept = ENV_NEW(env, options->n_listed, int64_t);

    if (kept == NULL)
        return fail_out_of_memory(failure);
    *part = *options;
    part->changepoints = kept;
    part->n_listed = 0;
    for (size_t i = 0; i < options->n_listed; i++) {
        if (options->changepoints[i] < history->ds[history->n - 1])
            kept[part->n_listed++] = options->changepoints[i];
    }
    return STATUS_SUCCESS;
}

static Status
put_trials(Env *env, const ProphetForecast *forecast, const double *y, int64_t cutoff, ProphetTrial **trials,
           Failure *failure)
{
    *trials = ENV_NEW(env, forecast->n, ProphetTrial);
    if (*trials == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < forecast->n; i++)
        (*trials)[i] = (ProphetTrial){.ds = forecast->ds[i],
                                      .cutoff = cutoff,
                                      .y = y[i],
                                      .yhat = forecast->yhat[i],
                                      .yhat_lower = forecast->yhat_lower[i],
                                      .yhat_upper = forecast->yhat_upper[i]};
    return STATUS_SUCCESS;
}

Status
prophet_validation_trials(Env *env, const ProphetValidation *validation, size_t i, double interval_width,
                          size_t n_samples, uint64_t seed, ProphetTrial **trials, size_t *n, Failure *failure)
{
    const Series *observed = &validation->observed;
    int64_t cutoff = validation->cutoffs[i];
    size_t n_before = rows_until(observed, cutoff);
    Series history, rows;
    ProphetOptions options;
    ProphetModel model;
    ProphetForecast forecast;

    RETURN_IF_FAILED(part_of(env, observed, 0, n_before, &history, failure));
    RETURN_IF_FAILED(
        part_of(env, observed, n_before, rows_until(observed, cutoff + validation->horizon), &rows, failure));
    if (rows.n == 0) {
        *n = 0;
        return STATUS_SUCCESS;
    }
    if (n_before < LEAST_ROWS) {
        char text[CIVIL_TEXT];

        civil_format(cutoff, text);
        return fail(failure, STATUS_BAD_DATA, "Increase the initial window.",
                    "fewer than %d observed values lie before the cutoff %s", LEAST_ROWS, text);
    }
    RETURN_IF_FAILED(options_until(env, &validation->options, &history, &options, failure));
    RETURN_IF_FAILED(prophet_fit(env, &history, &options, &model, failure));
    rows.n_columns = model.history.n_columns;
    RETURN_IF_FAILED(prophet_predict(env, &model, &rows, &forecast, failure));
    RETURN_IF_FAILED(prophet_intervals(env, &model, interval_width, n_samples, seed, &forecast, failure));
    RETURN_IF_FAILED(put_trials(env, &forecast, rows.y, cutoff, trials, failure));
    *n = rows.n;
    return STATUS_SUCCESS;
}
