/*
 * anomaly_pg.c - anomaly_detect and anomaly_severity.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "anomaly/anomaly.h"
#include "pg/compat.h"
#include "pg/enum.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "prophet/prophet_pg.h"
#include "series/series_pg.h"

enum Argument {
    ARG_SERIES,
    ARG_TRAIN_UNTIL,
    ARG_CAUSAL,
    ARG_SENSITIVITY,
    ARG_DIRECTION,
    ARG_CLOSED,
    ARG_FILL_ZERO,
    ARG_MIN_ABS,
    ARG_MIN_PCT,
    ARG_SEED,
    ARG_EXPECTATION,
    ARG_MODEL,
    ARG_SCORE_FROM
};

enum Column {
    COL_DS,
    COL_ACTUAL,
    COL_EXPECTED,
    COL_LOWER,
    COL_UPPER,
    COL_DEVIATION,
    COL_DEVIATION_PCT,
    COL_SCORE,
    COL_Z,
    COL_QUANTILE,
    COL_RANK_SCORE,
    COL_IS_ANOMALY,
    COL_DIRECTION,
    COL_SEVERITY,
    COL_EPISODE,
    COL_BESIDE_CLOSURE,
    N_COLUMNS
};

static const char *const severity_names[] = {NULL, "low", "medium", "high", "critical"};

static AnomalyDirection
direction_from_text(Datum value)
{
    char *name = TextDatumGetCString(value);

    if (strcmp(name, "both") == 0)
        return ANOMALY_BOTH;
    if (strcmp(name, "spike") == 0)
        return ANOMALY_SPIKE;
    if (strcmp(name, "drop") != 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"direction\" must be both, spike or drop, not \"%s\"", name),
                        errhint("It tells which deviations raise alerts.")));
    return ANOMALY_DROP;
}

static void
closed_days(ArrayType *array, AnomalyOptions *options)
{
    Datum *values;
    int64_t *days;
    bool *nulls;
    int n;

    deconstruct_array(array, DATEOID, sizeof(DateADT), true, TYPALIGN_INT, &values, &nulls, &n);
    days = palloc(sizeof(int64_t) * (size_t)(n > 0 ? n : 1));
    for (int i = 0; i < n; i++) {
        if (nulls[i])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"closed\" must not be NULL at position %d", i + 1),
                            errhint("Filter the dates with WHERE ... IS NOT NULL.")));
        if (DATE_NOT_FINITE(DatumGetDateADT(values[i])))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("argument \"closed\" must be a finite date at position %d", i + 1),
                            errhint("List each closed day.")));
        days[i] = DatumGetDateADT(values[i]);
    }
    options->closed = days;
    options->n_closed = (size_t)n;
}

static void
set_train_until(Timestamp moment, AnomalyOptions *options)
{
    if (TIMESTAMP_NOT_FINITE(moment))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"train_until\" must be a finite timestamp"),
                        errhint("NULL trains on, and judges, the whole series.")));
    options->has_train_until = true;
    options->train_until = moment;
}

/* A NULL argument has its default. */
static AnomalyOptions
options_from_arguments(FunctionCallInfo fcinfo)
{
    AnomalyOptions options = anomaly_default_options();

    if (!PG_ARGISNULL(ARG_TRAIN_UNTIL))
        set_train_until(PG_GETARG_TIMESTAMP(ARG_TRAIN_UNTIL), &options);
    if (!PG_ARGISNULL(ARG_CAUSAL))
        options.causal = PG_GETARG_BOOL(ARG_CAUSAL);
    if (!PG_ARGISNULL(ARG_SENSITIVITY))
        options.sensitivity = PG_GETARG_FLOAT8(ARG_SENSITIVITY);
    if (!PG_ARGISNULL(ARG_DIRECTION))
        options.direction = direction_from_text(PG_GETARG_DATUM(ARG_DIRECTION));
    if (!PG_ARGISNULL(ARG_CLOSED))
        closed_days(PG_GETARG_ARRAYTYPE_P(ARG_CLOSED), &options);
    if (!PG_ARGISNULL(ARG_FILL_ZERO))
        options.fill_zero = PG_GETARG_BOOL(ARG_FILL_ZERO);
    if (!PG_ARGISNULL(ARG_MIN_ABS))
        options.min_abs = PG_GETARG_FLOAT8(ARG_MIN_ABS);
    if (!PG_ARGISNULL(ARG_MIN_PCT))
        options.min_pct = PG_GETARG_FLOAT8(ARG_MIN_PCT);
    if (!PG_ARGISNULL(ARG_SEED))
        options.seed = PG_GETARG_INT64(ARG_SEED);
    if (!PG_ARGISNULL(ARG_SCORE_FROM))
        options.score_from = PG_GETARG_FLOAT8(ARG_SCORE_FROM);
    return options;
}

static AnomalySeries
plain_series(const Series *series)
{
    return (AnomalySeries){.moments = series->ds, .y = series->y, .n = series->n};
}

/* What the model foretells for every cell of the series' grid. */
static AnomalySeries
forecast_of(Datum datum, AnomalySeries series, const AnomalyOptions *options, Env *env)
{
    ProphetModel model;
    ProphetForecast forecast;
    Series cells = {0};
    Failure failure;

    prophet_model_from_datum(datum, env, &model);
    if (model.history.n_columns > 0)
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                 errmsg("argument \"model\" needs values of %zu further columns", model.history.n_columns),
                 errhint("Forecast the rows with prophet_forecast and its argument future, and pass "
                         "series_agg(ds, yhat) as expectation.")));
    report_failure(anomaly_cells(env, series, options, &cells.ds, &cells.n, &failure), &failure);
    report_failure(prophet_predict(env, &model, &cells, &forecast, &failure), &failure);
    return (AnomalySeries){.moments = cells.ds, .y = forecast.yhat, .n = cells.n};
}

