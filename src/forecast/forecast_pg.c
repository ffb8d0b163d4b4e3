/*
 * forecast_pg.c - forecast, forecast_backtest, forecast_explain, forecast_input: arguments and rows.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "forecast/forecast.h"
#include "pg/args.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "series/series_pg.h"

#define MOST_COLUMNS 12

/* One call: where the rows go, and where everything else lives until its end. */
typedef struct Call {
    ReturnSetInfo *rows;
    MemoryContext caller, work;
    Env env;
    ForecastOptions options;
    bool status_rows; /* a series that cannot be forecast gives a row instead of an error */
    int n_columns;    /* of the result; the last one is the status */
} Call;

/* NULL is the zero step. */
static ProphetStep
step_argument(FunctionCallInfo fcinfo, int i, const char *name)
{
    ProphetStep step = {0, 0};
    const Interval *interval;
    int64 days;

    if (PG_ARGISNULL(i))
        return step;
    interval = PG_GETARG_INTERVAL_P(i);
    step.months = interval->month;
    if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
        pg_add_s64_overflow(days, interval->time, &step.micros) || step.months < 0 || step.micros < 0 ||
        (step.months == 0 && step.micros == 0))
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"%s\" must be positive", name),
                 errhint("Pass for example '1 day', '1 hour' or '1 month', or NULL to have it found.")));
    return step;
}

static ForecastMethod
method_argument(FunctionCallInfo fcinfo, int i)
{
    const char *names[64];
    int n = 0;

    while (n < (int)lengthof(names) && forecast_method_name(n) != NULL) {
        names[n] = forecast_method_name(n);
        n++;
    }
    return arg_word(fcinfo, i, "method", names, n);
}

/* frequency, season, gaps, duplicates, outliers; returns the number of the next argument. */
static int
preparation_arguments(FunctionCallInfo fcinfo, int i, ForecastOptions *o)
{
    static const char *const gaps[] = {"zero", "interpolate", "missing"};
    static const char *const duplicates[] = {"sum", "mean"};
    static const char *const outliers[] = {"keep", "replace"};

    o->infer_step = PG_ARGISNULL(i);
    o->step = step_argument(fcinfo, i++, "frequency");
    o->season = PG_ARGISNULL(i) ? 0 : (size_t)arg_integer(fcinfo, i, "season", 1, FORECAST_MAX_SEASON);
    i++;
    o->gaps = (ForecastGaps)arg_word(fcinfo, i++, "gaps", gaps, 3);
    o->duplicates = (ForecastDuplicates)arg_word(fcinfo, i++, "duplicates", duplicates, 2);
    o->clean_outliers = arg_word(fcinfo, i++, "outliers", outliers, 2) == 1;
    return i;
}

/* These, the limits and on_error: the last arguments of all functions that forecast. */
static void
common_arguments(FunctionCallInfo fcinfo, int i, Call *call)
{
    static const char *const reactions[] = {"raise", "status"};
    ForecastOptions *o = &call->options;

    i = preparation_arguments(fcinfo, i, o);
    o->lower_limit = PG_ARGISNULL(i) ? -INFINITY : arg_number(fcinfo, i, "lower_limit");
    i++;
    o->upper_limit = PG_ARGISNULL(i) ? INFINITY : arg_number(fcinfo, i, "upper_limit");
    i++;
    call->status_rows = arg_word(fcinfo, i, "on_error", reactions, 2) == 1;
}

static void
call_begin(FunctionCallInfo fcinfo, int n_columns, Call *call)
{
    call->rows = rows_begin(fcinfo);
    call->n_columns = n_columns;
    call->work = AllocSetContextCreate(CurrentMemoryContext, "forecast", ALLOCSET_DEFAULT_SIZES);
    call->caller = MemoryContextSwitchTo(call->work);
    env_pg_init(&call->env, call->work);
    forecast_options_init(&call->options);
    call->status_rows = false;
}

static void
horizon_argument(FunctionCallInfo fcinfo, Call *call)
{
    call->options.horizon = (size_t)arg_integer(fcinfo, 1, "horizon", 1, FORECAST_MAX_HORIZON);
}

