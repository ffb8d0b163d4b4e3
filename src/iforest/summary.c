/*
 * summary.c - what the training scores say: the anomaly threshold and a sketch of their distribution.
 *
 * The threshold is the (1 - contamination) quantile of all training scores, interpolated linearly; an
 * anomaly is strictly above it. It changes neither forest nor scores. The sketch takes at most
 * SKETCH_ROWS rows, the first by content hash, so that it costs a few milliseconds for any number of rows.
 */
#include "iforest/iforest_internal.h"
#include "kit/quantile.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#define SKETCH_ROWS 4096

static Status
sorted_scores(Env *env, IForestScorer *scorer, const double *x, size_t n, double **scores, Failure *failure)
{
    *scores = ENV_NEW(env, n, double);
    if (*scores == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(iforest_score(env, scorer, x, n, *scores, failure));
    gsl_sort(*scores, 1, n);
    return STATUS_SUCCESS;
}

/* SKETCH_ROWS rows chosen by content; x itself when there are not more. */
static const double *
choose_rows(Env *env, const IForest *f, const double *x, const Sampler *sampler, size_t *n)
{
    size_t d = f->n_features;
    uint32_t *chosen;
    double *rows;

    *n = sampler->n_rows;
    if (*n <= SKETCH_ROWS)
        return x;
    *n = SKETCH_ROWS;
    chosen = ENV_NEW(env, SKETCH_ROWS, uint32_t);
    rows = ENV_NEW(env, SKETCH_ROWS * d, double);
    if (chosen == NULL || rows == NULL)
        return NULL;
    sampler_first(sampler, SKETCH_ROWS, chosen);
    for (size_t i = 0; i < SKETCH_ROWS; i++)
        memcpy(rows + i * d, x + chosen[i] * d, d * sizeof(double));
    return rows;
}

Status
summarise(Env *env, IForest *f, const double *x, const Sampler *sampler, Failure *failure)
{
    size_t n = sampler->n_rows, n_chosen;
    const double *chosen = choose_rows(env, f, x, sampler, &n_chosen);
    IForestScorer *scorer;
    double *scores;

    if (chosen == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(iforest_scorer_new(env, f, &scorer, failure));
    RETURN_IF_FAILED(sorted_scores(env, scorer, chosen, n_chosen, &scores, failure));
    for (size_t q = 0; q < IFOREST_QUANTILES; q++) {
        f->quantiles[q] = quantile_sorted(scores, n_chosen, (double)q / 100);
        /* Rounding must not break the order that readers of the model check. */
        if (q > 0)
            f->quantiles[q] = fmax(f->quantiles[q], f->quantiles[q - 1]);
    }
    if (f->contamination > 0) {
        if (n_chosen < n)
            RETURN_IF_FAILED(sorted_scores(env, scorer, x, n, &scores, failure));
        f->threshold = quantile_sorted(scores, n, 1 - f->contamination);
    }
    return STATUS_SUCCESS;
}
