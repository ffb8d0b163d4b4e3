/*
 * view.c - what is known at an origin, cleaned with nothing that comes after it.
 *
 * A weekday without any value but 0 in the last eight weeks is closed: it is taken out, its forecast is 0. A
 * 0 on an open weekday, where these are rare, is a closed day: methods see the median of the same weekday one
 * and two weeks before and after. Unknown cells are interpolated, up to three in a row linearly, more by the
 * cycles beside them; at the end the last cycle stands in.
 */
#include <math.h>
#include <string.h>

#include "forecast/grid.h"
#include "kit/quantile.h"

#define CLOSED_WEEKS     8
#define FEWEST_WEEKS     4    /* before a weekday can be closed */
#define MOST_CLOSED_DAYS 0.25 /* share of zeros above which they are demand, not closures */
#define LINEAR_GAP       3
#define NEIGHBOURS       2 /* cycles on either side */
#define OUTLIER_MAD      5
#define OUTLIER_IQR      3
#define MAD_TO_SD        1.4826

static void
find_closed_weekdays(const CellGrid *grid, size_t n, bool *closed)
{
    size_t from = n > CLOSED_WEEKS * WEEK ? n - CLOSED_WEEKS * WEEK : 0, n_closed = 0;
    bool seen[WEEK] = {false};

    memset(closed, 0, WEEK * sizeof(bool));
    if (!grid->daily || n < FEWEST_WEEKS * WEEK)
        return;
    for (size_t t = from; t < n; t++)
        seen[t % WEEK] = seen[t % WEEK] || (grid->y[t] != 0); /* NaN is not 0: nothing is known of it */
    for (size_t j = 0; j < WEEK; j++) {
        closed[j] = !seen[j];
        n_closed += closed[j];
    }
    if (n_closed == WEEK)
        memset(closed, 0, WEEK * sizeof(bool));
}

static Status
compact(Env *env, const CellGrid *grid, size_t n, size_t horizon, View *view, double **y, Failure *failure)
{
    int64_t *ds = ENV_NEW(env, n + horizon, int64_t);
    size_t n_train = 0;

    view->cell = ENV_NEW(env, n, size_t);
    view->note = ENV_NEW(env, n, unsigned char);
    view->place = ENV_NEW(env, horizon, size_t);
    *y = ENV_NEW(env, n, double);
    if (ds == NULL || view->cell == NULL || view->note == NULL || view->place == NULL || *y == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = n > FORECAST_MAX_VALUES ? n - FORECAST_MAX_VALUES : 0; t < n; t++)
        if (!grid->daily || !view->closed[t % WEEK]) {
            ds[n_train] = grid->ds[t];
            view->cell[n_train] = t;
            view->note[n_train] = grid->note[t];
            (*y)[n_train++] = grid->y[t];
        }
    view->horizon = horizon;
    view->n_steps = 0;
    for (size_t i = 0; i < horizon; i++) {
        bool closed = grid->daily && view->closed[(n + i) % WEEK];

        view->place[i] = closed ? CLOSED_CELL : view->n_steps;
        if (!closed)
            ds[n_train + view->n_steps++] = grid->ds[n + i];
    }
    view->train.n = n_train;
    view->train.ds = ds;
    return STATUS_SUCCESS;
}

/* The mean of the nearest known values of the same phase before and after; NaN without any. */
static double
beside(const double *y, const bool *known, size_t n, size_t m, size_t t)
{
    double sum = 0, count = 0;

    for (size_t back = t; back >= m;) {
        back -= m;
        if (known[back]) {
            sum += y[back];
            count++;
            break;
        }
    }
    for (size_t later = t + m; later < n; later += m)
        if (known[later]) {
            sum += y[later];
            count++;
            break;
        }
    return count > 0 ? sum / count : NAN;
}

static void
fill_gap(double *y, const bool *known, size_t n, size_t m, size_t from, size_t to)
{
    bool inside = from > 0 && to < n;

    for (size_t t = from; t < to; t++) {
        double value = NAN;

        if (inside && to - from <= LINEAR_GAP)
            value = y[from - 1] + (y[to] - y[from - 1]) * (double)(t - from + 1) / (double)(to - from + 1);
        else if (m > 1)
            value = beside(y, known, n, m, t);
        if (isnan(value))
            value = from > 0 ? y[from - 1] : y[to];
        y[t] = value;
    }
}

