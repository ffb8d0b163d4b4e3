/*
 * cholesky.h - factor and triangular solves of small dense symmetric matrices, safe on singular ones.
 *
 * Matrices are n x n in row-major order; only the lower triangle is read and written. A column that depends
 * on those before it (pivot <= CHOLESKY_SINGULAR of its diagonal) is dropped: its factor row is zero with a
 * diagonal of 0, and the solves give it the coefficient 0, which is the answer for a coefficient whose prior
 * pins it to 0.
 */
#ifndef BI_ML_KIT_CHOLESKY_H
#define BI_ML_KIT_CHOLESKY_H

#include <stddef.h>

/* Rounding of the pivot's subtraction is a few n eps of the diagonal: below this it is noise. */
#define CHOLESKY_SINGULAR 1e-14

/* a becomes its factor L with L L' = a. Returns the number of dropped columns. n^3 / 6 multiplications. */
size_t cholesky_factor(double *a, size_t n);
/* Row i of the factor, all rows above it being done; false when it was dropped. */
int cholesky_factor_row(double *a, size_t n, size_t i);
/* x becomes L^-1 x, and L'^-1 x. */
void cholesky_forward(const double *factor, size_t n, double *x);
void cholesky_backward(const double *factor, size_t n, double *x);
/* Each of the n_columns columns of the n x n_columns row-major matrix x becomes L^-1 of itself. */
void cholesky_forward_columns(const double *factor, size_t n, double *x, size_t n_columns);
/* Row i of that, all rows above it being done. */
void cholesky_forward_row(const double *factor, size_t n, double *x, size_t n_columns, size_t i);

#endif
