/*
 * rows_pg.c - rows of numbers from float8[] arguments.
 */
#include "postgres.h"

#include <math.h>

#include "utils/memutils.h"

#include "iforest/iforest.h"
#include "iforest/rows_pg.h"

#define FIRST_ROWS 64

size_t
array_features(const ArrayType *array)
{
    if (ARR_NDIM(array) != 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"x\" must be a one-dimensional array with at least one element, "
                               "not one of %d dimensions",
                               ARR_NDIM(array)),
                        errhint("Pass the numbers of one row.")));
    return (size_t)ARR_DIMS(array)[0];
}

bool
array_to_row(ArrayType *array, double *row, size_t n)
{
    const float8 *values = (const float8 *)ARR_DATA_PTR(array);
    const bits8 *bitmap = ARR_NULLBITMAP(array);
    bool any = false;
    size_t at = 0;

    for (size_t j = 0; j < n; j++) {
        bool present = bitmap == NULL || (bitmap[j / 8] & (1 << (j % 8))) != 0;

        row[j] = present ? values[at++] : NAN;
        any |= !isnan(row[j]);
    }
    return any;
}

static void
check_limits(const TrainingRows *rows, size_t n)
{
    if (n <= IFOREST_MAX_ROWS && n * rows->n_features <= IFOREST_MAX_ROW_BYTES / sizeof(double))
        return;
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("more than %d training rows, or more than %d MB of them", IFOREST_MAX_ROWS,
                           IFOREST_MAX_ROW_BYTES / 1024 / 1024),
                    errhint("Each tree sees sample_size rows only: train on a part of the rows, for example "
                            "with TABLESAMPLE BERNOULLI (10) REPEATABLE (42), and score all of them.")));
}

static void
reserve(TrainingRows *rows, size_t n)
{
    Size size;

    check_limits(rows, n);
    if (n <= rows->capacity)
        return;
    rows->capacity = rows->capacity > 0 ? rows->capacity : FIRST_ROWS;
    while (rows->capacity < n)
        rows->capacity *= 2;
    size = rows->capacity * rows->n_features * sizeof(double);
    rows->x = rows->x == NULL ? MemoryContextAllocHuge(rows->context, size) : repalloc_huge(rows->x, size);
}

static void
set_features(TrainingRows *rows, size_t n_features)
{
    if (n_features > IFOREST_MAX_FEATURES)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"x\" must have at most %d elements, not %zu", IFOREST_MAX_FEATURES,
                               n_features),
                        errhint("Choose the columns that matter.")));
    if (rows->n_features == 0)
        rows->n_features = n_features;
    if (rows->n_features != n_features)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"x\" has %zu elements, but other rows have %zu", n_features,
                               rows->n_features),
                        errhint("Give every row the same features; a missing one is NULL.")));
}

void
rows_add(TrainingRows *rows, ArrayType *array)
{
    double *row;

    if (array == NULL) {
        rows->n_skipped++;
        return;
    }
    set_features(rows, array_features(array));
    reserve(rows, rows->n + 1);
    row = rows->x + rows->n * rows->n_features;
    if (!array_to_row(array, row, rows->n_features)) {
        rows->n_skipped++;
        return;
    }
    for (size_t j = 0; j < rows->n_features; j++)
        if (isinf(row[j]))
            ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("infinite value in feature %zu", j + 1),
                            errhint("Remove the row, or make the value NULL.")));
    rows->n++;
}

void
rows_append(TrainingRows *rows, const TrainingRows *other)
{
    rows->n_skipped += other->n_skipped;
    if (other->n_features == 0)
        return;
    set_features(rows, other->n_features);
    reserve(rows, rows->n + other->n);
    if (other->n > 0)
        memcpy(rows->x + rows->n * rows->n_features, other->x, other->n * other->n_features * sizeof(double));
    rows->n += other->n;
}
