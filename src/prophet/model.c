/*
 * model.c - what makes a model sane, and its binary form.
 *
 * Form: u32 length of the parameter part; that part, ending with its CRC-32C; the history in the series' own
 * form. The history carries no CRC of its own; a hash of its ds and y among the parameters binds it, at a
 * tenth of the price. Scales and times are derived from the history on reading.
 */
#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

#define MAGIC         UINT32_C(0x314d5250) /* "PRM1" */
#define MODEL_VERSION 2
#define NO_COLUMN     UINT32_MAX

static bool
is_moderate(double v)
{
    return fabs(v) <= MODERATE;
}

static bool
all_moderate(const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!is_moderate(v[i]))
            return false;
    }
    return true;
}

static bool
changepoints_sane(const ProphetModel *model)
{
    if (model->n_changepoints > PROPHET_MAX_CHANGEPOINTS ||
        !prior_scale_is_valid(model->changepoint_prior_scale))
        return false;
    for (size_t j = 0; j < model->n_changepoints; j++) {
        if (model->changepoints[j] < model->start || model->changepoints[j] > model->last ||
            (j > 0 && model->changepoints[j] < model->changepoints[j - 1]))
            return false;
    }
    return true;
}

static bool
columns_sane(const ProphetModel *model)
{
    const char *const *names = (const char *const *)model->column_names;

    for (size_t c = 0; c < model->history.n_columns; c++) {
        if (!name_is_valid(names[c]) || name_find(names, c, names[c]) != PROPHET_NO_COLUMN)
            return false;
    }
    return model->growth != PROPHET_LOGISTIC || model->cap_column != PROPHET_NO_COLUMN;
}

bool
prophet_model_sane(const ProphetModel *model)
{
    return (unsigned)model->growth <= PROPHET_FLAT && (unsigned)model->scaling <= PROPHET_MINMAX &&
           series_sane(&model->history) && columns_sane(model) &&
           model->content == model_content(&model->history) && model->n_observed >= 2 && model->span > 0 &&
           model->y_scale > 0 && components_sane(model) && changepoints_sane(model) &&
           is_moderate(model->k) && is_moderate(model->m) && is_moderate(model->sigma) && model->sigma > 0 &&
           isfinite(model->log_posterior) && all_moderate(model->delta, model->n_changepoints) &&
           all_moderate(model->beta, model->n_columns);
}

static void
encode_column(size_t column, Writer *w)
{
    write_u32(w, column == PROPHET_NO_COLUMN ? NO_COLUMN : (uint32_t)column);
}

static void
encode_component(const ProphetComponent *component, Writer *w)
{
    write_u8(w, (uint8_t)component->kind);
    write_text(w, component->name);
    write_u8(w, (uint8_t)component->mode);
    write_f64(w, component->prior_scale);
    encode_column(component->column, w);
    switch (component->kind) {
    case PROPHET_SEASONALITY:
        write_f64(w, component->period);
        write_u16(w, (uint16_t)component->order);
        break;
    case PROPHET_HOLIDAY:
        write_u32(w, (uint32_t)component->n_dates);
        for (size_t i = 0; i < component->n_dates; i++) {
            write_u32(w, (uint32_t)component->dates[i].day);
            write_u16(w, (uint16_t)component->dates[i].lower);
            write_u16(w, (uint16_t)component->dates[i].upper);
        }
        break;
    case PROPHET_REGRESSOR:
        write_u8(w, (uint8_t)component->standardize);
        break;
    }
}

static void
encode_components(const ProphetModel *model, Writer *w)
{
    write_u32(w, (uint32_t)model->n_components);
    for (size_t c = 0; c < model->n_components; c++)
        encode_component(&model->components[c], w);
    for (size_t i = 0; i < model->n_columns; i++)
        write_f64(w, model->beta[i]);
}

