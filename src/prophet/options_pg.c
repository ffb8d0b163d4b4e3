/*
 * options_pg.c - the options of prophet_fit from SQL arguments.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "prophet/prophet_pg.h"

/* The order of the arguments. */
enum {
    OPTION_COLUMNS,
    OPTION_GROWTH,
    OPTION_CHANGEPOINTS,
    OPTION_N_CHANGEPOINTS,
    OPTION_CHANGEPOINT_RANGE,
    OPTION_YEARLY, /* then weekly, daily: the order of ProphetSeason */
    OPTION_SEASONALITIES = OPTION_YEARLY + PROPHET_N_SEASONS,
    OPTION_HOLIDAYS,
    OPTION_COUNTRY,
    OPTION_REGRESSORS,
    OPTION_SEASONALITY_MODE,
    OPTION_HOLIDAYS_MODE,
    OPTION_SEASONALITY_PRIOR_SCALE,
    OPTION_HOLIDAYS_PRIOR_SCALE,
    OPTION_CHANGEPOINT_PRIOR_SCALE,
    OPTION_SCALING,
    OPTION_PREVIOUS,
    OPTION_END
};
StaticAssertDecl(OPTION_END == N_FIT_OPTIONS, "every option has its place");

/* 'auto', 'true', 'false' or a Fourier order. */
static int
season_order(FunctionCallInfo fcinfo, int i, ProphetSeason season)
{
    char name[32];
    char *text, *end;
    long order;

    snprintf(name, sizeof(name), "%s_seasonality", prophet_season_name(season));
    text = arg_text(fcinfo, i, name);
    if (pg_strcasecmp(text, "auto") == 0)
        return PROPHET_AUTO;
    if (pg_strcasecmp(text, "true") == 0)
        return prophet_default_order(season);
    if (pg_strcasecmp(text, "false") == 0)
        return 0;
    errno = 0;
    order = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || order < 0 || order > PROPHET_MAX_ORDER)
        ereport(
            ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("argument \"%s\" must be 'auto', 'true', 'false' or a number from 0 to %d, not \"%s\"",
                    name, PROPHET_MAX_ORDER, text),
             errhint("A number is the order of the Fourier series: 'true' stands for %d.",
                     prophet_default_order(season))));
    return (int)order;
}

/* The elements of a one-dimensional array without NULLs. */
static Datum *
list_elements(FunctionCallInfo fcinfo, int i, const char *name, Oid type, int *n)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(i);
    Datum *values;
    bool *nulls;

    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" must be a one-dimensional array, not of %d dimensions", name,
                               ARR_NDIM(array)),
                        errhint("Pass a plain list.")));
    deconstruct_array(array, type, type == TEXTOID ? -1 : (int)sizeof(Timestamp),
                      type == TEXTOID ? false : FLOAT8PASSBYVAL,
                      type == TEXTOID ? TYPALIGN_INT : TYPALIGN_DOUBLE, &values, &nulls, n);
    for (int e = 0; e < *n; e++) {
        if (nulls[e])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"%s\": element %d must not be null", name, e + 1),
                            errhint("Pass a list without NULL.")));
    }
    return values;
}

static void
listed_changepoints(FunctionCallInfo fcinfo, int i, ProphetOptions *options)
{
    Datum *values;
    int64_t *list;
    int n;

    options->changepoints_given = !PG_ARGISNULL(i);
    if (!options->changepoints_given)
        return;
    values = list_elements(fcinfo, i, "changepoints", TIMESTAMPOID, &n);
    list = palloc(sizeof(int64_t) * (size_t)Max(n, 1));
    for (int c = 0; c < n; c++) {
        list[c] = DatumGetTimestamp(values[c]);
        if (TIMESTAMP_NOT_FINITE(list[c]))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("argument \"changepoints\": element %d must be a finite timestamp", c + 1),
                            errhint("Pass moments between the first and the last observed ds.")));
    }
    options->changepoints = list;
    options->n_listed = (size_t)n;
}

