/*
 * ar.c - autoregression on the multiplied-out lags of one or two seasons, by ordinary least squares.
 *
 * Model: z_t = c + sum a_k z_{t-k}, z the values less their mean, or seasonal or first differences (then
 * without c), or logarithms. The lags 1..3, m-1..m+1, M-1..M+1 are those of a product of autoregressive
 * polynomials; a small ridge (per observation, in units of the variance of z) holds short series. Normal
 * equations, Cholesky. Forecasts are recursive; a fit whose recursion explodes is not usable: of levels one
 * with the lags of fewer seasons is taken then. Departure from Box and Jenkins: no moving-average part and no
 * search of orders, which were found to buy nothing for their time.
 */
#include <math.h>
#include <string.h>

#include "forecast/forecast_internal.h"
#include "kit/cholesky.h"

#define MOST_LAGS    16
#define ROWS_PER_LAG 3 /* at least so many rows for each coefficient ... */
#define SPARE_ROWS   5 /* ... and these */
#define FARTHER      4 /* the explosion test looks so many horizons ahead */
#define EXPLODED     3 /* ... for values so many times larger than any before */
#define CLAMP        2 /* differences are held within so many times the largest one */
#define CANCEL_EACH  1024

typedef struct Design {
    size_t lags[MOST_LAGS], n_lags;
    size_t diff; /* 0: none */
    bool constant, logs;
    double ridge;
} Design;

typedef struct Fit {
    double *z; /* n - diff values, then room for forecasts */
    size_t n;  /* of z */
    double mean, largest, sigma;
    double a[MOST_LAGS + 1]; /* the constant comes last */
} Fit;

static void
add_lag(Design *d, size_t lag)
{
    size_t i = 0;

    while (i < d->n_lags && d->lags[i] < lag)
        i++;
    if (lag == 0 || d->n_lags == MOST_LAGS || (i < d->n_lags && d->lags[i] == lag))
        return;
    memmove(d->lags + i + 1, d->lags + i, (d->n_lags - i) * sizeof(size_t));
    d->lags[i] = lag;
    d->n_lags++;
}

static void
add_lags(Design *d, size_t from, size_t to)
{
    for (size_t lag = from; lag <= to; lag++)
        add_lag(d, lag);
}

static size_t
longest_lag(const Design *d)
{
    return d->n_lags > 0 ? d->lags[d->n_lags - 1] : 0;
}

static bool
fits(const Design *d, size_t n)
{
    return n >= d->diff + longest_lag(d) + ROWS_PER_LAG * (d->n_lags + 1) + SPARE_ROWS;
}

/* Levels with so many seasons, or as many of them as the series is long enough for; how many comes back. */
static Design
levels(const Train *train, bool logs, int *seasons)
{
    size_t m = train->season, n = train->n;
    Design d = {.constant = true, .logs = logs, .ridge = train->long_season > 0 ? (m > 1 ? 0 : 0.001) : 0.01};

    for (;; (*seasons)--) {
        d.n_lags = 0;
        add_lags(&d, 1, 3);
        if (*seasons >= 1 && m > 1) {
            add_lags(&d, m - 1, m + 1);
            add_lag(&d, 2 * m);
            if (train->long_season == 0 && m < 12)
                add_lag(&d, 3 * m);
        }
        if (*seasons == 2)
            add_lags(&d, train->long_season - 1, train->long_season + 1);
        if (*seasons == 0 || fits(&d, n))
            return d;
    }
}

/* The candidates' forms; n_lags stays 0 where a form makes no sense for the series. */
static Design
design_of(const Train *train, int variant)
{
    size_t m = train->season, M = train->long_season;
    Design d = {0};

    switch (variant) {
    case AR_SHORT:
        d.constant = true;
        add_lags(&d, 1, 4);
        break;
    case AR_DIFF:
        d.diff = 1;
        d.ridge = 0.01;
        add_lags(&d, 1, 5);
        break;
    case AR_DIFF_LONG:
        d.diff = 1;
        d.ridge = 0.01;
        if (M == 0)
            return d;
        add_lags(&d, 1, 4);
        add_lags(&d, M, M + 1);
        break;
    case AR_SEASON_DIFF:
        d.diff = m;
        if (m == 1)
            return d;
        add_lags(&d, 1, 3);
        add_lags(&d, m, m + 1);
        add_lag(&d, 2 * m);
        if (M > m) {
            add_lag(&d, M - m);
            add_lags(&d, M, M + 1);
        }
        break;
    case AR_LONG_DIFF:
        d.diff = M;
        if (M == 0 || m == 1)
            return d;
        add_lags(&d, 1, 3);
        add_lags(&d, m, m + 1);
        break;
    default:
        break;
    }
    return d;
}

