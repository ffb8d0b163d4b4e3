/*
 * total_pg.c - prophet_forecast_total: sums over time and over models, with the intervals of sums.
 *
 * The models are read twice, one at a time: first for the moments that all are forecast at, then for their
 * forecasts, so that memory holds the totals and one model.
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/lsyscache.h"
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
    ARGUMENT_MODELS,
    ARGUMENT_HORIZON,
    ARGUMENT_FREQUENCY,
    ARGUMENT_INTERVAL_WIDTH,
    ARGUMENT_FUTURE,
    ARGUMENT_UNCERTAINTY_SAMPLES,
    ARGUMENT_SEED,
    ARGUMENT_NON_NEGATIVE,
    ARGUMENT_EVERY
};

/* The elements of an array argument. */
typedef struct Elements {
    int n;
    Datum *values;
    bool *nulls;
} Elements;

/* One call. What is allocated in `one` lives as long as one model. */
typedef struct Call {
    Elements models, futures;
    ForecastMoments moments;
    ProphetTotalOptions options;
    MemoryContext work, one;
    Env work_env, one_env;
    Series grid; /* the moments that all models are forecast at, without columns */
    ProphetTotals *totals;
} Call;

static Elements
elements_from_arg(FunctionCallInfo fcinfo, int i, const char *name)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(i);
    Elements elements;
    int16 length;
    bool by_value;
    char alignment;

    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" must be a one-dimensional array, not of %d dimensions", name,
                               ARR_NDIM(array)),
                        errhint("Make it by array_agg.")));
    get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &alignment);
    deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, alignment, &elements.values,
                      &elements.nulls, &elements.n);
    return elements;
}

static void
models_from_args(FunctionCallInfo fcinfo, Call *call)
{
    arg_require(fcinfo, ARGUMENT_MODELS, "models");
    call->models = elements_from_arg(fcinfo, ARGUMENT_MODELS, "models");
    if (call->models.n == 0)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"models\" has no elements"),
                 errhint("Make it by array_agg(prophet_fit(...)).")));
    for (int i = 0; i < call->models.n; i++) {
        if (call->models.nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"models\": element %d must not be null", i + 1),
                            errhint("Filter them out: array_agg(model) FILTER (WHERE model IS NOT NULL).")));
    }
    memset(&call->futures, 0, sizeof(call->futures));
    if (PG_ARGISNULL(ARGUMENT_FUTURE))
        return;
    call->futures = elements_from_arg(fcinfo, ARGUMENT_FUTURE, "future");
    if (call->futures.n != 1 && call->futures.n != call->models.n)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"future\" must have 1 or %d elements, not %d", call->models.n,
                               call->futures.n),
                        errhint("Pass one series for all models, or one for each.")));
    for (int i = 0; i < call->futures.n; i++) {
        if (call->futures.nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"future\": element %d must not be null", i + 1),
                            errhint("Pass one series for all models, or one for each.")));
    }
}

static void
options_from_args(FunctionCallInfo fcinfo, Call *call)
{
    ProphetTotalOptions *options = &call->options;

    moments_from_args(fcinfo, ARGUMENT_HORIZON, ARGUMENT_FREQUENCY, -1, !PG_ARGISNULL(ARGUMENT_FUTURE),
                      &call->moments);
    options->interval_width = interval_width_from_arg(fcinfo, ARGUMENT_INTERVAL_WIDTH);
    options->n_samples = (size_t)arg_integer(fcinfo, ARGUMENT_UNCERTAINTY_SAMPLES, "uncertainty_samples", 0,
                                             PROPHET_MAX_SAMPLES);
    arg_require(fcinfo, ARGUMENT_SEED, "seed");
    options->seed = (uint64_t)PG_GETARG_INT64(ARGUMENT_SEED);
    options->non_negative = arg_boolean(fcinfo, ARGUMENT_NON_NEGATIVE, "non_negative");
    options->every = 0; /* the whole */
    if (!PG_ARGISNULL(ARGUMENT_EVERY))
        options->every = (size_t)arg_integer(fcinfo, ARGUMENT_EVERY, "every", 1, PROPHET_MAX_HORIZON);
}

static void
use_step(Call *call, const ProphetModel *model, int i)
{
    ProphetStep step;
    Failure failure;

    report_failure(prophet_infer_step(&call->one_env, &model->history, &step, &failure), &failure);
    if (i > 0 && (step.months != call->moments.step.months || step.micros != call->moments.step.micros))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"frequency\" must be given: the series of model %d steps otherwise "
                               "than that of model 1",
                               i + 1),
                        errhint("Pass for example '1 day', a step that suits all models.")));
    call->moments.step = step;
}