static void
encode_parameters(const ProphetModel *model, Writer *w)
{
    write_u32(w, MAGIC);
    write_u8(w, MODEL_VERSION);
    write_u8(w, (uint8_t)model->growth);
    write_u8(w, (uint8_t)model->scaling);
    write_u8(w, model->converged);
    write_u32(w, model->n_iterations);
    write_u64(w, model->content);
    write_f64(w, model->k);
    write_f64(w, model->m);
    write_f64(w, model->sigma);
    write_f64(w, model->log_posterior);
    write_f64(w, model->changepoint_prior_scale);
    write_u32(w, (uint32_t)model->n_changepoints);
    for (size_t j = 0; j < model->n_changepoints; j++) {
        write_i64(w, model->changepoints[j]);
        write_f64(w, model->delta[j]);
    }
    write_u32(w, (uint32_t)model->history.n_columns);
    for (size_t c = 0; c < model->history.n_columns; c++)
        write_text(w, model->column_names[c]);
    encode_components(model, w);
    write_crc(w);
}

void
prophet_model_encode(const ProphetModel *model, Writer *w)
{
    size_t size = series_encoded_size(&model->history);
    unsigned char *history = env_alloc(w->env, size, 1);
    Writer parameters;

    writer_init(&parameters, w->env);
    encode_parameters(model, &parameters);
    if (history == NULL || parameters.failed) {
        w->failed = true;
        return;
    }
    series_encode(&model->history, history);
    write_u32(w, (uint32_t)parameters.length);
    write_bytes(w, parameters.bytes, parameters.length);
    write_bytes(w, history, size);
}

static Status
fail_corrupt(Failure *failure, const char *what)
{
    return fail(failure, STATUS_CORRUPT, "The value was damaged or is not of this type; fit it again.",
                "invalid binary form of type prophet_model: %s", what);
}

/* A name as write_text writes it. */
static Status
decode_name(Env *env, Reader *r, char **name, Failure *failure)
{
    size_t n = read_count(r, 1, PROPHET_MAX_NAME);

    *name = env_alloc(env, n + 1, 1);
    if (*name == NULL)
        return fail_out_of_memory(failure);
    read_bytes(r, *name, n);
    return r->failed || strlen(*name) != n ? fail_corrupt(failure, "damaged names") : STATUS_SUCCESS;
}

static Status
decode_dates(Env *env, Reader *r, ProphetComponent *component, Failure *failure)
{
    component->n_dates = read_count(r, 8, PROPHET_MAX_HOLIDAYS);
    component->dates = ENV_NEW(env, component->n_dates, ProphetHolidayDate);
    if (component->dates == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < component->n_dates; i++) {
        component->dates[i].day = (int32_t)read_u32(r);
        component->dates[i].lower = (int16_t)read_u16(r);
        component->dates[i].upper = (int16_t)read_u16(r);
        if (component->dates[i].lower < -PROPHET_MAX_WINDOW || component->dates[i].upper > PROPHET_MAX_WINDOW)
            r->failed = true;
    }
    return r->failed ? fail_corrupt(failure, "damaged holidays") : holiday_offsets(env, component, failure);
}

static Status
decode_component(Env *env, Reader *r, ProphetComponent *component, Failure *failure)
{
    unsigned kind = read_u8(r);
    uint32_t column;
    char *name;

    if (kind > PROPHET_REGRESSOR)
        return fail_corrupt(failure, "unknown component");
    component->kind = (ProphetKind)kind;
    RETURN_IF_FAILED(decode_name(env, r, &name, failure));
    component->name = name;
    component->mode = (ProphetMode)read_u8(r);
    component->prior_scale = read_finite(r);
    column = read_u32(r);
    component->column = column == NO_COLUMN ? PROPHET_NO_COLUMN : column;
    switch (component->kind) {
    case PROPHET_SEASONALITY:
        component->period = read_finite(r);
        component->order = read_u16(r);
        component->n_columns = 2 * (size_t)component->order;
        break;
    case PROPHET_HOLIDAY:
        return decode_dates(env, r, component, failure);
    case PROPHET_REGRESSOR:
        component->standardize = (ProphetStandardize)read_u8(r);
        component->n_columns = 1;
        break;
    }
    return STATUS_SUCCESS;
}

static Status
decode_components(Env *env, Reader *r, ProphetModel *model, Failure *failure)
{
    model->n_components = read_count(r, 18, PROPHET_MAX_COLUMNS);
    model->components = ENV_NEW(env, model->n_components, ProphetComponent);
    if (model->components == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < model->n_components; c++) {
        ProphetComponent *component = &model->components[c];

        RETURN_IF_FAILED(decode_component(env, r, component, failure));
        component->first = model->n_columns;
        model->n_columns += component->n_columns;
        if (r->failed || model->n_columns > PROPHET_MAX_COLUMNS)
            return fail_corrupt(failure, "damaged components");
    }
    model->beta = ENV_NEW(env, model->n_columns, double);
    if (model->beta == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < model->n_columns; i++)
        model->beta[i] = read_finite(r);
    return STATUS_SUCCESS;
}