static double
level_of(const Design *d, double y)
{
    return d->logs ? log(y) : y;
}

/* z, its mean where there is a constant, and its largest size. */
static Status
transform(Env *env, const Train *train, const Design *d, size_t ahead, Fit *fit, Failure *failure)
{
    double sum = 0;

    fit->n = train->n - d->diff;
    fit->z = ENV_NEW(env, fit->n + ahead, double);
    if (fit->z == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < fit->n; t++) {
        fit->z[t] = level_of(d, train->y[t + d->diff]);
        if (d->diff > 0)
            fit->z[t] -= level_of(d, train->y[t]);
        sum += fit->z[t];
    }
    fit->mean = d->constant ? sum / (double)fit->n : 0;
    fit->largest = 0;
    for (size_t t = 0; t < fit->n; t++) {
        fit->z[t] -= fit->mean;
        fit->largest = fmax(fit->largest, fabs(fit->z[t]));
    }
    return STATUS_SUCCESS;
}

static bool
row_known(const Train *train, const Design *d, size_t t)
{
    if (train->known == NULL)
        return true;
    for (size_t i = 0; i <= d->n_lags; i++) {
        size_t at = t - (i < d->n_lags ? d->lags[i] : 0);

        if (!train->known[at] || !train->known[at + d->diff])
            return false;
    }
    return true;
}

typedef struct Normal {
    size_t p; /* coefficients, the constant last */
    double gram[(MOST_LAGS + 1) * (MOST_LAGS + 1)], rhs[MOST_LAGS + 1];
    double zz, rows;
} Normal;

static void
add_row(const Design *d, const double *z, size_t t, Normal *e)
{
    double x[MOST_LAGS + 1];

    for (size_t i = 0; i < d->n_lags; i++)
        x[i] = z[t - d->lags[i]];
    x[d->n_lags] = 1;
    for (size_t i = 0; i < e->p; i++) {
        for (size_t j = 0; j <= i; j++)
            e->gram[i * e->p + j] += x[i] * x[j];
        e->rhs[i] += x[i] * z[t];
    }
    e->zz += z[t] * z[t];
    e->rows++;
}

static double
residual_sd(const Normal *e, const double *a)
{
    double sse = e->zz;

    /* With the ridge a'Ga is not a'r: the sum of squares is written out. */
    for (size_t i = 0; i < e->p; i++) {
        double ga = 0;

        for (size_t j = 0; j < e->p; j++)
            ga += (j <= i ? e->gram[i * e->p + j] : e->gram[j * e->p + i]) * a[j];
        sse += a[i] * (ga - 2 * e->rhs[i]);
    }
    return e->rows > (double)e->p ? sqrt(fmax(sse, 0) / (e->rows - (double)e->p)) : NAN;
}

