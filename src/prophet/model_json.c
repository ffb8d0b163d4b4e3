/*
 * model_json.c - the text form of a model: writing.
 *
 * It holds what the binary form holds, every double to its last bit.
 */
#include <string.h>

#include "kit/civil.h"
#include "kit/json.h"
#include "prophet/prophet_internal.h"

static const char *const growth_names[] = {"linear", "logistic", "flat"};
static const char *const scaling_names[] = {"absmax", "minmax"};
static const char *const mode_names[] = {"additive", "multiplicative"};
static const char *const standardize_names[] = {"auto", "true", "false"};

const char *
prophet_growth_name(ProphetGrowth growth)
{
    return growth_names[growth];
}

const char *
prophet_scaling_name(ProphetScaling scaling)
{
    return scaling_names[scaling];
}

const char *
prophet_mode_name(ProphetMode mode)
{
    return mode_names[mode];
}

const char *
prophet_standardize_name(ProphetStandardize standardize)
{
    return standardize_names[standardize];
}

static void
put_word(Writer *w, const char *key, const char *word)
{
    json_put_key(w, key);
    json_put_text(w, word);
}

static void
put_seasonality(const ProphetModel *model, const ProphetComponent *component, Writer *w)
{
    json_put_member(w, "period", component->period);
    json_put_member(w, "fourier_order", component->order);
    if (component->column != PROPHET_NO_COLUMN)
        put_word(w, "condition_name", model->column_names[component->column]);
}

/* Each date as [date, lower window, upper window]. */
static void
put_dates(const ProphetComponent *component, Writer *w)
{
    json_put_key(w, "dates");
    for (size_t i = 0; i < component->n_dates; i++) {
        json_put(w, i > 0 ? ",[" : "[[");
        json_put_moment(w, component->dates[i].day * CIVIL_DAY);
        json_put(w, ",");
        json_put_integer(w, component->dates[i].lower);
        json_put(w, ",");
        json_put_integer(w, component->dates[i].upper);
        json_put(w, "]");
    }
    json_put(w, "]");
}

static void
put_component(const ProphetModel *model, const ProphetComponent *component, Writer *w)
{
    json_put(w, "{\"name\":");
    json_put_text(w, component->name);
    if (component->kind == PROPHET_SEASONALITY)
        put_seasonality(model, component, w);
    else if (component->kind == PROPHET_HOLIDAY)
        put_dates(component, w);
    else
        put_word(w, "standardize", standardize_names[component->standardize]);
    put_word(w, "mode", mode_names[component->mode]);
    json_put_member(w, "prior_scale", component->prior_scale);
    json_put_key(w, "beta");
    json_put_doubles(w, model->beta + component->first, component->n_columns);
    json_put(w, "}");
}

static void
put_components(const ProphetModel *model, const char *key, ProphetKind kind, Writer *w)
{
    bool first = true;

    json_put_key(w, key);
    json_put(w, "[");
    for (size_t c = 0; c < model->n_components; c++) {
        if (model->components[c].kind != kind)
            continue;
        if (!first)
            json_put(w, ",");
        put_component(model, &model->components[c], w);
        first = false;
    }
    json_put(w, "]");
}

static void
put_column_names(const ProphetModel *model, Writer *w)
{
    json_put_key(w, "columns");
    json_put(w, "[");
    for (size_t c = 0; c < model->history.n_columns; c++) {
        if (c > 0)
            json_put(w, ",");
        json_put_text(w, model->column_names[c]);
    }
    json_put(w, "]");
}

void
model_write_parameters(const ProphetModel *model, Writer *w)
{
    json_put(w, "\"version\":2");
    put_word(w, "growth", growth_names[model->growth]);
    put_word(w, "scaling", scaling_names[model->scaling]);
    json_put_member(w, "k", model->k);
    json_put_member(w, "m", model->m);
    json_put_member(w, "sigma", model->sigma);
    json_put_member(w, "changepoint_prior_scale", model->changepoint_prior_scale);
    json_put_key(w, "changepoints");
    json_put_moments(w, model->changepoints, model->n_changepoints);
    json_put_key(w, "delta");
    json_put_doubles(w, model->delta, model->n_changepoints);
    put_column_names(model, w);
    put_components(model, "seasonalities", PROPHET_SEASONALITY, w);
    put_components(model, "holidays", PROPHET_HOLIDAY, w);
    put_components(model, "regressors", PROPHET_REGRESSOR, w);
    json_put_member(w, "log_posterior", model->log_posterior);
    json_put_key(w, "converged");
    json_put_boolean(w, model->converged);
    json_put_key(w, "n_iterations");
    json_put_integer(w, model->n_iterations);
}

void
prophet_model_write_json(const ProphetModel *model, Writer *w)
{
    json_put(w, "{");
    model_write_parameters(model, w);
    json_put_key(w, "history");
    series_write_json(&model->history, w);
    json_put(w, "}");
}
