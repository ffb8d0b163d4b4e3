/*
 * expect.c - what a day should have brought: level x weekday index.
 *
 * Method: three passes. The level is a rolling median of the deseasonalised values over open days (29 of them
 * in the first two passes, 21 in the last), then a 7-day mean; the index of a weekday is the median of y /
 * level over its days. Medians keep outliers from bending what they are judged by. A weekday whose median is
 * 0 is shut: expected 0, in no statistic. Centred windows (batch) are cut at the ends. Trailing ones (causal)
 * hold the days before a day and never the day itself, so that history is judged as a new day would be.
 *
 * Departure: a metric of which more than one day in twenty is negative, or whose median is not positive, has
 * no useful ratio to its level; there the index is additive.
 *
 * Cost: three medians of up to 29 values a day. Hazards: a level of 0 gives no ratio and is passed over.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

#include "kit/quantile.h"

#define PASSES          3
#define WIDE_WINDOW     29
#define NARROW_WINDOW   21
#define MEAN_WINDOW     7
#define FEWEST_TRAILING 7 /* open days before a trailing level exists */
#define NEGATIVE_SHARE  0.05

/* The open days of a fit, as a list. */
typedef struct OpenDays {
    size_t n;
    size_t *day;
    double *medians; /* n + 1: the last is that of the day to come */
    double *levels;  /* n + 1 */
    double *scratch; /* n, at least WIDE_WINDOW */
} OpenDays;

bool
expectation_open(const Expectation *e, const Grid *grid, size_t t)
{
    return !isnan(grid->y[t]) && !grid->closed[t] && !e->shut[grid_weekday(grid, t)];
}

/* Median of the weekday's values, NaN when it has none. */
static double
weekday_median(const Grid *grid, const Expectation *e, size_t weekday, double *scratch)
{
    size_t n = 0;

    for (size_t t = e->from; t < e->to; t++)
        if (grid_weekday(grid, t) == weekday && !isnan(grid->y[t]) && !grid->closed[t])
            scratch[n++] = grid->y[t];
    return n > 0 ? median_in_place(scratch, n) : NAN;
}

static Status
list_open_days(Env *env, const Grid *grid, Expectation *e, OpenDays *open, Failure *failure)
{
    size_t n = e->to - e->from;

    open->day = ENV_NEW(env, n + 1, size_t);
    open->medians = ENV_NEW(env, n + 1, double);
    open->levels = ENV_NEW(env, n + 1, double);
    open->scratch = ENV_NEW(env, n + WIDE_WINDOW, double);
    e->level = ENV_NEW(env, n, double);
    if (open->day == NULL || open->medians == NULL || open->levels == NULL || open->scratch == NULL ||
        e->level == NULL)
        return fail_out_of_memory(failure);
    for (size_t w = 0; w < 7; w++) {
        double median = weekday_median(grid, e, w, open->scratch);

        e->shut[w] = isnan(median) || median == 0;
    }
    open->n = 0;
    for (size_t t = e->from; t < e->to; t++)
        if (expectation_open(e, grid, t))
            open->day[open->n++] = t;
    return STATUS_SUCCESS;
}

static bool
wants_additive(const Grid *grid, const OpenDays *open)
{
    size_t n_negative = 0;

    for (size_t k = 0; k < open->n; k++) {
        open->scratch[k] = grid->y[open->day[k]];
        n_negative += open->scratch[k] < 0;
    }
    return (double)n_negative > NEGATIVE_SHARE * (double)open->n ||
           !(median_in_place(open->scratch, open->n) > 0);
}

static double
without_season(const Expectation *e, const Grid *grid, size_t t)
{
    double index = e->index[grid_weekday(grid, t)];

    return e->additive ? grid->y[t] - index : grid->y[t] / index;
}

static size_t
window_begin(bool trailing, size_t k, size_t width)
{
    size_t before = trailing ? width : width / 2;

    return k > before ? k - before : 0;
}

/* Rolling medians of the deseasonalised values; NaN where a trailing window is too short. */
static void
roll_medians(const Expectation *e, const Grid *grid, OpenDays *open, size_t width)
{
    for (size_t k = 0; k <= open->n; k++) {
        size_t begin = window_begin(e->trailing, k, width), n = 0;
        size_t end = e->trailing ? k : k + width / 2 + 1;

        for (size_t j = begin; j < end && j < open->n; j++)
            open->scratch[n++] = without_season(e, grid, open->day[j]);
        open->medians[k] =
            n == 0 || (e->trailing && n < FEWEST_TRAILING) ? NAN : median_in_place(open->scratch, n);
    }
}

