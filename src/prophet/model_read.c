/*
 * model_read.c - reading the text form of a model.
 *
 * Keys may come in any order; what is read passes the same checks of sanity as the binary form.
 */
#include <string.h>

#include "kit/civil.h"
#include "kit/json.h"
#include "prophet/prophet_internal.h"

#define TYPE_NAME     "prophet_model"
#define MODEL_VERSION 2
#define HINT          "The text form is the JSON that the type itself writes."

typedef const char *NameOf(unsigned value);

static const char *
growth_name(unsigned value)
{
    return prophet_growth_name((ProphetGrowth)value);
}

static const char *
scaling_name(unsigned value)
{
    return prophet_scaling_name((ProphetScaling)value);
}

static const char *
mode_name(unsigned value)
{
    return prophet_mode_name((ProphetMode)value);
}

static const char *
standardize_name(unsigned value)
{
    return prophet_standardize_name((ProphetStandardize)value);
}

/* The value up to `most` whose name is the next word. */
static unsigned
read_word(JsonReader *r, NameOf *name_of, unsigned most, const char *expected)
{
    char word[JSON_TEXT];

    json_text(r, word);
    for (unsigned i = 0; i <= most; i++) {
        if (strcmp(word, name_of(i)) == 0)
            return i;
    }
    json_expected(r, expected);
    return 0;
}

/* A component as read: its beta, and the name of its condition instead of the column. */
typedef struct Part {
    ProphetComponent component;
    char *condition;
    double *beta;
    size_t n_beta;
} Part;

typedef struct PartList {
    Part *parts;
    size_t n, capacity;
    bool read;
} PartList;

typedef struct Parts {
    ProphetModel model;
    int64_t version;
    size_t n_delta, n_names, names_capacity;
    PartList lists[3]; /* by ProphetKind */
    bool out_of_memory;
    bool has_history;
} Parts;

/* Room for one more of n elements, in arrays that double; NULL when there is no memory. */
static void *
room(Env *env, void *old, size_t n, size_t *capacity, size_t size)
{
    void *new;

    if (n < *capacity)
        return old;
    *capacity = *capacity > 0 ? 2 * *capacity : 16;
    new = env_alloc(env, *capacity, size);
    if (new != NULL && n > 0)
        memcpy(new, old, n * size);
    return new;
}

static char *
read_name(JsonReader *r, Env *env, Parts *parts)
{
    char text[JSON_TEXT];
    char *name;

    json_text(r, text);
    if (!r->failed && !name_is_valid(text))
        json_expected(r, "a name of 1 to 200 bytes");
    name = name_copy(env, text);
    parts->out_of_memory = parts->out_of_memory || name == NULL;
    return name;
}

static void
read_dates(JsonReader *r, Env *env, Parts *parts, ProphetComponent *component)
{
    size_t capacity = 0;

    json_open(r, '[');
    while (!parts->out_of_memory && json_next(r, ']')) {
        ProphetHolidayDate *date;

        component->dates =
            room(env, component->dates, component->n_dates, &capacity, sizeof(ProphetHolidayDate));
        if (component->dates == NULL) {
            parts->out_of_memory = true;
            return;
        }
        date = &component->dates[component->n_dates++];
        json_open(r, '[');
        json_next(r, ']');
        date->day = (int32_t)civil_day_of(json_moment(r));
        json_next(r, ']');
        date->lower = (int16_t)json_integer(r, -PROPHET_MAX_WINDOW, 0);
        json_next(r, ']');
        date->upper = (int16_t)json_integer(r, 0, PROPHET_MAX_WINDOW);
        if (json_next(r, ']'))
            json_expected(r, "a date and two numbers");
    }
}