/* The steps after the last moment that any model knows. */
static void
lay_steps(Call *call)
{
    bool infer = call->moments.infer_step;
    int64_t known = PG_INT64_MIN;
    int latest = 0;
    ProphetModel model;
    Failure failure;

    for (int i = 0; i < call->models.n; i++) {
        prophet_model_from_datum(call->models.values[i], &call->one_env, &model);
        if (model.history.ds[model.history.n - 1] > known) {
            known = model.history.ds[model.history.n - 1];
            latest = i;
        }
        if (infer)
            use_step(call, &model, i);
        MemoryContextReset(call->one);
    }
    prophet_model_from_datum(call->models.values[latest], &call->one_env, &model);
    call->grid.n = call->moments.horizon;
    report_failure(prophet_future(&call->work_env, &model.history, call->moments.step, call->grid.n,
                                  &call->grid.ds, &failure),
                   &failure);
    MemoryContextReset(call->one);
}

static void
lay_grid(Call *call)
{
    memset(&call->grid, 0, sizeof(call->grid));
    if (call->futures.n > 0)
        series_from_datum(call->futures.values[0], &call->work_env, &call->grid);
    else
        lay_steps(call);
    if (call->grid.n == 0)
        ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION), errmsg("argument \"future\" has no rows"),
                        errhint("Leave it out to forecast horizon steps.")));
}

/* The rows of model i: the grid, with the columns of its own future. */
static void
rows_of(Call *call, const ProphetModel *model, int i, Series *rows)
{
    Series future = call->grid;
    Failure failure;

    if (call->futures.n > 0)
        series_from_datum(call->futures.values[call->futures.n > 1 ? i : 0], &call->one_env, &future);
    if (future.n != call->grid.n || memcmp(future.ds, call->grid.ds, future.n * sizeof(int64_t)) != 0)
        ereport(ERROR, (errcode(ERRCODE_DATA_EXCEPTION),
                        errmsg("argument \"future\": element %d has other moments than element 1", i + 1),
                        errhint("A total needs all models at the same moments.")));
    if (call->futures.n == 0 && model->history.n_columns > 0)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("argument \"future\" must not be null for a model with columns"),
                 errhint("Pass an array of series_agg(ds, NULL, ...) over the moments to forecast, with "
                         "the columns' values.")));
    report_failure(moments_rows(&call->one_env, model, &call->moments, &future, rows, &failure), &failure);
}

static void
add_models(Call *call)
{
    for (int i = 0; i < call->models.n; i++) {
        ProphetModel model;
        ProphetForecast forecast;
        Series rows;
        Failure failure;

        prophet_model_from_datum(call->models.values[i], &call->one_env, &model);
        rows_of(call, &model, i, &rows);
        report_failure(prophet_predict(&call->one_env, &model, &rows, &forecast, &failure), &failure);
        report_failure(prophet_totals_add(&call->one_env, call->totals, &model, &forecast, &failure),
                       &failure);
        MemoryContextReset(call->one);
    }
}

static void
put_totals(ReturnSetInfo *rows, Call *call)
{
    const ProphetTotal *total;
    Failure failure;
    size_t n;

    report_failure(prophet_totals_finish(&call->work_env, call->totals, &total, &n, &failure), &failure);
    for (size_t j = 0; j < n; j++) {
        Datum values[5] = {TimestampGetDatum(total[j].from), TimestampGetDatum(total[j].to)};
        bool nulls[5] = {false};

        rows_number(values, nulls, 2, total[j].yhat);
        rows_number(values, nulls, 3, total[j].yhat_lower);
        rows_number(values, nulls, 4, total[j].yhat_upper);
        rows_put(rows, values, nulls);
    }
}

BI_ML_FUNCTION(biml_prophet_forecast_total)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    MemoryContext caller;
    Call call;
    Failure failure;

    call.work = AllocSetContextCreate(CurrentMemoryContext, "prophet_forecast_total", ALLOCSET_DEFAULT_SIZES);
    call.one = AllocSetContextCreate(call.work, "prophet_forecast_total model", ALLOCSET_DEFAULT_SIZES);
    caller = MemoryContextSwitchTo(call.work);
    env_pg_init(&call.work_env, call.work);
    env_pg_init(&call.one_env, call.one);
    options_from_args(fcinfo, &call);
    models_from_args(fcinfo, &call);
    MemoryContextSwitchTo(call.one);
    lay_grid(&call);
    if (call.options.every == 0 || call.options.every > call.grid.n)
        call.options.every = call.grid.n;
    report_failure(prophet_totals_new(&call.work_env, call.grid.ds, call.grid.n, (size_t)call.models.n,
                                      &call.options, &call.totals, &failure),
                   &failure);
    add_models(&call);
    MemoryContextSwitchTo(call.work);
    put_totals(rows, &call);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(call.work);
    return (Datum)0;
}