static Datum
call_end(Call *call)
{
    MemoryContextSwitchTo(call->caller);
    MemoryContextDelete(call->work);
    return (Datum)0;
}

/*
 * Raises the failure, or makes it a row when the caller asked for that. Options were checked before: what
 * fails now lies in the series, except for the statement's end and the server's memory.
 */
static void
react(Call *call, Status status, const Failure *failure)
{
    Datum values[MOST_COLUMNS] = {0};
    bool nulls[MOST_COLUMNS];

    if (!call->status_rows || status == STATUS_CANCELLED || status == STATUS_OUT_OF_MEMORY) {
        report_failure(status, failure);
        return;
    }
    memset(nulls, true, sizeof(nulls));
    nulls[call->n_columns - 1] = false;
    values[call->n_columns - 1] = CStringGetTextDatum(failure->message);
    rows_put(call->rows, values, nulls);
}

/* The series of argument 0, after all options are known; false, and the reaction done, where it is NULL. */
static bool
series_argument(FunctionCallInfo fcinfo, Call *call, Series *series)
{
    Failure failure;
    Status status = forecast_options_check(&call->options, &failure);

    report_failure(status, &failure);
    if (!PG_ARGISNULL(0)) {
        series_from_datum(PG_GETARG_DATUM(0), &call->env, series);
        return true;
    }
    status =
        fail(&failure, STATUS_NULL_VALUE,
             "An aggregate over no rows gives NULL; filter such groups out, or pass on_error => 'status'.",
             "argument \"series\" must not be null");
    react(call, status, &failure);
    return false;
}

static void
put_row(Call *call, const ForecastRow *row, ForecastMethod method)
{
    Datum values[MOST_COLUMNS];
    bool nulls[MOST_COLUMNS] = {false};

    values[0] = TimestampGetDatum(row->ds);
    rows_number(values, nulls, 1, row->yhat);
    rows_number(values, nulls, 2, row->lower);
    rows_number(values, nulls, 3, row->upper);
    values[4] = CStringGetTextDatum(forecast_method_name(method));
    values[5] = CStringGetTextDatum(forecast_remark_text(row->remark));
    rows_put(call->rows, values, nulls);
}

BI_ML_FUNCTION(biml_forecast)
{
    ForecastResult result;
    Failure failure;
    Series series;
    Status status;
    Call call;

    call_begin(fcinfo, 6, &call);
    horizon_argument(fcinfo, &call);
    call.options.method = method_argument(fcinfo, 2);
    call.options.interval_width = arg_number(fcinfo, 3, "interval_width");
    common_arguments(fcinfo, 4, &call);
    if (!series_argument(fcinfo, &call, &series))
        return call_end(&call);
    status = forecast_run(&call.env, &series, &call.options, &result, &failure);
    if (status != STATUS_SUCCESS)
        react(&call, status, &failure);
    for (size_t i = 0; status == STATUS_SUCCESS && i < result.n; i++)
        put_row(&call, &result.rows[i], result.method);
    return call_end(&call);
}

static void
put_trial(Call *call, const ForecastTrial *trial)
{
    Datum values[MOST_COLUMNS];
    bool nulls[MOST_COLUMNS] = {false};

    values[0] = TimestampGetDatum(trial->cutoff);
    values[1] = TimestampGetDatum(trial->row.ds);
    rows_number(values, nulls, 2, trial->y);
    rows_number(values, nulls, 3, trial->row.yhat);
    rows_number(values, nulls, 4, trial->row.lower);
    rows_number(values, nulls, 5, trial->row.upper);
    values[6] = CStringGetTextDatum(forecast_method_name(trial->method));
    values[7] = CStringGetTextDatum(forecast_remark_text(trial->row.remark));
    rows_put(call->rows, values, nulls);
}