/* A member of a component; false when the key is none of its kind. */
static bool
read_component_member(JsonReader *r, Env *env, const char *key, Parts *parts, Part *part)
{
    ProphetComponent *component = &part->component;
    ProphetKind kind = component->kind;

    if (strcmp(key, "name") == 0)
        component->name = read_name(r, env, parts);
    else if (strcmp(key, "mode") == 0)
        component->mode = (ProphetMode)read_word(r, mode_name, PROPHET_MULTIPLICATIVE,
                                                 "\"additive\" or \"multiplicative\"");
    else if (strcmp(key, "prior_scale") == 0)
        component->prior_scale = json_double(r);
    else if (strcmp(key, "beta") == 0)
        part->beta = json_doubles(r, env, &part->n_beta, &parts->out_of_memory);
    else if (kind == PROPHET_SEASONALITY && strcmp(key, "period") == 0)
        component->period = json_double(r);
    else if (kind == PROPHET_SEASONALITY && strcmp(key, "fourier_order") == 0)
        component->order = (int)json_integer(r, 1, PROPHET_MAX_ORDER);
    else if (kind == PROPHET_SEASONALITY && strcmp(key, "condition_name") == 0)
        part->condition = read_name(r, env, parts);
    else if (kind == PROPHET_HOLIDAY && strcmp(key, "dates") == 0 && component->n_dates == 0)
        read_dates(r, env, parts, component);
    else if (kind == PROPHET_REGRESSOR && strcmp(key, "standardize") == 0)
        component->standardize = (ProphetStandardize)read_word(r, standardize_name, PROPHET_STANDARDIZE_NO,
                                                               "\"auto\", \"true\" or \"false\"");
    else
        return false;
    return true;
}

static void
read_components(JsonReader *r, Env *env, ProphetKind kind, Parts *parts)
{
    PartList *list = &parts->lists[kind];

    list->read = true;
    json_open(r, '[');
    while (!parts->out_of_memory && json_next(r, ']')) {
        char key[JSON_TEXT];
        Part *part;

        list->parts = room(env, list->parts, list->n, &list->capacity, sizeof(Part));
        if (list->parts == NULL || list->n == PROPHET_MAX_COLUMNS) {
            parts->out_of_memory = list->parts == NULL;
            json_expected(r, "fewer components");
            return;
        }
        part = &list->parts[list->n++];
        part->component.kind = kind;
        json_open(r, '{');
        while (!parts->out_of_memory && json_next(r, '}')) {
            json_key(r, key);
            if (!read_component_member(r, env, key, parts, part))
                json_expected(r, "a key of a seasonality, holiday or regressor");
        }
        if (part->component.name == NULL || part->beta == NULL)
            json_expected(r, "a name and beta");
    }
}

