/*
 * cache_pg.c - a model argument that is decoded once, and rows in its terms.
 *
 * The decoded forest stays in fn_extra. A model on disk is known again by its TOAST pointer, since TOAST
 * values never change; one in memory by its length, its first bytes (sizes, seed, ranges, quantiles) and its
 * CRC-32C. So the cost of a row does not depend on the size of the model.
 */
#include "postgres.h"

#include <math.h>

#include "access/detoast.h"
#include "catalog/pg_type_d.h"
#include "utils/memutils.h"

#include "iforest/iforest_pg.h"
#include "iforest/rows_pg.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"

#define HEAD_BYTES 512
#define TAIL_BYTES 4 /* the CRC */

typedef struct ModelCache {
    CachedModel model;
    MemoryContext context; /* of one model; NULL while there is none */
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
    CachedModel *model = &cache->model;
    Failure failure;

    /* The old model goes first, so that an error below leaves an empty cache. */
    if (cache->context != NULL)
        MemoryContextDelete(cache->context);
    cache->context = NULL;
    env_pg_init(&model->env, context);
    model->forest = forest_from_datum(datum, &model->env);
    report_failure(iforest_scorer_new(&model->env, model->forest, &model->scorer, &failure), &failure);
    model->row = MemoryContextAlloc(context, model->forest->n_features * sizeof(double));
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

CachedModel *
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
    return &cache->model;
}

static void
check_lengths(const IForest *f, size_t n_numbers, size_t n_categories)
{
    size_t wanted = f->n_features - f->n_categorical;

    if (n_numbers == wanted && n_categories == f->n_categorical)
        return;
    if (f->n_categorical == 0 && n_categories == 0)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("the model expects %zu features, got %zu", wanted, n_numbers),
                        errhint("Give the features the model was trained on, in the same order.")));
    ereport(ERROR,
            (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
             errmsg("the model expects %zu numbers and %u categories, got %zu and %zu", wanted,
                    f->n_categorical, n_numbers, n_categories),
             errhint("Give the features the model was trained on: an array of numbers and one of texts.")));
}

static double
code_of(const IForestColumn *column, const text *value)
{
    char category[IFOREST_MAX_LEVEL + 1];
    size_t length = VARSIZE_ANY_EXHDR(value);

    if (length > IFOREST_MAX_LEVEL)
        return column->levels.rest ? column->levels.n : IFOREST_UNSEEN;
    memcpy(category, VARDATA_ANY(value), length);
    category[length] = '\0';
    return iforest_code(column, category);
}

void
model_row(const IForest *f, ArrayType *numbers, ArrayType *categories, double *row)
{
    size_t n = array_length(numbers, "x"), n_categories = array_length(categories, "categories");
    Datum *values;
    bool *nulls;
    int count;

    check_lengths(f, n, n_categories);
    if (n > 0)
        array_to_row(numbers, row, n);
    if (n_categories == 0)
        return;
    deconstruct_array(categories, TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
    for (size_t i = 0; i < n_categories; i++)
        row[n + i] = nulls[i] ? NAN : code_of(&f->columns[n + i], DatumGetTextPP(values[i]));
    pfree(values);
    pfree(nulls);
}
