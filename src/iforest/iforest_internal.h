/*
 * iforest_internal.h - what the files of this folder share.
 */
#ifndef BI_ML_IFOREST_INTERNAL_H
#define BI_ML_IFOREST_INTERNAL_H

#include "iforest/iforest.h"
#include "kit/rng.h"

/* sample.c: rows in an order that depends on their content alone, and each tree's draw from them. */
typedef struct Sampler {
    const double *x;
    size_t d, n_rows;
    uint64_t *keys;   /* per row: hash of its content and of its number among equal rows */
    uint32_t *order;  /* rows by bucket; within one by key once it has been looked at */
    uint32_t *starts; /* n_buckets + 1 places in order */
    uint64_t n_buckets;
} Sampler;

Status sampler_init(Env *env, const double *x, size_t n, size_t d, int64_t seed, Sampler *sampler,
                    Failure *failure);
/* n_wanted <= n_rows different rows into rows[], drawn with rng. */
void sampler_draw(const Sampler *sampler, Rng *rng, size_t n_wanted, uint32_t *rows);
/* n_wanted <= n_rows rows that depend on content and seed alone. */
void sampler_first(const Sampler *sampler, size_t n_wanted, uint32_t *rows);

/* levels.c: a 64-bit hash of a category's text, and those of a column's codes. */
uint64_t level_hash(const char *text, size_t length);
Status levels_copy(Env *env, const IForestLevels *from, IForestColumn *column, Failure *failure);
size_t levels_n_codes(const IForestColumn *column);

/* split.h says what a node asks of a row. */

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
    const IForestColumn *columns;
    const IForestOptions *options;
    uint32_t max_depth;
    double c_sample;
    uint32_t *pool; /* the features; a sub-tree's splittable ones come first */
    Entry *entries; /* the rows of the open nodes, as a stack */
    size_t entry_capacity;
    Entry *aside;   /* scratch for one node's partition ... */
    double *values; /* ... its values of the drawn feature, ... */
    double *spare;  /* ... and of another; all of aside_capacity */
    size_t aside_capacity;
    uint32_t *present; /* the n_present codes of a categorical feature in the node, in the order met */
    size_t n_present;
    uint32_t *counts; /* per code: rows in the node ... */
    uint64_t *turns;  /* ... counted in this turn */
    uint64_t turn;
    IForestTerm *terms;
    size_t n_terms, term_capacity;
    IForestNode *nodes;
    size_t n_nodes, node_capacity;
    Failure *failure;
} Grower;

/* A node still to be made: its entries, and what it inherits. */
typedef struct Job {
    size_t begin, end;
    size_t parent; /* whose right child it is; SIZE_MAX for a left child or the root */
    double weight; /* of the entries */
    uint32_t depth;
    uint32_t n_live;
} Job;

/* A split of a node: grower->values <= cut go left, NaN is missing. */
typedef struct Split {
    IForestNode node; /* all but left_share and right */
    double cut;
    size_t n_missing;
} Split;

/* Room for n elements of `size` bytes, keeping the first n_used; doubles, since env never frees. */
Status grower_reserve(Grower *g, void **array, size_t n_used, size_t *capacity, size_t n, size_t size);

/* Appends one tree grown on rows[0..n) to grower->nodes. */
Status tree_grow(Grower *grower, Rng *rng, const uint32_t *rows, size_t n);

/* draw.c: features that vary in the node, and a split by them; *found is false when none does. */
Status draw_split(Grower *g, Rng *rng, Job *job, Split *split, bool *found);

#define SCALE_MAX_LEVELS 12

#define BLOCK_ROWS 256 /* scored at a time; of 16 features 32 kB, the size of a first cache */

/* layout.c: complete heaps of one depth for all trees; lanes.c: these in wide registers; step.c: one feature
 * as one step function. */
typedef struct Lanes Lanes;

/* scale.c: sorted keys; level 0 has them all, followed by infinities up to a whole node. */
typedef struct Scale {
    const double *levels[SCALE_MAX_LEVELS];
    uint32_t n_levels;
    size_t n_keys;
} Scale;

/* Sorts keys and keeps each once; returns how many there are then. */
size_t scale_sort(double *keys, size_t n);
/* n keys in ascending order; n <= UINT32_MAX. */
Status scale_build(Env *env, const double *keys, size_t n, Scale *scale, Failure *failure);
/* The number of keys below x; 0 for NaN. */
uint32_t scale_place(const Scale *scale, double x);
/* The same for each of n values, `stride` apart. */
void scale_places(const Scale *scale, const double *x, size_t stride, size_t n, uint32_t *places);
/* Memory that begins where a cache line does; NULL when there is none. */
void *new_aligned(Env *env, size_t n, size_t size);

struct IForestScorer {
    const IForest *forest;
    double c_sample;
    bool laid_out;      /* layout_heaps has been asked ... */
    bool heaped;        /* ... and found the trees fit for it */
    uint32_t depth;     /* of every heap */
    double *thresholds; /* per tree 2^depth, numbered from 1; +inf where the tree has ended */
    uint16_t *features; /* the same shape; with ndim > 1 ndim a cell, each with its weight */
    double *weights;    /* NULL when ndim is 1 */
    double *leaves;     /* per tree 2^depth */
    uint64_t n_scored;
    bool sped_up;  /* lanes or step function have been asked for */
    Lanes *lanes;  /* NULL until it pays, and where the forest or the processor is not made for it */
    Scale cuts;    /* step function: all thresholds ... */
    double *steps; /* ... and the scores between them, one more; NULL until it pays */
};

Status layout_heaps(Env *env, IForestScorer *scorer, Failure *failure);
/* Sums over the trees, in tree order, of the leaf values of n rows without missing values. */
void heap_sums(const IForestScorer *scorer, const double *x, size_t n, double *sums);

/* Sets scorer->lanes where forest and processor are fit for it. */
Status lanes_build(Env *env, IForestScorer *scorer, Failure *failure);
/* The same sums as heap_sums, of at most BLOCK_ROWS rows; a few cost as much as all. Needs scorer->lanes. */
void lanes_sums(const IForestScorer *scorer, const double *x, size_t n, double *sums);

Status step_build(Env *env, IForestScorer *scorer, Failure *failure);
/* The scores of at most BLOCK_ROWS values, NaN for NaN. Needs scorer->steps. */
void step_scores(const IForestScorer *scorer, const double *x, size_t n, double *scores);

/* walk.c: the sum for one row over the trees as stored, missing values included. */
double walk_sum(const IForest *forest, const double *row);

/* sane.c: the part of iforest_sane() that a decoder needs before it allocates. */
bool header_sane(const IForest *forest);

/* summary.c: threshold and quantiles of a grown forest. */
Status summarise(Env *env, IForest *forest, const double *x, const Sampler *sampler, Failure *failure);

/* score.c: whether a row has no value at all; STATUS_NULL_VALUE when it lacks one under IFOREST_FAIL. */
Status check_row(const IForest *forest, const double *row, bool *empty, Failure *failure);

/* From a sum of leaf values to a score. */
double score_of_sum(const IForestScorer *scorer, double sum);

#endif
