/*
 * series.c - from rows in any order to a Series.
 *
 * Method: bottom-up merge sort of row pointers with a total order on (ds, y, columns); rows that come sorted,
 * as from an index scan, are found in one pass and not sorted. NaN sorts last, as in PostgreSQL. The result
 * is a function of the multiset of rows, bit for bit: NaN payloads and the sign of zero are normalised first.
 * Memory: the rows' copy and two arrays of pointers.
 */
#include "series/series.h"

#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "series/series_internal.h"

Status
series_check_ds(int64_t ds, Failure *failure)
{
    if (ds >= CIVIL_MIN && ds < CIVIL_END)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, "Leave infinite dates out, for example with FILTER.",
                "argument \"ds\" must be a finite timestamp");
}

static int
compare_numbers(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

static int
compare_rows(const SeriesCell *a, const SeriesCell *b, size_t n_columns)
{
    if (a->ds != b->ds)
        return a->ds < b->ds ? -1 : 1;
    for (size_t c = 1; c < n_columns + 2; c++) {
        int order = compare_numbers(a[c].number, b[c].number);

        if (order != 0)
            return order;
    }
    return 0;
}

static void
merge(const SeriesCell **from, const SeriesCell **to, size_t begin, size_t middle, size_t end,
      size_t n_columns)
{
    size_t left = begin, right = middle;

    for (size_t i = begin; i < end; i++) {
        bool take_left =
            right == end || (left < middle && compare_rows(from[left], from[right], n_columns) <= 0);

        to[i] = take_left ? from[left++] : from[right++];
    }
}

static bool
is_sorted(const SeriesCell **rows, size_t n, size_t n_columns)
{
    for (size_t i = 1; i < n; i++) {
        if (compare_rows(rows[i - 1], rows[i], n_columns) > 0)
            return false;
    }
    return true;
}

/* Sorts *rows with *spare as the second buffer; the sorted one comes back in *rows. */
static Status
sort_rows(Env *env, const SeriesCell ***rows, const SeriesCell **spare, size_t n, size_t n_columns)
{
    if (is_sorted(*rows, n, n_columns))
        return STATUS_SUCCESS;
    for (size_t width = 1; width < n; width *= 2) {
        const SeriesCell **from = *rows;

        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t middle = begin + width < n ? begin + width : n;
            size_t end = begin + 2 * width < n ? begin + 2 * width : n;

            merge(from, spare, begin, middle, end, n_columns);
        }
        *rows = spare;
        spare = from;
        if (env_cancelled(env))
            return STATUS_CANCELLED;
    }
    return STATUS_SUCCESS;
}

Status
series_new(Env *env, size_t n, size_t n_columns, Series *out, Failure *failure)
{
    double *cells;

    if (n_columns > SERIES_MAX_COLUMNS || n > SERIES_MAX_CELLS / (2 + n_columns))
        return fail(failure, STATUS_TOO_BIG, "Aggregate to a coarser frequency, or split the series.",
                    "a timeseries holds at most %zu columns and %zu numbers in all",
                    (size_t)SERIES_MAX_COLUMNS, SERIES_MAX_CELLS);
    out->n = n;
    out->n_columns = n_columns;
    out->ds = ENV_NEW(env, n, int64_t);
    out->y = ENV_NEW(env, n, double);
    out->columns = ENV_NEW(env, n_columns, double *);
    cells = ENV_NEW(env, n * n_columns, double);
    if (out->ds == NULL || out->y == NULL || out->columns == NULL || cells == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < n_columns; c++)
        out->columns[c] = cells + c * n;
    return STATUS_SUCCESS;
}

static double
normal_number(double v)
{
    return isnan(v) ? NAN : v + 0.0; /* -0 + 0 is 0 */
}

static SeriesCell *
normal_rows(Env *env, const SeriesCell *rows, size_t n, size_t n_columns)
{
    size_t width = 2 + n_columns;
    SeriesCell *copy = ENV_NEW(env, n * width, SeriesCell);

    for (size_t i = 0; copy != NULL && i < n; i++) {
        copy[i * width].ds = rows[i * width].ds;
        for (size_t c = 1; c < width; c++)
            copy[i * width + c].number = normal_number(rows[i * width + c].number);
    }
    return copy;
}

Status
series_from_rows(Env *env, const SeriesCell *rows, size_t n, size_t n_columns, Series *out, Failure *failure)
{
    Series series;
    const SeriesCell **order, **spare;
    SeriesCell *copy;
    Status status;

    RETURN_IF_FAILED(series_new(env, n, n_columns, &series, failure));
    order = ENV_NEW(env, n, const SeriesCell *);
    spare = ENV_NEW(env, n, const SeriesCell *);
    copy = normal_rows(env, rows, n, n_columns);
    if (order == NULL || spare == NULL || copy == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++)
        order[i] = copy + i * (2 + n_columns);
    status = sort_rows(env, &order, spare, n, n_columns);
    if (status != STATUS_SUCCESS)
        return fail_cancelled(failure);
    for (size_t i = 0; i < n; i++) {
        series.ds[i] = order[i][0].ds;
        series.y[i] = order[i][1].number;
        for (size_t c = 0; c < n_columns; c++)
            series.columns[c][i] = order[i][2 + c].number;
    }
    *out = series;
    return STATUS_SUCCESS;
}

static bool
normal_bits(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double want = normal_number(v[i]);

        if (memcmp(&v[i], &want, sizeof(want)) != 0)
            return false;
    }
    return true;
}

static int
compare_at(const Series *s, size_t a, size_t b)
{
    int order = s->ds[a] != s->ds[b] ? (s->ds[a] < s->ds[b] ? -1 : 1) : compare_numbers(s->y[a], s->y[b]);

    for (size_t c = 0; order == 0 && c < s->n_columns; c++)
        order = compare_numbers(s->columns[c][a], s->columns[c][b]);
    return order;
}

bool
series_sane(const Series *s)
{
    if (!normal_bits(s->y, s->n))
        return false;
    for (size_t c = 0; c < s->n_columns; c++) {
        if (!normal_bits(s->columns[c], s->n))
            return false;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (s->ds[i] < CIVIL_MIN || s->ds[i] >= CIVIL_END || (i > 0 && compare_at(s, i - 1, i) > 0))
            return false;
    }
    return true;
}