static void
set_expectation(FunctionCallInfo fcinfo, AnomalySeries series, Env *env, AnomalyOptions *options)
{
    if (PG_ARGISNULL(ARG_EXPECTATION) && PG_ARGISNULL(ARG_MODEL))
        return;
    if (!PG_ARGISNULL(ARG_EXPECTATION) && !PG_ARGISNULL(ARG_MODEL))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("arguments \"expectation\" and \"model\" cannot both be given"),
                        errhint("The model's forecast is the expectation: leave one of them out.")));
    if (!PG_ARGISNULL(ARG_MODEL)) {
        options->expectation = forecast_of(PG_GETARG_DATUM(ARG_MODEL), series, options, env);
    } else {
        Series given;

        series_from_datum(PG_GETARG_DATUM(ARG_EXPECTATION), env, &given);
        options->expectation = plain_series(&given);
    }
    options->has_expectation = true;
}

static void
put_row(ReturnSetInfo *result, const AnomalyRow *row, const Datum *severities)
{
    Datum values[N_COLUMNS];
    bool nulls[N_COLUMNS] = {false};

    values[COL_DS] = TimestampGetDatum(row->moment);
    rows_number(values, nulls, COL_ACTUAL, row->actual);
    rows_number(values, nulls, COL_EXPECTED, row->expected);
    rows_number(values, nulls, COL_LOWER, row->lower);
    rows_number(values, nulls, COL_UPPER, row->upper);
    rows_number(values, nulls, COL_DEVIATION, row->deviation);
    rows_number(values, nulls, COL_DEVIATION_PCT, row->deviation_pct);
    rows_number(values, nulls, COL_SCORE, row->score);
    rows_number(values, nulls, COL_Z, row->z);
    rows_number(values, nulls, COL_QUANTILE, row->quantile);
    rows_number(values, nulls, COL_RANK_SCORE, row->rank_score);
    nulls[COL_IS_ANOMALY] = !row->judged;
    values[COL_IS_ANOMALY] = BoolGetDatum(row->severity != ANOMALY_NONE);
    nulls[COL_DIRECTION] = !row->judged || row->direction == ANOMALY_BOTH;
    values[COL_DIRECTION] = nulls[COL_DIRECTION]
                                ? (Datum)0
                                : CStringGetTextDatum(row->direction == ANOMALY_SPIKE ? "spike" : "drop");
    nulls[COL_SEVERITY] = row->severity == ANOMALY_NONE;
    values[COL_SEVERITY] = severities[row->severity];
    nulls[COL_EPISODE] = row->severity == ANOMALY_NONE;
    values[COL_EPISODE] = Int32GetDatum((int32)row->episode);
    nulls[COL_BESIDE_CLOSURE] = !row->judged;
    values[COL_BESIDE_CLOSURE] = BoolGetDatum(row->beside_closure);
    rows_put(result, values, nulls);
}

static void
put_rows(FunctionCallInfo fcinfo, const AnomalyRow *rows, size_t n)
{
    ReturnSetInfo *result = rows_begin(fcinfo);
    Oid type = TupleDescAttr(result->setDesc, COL_SEVERITY)->atttypid;
    Datum severities[lengthof(severity_names)] = {0};

    for (size_t s = ANOMALY_LOW; s <= ANOMALY_CRITICAL; s++)
        severities[s] = enum_value(type, severity_names[s]);
    for (size_t i = 0; i < n; i++)
        put_row(result, &rows[i], severities);
}

BI_ML_FUNCTION(biml_anomaly_detect)
{
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "anomaly_detect", ALLOCSET_DEFAULT_SIZES);
    AnomalyOptions options = options_from_arguments(fcinfo);
    Series series = {0};
    AnomalyRow *rows;
    size_t n_rows;
    Failure failure;
    Env env;

    env_pg_init(&env, scratch);
    if (!PG_ARGISNULL(ARG_SERIES))
        series_from_datum(PG_GETARG_DATUM(ARG_SERIES), &env, &series);
    set_expectation(fcinfo, plain_series(&series), &env, &options);
    report_failure(anomaly_detect(&env, plain_series(&series), &options, &rows, &n_rows, &failure), &failure);
    put_rows(fcinfo, rows, n_rows);
    MemoryContextDelete(scratch);
    return (Datum)0;
}

BI_ML_FUNCTION(biml_anomaly_severity)
{
    AnomalySeverity severity;
    int32 n;

    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        PG_RETURN_NULL();
    n = PG_ARGISNULL(2) ? 0 : PG_GETARG_INT32(2);
    if (n < 0 || (n == 0 && !PG_ARGISNULL(2)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"n\" must be at least 1, not %d", n),
                        errhint("It is the number of days in the series; NULL for a long one.")));
    severity = anomaly_severity(PG_GETARG_FLOAT8(0), PG_GETARG_FLOAT8(1), (size_t)n);
    if (severity == ANOMALY_NONE)
        PG_RETURN_NULL();
    PG_RETURN_DATUM(enum_value(get_func_rettype(fcinfo->flinfo->fn_oid), severity_names[severity]));
}
