/*
 * ets_refine.c - the maximum of the likelihood near a start, parameters and first states together.
 *
 * Method: -2 ln L = n ln sum r^2 with r = e for additive errors and r = e G, G = exp(mean ln |f|), for
 * multiplicative ones: a nonlinear least-squares problem. Its derivatives run forward along the recursion,
 * one column for each unknown, and the steps are those of Levenberg (1944) and Marquardt (1963). The
 * parameters live in a box: alpha, beta / alpha, gamma / (1 - alpha) and phi, each held at a bound while the
 * gradient points outside. Steps to points that are not admissible are refused. With additive errors r is
 * linear in the first states, so that one step over the states alone is their exact optimum.
 */
#include <math.h>
#include <string.h>

#include "forecast/ets.h"
#include "kit/cholesky.h"

#define P         ETS_MOST_UNKNOWNS
#define LEAST     1e-4
#define MOST      0.9999
#define LEAST_PHI 0.8
#define MOST_PHI  0.98
#define FLOOR     1e-20 /* of the sum of squares of values around 1: a perfect fit */
#define RIDGE     1e-10
#define MOST_DAMP 1e9
#define ENOUGH    1e-5 /* gain of deviance that is not worth another round */

enum { U_ALPHA, U_BETA, U_GAMMA, U_PHI, N_SMOOTHING };

/* Which unknown stands in which column; -1: not estimated. */
typedef struct Columns {
    int smoothing[N_SMOOTHING], level, trend, season;
    size_t n;
} Columns;

typedef struct Gradient {
    double sse;
    double gram[P * P], slope[P]; /* of r / G: J'J and J'r */
} Gradient;

static Columns
columns_of(const EtsForm *form, bool states_only)
{
    Columns c = {{-1, -1, -1, -1}, -1, -1, -1, 0};

    if (!states_only) {
        c.smoothing[U_ALPHA] = (int)c.n++;
        if (form->trend != ETS_NO_TREND)
            c.smoothing[U_BETA] = (int)c.n++;
        if (form->season != ETS_NO_SEASON)
            c.smoothing[U_GAMMA] = (int)c.n++;
        if (form->trend == ETS_DAMPED)
            c.smoothing[U_PHI] = (int)c.n++;
    }
    c.level = (int)c.n++;
    if (form->trend != ETS_NO_TREND)
        c.trend = (int)c.n++;
    if (form->season != ETS_NO_SEASON) {
        c.season = (int)c.n;
        c.n += form->m;
    }
    return c;
}

/* The derivatives of the states, column by column. */
typedef struct Tangents {
    double l[P], b[P], q[P], f[P];
    double s[ETS_LONGEST_SEASON][P];
    double zero[P];
} Tangents;

static void
tangents_start(const Columns *c, size_t m, Tangents *d)
{
    memset(d, 0, sizeof(*d));
    d->l[c->level] = 1;
    if (c->trend >= 0)
        d->b[c->trend] = 1;
    for (size_t j = 0; c->season >= 0 && j < m; j++)
        d->s[j][(size_t)c->season + j] = 1;
}

static void
tangents_forecast(const EtsFit *fit, const Columns *c, const EtsState *state, size_t j, double q, Tangents *d)
{
    double s = state->s[j], phi = fit->phi;
    const double *ds = fit->form.season != ETS_NO_SEASON ? d->s[j] : d->zero;

    for (size_t i = 0; i < c->n; i++)
        d->q[i] = d->l[i] + phi * d->b[i];
    if (c->smoothing[U_PHI] >= 0)
        d->q[c->smoothing[U_PHI]] += state->b;
    if (fit->form.season == ETS_MULTIPLICATIVE)
        for (size_t i = 0; i < c->n; i++)
            d->f[i] = d->q[i] * s + q * ds[i];
    else
        for (size_t i = 0; i < c->n; i++)
            d->f[i] = d->q[i] + ds[i];
}

/* What the parameters themselves do to the states; the unknowns are alpha, beta / alpha, gamma / (1 - alpha).
 */
