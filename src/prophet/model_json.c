/*
 * model_json.c - the text form of a model, and its parameters for people.
 *
 * The text form holds what the binary form holds, every double to its last bit; reading it passes the same
 * checks of sanity. The parameters in prophet_params are in scaled units, as in Prophet.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kit/json.h"
#include "prophet/prophet_internal.h"

#define TYPE_NAME     "prophet_model"
#define MODEL_VERSION 1

static const char *const growth_names[] = {"linear", "flat"};
static const char *const scaling_names[] = {"absmax", "minmax"};

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

static void
put_key(Writer *w, const char *key)
{
    json_put(w, ",\"");
    json_put(w, key);
    json_put(w, "\":");
}

static void
put_word(Writer *w, const char *key, const char *word)
{
    put_key(w, key);
    json_put(w, "\"");
    json_put(w, word);
    json_put(w, "\"");
}

static void
put_number(Writer *w, const char *key, double v)
{
    put_key(w, key);
    json_put_double(w, v);
}

static void
put_components(const ProphetModel *model, Writer *w)
{
    put_key(w, "seasonalities");
    json_put(w, "[");
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        json_put(w, c > 0 ? ",{\"name\":\"" : "{\"name\":\"");
        json_put(w, prophet_season_name(component->season));
        json_put(w, "\"");
        put_number(w, "period", component->period);
        put_number(w, "fourier_order", component->order);
        put_number(w, "prior_scale", component->prior_scale);
        put_key(w, "beta");
        json_put_doubles(w, model->beta + component->first, 2 * (size_t)component->order);
        json_put(w, "}");
    }
    json_put(w, "]");
}

/* All but the braces and the history. */
static void
put_parameters(const ProphetModel *model, Writer *w)
{
    json_put(w, "\"version\":1");
    put_word(w, "growth", growth_names[model->growth]);
    put_word(w, "scaling", scaling_names[model->scaling]);
    put_number(w, "k", model->k);
    put_number(w, "m", model->m);
    put_number(w, "sigma", model->sigma);
    put_number(w, "changepoint_prior_scale", model->changepoint_prior_scale);
    put_key(w, "changepoints");
    json_put_moments(w, model->changepoints, model->n_changepoints);
    put_key(w, "delta");
    json_put_doubles(w, model->delta, model->n_changepoints);
    put_components(model, w);
    put_number(w, "log_posterior", model->log_posterior);
    put_key(w, "converged");
    json_put_boolean(w, model->converged);
    put_key(w, "n_iterations");
    json_put_integer(w, model->n_iterations);
}

void
prophet_model_write_json(const ProphetModel *model, Writer *w)
{
    json_put(w, "{");
    put_parameters(model, w);
    put_key(w, "history");
    series_write_json(&model->history, w);
    json_put(w, "}");
}

void
prophet_params_write_json(const ProphetModel *model, Writer *w)
{
    json_put(w, "{");
    put_parameters(model, w);
    put_key(w, "start");
    json_put_moment(w, model->start);
    put_number(w, "t_scale_seconds", model->span / 1e6);
    put_number(w, "y_scale", model->y_scale);
    put_number(w, "floor", model->floor);
    put_number(w, "n_observed", (double)model->n_observed);
    put_key(w, "beta");
    json_put_doubles(w, model->beta, model->n_columns);
    json_put(w, "}");
}

/* The position of the word among n names. */
static unsigned
read_word(JsonReader *r, const char *const *names, unsigned n, const char *expected)
{
    char word[JSON_TEXT];

    json_text(r, word);
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(word, names[i]) == 0)
            return i;
    }
    json_expected(r, expected);
    return 0;
}

typedef struct Parts {
    ProphetModel model;
    int64_t version;
    size_t n_delta;
    double *beta[PROPHET_MAX_COMPONENTS];
    bool out_of_memory;
    bool has_history;
} Parts;

static void
read_component(JsonReader *r, Env *env, Parts *parts)
{
    ProphetModel *model = &parts->model;
    ProphetComponent *component = &model->components[model->n_components];
    const char *names[PROPHET_N_SEASONS];
    char key[JSON_TEXT];
    size_t n_beta = 0;

    for (int season = 0; season < PROPHET_N_SEASONS; season++)
        names[season] = prophet_season_name((ProphetSeason)season);
    json_open(r, '{');
    while (json_next(r, '}')) {
        json_key(r, key);
        if (strcmp(key, "name") == 0)
            component->season =
                (ProphetSeason)read_word(r, names, PROPHET_N_SEASONS, "\"yearly\", \"weekly\" or \"daily\"");
        else if (strcmp(key, "period") == 0)
            component->period = json_double(r);
        else if (strcmp(key, "fourier_order") == 0)
            component->order = (int)json_integer(r, 1, PROPHET_MAX_ORDER);
        else if (strcmp(key, "prior_scale") == 0)
            component->prior_scale = json_double(r);
        else if (strcmp(key, "beta") == 0)
            parts->beta[model->n_components] = json_doubles(r, env, &n_beta, &parts->out_of_memory);
        else
            json_expected(r, "a key of a seasonality");
    }
    if (n_beta == 0 || n_beta != 2 * (size_t)component->order)
        json_expected(r, "a fourier_order and two numbers in beta for each of it");
    component->first = model->n_columns;
    model->n_columns += n_beta;
}

