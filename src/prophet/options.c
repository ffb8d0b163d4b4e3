/*
 * options.c - Prophet's defaults and the checks of all options.
 */
#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

void
prophet_options_init(ProphetOptions *options)
{
    memset(options, 0, sizeof(*options));
    options->growth = PROPHET_LINEAR;
    options->scaling = PROPHET_ABSMAX;
    options->n_changepoints = 25;
    options->changepoint_range = 0.8;
    for (int season = 0; season < PROPHET_N_SEASONS; season++)
        options->order[season] = PROPHET_AUTO;
    options->seasonality_mode = PROPHET_ADDITIVE;
    options->holidays_mode = PROPHET_INHERIT;
    options->seasonality_prior_scale = 10;
    options->holidays_prior_scale = 10;
    options->changepoint_prior_scale = 0.05;
}

bool
prior_scale_is_valid(double scale)
{
    return scale >= 1e-150 && scale <= 1e150;
}

static Status
check_prior_scale(const char *name, double value, Failure *failure)
{
    if (prior_scale_is_valid(value))
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE,
                "Small values bind the model to its prior, large ones set it free.",
                "argument \"%s\" must be a number above 0 (1e-150 to 1e150), not %g", name, value);
}

static Status
check_element_scale(const char *argument, const char *name, double value, Failure *failure)
{
    if (prior_scale_is_valid(value))
        return STATUS_SUCCESS;
    return fail(
        failure, STATUS_BAD_VALUE, "Small values bind the effect to 0, large ones set it free.",
        "argument \"%s\": the prior scale of \"%.60s\" must be a number above 0 (1e-150 to 1e150), not %g",
        argument, name, value);
}

static Status
check_changepoints(const ProphetOptions *options, Failure *failure)
{
    if (options->n_changepoints < 0 || options->n_changepoints > PROPHET_MAX_CHANGEPOINTS)
        return fail(failure, STATUS_BAD_VALUE, "The default is 25.",
                    "argument \"n_changepoints\" must be between 0 and %d, not %d", PROPHET_MAX_CHANGEPOINTS,
                    options->n_changepoints);
    if (options->changepoints_given && options->n_listed > PROPHET_MAX_CHANGEPOINTS)
        return fail(failure, STATUS_TOO_BIG, "List fewer changepoints.",
                    "argument \"changepoints\" must have at most %d elements, not %zu",
                    PROPHET_MAX_CHANGEPOINTS, options->n_listed);
    if (!(options->changepoint_range >= 0 && options->changepoint_range <= 1))
        return fail(failure, STATUS_BAD_VALUE, "It is the share of the history that may hold changepoints.",
                    "argument \"changepoint_range\" must be between 0 and 1, not %g",
                    options->changepoint_range);
    return check_prior_scale("changepoint_prior_scale", options->changepoint_prior_scale, failure);
}

static Status
check_name(const char *argument, const char *name, Failure *failure)
{
    if (!name_is_valid(name))
        return fail(failure, STATUS_BAD_VALUE, "Pass a short name.",
                    "argument \"%s\": a name must have 1 to %d bytes, not %zu", argument, PROPHET_MAX_NAME,
                    strlen(name));
    if (strstr(name, "_delim_") != NULL)
        return fail(failure, STATUS_BAD_VALUE, "Choose another name.",
                    "argument \"%s\": the name \"%.100s\" must not contain \"_delim_\"", argument, name);
    if (name_is_reserved(name))
        return fail(failure, STATUS_BAD_VALUE, "Choose a name that is no column of the forecast.",
                    "argument \"%s\": the name \"%s\" is reserved", argument, name);
    return STATUS_SUCCESS;
}

static bool
is_built_in(const char *name)
{
    for (int season = 0; season < PROPHET_N_SEASONS; season++) {
        if (strcmp(name, prophet_season_name((ProphetSeason)season)) == 0)
            return true;
    }
    return false;
}

static Status
fail_used_twice(const char *argument, const char *name, const char *by, Failure *failure)
{
    return fail(failure, STATUS_BAD_VALUE, "Every seasonality, holiday and regressor has a name of its own.",
                "argument \"%s\": the name \"%.60s\" is already used by a %s", argument, name, by);
}