static Status
solve(Env *env, const Train *train, const Design *d, Fit *fit, bool *usable, Failure *failure)
{
    Normal e = {.p = d->n_lags + d->constant};
    double factor[(MOST_LAGS + 1) * (MOST_LAGS + 1)], variance = 0;

    for (size_t t = longest_lag(d); t < fit->n; t++) {
        if (t % CANCEL_EACH == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        if (row_known(train, d, t))
            add_row(d, fit->z, t, &e);
    }
    *usable = e.rows >= (double)(ROWS_PER_LAG * (d->n_lags + 1) + SPARE_ROWS);
    if (!*usable)
        return STATUS_SUCCESS;
    for (size_t t = 0; t < fit->n; t++)
        variance += fit->z[t] * fit->z[t] / (double)fit->n;
    memcpy(factor, e.gram, sizeof(factor));
    for (size_t i = 0; i < d->n_lags; i++)
        factor[i * e.p + i] += d->ridge * e.rows * variance;
    cholesky_factor(factor, e.p);
    memcpy(fit->a, e.rhs, sizeof(fit->a));
    cholesky_forward(factor, e.p, fit->a);
    cholesky_backward(factor, e.p, fit->a);
    fit->sigma = residual_sd(&e, fit->a);
    return STATUS_SUCCESS;
}

/* Extends z by `steps` forecasts; false when they explode. */
static bool
extend(const Design *d, Fit *fit, size_t steps)
{
    for (size_t t = fit->n; t < fit->n + steps; t++) {
        double z = d->constant ? fit->a[d->n_lags] : 0;

        for (size_t i = 0; i < d->n_lags; i++)
            z += fit->a[i] * fit->z[t - d->lags[i]];
        if (!(fabs(z) <= EXPLODED * fit->largest))
            return false;
        fit->z[t] = d->diff > 0 ? fmin(fmax(z, -CLAMP * fit->largest), CLAMP * fit->largest) : z;
    }
    return true;
}

/* The standard deviation s steps ahead: sigma times the root of the sum of squared psi weights. */
static Status
spread(Env *env, const Design *d, const Fit *fit, Ahead *ahead, Failure *failure)
{
    double *psi = ENV_NEW(env, 2 * ahead->h, double), sum = 0, *level = psi + ahead->h;

    if (psi == NULL)
        return fail_out_of_memory(failure);
    for (size_t s = 0; s < ahead->h; s++) {
        psi[s] = s == 0;
        for (size_t i = 0; i < d->n_lags && d->lags[i] <= s; i++)
            psi[s] += fit->a[i] * psi[s - d->lags[i]];
        level[s] = psi[s] + (d->diff > 0 && s >= d->diff ? level[s - d->diff] : 0);
        sum += level[s] * level[s];
        ahead->sd[s] = fit->sigma * sqrt(sum) * (d->logs ? ahead->mean[s] : 1);
    }
    return STATUS_SUCCESS;
}

static bool
all_positive(const Train *train)
{
    for (size_t t = 0; t < train->n; t++)
        if (!(train->y[t] > 0))
            return false;
    return true;
}

static Status
run(Env *env, const Train *train, const Design *d, Ahead *ahead, bool *usable, Failure *failure)
{
    Fit fit;

    *usable = d->n_lags > 0 && fits(d, train->n) && (!d->logs || all_positive(train));
    if (!*usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(transform(env, train, d, FARTHER * ahead->h, &fit, failure));
    RETURN_IF_FAILED(solve(env, train, d, &fit, usable, failure));
    if (!*usable)
        return STATUS_SUCCESS;
    *usable = extend(d, &fit, FARTHER * ahead->h);
    for (size_t i = 0; *usable && i < ahead->h; i++) {
        size_t t = train->n + i;
        double before = 0;

        if (d->diff > 0)
            before =
                i >= d->diff ? level_of(d, ahead->mean[i - d->diff]) : level_of(d, train->y[t - d->diff]);
        ahead->mean[i] = before + fit.mean + fit.z[fit.n + i];
        if (d->logs)
            ahead->mean[i] = exp(ahead->mean[i]);
    }
    return *usable ? spread(env, d, &fit, ahead, failure) : STATUS_SUCCESS;
}

Status
ar(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable, Failure *failure)
{
    int seasons = train->long_season > 0 ? 2 : 1;
    Design d;

    (void)warm;
    if (variant != AR_LEVELS && variant != AR_LOG) {
        d = design_of(train, variant);
        return run(env, train, &d, ahead, usable, failure);
    }
    /* Where the recursion explodes, the lags of the longest season go; without any, differences are left. */
    do {
        d = levels(train, variant == AR_LOG, &seasons);
        RETURN_IF_FAILED(run(env, train, &d, ahead, usable, failure));
    } while (!*usable && seasons-- > 0);
    if (*usable)
        return STATUS_SUCCESS;
    d = design_of(train, AR_DIFF);
    d.logs = variant == AR_LOG;
    return run(env, train, &d, ahead, usable, failure);
}
