/*
 * series.h - a time series: moments ds, values y, and optional further columns.
 *
 * Rows stand sorted by (ds, y, columns) in a total order, so that the value depends on the set of rows and
 * not on their order. ds is microseconds since 2000-01-01 00:00:00 without time zone (kit/civil.h), never
 * infinite; equal ds are kept. A missing number (NULL or NaN) is NaN and sorts last; infinities are kept
 * for the user of the series to judge. No rows dropped, none added.
 */
#ifndef BI_ML_SERIES_SERIES_H
#define BI_ML_SERIES_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "kit/codec.h"
#include "kit/env.h"
#include "kit/json.h"
#include "kit/status.h"

#define SERIES_MAX_COLUMNS 1000
/* ds, y and columns together, at 8 bytes each: keeps the value well below PostgreSQL's 1 GB. */
#define SERIES_MAX_CELLS ((size_t)100000000)

typedef struct Series {
    size_t n;
    int64_t *ds;      /* n, ascending */
    double *y;        /* n, NaN where missing */
    size_t n_columns; /* further columns, each of n numbers, NaN where missing */
    double **columns;
} Series;

/* One row as series_from_rows takes it: ds, y, then n_columns numbers. */
typedef union SeriesCell {
    int64_t ds;
    double number;
} SeriesCell;

/* BAD_VALUE when ds is not a finite timestamp. */
Status series_check_ds(int64_t ds, Failure *failure);

/* Sorts copies of the n rows of 2 + n_columns cells each; the rows are left alone. Any NaN becomes the one
 * NaN, -0 becomes 0. O(n log n), O(n) when the rows come sorted. */
Status series_from_rows(Env *env, const SeriesCell *rows, size_t n, size_t n_columns, Series *out,
                        Failure *failure);

/* True if every promise of Series holds. */
bool series_sane(const Series *series);

/* The binary form: version u8, 0 u8, n_columns u16, n u32, ds, y, columns; little endian. */
size_t series_encoded_size(const Series *series);
void series_encode(const Series *series, unsigned char *bytes);
/* Any bytes: CORRUPT unless they are exactly the form of a sane series. */
Status series_decode(Env *env, const unsigned char *bytes, size_t length, Series *out, Failure *failure);

/* The text form: {"version":1,"ds":[...],"y":[...]} and "x":[[column],...] when there are columns. */
void series_write_json(const Series *series, Writer *w);
/* Rows in any order; keys in any order. */
Status series_read_json(Env *env, const char *text, Series *out, Failure *failure);
/* The same as a value inside another JSON text. */
Status series_read_json_value(JsonReader *r, Env *env, Series *out, Failure *failure);

#endif
