/*
 * forecast_pg.c - prophet_forecast in its call forms: of a model, of a series, of a relation's columns.
 */
#include "postgres.h"

#include <math.h>

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

/* The order of the arguments after what is forecast. */
enum {
    OPTION_HORIZON,
    OPTION_FREQUENCY,
    OPTION_INTERVAL_WIDTH,
    OPTION_INCLUDE_HISTORY,
    OPTION_FUTURE,
    OPTION_UNCERTAINTY_SAMPLES,
    OPTION_SEED,
    OPTION_ON_ERROR,
    OPTION_IDENTIFIED_ONLY,
    OPTION_NON_NEGATIVE,
    N_FORECAST_OPTIONS
};

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
    COLUMN_HOLIDAYS = COLUMN_YEARLY + PROPHET_N_SEASONS,
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
    ForecastMoments moments;
    double interval_width;
    size_t n_samples;
    uint64_t seed;
    bool status_rows; /* what cannot be forecast gives a row instead of an error */
    bool identified_only;
    bool non_negative;
} ForecastOptions;

/* One call: where the rows go, and where everything else lives until its end. */
typedef struct Call {
    ReturnSetInfo *rows;
    MemoryContext caller, work;
    Env env;
    ForecastOptions options;
} Call;

static void
call_begin(FunctionCallInfo fcinfo, Call *call)
{
    call->rows = rows_begin(fcinfo);
    call->work = AllocSetContextCreate(CurrentMemoryContext, "prophet_forecast", ALLOCSET_DEFAULT_SIZES);
    call->caller = MemoryContextSwitchTo(call->work);
    env_pg_init(&call->env, call->work);
}

static Datum
call_end(Call *call)
{
    MemoryContextSwitchTo(call->caller);
    MemoryContextDelete(call->work);
    return (Datum)0;
}

static void
forecast_options_from_args(FunctionCallInfo fcinfo, int first, ForecastOptions *options)
{
    static const char *const reactions[] = {"raise", "status"};

    moments_from_args(fcinfo, first + OPTION_HORIZON, first + OPTION_FREQUENCY,
                      first + OPTION_INCLUDE_HISTORY, !PG_ARGISNULL(first + OPTION_FUTURE),
                      &options->moments);
    options->interval_width = interval_width_from_arg(fcinfo, first + OPTION_INTERVAL_WIDTH);
    options->n_samples = (size_t)arg_integer(fcinfo, first + OPTION_UNCERTAINTY_SAMPLES,
                                             "uncertainty_samples", 0, PROPHET_MAX_SAMPLES);
    arg_require(fcinfo, first + OPTION_SEED, "seed");
    options->seed = (uint64_t)PG_GETARG_INT64(first + OPTION_SEED);
    options->status_rows = arg_word(fcinfo, first + OPTION_ON_ERROR, "on_error", reactions, 2) == 1;
    options->identified_only = arg_boolean(fcinfo, first + OPTION_IDENTIFIED_ONLY, "identified_only");
    options->non_negative = arg_boolean(fcinfo, first + OPTION_NON_NEGATIVE, "non_negative");
}

static void
lift_to_zero(double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i] < 0)
            v[i] = 0;
    }
}

/* Figures near the end of double precision leave it when their trend goes on. */
static Status
check_finite(const ProphetForecast *forecast, Failure *failure)
{
    for (size_t i = 0; i < forecast->n; i++) {
        if (isinf(forecast->yhat[i]) || isinf(forecast->yhat_lower[i]) || isinf(forecast->yhat_upper[i]))
            return fail(failure, STATUS_BAD_DATA, "Bring y to another unit, or pass a shorter horizon.",
                        "the forecast exceeds double precision");
    }
    return STATUS_SUCCESS;
}

static Status
forecast_compute(Env *env, const ProphetModel *model, const ForecastOptions *options, const Series *rows,
                 ProphetForecast *forecast, Failure *failure)
{
    RETURN_IF_FAILED(prophet_predict(env, model, rows, forecast, failure));
    RETURN_IF_FAILED(prophet_intervals(env, model, options->interval_width, options->n_samples, options->seed,
                                       forecast, failure));
    if (options->non_negative) {
        lift_to_zero(forecast->yhat, forecast->n);
        lift_to_zero(forecast->yhat_lower, forecast->n);
        lift_to_zero(forecast->yhat_upper, forecast->n);
    }
    return check_finite(forecast, failure);
}

static void
put_observation(Datum *values, bool *nulls, double y, const ProphetForecast *forecast, size_t i)
{
    bool has_band = !isnan(y) && !isnan(forecast->yhat_lower[i]);

    rows_number(values, nulls, COLUMN_Y, y);
    rows_number(values, nulls, COLUMN_RESIDUAL, y - forecast->yhat[i]);
    nulls[COLUMN_IN_BAND] = !has_band;
    values[COLUMN_IN_BAND] =
        BoolGetDatum(has_band && y >= forecast->yhat_lower[i] && y <= forecast->yhat_upper[i]);
}

