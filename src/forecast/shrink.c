/*
 * shrink.c - the covariance of past errors, shrunk towards its diagonal.
 *
 * With e* the errors in units of their root mean square, w_t = e*_ti e*_tj, its mean r_ij over the N moments
 * and the sum V_ij of (w_t - r_ij)^2: lambda = sum V_ij / (N (N - 1) sum r_ij^2) over i <> j. Both sums come
 * from row sums and from the Gram matrix of whichever side is the shorter.
 */
#include <math.h>

#include "forecast/reconcile.h"

#define SMALLEST_SHARE 1e-8 /* of the mean variance, for a series that never erred */
#define CANCEL_EACH    64

static size_t
next_known(const Series *series, size_t j)
{
    while (j < series->n && isnan(series->y[j]))
        j++;
    return j;
}

/* The union of the moments u and those of the series' numbers, into out unless that is NULL; how many. */
static size_t
merge_moments(const int64_t *u, size_t n, const Series *series, int64_t *out)
{
    size_t i = 0, j = next_known(series, 0), count = 0;

    while (i < n || j < series->n) {
        int64_t ds = j == series->n || (i < n && u[i] < series->ds[j]) ? u[i] : series->ds[j];

        if (i < n && u[i] == ds)
            i++;
        while (j < series->n && series->ds[j] == ds)
            j = next_known(series, j + 1);
        if (out != NULL)
            out[count] = ds;
        count++;
    }
    return count;
}

static Status
all_moments(Env *env, const ReconcileRow *const *rows, size_t n, int64_t **moments, size_t *n_moments,
            Failure *failure)
{
    *moments = NULL;
    *n_moments = 0;
    for (size_t i = 0; i < n; i++) {
        size_t count = merge_moments(*moments, *n_moments, &rows[i]->errors, NULL);

        if (env_cancelled(env))
            return fail_cancelled(failure);
        if (count > *n_moments) {
            int64_t *merged = ENV_NEW(env, count, int64_t);

            if (merged == NULL)
                return fail_out_of_memory(failure);
            merge_moments(*moments, *n_moments, &rows[i]->errors, merged);
            *moments = merged;
            *n_moments = count;
        }
    }
    return STATUS_SUCCESS;
}

/* The greatest size of any error, and of a forecast that stands in for one. */
static Status
find_scale(const ReconcileRow *const *rows, size_t n, double *scale, Failure *failure)
{
    *scale = 0;
    for (size_t i = 0; i < n; i++) {
        const Series *s = &rows[i]->errors;

        *scale = fmax(*scale, fabs(rows[i]->yhat));
        for (size_t j = 0; j < s->n; j++) {
            if (isinf(s->y[j]))
                return fail(failure, STATUS_BAD_DATA,
                            "Replace infinite values, with NULL where they are unknown.",
                            "argument \"errors\" holds an infinite value");
            if (!isnan(s->y[j]))
                *scale = fmax(*scale, fabs(s->y[j]));
        }
    }
    return STATUS_SUCCESS;
}

/* Means of the errors of each moment, in units of scale; returns how many moments have one. */
static size_t
fill_errors(const Series *series, const int64_t *moments, size_t n_moments, double scale, double *e)
{
    size_t j = next_known(series, 0), n_known = 0;

    for (size_t t = 0; t < n_moments; t++) {
        double sum = 0, count = 0;

        for (; j < series->n && series->ds[j] == moments[t]; j = next_known(series, j + 1)) {
            sum += series->y[j] / scale;
            count++;
        }
        e[t] = count > 0 ? sum / count : 0;
        n_known += count > 0;
    }
    return n_known;
}

static void
fill_variances(const ReconcileRow *const *rows, const size_t *n_known, Shrunk *s)
{
    double trace = 0, least;

    for (size_t i = 0; i < s->n; i++) {
        double forecast = s->scale > 0 ? rows[i]->yhat / s->scale : 0;

        s->variance[i] = n_known[i] > 0 ? s->square[i] / (double)n_known[i] : forecast * forecast;
        trace += s->variance[i];
    }
    least = trace > 0 ? SMALLEST_SHARE * trace / (double)s->n : 1;
    for (size_t i = 0; i < s->n; i++)
        if (!(s->variance[i] > 0))
            s->variance[i] = least;
}

