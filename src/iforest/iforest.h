/*
 * iforest.h - Isolation Forest: train on rows of numbers, score rows between 0 and 1, keep the model as
 * bytes.
 *
 * Rows are float8, row after row, n_features values each; NaN stands for a missing value. A score near 1
 * marks a row that few random cuts isolate (an outlier); 0.5 is the average of the training sample. The same
 * options and the same multiset of rows give the same bits, in whatever order the rows come.
 */
#ifndef BI_ML_IFOREST_IFOREST_H
#define BI_ML_IFOREST_IFOREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/codec.h"
#include "kit/env.h"
#include "kit/status.h"

#define IFOREST_MAX_TREES     10000
#define IFOREST_MAX_SAMPLE    65536
#define IFOREST_MAX_DEPTH     32        /* 2^32 cells: beyond what 65,536 sampled rows can tell apart */
#define IFOREST_MAX_FEATURES  10000     /* a feature's number is stored in 16 bits */
#define IFOREST_MAX_ROWS      4194304   /* 2^22 training rows ... */
#define IFOREST_MAX_ROW_BYTES 536870912 /* ... or 512 MB of them, whichever comes first */
#define IFOREST_MAX_SAMPLED   8388608   /* n_trees * sample size: a stored model stays below 250 MB */
#define IFOREST_MAX_NAME      256       /* bytes of a feature's name */
#define IFOREST_MAX_FORKS     8         /* missing values that may fork one path: at most 2^8 leaves a tree */
#define IFOREST_QUANTILES     101       /* stored quantiles of the training scores: 0 %, 1 %, ..., 100 % */

#define IFOREST_DEFAULT_TREES  100
#define IFOREST_DEFAULT_SAMPLE 256
#define IFOREST_DEFAULT_SEED   42

/* What happens to a row whose value is missing at a split. */
typedef enum IForestMissing {
    IFOREST_DIVIDE = 0, /* it goes both ways, weighted by the shares of the rows that have the value */
    IFOREST_IMPUTE = 1, /* it follows the larger side */
    IFOREST_FAIL = 2    /* it is an error */
} IForestMissing;

typedef struct IForestOptions {
    int64_t n_trees;     /* 1..IFOREST_MAX_TREES */
    int64_t sample_size; /* 2..IFOREST_MAX_SAMPLE; cut to the number of rows */
    int64_t max_depth;   /* 1..IFOREST_MAX_DEPTH, or 0: ceil(log2(sample size)) */
    int64_t seed;
    double contamination; /* (0, 0.5]: the share of training rows above the threshold; 0: threshold 0.5 */
    IForestMissing missing;
    char **names; /* n_names feature names, or NULL */
    size_t n_names;
} IForestOptions;

typedef struct IForestNode {
    double value;     /* inner node: rows with x <= value go left; leaf: path length minus c(sample) */
    float left_share; /* inner node: the weight share of the rows that went left */
    uint32_t right;   /* the right child's place in its tree; the left child is the next node; 0: a leaf */
    uint32_t feature;
} IForestNode;

typedef struct IForestColumn {
    double min, max; /* of the training rows; both 0 when no row has a value */
    uint64_t n_missing;
    char *name; /* NULL when the features are not named */
} IForestColumn;

typedef struct IForest {
    uint32_t n_features, n_trees;
    uint32_t sample_size; /* rows each tree saw: min(option, n_rows) */
    uint32_t max_depth;
    int64_t seed;
    IForestMissing missing;
    double contamination, threshold; /* a row is an anomaly when its score is > threshold */
    uint64_t n_rows;
    uint64_t n_skipped; /* rows without any value, left out of training */
    IForestColumn *columns;
    double *quantiles; /* IFOREST_QUANTILES of the training scores */
    IForestNode *nodes;
    size_t *roots; /* n_trees + 1 places in nodes; tree t is [roots[t], roots[t + 1]) */
} IForest;

IForestOptions iforest_default_options(void);

/* STATUS_BAD_VALUE names the option, its value and its range. */
Status iforest_check_options(const IForestOptions *options, Failure *failure);

/*
 * Average path length of an unsuccessful search in a binary search tree of n keys, 2 (H(n) - 1): exact
 * harmonic numbers for whole n, the digamma function for the fractional weights that missing values make.
 */
double iforest_c(double n);

/*
 * Trains on n >= 1 rows, at least one value in each; n_skipped is only recorded (IFOREST_FAIL minds it). The
 * forest lives in env and keeps nothing of x. STATUS_BAD_DATA on an infinite value, STATUS_NULL_VALUE on a
 * missing one under IFOREST_FAIL, STATUS_TOO_BIG over the limits above. Time O(n d + n_trees * sample *
 * log(sample)), and with a contamination that of scoring all rows; memory 24 bytes a row and 64 a node.
 */
Status iforest_train(Env *env, const double *x, size_t n, size_t n_features, size_t n_skipped,
                     const IForestOptions *options, IForest **forest, Failure *failure);

/* The same trees without threshold and quantiles, for callers who want the scores alone. */
Status iforest_grow(Env *env, const double *x, size_t n, size_t n_features, const IForestOptions *options,
                    IForest **forest, Failure *failure);

/* A forest laid out for scoring; keeps a reference to the forest. */
typedef struct IForestScorer IForestScorer;

Status iforest_scorer_new(Env *env, const IForest *forest, IForestScorer **scorer, Failure *failure);

/*
 * Scores n rows into scores[]; NaN for a row without any value. Infinite values fall beyond every split.
 * STATUS_NULL_VALUE when a value is missing and the forest was trained under IFOREST_FAIL.
 * One row or a million, one call or many: the same bits for the same row.
 */
Status iforest_score(Env *env, IForestScorer *scorer, const double *x, size_t n, double *scores,
                     Failure *failure);

/* Appends the model's bytes, ended by a CRC-32C; out of memory is left in writer->failed. */
void iforest_encode(Writer *writer, const IForest *forest);

/* STATUS_CORRUPT unless every byte makes sense; what it returns is iforest_sane(). */
Status iforest_decode(Env *env, const void *bytes, size_t length, IForest **forest, Failure *failure);

/* True when the structure is whole: children inside their tree, features in range, values finite. */
bool iforest_sane(const IForest *forest);

#endif
