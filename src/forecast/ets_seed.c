/*
 * ets_seed.c - first states to start the search from.
 *
 * As R's forecast package: seasonal indices by classical decomposition, level and slope by a straight line
 * through the first deseasonalised values. Two cycles are too few for a centred average: there the indices
 * are phase means around a straight line.
 */
#include <math.h>

#include "forecast/ets.h"
#include "forecast/forecast_internal.h"

#define LEAST_POINTS   10
#define SMALLEST_INDEX 0.01

/* Intercept just before the first value, and slope. */
static void
line(const double *x, size_t n, double *intercept, double *slope)
{
    double centre = ((double)n + 1) / 2, mean = 0, xy = 0, xx = 0;

    for (size_t t = 0; t < n; t++)
        mean += x[t] / (double)n;
    for (size_t t = 0; t < n; t++) {
        double d = (double)(t + 1) - centre;

        xy += d * x[t];
        xx += d * d;
    }
    *slope = xx > 0 ? xy / xx : 0;
    *intercept = mean - *slope * centre;
}

static Status
short_season(Env *env, const EtsData *data, size_t m, bool multiplicative, Seasonal *s, Failure *failure)
{
    double intercept, slope, mean = 0;

    s->m = m;
    s->multiplicative = multiplicative;
    s->index = ENV_NEW(env, m, double);
    if (s->index == NULL)
        return fail_out_of_memory(failure);
    line(data->y, data->n, &intercept, &slope);
    for (size_t j = 0; j < m; j++) {
        double sum = 0, count = 0;

        for (size_t t = j; t < data->n; t += m) {
            double trend = intercept + slope * (double)(t + 1);

            sum += !multiplicative ? data->y[t] - trend : trend > 0 ? data->y[t] / trend : 1;
            count++;
        }
        s->index[j] = sum / count;
        mean += s->index[j] / (double)m;
    }
    for (size_t j = 0; j < m; j++)
        s->index[j] = multiplicative ? s->index[j] / mean : s->index[j] - mean;
    return STATUS_SUCCESS;
}

static Status
seed_season(Env *env, const EtsData *data, const EtsForm *form, Seasonal *s, Failure *failure)
{
    bool multiplicative = form->season == ETS_MULTIPLICATIVE;

    if (data->n < 3 * form->m)
        RETURN_IF_FAILED(short_season(env, data, form->m, multiplicative, s, failure));
    else
        RETURN_IF_FAILED(season_decompose(env, data->y, data->n, form->m, multiplicative, s, failure));
    for (size_t j = 0; multiplicative && j < form->m; j++)
        s->index[j] = fmax(s->multiplicative ? s->index[j] : 1, SMALLEST_INDEX);
    s->multiplicative = multiplicative;
    return STATUS_SUCCESS;
}

Status
ets_seed(Env *env, const EtsData *data, const EtsForm *form, EtsState *first, Failure *failure)
{
    size_t n = 2 * form->m > LEAST_POINTS ? 2 * form->m : LEAST_POINTS;
    const double *x = data->y;
    double *adjusted, mean = 0;
    Seasonal s;

    *first = (EtsState){0};
    if (form->season != ETS_NO_SEASON) {
        RETURN_IF_FAILED(seed_season(env, data, form, &s, failure));
        RETURN_IF_FAILED(season_adjust(env, data->y, data->n, &s, &adjusted, failure));
        x = adjusted;
        for (size_t j = 0; j < form->m; j++)
            first->s[j] = s.index[j];
    }
    n = n < data->n ? n : data->n;
    for (size_t t = 0; t < n; t++)
        mean += x[t] / (double)n;
    first->l = mean;
    if (form->trend == ETS_NO_TREND)
        return STATUS_SUCCESS;
    line(x, n, &first->l, &first->b);
    /* A model with a multiplicative error cannot start below zero. */
    if (form->multiplicative_error && !(first->l + first->b > 0 && first->l > 0)) {
        first->l = mean;
        first->b = 0;
    }
    return STATUS_SUCCESS;
}
