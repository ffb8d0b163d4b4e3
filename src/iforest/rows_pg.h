/*
 * rows_pg.h - rows of numbers and categories from array arguments, collected for the core.
 *
 * Up to IFOREST_MAX_ROWS rows and IFOREST_MAX_ROW_BYTES are kept as they are; more go through a reservoir
 * (reservoir.h). A row is float8 numbers, NaN for NULL and one zero, then a word of 64 bits a category
 * (texts.h).
 */
#ifndef BI_ML_IFOREST_ROWS_PG_H
#define BI_ML_IFOREST_ROWS_PG_H

#include "postgres.h"
#include "utils/array.h"

#include "iforest/iforest.h"
#include "iforest/reservoir.h"
#include "iforest/texts.h"
#include "kit/codec.h"

typedef struct TrainingRows {
    MemoryContext context; /* where all of it grows */
    Env env;               /* of context */
    int64 seed;            /* of the reservoir */
    size_t n_numbers, n_categories;
    size_t n_features; /* their sum; 0 until the first row */
    double *x;         /* n rows; NULL once there is a reservoir */
    size_t n, capacity;
    size_t n_expected;      /* rows to come; 0: not known */
    int64 n_skipped;        /* rows without any value */
    size_t feature_missing; /* the first feature, from 1, that a row lacked; 0: none */
    Reservoir *reservoir;   /* NULL up to the limits */
    MemoryContext of_texts; /* of the texts, and no others; NULL without categories */
    Env texts_env;
    Texts texts;
    size_t texts_kept; /* bytes of texts when they were last gone through */
    double *row;       /* scratch */
    struct {
        const char *text;
        size_t length;
    } * categories; /* of the row; NULL texts for missing ones */
} TrainingRows;

/* What the core trains on. */
typedef struct CodedRows {
    double *x;
    size_t n;
    uint64_t n_rows; /* that were given */
    bool subsampled;
    IForestLevels *levels; /* n_categories */
} CodedRows;

void rows_init(TrainingRows *rows, MemoryContext context);

/* The number of elements of a one-dimensional array, 0 for NULL or an empty one; raises 2202E on two
 * dimensions. */
size_t array_length(const ArrayType *array, const char *name);

/* Copies the array's n elements, NULL as NaN; false when none has a value. */
bool array_to_row(ArrayType *array, double *row, size_t n);

/* Adds a row, or counts it as skipped when it has no value. Raises 2202E when it has another number of
 * features than the rows before or none, 22000 on an infinite value, 54000 on a category over
 * IFOREST_MAX_LEVEL bytes. */
void rows_add(TrainingRows *rows, ArrayType *numbers, ArrayType *categories);

/* Adds the rows of another collection. */
void rows_append(TrainingRows *rows, const TrainingRows *other);

/* Sets, or compares, the numbers of features; raises 2202E. */
void rows_features(TrainingRows *rows, size_t n_numbers, size_t n_categories);

/* The different rows that a reservoir of such rows has room for. */
size_t rows_capacity(const TrainingRows *rows);

/* Rows that training would see; NULL rows and rows without values do not count. */
uint64_t rows_count(const TrainingRows *rows);

/* The rows with codes for categories, in the current memory context; with `in_place` the collection may be
 * spoilt. */
void rows_code(TrainingRows *rows, bool in_place, CodedRows *coded);

/* A forest of the rows: with threshold and quantiles (iforest_train) or without (iforest_grow). */
Status rows_train(const TrainingRows *rows, const CodedRows *coded, const IForestOptions *options,
                  bool summary, Env *env, IForest **forest, Failure *failure);

/* A collection as bytes, within one server, and back; rows_read returns false on other bytes. */
bytea *rows_write(const TrainingRows *rows, const Writer *head);
bool rows_read(TrainingRows *rows, Reader *r);

#endif
