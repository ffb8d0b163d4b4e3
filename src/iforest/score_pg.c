/*
 * score_pg.c - iforest_score(model, VARIADIC x): the model is decoded once and kept.
 *
 * The decoded forest stays in fn_extra. A model on disk is known again by its TOAST pointer, since TOAST
 * values never change; one in memory by its length, its first bytes (sizes, seed, ranges, quantiles) and its
 * CRC-32C. So the cost of a row does not depend on the size of the model.
 */
#include "postgres.h"

#include <math.h>

#include "access/detoast.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "iforest/iforest_pg.h"
#include "iforest/rows_pg.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"

#define HEAD_BYTES 512
#define TAIL_BYTES 4 /* the CRC */

typedef struct ModelCache {
    MemoryContext context; /* of one model; NULL while there is none */
    Env env;
    IForestScorer *scorer;
    size_t n_features;
    double *row;
    bool on_disk;
    struct varatt_external pointer; /* when on_disk */
    size_t length;                  /* else */
    char head[HEAD_BYTES], tail[TAIL_BYTES];
} ModelCache;

static void
remember_bytes(ModelCache *cache, const struct varlena *value)
{
    const char *bytes = VARDATA_ANY(value);

    cache->length = VARSIZE_ANY_EXHDR(value);
    memset(cache->head, 0, HEAD_BYTES);
    memcpy(cache->head, bytes, Min(cache->length, HEAD_BYTES));
    memcpy(cache->tail, bytes + cache->length - TAIL_BYTES, TAIL_BYTES);
}

static bool
same_bytes(const ModelCache *cache, const struct varlena *value)
{
    const char *bytes = VARDATA_ANY(value);

    return cache->length == VARSIZE_ANY_EXHDR(value) &&
           memcmp(cache->head, bytes, Min(cache->length, HEAD_BYTES)) == 0 &&
           memcmp(cache->tail, bytes + cache->length - TAIL_BYTES, TAIL_BYTES) == 0;
}

static void
load_model(ModelCache *cache, Datum datum, MemoryContext parent)
{
    MemoryContext context = AllocSetContextCreate(parent, "iforest model", ALLOCSET_DEFAULT_SIZES);
    IForest *forest;
    Failure failure;

    /* The old model goes first, so that an error below leaves an empty cache. */
    if (cache->context != NULL)
        MemoryContextDelete(cache->context);
    cache->context = NULL;
    env_pg_init(&cache->env, context);
    forest = forest_from_datum(datum, &cache->env);
    report_failure(iforest_scorer_new(&cache->env, forest, &cache->scorer, &failure), &failure);
    cache->n_features = forest->n_features;
    cache->row = MemoryContextAlloc(context, forest->n_features * sizeof(double));
    cache->context = context;
}

static void
use_external(ModelCache *cache, Datum datum, MemoryContext parent)
{
    struct varatt_external pointer;

    VARATT_EXTERNAL_GET_POINTER(pointer, DatumGetPointer(datum));
    if (cache->context != NULL && cache->on_disk && memcmp(&cache->pointer, &pointer, sizeof(pointer)) == 0)
        return;
    load_model(cache, datum, parent);
    cache->on_disk = true;
    cache->pointer = pointer;
}

static void
use_inline(ModelCache *cache, Datum datum, MemoryContext parent)
{
    struct varlena *value = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(datum));

    if (cache->context == NULL || cache->on_disk || !same_bytes(cache, value)) {
        load_model(cache, PointerGetDatum(value), parent);
        cache->on_disk = false;
        remember_bytes(cache, value);
    }
    if ((Pointer)value != DatumGetPointer(datum))
        pfree(value);
}

static ModelCache *
cached_model(FunctionCallInfo fcinfo)
{
    ModelCache *cache = fcinfo->flinfo->fn_extra;
    Datum datum = PG_GETARG_DATUM(0);

    if (cache == NULL) {
        cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ModelCache));
        fcinfo->flinfo->fn_extra = cache;
    }
    if (VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(datum)))
        use_external(cache, datum, fcinfo->flinfo->fn_mcxt);
    else
        use_inline(cache, datum, fcinfo->flinfo->fn_mcxt);
    return cache;
}

BI_ML_FUNCTION(biml_iforest_score)
{
    ModelCache *cache = cached_model(fcinfo);
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(1);
    size_t n = array_features(array);
    Failure failure;
    double score;

    if (n != cache->n_features)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("the model expects %zu features, got %zu", cache->n_features, n),
                        errhint("Give the features the model was trained on, in the same order.")));
    array_to_row(array, cache->row, n);
    PG_FREE_IF_COPY(array, 1);
    report_failure(iforest_score(&cache->env, cache->scorer, cache->row, 1, &score, &failure), &failure);
    if (isnan(score))
        PG_RETURN_NULL();
    PG_RETURN_FLOAT8(score);
}
