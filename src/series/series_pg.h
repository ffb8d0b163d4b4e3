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

#endif
