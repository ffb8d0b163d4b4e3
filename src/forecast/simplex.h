/*
 * simplex.h - the minimum of a function of a few variables, without derivatives and without memory.
 *
 * Method: J. A. Nelder, R. Mead, "A simplex method for function minimization" (1965), with the usual
 * coefficients 1, 2, 1/2, 1/2.
 */
#ifndef BI_ML_FORECAST_SIMPLEX_H
#define BI_ML_FORECAST_SIMPLEX_H

#include <stddef.h>

#define SIMPLEX_MOST_VARIABLES 4

typedef double (*SimplexFunction)(void *context, const double *x);

/* x (n <= SIMPLEX_MOST_VARIABLES variables) is the start and becomes the best point found; returns its value.
 * The function must be finite, or huge, everywhere. Stops when all corners lie within `tolerance` of the best
 * one in every variable, or after `most_calls`. */
double simplex_minimise(SimplexFunction function, void *context, size_t n, double *x, double step,
                        double tolerance, size_t most_calls);

#endif