static Status
check_column(const ProphetOptions *options, const char *argument, const char *name, Failure *failure)
{
    if (name_find(options->column_names, options->n_column_names, name) != PROPHET_NO_COLUMN)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE,
                "Add it to the series as a further column and name it in \"columns\".",
                "argument \"%s\": there is no column \"%.100s\"", argument, name);
}

static Status
check_season(const ProphetOptions *options, size_t i, Failure *failure)
{
    const char *argument = "seasonalities";
    const ProphetSeasonalitySpec *spec = &options->seasonalities[i];

    if (!is_built_in(spec->name))
        RETURN_IF_FAILED(check_name(argument, spec->name, failure));
    for (size_t other = 0; other < i; other++) {
        if (strcmp(options->seasonalities[other].name, spec->name) == 0)
            return fail_used_twice(argument, spec->name, "seasonality", failure);
    }
    if (!(spec->period > 0 && spec->period <= MODERATE && 1 / spec->period <= MODERATE))
        return fail(failure, STATUS_BAD_VALUE, "It is the length of one cycle in days, 7 for a week.",
                    "argument \"%s\": the period of \"%.60s\" must be a number above 0, not %g", argument,
                    spec->name, spec->period);
    if (spec->fourier_order < 1 || spec->fourier_order > PROPHET_MAX_ORDER)
        return fail(failure, STATUS_BAD_VALUE, "3 is common for a week, 10 for a year.",
                    "argument \"%s\": the Fourier order of \"%.60s\" must be between 1 and %d, not %d",
                    argument, spec->name, PROPHET_MAX_ORDER, spec->fourier_order);
    if (spec->condition_name != NULL)
        RETURN_IF_FAILED(check_column(options, argument, spec->condition_name, failure));
    return check_element_scale(argument, spec->name, spec->prior_scale, failure);
}

static bool
is_seasonality(const ProphetOptions *options, const char *name)
{
    for (size_t i = 0; i < options->n_seasonalities; i++) {
        if (strcmp(options->seasonalities[i].name, name) == 0)
            return true;
    }
    return false;
}

static Status
check_holiday(const ProphetOptions *options, const ProphetHolidaySpec *spec, Failure *failure)
{
    const char *argument = "holidays";

    RETURN_IF_FAILED(check_name(argument, spec->holiday, failure));
    if (is_seasonality(options, spec->holiday))
        return fail_used_twice(argument, spec->holiday, "seasonality", failure);
    if (spec->day < civil_day_of(CIVIL_MIN) || spec->day > civil_day_of(CIVIL_END))
        return fail(failure, STATUS_BAD_VALUE, "Leave dates out that are infinite.",
                    "argument \"%s\": the date of \"%.60s\" lies outside the calendar", argument,
                    spec->holiday);
    if (spec->lower_window > 0 || spec->lower_window < -PROPHET_MAX_WINDOW)
        return fail(failure, STATUS_BAD_VALUE, "-1 counts the day before the holiday too.",
                    "argument \"%s\": the lower window of \"%.60s\" must be between %d and 0, not %d",
                    argument, spec->holiday, -PROPHET_MAX_WINDOW, spec->lower_window);
    if (spec->upper_window < 0 || spec->upper_window > PROPHET_MAX_WINDOW)
        return fail(failure, STATUS_BAD_VALUE, "1 counts the day after the holiday too.",
                    "argument \"%s\": the upper window of \"%.60s\" must be between 0 and %d, not %d",
                    argument, spec->holiday, PROPHET_MAX_WINDOW, spec->upper_window);
    return isnan(spec->prior_scale)
               ? STATUS_SUCCESS
               : check_element_scale(argument, spec->holiday, spec->prior_scale, failure);
}

static Status
check_regressor(const ProphetOptions *options, size_t i, Failure *failure)
{
    const char *argument = "regressors";
    const ProphetRegressorSpec *spec = &options->regressors[i];

    RETURN_IF_FAILED(check_name(argument, spec->name, failure));
    for (size_t other = 0; other < i; other++) {
        if (strcmp(options->regressors[other].name, spec->name) == 0)
            return fail_used_twice(argument, spec->name, "regressor", failure);
    }
    if (is_seasonality(options, spec->name))
        return fail_used_twice(argument, spec->name, "seasonality", failure);
    for (size_t h = 0; h < options->n_holidays; h++) {
        if (strcmp(options->holidays[h].holiday, spec->name) == 0)
            return fail_used_twice(argument, spec->name, "holiday", failure);
    }
    RETURN_IF_FAILED(check_column(options, argument, spec->name, failure));
    return isnan(spec->prior_scale) ? STATUS_SUCCESS
                                    : check_element_scale(argument, spec->name, spec->prior_scale, failure);
}

