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

static bool
runs(const EtsForm *form, double f, double q, double s)
{
    if (form->multiplicative_error && !(f > SMALLEST_FORECAST))
        return false;
    if (form->season == ETS_MULTIPLICATIVE && !(fabs(s) > SMALLEST_DIVISOR && fabs(q) > SMALLEST_DIVISOR))
        return false;
    return isfinite(f);
}

bool
ets_run(const EtsFit *fit, const EtsData *data, EtsState *last, EtsErrors *errors, double *fitted)
{
    const EtsForm *form = &fit->form;
    EtsState state = fit->first;
    double sse = 0, logs = 0, product = 1;
    size_t n = 0;

    for (size_t t = 0, j = 0; t < data->n; t++, j = j + 1 == form->m ? 0 : j + 1) {
        double q = state.l + fit->phi * state.b, s = state.s[j], f = forecast_from(form->season, q, s), d,
               to_q;

        if (!runs(form, f, q, s))
            return false;
        if (fitted != NULL)
            fitted[t] = f;
        if (data->known != NULL && !data->known[t]) {
            state.l = q;
            state.b *= fit->phi;
            continue;
        }
        d = data->y[t] - f;
        to_q = form->season == ETS_MULTIPLICATIVE ? d / s : d;
        state.l = q + fit->alpha * to_q;
        state.b = fit->phi * state.b + fit->beta * to_q;
        if (form->season != ETS_NO_SEASON)
            state.s[j] = s + fit->gamma * (form->season == ETS_MULTIPLICATIVE ? d / q : d);
        if (form->multiplicative_error) {
            d /= f;
            product *= f; /* one logarithm for many factors */
            if (!(product > 1e-100 && product < 1e100)) {
                logs += log(product);
                product = 1;
            }
        }
        sse += d * d;
        n++;
    }
    *last = state;
    *errors = (EtsErrors){sse, logs + log(product), n};
    return isfinite(sse);
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
