/*
 * concentration.c - Gini coefficient, Herfindahl-Hirschman index, share of the greatest.
 *
 * Gini (1912) in the sorted form G = sum_i (2 i - n - 1) x_i / (n sum x), i = 1..n ascending: the mean
 * absolute difference of all pairs over twice the mean. HHI: Hirschman (1945), Herfindahl (1950), on the
 * scale 0..1.
 *
 * O(n) over sorted values. The values are divided by the greatest first, so that neither sums nor squares
 * leave the range of a double; sums are compensated (Neumaier 1974) and run in ascending order, so the result
 * does not depend on the order in which values arrived.
 */
#include "product/product.h"

#include <math.h>

typedef struct Sum {
    double total, correction;
} Sum;

static void
sum_add(Sum *sum, double x)
{
    double total = sum->total + x;

    if (fabs(sum->total) >= fabs(x))
        sum->correction += (sum->total - total) + x;
    else
        sum->correction += (x - total) + sum->total;
    sum->total = total;
}

static double
sum_value(const Sum *sum)
{
    return sum->total + sum->correction;
}

static double
scaled_total(const double *sorted, size_t from, size_t n)
{
    Sum sum = {0, 0};

    for (size_t i = from; i < n; i++)
        sum_add(&sum, sorted[i] / sorted[n - 1]);
    return sum_value(&sum);
}

double
concentration_gini(const double *sorted, size_t n)
{
    Sum weighted = {0, 0};

    if (n == 0 || sorted[n - 1] <= 0)
        return NAN;
    for (size_t i = 0; i < n; i++)
        sum_add(&weighted, (2 * (double)i + 1 - (double)n) * (sorted[i] / sorted[n - 1]));
    return fmax(0, sum_value(&weighted) / ((double)n * scaled_total(sorted, 0, n)));
}

double
concentration_hhi(const double *sorted, size_t n)
{
    Sum squares = {0, 0};
    double total;

    if (n == 0 || sorted[n - 1] <= 0)
        return NAN;
    total = scaled_total(sorted, 0, n);
    for (size_t i = 0; i < n; i++) {
        double share = sorted[i] / sorted[n - 1] / total;

        sum_add(&squares, share * share);
    }
    return fmin(1, sum_value(&squares));
}

double
concentration_top_share(const double *sorted, size_t n, size_t n_top)
{
    if (n == 0 || sorted[n - 1] <= 0)
        return NAN;
    if (n_top >= n)
        return 1;
    return scaled_total(sorted, n - n_top, n) / scaled_total(sorted, 0, n);
}

Status
pareto_limits_check(double a, double b, Failure *failure)
{
    const char *hint = "Tier A ends at the share a, tier B at the share b, for instance 0.8 and 0.95.";

    if (!(a >= 0 && a <= 1))
        return fail(failure, STATUS_BAD_VALUE, hint, "argument \"a\" must be between 0 and 1, not %g", a);
    if (!(b >= a && b <= 1))
        return fail(failure, STATUS_BAD_VALUE, hint, "argument \"b\" must be between a = %g and 1, not %g", a,
                    b);
    return STATUS_SUCCESS;
}
