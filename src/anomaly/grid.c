/*
 * grid.c - from the rows of a daily series to one cell per day.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>
#include <string.h>

static Status
check_days(const int64_t *days, const double *y, size_t n, Failure *failure)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && days[i] <= days[i - 1])
            return fail(failure, STATUS_BAD_DATA, "Sum the rows by day first, with ds::date.",
                        "argument \"series\" must have one row a day, but rows %zu and %zu are of one day", i,
                        i + 1);
        if (isinf(y[i]))
            return fail(failure, STATUS_BAD_DATA, "Make the value NULL, or correct it.",
                        "infinite value in row %zu of argument \"series\"", i + 1);
    }
    if (n > 0 && days[n - 1] - days[0] >= ANOMALY_MAX_DAYS)
        return fail(failure, STATUS_TOO_BIG, "Look for a wrong date, or leave out the oldest rows.",
                    "argument \"series\" spans more than %d days", ANOMALY_MAX_DAYS);
    return STATUS_SUCCESS;
}

Status
grid_build(Env *env, const int64_t *days, const double *y, size_t n, const AnomalyOptions *options,
           Grid *grid, Failure *failure)
{
    Grid g = {0};

    RETURN_IF_FAILED(check_days(days, y, n, failure));
    g.n = n > 0 ? (size_t)(days[n - 1] - days[0]) + 1 : 0;
    g.first_day = n > 0 ? days[0] : 0;
    g.y = ENV_NEW(env, g.n, double);
    g.given = ENV_NEW(env, g.n, bool);
    g.closed = ENV_NEW(env, g.n, bool);
    if (g.y == NULL || g.given == NULL || g.closed == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < g.n; t++) {
        g.y[t] = options->fill_zero ? 0 : NAN;
        g.given[t] = options->fill_zero;
    }
    for (size_t i = 0; i < n; i++) {
        size_t t = (size_t)(days[i] - days[0]);

        g.given[t] = true;
        if (!isnan(y[i]))
            g.y[t] = y[i];
    }
    for (size_t i = 0; i < options->n_closed; i++) {
        int64_t t = options->closed[i] - g.first_day;

        if (t >= 0 && t < (int64_t)g.n)
            g.closed[t] = true;
    }
    *grid = g;
    return STATUS_SUCCESS;
}
