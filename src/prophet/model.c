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
#define MODEL_VERSION 1
#define MOST          1e100 /* of a scaled parameter: no product of a forecast overflows before y_scale enters */

static bool
is_moderate(double v)
{
    return fabs(v) <= MOST;
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
components_sane(const ProphetModel *model)
{
    size_t n_columns = 0;

    if (model->n_components > PROPHET_MAX_COMPONENTS)
        return false;
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        if ((unsigned)component->season >= PROPHET_N_SEASONS ||
            (c > 0 && component->season <= model->components[c - 1].season) ||
            component->period != season_period(component->season) || component->order < 1 ||
            component->order > PROPHET_MAX_ORDER || !prior_scale_is_valid(component->prior_scale) ||
            component->first != n_columns)
            return false;
        n_columns += 2 * (size_t)component->order;
    }
    return model->n_columns == n_columns;
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

bool
prophet_model_sane(const ProphetModel *model)
{
    return (model->growth == PROPHET_LINEAR || model->growth == PROPHET_FLAT) &&
           (model->scaling == PROPHET_ABSMAX || model->scaling == PROPHET_MINMAX) &&
           model->history.n_columns == 0 && series_sane(&model->history) &&
           model->content == model_content(&model->history) && model->n_observed >= 2 && model->span > 0 &&
           model->y_scale > 0 && components_sane(model) && changepoints_sane(model) &&
           is_moderate(model->k) && is_moderate(model->m) && is_moderate(model->sigma) && model->sigma > 0 &&
           isfinite(model->log_posterior) && all_moderate(model->delta, model->n_changepoints) &&
           all_moderate(model->beta, model->n_columns);
}

static void
encode_components(const ProphetModel *model, Writer *w)
{
    write_u8(w, (uint8_t)model->n_components);
    for (size_t c = 0; c < model->n_components; c++) {
        write_u8(w, (uint8_t)model->components[c].season);
        write_u16(w, (uint16_t)model->components[c].order);
        write_f64(w, model->components[c].prior_scale);
    }
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

static bool
decode_components(Env *env, Reader *r, ProphetModel *model)
{
    model->n_components = read_u8(r);
    if (model->n_components > PROPHET_MAX_COMPONENTS)
        return false;
    for (size_t c = 0; c < model->n_components; c++) {
        ProphetComponent *component = &model->components[c];
        unsigned season = read_u8(r);

        if (season >= PROPHET_N_SEASONS)
            return false;
        component->season = (ProphetSeason)season;
        component->period = season_period(component->season);
        component->order = read_u16(r);
        component->prior_scale = read_finite(r);
        component->first = model->n_columns;
        model->n_columns += 2 * (size_t)component->order;
    }
    if (r->failed || model->n_columns > (r->length - r->at) / 8)
        return false;
    model->beta = ENV_NEW(env, model->n_columns, double);
    for (size_t i = 0; model->beta != NULL && i < model->n_columns; i++)
        model->beta[i] = read_finite(r);
    return !r->failed;
}

static bool
decode_changepoints(Env *env, Reader *r, ProphetModel *model)
{
    model->n_changepoints = read_count(r, 16, PROPHET_MAX_CHANGEPOINTS);
    model->changepoints = ENV_NEW(env, model->n_changepoints, int64_t);
    model->delta = ENV_NEW(env, model->n_changepoints, double);
    if (model->changepoints == NULL || model->delta == NULL)
        return true; /* the caller sees the lack of memory */
    for (size_t j = 0; j < model->n_changepoints; j++) {
        model->changepoints[j] = read_i64(r);
        model->delta[j] = read_finite(r);
    }
    return !r->failed;
}

static Status
decode_parameters(Env *env, Reader *r, ProphetModel *model, Failure *failure)
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
    if (!decode_changepoints(env, r, model))
        return fail_corrupt(failure, "damaged changepoints");
    if (model->changepoints == NULL || model->delta == NULL)
        return fail_out_of_memory(failure);
    if (!decode_components(env, r, model))
        return fail_corrupt(failure, "damaged seasonalities");
    if (model->beta == NULL)
        return fail_out_of_memory(failure);
    return read_at_end(r) ? STATUS_SUCCESS : fail_corrupt(failure, "wrong length");
}

Status
prophet_model_decode(Env *env, const unsigned char *bytes, size_t length, ProphetModel *model,
                     Failure *failure)
{
    ProphetModel decoded = {0};
    Reader r, parameters;
    size_t n;

    reader_init(&r, bytes, length);
    n = read_count(&r, 1, length);
    if (r.failed)
        return fail_corrupt(failure, "wrong length");
    reader_init(&parameters, bytes + r.at, n);
    RETURN_IF_FAILED(decode_parameters(env, &parameters, &decoded, failure));
    RETURN_IF_FAILED(series_decode(env, bytes + r.at + n, length - r.at - n, &decoded.history, failure));
    if (prophet_model_scale(&decoded, NULL) != STATUS_SUCCESS || !prophet_model_sane(&decoded))
        return fail_corrupt(failure, "values out of range");
    *model = decoded;
    return STATUS_SUCCESS;
}
