/*
 * Unit tests of kit/alias: frequencies against the weights.
 *
 * Provenance: the definition; tolerances are five standard deviations of a binomial count.
 */
#include <math.h>

#include "kit/alias.h"
#include "unit.h"

static void
test_frequencies(void)
{
    enum { N = 7, DRAWS = 700000 };
    const double weights[N] = {5, 0, 1, 0.25, 10, 3, 0.75};
    double scratch[N], total = 0;
    int counts[N] = {0};
    Env *env = unit_env();
    Alias alias;
    Rng rng;

    for (int i = 0; i < N; i++)
        total += scratch[i] = weights[i];
    CHECK_STATUS(alias_build(env, scratch, N, &alias, NULL), STATUS_SUCCESS);
    rng_init(&rng, 42, 0);
    for (int i = 0; i < DRAWS; i++)
        counts[alias_draw(&alias, &rng)]++;
    for (int i = 0; i < N; i++) {
        double p = weights[i] / total;

        CHECK_NEAR(counts[i] - DRAWS * p, 0, 5 * sqrt(DRAWS * p * (1 - p)) + 1);
    }
    unit_env_free(env);
}

static void
test_edges(void)
{
    double one[] = {3}, zeros[] = {0, 0}, infinite[] = {1, INFINITY};
    Env *env = unit_env();
    Alias alias;
    Rng rng;

    rng_init(&rng, 42, 0);
    CHECK_STATUS(alias_build(env, one, 1, &alias, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(alias_draw(&alias, &rng), 0);
    CHECK_STATUS(alias_build(env, zeros, 2, &alias, NULL), STATUS_BAD_DATA);
    CHECK_STATUS(alias_build(env, infinite, 2, &alias, NULL), STATUS_BAD_DATA);
    unit_env_free(env);
    for (size_t n = 1; n <= 3; n++) {
        one[0] = 1;
        env = unit_env_failing(n);
        CHECK_STATUS(alias_build(env, one, 1, &alias, NULL), STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("alias");
    test_frequencies();
    test_edges();
    return unit_end();
}
