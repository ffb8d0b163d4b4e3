/*
 * components.c - the groups of regression columns of a model, from the options.
 *
 * Order: seasonalities, holidays by name, regressors; the columns of beta follow it.
 */
#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

Status
components_build(Env *env, const ProphetOptions *options, const Series *series, ProphetModel *model,
                 Failure *failure)
{
    size_t most = options->n_seasonalities + PROPHET_N_SEASONS + options->n_holidays + options->n_regressors;

    model->components = ENV_NEW(env, most, ProphetComponent);
    if (model->components == NULL)
        return fail_out_of_memory(failure);
    season_append(options, series, model);
    RETURN_IF_FAILED(holiday_append(env, options, model, failure));
    regressor_append(options, model);
    for (size_t c = 0; c < model->n_components; c++) {
        ProphetComponent *component = &model->components[c];

        component->name = name_copy(env, component->name);
        if (component->name == NULL)
            return fail_out_of_memory(failure);
        component->first = model->n_columns;
        model->n_columns += component->n_columns;
        if (model->n_columns > PROPHET_MAX_COLUMNS)
            return fail(failure, STATUS_TOO_BIG, "Take lower orders, narrower windows or fewer holidays.",
                        "the model needs more than %d columns of seasonalities, holidays and regressors",
                        PROPHET_MAX_COLUMNS);
    }
    return STATUS_SUCCESS;
}

static bool
season_sane(const ProphetModel *model, const ProphetComponent *component)
{
    return component->period > 0 && isfinite(1 / component->period) && isfinite(component->period) &&
           component->order >= 1 && component->order <= PROPHET_MAX_ORDER &&
           component->n_columns == 2 * (size_t)component->order &&
           (component->column == PROPHET_NO_COLUMN || component->column < model->history.n_columns);
}

static bool
holiday_sane(const ProphetComponent *component)
{
    if (component->n_dates == 0 || component->n_dates > PROPHET_MAX_HOLIDAYS ||
        component->column != PROPHET_NO_COLUMN)
        return false;
    for (size_t i = 0; i < component->n_dates; i++) {
        const ProphetHolidayDate *date = &component->dates[i], *before = date - 1;

        if (date->day < civil_day_of(CIVIL_MIN) || date->day > civil_day_of(CIVIL_END) || date->lower > 0 ||
            date->lower < -PROPHET_MAX_WINDOW || date->upper < 0 || date->upper > PROPHET_MAX_WINDOW)
            return false;
        if (i > 0 &&
            (before->day > date->day ||
             (before->day == date->day && (before->lower > date->lower ||
                                           (before->lower == date->lower && before->upper >= date->upper)))))
            return false;
    }
    return true;
}

static bool
component_sane(const ProphetModel *model, const ProphetComponent *component)
{
    if (!name_is_valid(component->name) || (unsigned)component->mode > PROPHET_MULTIPLICATIVE ||
        !prior_scale_is_valid(component->prior_scale))
        return false;
    switch (component->kind) {
    case PROPHET_SEASONALITY:
        return season_sane(model, component);
    case PROPHET_HOLIDAY:
        return holiday_sane(component);
    case PROPHET_REGRESSOR:
        return component->column < model->history.n_columns && component->n_columns == 1 &&
               (unsigned)component->standardize <= PROPHET_STANDARDIZE_NO;
    }
    return false;
}

bool
components_sane(const ProphetModel *model)
{
    size_t n_columns = 0;

    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        if (!component_sane(model, component) || component->first != n_columns)
            return false;
        if (c > 0 && component->kind < model->components[c - 1].kind)
            return false;
        for (size_t other = 0; other < c; other++) {
            if (strcmp(model->components[other].name, component->name) == 0)
                return false;
        }
        n_columns += component->n_columns;
        if (n_columns > PROPHET_MAX_COLUMNS)
            return false;
    }
    return model->n_columns == n_columns;
}