/* The 7-day mean of the medians; a trailing one ends with the day's own median, which is of the days before.
 */
static void
roll_means(const Expectation *e, OpenDays *open)
{
    size_t last = e->trailing ? open->n : open->n - 1;

    for (size_t k = 0; k <= last; k++) {
        size_t begin = window_begin(e->trailing, k, e->trailing ? MEAN_WINDOW - 1 : MEAN_WINDOW);
        size_t end = e->trailing ? k : k + MEAN_WINDOW / 2, n = 0;
        double sum = 0;

        for (size_t j = begin; j <= end && j <= last; j++)
            if (!isnan(open->medians[j])) {
                sum += open->medians[j];
                n++;
            }
        open->levels[k] = n > 0 && !isnan(open->medians[k]) ? sum / (double)n : NAN;
    }
}

static void
fit_index(Expectation *e, const Grid *grid, const OpenDays *open)
{
    for (size_t w = 0; w < 7; w++) {
        size_t n = 0;

        for (size_t k = 0; k < open->n; k++) {
            size_t t = open->day[k];
            double level = open->levels[k];

            if (grid_weekday(grid, t) != w || isnan(level) || (!e->additive && !(level > 0)))
                continue;
            open->scratch[n++] = e->additive ? grid->y[t] - level : grid->y[t] / level;
        }
        if (n > 0)
            e->index[w] = median_in_place(open->scratch, n);
        /* Without a usable ratio the weekday is taken as an average one. */
        if (n == 0 || (!e->additive && !(e->index[w] > 0)))
            e->index[w] = e->additive ? 0 : 1;
    }
}

/* Levels of all days: open ones as fitted; of others, centred by interpolation, trailing that of the next
 * open day, which only knows the days before. */
static void
spread_levels(Expectation *e, const OpenDays *open)
{
    size_t k = 0;

    for (size_t t = e->from; t < e->to; t++) {
        double *level = &e->level[t - e->from];

        while (k < open->n && open->day[k] < t)
            k++;
        if (e->trailing || (k < open->n && open->day[k] == t) || k == 0) {
            *level = open->levels[k];
        } else if (k == open->n) {
            *level = open->levels[k - 1];
        } else {
            double share = (double)(t - open->day[k - 1]) / (double)(open->day[k] - open->day[k - 1]);

            *level = open->levels[k - 1] + share * (open->levels[k] - open->levels[k - 1]);
        }
    }
}

static double
median_level(const OpenDays *open)
{
    size_t n = 0;

    for (size_t k = 0; k < open->n; k++)
        if (!isnan(open->levels[k]))
            open->scratch[n++] = open->levels[k];
    return n > 0 ? median_in_place(open->scratch, n) : NAN;
}

Status
expectation_fit(Env *env, const Grid *grid, size_t from, size_t to, bool trailing, Expectation *e,
                Failure *failure)
{
    OpenDays open = {0};

    memset(e, 0, sizeof(*e));
    e->from = from;
    e->to = to;
    e->trailing = trailing;
    RETURN_IF_FAILED(list_open_days(env, grid, e, &open, failure));
    e->usable = open.n >= ANOMALY_MIN_OPEN_DAYS;
    if (!e->usable)
        return STATUS_SUCCESS;
    e->additive = wants_additive(grid, &open);
    for (size_t w = 0; w < 7; w++)
        e->index[w] = e->additive ? 0 : 1;
    for (int pass = 1; pass <= PASSES; pass++) {
        roll_medians(e, grid, &open, pass < PASSES ? WIDE_WINDOW : NARROW_WINDOW);
        roll_means(e, &open);
        fit_index(e, grid, &open);
        if (env_cancelled(env))
            return fail_cancelled(failure);
    }
    spread_levels(e, &open);
    e->next_level = trailing ? open.levels[open.n] : NAN;
    e->median_level = median_level(&open);
    return STATUS_SUCCESS;
}

double
expectation_at(const Expectation *e, const Grid *grid, size_t t)
{
    size_t weekday = grid_weekday(grid, t);
    double level = t < e->to ? e->level[t - e->from] : e->next_level;

    if (e->shut[weekday])
        return isnan(level) ? NAN : 0;
    return e->additive ? level + e->index[weekday] : level * e->index[weekday];
}
