/*
 * iforest.h - Isolation Forest: train on rows of numbers and categories, score rows between 0 and 1, keep the
 * model as bytes.
 *
 * Rows are float8, row after row, n_features values each; NaN stands for a missing value. Categories come
 * last in a row, as codes of a dictionary (0, 1, ...). A score near 1 marks a row that few random cuts
 * isolate (an outlier); 0.5 is the average of the training sample. The same options and the same multiset of
 * rows give the same bits, in whatever order the rows come.
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
#define IFOREST_MAX_ROWS      4194304   /* 2^22 rows are trained on as they are ... */
#define IFOREST_MAX_ROW_BYTES 536870912 /* ... or 512 MB of them; of more a sample (reservoir.h) */
#define IFOREST_MAX_SAMPLED   8388608   /* n_trees * sample size: a stored model stays below 250 MB */
#define IFOREST_MAX_NAME      256       /* bytes of a feature's name */
#define IFOREST_MAX_FORKS     8         /* missing values that may fork one path: at most 2^8 leaves a tree */
#define IFOREST_MAX_NDIM      16        /* features that one extended split may combine */
#define IFOREST_MAX_LEVELS    1000   /* categories of a feature that training tells apart; the rest are one */
#define IFOREST_STORED_LEVELS 65000  /* categories of a feature that a model may have after updates */
#define IFOREST_MAX_LEVEL     256    /* bytes of a category */
#define IFOREST_QUANTILES     101    /* stored quantiles of the training scores: 0 %, 1 %, ..., 100 % */
#define IFOREST_UNSEEN        (-1.0) /* the code of a category that the model does not know; in scoring only */

#define IFOREST_DEFAULT_TREES  100
#define IFOREST_DEFAULT_SAMPLE 256
#define IFOREST_DEFAULT_SEED   42

/* What happens to a row whose value is missing at a split. */
typedef enum IForestMissing {
    IFOREST_DIVIDE = 0, /* it goes both ways, weighted by the shares of the rows that have the value */
    IFOREST_IMPUTE = 1, /* it follows the larger side */
    IFOREST_FAIL = 2    /* it is an error */
} IForestMissing;

/* How a categorical feature is cut when ndim is 1. */
typedef enum IForestCategSplit {
    IFOREST_SINGLE = 0, /* one category against the others */
    IFOREST_SUBSET = 1  /* each category on a random side */
} IForestCategSplit;

/* The categories of one feature: code i is texts[i], in byte order; code n, where there is a rest, is all
 * others. */
typedef struct IForestLevels {
    char **texts;
    uint32_t n;
    bool rest;
} IForestLevels;

typedef struct IForestOptions {
    int64_t n_trees;     /* 1..IFOREST_MAX_TREES */
    int64_t sample_size; /* 2..IFOREST_MAX_SAMPLE; cut to the number of rows */
    int64_t max_depth;   /* 1..IFOREST_MAX_DEPTH, or 0: ceil(log2(sample size)) */
    int64_t seed;
    double contamination; /* (0, 0.5]: the share of training rows above the threshold; 0: threshold 0.5 */
    IForestMissing missing;
    int64_t ndim;     /* 1..IFOREST_MAX_NDIM, at most the number of features: features in one split */
    bool standardize; /* ndim > 1: weigh features by 1 / standard deviation in the node */
    IForestCategSplit categ_split;
    char **names; /* n_names feature names, or NULL */
    size_t n_names;
    const IForestLevels *levels; /* of the last n_categorical features */
    size_t n_categorical;
} IForestOptions;

/* What decides at a node which way a row goes: left when ... */
typedef enum IForestKind {
    IFOREST_LEAF = 0,
    IFOREST_CUT = 1,   /* feature <= value */
    IFOREST_LEVEL = 2, /* the feature's code is value; unseen categories take the side of less weight */
    IFOREST_SET = 3,   /* a coin thrown for (value, category) says so; unseen as above */
    IFOREST_SUM = 4    /* the weighted sum of n_terms features <= value; unseen as above */
} IForestKind;