static void
inject(const EtsFit *fit, const Columns *c, double b, double to_l, double to_s, double *dl, double *db,
       double *ds)
{
    const int *u = c->smoothing;

    if (u[U_ALPHA] < 0)
        return;
    dl[u[U_ALPHA]] += to_l;
    if (u[U_BETA] >= 0) {
        db[u[U_ALPHA]] += fit->beta / fit->alpha * to_l;
        db[u[U_BETA]] += fit->alpha * to_l;
    }
    if (u[U_GAMMA] >= 0) {
        ds[u[U_ALPHA]] -= fit->gamma / (1 - fit->alpha) * to_s;
        ds[u[U_GAMMA]] += (1 - fit->alpha) * to_s;
    }
    if (u[U_PHI] >= 0)
        db[u[U_PHI]] += b;
}

/* After the forecast: the states move by the error e_d = y - f. */
static void
tangents_update(const EtsFit *fit, const Columns *c, const EtsState *state, size_t j, double q, double error,
                Tangents *d)
{
    bool scaled = fit->form.season == ETS_MULTIPLICATIVE, seasonal = fit->form.season != ETS_NO_SEASON;
    double s = state->s[j], to_l = scaled ? error / s : error, to_s = scaled ? error / q : error;
    double by_s = scaled ? to_l / s : 0, by_q = scaled ? to_s / q : 0, ratio = scaled ? 1 / s : 1;
    double ratio_q = scaled ? 1 / q : 1;
    double *ds = seasonal ? d->s[j] : d->zero;

    for (size_t i = 0; i < c->n; i++) {
        double to_level = -d->f[i] * ratio - by_s * ds[i];

        d->l[i] = d->q[i] + fit->alpha * to_level;
        d->b[i] = fit->phi * d->b[i] + fit->beta * to_level;
    }
    if (seasonal)
        for (size_t i = 0; i < c->n; i++)
            ds[i] += fit->gamma * (-d->f[i] * ratio_q - by_q * d->q[i]);
    inject(fit, c, state->b, to_l, to_s, d->l, d->b, ds);
}

static void
state_update(const EtsFit *fit, size_t j, double q, double error, EtsState *state)
{
    bool scaled = fit->form.season == ETS_MULTIPLICATIVE;
    double s = state->s[j], to_l = scaled ? error / s : error;

    state->l = q + fit->alpha * to_l;
    state->b = fit->phi * state->b + fit->beta * to_l;
    if (fit->form.season != ETS_NO_SEASON)
        state->s[j] = s + fit->gamma * (scaled ? error / q : error);
}

/* J'J and J'r from rows de; for multiplicative errors with the mean derivative g of ln f added to each. */
static void
add_row(const double *de, double e, size_t p, Gradient *g)
{
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k <= i; k++)
            g->gram[i * P + k] += de[i] * de[k];
        g->slope[i] += de[i] * e;
    }
}

static void
add_scale(const double *mean_log, double sse, size_t p, Gradient *g)
{
    for (size_t i = 0; i < p; i++)
        for (size_t k = 0; k <= i; k++)
            g->gram[i * P + k] +=
                g->slope[i] * mean_log[k] + mean_log[i] * g->slope[k] + sse * mean_log[i] * mean_log[k];
    for (size_t i = 0; i < p; i++)
        g->slope[i] += sse * mean_log[i];
}

