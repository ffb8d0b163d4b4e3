/*
 * season.c - seasonalities as Fourier series.
 *
 * Method: columns sin(2 pi i d / P), cos(2 pi i d / P), i = 1..order, with d in days since 1970-01-01 00:00
 * and P in days (Taylor and Letham, "Forecasting at Scale", 2018, section 3.2). Not aligned to calendar
 * years: the year is 365.25 days. The phase is reduced to one cycle before the trigonometry, and harmonics
 * follow from the first by angle addition: one sincos for a series of any order, error i eps. A user's own
 * seasonalities stand first, in the order given, then the built-in ones; one of a built-in name wins over
 * 'auto' and is overwritten in its place by an order.
 */
#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet_internal.h"

typedef struct SeasonRule {
    const char *name;
    double period;    /* days */
    int order;        /* default */
    double min_days;  /* of history */
    double below_gap; /* on only when the smallest gap is below this many days */
} SeasonRule;

static const SeasonRule rules[PROPHET_N_SEASONS] = {
    {"yearly", 365.25, 10, 730, INFINITY},
    {"weekly", 7, 3, 14, 7},
    {"daily", 1, 4, 2, 1},
};

const char *
prophet_season_name(ProphetSeason season)
{
    return rules[season].name;
}

double
season_period(ProphetSeason season)
{
    return rules[season].period;
}

int
prophet_default_order(ProphetSeason season)
{
    return rules[season].order;
}

static double
days_between(int64_t from, int64_t to)
{
    return (double)((uint64_t)to - (uint64_t)from) / (double)CIVIL_DAY;
}

/* What the choice looks at. */
typedef struct Extent {
    double days, gap; /* of all moments; the smallest strictly positive one, or infinite */
} Extent;

static void
resolve(const ProphetOptions *options, Extent extent, int order[PROPHET_N_SEASONS])
{
    for (int season = 0; season < PROPHET_N_SEASONS; season++) {
        const SeasonRule *rule = &rules[season];
        bool has_own = false;

        for (size_t i = 0; i < options->n_seasonalities; i++)
            has_own = has_own || strcmp(options->seasonalities[i].name, rule->name) == 0;
        order[season] = options->order[season];
        if (order[season] == PROPHET_AUTO)
            order[season] =
                !has_own && extent.days >= rule->min_days && extent.gap < rule->below_gap ? rule->order : 0;
    }
}

void
prophet_resolve_orders(const ProphetOptions *options, const Series *series, int order[PROPHET_N_SEASONS])
{
    Extent extent = {0, INFINITY};
    size_t first = series->n, last = 0;

    for (size_t i = 0; i < series->n; i++) {
        if (series->y != NULL && isnan(series->y[i]))
            continue;
        if (first == series->n)
            first = i;
        else if (series->ds[i] > series->ds[last])
            extent.gap = fmin(extent.gap, days_between(series->ds[last], series->ds[i]));
        last = i;
    }
    if (first < series->n)
        extent.days = days_between(series->ds[first], series->ds[last]);
    resolve(options, extent, order);
}

static ProphetComponent
built_in(const ProphetOptions *options, const SeasonRule *rule, int order)
{
    return (ProphetComponent){.kind = PROPHET_SEASONALITY,
                              .name = rule->name,
                              .mode = options->seasonality_mode,
                              .prior_scale = options->seasonality_prior_scale,
                              .n_columns = 2 * (size_t)order,
                              .period = rule->period,
                              .order = order,
                              .column = PROPHET_NO_COLUMN};
}

static ProphetComponent
users_own(const ProphetOptions *options, const ProphetSeasonalitySpec *spec)
{
    return (ProphetComponent){
        .kind = PROPHET_SEASONALITY,
        .name = spec->name,
        .mode = spec->mode == PROPHET_INHERIT ? options->seasonality_mode : spec->mode,
        .prior_scale = spec->prior_scale,
        .n_columns = 2 * (size_t)spec->fourier_order,
        .period = spec->period,
        .order = spec->fourier_order,
        .column = spec->condition_name == NULL
                      ? PROPHET_NO_COLUMN
                      : name_find(options->column_names, options->n_column_names, spec->condition_name)};
}

void
season_append(const ProphetOptions *options, const Series *series, ProphetModel *model)
{
    int order[PROPHET_N_SEASONS];

    prophet_resolve_orders(options, series, order);
    for (size_t i = 0; i < options->n_seasonalities; i++)
        model->components[model->n_components++] = users_own(options, &options->seasonalities[i]);
    for (int season = 0; season < PROPHET_N_SEASONS; season++) {
        ProphetComponent component = built_in(options, &rules[season], order[season]);
        size_t at = 0;

        if (order[season] == 0)
            continue;
        while (at < model->n_components && strcmp(model->components[at].name, component.name) != 0)
            at++;
        model->components[at] = component;
        model->n_components += at == model->n_components;
    }
}

void
season_columns(const ProphetComponent *component, int64_t ds, double *columns)
{
    double days = (double)ds / (double)CIVIL_DAY - CIVIL_UNIX_EPOCH_DAY;
    double cycles = days / component->period;
    double angle = 2 * M_PI * (cycles - floor(cycles));
    double s1 = sin(angle), c1 = cos(angle), s = s1, c = c1;

    for (int i = 0; i < component->order; i++) {
        double s_next = s * c1 + c * s1;

        columns[2 * i] = s;
        columns[2 * i + 1] = c;
        c = c * c1 - s * s1;
        s = s_next;
    }
}
