/*
 * future.c - the moments to forecast.
 *
 * The frequency is read off all known moments: the commonest gap counts, so that closed weekends do not
 * stretch a daily series. Between month starts, and between month ends, the gaps are counted in months, since
 * months differ in length. Months step from the last known moment as the anchor (31 January, 28 February,
 * 31 March), never from the step before.
 */
#include <math.h>

#include "kit/civil.h"
#include "kit/stats.h"
#include "prophet/prophet_internal.h"

#define SHORTEST_MONTH UINT64_C(28) /* days */
#define LAST_YEAR      294276

/* True when every moment satisfies `is_edge` and no two distinct ones share a month. */
static bool
all_monthly(const Series *history, bool (*is_edge)(int64_t))
{
    for (size_t i = 0; i < history->n; i++) {
        bool within_month =
            i > 0 && history->ds[i] != history->ds[i - 1] &&
            (uint64_t)history->ds[i] - (uint64_t)history->ds[i - 1] < SHORTEST_MONTH * CIVIL_DAY;

        if (!is_edge(history->ds[i]) || within_month)
            return false;
    }
    return true;
}

static double
months_of(int64_t moment)
{
    CivilDate date = civil_date(civil_day_of(moment));

    return (double)(date.year * 12 + date.month);
}

/* The gaps between distinct moments, in months or microseconds, as doubles: exact below 2^53 microseconds,
 * 285 years. */
static double *
gaps_of(Env *env, const Series *history, bool in_months, size_t *n)
{
    double *gaps = ENV_NEW(env, history->n, double);

    *n = 0;
    for (size_t i = 1; gaps != NULL && i < history->n; i++) {
        if (history->ds[i] > history->ds[i - 1])
            gaps[(*n)++] = in_months ? months_of(history->ds[i]) - months_of(history->ds[i - 1])
                                     : (double)((uint64_t)history->ds[i] - (uint64_t)history->ds[i - 1]);
    }
    return gaps;
}

/* The only candidate that can hold more than half of the gaps, by Boyer and Moore's vote; 0 when it does not.
 */
static double
majority(const double *gaps, size_t n)
{
    double candidate = 0;
    size_t votes = 0, count = 0;

    for (size_t i = 0; i < n; i++) {
        if (votes == 0)
            candidate = gaps[i];
        votes = gaps[i] == candidate ? votes + 1 : votes - 1;
    }
    for (size_t i = 0; i < n; i++)
        count += gaps[i] == candidate;
    return count > n / 2 ? candidate : 0;
}

Status
prophet_infer_step(Env *env, const Series *history, ProphetStep *step, Failure *failure)
{
    bool in_months = all_monthly(history, civil_is_month_start) || all_monthly(history, civil_is_month_end);
    double *gaps, gap;
    size_t n;

    step->months = 0;
    step->micros = CIVIL_DAY;
    gaps = gaps_of(env, history, in_months, &n);
    if (gaps == NULL)
        return fail_out_of_memory(failure);
    if (n == 0)
        return STATUS_SUCCESS;
    gap = majority(gaps, n);
    if (gap == 0)
        gap = stats_mode(gaps, n);
    step->months = in_months ? (int64_t)gap : 0;
    step->micros = in_months ? 0 : (int64_t)fmin(gap, 0x1p62);
    return STATUS_SUCCESS;
}

/* The moment i steps after the anchor; false beyond the calendar. */
static bool
step_from(int64_t anchor, ProphetStep step, int64_t i, bool to_month_end, int64_t *moment)
{
    int64_t months, micros;

    if (__builtin_mul_overflow(step.months, i, &months) || __builtin_mul_overflow(step.micros, i, &micros) ||
        civil_date(civil_day_of(anchor)).year + months / 12 > LAST_YEAR)
        return false;
    *moment = months > 0 ? civil_add_months(anchor, months, to_month_end) : anchor;
    return *moment < CIVIL_END && !__builtin_add_overflow(*moment, micros, moment) && *moment < CIVIL_END;
}

Status
prophet_future(Env *env, const Series *history, ProphetStep step, size_t horizon, int64_t **ds,
               Failure *failure)
{
    int64_t anchor = history->ds[history->n - 1];
    bool to_month_end = step.months > 0 && step.micros == 0 && all_monthly(history, civil_is_month_end);

    *ds = ENV_NEW(env, horizon, int64_t);
    if (*ds == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < horizon; i++) {
        if (!step_from(anchor, step, (int64_t)i + 1, to_month_end, &(*ds)[i]))
            return fail(failure, STATUS_BAD_VALUE, "Forecast fewer or shorter steps.",
                        "argument \"horizon\": step %zu lies beyond the calendar's end", i + 1);
    }
    return STATUS_SUCCESS;
}