/* The sum of the squared inner products of all pairs of the n vectors, each of `length` numbers `step` apart,
 * the first numbers `stride` apart; a vector with itself included. */
static Status
sum_of_squared_products(Env *env, const double *x, size_t n, size_t stride, size_t length, size_t step,
                        double *sum, Failure *failure)
{
    *sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            const double *a = x + i * stride, *b = x + j * stride;
            double product = 0;

            if (j % CANCEL_EACH == 0 && env_cancelled(env))
                return fail_cancelled(failure);
            for (size_t t = 0; t < length; t++)
                product += a[t * step] * b[t * step];
            *sum += (i == j ? 1 : 2) * product * product;
        }
    return STATUS_SUCCESS;
}

static Status
find_lambda(Env *env, Shrunk *s, Failure *failure)
{
    double *x = ENV_NEW(env, s->n * s->n_moments, double), n = (double)s->n_moments;
    double squares = 0, products, own = 0;

    if (x == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < s->n; i++) {
        double root = sqrt(s->variance[i]), q = s->square[i] / s->variance[i];

        for (size_t t = 0; t < s->n_moments; t++)
            x[i * s->n_moments + t] = s->e[i * s->n_moments + t] / root;
        own += q * q;
    }
    for (size_t t = 0; t < s->n_moments; t++) {
        double sum = 0, fourth = 0;

        for (size_t i = 0; i < s->n; i++) {
            double v = x[i * s->n_moments + t], q = v * v;

            sum += q;
            fourth += q * q;
        }
        squares += sum * sum - fourth;
    }
    if (s->n <= s->n_moments)
        RETURN_IF_FAILED(
            sum_of_squared_products(env, x, s->n, s->n_moments, s->n_moments, 1, &products, failure));
    else
        RETURN_IF_FAILED(
            sum_of_squared_products(env, x, s->n_moments, 1, s->n, s->n_moments, &products, failure));
    products = fmax(products - own, 0) / (n * n); /* the sum of r_ij^2 */
    s->lambda = n > 1 && products > 0 ? (squares - n * products) / (n * (n - 1) * products) : 1;
    s->lambda = fmin(fmax(s->lambda, 0), 1);
    return STATUS_SUCCESS;
}

Status
shrunk_build(Env *env, const ReconcileRow *const *rows, size_t n, Shrunk *s, Failure *failure)
{
    size_t *n_known = ENV_NEW(env, n, size_t);
    int64_t *moments;

    *s = (Shrunk){.n = n};
    RETURN_IF_FAILED(all_moments(env, rows, n, &moments, &s->n_moments, failure));
    if (s->n_moments > RECONCILE_MAX_ERRORS / n)
        return fail(failure, STATUS_TOO_BIG,
                    "Pass the errors of fewer moments, for example of the last 12 origins.",
                    "argument \"errors\" of %zu series has %zu moments: more than %zu numbers", n,
                    s->n_moments, RECONCILE_MAX_ERRORS);
    RETURN_IF_FAILED(find_scale(rows, n, &s->scale, failure));
    s->e = ENV_NEW(env, n * s->n_moments, double);
    s->square = ENV_NEW(env, n, double);
    s->variance = ENV_NEW(env, n, double);
    if (n_known == NULL || s->e == NULL || s->square == NULL || s->variance == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n && s->scale > 0; i++) {
        double *e = s->e + i * s->n_moments;

        if (env_cancelled(env))
            return fail_cancelled(failure);
        n_known[i] = fill_errors(&rows[i]->errors, moments, s->n_moments, s->scale, e);
        for (size_t t = 0; t < s->n_moments; t++)
            s->square[i] += e[t] * e[t];
    }
    fill_variances(rows, n_known, s);
    return find_lambda(env, s, failure);
}

void
shrunk_times(const Shrunk *s, const double *a, double *product)
{
    double keep = s->n_moments > 0 ? (1 - s->lambda) / (double)s->n_moments : 0;

    for (size_t i = 0; i < s->n; i++)
        product[i] = (s->variance[i] - keep * s->square[i]) * a[i];
    for (size_t t = 0; keep > 0 && t < s->n_moments; t++) {
        double sum = 0;

        for (size_t i = 0; i < s->n; i++)
            sum += s->e[i * s->n_moments + t] * a[i];
        for (size_t i = 0; i < s->n; i++)
            product[i] += keep * s->e[i * s->n_moments + t] * sum;
    }
}
