/*
 * country_pg.c - the option country: public holidays of the shipped calendar among the holidays of a fit.
 *
 * As in Prophet, a name counts when one of its days falls in a calendar year of the observed history; days
 * before the history are left out, later ones serve the forecast.
 */
#include "postgres.h"

#include <math.h>

#include "holiday/holiday.h"
#include "kit/civil.h"
#include "pg/args.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "prophet/prophet_pg.h"

static int64_t
year_of(int64_t day)
{
    return civil_date(day).year;
}

/* The first day of the first observed year and the last day of the last; false without an observed value. */
static bool
observed_years(const Series *series, int64_t *first, int64_t *last)
{
    size_t from = 0, to = series->n;

    while (from < series->n && isnan(series->y[from]))
        from++;
    while (to > from && isnan(series->y[to - 1]))
        to--;
    if (from == to)
        return false;
    *first = civil_day_number((CivilDate){year_of(civil_day_of(series->ds[from])), 1, 1});
    *last = civil_day_number((CivilDate){year_of(civil_day_of(series->ds[to - 1])), 12, 31});
    return true;
}

/* Names are equal when their pointers are: each stands once in the calendar. */
static bool
is_listed(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (names[i] == name)
            return true;
    }
    return false;
}

static void
append(const Holiday *calendar, size_t n, int64_t first, int64_t last, ProphetOptions *options)
{
    const char **names = palloc(sizeof(char *) * Max(n, 1));
    ProphetHolidaySpec *specs = palloc(sizeof(ProphetHolidaySpec) * (options->n_holidays + n + 1));
    size_t n_names = 0, n_specs = options->n_holidays;

    for (size_t i = 0; i < n; i++) {
        if (calendar[i].day >= first && calendar[i].day <= last &&
            !is_listed(names, n_names, calendar[i].name))
            names[n_names++] = calendar[i].name;
    }
    if (n_specs > 0)
        memcpy(specs, options->holidays, sizeof(ProphetHolidaySpec) * n_specs);
    for (size_t i = 0; i < n; i++) {
        if (calendar[i].day >= first && is_listed(names, n_names, calendar[i].name))
            specs[n_specs++] = (ProphetHolidaySpec){calendar[i].name, calendar[i].day, 0, 0, NAN};
    }
    options->holidays = specs;
    options->n_holidays = n_specs;
}

const Holiday *
country_from_arg(FunctionCallInfo fcinfo, int i, size_t *n)
{
    Holiday *calendar;
    Failure failure;
    Env env;

    *n = 0;
    if (PG_ARGISNULL(i))
        return NULL;
    env_pg_init(&env, CurrentMemoryContext);
    report_failure(holidays_of_country(&env, arg_text(fcinfo, i, "country"), &calendar, n, &failure),
                   &failure);
    return calendar;
}

void
fit_options_complete(const FitOptions *fit, const Series *series, ProphetOptions *options)
{
    int64_t first, last;

    *options = fit->options;
    if (fit->n_calendar > 0 && observed_years(series, &first, &last))
        append(fit->calendar, fit->n_calendar, first, last, options);
}