static void
read_column_names(JsonReader *r, Env *env, Parts *parts)
{
    json_open(r, '[');
    while (!parts->out_of_memory && json_next(r, ']')) {
        parts->model.column_names =
            room(env, parts->model.column_names, parts->n_names, &parts->names_capacity, sizeof(char *));
        if (parts->model.column_names == NULL) {
            parts->out_of_memory = true;
            return;
        }
        parts->model.column_names[parts->n_names++] = read_name(r, env, parts);
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
        model->growth =
            (ProphetGrowth)read_word(r, growth_name, PROPHET_FLAT, "\"linear\", \"logistic\" or \"flat\"");
    else if (strcmp(key, "scaling") == 0)
        model->scaling =
            (ProphetScaling)read_word(r, scaling_name, PROPHET_MINMAX, "\"absmax\" or \"minmax\"");
    else if (strcmp(key, "converged") == 0)
        model->converged = json_boolean(r);
    else if (strcmp(key, "n_iterations") == 0)
        model->n_iterations = (uint32_t)json_integer(r, 0, UINT32_MAX);
    else
        return false;
    return true;
}

/* The key's list of components, or NULL. */
static PartList *
list_of(const char *key, Parts *parts, ProphetKind *kind)
{
    static const char *const keys[] = {"seasonalities", "holidays", "regressors"};

    for (int i = 0; i <= PROPHET_REGRESSOR; i++) {
        *kind = (ProphetKind)i;
        if (strcmp(key, keys[i]) == 0)
            return &parts->lists[i];
    }
    return NULL;
}

static Status
read_members(JsonReader *r, Env *env, Parts *parts, Failure *failure)
{
    ProphetModel *model = &parts->model;
    char key[JSON_TEXT];
    ProphetKind kind;

    json_open(r, '{');
    while (!parts->out_of_memory && json_next(r, '}')) {
        const PartList *list;

        json_key(r, key);
        if (read_scalar(r, key, parts))
            continue;
        list = list_of(key, parts, &kind);
        if (strcmp(key, "changepoints") == 0 && model->changepoints == NULL)
            model->changepoints = json_moments(r, env, &model->n_changepoints, &parts->out_of_memory);
        else if (strcmp(key, "delta") == 0 && model->delta == NULL)
            model->delta = json_doubles(r, env, &parts->n_delta, &parts->out_of_memory);
        else if (list != NULL && !list->read)
            read_components(r, env, kind, parts);
        else if (strcmp(key, "columns") == 0 && parts->n_names == 0)
            read_column_names(r, env, parts);
        else if (strcmp(key, "history") == 0 && !parts->has_history) {
            RETURN_IF_FAILED(series_read_json_value(r, env, &model->history, failure));
            parts->has_history = true;
        } else
            json_expected(r, "a key of a prophet_model");
    }
    if (!parts->out_of_memory)
        json_end(r);
    return STATUS_SUCCESS;
}

static Status
fail_numbers(Failure *failure)
{
    return fail(failure, STATUS_BAD_TEXT, HINT,
                "invalid input for type " TYPE_NAME ": the numbers do not make a model");
}

/* What the component's own numbers say of its columns. */
static Status
complete_component(Env *env, const Parts *parts, Part *part, Failure *failure)
{
    ProphetComponent *component = &part->component;
    const char *column = component->kind == PROPHET_REGRESSOR ? component->name : part->condition;

    component->column = PROPHET_NO_COLUMN;
    if (column != NULL) {
        component->column = name_find((const char *const *)parts->model.column_names, parts->n_names, column);
        if (component->column == PROPHET_NO_COLUMN)
            return fail_numbers(failure);
    }
    if (component->kind == PROPHET_HOLIDAY)
        RETURN_IF_FAILED(holiday_offsets(env, component, failure));
    else
        component->n_columns = component->kind == PROPHET_REGRESSOR ? 1 : 2 * (size_t)component->order;
    return component->n_columns == part->n_beta ? STATUS_SUCCESS : fail_numbers(failure);
}

static Status
join_components(Env *env, Parts *parts, Failure *failure)
{
    ProphetModel *model = &parts->model;
    size_t n_components = 0;

    for (int kind = 0; kind <= PROPHET_REGRESSOR; kind++) {
        n_components += parts->lists[kind].n;
        for (size_t i = 0; i < parts->lists[kind].n; i++) {
            RETURN_IF_FAILED(complete_component(env, parts, &parts->lists[kind].parts[i], failure));
            model->n_columns += parts->lists[kind].parts[i].n_beta;
        }
    }
    model->components = ENV_NEW(env, n_components, ProphetComponent);
    model->beta = ENV_NEW(env, model->n_columns, double);
    if (model->components == NULL || model->beta == NULL)
        return fail_out_of_memory(failure);
    model->n_columns = 0;
    for (int kind = 0; kind <= PROPHET_REGRESSOR; kind++) {
        for (size_t i = 0; i < parts->lists[kind].n; i++) {
            Part *part = &parts->lists[kind].parts[i];

            memcpy(model->beta + model->n_columns, part->beta, part->n_beta * sizeof(double));
            part->component.first = model->n_columns;
            model->n_columns += part->n_beta;
            model->components[model->n_components++] = part->component;
        }
    }
    return STATUS_SUCCESS;
}

Status
prophet_model_read_json(Env *env, const char *text, ProphetModel *model, Failure *failure)
{
    Parts parts = {0};
    JsonReader r;
    Status status;

    json_init(&r, text);
    RETURN_IF_FAILED(read_members(&r, env, &parts, failure));
    if (parts.out_of_memory)
        return fail_out_of_memory(failure);
    if (r.failed)
        return json_failure(&r, TYPE_NAME, failure);
    if (parts.version != MODEL_VERSION || !parts.has_history || parts.model.changepoints == NULL ||
        parts.model.delta == NULL || parts.n_delta != parts.model.n_changepoints)
        return fail(failure, STATUS_BAD_TEXT, HINT,
                    "invalid input for type " TYPE_NAME
                    ": version (2), history, and changepoints and delta of equal length are required");
    RETURN_IF_FAILED(join_components(env, &parts, failure));
    parts.model.content = model_content(&parts.model.history);
    if (parts.n_names != parts.model.history.n_columns || !components_sane(&parts.model))
        return fail_numbers(failure);
    status = prophet_model_scale(env, &parts.model, NULL);
    if (status == STATUS_OUT_OF_MEMORY)
        return fail_out_of_memory(failure);
    if (status != STATUS_SUCCESS || !prophet_model_sane(&parts.model))
        return fail_numbers(failure);
    *model = parts.model;
    return STATUS_SUCCESS;
}
