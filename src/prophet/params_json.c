/*
 * params_json.c - the fitted numbers for people: prophet_params.
 *
 * Parameters are in scaled units, as in Prophet; the coefficients of regressors are in those of y, or shares
 * of the trend, for one unit of the regressor, as Prophet's regressor_coefficients gives them.
 */
#include <stdio.h>

#include "kit/json.h"
#include "prophet/prophet_internal.h"

/* weekly sin 1, weekly cos 1, ...; Easter -1, Easter +0, ...; a regressor's name. */
static void
put_column_name(const ProphetComponent *component, size_t i, Writer *w)
{
    char text[PROPHET_MAX_NAME + 32];

    if (component->kind == PROPHET_SEASONALITY)
        snprintf(text, sizeof(text), "%s %s %zu", component->name, i % 2 == 0 ? "sin" : "cos", i / 2 + 1);
    else if (component->kind == PROPHET_HOLIDAY)
        snprintf(text, sizeof(text), "%s %+d", component->name, component->offsets[i]);
    else
        snprintf(text, sizeof(text), "%s", component->name);
    json_put_text(w, text);
}

static void
put_beta(const ProphetModel *model, Writer *w)
{
    json_put_key(w, "beta");
    json_put_doubles(w, model->beta, model->n_columns);
    json_put_key(w, "beta_names");
    json_put(w, "[");
    for (size_t c = 0; c < model->n_components; c++) {
        for (size_t i = 0; i < model->components[c].n_columns; i++) {
            if (c + i > 0)
                json_put(w, ",");
            put_column_name(&model->components[c], i, w);
        }
    }
    json_put(w, "]");
}

static void
put_regressor(const ProphetModel *model, const ProphetComponent *component, Writer *w)
{
    double unit = component->mode == PROPHET_ADDITIVE ? model->y_scale : 1;

    json_put(w, "{\"regressor\":");
    json_put_text(w, component->name);
    json_put_key(w, "regressor_mode");
    json_put_text(w, prophet_mode_name(component->mode));
    json_put_member(w, "center", component->mean);
    json_put_member(w, "sd", component->sd);
    json_put_member(w, "coef", model->beta[component->first] * unit / component->sd);
    json_put(w, "}");
}

static void
put_regressors(const ProphetModel *model, Writer *w)
{
    bool first = true;

    json_put_key(w, "regressor_coefficients");
    json_put(w, "[");
    for (size_t c = 0; c < model->n_components; c++) {
        if (model->components[c].kind != PROPHET_REGRESSOR)
            continue;
        if (!first)
            json_put(w, ",");
        put_regressor(model, &model->components[c], w);
        first = false;
    }
    json_put(w, "]");
}

void
prophet_params_write_json(const ProphetModel *model, Writer *w)
{
    json_put(w, "{");
    model_write_parameters(model, w);
    json_put_key(w, "start");
    json_put_moment(w, model->start);
    json_put_member(w, "t_scale_seconds", model->span / 1e6);
    json_put_member(w, "y_scale", model->y_scale);
    json_put_member(w, "floor", model->floor);
    json_put_member(w, "n_observed", (double)model->n_observed);
    put_beta(model, w);
    put_regressors(model, w);
    json_put(w, "}");
}
