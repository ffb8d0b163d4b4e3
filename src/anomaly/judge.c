/*
 * judge.c - the Isolation Forest on the features of the training cells (100 trees of at most 256 cells).
 */
#include "anomaly/anomaly_internal.h"

#include <string.h>
#include <gsl/gsl_sort.h>

#define FEWEST_CELLS 8

Status
judge_fit(Env *env, const double *features, size_t n, size_t n_features, int64_t seed, Judge *judge,
          double *scores, Failure *failure)
{
    IForestOptions options = iforest_default_options();
    IForest *forest;

    memset(judge, 0, sizeof(*judge));
    if (n < FEWEST_CELLS)
        return STATUS_SUCCESS;
    options.seed = seed;
    RETURN_IF_FAILED(iforest_grow(env, features, n, n_features, &options, &forest, failure));
    RETURN_IF_FAILED(iforest_scorer_new(env, forest, &judge->scorer, failure));
    RETURN_IF_FAILED(iforest_score(env, judge->scorer, features, n, scores, failure));
    judge->sorted = ENV_NEW(env, n, double);
    if (judge->sorted == NULL)
        return fail_out_of_memory(failure);
    memcpy(judge->sorted, scores, n * sizeof(double));
    gsl_sort(judge->sorted, 1, n);
    judge->n = n;
    return STATUS_SUCCESS;
}

double
judge_quantile(const Judge *judge, double score, bool with_itself)
{
    size_t low = 0, high = judge->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (judge->sorted[middle] <= score)
            low = middle + 1;
        else
            high = middle;
    }
    return with_itself ? (double)(low + 1) / (double)(judge->n + 1) : (double)low / (double)judge->n;
}
