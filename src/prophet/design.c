/*
 * design.c - from the history to scaled observations and regression columns.
 *
 * absmax divides y by its largest absolute value; minmax subtracts the least first, which keeps the signal of
 * large, nearly constant y. A scale of 0 (constant y) becomes 1. All scaling follows from the history and is
 * never stored, so that a model cannot contradict its own data.
 */
#include <math.h>
#include <string.h>

#include "kit/rng.h"
#include "prophet/prophet_internal.h"

#define MOST_KEPT ((size_t)4 << 20) /* numbers of kept design rows: 32 MB */

uint64_t
model_content(const Series *history)
{
    uint64_t hash = rng_hash(history->n, 0);

    for (size_t i = 0; i < history->n; i++) {
        union {
            double number;
            uint64_t bits;
        } y = {history->y[i]};

        hash = rng_mix(hash ^ (uint64_t)history->ds[i]);
        hash = rng_mix(hash + y.bits);
        for (size_t c = 0; c < history->n_columns; c++) {
            y.number = history->columns[c][i];
            hash = rng_mix(hash + y.bits);
        }
    }
    return hash;
}

static Status
observed_range(const ProphetModel *model, double *least, double *most, size_t *n, Failure *failure)
{
    const Series *history = &model->history;

    *least = INFINITY;
    *most = -INFINITY;
    *n = 0;
    for (size_t i = 0; i < history->n; i++) {
        if (isnan(history->y[i]))
            continue;
        if (isinf(history->y[i]))
            return fail(failure, STATUS_BAD_DATA,
                        "Replace infinite values, with NULL where they are unknown.",
                        "the series holds an infinite y");
        *least = fmin(*least, history->y[i]);
        *most = fmax(*most, history->y[i]);
        ++*n;
    }
    if (*n < 2)
        return fail(failure, STATUS_BAD_DATA, "Pass more history; NULL and NaN do not count.",
                    "a forecast needs at least 2 observed values, the series has %zu", *n);
    if (!isfinite(*most - *least))
        return fail(failure, STATUS_BAD_DATA, "Divide y by a constant first.",
                    "the range of y exceeds double precision");
    return STATUS_SUCCESS;
}

static Status
observed_span(ProphetModel *model, Failure *failure)
{
    const Series *history = &model->history;
    size_t first = 0, last = history->n - 1;

    while (isnan(history->y[first]))
        first++;
    while (isnan(history->y[last]))
        last--;
    model->start = history->ds[first];
    model->last = history->ds[last];
    if (model->start == model->last)
        return fail(failure, STATUS_BAD_DATA, "Pass values at two or more moments.",
                    "all observed values of the series have the same ds");
    model->span = (double)((uint64_t)model->last - (uint64_t)model->start);
    return STATUS_SUCCESS;
}

/* Each row's own floor, and absmax of what lies above it; with minmax the span from the lowest floor to the
 * highest cap. */
static Status
scale_by_rows(ProphetModel *model, Failure *failure)
{
    const Series *history = &model->history;
    const double *floors = history->columns[model->floor_column];
    const double *caps = history->columns[model->cap_column];
    double lowest = INFINITY, highest = -INFINITY, most = 0;

    for (size_t i = 0; i < history->n; i++) {
        if (isnan(history->y[i]))
            continue;
        lowest = fmin(lowest, floors[i]);
        highest = fmax(highest, caps[i]);
        most = fmax(most, fabs(history->y[i] - floors[i]));
    }
    model->floor = 0;
    model->y_scale = model->scaling == PROPHET_MINMAX ? highest - lowest : most;
    if (!isfinite(model->y_scale) || most / MODERATE > fmax(model->y_scale, 1))
        return fail(failure, STATUS_BAD_DATA, "Divide y, cap and floor by a constant first.",
                    "the range of y, cap and floor exceeds double precision");
    return STATUS_SUCCESS;
}

static Status
scale_target(ProphetModel *model, double least, double most, Failure *failure)
{
    if (model->floor_column != PROPHET_NO_COLUMN) {
        RETURN_IF_FAILED(scale_by_rows(model, failure));
    } else if (model->scaling == PROPHET_MINMAX) {
        model->floor = least;
        model->y_scale = most - least;
    } else {
        model->floor = 0;
        model->y_scale = fmax(fabs(least), fabs(most));
    }
    if (!(model->y_scale > 0))
        model->y_scale = 1;
    return STATUS_SUCCESS;
}

static void
find_bounds(ProphetModel *model)
{
    const char *const *names = (const char *const *)model->column_names;

    model->cap_column = model->floor_column = PROPHET_NO_COLUMN;
    if (model->growth != PROPHET_LOGISTIC)
        return;
    model->cap_column = name_find(names, model->history.n_columns, "cap");
    model->floor_column = name_find(names, model->history.n_columns, "floor");
}