/* A column is used when a regressor or a condition names it, or when it is cap or floor. */
static bool
column_is_used(const ProphetOptions *options, const char *name)
{
    for (size_t i = 0; i < options->n_regressors; i++) {
        if (strcmp(options->regressors[i].name, name) == 0)
            return true;
    }
    for (size_t i = 0; i < options->n_seasonalities; i++) {
        const char *condition = options->seasonalities[i].condition_name;

        if (condition != NULL && strcmp(condition, name) == 0)
            return true;
    }
    return strcmp(name, "cap") == 0 || strcmp(name, "floor") == 0;
}

static Status
check_column_names(const ProphetOptions *options, Failure *failure)
{
    for (size_t i = 0; i < options->n_column_names; i++) {
        const char *name = options->column_names[i];

        if (!name_is_valid(name))
            return fail(failure, STATUS_BAD_VALUE, "Pass short names.",
                        "argument \"columns\": a name must have 1 to %d bytes, not %zu", PROPHET_MAX_NAME,
                        strlen(name));
        if (name_find(options->column_names, i, name) != PROPHET_NO_COLUMN)
            return fail(failure, STATUS_BAD_VALUE, "Every column has a name of its own.",
                        "argument \"columns\": the name \"%.100s\" comes twice", name);
        if (!column_is_used(options, name))
            return fail(failure, STATUS_BAD_VALUE,
                        "Name it in \"regressors\", or as the condition of a seasonality.",
                        "argument \"columns\": nothing uses the column \"%.100s\"", name);
    }
    if (options->growth == PROPHET_LOGISTIC &&
        name_find(options->column_names, options->n_column_names, "cap") == PROPHET_NO_COLUMN)
        return fail(failure, STATUS_BAD_VALUE,
                    "Add the greatest possible value to the series as a further column and name it \"cap\".",
                    "argument \"columns\" must name a column \"cap\" when growth is logistic");
    return STATUS_SUCCESS;
}

static Status
check_orders(const ProphetOptions *options, Failure *failure)
{
    for (int season = 0; season < PROPHET_N_SEASONS; season++) {
        int order = options->order[season];

        if (order != PROPHET_AUTO && (order < 0 || order > PROPHET_MAX_ORDER))
            return fail(failure, STATUS_BAD_VALUE,
                        "Pass 'auto', 'true', 'false' or a number of Fourier terms.",
                        "argument \"%s_seasonality\" must have an order between 0 and %d, not %d",
                        prophet_season_name((ProphetSeason)season), PROPHET_MAX_ORDER, order);
    }
    return STATUS_SUCCESS;
}

Status
prophet_options_check(const ProphetOptions *options, Failure *failure)
{
    RETURN_IF_FAILED(check_changepoints(options, failure));
    RETURN_IF_FAILED(check_orders(options, failure));
    RETURN_IF_FAILED(check_prior_scale("seasonality_prior_scale", options->seasonality_prior_scale, failure));
    RETURN_IF_FAILED(check_prior_scale("holidays_prior_scale", options->holidays_prior_scale, failure));
    if (options->n_seasonalities > PROPHET_MAX_COLUMNS || options->n_regressors > PROPHET_MAX_COLUMNS)
        return fail(failure, STATUS_TOO_BIG, "Take fewer.",
                    "arguments \"seasonalities\" and \"regressors\" may have at most %d elements",
                    PROPHET_MAX_COLUMNS);
    if (options->n_holidays > PROPHET_MAX_HOLIDAYS)
        return fail(failure, STATUS_TOO_BIG, "Pass fewer dates.",
                    "argument \"holidays\" may have at most %d elements, not %zu", PROPHET_MAX_HOLIDAYS,
                    options->n_holidays);
    for (size_t i = 0; i < options->n_seasonalities; i++)
        RETURN_IF_FAILED(check_season(options, i, failure));
    for (size_t i = 0; i < options->n_holidays; i++)
        RETURN_IF_FAILED(check_holiday(options, &options->holidays[i], failure));
    for (size_t i = 0; i < options->n_regressors; i++)
        RETURN_IF_FAILED(check_regressor(options, i, failure));
    return check_column_names(options, failure);
}
