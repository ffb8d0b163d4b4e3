/*
 * split.h - what a split asks of a row: the one definition that growing, walking and attribution share.
 *
 * A split sees a row as one number, which goes left when it is at most the split's cut: the feature itself, 0
 * or 1 for categories, or a weighted sum. NaN means that the row lacks a value the split needs, UNSEEN_VALUE
 * that it shows a category the model does not know.
 */
#ifndef BI_ML_IFOREST_SPLIT_H
#define BI_ML_IFOREST_SPLIT_H

#include <math.h>
#include <string.h>
#include <gsl/gsl_cdf.h>

#include "iforest/iforest.h"
#include "kit/rng.h"

#define UNSEEN_VALUE HUGE_VAL /* with `unseen` set */

/* 64 bits keyed by a number drawn for the split and a category. */
static inline uint64_t
level_draw(const IForestColumn *column, double key, double code)
{
    uint64_t bits;

    memcpy(&bits, &key, sizeof(bits));
    return rng_hash(bits, column->hashes[(size_t)code]);
}

/* A category's part in a weighted sum: a standard normal draw. */
static inline double
level_weight(const IForestColumn *column, double key, double code)
{
    return gsl_cdf_ugaussian_Pinv(rng_to_open(level_draw(column, key, code)));
}

static inline double
term_value(const IForestColumn *column, const IForestTerm *term, double x)
{
    return column->categorical ? level_weight(column, term->weight, x) : term->weight * x;
}

static inline double
sum_value(const IForestColumn *columns, const IForestTerm *terms, size_t n, bool impute, const double *row,
          bool *unseen)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        const IForestColumn *column = &columns[terms[i].feature];
        double x = row[terms[i].feature];

        if (isnan(x)) {
            if (!impute)
                return NAN;
            x = terms[i].centre;
        }
        if (column->categorical && x < 0) {
            *unseen = true;
            continue;
        }
        sum += term_value(column, &terms[i], x);
    }
    /* Infinite values of both signs leave no number: right, as beyond every split. */
    return isnan(sum) ? HUGE_VAL : sum;
}

static inline double
split_value(const IForestColumn *columns, const IForestTerm *terms, const IForestNode *node, bool impute,
            const double *row, bool *unseen)
{
    double x;

    if (node->kind == IFOREST_SUM)
        return sum_value(columns, terms + node->feature, node->n_terms, impute, row, unseen);
    x = row[node->feature];
    if (node->kind == IFOREST_CUT || isnan(x))
        return x;
    if (x < 0) {
        *unseen = true;
        return UNSEEN_VALUE;
    }
    if (node->kind == IFOREST_LEVEL)
        return x == node->value ? 0 : 1;
    return (level_draw(&columns[node->feature], node->value, x) & 1) != 0 ? 0 : 1;
}

static inline double
split_cut(const IForestNode *node)
{
    return node->kind == IFOREST_LEVEL || node->kind == IFOREST_SET ? 0.5 : node->value;
}

#endif
