/*
 * prophet.c - the fit, from a series and options to a model.
 */
#include "prophet/prophet.h"

#include <math.h>
#include <string.h>

#include "prophet/prophet_internal.h"

/* The history with the columns that the options name. */
static Status
take_history(Env *env, const Series *series, const ProphetOptions *options, ProphetModel *model,
             Failure *failure)
{
    size_t n = options->n_column_names;

    if (options->column_names != NULL && n != series->n_columns)
        return fail(failure, STATUS_BAD_VALUE, "Name the further columns of the series in their order.",
                    "argument \"columns\" has %zu names, the series %zu further columns", n,
                    series->n_columns);
    model->history = *series;
    model->history.n_columns = options->column_names != NULL ? n : 0;
    model->column_names = ENV_NEW(env, n, char *);
    if (model->column_names == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < model->history.n_columns; c++) {
        model->column_names[c] = name_copy(env, options->column_names[c]);
        if (model->column_names[c] == NULL)
            return fail_out_of_memory(failure);
    }
    model->content = model_content(&model->history);
    return STATUS_SUCCESS;
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
    RETURN_IF_FAILED(take_history(env, series, options, &fitted, failure));
    RETURN_IF_FAILED(components_build(env, options, &fitted.history, &fitted, failure));
    RETURN_IF_FAILED(prophet_model_scale(env, &fitted, failure));
    RETURN_IF_FAILED(observed_rows(env, &fitted, &observed, failure));
    RETURN_IF_FAILED(
        trend_place_changepoints(env, options, observed.rows.ds, observed.rows.n, &fitted, failure));
    RETURN_IF_FAILED(map_fit(env, options->previous, &fitted, failure));
    *model = fitted;
    return STATUS_SUCCESS;
}
