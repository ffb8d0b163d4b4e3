/*
 * reconcile.c - a total and its parts made coherent: bottom-up, top-down, MinT.
 *
 * MinT with the one constraint a'y = 0, a = (1, -1, ..., -1): y~ = y - W a (a'y) / (a'W a).
 */
#include "forecast/reconcile.h"

#include <math.h>
#include <string.h>

#include "kit/sort.h"

#define SINGULAR 1e-12 /* of the sum of variances: W says that the constraint holds already */

static int
compare_numbers(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (int)isnan(a) - (int)isnan(b);
    return (a > b) - (a < b);
}

static int
compare_errors(const Series *a, const Series *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (size_t i = 0; i < a->n; i++) {
        int c = (a->ds[i] > b->ds[i]) - (a->ds[i] < b->ds[i]);

        if (c == 0)
            c = compare_numbers(a->y[i], b->y[i]);
        if (c != 0)
            return c;
    }
    return 0;
}

/* A total order up to what makes no difference: the total first. */
static int
compare_rows(const void *a, const void *b)
{
    const ReconcileRow *x = a, *y = b;
    int c = (int)y->is_total - (int)x->is_total;

    if (c == 0)
        c = compare_numbers(x->yhat, y->yhat);
    if (c == 0)
        c = compare_numbers(x->past, y->past);
    return c != 0 ? c : compare_errors(&x->errors, &y->errors);
}

/* The total first, then the parts that have a forecast. */
static Status
collect(Env *env, const ReconcileRow *rows, size_t n, const ReconcileRow ***kept, size_t *n_kept,
        Failure *failure)
{
    size_t n_totals = 0, n_all = 0;

    *kept = ENV_NEW(env, n, const ReconcileRow *);
    if (*kept == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++) {
        n_totals += rows[i].is_total;
        if (isinf(rows[i].yhat))
            return fail(failure, STATUS_BAD_DATA, "Turn infinity into NULL, which takes no part.",
                        "argument \"yhat\" must be finite");
        if (rows[i].is_total || !isnan(rows[i].yhat))
            (*kept)[n_all++] = &rows[i];
    }
    if (n_totals != 1)
        return fail(
            failure, STATUS_BAD_DATA,
            "Partition by the date (and what else tells hierarchies apart); is_total marks one row of each.",
            "a partition must have one row with is_total, not %zu", n_totals);
    *n_kept = n_all;
    return sort_pointers(env, (const void **)*kept, n_all, compare_rows, failure);
}

static double
sum_of_parts(const double *y, size_t n)
{
    double sum = 0;

    for (size_t i = 1; i < n; i++)
        sum += y[i];
    return sum;
}

static Status
top_down(const ReconcileRow *const *rows, size_t n, double *y, Failure *failure)
{
    double sum = 0;

    for (size_t i = 1; i < n; i++) {
        double past = rows[i]->past;

        if (!(past >= 0) || isinf(past))
            return fail(
                failure, isnan(past) ? STATUS_NULL_VALUE : STATUS_BAD_VALUE,
                "Pass the part's sum over the last cycles, for example of eight weeks, for method top_down.",
                isnan(past) ? "argument \"past\" must not be null"
                            : "argument \"past\" must be finite and at least 0");
        sum += past;
    }
    if (!(sum > 0) && y[0] != 0 && n > 1)
        return fail(failure, STATUS_BAD_DATA, "Take a longer past, or method 'bottom_up'.",
                    "argument \"past\" is 0 in all parts");
    for (size_t i = 1; i < n; i++)
        y[i] = sum > 0 ? y[0] * (rows[i]->past / sum) : 0;
    return STATUS_SUCCESS;
}

typedef struct Solver {
    Shrunk w;
    double *a, *wa, *first; /* first: the forecasts as given */
} Solver;

