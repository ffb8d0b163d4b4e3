/*
 * ets_refine.c - the maximum of the likelihood near a start, parameters and first states together.
 *
 * Method: -2 ln L = n ln sum r^2 with r = e for additive errors and r = e G, G = exp(mean ln |f|), for
 * multiplicative ones: a nonlinear least-squares problem. The steps are those of Levenberg (1944) and
 * Marquardt (1963). The
 * parameters live in a box: alpha, beta / alpha, gamma / (1 - alpha) and phi, each held at a bound while the
 * gradient points outside. Steps to points that are not admissible are refused. With additive errors r is
 * linear in the first states, so that one step over the states alone is their exact optimum.
 */
#include <math.h>
#include <string.h>

#include "forecast/ets_gradient.h"
#include "kit/cholesky.h"

#define LEAST     1e-4
#define MOST      0.9999
#define LEAST_PHI 0.8
#define MOST_PHI  0.98
#define FLOOR     1e-20 /* of the sum of squares of values around 1: a perfect fit */
#define RIDGE     1e-10
#define MOST_DAMP 1e9
#define TRUSTED   1 /* damping up to which a step tells how near the optimum is */

static double
deviance_of(const EtsData *data, const EtsFit *fit)
{
    EtsState last;
    EtsErrors errors;

    if (!ets_run(fit, data, &last, &errors, NULL))
        return HUGE_VAL;
    errors.sse = fmax(errors.sse, FLOOR * (double)data->n);
    return ets_deviance(&fit->form, &errors);
}

static double
get_unknown(const EtsFit *fit, int u)
{
    switch (u) {
    case ETS_ALPHA:
        return fit->alpha;
    case ETS_BETA:
        return fit->beta / fit->alpha;
    case ETS_GAMMA:
        return fit->gamma / (1 - fit->alpha);
    default:
        return fit->phi;
    }
}

static double
least_of(int u)
{
    return u == ETS_PHI ? LEAST_PHI : LEAST;
}

static double
most_of(int u)
{
    return u == ETS_PHI ? MOST_PHI : MOST;
}

/* At a bound, and the descent points outside. */
static bool
is_held(const EtsFit *fit, int u, double slope)
{
    double x = get_unknown(fit, u), slack = 1e-9;

    return (slope > 0 && x <= least_of(u) + slack) || (slope < 0 && x >= most_of(u) - slack);
}

/* The damped Gauss and Newton step; held unknowns stay. */
static void
find_step(const EtsFit *fit, const EtsColumns *c, const EtsGradient *g, double damping, double *step)
{
    double a[ETS_MOST_UNKNOWNS * ETS_MOST_UNKNOWNS], trace = 0;
    size_t p = c->n;
    bool held[ETS_MOST_UNKNOWNS] = {false};

    for (int u = 0; u < ETS_SMOOTHING; u++)
        if (c->smoothing[u] >= 0)
            held[c->smoothing[u]] = is_held(fit, u, g->slope[c->smoothing[u]]);
    for (size_t i = 0; i < p; i++)
        trace += g->gram[i][i] / (double)p;
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k <= i; k++)
            a[i * p + k] = held[i] || held[k] ? 0 : g->gram[i][k];
        a[i * p + i] = held[i] ? 1 : a[i * p + i] * (1 + damping) + RIDGE * trace;
        step[i] = held[i] ? 0 : -g->slope[i];
    }
    cholesky_factor(a, p);
    cholesky_forward(a, p, step);
    cholesky_backward(a, p, step);
}

static double
moved(const EtsFit *fit, const EtsColumns *c, const double *step, int u)
{
    double x = get_unknown(fit, u);

    if (c->smoothing[u] < 0)
        return x;
    return fmin(fmax(x + step[c->smoothing[u]], least_of(u)), most_of(u));
}

static EtsFit
take_step(const EtsFit *fit, const EtsColumns *c, const double *step)
{
    EtsFit to = *fit;

    if (c->smoothing[ETS_ALPHA] >= 0) {
        to.alpha = moved(fit, c, step, ETS_ALPHA);
        if (c->smoothing[ETS_BETA] >= 0)
            to.beta = to.alpha * moved(fit, c, step, ETS_BETA);
        if (c->smoothing[ETS_GAMMA] >= 0)
            to.gamma = (1 - to.alpha) * moved(fit, c, step, ETS_GAMMA);
        if (c->smoothing[ETS_PHI] >= 0)
            to.phi = moved(fit, c, step, ETS_PHI);
    }
    to.first.l += step[c->level];
    if (c->trend >= 0)
        to.first.b += step[c->trend];
    for (size_t j = 0; c->season >= 0 && j < fit->form.m; j++)
        to.first.s[j] += step[(size_t)c->season + j];
    return to;
}

/* The deviance that the step would gain were the errors linear. */
static double
promise(const EtsData *data, const EtsColumns *c, const EtsGradient *g, const double *step, double deviance)
{
    double along = 0, n = (double)ets_count_known(data);

    for (size_t i = 0; i < c->n; i++)
        along -= g->slope[i] * step[i];
    return n * along / exp(deviance / n);
}

double
ets_refine(const EtsData *data, EtsFit *fit, bool states_only, int most_rounds, double enough)
{
    return ets_refine_on(data, fit, deviance_of(data, fit), states_only, most_rounds, enough);
}

double
ets_refine_on(const EtsData *data, EtsFit *fit, double deviance, bool states_only, int most_rounds,
              double enough)
{
    EtsColumns c = ets_columns(&fit->form, states_only);
    double best = deviance, damping = states_only ? 0 : 1e-3, step[ETS_MOST_UNKNOWNS];
    EtsGradient g;

    for (int round = 0; round < most_rounds && best < HUGE_VAL; round++) {
        double gain = 0;

        ets_gradient(data, fit, &c, &g);
        while (gain <= 0 && damping < MOST_DAMP) {
            EtsFit trial;
            double value;

            find_step(fit, &c, &g, damping, step);
            if (!states_only && damping <= TRUSTED && promise(data, &c, &g, step, best) < enough)
                return best;
            trial = take_step(fit, &c, step);
            value =
                states_only || ets_admissible(&trial.form, trial.alpha, trial.beta, trial.gamma, trial.phi)
                    ? deviance_of(data, &trial)
                    : HUGE_VAL;
            gain = best - value;
            if (gain > 0) {
                *fit = trial;
                best = value;
            }
            damping = gain > 0 ? damping / 8 : fmax(damping, 1e-6) * 5;
            if (states_only && data->known == NULL && !fit->form.multiplicative_error && gain <= 0)
                return best;
        }
        if (gain < enough)
            break;
    }
    return best;
}
