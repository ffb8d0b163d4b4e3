/*
 * methods.h - the table of methods.
 */
#ifndef BI_ML_FORECAST_METHODS_H
#define BI_ML_FORECAST_METHODS_H

#include "forecast/forecast_internal.h"

#define METHOD_SEASONAL_NAIVE 2
#define METHOD_NAIVE          3

/* Runs the method; the same promises as MethodFunction. */
Status method_run(Env *env, ForecastMethod method, const Train *train, Warm *warm, Ahead *ahead, bool *usable,
                  Failure *failure);

/* The candidates that suit the series, seasonal naive first; how many. */
size_t method_candidates(const Train *train, ForecastMethod candidates[FORECAST_MAX_CANDIDATES]);

/* Whether the method, run after the other one on the same values, goes by what that one has found. */
bool method_follows(ForecastMethod method, ForecastMethod other);

/* ets_method.c */
enum { ETS_SEARCH, ETS_SEARCH_ROOT, ETS_ONLY_DAMPED, ETS_ONLY_LEVEL, ETS_ONLY_LEVEL_ROOT };
Status ets_method(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable,
                  Failure *failure);

#endif
