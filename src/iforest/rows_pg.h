/*
 * rows_pg.h - rows of numbers from float8[] arguments, collected for the core.
 */
#ifndef BI_ML_IFOREST_ROWS_PG_H
#define BI_ML_IFOREST_ROWS_PG_H

#include "postgres.h"
#include "utils/array.h"

typedef struct TrainingRows {
    MemoryContext context; /* where x grows */
    double *x;             /* n rows of n_features numbers, NaN for NULL */
    size_t n_features;     /* 0 until the first array */
    size_t n, capacity;
    int64 n_skipped; /* rows without any value */
} TrainingRows;

/* The number of elements of a one-dimensional, non-empty array; raises 2202E on any other. */
size_t array_features(const ArrayType *array);

/* Copies the array's n elements, NULL as NaN; false when none has a value. */
bool array_to_row(ArrayType *array, double *row, size_t n);

/* Adds a row, or counts it as skipped when it is NULL or has no value. Raises 2202E when it has another
 * number of features than the rows before, 22000 on an infinite value, 54000 over the limits of iforest.h. */
void rows_add(TrainingRows *rows, ArrayType *array);

/* Adds the rows of another collection. */
void rows_append(TrainingRows *rows, const TrainingRows *other);

#endif
