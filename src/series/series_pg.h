/*
 * series_pg.h - the timeseries type for the server side of other capabilities.
 */
#ifndef BI_ML_SERIES_SERIES_PG_H
#define BI_ML_SERIES_SERIES_PG_H

#include "postgres.h"

#include "kit/env.h"
#include "series/series.h"

/* Detoasts and verifies; bytes that are no sane series raise 22P03. The series lives in env. */
void series_from_datum(Datum datum, Env *env, Series *series);

/* A flat value in the current memory context. */
Datum series_to_datum(const Series *series);

/* Columns of a relation. */
typedef struct SeriesColumns {
    const char *ds;
    const char *y; /* NULL: missing in every row */
    const char *const *x;
    size_t n_x;
} SeriesColumns;

/*
 * series_agg(ds, y, x...) over a whole relation, with the caller's rights; *is_null when it is empty. The
 * extension's namespace is that of any of its functions. Raises 42703 for a missing column, 42804 for one of
 * a wrong type (ds: date or timestamp; y: a number; x: a number or boolean), 42809 for something that has no
 * rows.
 */
Datum series_from_relation(Oid relation, const SeriesColumns *columns, Oid extension_namespace,
                           bool *is_null);

#endif