/* A part of a weighted sum: weight * x, or for a category a normal draw keyed by (weight, category). */
typedef struct IForestTerm {
    double weight;
    double centre; /* stands for a missing value under 'impute', and for the usual one in attributions */
    uint32_t feature;
} IForestTerm;

typedef struct IForestNode {
    double value;     /* inner node: as IForestKind says; leaf: path length minus c(sample) */
    float left_share; /* inner node: the weight share of the rows that went left */
    uint32_t right;   /* the right child's place in its tree; the left child is the next node; 0: a leaf */
    uint32_t feature; /* IFOREST_SUM: the place of its first term */
    uint8_t kind, n_terms;
} IForestNode;

typedef struct IForestColumn {
    double min, max; /* of the training rows; both 0 when no row has a value, and for categories */
    uint64_t n_missing;
    char *name; /* NULL when the features are not named */
    bool categorical;
    IForestLevels levels;
    uint64_t *hashes; /* of each code's text */
} IForestColumn;

typedef struct IForest {
    uint32_t n_features, n_categorical, n_trees;
    uint32_t sample_size; /* rows each tree saw: min(option, n_rows) */
    uint32_t max_depth, ndim;
    int64_t seed;
    IForestMissing missing;
    bool standardize;
    IForestCategSplit categ_split;
    bool subsampled;                 /* the trees drew from a sample of the n_rows */
    uint32_t n_updates;              /* iforest_update calls behind it */
    double contamination, threshold; /* a row is an anomaly when its score is > threshold */
    uint64_t n_rows;
    uint64_t n_skipped; /* rows without any value, left out of training */
    IForestColumn *columns;
    double *quantiles; /* IFOREST_QUANTILES of the training scores */
    IForestTerm *terms;
    size_t n_terms;
    IForestNode *nodes;
    uint32_t *samples; /* rows each tree saw; leaf values count in units of this forest's c(sample_size) */
    uint32_t *births;  /* the update that brought each tree, 0 for training; oldest first */
    size_t *roots;     /* n_trees + 1 places in nodes; tree t is [roots[t], roots[t + 1]) */
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

/*
 * Attribution: contributions[f] is the share of c(sample) by which cuts of feature f shortened the row's mean
 * path below the average one; negative where they lengthened it. score = 2^(sum - 1). All NaN for a row
 * without any value; STATUS_NULL_VALUE as iforest_score. Cost: a walk with a digamma at each node.
 */
Status iforest_explain(Env *env, const IForest *forest, const double *row, double *contributions,
                       Failure *failure);

/*
 * A forest whose oldest trees (replace_fraction of them, rounded, at least one) gave way to the first trees
 * of `newer`. Keeps references to both. Rows, dictionaries and ranges are those of both; quantiles and
 * threshold are averages of the two forests', weighted by their trees. STATUS_BAD_VALUE when the fraction is
 * not in (0, 1] or the forests differ in features, missing_action or contamination.
 */
Status iforest_update(Env *env, const IForest *model, const IForest *newer, double replace_fraction,
                      IForest **updated, Failure *failure);

/* The code of a category in a column of the forest, IFOREST_UNSEEN when it has none. */
double iforest_code(const IForestColumn *column, const char *text);

/* Appends the model's bytes, ended by a CRC-32C; out of memory is left in writer->failed. */
void iforest_encode(Writer *writer, const IForest *forest);

/* STATUS_CORRUPT unless every byte makes sense, STATUS_NOT_SUPPORTED for another version; what it returns is
 * iforest_sane(). */
Status iforest_decode(Env *env, const void *bytes, size_t length, IForest **forest, Failure *failure);

/* True when the structure is whole: children inside their tree, features in range, values finite. */
bool iforest_sane(const IForest *forest);

#endif
