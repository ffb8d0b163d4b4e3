/*
 * forecast_pg.c - prophet_forecast in its call forms: of a model, of a series, of a relation's columns.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "prophet/prophet_pg.h"
#include "series/series_pg.h"

#define N_FORECAST_OPTIONS 7

enum {
    COLUMN_DS,
    COLUMN_YHAT,
    COLUMN_YHAT_LOWER,
    COLUMN_YHAT_UPPER,
    COLUMN_TREND,
    COLUMN_TREND_LOWER,
    COLUMN_TREND_UPPER,
    COLUMN_ADDITIVE,
    COLUMN_MULTIPLICATIVE,
    COLUMN_YEARLY, /* then weekly, daily: the order of ProphetSeason */
    COLUMN_WEEKLY,
    COLUMN_DAILY,
    COLUMN_HOLIDAYS,
    COLUMN_REGRESSORS_ADDITIVE,
    COLUMN_REGRESSORS_MULTIPLICATIVE,
    COLUMN_Y,
    COLUMN_RESIDUAL,
    COLUMN_IN_BAND,
    COLUMN_IS_FUTURE,
    COLUMN_IDENTIFIED,
    COLUMN_STATUS,
    N_COLUMNS
};

typedef struct ForecastOptions {
    size_t horizon;
    bool infer_step;
    ProphetStep step;
    double interval_width;
    bool include_history;
    size_t n_samples;
    uint64_t seed;
    bool status_rows; /* unsuitable data give a row instead of an error */
} ForecastOptions;

static ProphetStep
step_from_interval(const Interval *interval)
{
    ProphetStep step = {interval->month, 0};
    int64 days;

    if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
        pg_add_s64_overflow(days, interval->time, &step.micros) || step.months < 0 || step.micros < 0 ||
        (step.months == 0 && step.micros == 0))
        ereport(
            ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"frequency\" must be positive"),
             errhint("Pass for example '1 day', '1 hour' or '1 month', or NULL to read it off the series.")));
    return step;
}

static void
forecast_options_from_args(FunctionCallInfo fcinfo, int first, ForecastOptions *options)
{
    static const char *const reactions[] = {"raise", "status"};

    options->horizon = (size_t)arg_integer(fcinfo, first, "horizon", 1, PROPHET_MAX_HORIZON);
    options->infer_step = PG_ARGISNULL(first + 1);
    if (!options->infer_step)
        options->step = step_from_interval(PG_GETARG_INTERVAL_P(first + 1));
    options->interval_width = arg_number(fcinfo, first + 2, "interval_width");
    if (!(options->interval_width > 0 && options->interval_width < 1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"interval_width\" must be above 0 and below 1, not %g",
                               options->interval_width),
                        errhint("It is the probability that the interval covers, 0.8 by default.")));
    options->include_history = arg_boolean(fcinfo, first + 3, "include_history");
    options->n_samples =
        (size_t)arg_integer(fcinfo, first + 4, "uncertainty_samples", 0, PROPHET_MAX_SAMPLES);
    arg_require(fcinfo, first + 5, "seed");
    options->seed = (uint64_t)PG_GETARG_INT64(first + 5);
    options->status_rows = arg_word(fcinfo, first + 6, "on_error", reactions, 2) == 1;
}

/* The moments: history if wanted, then the future. */
static Status
forecast_moments(Env *env, const ProphetModel *model, const ForecastOptions *options, int64_t **ds, size_t *n,
                 Failure *failure)
{
    size_t n_history = options->include_history ? model->history.n : 0;
    ProphetStep step = options->step;
    int64_t *future;

    if (options->infer_step)
        RETURN_IF_FAILED(prophet_infer_step(env, &model->history, &step, failure));
    RETURN_IF_FAILED(prophet_future(env, &model->history, step, options->horizon, &future, failure));
    *n = n_history + options->horizon;
    *ds = ENV_NEW(env, *n, int64_t);
    if (*ds == NULL)
        return fail_out_of_memory(failure);
    memcpy(*ds, model->history.ds, n_history * sizeof(int64_t));
    memcpy(*ds + n_history, future, options->horizon * sizeof(int64_t));
    return STATUS_SUCCESS;
}

static Status
forecast_compute(Env *env, const ProphetModel *model, const ForecastOptions *options,
                 ProphetForecast *forecast, Failure *failure)
{
    Series rows = {0};

    RETURN_IF_FAILED(forecast_moments(env, model, options, &rows.ds, &rows.n, failure));
    RETURN_IF_FAILED(prophet_predict(env, model, &rows, forecast, failure));
    return prophet_intervals(env, model, options->interval_width, options->n_samples, options->seed, forecast,
                             failure);
}

