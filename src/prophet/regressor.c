/*
 * regressor.c - extra regressors, standardised by the history.
 *
 * Mean and sample sd come from the observed rows and serve at prediction too. A column of exactly 0 and 1 is
 * left as it is unless the user insists, a constant one always.
 */
#include <math.h>

#include "prophet/prophet_internal.h"

void
regressor_append(const ProphetOptions *options, ProphetModel *model)
{
    for (size_t i = 0; i < options->n_regressors; i++) {
        const ProphetRegressorSpec *spec = &options->regressors[i];

        model->components[model->n_components++] = (ProphetComponent){
            .kind = PROPHET_REGRESSOR,
            .name = spec->name,
            .mode = spec->mode == PROPHET_INHERIT ? options->seasonality_mode : spec->mode,
            .prior_scale = isnan(spec->prior_scale) ? options->holidays_prior_scale : spec->prior_scale,
            .n_columns = 1,
            .column = name_find(options->column_names, options->n_column_names, spec->name),
            .standardize = spec->standardize};
    }
}

typedef struct Spread {
    double least, most;
    bool is_binary; /* all values 0 or 1 */
    bool is_finite;
} Spread;

static Spread
spread_of(const Series *history, const double *x)
{
    Spread spread = {INFINITY, -INFINITY, true, true};

    for (size_t i = 0; i < history->n; i++) {
        if (isnan(history->y[i]))
            continue;
        spread.least = fmin(spread.least, x[i]);
        spread.most = fmax(spread.most, x[i]);
        spread.is_binary = spread.is_binary && (x[i] == 0 || x[i] == 1);
        spread.is_finite = spread.is_finite && isfinite(x[i]);
    }
    return spread;
}

Status
regressor_scale(const Series *history, ProphetComponent *component, Failure *failure)
{
    const double *x = history->columns[component->column];
    Spread spread = spread_of(history, x);
    double n = 0, mean = 0, squares = 0;

    component->mean = 0;
    component->sd = 1;
    /* rows_check names the row of a value that is not finite. */
    if (!spread.is_finite || !(spread.least < spread.most) ||
        component->standardize == PROPHET_STANDARDIZE_NO ||
        (component->standardize == PROPHET_STANDARDIZE_AUTO && spread.is_binary))
        return STATUS_SUCCESS;
    for (size_t i = 0; i < history->n; i++) {
        if (isnan(history->y[i]))
            continue;
        n++;
        mean += (x[i] - mean) / n;
    }
    for (size_t i = 0; i < history->n; i++) {
        if (!isnan(history->y[i]))
            squares += (x[i] - mean) * (x[i] - mean);
    }
    if (!isnormal(squares))
        return fail(failure, STATUS_BAD_DATA, "Divide the column by a constant first.",
                    "regressor \"%s\" spans too much or too little for double precision", component->name);
    component->mean = mean;
    component->sd = sqrt(squares / (n - 1));
    return STATUS_SUCCESS;
}