static void
differentiate(const EtsData *data, const EtsFit *fit, const Columns *c, Gradient *g)
{
    bool relative = fit->form.multiplicative_error;
    EtsState state = fit->first;
    double logs[P] = {0}, de[P], n = 0;
    Tangents d;

    memset(g, 0, sizeof(*g));
    tangents_start(c, fit->form.m, &d);
    for (size_t t = 0, j = 0; t < data->n; t++, j = j + 1 == fit->form.m ? 0 : j + 1) {
        double q = state.l + fit->phi * state.b, s = state.s[j], f, error = 0;
        bool known = data->known == NULL || data->known[t];

        f = fit->form.season == ETS_NO_SEASON ? q : fit->form.season == ETS_ADDITIVE ? q + s : q * s;
        tangents_forecast(fit, c, &state, j, q, &d);
        if (!known) {
            for (size_t i = 0; i < c->n; i++) {
                d.l[i] = d.q[i];
                d.b[i] *= fit->phi;
            }
            if (c->smoothing[U_PHI] >= 0)
                d.b[c->smoothing[U_PHI]] += state.b;
            state.l = q;
            state.b *= fit->phi;
            continue;
        }
        error = data->y[t] - f;
        for (size_t i = 0; i < c->n; i++) {
            de[i] = relative ? -d.f[i] * data->y[t] / (f * f) : -d.f[i];
            logs[i] += relative ? d.f[i] / f : 0;
        }
        add_row(de, relative ? error / f : error, c->n, g);
        g->sse += relative ? error / f * (error / f) : error * error;
        tangents_update(fit, c, &state, j, q, error, &d);
        state_update(fit, j, q, error, &state);
        n++;
    }
    for (size_t i = 0; i < c->n; i++)
        logs[i] /= n;
    if (relative)
        add_scale(logs, g->sse, c->n, g);
}

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
    case U_ALPHA:
        return fit->alpha;
    case U_BETA:
        return fit->beta / fit->alpha;
    case U_GAMMA:
        return fit->gamma / (1 - fit->alpha);
    default:
        return fit->phi;
    }
}

static double
least_of(int u)
{
    return u == U_PHI ? LEAST_PHI : LEAST;
}

static double
most_of(int u)
{
    return u == U_PHI ? MOST_PHI : MOST;
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
find_step(const EtsFit *fit, const Columns *c, const Gradient *g, double damping, double *step)
{
    double a[P * P], trace = 0;
    size_t p = c->n;
    bool held[P] = {false};

    for (int u = 0; u < N_SMOOTHING; u++)
        if (c->smoothing[u] >= 0)
            held[c->smoothing[u]] = is_held(fit, u, g->slope[c->smoothing[u]]);
    for (size_t i = 0; i < p; i++)
        trace += g->gram[i * P + i] / (double)p;
    for (size_t i = 0; i < p; i++) {
        for (size_t k = 0; k <= i; k++)
            a[i * p + k] = held[i] || held[k] ? 0 : g->gram[i * P + k];
        a[i * p + i] = held[i] ? 1 : a[i * p + i] * (1 + damping) + RIDGE * trace;
        step[i] = held[i] ? 0 : -g->slope[i];
    }
    cholesky_factor(a, p);
    cholesky_forward(a, p, step);
    cholesky_backward(a, p, step);
}

static double
moved(const EtsFit *fit, const Columns *c, const double *step, int u)
{
    double x = get_unknown(fit, u);

    if (c->smoothing[u] < 0)
        return x;
    return fmin(fmax(x + step[c->smoothing[u]], least_of(u)), most_of(u));
}

static EtsFit
take_step(const EtsFit *fit, const Columns *c, const double *step)
{
    EtsFit to = *fit;

    if (c->smoothing[U_ALPHA] >= 0) {
        to.alpha = moved(fit, c, step, U_ALPHA);
        if (c->smoothing[U_BETA] >= 0)
            to.beta = to.alpha * moved(fit, c, step, U_BETA);
        if (c->smoothing[U_GAMMA] >= 0)
            to.gamma = (1 - to.alpha) * moved(fit, c, step, U_GAMMA);
        if (c->smoothing[U_PHI] >= 0)
            to.phi = moved(fit, c, step, U_PHI);
    }
    to.first.l += step[c->level];
    if (c->trend >= 0)
        to.first.b += step[c->trend];
    for (size_t j = 0; c->season >= 0 && j < fit->form.m; j++)
        to.first.s[j] += step[(size_t)c->season + j];
    return to;
}

double
ets_refine(const EtsData *data, EtsFit *fit, bool states_only, int most_rounds)
{
    Columns c = columns_of(&fit->form, states_only);
    double best = deviance_of(data, fit), damping = states_only ? 0 : 1e-3, step[P];
    Gradient g;

    for (int round = 0; round < most_rounds && best < HUGE_VAL; round++) {
        double gain = 0;

        differentiate(data, fit, &c, &g);
        while (gain <= 0 && damping < MOST_DAMP) {
            EtsFit trial;
            double value;

            find_step(fit, &c, &g, damping, step);
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
        if (gain < ENOUGH)
            break;
    }
    return best;
}