static void
put_observation(Datum *values, bool *nulls, double y, const ProphetForecast *forecast, size_t i)
{
    rows_number(values, nulls, COLUMN_Y, y);
    rows_number(values, nulls, COLUMN_RESIDUAL, y - forecast->yhat[i]);
    nulls[COLUMN_IN_BAND] = isnan(y) || isnan(forecast->yhat_lower[i]);
    values[COLUMN_IN_BAND] = BoolGetDatum(y >= forecast->yhat_lower[i] && y <= forecast->yhat_upper[i]);
}

/* The built-in seasonalities, by name. */
static void
put_seasons(Datum *values, bool *nulls, const ProphetModel *model, const ProphetForecast *forecast, size_t i)
{
    for (size_t c = 0; c < model->n_components; c++) {
        for (int season = 0; season < PROPHET_N_SEASONS; season++) {
            if (strcmp(model->components[c].name, prophet_season_name((ProphetSeason)season)) == 0)
                rows_number(values, nulls, COLUMN_YEARLY + season, forecast->component[c][i]);
        }
    }
}

static void
put_forecast_row(ReturnSetInfo *rows, const ProphetModel *model, const ProphetForecast *forecast, size_t i,
                 double y, bool is_future, Datum status)
{
    Datum values[N_COLUMNS] = {0};
    bool nulls[N_COLUMNS] = {false};

    values[COLUMN_DS] = TimestampGetDatum(forecast->ds[i]);
    rows_number(values, nulls, COLUMN_YHAT, forecast->yhat[i]);
    rows_number(values, nulls, COLUMN_YHAT_LOWER, forecast->yhat_lower[i]);
    rows_number(values, nulls, COLUMN_YHAT_UPPER, forecast->yhat_upper[i]);
    rows_number(values, nulls, COLUMN_TREND, forecast->trend[i]);
    rows_number(values, nulls, COLUMN_TREND_LOWER, forecast->trend_lower[i]);
    rows_number(values, nulls, COLUMN_TREND_UPPER, forecast->trend_upper[i]);
    rows_number(values, nulls, COLUMN_ADDITIVE, forecast->additive_terms[i]);
    rows_number(values, nulls, COLUMN_MULTIPLICATIVE, forecast->multiplicative_terms[i]);
    for (int column = COLUMN_YEARLY; column <= COLUMN_REGRESSORS_MULTIPLICATIVE; column++)
        nulls[column] = true;
    put_seasons(values, nulls, model, forecast, i);
    put_observation(values, nulls, y, forecast, i);
    values[COLUMN_IS_FUTURE] = BoolGetDatum(is_future);
    values[COLUMN_IDENTIFIED] = BoolGetDatum(forecast->identified[i]);
    values[COLUMN_STATUS] = status;
    rows_put(rows, values, nulls);
}

static void
put_forecast(ReturnSetInfo *rows, const ProphetModel *model, const ForecastOptions *options,
             const ProphetForecast *forecast)
{
    size_t n_history = options->include_history ? model->history.n : 0;
    Datum status = CStringGetTextDatum(model->converged ? "ok" : "not converged");

    for (size_t i = 0; i < forecast->n; i++) {
        bool is_future = i >= n_history;

        CHECK_FOR_INTERRUPTS();
        put_forecast_row(rows, model, forecast, i, is_future ? NAN : model->history.y[i], is_future, status);
    }
}

static void
put_status(ReturnSetInfo *rows, const char *message)
{
    Datum values[N_COLUMNS] = {0};
    bool nulls[N_COLUMNS];

    memset(nulls, true, sizeof(nulls));
    nulls[COLUMN_STATUS] = false;
    values[COLUMN_STATUS] = CStringGetTextDatum(message);
    rows_put(rows, values, nulls);
}

/* Raises the failure, or makes it a row when it lies in the data and the caller asked for that. */
static void
react(ReturnSetInfo *rows, const ForecastOptions *options, Status status, const Failure *failure)
{
    if (options->status_rows &&
        (status == STATUS_BAD_DATA || status == STATUS_TOO_BIG || status == STATUS_NULL_VALUE))
        put_status(rows, failure->message);
    else
        report_failure(status, failure);
}

