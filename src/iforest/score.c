/*
 * score.c - from rows to scores: s(x) = 2^-(mean path length / c(sample)), Liu, Ting and Zhou (2008).
 *
 * Leaf values are stored relative to c(sample), so the exponent is 1 + mean/c. Whole rows go through
 * the heaps of layout.c in blocks, those of lanes.c when there are many, or through the step function of
 * step.c when there is one feature; rows with missing values and deep forests take the general walk. All give
 * the same bits for the same row.
 */
#include "iforest/iforest_internal.h"

#include <math.h>

/* Laying out costs what walking the trees as stored takes for about so many rows; building the step function
 * or the lanes what the heaps take. */
#define HEAPS_PAY_FROM     16
#define SPEED_UP_PAYS_FROM 4096
#define LANES_PAY_FROM     64 /* rows in a block */

double
score_of_sum(const IForestScorer *s, double sum)
{
    if (s->forest->sample_size < 2)
        return 0.5;
    return exp2(-(1 + sum / (s->forest->n_trees * s->c_sample)));
}

Status
iforest_scorer_new(Env *env, const IForest *forest, IForestScorer **scorer, Failure *failure)
{
    IForestScorer *s = ENV_NEW(env, 1, IForestScorer);

    if (s == NULL)
        return fail_out_of_memory(failure);
    s->forest = forest;
    s->c_sample = iforest_c(forest->sample_size);
    *scorer = s;
    return STATUS_SUCCESS;
}

/* The 1-based place of the first missing value; 0 when there is none. */
static size_t
first_missing(const double *row, size_t d)
{
    for (size_t j = 0; j < d; j++)
        if (isnan(row[j]))
            return j + 1;
    return 0;
}

static bool
all_missing(const double *row, size_t d)
{
    for (size_t j = 0; j < d; j++)
        if (!isnan(row[j]))
            return false;
    return true;
}

Status
check_row(const IForest *f, const double *row, bool *empty, Failure *failure)
{
    size_t missing = first_missing(row, f->n_features);

    *empty = all_missing(row, f->n_features);
    if (*empty || missing == 0 || f->missing != IFOREST_FAIL)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_NULL_VALUE, "Train the forest with missing_action 'divide' or 'impute'.",
                "missing value in feature %zu, and the forest was trained with missing_action 'fail'",
                missing);
}

static Status
score_by_walk(const IForestScorer *s, const double *row, double *score, Failure *failure)
{
    bool empty;

    RETURN_IF_FAILED(check_row(s->forest, row, &empty, failure));
    *score = empty ? NAN : score_of_sum(s, walk_sum(s->forest, row));
    return STATUS_SUCCESS;
}

/* Whether a row is not for the heaps: a value is missing, or an extended forest would meet infinity times 0.
 */
static bool
needs_walk(const double *row, size_t d, bool finite)
{
    bool missing = false;

    for (size_t j = 0; j < d; j++)
        missing |= finite ? !isfinite(row[j]) : isnan(row[j]) != 0;
    return missing;
}

static Status
score_block(const IForestScorer *s, const double *x, size_t n, double *scores, Failure *failure)
{
    size_t d = s->forest->n_features;

    if (s->lanes != NULL && n >= LANES_PAY_FROM)
        lanes_sums(s, x, n, scores);
    else if (s->heaped)
        heap_sums(s, x, n, scores);
    for (size_t i = 0; i < n; i++) {
        if (needs_walk(x + i * d, d, s->forest->ndim > 1))
            RETURN_IF_FAILED(score_by_walk(s, x + i * d, &scores[i], failure));
        else
            scores[i] = score_of_sum(s, s->heaped ? scores[i] : walk_sum(s->forest, x + i * d));
    }
    return STATUS_SUCCESS;
}

static Status
speed_up(Env *env, IForestScorer *s, Failure *failure)
{
    s->sped_up = true;
    if (s->forest->n_features > 1)
        return lanes_build(env, s, failure);
    return s->forest->n_categorical == 0 ? step_build(env, s, failure) : STATUS_SUCCESS;
}

Status
iforest_score(Env *env, IForestScorer *s, const double *x, size_t n, double *scores, Failure *failure)
{
    size_t d = s->forest->n_features;

    s->n_scored += n;
    if (!s->laid_out && s->n_scored >= HEAPS_PAY_FROM)
        RETURN_IF_FAILED(layout_heaps(env, s, failure));
    if (!s->sped_up && s->n_scored >= SPEED_UP_PAYS_FROM)
        RETURN_IF_FAILED(speed_up(env, s, failure));
    for (size_t begin = 0; begin < n; begin += BLOCK_ROWS) {
        size_t n_block = n - begin < BLOCK_ROWS ? n - begin : BLOCK_ROWS;

        if (n > BLOCK_ROWS && env_cancelled(env))
            return fail_cancelled(failure);
        if (s->steps != NULL)
            step_scores(s, x + begin, n_block, scores + begin);
        else
            RETURN_IF_FAILED(score_block(s, x + begin * d, n_block, scores + begin, failure));
    }
    return STATUS_SUCCESS;
}
