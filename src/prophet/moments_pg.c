/*
 * moments_pg.c - which moments to forecast: the history, steps ahead, or a future that the caller gives.
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "prophet/prophet_pg.h"

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

void
moments_from_args(FunctionCallInfo fcinfo, int horizon, int frequency, int include_history, bool has_future,
                  ForecastMoments *moments)
{
    int least;

    moments->include_history =
        include_history >= 0 && arg_boolean(fcinfo, include_history, "include_history");
    least = moments->include_history || has_future ? 0 : 1;
    moments->horizon = (size_t)arg_integer(fcinfo, horizon, "horizon", least, PROPHET_MAX_HORIZON);
    moments->infer_step = PG_ARGISNULL(frequency);
    if (!moments->infer_step)
        moments->step = step_from_interval(PG_GETARG_INTERVAL_P(frequency));
}

double
interval_width_from_arg(FunctionCallInfo fcinfo, int i)
{
    double width = arg_number(fcinfo, i, "interval_width");

    if (!(width > 0 && width < 1))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"interval_width\" must be above 0 and below 1, not %g", width),
                        errhint("It is the probability that the interval covers, 0.8 by default.")));
    return width;
}

static Status
rows_new(Env *env, size_t n, size_t n_columns, Series *rows, Failure *failure)
{
    memset(rows, 0, sizeof(*rows));
    rows->ds = ENV_NEW(env, n, int64_t);
    rows->y = ENV_NEW(env, n, double);
    rows->columns = ENV_NEW(env, n_columns, double *);
    rows->n_columns = n_columns;
    if (rows->ds == NULL || rows->y == NULL || rows->columns == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < n_columns; c++) {
        if ((rows->columns[c] = ENV_NEW(env, n, double)) == NULL)
            return fail_out_of_memory(failure);
    }
    return STATUS_SUCCESS;
}

static void
rows_append(Series *rows, const Series *from, size_t i, double y)
{
    rows->ds[rows->n] = from->ds[i];
    rows->y[rows->n] = y;
    for (size_t c = 0; c < rows->n_columns; c++)
        rows->columns[c][rows->n] = from->columns[c][i];
    rows->n++;
}

/* Both ascending; of equal moments the history comes first. */
static Status
merge(Env *env, const Series *history, size_t n_history, const Series *ahead, Series *rows, Failure *failure)
{
    size_t h = 0;

    RETURN_IF_FAILED(rows_new(env, n_history + ahead->n, history->n_columns, rows, failure));
    for (size_t a = 0; a < ahead->n; a++) {
        for (; h < n_history && history->ds[h] <= ahead->ds[a]; h++)
            rows_append(rows, history, h, history->y[h]);
        rows_append(rows, ahead, a, NAN);
    }
    for (; h < n_history; h++)
        rows_append(rows, history, h, history->y[h]);
    return STATUS_SUCCESS;
}

static Status
check_future(const ProphetModel *model, const Series *future, Failure *failure)
{
    size_t n_columns = model->history.n_columns;

    if (n_columns > 0 && future->n_columns != n_columns)
        return fail(failure, STATUS_BAD_SHAPE, "Make it by the same series_agg(ds, NULL, ...).",
                    "argument \"future\" must have the %zu columns of the model, not %zu", n_columns,
                    future->n_columns);
    if (future->n == 0)
        return fail(failure, STATUS_BAD_DATA, "Leave it out to forecast horizon steps.",
                    "argument \"future\" has no rows");
    return STATUS_SUCCESS;
}

static Status
steps_ahead(Env *env, const ProphetModel *model, const ForecastMoments *moments, Series *ahead,
            Failure *failure)
{
    ProphetStep step = moments->step;

    memset(ahead, 0, sizeof(*ahead));
    if (moments->horizon == 0)
        return STATUS_SUCCESS;
    if (model->history.n_columns > 0)
        return fail(failure, STATUS_BAD_VALUE,
                    "Pass series_agg(ds, NULL, ...) over the moments to forecast, with the columns' values.",
                    "argument \"future\" must not be null for a model with columns");
    if (moments->infer_step)
        RETURN_IF_FAILED(prophet_infer_step(env, &model->history, &step, failure));
    ahead->n = moments->horizon;
    return prophet_future(env, &model->history, step, moments->horizon, &ahead->ds, failure);
}

Status
moments_rows(Env *env, const ProphetModel *model, const ForecastMoments *moments, const Series *future,
             Series *rows, Failure *failure)
{
    Series ahead;

    if (future != NULL) {
        RETURN_IF_FAILED(check_future(model, future, failure));
        ahead = *future;
    } else
        RETURN_IF_FAILED(steps_ahead(env, model, moments, &ahead, failure));
    return merge(env, &model->history, moments->include_history ? model->history.n : 0, &ahead, rows,
                 failure);
}