static void
react_to_null(ReturnSetInfo *rows, const ForecastOptions *options, const char *name)
{
    Failure failure;
    Status status = fail(&failure, STATUS_NULL_VALUE,
                         "An aggregate over no rows gives NULL; filter such groups out, "
                         "or pass on_error => 'status'.",
                         "argument \"%s\" must not be null", name);

    react(rows, options, status, &failure);
}

static void
forecast_model(ReturnSetInfo *rows, Env *env, const ProphetModel *model, const ForecastOptions *options)
{
    ProphetForecast forecast;
    Failure failure;
    Status status = forecast_compute(env, model, options, &forecast, &failure);

    if (status == STATUS_SUCCESS)
        put_forecast(rows, model, options, &forecast);
    else
        react(rows, options, status, &failure);
}

static void
forecast_series(ReturnSetInfo *rows, Env *env, Datum datum, const ForecastOptions *options,
                const ProphetOptions *fit_options)
{
    Series series;
    ProphetModel model;
    Failure failure;
    Status status;

    series_from_datum(datum, env, &series);
    status = prophet_fit(env, &series, fit_options, &model, &failure);
    if (status == STATUS_SUCCESS)
        forecast_model(rows, env, &model, options);
    else
        react(rows, options, status, &failure);
}

/* All that one forecast needs, freed at its end. */
static MemoryContext
work_context(Env *env)
{
    MemoryContext work =
        AllocSetContextCreate(CurrentMemoryContext, "prophet_forecast", ALLOCSET_DEFAULT_SIZES);

    env_pg_init(env, work);
    return work;
}

BI_ML_FUNCTION(biml_prophet_forecast_model)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    ForecastOptions options;
    ProphetModel model;
    MemoryContext work;
    Env env;

    forecast_options_from_args(fcinfo, 1, &options);
    if (PG_ARGISNULL(0)) {
        react_to_null(rows, &options, "model");
        return (Datum)0;
    }
    work = work_context(&env);
    prophet_model_from_datum(PG_GETARG_DATUM(0), &env, &model);
    forecast_model(rows, &env, &model, &options);
    MemoryContextDelete(work);
    return (Datum)0;
}

BI_ML_FUNCTION(biml_prophet_forecast_series)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    ForecastOptions options;
    ProphetOptions fit_options;
    MemoryContext work;
    Env env;

    forecast_options_from_args(fcinfo, 1, &options);
    fit_options_from_args(fcinfo, 1 + N_FORECAST_OPTIONS, &fit_options);
    if (PG_ARGISNULL(0)) {
        react_to_null(rows, &options, "series");
        return (Datum)0;
    }
    work = work_context(&env);
    forecast_series(rows, &env, PG_GETARG_DATUM(0), &options, &fit_options);
    MemoryContextDelete(work);
    return (Datum)0;
}

/* Arguments from 1: ds_column, y_column, the forecast's options, the fit's. */
static void
forecast_relation(FunctionCallInfo fcinfo, Oid relation)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    ForecastOptions options;
    ProphetOptions fit_options;
    MemoryContext work;
    Env env;
    Datum series;
    bool is_null;

    arg_require(fcinfo, 1, "ds_column");
    arg_require(fcinfo, 2, "y_column");
    forecast_options_from_args(fcinfo, 3, &options);
    fit_options_from_args(fcinfo, 3 + N_FORECAST_OPTIONS, &fit_options);
    series = series_from_relation(relation, NameStr(*PG_GETARG_NAME(1)), NameStr(*PG_GETARG_NAME(2)),
                                  get_func_namespace(fcinfo->flinfo->fn_oid), &is_null);
    if (is_null) {
        Failure failure;
        Status status = fail(&failure, STATUS_BAD_DATA, "Load it or refresh it first.",
                             "relation \"%s\" has no rows", get_rel_name(relation));

        react(rows, &options, status, &failure);
        return;
    }
    work = work_context(&env);
    forecast_series(rows, &env, series, &options, &fit_options);
    MemoryContextDelete(work);
}

BI_ML_FUNCTION(biml_prophet_forecast_relation)
{
    arg_require(fcinfo, 0, "relation");
    forecast_relation(fcinfo, PG_GETARG_OID(0));
    return (Datum)0;
}

BI_ML_FUNCTION(biml_prophet_forecast_name)
{
    char *name = arg_text(fcinfo, 0, "relation");

    forecast_relation(fcinfo, DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(name))));
    return (Datum)0;
}