static Status
decode_column_names(Env *env, Reader *r, size_t *n, ProphetModel *model, Failure *failure)
{
    *n = read_count(r, 4, SERIES_MAX_COLUMNS);
    model->column_names = ENV_NEW(env, *n, char *);
    if (model->column_names == NULL)
        return fail_out_of_memory(failure);
    for (size_t c = 0; c < *n; c++)
        RETURN_IF_FAILED(decode_name(env, r, &model->column_names[c], failure));
    return STATUS_SUCCESS;
}

static Status
decode_changepoints(Env *env, Reader *r, ProphetModel *model, Failure *failure)
{
    model->n_changepoints = read_count(r, 16, PROPHET_MAX_CHANGEPOINTS);
    model->changepoints = ENV_NEW(env, model->n_changepoints, int64_t);
    model->delta = ENV_NEW(env, model->n_changepoints, double);
    if (model->changepoints == NULL || model->delta == NULL)
        return fail_out_of_memory(failure);
    for (size_t j = 0; j < model->n_changepoints; j++) {
        model->changepoints[j] = read_i64(r);
        model->delta[j] = read_finite(r);
    }
    return STATUS_SUCCESS;
}

static Status
decode_parameters(Env *env, Reader *r, ProphetModel *model, size_t *n_names, Failure *failure)
{
    unsigned growth, scaling, converged;

    if (!read_check_crc(r))
        return fail_corrupt(failure, "wrong checksum");
    if (read_u32(r) != MAGIC || read_u8(r) != MODEL_VERSION)
        return fail_corrupt(failure, "unknown version");
    growth = read_u8(r);
    scaling = read_u8(r);
    converged = read_u8(r);
    if (growth > PROPHET_FLAT || scaling > PROPHET_MINMAX || converged > 1)
        return fail_corrupt(failure, "unknown option");
    model->growth = (ProphetGrowth)growth;
    model->scaling = (ProphetScaling)scaling;
    model->converged = converged == 1;
    model->n_iterations = read_u32(r);
    model->content = read_u64(r);
    model->k = read_finite(r);
    model->m = read_finite(r);
    model->sigma = read_finite(r);
    model->log_posterior = read_finite(r);
    model->changepoint_prior_scale = read_finite(r);
    RETURN_IF_FAILED(decode_changepoints(env, r, model, failure));
    RETURN_IF_FAILED(decode_column_names(env, r, n_names, model, failure));
    RETURN_IF_FAILED(decode_components(env, r, model, failure));
    return read_at_end(r) ? STATUS_SUCCESS : fail_corrupt(failure, "wrong length");
}

/* The derived parts and the last checks. */
static Status
complete(Env *env, size_t n_names, ProphetModel *model, Failure *failure)
{
    Status status;

    if (n_names != model->history.n_columns || !components_sane(model))
        return fail_corrupt(failure, "values out of range");
    status = prophet_model_scale(env, model, failure);
    if (status == STATUS_OUT_OF_MEMORY)
        return status;
    if (status != STATUS_SUCCESS || !prophet_model_sane(model))
        return fail_corrupt(failure, "values out of range");
    return STATUS_SUCCESS;
}

Status
prophet_model_decode(Env *env, const unsigned char *bytes, size_t length, ProphetModel *model,
                     Failure *failure)
{
    ProphetModel decoded = {0};
    Reader r, parameters;
    size_t n, n_names = 0;

    reader_init(&r, bytes, length);
    n = read_count(&r, 1, length);
    if (r.failed)
        return fail_corrupt(failure, "wrong length");
    reader_init(&parameters, bytes + r.at, n);
    RETURN_IF_FAILED(decode_parameters(env, &parameters, &decoded, &n_names, failure));
    RETURN_IF_FAILED(series_decode(env, bytes + r.at + n, length - r.at - n, &decoded.history, failure));
    RETURN_IF_FAILED(complete(env, n_names, &decoded, failure));
    *model = decoded;
    return STATUS_SUCCESS;
}
