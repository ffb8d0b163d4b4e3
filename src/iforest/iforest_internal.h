/*
 * iforest_internal.h - what the files of this folder share.
 */
#ifndef BI_ML_IFOREST_INTERNAL_H
#define BI_ML_IFOREST_INTERNAL_H

#include "iforest/iforest.h"
#include "kit/rng.h"

/* sample.c: rows in an order that depends on their content alone, and each tree's draw from them. */
typedef struct Sampler {
    size_t n_rows;
    uint64_t *keys;   /* per row: hash of its content and of its number among equal rows */
    uint32_t *order;  /* rows by bucket, then key */
    uint32_t *starts; /* n_buckets + 1 places in order */
    uint64_t n_buckets;
} Sampler;

Status sampler_init(Env *env, const double *x, size_t n, size_t d, int64_t seed, Sampler *sampler,
                    Failure *failure);
/* n_wanted <= n_rows different rows into rows[], drawn with rng. */
void sampler_draw(const Sampler *sampler, Rng *rng, size_t n_wanted, uint32_t *rows);

/* tree.c: grows one tree after the other into one array of nodes. */
typedef struct Entry {
    double weight;
    uint32_t row;
    uint32_t n_forks;
} Entry;

typedef struct Grower {
    Env *env;
    const double *x;
    size_t d;
    const IForestOptions *options;
    uint32_t max_depth;
    double c_sample;
    uint32_t *pool; /* the features; a sub-tree's splittable ones come first */
    Entry *entries; /* the rows of the open nodes, as a stack */
    size_t entry_capacity;
    Entry *aside;   /* scratch for one node's partition ... */
    double *values; /* ... and its values of the drawn feature; both of aside_capacity */
    size_t aside_capacity;
    IForestNode *nodes;
    size_t n_nodes, node_capacity;
    Failure *failure;
} Grower;

/* Appends one tree grown on rows[0..n) to grower->nodes. */
Status tree_grow(Grower *grower, Rng *rng, const uint32_t *rows, size_t n);

/* layout.c: complete heaps of one depth for all trees; step.c: one feature as one step function. */
struct IForestScorer {
    const IForest *forest;
    double c_sample;
    bool laid_out;      /* layout_heaps has been asked ... */
    bool heaped;        /* ... and found the trees fit for it */
    uint32_t depth;     /* of every heap */
    double *thresholds; /* per tree 2^depth, numbered from 1; +inf where the tree has ended */
    uint16_t *features; /* the same shape */
    double *leaves;     /* per tree 2^depth */
    uint64_t n_scored;
    double *cuts; /* step function: n_cuts sorted thresholds and n_cuts + 1 scores; NULL until it pays */
    double *steps;
    size_t n_cuts;
};

Status layout_heaps(Env *env, IForestScorer *scorer, Failure *failure);
/* Sums over the trees, in tree order, of the leaf values of n rows without missing values. */
void heap_sums(const IForestScorer *scorer, const double *x, size_t n, double *sums);

Status step_build(Env *env, IForestScorer *scorer, Failure *failure);
double step_score(const IForestScorer *scorer, double x);

/* walk.c: the sum for one row over the trees as stored, missing values included. */
double walk_sum(const IForest *forest, const double *row);

/* summary.c: threshold and quantiles of a grown forest. */
Status summarise(Env *env, IForest *forest, const double *x, const Sampler *sampler, Failure *failure);

/* From a sum of leaf values to a score. */
double score_of_sum(const IForestScorer *scorer, double sum);

#endif
