/*
 * performance.c - errors by horizon, averaged over rolling windows, as Prophet's diagnostics define them.
 */
#include "prophet/evaluation.h"

#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "kit/exact_sum.h"
#include "kit/sort.h"
#include "kit/stats.h"

#define LEAST_Y 1e-8 /* no percentage of less */

enum { SE, AE, APE, SAPE, COVERED, N_TERMS };

typedef struct Scored {
    int64_t horizon;
    ProphetTrial trial;
    double term[N_TERMS];
} Scored;

/* All rows of one horizon: first <= i < end. */
typedef struct Group {
    int64_t horizon;
    size_t first, end;
    double sum[N_TERMS];
} Group;

typedef struct Scores {
    size_t n, n_groups;
    const Scored **rows; /* by horizon, cutoff, ds, ... */
    Group *groups;
    bool has_percentages, has_bounds;
} Scores;

static int64_t
months_between(int64_t from, int64_t to)
{
    CivilDate a = civil_date(civil_day_of(from)), b = civil_date(civil_day_of(to));

    return (b.year - a.year) * 12 + b.month - a.month;
}

static Status
score(const ProphetTrial *trial, bool monthly, Scored *scored, Failure *failure)
{
    double e = trial->y - trial->yhat, size = fabs(trial->y) / 2 + fabs(trial->yhat) / 2;

    if (!isfinite(trial->y) || !isfinite(trial->yhat))
        return fail(failure, STATUS_BAD_VALUE, "Leave rows without an observed value and a forecast out.",
                    "elements of \"y\" and \"yhat\" must be finite, not %g and %g", trial->y, trial->yhat);
    scored->trial = *trial;
    if (monthly)
        scored->horizon = months_between(trial->cutoff, trial->ds);
    else if (__builtin_sub_overflow(trial->ds, trial->cutoff, &scored->horizon))
        return fail(failure, STATUS_BAD_VALUE, "Pass the cutoff that each forecast was made at.",
                    "\"ds\" and \"cutoff\" must not lie more than 292000 years apart");
    scored->term[SE] = e * e;
    scored->term[AE] = fabs(e);
    scored->term[APE] = fabs(trial->y) < LEAST_Y ? 0 : fabs(e / trial->y);
    scored->term[SAPE] = size == 0 ? 0 : fabs(e) / size;
    scored->term[COVERED] = trial->yhat_lower <= trial->y && trial->y <= trial->yhat_upper;
    if (!isfinite(scored->term[SE]) || !isfinite(scored->term[APE]))
        return fail(failure, STATUS_BAD_DATA, "Divide the numbers by a constant first.",
                    "the error of the forecast %g of %g exceeds double precision", trial->yhat, trial->y);
    return STATUS_SUCCESS;
}

#define COMPARE(a, b)                                                                                        \
    if ((a) != (b))                                                                                          \
    return (a) < (b) ? -1 : 1

/* A total order, so that the order of the rows given has no influence. */
static int
compare_scored(const void *left, const void *right)
{
    const Scored *a = left, *b = right;

    COMPARE(a->horizon, b->horizon);
    COMPARE(a->trial.cutoff, b->trial.cutoff);
    COMPARE(a->trial.ds, b->trial.ds);
    COMPARE(a->trial.y, b->trial.y);
    COMPARE(a->trial.yhat, b->trial.yhat);
    COMPARE(a->term[COVERED], b->term[COVERED]);
    return 0;
}

static void
group_rows(Scores *scores)
{
    scores->n_groups = 0;
    for (size_t i = 0; i < scores->n; i++) {
        Group *group = &scores->groups[scores->n_groups];

        if (i == 0 || scores->rows[i]->horizon != scores->rows[i - 1]->horizon) {
            *group = (Group){.horizon = scores->rows[i]->horizon, .first = i};
            scores->n_groups++;
        } else
            group--;
        group->end = i + 1;
        for (int t = 0; t < N_TERMS; t++)
            group->sum[t] += scores->rows[i]->term[t];
    }
}

static Status
score_all(Env *env, const ProphetTrial *trials, size_t n, bool monthly, Scores *scores, Failure *failure)
{
    Scored *scored = ENV_NEW(env, n, Scored);

    *scores = (Scores){.n = n, .has_percentages = true, .has_bounds = true};
    scores->rows = ENV_NEW(env, n, const Scored *);
    scores->groups = ENV_NEW(env, n + 1, Group);
    if (scored == NULL || scores->rows == NULL || scores->groups == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_FAILED(score(&trials[i], monthly, &scored[i], failure));
        scores->rows[i] = &scored[i];
        if (fabs(trials[i].y) < LEAST_Y)
            scores->has_percentages = false;
        if (isnan(trials[i].yhat_lower) || isnan(trials[i].yhat_upper))
            scores->has_bounds = false;
    }
    RETURN_IF_FAILED(sort_pointers(env, (const void **)scores->rows, n, compare_scored, failure));
    group_rows(scores);
    return STATUS_SUCCESS;
}

