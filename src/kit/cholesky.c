/*
 * cholesky.c - the row-oriented (Cholesky-Banachiewicz) order, so that rows can be appended one at a time.
 *
 * Reference: Golub and Van Loan, "Matrix Computations", section 4.2. No pivoting: the callers' matrices are
 * ridge-regularised Gram matrices whose leading columns matter most.
 */
#include "kit/cholesky.h"

#include <math.h>

static double
dot(const double *a, const double *b, size_t n)
{
    double even = 0, odd = 0;
    size_t i = 0;

    for (; i + 1 < n; i += 2) {
        even += a[i] * b[i];
        odd += a[i + 1] * b[i + 1];
    }
    return i < n ? even + odd + a[i] * b[i] : even + odd;
}

int
cholesky_factor_row(double *a, size_t n, size_t i)
{
    double *row = a + i * n;
    double diagonal = row[i], pivot;

    for (size_t j = 0; j < i; j++) {
        double d = a[j * n + j];

        row[j] = d > 0 ? (row[j] - dot(row, a + j * n, j)) / d : 0;
    }
    pivot = diagonal - dot(row, row, i);
    if (pivot > CHOLESKY_SINGULAR * diagonal) {
        row[i] = sqrt(pivot);
        return 1;
    }
    for (size_t j = 0; j <= i; j++)
        row[j] = 0;
    return 0;
}

size_t
cholesky_factor(double *a, size_t n)
{
    size_t n_dropped = 0;

    for (size_t i = 0; i < n; i++)
        n_dropped += !cholesky_factor_row(a, n, i);
    return n_dropped;
}

void
cholesky_forward(const double *factor, size_t n, double *x)
{
    for (size_t i = 0; i < n; i++) {
        double d = factor[i * n + i];

        x[i] = d > 0 ? (x[i] - dot(factor + i * n, x, i)) / d : 0;
    }
}

void
cholesky_backward(const double *factor, size_t n, double *x)
{
    for (size_t i = n; i-- > 0;) {
        double d = factor[i * n + i];

        x[i] = d > 0 ? x[i] / d : 0;
        for (size_t j = 0; j < i; j++)
            x[j] -= factor[i * n + j] * x[i];
    }
}

void
cholesky_forward_row(const double *factor, size_t n, double *x, size_t n_columns, size_t i)
{
    double d = factor[i * n + i];
    double *row = x + i * n_columns;

    for (size_t j = 0; j < i; j++) {
        double f = factor[i * n + j];

        for (size_t c = 0; c < n_columns; c++)
            row[c] -= f * x[j * n_columns + c];
    }
    for (size_t c = 0; c < n_columns; c++)
        row[c] = d > 0 ? row[c] / d : 0;
}

void
cholesky_forward_columns(const double *factor, size_t n, double *x, size_t n_columns)
{
    for (size_t i = 0; i < n; i++)
        cholesky_forward_row(factor, n, x, n_columns, i);
}
