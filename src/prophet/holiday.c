/*
 * holiday.c - holidays with the days around them.
 *
 * Method: one indicator column for each (holiday, offset), as in Taylor and Letham, section 3.3; it is 1 on
 * every row of the calendar day that lies offset days from one of the holiday's dates, however often it is
 * hit. All columns of a model stand in one calendar sorted by day: a row finds its own by bisection. Memory:
 * 8 bytes for each date and offset.
 */
#include <gsl/gsl_heapsort.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

#define MAX_HITS 1000000

static int
compare_names(const void *a, const void *b)
{
    /* As "name_delim_+0" would sort, so that the columns have Prophet's order. */
    const char *left = ((const ProphetHolidaySpec *)a)->holiday;
    const char *right = ((const ProphetHolidaySpec *)b)->holiday;
    char texts[2][PROPHET_MAX_NAME + 8];

    snprintf(texts[0], sizeof(texts[0]), "%s_delim_", left);
    snprintf(texts[1], sizeof(texts[1]), "%s_delim_", right);
    return strcmp(texts[0], texts[1]);
}

static int
compare_dates(const void *a, const void *b)
{
    const ProphetHolidayDate *left = a, *right = b;

    if (left->day != right->day)
        return left->day < right->day ? -1 : 1;
    if (left->lower != right->lower)
        return left->lower < right->lower ? -1 : 1;
    return (left->upper > right->upper) - (left->upper < right->upper);
}

static int
compare_offsets(const void *a, const void *b)
{
    char texts[2][16];

    snprintf(texts[0], sizeof(texts[0]), "%+d", *(const int16_t *)a);
    snprintf(texts[1], sizeof(texts[1]), "%+d", *(const int16_t *)b);
    return strcmp(texts[0], texts[1]);
}

static int
compare_hits(const void *a, const void *b)
{
    const ProphetHit *left = a, *right = b;

    if (left->day != right->day)
        return left->day < right->day ? -1 : 1;
    return (left->column > right->column) - (left->column < right->column);
}

Status
holiday_offsets(Env *env, ProphetComponent *component, Failure *failure)
{
    bool seen[2 * PROPHET_MAX_WINDOW + 1] = {false};
    size_t n = 0;

    for (size_t i = 0; i < component->n_dates; i++) {
        const ProphetHolidayDate *date = &component->dates[i];

        for (int offset = date->lower; offset <= date->upper; offset++) {
            n += !seen[PROPHET_MAX_WINDOW + offset];
            seen[PROPHET_MAX_WINDOW + offset] = true;
        }
    }
    component->offsets = ENV_NEW(env, n, int16_t);
    if (component->offsets == NULL)
        return fail_out_of_memory(failure);
    component->n_columns = 0;
    for (int i = 0; i <= 2 * PROPHET_MAX_WINDOW; i++) {
        if (seen[i])
            component->offsets[component->n_columns++] = (int16_t)(i - PROPHET_MAX_WINDOW);
    }
    gsl_heapsort(component->offsets, n, sizeof(int16_t), compare_offsets);
    return STATUS_SUCCESS;
}

static double
prior_scale_of(const ProphetOptions *options, const ProphetHolidaySpec *spec)
{
    return isnan(spec->prior_scale) ? options->holidays_prior_scale : spec->prior_scale;
}

/* One component from the n rows of one name. */
static Status
append_one(Env *env, const ProphetOptions *options, const ProphetHolidaySpec *specs, size_t n,
           ProphetModel *model, Failure *failure)
{
    ProphetComponent *component = &model->components[model->n_components++];

    *component =
        (ProphetComponent){.kind = PROPHET_HOLIDAY,
                           .name = specs[0].holiday,
                           .mode = options->holidays_mode == PROPHET_INHERIT ? options->seasonality_mode
                                                                             : options->holidays_mode,
                           .prior_scale = prior_scale_of(options, &specs[0]),
                           .column = PROPHET_NO_COLUMN,
                           .dates = ENV_NEW(env, n, ProphetHolidayDate)};
    if (component->dates == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++) {
        if (prior_scale_of(options, &specs[i]) != component->prior_scale)
            return fail(failure, STATUS_BAD_VALUE, "All rows of one holiday share one prior scale.",
                        "argument \"holidays\": the prior scales of \"%s\" differ, %g and %g",
                        component->name, component->prior_scale, prior_scale_of(options, &specs[i]));
        component->dates[i] = (ProphetHolidayDate){(int32_t)specs[i].day, (int16_t)specs[i].lower_window,
                                                   (int16_t)specs[i].upper_window};
    }
    gsl_heapsort(component->dates, n, sizeof(ProphetHolidayDate), compare_dates);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_dates(&component->dates[i], &component->dates[i - 1]) != 0)
            component->dates[component->n_dates++] = component->dates[i];
    }
    return holiday_offsets(env, component, failure);
}

Status
holiday_append(Env *env, const ProphetOptions *options, ProphetModel *model, Failure *failure)
{
    size_t n = options->n_holidays;
    ProphetHolidaySpec *specs = ENV_NEW(env, n, ProphetHolidaySpec);

    if (specs == NULL)
        return fail_out_of_memory(failure);
    if (n > 0)
        memcpy(specs, options->holidays, n * sizeof(*specs));
    gsl_heapsort(specs, n, sizeof(*specs), compare_names);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && strcmp(specs[to].holiday, specs[from].holiday) == 0;)
            to++;
        RETURN_IF_FAILED(append_one(env, options, specs + from, to - from, model, failure));
    }
    return STATUS_SUCCESS;
}

static size_t
hits_of(const ProphetComponent *component)
{
    size_t n = 0;

    for (size_t i = 0; i < component->n_dates; i++)
        n += (size_t)(component->dates[i].upper - component->dates[i].lower + 1);
    return n;
}

static void
add_hits(const ProphetComponent *component, ProphetModel *model)
{
    uint32_t column_of[2 * PROPHET_MAX_WINDOW + 1];

    for (size_t c = 0; c < component->n_columns; c++)
        column_of[PROPHET_MAX_WINDOW + component->offsets[c]] = (uint32_t)(component->first + c);
    for (size_t i = 0; i < component->n_dates; i++) {
        const ProphetHolidayDate *date = &component->dates[i];

        for (int offset = date->lower; offset <= date->upper; offset++)
            model->hits[model->n_hits++] =
                (ProphetHit){date->day + offset, column_of[PROPHET_MAX_WINDOW + offset]};
    }
}

Status
holiday_hits(Env *env, ProphetModel *model, Failure *failure)
{
    size_t n = 0;

    for (size_t c = 0; c < model->n_components; c++)
        n += hits_of(&model->components[c]);
    if (n > MAX_HITS)
        return fail(failure, STATUS_TOO_BIG, "Pass fewer dates, or narrower windows.",
                    "the holidays and the days around them are %zu in all, above %d", n, MAX_HITS);
    model->hits = ENV_NEW(env, n, ProphetHit);
    if (model->hits == NULL)
        return fail_out_of_memory(failure);
    model->n_hits = 0;
    for (size_t c = 0; c < model->n_components; c++) {
        if (model->components[c].kind == PROPHET_HOLIDAY)
            add_hits(&model->components[c], model);
    }
    gsl_heapsort(model->hits, n, sizeof(ProphetHit), compare_hits);
    return STATUS_SUCCESS;
}

void
holiday_columns(const ProphetModel *model, int64_t ds, double *columns)
{
    int64_t day = civil_day_of(ds);
    size_t low = 0, high = model->n_hits;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (model->hits[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < model->n_hits && model->hits[low].day == day; low++)
        columns[model->hits[low].column] = 1;
}