/* One solution among the rows whose a is not 0; the others are held at 0. */
static void
solve(const Solver *s, double *y)
{
    double gap = 0, norm = 0, trace = 0;

    shrunk_times(&s->w, s->a, s->wa);
    for (size_t i = 0; i < s->w.n; i++) {
        gap += s->a[i] * s->first[i];
        norm += s->a[i] * s->wa[i];
        trace += s->a[i] * s->a[i] * s->w.variance[i];
    }
    if (!(norm > SINGULAR * trace)) {
        for (size_t i = 0; i < s->w.n; i++)
            s->wa[i] = s->w.variance[i] * s->a[i];
        norm = trace;
    }
    for (size_t i = 0; i < s->w.n; i++)
        y[i] = s->a[i] == 0 ? 0 : s->first[i] - s->wa[i] / norm * gap;
}

static Status
mint(Env *env, const ReconcileRow *const *rows, size_t n, bool nonnegative, double *y, Failure *failure)
{
    Solver s = {
        .a = ENV_NEW(env, n, double), .wa = ENV_NEW(env, n, double), .first = ENV_NEW(env, n, double)};
    bool again = true;

    if (s.a == NULL || s.wa == NULL || s.first == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(shrunk_build(env, rows, n, &s.w, failure));
    if (s.w.n_moments == 0)
        return fail(failure, STATUS_BAD_DATA,
                    "Pass series_agg(ds, y - yhat) over the rows of forecast_backtest, or another method.",
                    "method \"mint_shrink\" needs errors of past forecasts");
    memcpy(s.first, y, n * sizeof(double));
    for (size_t i = 0; i < n; i++)
        s.a[i] = i == 0 ? 1 : -1;
    while (again) {
        again = false;
        if (env_cancelled(env))
            return fail_cancelled(failure);
        solve(&s, y);
        for (size_t i = 1; nonnegative && i < n; i++)
            if (y[i] < 0) {
                s.a[i] = 0;
                y[i] = 0;
                again = true;
            }
    }
    return STATUS_SUCCESS;
}

static ReconcileBand
moved(const ReconcileRow *row, double yhat, bool nonnegative)
{
    double shift = yhat - row->yhat;
    ReconcileBand band = {yhat, row->lower + shift, row->upper + shift};

    if (nonnegative && band.lower < 0)
        band.lower = fmin(fmax(band.lower, fmin(row->lower, 0)), fmin(yhat, band.upper));
    return band;
}

static Status
put_bands(const ReconcileRow *rows, size_t n, const ReconcileRow *const *kept, const double *y, size_t n_kept,
          bool nonnegative, ReconcileBand *coherent, Failure *failure)
{
    for (size_t i = 0; i < n; i++)
        coherent[i] = (ReconcileBand){NAN, NAN, NAN};
    for (size_t i = 0; i < n_kept; i++) {
        if (isinf(y[i]))
            return fail(failure, STATUS_BAD_DATA, "Divide the values by a constant first.",
                        "a coherent forecast exceeds double precision");
        coherent[kept[i] - rows] = moved(kept[i], y[i], nonnegative);
    }
    return STATUS_SUCCESS;
}

Status
reconcile(Env *env, const ReconcileRow *rows, size_t n, ReconcileMethod method, bool nonnegative,
          ReconcileBand *coherent, Failure *failure)
{
    const ReconcileRow **kept;
    size_t n_kept = 0;
    double *y;

    RETURN_IF_FAILED(collect(env, rows, n, &kept, &n_kept, failure));
    y = ENV_NEW(env, n_kept, double);
    if (y == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n_kept; i++)
        y[i] = kept[i]->yhat;
    if (n_kept > 1 && !isnan(y[0])) {
        if (method == RECONCILE_TOP_DOWN)
            RETURN_IF_FAILED(top_down(kept, n_kept, y, failure));
        else if (method == RECONCILE_MINT_SHRINK)
            RETURN_IF_FAILED(mint(env, kept, n_kept, nonnegative, y, failure));
    }
    if (n_kept > 1)
        y[0] = sum_of_parts(y, n_kept);
    return put_bands(rows, n, kept, y, n_kept, nonnegative, coherent, failure);
}
