/*
 * season.c - built-in seasonalities as Fourier series.
 *
 * Method: columns sin(2 pi i d / P), cos(2 pi i d / P), i = 1..order, with d in days since 1970-01-01 00:00
 * and P in days (Taylor and Letham, "Forecasting at Scale", 2018, section 3.2). Not aligned to calendar
 * years: the year is 365.25 days. The phase is reduced to one cycle before the trigonometry, and harmonics
 * follow from the first by angle addition: one sincos for a series of any order, error i eps.
 */
#include <math.h>

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

int
prophet_default_order(ProphetSeason season)
{
    return rules[season].order;
}

double
season_period(ProphetSeason season)
{
    return rules[season].period;
}

static double
days_between(int64_t from, int64_t to)
{
    return (double)((uint64_t)to - (uint64_t)from) / (double)CIVIL_DAY;
}

/* The smallest strictly positive gap, in days; infinite when there is none. */
static double
smallest_gap(const int64_t *ds, size_t n)
{
    double least = INFINITY;

    for (size_t i = 1; i < n; i++) {
        if (ds[i] > ds[i - 1])
            least = fmin(least, days_between(ds[i - 1], ds[i]));
    }
    return least;
}

void
season_choose(const ProphetOptions *options, const int64_t *ds, size_t n, ProphetModel *model)
{
    double days = days_between(ds[0], ds[n - 1]), gap = smallest_gap(ds, n);

    model->n_components = 0;
    model->n_columns = 0;
    for (int season = 0; season < PROPHET_N_SEASONS; season++) {
        const SeasonRule *rule = &rules[season];
        ProphetComponent *component = &model->components[model->n_components];
        int order = options->order[season];

        if (order == PROPHET_AUTO)
            order = days >= rule->min_days && gap < rule->below_gap ? rule->order : 0;
        if (order == 0)
            continue;
        component->season = (ProphetSeason)season;
        component->period = rule->period;
        component->order = order;
        component->prior_scale = options->seasonality_prior_scale;
        component->first = model->n_columns;
        model->n_columns += 2 * (size_t)order;
        model->n_components++;
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
