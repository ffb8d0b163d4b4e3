/*
 * iforest_pg.h - what the entry points of this folder share: options and models as SQL values.
 */
#ifndef BI_ML_IFOREST_PG_H
#define BI_ML_IFOREST_PG_H

#include "postgres.h"
#include "fmgr.h"
#include "utils/array.h"

#include "iforest/iforest.h"

/* Fewer usable rows than this cannot tell usual from unusual: the model, or the score, is NULL. */
#define IFOREST_MIN_ROWS 8

/* Options from an iforest_options value; names are palloc'd in the current context. Raises 22023 and 22004.
 */
IForestOptions options_from_record(Datum record);

/* Options from three arguments at `first` (n_trees, sample_size, seed); NULL means the default. */
IForestOptions options_from_sizes(FunctionCallInfo fcinfo, int first);

/* Raises 22023 naming the option when one is out of its range. */
void options_check(const IForestOptions *options);

bool options_equal(const IForestOptions *a, const IForestOptions *b);

/* Decodes a model; raises 22P03. The forest lives in env. */
IForest *forest_from_datum(Datum datum, Env *env);

/*
 * The model of argument 0, decoded once and kept in fn_extra: known again by its TOAST pointer, or by its
 * length, head and CRC. model_row fills a row from arrays (NULL ones are empty), categories as codes, and
 * raises 2202E when their lengths are not the model's.
 */
typedef struct CachedModel {
    Env env; /* of as long as the model is kept */
    IForest *forest;
    IForestScorer *scorer;
    double *row;
} CachedModel;

CachedModel *cached_model(FunctionCallInfo fcinfo);
void model_row(const IForest *forest, ArrayType *numbers, ArrayType *categories, double *row);

/* A flat value in the current memory context. */
Datum forest_to_datum(const IForest *forest, Env *env);

#endif
