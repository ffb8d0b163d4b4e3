/*
 * ets_state.c - the recursion, the likelihood, forecasts and their variances, admissibility.
 *
 * Variances: Hyndman and others (2008), chapter 6. With c_j = alpha + beta (phi + ... + phi^j) + gamma [m
 * divides j]: additive error sigma^2 (1 + sum c_j^2); multiplicative error without a multiplicative season by
 * the recursion of theta; with one, that of the mean without season, grown by gamma^2 sigma^2 each cycle.
 */
#include <math.h>

#include "forecast/ets.h"

#define SMALLEST_FORECAST 1e-8 /* relative to a scale of 1 */
#define SMALLEST_DIVISOR  1e-9
#define ROOT_SLACK        1e-10
#define IN_LOOP           static inline __attribute__((always_inline))
#define CANCEL_EACH       256

size_t
ets_n_parameters(const EtsForm *form)
{
    size_t k = 2; /* alpha, l */

    if (form->trend != ETS_NO_TREND)
        k += 2;
    k += form->trend == ETS_DAMPED;
    if (form->season != ETS_NO_SEASON)
        k += form->m;
    return k;
}

static double
forecast_from(EtsSeason season, double q, double s)
{
    return season == ETS_NO_SEASON ? q : season == ETS_ADDITIVE ? q + s : q * s;
}

/* Whether the recursion can go on; the season and the kind of error are constants of each copy. */
IN_LOOP bool
runs(EtsSeason season, bool relative, double f, double q, double s)
{
    if (relative && !(f > SMALLEST_FORECAST))
        return false;
    return season != ETS_MULTIPLICATIVE || (fabs(s) > SMALLEST_DIVISOR && fabs(q) > SMALLEST_DIVISOR);
}

IN_LOOP bool
run(const EtsFit *fit, const EtsData *data, EtsSeason season, bool relative, EtsState *state,
    EtsErrors *errors, double *fitted)
{
    double alpha = fit->alpha, beta = fit->beta, gamma = fit->gamma, phi = fit->phi, product = 1;
    double l = state->l, b = state->b;

    for (size_t t = 0, j = 0; t < data->n; t++, j = j + 1 == fit->form.m ? 0 : j + 1) {
        double q = l + phi * b, s = state->s[j], f = forecast_from(season, q, s), d, to_q;

        if (!runs(season, relative, f, q, s))
            return false;
        if (fitted != NULL)
            fitted[t] = f;
        if (data->known != NULL && !data->known[t]) {
            l = q;
            b *= phi;
            continue;
        }
        d = season == ETS_ADDITIVE ? data->y[t] - s - q : data->y[t] - f; /* q is what is waited for */
        to_q = season == ETS_MULTIPLICATIVE ? d / s : d;
        l = q + alpha * to_q;
        b = phi * b + beta * to_q;
        if (season != ETS_NO_SEASON)
            state->s[j] = s + gamma * (season == ETS_MULTIPLICATIVE ? d / q : d);
        if (relative) {
            d /= f;
            product *= f; /* one logarithm for many factors */
            if (!(product > 1e-100 && product < 1e100)) {
                errors->sum_logs += log(product);
                product = 1;
            }
        }
        errors->sse += d * d;
        errors->n++;
    }
    state->l = l;
    state->b = b;
    errors->sum_logs += log(product);
    return isfinite(errors->sse) && isfinite(l) && isfinite(b);
}

bool
ets_run(const EtsFit *fit, const EtsData *data, EtsState *last, EtsErrors *errors, double *fitted)
{
    EtsSeason season = fit->form.season;

    *last = fit->first;
    *errors = (EtsErrors){0};
    if (fit->form.multiplicative_error)
        return season == ETS_NO_SEASON  ? run(fit, data, ETS_NO_SEASON, true, last, errors, fitted)
               : season == ETS_ADDITIVE ? run(fit, data, ETS_ADDITIVE, true, last, errors, fitted)
                                        : run(fit, data, ETS_MULTIPLICATIVE, true, last, errors, fitted);
    return season == ETS_NO_SEASON  ? run(fit, data, ETS_NO_SEASON, false, last, errors, fitted)
           : season == ETS_ADDITIVE ? run(fit, data, ETS_ADDITIVE, false, last, errors, fitted)
                                    : run(fit, data, ETS_MULTIPLICATIVE, false, last, errors, fitted);
}

double
ets_deviance(const EtsForm *form, const EtsErrors *errors)
{
    return (double)errors->n * log(errors->sse) + (form->multiplicative_error ? 2 * errors->sum_logs : 0);
}