static ProphetPerformance
performance_of(const Scores *scores, int64_t horizon, const double *mean, double median)
{
    return (ProphetPerformance){
        .horizon = horizon,
        .mse = mean[SE],
        .rmse = sqrt(mean[SE]),
        .mae = mean[AE],
        .mape = scores->has_percentages ? mean[APE] : NAN,
        .mdape = scores->has_percentages ? median : NAN,
        .smape = mean[SAPE],
        .coverage = scores->has_bounds ? mean[COVERED] : NAN,
    };
}

/* Moves the window's sums: sign 1 takes the group in, -1 out. */
static void
window_add(ExactSum *window, const Group *group, int sign)
{
    for (int t = 0; t < N_TERMS; t++)
        exact_sum_add(&window[t], sign * group->sum[t]);
}

static void
window_means(const ExactSum *window, const Group *smallest, size_t n_in_window, size_t w, double *mean)
{
    double share = (double)(n_in_window - w) / (double)(smallest->end - smallest->first);

    for (int t = 0; t < N_TERMS; t++) {
        int exponent;
        double fraction = exact_sum_fraction(&window[t], &exponent);

        mean[t] = (ldexp(fraction, exponent) - share * smallest->sum[t]) / (double)w;
    }
}

/* The rows of the group and as many before them as w asks for. */
static double
window_median(const Scores *scores, const Group *group, size_t w, double *scratch)
{
    size_t n = group->end - group->first > w ? group->end - group->first : w;
    double low, high;

    for (size_t i = 0; i < n; i++)
        scratch[i] = scores->rows[group->end - 1 - i]->term[APE];
    stats_quantile_pair(scratch, n, 0.5, 0.5, &low, &high);
    return low;
}

static Status
average(Env *env, const Scores *scores, size_t w, ProphetPerformance *rows, size_t *n_rows, Failure *failure)
{
    ExactSum *window = ENV_NEW(env, N_TERMS, ExactSum);
    double *scratch = ENV_NEW(env, scores->n, double);
    size_t n_in_window = 0, low = scores->n_groups;

    if (window == NULL || scratch == NULL)
        return fail_out_of_memory(failure);
    *n_rows = 0;
    for (size_t g = scores->n_groups; g-- > 0;) {
        const Group *group = &scores->groups[g];
        double mean[N_TERMS];

        if (env_cancelled(env))
            return fail_cancelled(failure);
        while (n_in_window < w && low > 0) {
            low--;
            window_add(window, &scores->groups[low], 1);
            n_in_window += scores->groups[low].end - scores->groups[low].first;
        }
        if (n_in_window < w)
            break;
        window_means(window, &scores->groups[low], n_in_window, w, mean);
        rows[(*n_rows)++] =
            performance_of(scores, group->horizon, mean, window_median(scores, group, w, scratch));
        window_add(window, group, -1);
        n_in_window -= group->end - group->first;
    }
    for (size_t i = 0; i < *n_rows / 2; i++) {
        ProphetPerformance row = rows[i];

        rows[i] = rows[*n_rows - 1 - i];
        rows[*n_rows - 1 - i] = row;
    }
    return STATUS_SUCCESS;
}

Status
prophet_performance(Env *env, const ProphetTrial *trials, size_t n, double rolling_window, bool monthly,
                    ProphetPerformance **rows, size_t *n_rows, Failure *failure)
{
    Scores scores;
    double w = trunc(rolling_window * (double)n);

    if (isnan(rolling_window))
        return fail(failure, STATUS_BAD_VALUE, "It is the share of rows to average over, 0.1 by default.",
                    "argument \"rolling_window\" must be a number");
    RETURN_IF_FAILED(score_all(env, trials, n, monthly, &scores, failure));
    *rows = ENV_NEW(env, n, ProphetPerformance);
    if (*rows == NULL)
        return fail_out_of_memory(failure);
    if (rolling_window >= 0)
        return average(env, &scores, w < 1 ? 1 : w > (double)n ? n : (size_t)w, *rows, n_rows, failure);
    for (size_t i = 0; i < n; i++)
        (*rows)[i] =
            performance_of(&scores, scores.rows[i]->horizon, scores.rows[i]->term, scores.rows[i]->term[APE]);
    *n_rows = n;
    return STATUS_SUCCESS;
}
