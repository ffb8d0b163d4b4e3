/*
 * prophet_pg.h - what the server side of prophet/ shares.
 */
#ifndef BI_ML_PROPHET_PROPHET_PG_H
#define BI_ML_PROPHET_PROPHET_PG_H

#include "postgres.h"
#include "fmgr.h"

#include "holiday/holiday.h"
#include "prophet/prophet.h"

/* The options of prophet_fit as the caller gave them. */
typedef struct FitOptions {
    ProphetOptions options;
    const Holiday *calendar; /* of the option country */
    size_t n_calendar;
} FitOptions;

/* From N_FIT_OPTIONS consecutive arguments, checked as far as they can be without a series; what they point
 * to lives in the current memory context. Raises 22023, 22004, 2202E, 54000. */
#define N_FIT_OPTIONS 19
void fit_options_from_args(FunctionCallInfo fcinfo, int first, FitOptions *fit);
/* The options for one series: with those public holidays whose names fall in a year of it. */
void fit_options_complete(const FitOptions *fit, const Series *series, ProphetOptions *options);

/* records_pg.c: the options that are arrays of composite values; NULL gives none. */
ProphetSeasonalitySpec *seasonalities_from_arg(FunctionCallInfo fcinfo, int i, double prior_scale, size_t *n);
ProphetHolidaySpec *holidays_from_arg(FunctionCallInfo fcinfo, int i, size_t *n);
ProphetRegressorSpec *regressors_from_arg(FunctionCallInfo fcinfo, int i, size_t *n);
/* The calendar of a country; 22023 where there is none. */
const Holiday *country_from_arg(FunctionCallInfo fcinfo, int i, size_t *n);
/* The mode by its name; 22023 beginning with `where`. */
ProphetMode mode_from_text(const char *text, const char *where);

/* Which moments to forecast. */
typedef struct ForecastMoments {
    size_t horizon;
    bool infer_step;
    ProphetStep step;
    bool include_history;
} ForecastMoments;

/* horizon, frequency and include_history, by their positions; no history where that is -1. */
void moments_from_args(FunctionCallInfo fcinfo, int horizon, int frequency, int include_history,
                       bool has_future, ForecastMoments *moments);

/* 22023 unless it is a probability. */
double interval_width_from_arg(FunctionCallInfo fcinfo, int i);

/*
 * The rows to predict, ascending: the history if wanted, then steps or, where it is not NULL, the rows of
 * `future`. y is that of the history, NaN ahead. BAD_VALUE without a future where the model needs columns or
 * the calendar ends, BAD_SHAPE where the future has other columns than the model, BAD_DATA where it is empty.
 */
Status moments_rows(Env *env, const ProphetModel *model, const ForecastMoments *moments, const Series *future,
                    Series *rows, Failure *failure);

/* Detoasts and verifies; 22P03 on bytes that are no sane model. */
void prophet_model_from_datum(Datum datum, Env *env, ProphetModel *model);
Datum prophet_model_to_datum(const ProphetModel *model, Env *env);

#endif
