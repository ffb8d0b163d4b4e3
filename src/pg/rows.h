/*
 * rows.h - set-returning functions that materialise into a tuplestore.
 */
#ifndef BI_ML_PG_ROWS_H
#define BI_ML_PG_ROWS_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/execnodes.h"

/* Opens the result; the column types come from the function's declaration. */
ReturnSetInfo *rows_begin(FunctionCallInfo fcinfo);

/* Appends one row of all declared columns. */
void rows_put(ReturnSetInfo *rows, const Datum *values, const bool *nulls);

/* A float8 column from a number: NaN is NULL. */
void rows_number(Datum *values, bool *nulls, int column, double number);

#endif
