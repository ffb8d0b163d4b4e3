/*
 * cross_validation_pg.c - prophet_cross_validation.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "common/int.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "prophet/evaluation.h"
#include "prophet/prophet_pg.h"
#include "series/series_pg.h"

enum {
    ARG_SERIES,
    ARG_HORIZON,
    ARG_PERIOD,
    ARG_INITIAL,
    ARG_CUTOFFS,
    ARG_INTERVAL_WIDTH,
    ARG_UNCERTAINTY_SAMPLES,
    ARG_SEED,
    ARG_FIT_OPTIONS
};

enum { COLUMN_DS, COLUMN_YHAT, COLUMN_YHAT_LOWER, COLUMN_YHAT_UPPER, COLUMN_Y, COLUMN_CUTOFF, N_COLUMNS };

/* Days and shorter units, in microseconds, at least `least`; what is beyond their range is longer than any
 * series. */
static int64
span_from_arg(FunctionCallInfo fcinfo, int i, const char *name, int64 least)
{
    const Interval *interval;
    int64 span;

    arg_require(fcinfo, i, name);
    interval = PG_GETARG_INTERVAL_P(i);
    if (interval->month != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"%s\" must be of fixed length, not in months or years", name),
                        errhint("Pass days, such as '365 days'.")));
    if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &span) ||
        pg_add_s64_overflow(span, interval->time, &span))
        span = interval->day < 0 ? PG_INT64_MIN : PG_INT64_MAX;
    if (span < least)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg(least > 0 ? "argument \"%s\" must be positive"
                                         : "argument \"%s\" must not be negative",
                               name),
                        errhint("Pass for example '30 days'.")));
    return span;
}

static void
listed_cutoffs(FunctionCallInfo fcinfo, ProphetCutoffs *cutoffs)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(ARG_CUTOFFS);
    Datum *values;
    bool *nulls;
    int64_t *list;
    int n;

    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"cutoffs\" must be a one-dimensional array, not of %d dimensions",
                               ARR_NDIM(array)),
                        errhint("Pass a plain list.")));
    deconstruct_array(array, TIMESTAMPOID, sizeof(Timestamp), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
                      &nulls, &n);
    list = palloc(sizeof(int64_t) * (size_t)Max(n, 1));
    for (int i = 0; i < n; i++) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"cutoffs\": element %d must not be null", i + 1),
                            errhint("Pass a list without NULL.")));
        list[i] = DatumGetTimestamp(values[i]);
        if (TIMESTAMP_NOT_FINITE(list[i]))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("argument \"cutoffs\": element %d must be a finite timestamp", i + 1),
                            errhint("Pass moments within the history.")));
    }
    cutoffs->listed = list;
    cutoffs->n_listed = (size_t)n;
}

static ProphetCutoffs
cutoffs_from_args(FunctionCallInfo fcinfo)
{
    ProphetCutoffs cutoffs = {.horizon = span_from_arg(fcinfo, ARG_HORIZON, "horizon", 1), .initial = -1};

    if (!PG_ARGISNULL(ARG_PERIOD))
        cutoffs.period = span_from_arg(fcinfo, ARG_PERIOD, "period", 1);
    if (!PG_ARGISNULL(ARG_INITIAL))
        cutoffs.initial = span_from_arg(fcinfo, ARG_INITIAL, "initial", 0);
    cutoffs.given = !PG_ARGISNULL(ARG_CUTOFFS);
    if (cutoffs.given)
        listed_cutoffs(fcinfo, &cutoffs);
    return cutoffs;
}

typedef struct Bands {
    double interval_width;
    size_t n_samples;
    uint64_t seed;
} Bands;

static Bands
bands_from_args(FunctionCallInfo fcinfo)
{
    Bands bands = {.interval_width = arg_number(fcinfo, ARG_INTERVAL_WIDTH, "interval_width")};

    if (!(bands.interval_width > 0 && bands.interval_width < 1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"interval_width\" must be above 0 and below 1, not %g",
                               bands.interval_width),
                        errhint("It is the probability that the interval covers, 0.8 by default.")));
    bands.n_samples =
        (size_t)arg_integer(fcinfo, ARG_UNCERTAINTY_SAMPLES, "uncertainty_samples", 0, PROPHET_MAX_SAMPLES);
    arg_require(fcinfo, ARG_SEED, "seed");
    bands.seed = (uint64_t)PG_GETARG_INT64(ARG_SEED);
    return bands;
}

static void
put_trial(ReturnSetInfo *rows, const ProphetTrial *trial)
{
    Datum values[N_COLUMNS];
    bool nulls[N_COLUMNS] = {false};

    values[COLUMN_DS] = TimestampGetDatum(trial->ds);
    rows_number(values, nulls, COLUMN_YHAT, trial->yhat);
    rows_number(values, nulls, COLUMN_YHAT_LOWER, trial->yhat_lower);
    rows_number(values, nulls, COLUMN_YHAT_UPPER, trial->yhat_upper);
    rows_number(values, nulls, COLUMN_Y, trial->y);
    values[COLUMN_CUTOFF] = TimestampGetDatum(trial->cutoff);
    rows_put(rows, values, nulls);
}

/* One cutoff after the other, each in memory of its own. */
static void
run(ReturnSetInfo *rows, const ProphetValidation *validation, const Bands *bands)
{
    MemoryContext work =
        AllocSetContextCreate(CurrentMemoryContext, "prophet_cross_validation", ALLOCSET_DEFAULT_SIZES);
    Failure failure;
    Env env;

    env_pg_init(&env, work);
    for (size_t i = 0; i < validation->n_cutoffs; i++) {
        ProphetTrial *trials;
        size_t n;

        report_failure(prophet_validation_trials(&env, validation, i, bands->interval_width, bands->n_samples,
                                                 bands->seed, &trials, &n, &failure),
                       &failure);
        for (size_t r = 0; r < n; r++)
            put_trial(rows, &trials[r]);
        MemoryContextReset(work);
        CHECK_FOR_INTERRUPTS();
    }
    MemoryContextDelete(work);
}

BI_ML_FUNCTION(biml_prophet_cross_validation)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    ProphetCutoffs cutoffs;
    ProphetValidation validation;
    ProphetOptions options;
    FitOptions fit;
    Bands bands;
    Series series;
    Failure failure;
    Env env;

    arg_require(fcinfo, ARG_SERIES, "series");
    cutoffs = cutoffs_from_args(fcinfo);
    bands = bands_from_args(fcinfo);
    fit_options_from_args(fcinfo, ARG_FIT_OPTIONS, &fit);
    env_pg_init(&env, CurrentMemoryContext);
    series_from_datum(PG_GETARG_DATUM(ARG_SERIES), &env, &series);
    fit_options_complete(&fit, &series, &options);
    report_failure(prophet_validation_plan(&env, &series, &options, &cutoffs, &validation, &failure),
                   &failure);
    run(rows, &validation, &bands);
    return (Datum)0;
}
