/*
 * choice.c - which candidate, and how wide its band.
 *
 * Choice: the ensemble, unless one candidate's error is clearly below its own or seasonal naive is at least
 * as good; by construction never worse than seasonal naive on the backtest. Band: the absolute errors of the
 * chosen forecast, divided by their mean around each step, are pooled; their quantile times that mean,
 * widened a little for the few origins and for the choice among many (split conformal intervals, as in Lei
 * and others 2018, with a scale that grows along the horizon).
 */
#include <gsl/gsl_sort.h>
#include <math.h>

#include "forecast/choice.h"
#include "kit/quantile.h"

#define CLEARLY_BETTER 0.95

size_t
backtest_choose(const Backtest *b, const char **reason)
{
    double naive = b->mae[0], best = INFINITY;
    size_t chosen = 0;

    for (size_t c = 0; c < b->n_candidates; c++)
        if (b->mae[c] < best) {
            best = b->mae[c];
            chosen = c;
        }
    if (!(b->ensemble_mae <= INFINITY)) {
        *reason = "no known value at the origins";
        return 0;
    }
    if (best < CLEARLY_BETTER * b->ensemble_mae) {
        *reason = chosen == 0 ? "seasonal_naive is best" : "clearly better than the ensemble";
        return chosen;
    }
    if (naive <= b->ensemble_mae) {
        *reason = "nothing beats seasonal_naive clearly";
        return 0;
    }
    *reason = "no single method is clearly better than the ensemble";
    return b->n_candidates;
}

static double
error_at(const Backtest *b, const double *forecast, size_t i)
{
    return b->closed[i] ? NAN : fabs(b->actual[i] - forecast[i]);
}

/* Mean absolute error of the steps within `reach` of step s; 0 without any. */
static double
size_around(const Backtest *b, const double *forecast, size_t s, size_t reach)
{
    size_t from = s > reach ? s - reach : 0, to = s + reach + 1 < b->horizon ? s + reach + 1 : b->horizon;
    double sum = 0, n = 0;

    for (size_t k = 0; k < b->n_origins; k++)
        for (size_t i = from; i < to; i++) {
            double r = error_at(b, forecast, k * b->horizon + i);

            if (!isnan(r)) {
                sum += r;
                n++;
            }
        }
    return n > 0 ? sum / n : 0;
}

Status
backtest_band(Env *env, const Backtest *b, const double *forecast, double interval_width, double inflation,
              double *half, size_t *n_origins, Failure *failure)
{
    size_t h = b->horizon, reach = h / 8 > 1 ? h / 8 : 1, n = 0;
    double *ratio = ENV_NEW(env, b->n_origins * h, double), q;

    if (ratio == NULL)
        return fail_out_of_memory(failure);
    *n_origins = 0;
    for (size_t s = 0; s < h; s++)
        half[s] = size_around(b, forecast, s, reach);
    for (size_t k = 0; k < b->n_origins; k++) {
        bool counts = false;

        for (size_t s = 0; s < h; s++) {
            double r = error_at(b, forecast, k * h + s);

            counts = counts || !isnan(r);
            if (!isnan(r) && half[s] > 0)
                ratio[n++] = r / half[s];
        }
        *n_origins += counts;
    }
    if (n == 0)
        return STATUS_SUCCESS;
    gsl_sort(ratio, 1, n);
    q = quantile_sorted(ratio, n, interval_width) * (1 + inflation / sqrt((double)*n_origins));
    for (size_t s = 0; s < h; s++)
        half[s] *= q;
    return STATUS_SUCCESS;
}