BI_ML_FUNCTION(biml_forecast_backtest)
{
    ProphetStep initial, period;
    ForecastTrial *trials;
    Failure failure;
    Series series;
    Status status;
    size_t n;
    Call call;

    call_begin(fcinfo, 8, &call);
    horizon_argument(fcinfo, &call);
    call.options.method = method_argument(fcinfo, 2);
    initial = step_argument(fcinfo, 3, "initial");
    period = step_argument(fcinfo, 4, "period");
    call.options.interval_width = arg_number(fcinfo, 5, "interval_width");
    common_arguments(fcinfo, 6, &call);
    if (!series_argument(fcinfo, &call, &series))
        return call_end(&call);
    status = forecast_backtest(&call.env, &series, &call.options, initial, period, &trials, &n, &failure);
    if (status != STATUS_SUCCESS)
        react(&call, status, &failure);
    for (size_t i = 0; status == STATUS_SUCCESS && i < n; i++) {
        CHECK_FOR_INTERRUPTS();
        put_trial(&call, &trials[i]);
    }
    return call_end(&call);
}

/* 0 is NULL. */
static void
put_count(Datum *values, bool *nulls, int column, size_t count)
{
    nulls[column] = count == 0;
    values[column] = Int32GetDatum((int32)count);
}

static void
put_candidate(Call *call, const ForecastExplanation *e, const ForecastCandidate *c)
{
    Datum values[MOST_COLUMNS];
    bool nulls[MOST_COLUMNS] = {false};

    values[0] = CStringGetTextDatum(forecast_method_name(c->method));
    rows_number(values, nulls, 1, c->mae);
    rows_number(values, nulls, 2, e->naive_mae > 0 ? c->mae / e->naive_mae : NAN);
    rows_number(values, nulls, 3, c->weight);
    values[4] = BoolGetDatum(c->chosen);
    nulls[5] = !c->chosen;
    values[5] = c->chosen ? CStringGetTextDatum(e->reason) : (Datum)0;
    values[6] = Int32GetDatum((int32)e->n_values);
    values[7] = Int32GetDatum((int32)e->season);
    put_count(values, nulls, 8, e->long_season);
    values[9] = Int32GetDatum((int32)e->n_origins);
    values[10] = Int32GetDatum((int32)e->origin_step);
    values[11] = CStringGetTextDatum("ok");
    rows_put(call->rows, values, nulls);
}

BI_ML_FUNCTION(biml_forecast_explain)
{
    ForecastExplanation explanation;
    Failure failure;
    Series series;
    Status status;
    Call call;

    call_begin(fcinfo, 12, &call);
    horizon_argument(fcinfo, &call);
    common_arguments(fcinfo, 2, &call);
    if (!series_argument(fcinfo, &call, &series))
        return call_end(&call);
    status = forecast_explain(&call.env, &series, &call.options, &explanation, &failure);
    if (status != STATUS_SUCCESS)
        react(&call, status, &failure);
    for (size_t i = 0; status == STATUS_SUCCESS && i < explanation.n_candidates; i++)
        put_candidate(&call, &explanation, &explanation.candidates[i]);
    return call_end(&call);
}

BI_ML_FUNCTION(biml_forecast_input)
{
    ForecastInput *rows;
    Failure failure;
    Series series;
    size_t n;
    Call call;

    call_begin(fcinfo, 4, &call);
    call.options.horizon = 1;
    preparation_arguments(fcinfo, 1, &call.options);
    arg_require(fcinfo, 0, "series");
    series_argument(fcinfo, &call, &series);
    report_failure(forecast_input(&call.env, &series, &call.options, &rows, &n, &failure), &failure);
    for (size_t t = 0; t < n; t++) {
        const char *note = forecast_note_text(rows[t].note);
        Datum values[MOST_COLUMNS];
        bool nulls[MOST_COLUMNS] = {false};

        CHECK_FOR_INTERRUPTS();
        values[0] = TimestampGetDatum(rows[t].ds);
        rows_number(values, nulls, 1, rows[t].y);
        rows_number(values, nulls, 2, rows[t].value);
        nulls[3] = note == NULL;
        values[3] = note == NULL ? (Datum)0 : CStringGetTextDatum(note);
        rows_put(call.rows, values, nulls);
    }
    return call_end(&call);
}
