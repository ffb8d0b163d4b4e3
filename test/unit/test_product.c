/*
 * Unit tests of product/: concentration of a total.
 *
 * Provenance: by hand from the definitions. For 1, 2, 3, 4 the mean absolute difference of all 16 ordered
 * pairs is 20/16 and twice the mean is 5, so the Gini coefficient is 1/4.
 */
#include <math.h>

#include "kit/rng.h"
#include "product/product.h"
#include "unit.h"

static void
test_by_hand(void)
{
    const double four[] = {1, 2, 3, 4}, equal[] = {7, 7, 7, 7, 7}, one[] = {3}, zeros[] = {0, 0, 0};
    const double dictator[] = {0, 0, 0, 9};

    CHECK_NEAR(concentration_gini(four, 4), 0.25, 1e-15);
    CHECK_NEAR(concentration_hhi(four, 4), 0.3, 1e-15);
    CHECK_NEAR(concentration_top_share(four, 4, 1), 0.4, 1e-15);
    CHECK_NEAR(concentration_top_share(four, 4, 9), 1, 0);
    CHECK_NEAR(concentration_gini(equal, 5), 0, 0);
    CHECK_NEAR(concentration_hhi(equal, 5), 0.2, 1e-15);
    CHECK_NEAR(concentration_gini(dictator, 4), 0.75, 1e-15);
    CHECK_NEAR(concentration_hhi(dictator, 4), 1, 0);
    CHECK_NEAR(concentration_gini(one, 1), 0, 0);
    CHECK_NEAR(concentration_hhi(one, 1), 1, 0);
    CHECK(isnan(concentration_gini(zeros, 3)) && isnan(concentration_hhi(zeros, 3)));
    CHECK(isnan(concentration_top_share(zeros, 3, 1)) && isnan(concentration_gini(zeros, 0)));
}

/* Scaling all values changes nothing, even at the ends of the range of a double. */
static void
test_scale(void)
{
    enum { N = 100 };
    double x[N], big[N], small[N];
    Rng rng;

    rng_init(&rng, 42, 0);
    for (int i = 0; i < N; i++) {
        x[i] = (i > 0 ? x[i - 1] : 0) + rng_uniform(&rng);
        big[i] = ldexp(x[i], 1015);
        small[i] = ldexp(x[i], -1000);
    }
    CHECK_NEAR(concentration_gini(big, N), concentration_gini(x, N), 0);
    CHECK_NEAR(concentration_hhi(big, N), concentration_hhi(x, N), 0);
    CHECK_NEAR(concentration_gini(small, N), concentration_gini(x, N), 0);
    CHECK_NEAR(concentration_top_share(small, N, 10), concentration_top_share(x, N, 10), 0);
}

/* The definition over all pairs. */
static void
test_gini_pairs(void)
{
    enum { N = 60 };
    double x[N], differences = 0, sum = 0;
    Rng rng;

    rng_init(&rng, 7, 0);
    for (int i = 0; i < N; i++)
        x[i] = (i > 0 ? x[i - 1] : 0) + rng_exponential(&rng);
    for (int i = 0; i < N; i++) {
        sum += x[i];
        for (int j = 0; j < N; j++)
            differences += fabs(x[i] - x[j]);
    }
    CHECK_NEAR(concentration_gini(x, N), differences / (2 * N * sum), 1e-13);
}

static void
test_limits(void)
{
    Failure failure;

    CHECK_STATUS(pareto_limits_check(0.8, 0.95, &failure), STATUS_SUCCESS);
    CHECK_STATUS(pareto_limits_check(0, 1, &failure), STATUS_SUCCESS);
    CHECK_STATUS(pareto_limits_check(-0.1, 1, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(pareto_limits_check(0.9, 0.8, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(pareto_limits_check(0.9, 1.1, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(pareto_limits_check(NAN, 1, &failure), STATUS_BAD_VALUE);
    CHECK_STATUS(pareto_limits_check(0.5, NAN, &failure), STATUS_BAD_VALUE);
}

int
main(void)
{
    unit_begin("product");
    test_by_hand();
    test_scale();
    test_gini_pairs();
    test_limits();
    return unit_end();
}
