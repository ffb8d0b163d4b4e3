/*
 * options_pg.c - the options of prophet_fit from SQL arguments.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/array.h"
#include "utils/timestamp.h"

#include "pg/args.h"
#include "prophet/prophet_pg.h"

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

static void
listed_changepoints(FunctionCallInfo fcinfo, int i, ProphetOptions *options)
{
    ArrayType *array;
    Datum *values;
    bool *nulls;
    int n;
    int64_t *list;

    options->changepoints_given = !PG_ARGISNULL(i);
    if (!options->changepoints_given)
        return;
    array = PG_GETARG_ARRAYTYPE_P(i);
    if (ARR_NDIM(array) > 1)
        ereport(ERROR,
                (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                 errmsg("argument \"changepoints\" must be a one-dimensional array, not of %d dimensions",
                        ARR_NDIM(array)),
                 errhint("Pass a plain list of timestamps.")));
    deconstruct_array(array, TIMESTAMPOID, sizeof(Timestamp), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
                      &nulls, &n);
    list = palloc(sizeof(int64_t) * (size_t)Max(n, 1));
    for (int c = 0; c < n; c++) {
        if (nulls[c])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"changepoints\": element %d must not be null", c + 1),
                            errhint("Pass a plain list of timestamps.")));
        list[c] = DatumGetTimestamp(values[c]);
        if (TIMESTAMP_NOT_FINITE(list[c]))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("argument \"changepoints\": element %d must be a finite timestamp", c + 1),
                            errhint("Pass moments between the first and the last observed ds.")));
    }
    options->changepoints = list;
    options->n_listed = (size_t)n;
}

void
fit_options_from_args(FunctionCallInfo fcinfo, int first, ProphetOptions *options)
{
    static const ProphetGrowth offered[] = {PROPHET_LINEAR, PROPHET_FLAT};
    const char *growths[] = {prophet_growth_name(PROPHET_LINEAR), prophet_growth_name(PROPHET_FLAT)};
    const char *scalings[] = {prophet_scaling_name(PROPHET_ABSMAX), prophet_scaling_name(PROPHET_MINMAX)};

    prophet_options_init(options);
    options->growth = offered[arg_word(fcinfo, first, "growth", growths, 2)];
    listed_changepoints(fcinfo, first + 1, options);
    options->n_changepoints = arg_integer(fcinfo, first + 2, "n_changepoints", 0, PROPHET_MAX_CHANGEPOINTS);
    options->changepoint_range = arg_number(fcinfo, first + 3, "changepoint_range");
    for (int season = 0; season < PROPHET_N_SEASONS; season++)
        options->order[season] = season_order(fcinfo, first + 4 + season, (ProphetSeason)season);
    options->seasonality_prior_scale = arg_number(fcinfo, first + 7, "seasonality_prior_scale");
    options->changepoint_prior_scale = arg_number(fcinfo, first + 8, "changepoint_prior_scale");
    options->scaling = (ProphetScaling)arg_word(fcinfo, first + 9, "scaling", scalings, 2);
}
