/*
 * prophet_pg.h - what the server side of prophet/ shares.
 */
#ifndef BI_ML_PROPHET_PROPHET_PG_H
#define BI_ML_PROPHET_PROPHET_PG_H

#include "postgres.h"
#include "fmgr.h"

#include "prophet/prophet.h"

/* The options of prophet_fit, from N_FIT_OPTIONS consecutive arguments. */
#define N_FIT_OPTIONS 10
void fit_options_from_args(FunctionCallInfo fcinfo, int first, ProphetOptions *options);

/* Detoasts and verifies; 22P03 on bytes that are no sane model. */
void prophet_model_from_datum(Datum datum, Env *env, ProphetModel *model);
Datum prophet_model_to_datum(const ProphetModel *model, Env *env);

#endif