static void
column_names(FunctionCallInfo fcinfo, int i, ProphetOptions *options)
{
    Datum *values;
    const char **names;
    int n;

    if (PG_ARGISNULL(i))
        return;
    values = list_elements(fcinfo, i, "columns", TEXTOID, &n);
    names = palloc(sizeof(char *) * (size_t)Max(n, 1));
    for (int c = 0; c < n; c++)
        names[c] = TextDatumGetCString(values[c]);
    options->column_names = names;
    options->n_column_names = (size_t)n;
}

static const ProphetModel *
previous_model(FunctionCallInfo fcinfo, int i)
{
    ProphetModel *model;
    Env env;

    if (PG_ARGISNULL(i))
        return NULL;
    model = palloc(sizeof(ProphetModel));
    env_pg_init(&env, CurrentMemoryContext);
    prophet_model_from_datum(PG_GETARG_DATUM(i), &env, model);
    return model;
}

static void
trend_options(FunctionCallInfo fcinfo, int first, ProphetOptions *options)
{
    static const char *const growths[] = {"linear", "logistic", "flat"};
    static const char *const scalings[] = {"absmax", "minmax"};

    options->growth = (ProphetGrowth)arg_word(fcinfo, first + OPTION_GROWTH, "growth", growths, 3);
    listed_changepoints(fcinfo, first + OPTION_CHANGEPOINTS, options);
    options->n_changepoints =
        arg_integer(fcinfo, first + OPTION_N_CHANGEPOINTS, "n_changepoints", 0, PROPHET_MAX_CHANGEPOINTS);
    options->changepoint_range = arg_number(fcinfo, first + OPTION_CHANGEPOINT_RANGE, "changepoint_range");
    options->changepoint_prior_scale =
        arg_number(fcinfo, first + OPTION_CHANGEPOINT_PRIOR_SCALE, "changepoint_prior_scale");
    options->scaling = (ProphetScaling)arg_word(fcinfo, first + OPTION_SCALING, "scaling", scalings, 2);
}

static void
component_options(FunctionCallInfo fcinfo, int first, ProphetOptions *options)
{
    for (int season = 0; season < PROPHET_N_SEASONS; season++)
        options->order[season] = season_order(fcinfo, first + OPTION_YEARLY + season, (ProphetSeason)season);
    options->seasonality_mode =
        mode_from_text(arg_text(fcinfo, first + OPTION_SEASONALITY_MODE, "seasonality_mode"),
                       "argument \"seasonality_mode\"");
    if (!PG_ARGISNULL(first + OPTION_HOLIDAYS_MODE))
        options->holidays_mode = mode_from_text(
            arg_text(fcinfo, first + OPTION_HOLIDAYS_MODE, "holidays_mode"), "argument \"holidays_mode\"");
    options->seasonality_prior_scale =
        arg_number(fcinfo, first + OPTION_SEASONALITY_PRIOR_SCALE, "seasonality_prior_scale");
    options->holidays_prior_scale =
        arg_number(fcinfo, first + OPTION_HOLIDAYS_PRIOR_SCALE, "holidays_prior_scale");
    options->seasonalities = seasonalities_from_arg(
        fcinfo, first + OPTION_SEASONALITIES, options->seasonality_prior_scale, &options->n_seasonalities);
    options->holidays = holidays_from_arg(fcinfo, first + OPTION_HOLIDAYS, &options->n_holidays);
    options->regressors = regressors_from_arg(fcinfo, first + OPTION_REGRESSORS, &options->n_regressors);
}

void
fit_options_from_args(FunctionCallInfo fcinfo, int first, FitOptions *fit)
{
    ProphetOptions *options = &fit->options;
    Failure failure;

    prophet_options_init(options);
    column_names(fcinfo, first + OPTION_COLUMNS, options);
    trend_options(fcinfo, first, options);
    component_options(fcinfo, first, options);
    options->previous = previous_model(fcinfo, first + OPTION_PREVIOUS);
    fit->calendar = country_from_arg(fcinfo, first + OPTION_COUNTRY, &fit->n_calendar);
    report_failure(prophet_options_check(options, &failure), &failure);
}
