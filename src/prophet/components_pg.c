/*
 * components_pg.c - prophet_components: every part of a forecast by its name, one row each.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "prophet/prophet_pg.h"
#include "series/series_pg.h"

enum { ARGUMENT_MODEL, ARGUMENT_HORIZON, ARGUMENT_FREQUENCY, ARGUMENT_INCLUDE_HISTORY, ARGUMENT_FUTURE };

/* A name and its values. */
typedef struct Part {
    Datum name;
    const double *values;
} Part;

typedef struct Parts {
    size_t n;
    Part *part;
} Parts;

/* Parts that the model lacks are left out. */
static void
add_part(Parts *parts, const char *name, const double *values)
{
    if (values != NULL)
        parts->part[parts->n++] = (Part){CStringGetTextDatum(name), values};
}

static Parts
list_parts(const ProphetModel *model, const ProphetForecast *forecast)
{
    Parts parts = {0, palloc(sizeof(Part) * (model->n_components + 9))};
    bool has_floor = model->floor != 0 || model->floor_column != PROPHET_NO_COLUMN;

    add_part(&parts, "trend", forecast->trend);
    add_part(&parts, "cap", forecast->cap);
    add_part(&parts, "floor", has_floor ? forecast->floor : NULL);
    for (size_t c = 0; c < model->n_components; c++)
        add_part(&parts, model->components[c].name, forecast->component[c]);
    add_part(&parts, "holidays", forecast->holidays);
    add_part(&parts, "extra_regressors_additive", forecast->extra_regressors_additive);
    add_part(&parts, "extra_regressors_multiplicative", forecast->extra_regressors_multiplicative);
    add_part(&parts, "additive_terms", forecast->additive_terms);
    add_part(&parts, "multiplicative_terms", forecast->multiplicative_terms);
    add_part(&parts, "yhat", forecast->yhat);
    return parts;
}

static void
put_parts(ReturnSetInfo *rows, const ProphetForecast *forecast, const Parts *parts)
{
    bool nulls[3] = {false};
    Datum values[3];

    for (size_t i = 0; i < forecast->n; i++) {
        CHECK_FOR_INTERRUPTS();
        values[0] = TimestampGetDatum(forecast->ds[i]);
        for (size_t p = 0; p < parts->n; p++) {
            values[1] = parts->part[p].name;
            rows_number(values, nulls, 2, parts->part[p].values[i]);
            rows_put(rows, values, nulls);
        }
    }
}

BI_ML_FUNCTION(biml_prophet_components)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    MemoryContext work, caller;
    ForecastMoments moments;
    ProphetModel model;
    ProphetForecast forecast;
    Series future, moment_rows;
    bool has_future = !PG_ARGISNULL(ARGUMENT_FUTURE);
    Parts parts;
    Env env;
    Failure failure;

    moments_from_args(fcinfo, ARGUMENT_HORIZON, ARGUMENT_FREQUENCY, ARGUMENT_INCLUDE_HISTORY, has_future,
                      &moments);
    arg_require(fcinfo, ARGUMENT_MODEL, "model");
    work = AllocSetContextCreate(CurrentMemoryContext, "prophet_components", ALLOCSET_DEFAULT_SIZES);
    caller = MemoryContextSwitchTo(work);
    env_pg_init(&env, work);
    prophet_model_from_datum(PG_GETARG_DATUM(ARGUMENT_MODEL), &env, &model);
    if (has_future)
        series_from_datum(PG_GETARG_DATUM(ARGUMENT_FUTURE), &env, &future);
    report_failure(moments_rows(&env, &model, &moments, has_future ? &future : NULL, &moment_rows, &failure),
                   &failure);
    report_failure(prophet_predict(&env, &model, &moment_rows, &forecast, &failure), &failure);
    parts = list_parts(&model, &forecast);
    put_parts(rows, &forecast, &parts);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
    return (Datum)0;
}
