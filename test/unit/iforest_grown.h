/*
 * iforest_grown.h - normal numbers, and a forest grown from them.
 */
#ifndef BI_ML_IFOREST_GROWN_H
#define BI_ML_IFOREST_GROWN_H

#include "iforest/iforest_internal.h"
#include "kit/rng.h"
#include "unit.h"

static inline double *
gaussian(Env *env, size_t n, size_t d, uint64_t seed)
{
    double *x = ENV_NEW(env, n * d, double);
    Rng rng;

    rng_init(&rng, seed, 0);
    for (size_t i = 0; i < n * d; i++)
        x[i] = rng_normal(&rng);
    return x;
}

static inline IForest *
grown(Env *env, const double *x, size_t n, size_t d, const IForestOptions *options)
{
    IForest *forest = NULL;
    Failure failure = {0};

    CHECK_STATUS(iforest_train(env, x, n, d, 0, options, &forest, &failure), STATUS_SUCCESS);
    CHECK(forest != NULL && iforest_sane(forest));
    return forest;
}

#endif