static void
read_components(JsonReader *r, Env *env, Parts *parts)
{
    json_open(r, '[');
    while (json_next(r, ']')) {
        if (parts->model.n_components == PROPHET_MAX_COMPONENTS) {
            json_expected(r, "at most three seasonalities");
            return;
        }
        read_component(r, env, parts);
        parts->model.n_components++;
    }
}

/* The scalar members; false when the key is none of them. */
static bool
read_scalar(JsonReader *r, const char *key, Parts *parts)
{
    ProphetModel *model = &parts->model;
    const struct {
        const char *key;
        double *to;
    } numbers[] = {{"k", &model->k},
                   {"m", &model->m},
                   {"sigma", &model->sigma},
                   {"changepoint_prior_scale", &model->changepoint_prior_scale},
                   {"log_posterior", &model->log_posterior}};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(key, numbers[i].key) == 0) {
            *numbers[i].to = json_double(r);
            return true;
        }
    }
    if (strcmp(key, "version") == 0)
        parts->version = json_integer(r, 0, INT32_MAX);
    else if (strcmp(key, "growth") == 0)
        model->growth = (ProphetGrowth)read_word(r, growth_names, 2, "\"linear\" or \"flat\"");
    else if (strcmp(key, "scaling") == 0)
        model->scaling = (ProphetScaling)read_word(r, scaling_names, 2, "\"absmax\" or \"minmax\"");
    else if (strcmp(key, "converged") == 0)
        model->converged = json_boolean(r);
    else if (strcmp(key, "n_iterations") == 0)
        model->n_iterations = (uint32_t)json_integer(r, 0, UINT32_MAX);
    else
        return false;
    return true;
}

static Status
read_members(JsonReader *r, Env *env, Parts *parts, Failure *failure)
{
    ProphetModel *model = &parts->model;
    char key[JSON_TEXT];

    json_open(r, '{');
    while (json_next(r, '}')) {
        json_key(r, key);
        if (read_scalar(r, key, parts))
            continue;
        if (strcmp(key, "changepoints") == 0 && model->changepoints == NULL)
            model->changepoints = json_moments(r, env, &model->n_changepoints, &parts->out_of_memory);
        else if (strcmp(key, "delta") == 0 && model->delta == NULL)
            model->delta = json_doubles(r, env, &parts->n_delta, &parts->out_of_memory);
        else if (strcmp(key, "seasonalities") == 0 && model->n_components == 0)
            read_components(r, env, parts);
        else if (strcmp(key, "history") == 0 && !parts->has_history) {
            RETURN_IF_FAILED(series_read_json_value(r, env, &model->history, failure));
            parts->has_history = true;
        } else
            json_expected(r, "a key of a prophet_model");
    }
    json_end(r);
    return STATUS_SUCCESS;
}

static Status
join_beta(Env *env, Parts *parts, Failure *failure)
{
    ProphetModel *model = &parts->model;

    model->beta = ENV_NEW(env, model->n_columns, double);
    if (model->beta == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < model->n_components; c++)
        memcpy(model->beta + model->components[c].first, parts->beta[c],
               2 * (size_t)model->components[c].order * sizeof(double));
    return STATUS_SUCCESS;
}

Status
prophet_model_read_json(Env *env, const char *text, ProphetModel *model, Failure *failure)
{
    const char *hint = "The text form is the JSON that the type itself writes.";
    Parts parts = {0};
    JsonReader r;

    json_init(&r, text);
    RETURN_IF_FAILED(read_members(&r, env, &parts, failure));
    if (parts.out_of_memory)
        return fail_out_of_memory(failure);
    if (r.failed)
        return json_failure(&r, TYPE_NAME, failure);
    if (parts.version != MODEL_VERSION || !parts.has_history || parts.model.changepoints == NULL ||
        parts.model.delta == NULL || parts.n_delta != parts.model.n_changepoints)
        return fail(failure, STATUS_BAD_TEXT, hint,
                    "invalid input for type " TYPE_NAME
                    ": version (1), history, and changepoints and delta of equal length are required");
    RETURN_IF_FAILED(join_beta(env, &parts, failure));
    parts.model.content = model_content(&parts.model.history);
    if (prophet_model_scale(&parts.model, NULL) != STATUS_SUCCESS || !prophet_model_sane(&parts.model))
        return fail(failure, STATUS_BAD_TEXT, hint,
                    "invalid input for type " TYPE_NAME ": the numbers do not make a model");
    *model = parts.model;
    return STATUS_SUCCESS;
}