/* Parts that the model lacks are NULL. */
static void
put_part(Datum *values, bool *nulls, int column, const double *part, size_t i)
{
    rows_number(values, nulls, column, part == NULL ? NAN : part[i]);
}

static void
put_parts(Datum *values, bool *nulls, const ProphetModel *model, const ProphetForecast *forecast, size_t i)
{
    put_part(values, nulls, COLUMN_ADDITIVE, forecast->additive_terms, i);
    put_part(values, nulls, COLUMN_MULTIPLICATIVE, forecast->multiplicative_terms, i);
    for (int season = 0; season < PROPHET_N_SEASONS; season++)
        nulls[COLUMN_YEARLY + season] = true;
    for (size_t c = 0; c < model->n_components && model->components[c].kind == PROPHET_SEASONALITY; c++) {
        for (int season = 0; season < PROPHET_N_SEASONS; season++) {
            if (strcmp(model->components[c].name, prophet_season_name((ProphetSeason)season)) == 0)
                rows_number(values, nulls, COLUMN_YEARLY + season, forecast->component[c][i]);
        }
    }
    put_part(values, nulls, COLUMN_HOLIDAYS, forecast->holidays, i);
    put_part(values, nulls, COLUMN_REGRESSORS_ADDITIVE, forecast->extra_regressors_additive, i);
    put_part(values, nulls, COLUMN_REGRESSORS_MULTIPLICATIVE, forecast->extra_regressors_multiplicative, i);
}