/* The first known value stands at 0 or the grid would begin later; closed weekdays may move it. */
static Status
fill_gaps(Env *env, double *y, size_t n, size_t m, bool *has_gaps, bool **known, Failure *failure)
{
    *has_gaps = false;
    *known = ENV_NEW(env, n, bool);
    if (*known == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < n; t++) {
        (*known)[t] = !isnan(y[t]);
        *has_gaps = *has_gaps || !(*known)[t];
    }
    for (size_t t = 0; t < n; t++) {
        size_t to = t;

        while (to < n && !(*known)[to])
            to++;
        if (to > t && to - t < n)
            fill_gap(y, *known, n, m, t, to);
        else if (to - t == n)
            memset(y, 0, n * sizeof(double));
        t = to;
    }
    return STATUS_SUCCESS;
}

/* Of the same phase up to NEIGHBOURS cycles before and after, without t itself; returns how many. */
static size_t
neighbours(const double *y, size_t n, size_t m, size_t t, bool positive, double *values)
{
    size_t count = 0;

    for (size_t k = 1; k <= NEIGHBOURS; k++) {
        if (t >= k * m && (!positive || y[t - k * m] > 0))
            values[count++] = y[t - k * m];
        if (t + k * m < n && (!positive || y[t + k * m] > 0))
            values[count++] = y[t + k * m];
    }
    return count;
}

static void
fill_closed_days(double *y, const double *raw, size_t n, size_t m, unsigned char *note)
{
    double values[2 * NEIGHBOURS];
    size_t zeros = 0;

    for (size_t t = 0; t < n; t++) {
        zeros += raw[t] == 0;
        if (raw[t] < 0)
            return;
    }
    if (!((double)zeros < MOST_CLOSED_DAYS * (double)n))
        return;
    for (size_t t = 0; t < n; t++) {
        size_t k = raw[t] == 0 ? neighbours(raw, n, m, t, true, values) : 0;

        if (k > 0) {
            y[t] = median_in_place(values, k);
            note[t] = FORECAST_NOTE_CLOSED_DAY;
        }
    }
}

static Status
replace_outliers(Env *env, double *y, size_t n, size_t m, unsigned char *note, Failure *failure)
{
    double *fitted = ENV_NEW(env, 3 * n, double), *r, *sorted, mad, iqr;

    if (fitted == NULL)
        return fail_out_of_memory(failure);
    r = fitted + n;
    sorted = r + n;
    for (size_t t = 0; t < n; t++) {
        double values[2 * NEIGHBOURS + 1];
        size_t k = neighbours(y, n, m, t, false, values);

        values[k++] = y[t];
        fitted[t] = median_in_place(values, k);
        sorted[t] = r[t] = y[t] - fitted[t];
    }
    median_in_place(sorted, n);
    iqr = quantile_sorted(sorted, n, 0.75) - quantile_sorted(sorted, n, 0.25);
    for (size_t t = 0; t < n; t++)
        sorted[t] = fabs(r[t]);
    mad = median_in_place(sorted, n);
    for (size_t t = 0; t < n; t++)
        if (fabs(r[t]) > OUTLIER_MAD * MAD_TO_SD * mad && fabs(r[t]) > OUTLIER_IQR * iqr) {
            y[t] = fitted[t];
            note[t] = FORECAST_NOTE_OUTLIER;
        }
    return STATUS_SUCCESS;
}

Status
view_build(Env *env, const CellGrid *grid, const ForecastOptions *options, size_t n, size_t horizon,
           View *view, Failure *failure)
{
    size_t m = grid->season;
    bool has_gaps, *known;
    double *y, *raw;

    *view = (View){0};
    find_closed_weekdays(grid, n, view->closed);
    for (size_t j = 0; grid->daily && j < WEEK; j++)
        m -= view->closed[j];
    RETURN_IF_FAILED(compact(env, grid, n, horizon, view, &y, failure));
    n = view->train.n;
    RETURN_IF_FAILED(fill_gaps(env, y, n, m, &has_gaps, &known, failure));
    raw = ENV_NEW(env, n, double);
    if (raw == NULL)
        return fail_out_of_memory(failure);
    memcpy(raw, y, n * sizeof(double));
    if (grid->daily)
        fill_closed_days(y, raw, n, m, view->note);
    if (options->clean_outliers && n > 2 * m)
        RETURN_IF_FAILED(replace_outliers(env, y, n, m, view->note, failure));
    view->train.y = y;
    view->train.known = has_gaps && options->gaps == FORECAST_MISSING ? known : NULL;
    view->train.season = m < n ? m : 1;
    view->train.long_season = grid->long_season;
    view->is_constant = true;
    for (size_t t = 1; t < n; t++)
        view->is_constant = view->is_constant && y[t] == y[0];
    return STATUS_SUCCESS;
}
