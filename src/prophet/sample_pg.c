/*
 * sample_pg.c - prophet_sample_paths: whole futures of y, row by row; only one path is held at a time.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "prophet/prophet_pg.h"
#include "series/series_pg.h"

enum {
    ARGUMENT_MODEL,
    ARGUMENT_HORIZON,
    ARGUMENT_FREQUENCY,
    ARGUMENT_FUTURE,
    ARGUMENT_N_SAMPLES,
    ARGUMENT_SEED,
    ARGUMENT_NON_NEGATIVE
};

static void
put_path(ReturnSetInfo *rows, const ProphetForecast *forecast, int sample, const double *y, bool non_negative)
{
    bool nulls[3] = {false};
    Datum values[3] = {Int32GetDatum(sample)};

    for (size_t i = 0; i < forecast->n; i++) {
        CHECK_FOR_INTERRUPTS();
        values[1] = TimestampGetDatum(forecast->ds[i]);
        values[2] = Float8GetDatum(non_negative && y[i] < 0 ? 0 : y[i]);
        rows_put(rows, values, nulls);
    }
}

BI_ML_FUNCTION(biml_prophet_sample_paths)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    bool has_future = !PG_ARGISNULL(ARGUMENT_FUTURE), non_negative;
    MemoryContext work, caller;
    ForecastMoments moments;
    ProphetModel model;
    ProphetForecast forecast;
    ProphetSamples *samples;
    Series future, moment_rows;
    Failure failure;
    Env env;
    double *y;
    int n_samples;

    moments_from_args(fcinfo, ARGUMENT_HORIZON, ARGUMENT_FREQUENCY, -1, has_future, &moments);
    n_samples = arg_integer(fcinfo, ARGUMENT_N_SAMPLES, "n_samples", 1, PROPHET_MAX_SAMPLES);
    arg_require(fcinfo, ARGUMENT_SEED, "seed");
    non_negative = arg_boolean(fcinfo, ARGUMENT_NON_NEGATIVE, "non_negative");
    arg_require(fcinfo, ARGUMENT_MODEL, "model");
    work = AllocSetContextCreate(CurrentMemoryContext, "prophet_sample_paths", ALLOCSET_DEFAULT_SIZES);
    caller = MemoryContextSwitchTo(work);
    env_pg_init(&env, work);
    prophet_model_from_datum(PG_GETARG_DATUM(ARGUMENT_MODEL), &env, &model);
    if (has_future)
        series_from_datum(PG_GETARG_DATUM(ARGUMENT_FUTURE), &env, &future);
    report_failure(moments_rows(&env, &model, &moments, has_future ? &future : NULL, &moment_rows, &failure),
                   &failure);
    report_failure(prophet_predict(&env, &model, &moment_rows, &forecast, &failure), &failure);
    report_failure(prophet_samples_new(&env, &model, &forecast, (uint64_t)PG_GETARG_INT64(ARGUMENT_SEED),
                                       &samples, &failure),
                   &failure);
    y = palloc_array(double, forecast.n);
    for (int sample = 1; sample <= n_samples; sample++) {
        report_failure(prophet_samples_next(&env, samples, y, &failure), &failure);
        put_path(rows, &forecast, sample, y, non_negative);
    }
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
    return (Datum)0;
}