Status
prophet_model_scale(Env *env, ProphetModel *model, Failure *failure)
{
    double least, most;

    find_bounds(model);
    if (model->growth == PROPHET_LOGISTIC && model->cap_column == PROPHET_NO_COLUMN)
        return fail(failure, STATUS_BAD_DATA, NULL, "logistic growth needs a column \"cap\"");
    RETURN_IF_FAILED(observed_range(model, &least, &most, &model->n_observed, failure));
    RETURN_IF_FAILED(observed_span(model, failure));
    RETURN_IF_FAILED(scale_target(model, least, most, failure));
    for (size_t c = 0; c < model->n_components; c++) {
        if (model->components[c].kind == PROPHET_REGRESSOR)
            RETURN_IF_FAILED(regressor_scale(&model->history, &model->components[c], failure));
    }
    RETURN_IF_FAILED(holiday_hits(env, model, failure));
    return rows_check(model, &model->history, failure);
}

/* A column of the history without the rows whose y is missing. */
static double *
observed_column(Env *env, const ProphetModel *model, const double *column)
{
    const Series *history = &model->history;
    double *kept = ENV_NEW(env, model->n_observed, double);
    size_t n = 0;

    for (size_t i = 0; kept != NULL && i < history->n; i++) {
        if (!isnan(history->y[i]))
            kept[n++] = column[i];
    }
    return kept;
}

Status
observed_rows(Env *env, const ProphetModel *model, Observed *observed, Failure *failure)
{
    const Series *history = &model->history;
    Series *rows = &observed->rows;

    observed->design = NULL;
    rows->n = 0;
    rows->y = NULL;
    rows->n_columns = history->n_columns;
    rows->ds = ENV_NEW(env, model->n_observed, int64_t);
    rows->columns = ENV_NEW(env, history->n_columns, double *);
    observed->y = ENV_NEW(env, model->n_observed, double);
    if (rows->ds == NULL || rows->columns == NULL || observed->y == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < history->n; i++) {
        if (isnan(history->y[i]))
            continue;
        rows->ds[rows->n] = history->ds[i];
        observed->y[rows->n++] = (history->y[i] - row_floor(model, history, i)) / model->y_scale;
    }
    for (size_t c = 0; c < history->n_columns; c++) {
        rows->columns[c] = observed_column(env, model, history->columns[c]);
        if (rows->columns[c] == NULL)
            return fail_out_of_memory(failure);
    }
    return STATUS_SUCCESS;
}

/* One component's columns of a row; those of holidays stay 0. */
static void
component_columns(const ProphetComponent *component, const Series *rows, size_t i, double *columns)
{
    switch (component->kind) {
    case PROPHET_SEASONALITY:
        if (component->column == PROPHET_NO_COLUMN || rows->columns[component->column][i] != 0)
            season_columns(component, rows->ds[i], columns);
        else
            memset(columns, 0, component->n_columns * sizeof(double));
        break;
    case PROPHET_HOLIDAY:
        memset(columns, 0, component->n_columns * sizeof(double));
        break;
    case PROPHET_REGRESSOR:
        columns[0] = (rows->columns[component->column][i] - component->mean) / component->sd;
        break;
    }
}

void
design_row(const ProphetModel *model, const Series *rows, size_t i, double *z)
{
    z[0] = 1;
    z[1] = scaled_time(model, rows->ds[i]);
    for (size_t c = 0; c < model->n_components; c++)
        component_columns(&model->components[c], rows, i, z + DESIGN_BASE + model->components[c].first);
    if (model->n_hits > 0)
        holiday_columns(model, rows->ds[i], z + DESIGN_BASE);
}

Status
observed_keep_design(Env *env, const ProphetModel *model, Observed *observed, Failure *failure)
{
    size_t n = observed->rows.n, n_z = DESIGN_BASE + model->n_columns;

    if (n > MOST_KEPT / n_z)
        return STATUS_SUCCESS;
    observed->n_z = n_z;
    observed->design = ENV_NEW(env, n * n_z, double);
    if (observed->design == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++) {
        if (i % 256 == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        design_row(model, &observed->rows, i, observed->design + i * n_z);
    }
    return STATUS_SUCCESS;
}

const double *
observed_design(const ProphetModel *model, const Observed *observed, size_t i, double *scratch)
{
    if (observed->design != NULL)
        return observed->design + i * observed->n_z;
    design_row(model, &observed->rows, i, scratch);
    return scratch;
}

void
design_precision(const ProphetModel *model, double *precision)
{
    const double sd_k = 5, sd_m = 5; /* Prophet's priors of slope and offset */

    precision[0] = 1 / (sd_m * sd_m);
    precision[1] = 1 / (sd_k * sd_k);
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        for (size_t i = 0; i < component->n_columns; i++)
            precision[DESIGN_BASE + component->first + i] =
                1 / (component->prior_scale * component->prior_scale);
    }
}