/* c_j, the share of an error that is still in the forecast j >= 1 steps later; trend is phi + ... + phi^j. */
static double
remaining(const EtsFit *fit, size_t j, double trend)
{
    bool again = fit->form.season == ETS_ADDITIVE && j % fit->form.m == 0;

    return fit->alpha + fit->beta * trend + (again ? fit->gamma : 0);
}

/* c[0..h), c[0] unused. */
static void
shares(const EtsFit *fit, size_t h, double *c)
{
    double power = 1, trend = 0;

    for (size_t j = 1; j < h; j++) {
        power *= fit->phi;
        trend += power;
        c[j] = remaining(fit, j, trend);
    }
}

static double
additive_variance(const EtsFit *fit, const double *c, size_t step, double before)
{
    return step == 0 ? fit->sigma2 : before + fit->sigma2 * c[step] * c[step];
}

/* mu: the mean `step` + 1 steps ahead without a multiplicative season; theta[step] is set. */
static double
multiplicative_variance(const EtsFit *fit, const double *c, size_t step, double mu, double s, double *theta)
{
    size_t cycles = step / fit->form.m;
    double sum = 0, growth;

    for (size_t j = 1; j <= step; j++)
        sum += c[j] * c[j] * theta[step - j];
    theta[step] = mu * mu + fit->sigma2 * sum;
    if (fit->form.season != ETS_MULTIPLICATIVE)
        return (1 + fit->sigma2) * theta[step] - mu * mu;
    growth = pow(1 + fit->gamma * fit->gamma * fit->sigma2, (double)cycles);
    return s * s * (theta[step] * (1 + fit->sigma2) * growth - mu * mu);
}

Status
ets_ahead(Env *env, const EtsFit *fit, const EtsState *last, size_t n, size_t h, double *mean, double *sd,
          Failure *failure)
{
    const EtsForm *form = &fit->form;
    double *c = ENV_NEW(env, 2 * h, double), *theta = c + h, l = last->l, b = last->b, v = 0;

    if (c == NULL)
        return fail_out_of_memory(failure);
    shares(fit, h, c);
    for (size_t i = 0; i < h; i++) {
        double s = last->s[(n + i) % form->m];

        if (i % CANCEL_EACH == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        b *= fit->phi;
        l += b;
        mean[i] = forecast_from(form->season, l, s);
        v = form->multiplicative_error
                ? multiplicative_variance(fit, c, i, form->season == ETS_MULTIPLICATIVE ? l : mean[i], s,
                                          theta)
                : additive_variance(fit, c, i, v);
        sd[i] = sqrt(v);
    }
    return STATUS_SUCCESS;
}

/*
 * Whether all roots of a polynomial lie within the unit circle, up to rounding: the Schur and Cohn recursion
 * (Jury's table). a[0..degree] ascending, destroyed.
 */
static bool
roots_inside(double *a, size_t degree)
{
    for (size_t d = degree; d > 0; d--) {
        double k = a[0] / a[d], next[ETS_LONGEST_SEASON + 2];

        if (!(fabs(k) < 1))
            return false;
        /* (a(z) - k a*(z)) / z has degree d - 1; a* has the coefficients in reverse. */
        for (size_t i = 0; i < d; i++)
            next[i] = a[i + 1] - k * a[d - i - 1];
        for (size_t i = 0; i < d; i++)
            a[i] = next[i];
    }
    return true;
}

bool
ets_admissible(const EtsForm *form, double alpha, double beta, double gamma, double phi)
{
    double m = (double)form->m, a[ETS_LONGEST_SEASON + 2], middle, radius, power = 1;
    size_t degree = form->m + 1;

    if (form->season == ETS_NO_SEASON || form->trend == ETS_NO_TREND)
        return true;
    if (gamma > 1 + 1 / phi - alpha ||
        alpha < 1 - 1 / phi - gamma * (1 - m + phi + phi * m) / (2 * phi * m) ||
        beta < -(1 - phi) * (gamma / m + alpha))
        return false;
    middle = alpha + beta - alpha * phi;
    a[0] = phi * (1 - alpha - gamma);
    a[1] = middle + gamma - 1;
    for (size_t i = 2; i < form->m; i++)
        a[i] = middle;
    a[form->m] = alpha + beta - phi;
    a[degree] = 1;
    /* z = radius w: a root on the circle itself counts as inside. */
    radius = 1 + ROOT_SLACK;
    for (size_t i = 0; i <= degree; i++, power *= radius)
        a[i] *= power;
    return roots_inside(a, degree);
}