static void
put_row(ReturnSetInfo *rows, const ProphetModel *model, const ProphetForecast *forecast, size_t i, double y,
        bool is_future, Datum status)
{
    Datum values[N_COLUMNS];
    bool nulls[N_COLUMNS] = {false};

    values[COLUMN_DS] = TimestampGetDatum(forecast->ds[i]);
    rows_number(values, nulls, COLUMN_YHAT, forecast->yhat[i]);
    rows_number(values, nulls, COLUMN_YHAT_LOWER, forecast->yhat_lower[i]);
    rows_number(values, nulls, COLUMN_YHAT_UPPER, forecast->yhat_upper[i]);
    rows_number(values, nulls, COLUMN_TREND, forecast->trend[i]);
    rows_number(values, nulls, COLUMN_TREND_LOWER, forecast->trend_lower[i]);
    rows_number(values, nulls, COLUMN_TREND_UPPER, forecast->trend_upper[i]);
    put_parts(values, nulls, model, forecast, i);
    put_observation(values, nulls, y, forecast, i);
    values[COLUMN_IS_FUTURE] = BoolGetDatum(is_future);
    values[COLUMN_IDENTIFIED] = BoolGetDatum(forecast->identified[i]);
    values[COLUMN_STATUS] = status;
    rows_put(rows, values, nulls);
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

/* A series whose rows are all left out says so where others have a status. */
static void
put_forecast(Call *call, const ProphetModel *model, const Series *rows, const ProphetForecast *forecast)
{
    bool is_silent = call->options.status_rows;
    int64_t known = model->history.ds[model->history.n - 1];
    Datum status = CStringGetTextDatum(model->converged ? "ok" : "not converged");

    for (size_t i = 0; i < forecast->n; i++) {
        bool is_future = forecast->ds[i] > known;

        CHECK_FOR_INTERRUPTS();
        if (!is_future || forecast->identified[i] || !call->options.identified_only) {
            put_row(call->rows, model, forecast, i, rows->y[i], is_future, status);
            is_silent = false;
        }
    }
    if (is_silent)
        put_status(call->rows, "no row to forecast is identified by the history");
}

/*
 * Raises the failure, or makes it a row when the caller asked for that. Options were checked before: what
 * fails now lies in the series or the model, except for the statement's end and the server's memory.
 */
static void
react(Call *call, Status status, const Failure *failure)
{
    if (call->options.status_rows && status != STATUS_SUCCESS && status != STATUS_CANCELLED &&
        status != STATUS_OUT_OF_MEMORY)
        put_status(call->rows, failure->message);
    else
        report_failure(status, failure);
}

static void
react_to_null(Call *call, const char *name)
{
    Failure failure;
    Status status = fail(&failure, STATUS_NULL_VALUE,
                         "An aggregate over no rows gives NULL; filter such groups out, "
                         "or pass on_error => 'status'.",
                         "argument \"%s\" must not be null", name);

    react(call, status, &failure);
}

static void
forecast_model(Call *call, const ProphetModel *model, const Series *future)
{
    ProphetForecast forecast;
    Series rows;
    Failure failure;
    Status status = moments_rows(&call->env, model, &call->options.moments, future, &rows, &failure);

    if (status == STATUS_SUCCESS)
        status = forecast_compute(&call->env, model, &call->options, &rows, &forecast, &failure);
    if (status == STATUS_SUCCESS)
        put_forecast(call, model, &rows, &forecast);
    else
        react(call, status, &failure);
}

static void
forecast_series(Call *call, const Series *series, const Series *future, const FitOptions *fit)
{
    ProphetOptions options;
    ProphetModel model;
    Failure failure;
    Status status;

    fit_options_complete(fit, series, &options);
    status = prophet_fit(&call->env, series, &options, &model, &failure);

    if (status == STATUS_SUCCESS)
        forecast_model(call, &model, future);
    else
        react(call, status, &failure);
}

/* The argument's series, or NULL. */
static const Series *
series_argument(FunctionCallInfo fcinfo, int i, Env *env, Series *series)
{
    if (PG_ARGISNULL(i))
        return NULL;
    series_from_datum(PG_GETARG_DATUM(i), env, series);
    return series;
}

BI_ML_FUNCTION(biml_prophet_forecast_model)
{
    ProphetModel model;
    Series future;
    Call call;

    call_begin(fcinfo, &call);
    forecast_options_from_args(fcinfo, 1, &call.options);
    if (PG_ARGISNULL(0)) {
        react_to_null(&call, "model");
        return call_end(&call);
    }
    prophet_model_from_datum(PG_GETARG_DATUM(0), &call.env, &model);
    forecast_model(&call, &model, series_argument(fcinfo, 1 + OPTION_FUTURE, &call.env, &future));
    return call_end(&call);
}

/* The options of forecast and fit together, from two adjacent blocks of arguments. */
static void
options_from_args(FunctionCallInfo fcinfo, int first, ForecastOptions *options, FitOptions *fit)
{
    forecast_options_from_args(fcinfo, first, options);
    fit_options_from_args(fcinfo, first + N_FORECAST_OPTIONS, fit);
}

BI_ML_FUNCTION(biml_prophet_forecast_series)
{
    Series series, future;
    FitOptions fit;
    Call call;

    call_begin(fcinfo, &call);
    options_from_args(fcinfo, 1, &call.options, &fit);
    if (PG_ARGISNULL(0)) {
        react_to_null(&call, "series");
        return call_end(&call);
    }
    series_from_datum(PG_GETARG_DATUM(0), &call.env, &series);
    forecast_series(&call, &series, series_argument(fcinfo, 1 + OPTION_FUTURE, &call.env, &future), &fit);
    return call_end(&call);
}

/* False, and the reaction, when the relation is empty. */
static bool
read_relation(FunctionCallInfo fcinfo, Call *call, Oid relation, const SeriesColumns *columns, Series *series)
{
    Oid schema = get_func_namespace(fcinfo->flinfo->fn_oid);
    bool is_null;
    Datum datum = series_from_relation(relation, columns, schema, &is_null);
    Failure failure;

    if (is_null) {
        Status status = fail(&failure, STATUS_BAD_DATA, "Load it or refresh it first.",
                             "relation \"%s\" has no rows", get_rel_name(relation));

        react(call, status, &failure);
        return false;
    }
    series_from_datum(datum, &call->env, series);
    return true;
}

/* Arguments from 1: ds_column, y_column, the forecast's options, the fit's; future 0: none. */
static void
forecast_relation(FunctionCallInfo fcinfo, Call *call, Oid relation, Oid future)
{
    SeriesColumns columns = {NULL, NULL, NULL, 0};
    Series series, ahead;
    FitOptions fit;

    arg_require(fcinfo, 1, "ds_column");
    arg_require(fcinfo, 2, "y_column");
    options_from_args(fcinfo, 3, &call->options, &fit);
    columns.ds = NameStr(*PG_GETARG_NAME(1));
    columns.y = NameStr(*PG_GETARG_NAME(2));
    columns.x = fit.options.column_names;
    columns.n_x = fit.options.n_column_names;
    if (!read_relation(fcinfo, call, relation, &columns, &series))
        return;
    columns.y = NULL;
    if (OidIsValid(future) && !read_relation(fcinfo, call, future, &columns, &ahead))
        return;
    forecast_series(call, &series, OidIsValid(future) ? &ahead : NULL, &fit);
}

BI_ML_FUNCTION(biml_prophet_forecast_relation)
{
    Call call;

    arg_require(fcinfo, 0, "relation");
    call_begin(fcinfo, &call);
    forecast_relation(fcinfo, &call, PG_GETARG_OID(0),
                      PG_ARGISNULL(3 + OPTION_FUTURE) ? InvalidOid : PG_GETARG_OID(3 + OPTION_FUTURE));
    return call_end(&call);
}

/* As a text literal is cast to regclass. */
static Oid
relation_by_name(FunctionCallInfo fcinfo, int i, const char *argument)
{
    char *name = arg_text(fcinfo, i, argument);

    return DatumGetObjectId(DirectFunctionCall1(regclassin, CStringGetDatum(name)));
}

BI_ML_FUNCTION(biml_prophet_forecast_name)
{
    Oid relation = relation_by_name(fcinfo, 0, "relation"), future = InvalidOid;
    Call call;

    if (!PG_ARGISNULL(3 + OPTION_FUTURE))
        future = relation_by_name(fcinfo, 3 + OPTION_FUTURE, "future");
    call_begin(fcinfo, &call);
    forecast_relation(fcinfo, &call, relation, future);
    return call_end(&call);
}
