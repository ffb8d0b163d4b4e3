/*
 * c_n.c - the average path length c(n) that normalises isolation depths.
 *
 * Method: Liu, Ting and Zhou (2008) take c(n) = 2 H(n-1) - 2 (n-1)/n, the mean depth of an unsuccessful
 * search in a random binary search tree; it equals 2 (H(n) - 1). Departure: the harmonic numbers are exact
 * (summed from the smallest term up to 256, Euler-Maclaurin beyond, whose first term left out is 1/(252
 * n^6)), where the paper's ln(i) + gamma is 28 % low at n = 3. Weights of rows with missing values are
 * fractional; there H(w) = psi(w + 1) + gamma.
 */
#include "iforest/iforest.h"

#include <gsl/gsl_math.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>

#define SUMMED_UP_TO 256

static double
harmonic(double n)
{
    double sum = 0, square = n * n;

    if (n > SUMMED_UP_TO)
        return log(n) + M_EULER + 1 / (2 * n) - 1 / (12 * square) + 1 / (120 * square * square);
    for (double k = n; k >= 1; k--)
        sum += 1 / k;
    return sum;
}

double
iforest_c(double n)
{
    gsl_sf_result psi;

    if (!(n > 1))
        return 0;
    if (n == floor(n))
        return 2 * (harmonic(n) - 1);
    if (gsl_sf_psi_e(n + 1, &psi) != 0)
        return 2 * (harmonic(floor(n)) - 1);
    return 2 * (psi.val + M_EULER - 1);
}
