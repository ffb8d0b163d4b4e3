#include "kit/quantile.h"

#include <gsl/gsl_sort.h>
#include <math.h>

double
quantile_sorted(const double *sorted, size_t n, double p)
{
    double place = p * (double)(n - 1), below = floor(place);
    size_t i = (size_t)below;

    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (place - below) * (sorted[i + 1] - sorted[i]);
}

double
median_in_place(double *values, size_t n)
{
    gsl_sort(values, 1, n);
    /* Halved first: the sum of two large values may overflow. */
    return n % 2 == 1 ? values[n / 2] : values[n / 2 - 1] / 2 + values[n / 2] / 2;
}
