/*
 * prophet.c - options, and the fit from a series to a model.
 */
#include "prophet/prophet.h"

#include <math.h>
#include <string.h>

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
    options->seasonality_prior_scale = 10;
    options->changepoint_prior_scale = 0.05;
}

bool
prior_scale_is_valid(double scale)
{
    return scale > 0 && isnormal(scale * scale) && isnormal(1 / (scale * scale));
}

static Status
check_prior_scale(const char *name, double value, Failure *failure)
{
    if (prior_scale_is_valid(value))
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE,
                "Small values bind the model to its prior, large ones set it free.",
                "argument \"%s\" must be a number above 0, not %g", name, value);
}

Status
prophet_options_check(const ProphetOptions *options, Failure *failure)
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
    for (int season = 0; season < PROPHET_N_SEASONS; season++) {
        int order = options->order[season];

        if (order != PROPHET_AUTO && (order < 0 || order > PROPHET_MAX_ORDER))
            return fail(failure, STATUS_BAD_VALUE,
                        "Pass 'auto', 'true', 'false' or a number of Fourier terms.",
                        "argument \"%s_seasonality\" must have an order between 0 and %d, not %d",
                        prophet_season_name((ProphetSeason)season), PROPHET_MAX_ORDER, order);
    }
    RETURN_IF_FAILED(check_prior_scale("seasonality_prior_scale", options->seasonality_prior_scale, failure));
    return check_prior_scale("changepoint_prior_scale", options->changepoint_prior_scale, failure);
}

Status
prophet_fit(Env *env, const Series *series, const ProphetOptions *options, ProphetModel *model,
            Failure *failure)
{
    ProphetModel fitted;
    Observed observed;

    RETURN_IF_FAILED(prophet_options_check(options, failure));
    memset(&fitted, 0, sizeof(fitted));
    fitted.growth = options->growth;
    fitted.scaling = options->scaling;
    fitted.changepoint_prior_scale = options->changepoint_prior_scale;
    fitted.history = *series;
    fitted.history.n_columns = 0;
    fitted.content = model_content(&fitted.history);
    RETURN_IF_FAILED(prophet_model_scale(&fitted, failure));
    RETURN_IF_FAILED(observed_rows(env, &fitted, &observed, failure));
    season_choose(options, observed.ds, observed.n, &fitted);
    RETURN_IF_FAILED(trend_place_changepoints(env, options, observed.ds, observed.n, &fitted, failure));
    RETURN_IF_FAILED(map_fit(env, &fitted, failure));
    *model = fitted;
    return STATUS_SUCCESS;
}
