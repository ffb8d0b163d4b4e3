/*
 * theta.c - the Theta method: standard, optimised and dynamic optimised.
 *
 * Method: V. Assimakopoulos, K. Nikolopoulos, "The theta model" (2000); J. A. Fiorucci and others, "Models
 * for optimising the theta method and their relationship to state space models" (2016). A season that passes
 * the test of season.c is taken out first. The errors are linear in the first level, which is solved for in
 * closed form at every trial of the other two parameters: grid, then simplex.
 */
#include <math.h>

#include "forecast/forecast_internal.h"
#include "forecast/simplex.h"

#define LEAST_ALPHA   0.1
#define MOST_ALPHA    0.99
#define MOST_W        0.999
#define SHORTEST      10  /* below it the optimised models have more freedom than data */
#define RECENT        0.7 /* weight of a cycle against the next one */
#define MOST_CALLS    200
#define FEWER_CALLS   60 /* from the optimum of fewer values */
#define N_ALPHA       7
#define MOST_VALUES   5000 /* the latest ones, which alone are fitted */
#define MOST_CYCLES   4
#define N_W           5
#define FIRST_OF_LOSS 2 /* DOTM: its first two errors are fixed by its start */

/* One pass with the first level l0 and, beside it, the impulse of l0 on the level. */
typedef struct Pass {
    bool dynamic;
    double alpha, w;
    double level, impulse;
    double a, b;  /* the theta line's intercept and slope (OTM: constant) */
    double mean;  /* of the values so far */
    double decay; /* (1 - alpha)^i */
    double i;     /* values so far */
    double next;  /* one-step forecast of the next value, with the given l0 */
} Pass;

static Pass
pass_start(const ThetaFit *fit, const double *x, size_t n)
{
    Pass p = {.dynamic = fit->dynamic, .alpha = fit->alpha, .w = fit->w};
    double count = (double)n, sum = 0, moment = 0;

    p.level = fit->l0;
    p.impulse = 1;
    p.decay = 1;
    if (p.dynamic) {
        p.next = x[0];
        return p;
    }
    for (size_t t = 0; t < n; t++) {
        sum += x[t];
        moment += (double)(t + 1) * x[t];
    }
    p.b = 6 * (2 * moment / count - (1 + count) * sum / count) / (count * count - 1);
    p.a = sum / count - (count + 1) * p.b / 2;
    p.next = p.level + p.w * (p.a + p.b);
    return p;
}

static void
pass_step(Pass *p, double x)
{
    double i = p->i + 1, before = p->mean;

    p->mean = (p->i * before + x) / i;
    if (p->dynamic) {
        p->b = i > 1 ? ((i - 2) * p->b + 6 * (x - before) / i) / (i + 1) : 0;
        p->a = p->mean - p->b * (i + 1) / 2;
    }
    p->level = p->alpha * x + (1 - p->alpha) * p->level;
    p->impulse *= 1 - p->alpha;
    p->decay *= 1 - p->alpha;
    p->i = i;
    p->next = p->level + p->w * (p->a * p->decay + p->b * (1 - p->decay * (1 - p->alpha)) / p->alpha);
}

double
theta_run(const ThetaFit *fit, const double *x, size_t n, double *mean, size_t h)
{
    Pass p = pass_start(fit, x, n);
    double sse = 0;

    for (size_t t = 0; t < n; t++) {
        double e = x[t] - p.next;

        if (!fit->dynamic || t >= FIRST_OF_LOSS)
            sse += e * e;
        pass_step(&p, x[t]);
    }
    for (size_t i = 0; i < h; i++) {
        mean[i] = p.next;
        pass_step(&p, p.next);
    }
    return sse;
}

/* The best first level for alpha and w, and the sum of squares with it. */
static double
profile(ThetaFit *fit, const double *x, size_t n)
{
    double ee = 0, ei = 0, ii = 0;
    Pass p;

    fit->l0 = 0;
    p = pass_start(fit, x, n);
    for (size_t t = 0; t < n; t++) {
        double e = x[t] - p.next, impulse = fit->dynamic && t == 0 ? 0 : p.impulse;

        if (!fit->dynamic || t >= FIRST_OF_LOSS) {
            ee += e * e;
            ei += e * impulse;
            ii += impulse * impulse;
        }
        pass_step(&p, x[t]);
    }
    fit->l0 = ii > 0 ? ei / ii : 0;
    fit->sse = ii > 0 ? fmax(ee - ei * ei / ii, 0) : ee;
    return fit->sse;
}

typedef struct Search {
    const double *x;
    size_t n;
    ThetaFit fit;
} Search;

static double
sse_at(void *context, const double *at)
{
    Search *s = context;

    s->fit.alpha = fmin(fmax(at[0], LEAST_ALPHA), MOST_ALPHA);
    s->fit.w = fmin(fmax(at[1], 0), MOST_W);
    return profile(&s->fit, s->x, s->n);
}

ThetaFit
theta_fit(const double *x, size_t n, bool dynamic)
{
    static const double alphas[N_ALPHA] = {0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.99};
    static const double ws[N_W] = {0, 0.25, 0.5, 0.75, 0.95};
    Search s = {x, n, {.dynamic = dynamic}};
    double best = INFINITY, at[2] = {0};

    for (size_t i = 0; i < N_ALPHA * N_W; i++) {
        double trial[2] = {alphas[i / N_W], ws[i % N_W]}, value = sse_at(&s, trial);

        if (value < best) {
            best = value;
            at[0] = trial[0], at[1] = trial[1];
        }
    }
    simplex_minimise(sse_at, &s, 2, at, at[0] > 0.5 ? -0.05 : 0.05, 1e-4, MOST_CALLS);
    sse_at(&s, at);
    return s.fit;
}

/* From the optimum of fewer values. */
static ThetaFit
improve(const ThetaFit *fit, const double *x, size_t n)
{
    Search s = {x, n, *fit};
    double at[2] = {fit->alpha, fit->w};

    simplex_minimise(sse_at, &s, 2, at, at[0] > 0.5 ? -0.05 : 0.05, 1e-4, FEWER_CALLS);
    sse_at(&s, at);
    return s.fit;
}

/* The season that stands out, if any. */
static Status
find_season(Env *env, const Train *train, size_t m, bool *found, Seasonal *seasonal, double **x,
            Failure *failure)
{
    *found = m > 1 && train->n > 2 * m && season_test(train->y, train->n, m);
    *x = (double *)train->y;
    if (!*found)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(season_decompose(env, train->y, train->n, m, true, seasonal, failure));
    return season_adjust(env, train->y, train->n, seasonal, x, failure);
}

static Status
smooth(const double *x, size_t n, bool with_drift, Warm *warm, Ahead *ahead, Failure *failure)
{
    const SesFit *known = warm != NULL && !warm->improve ? warm->fit : NULL;
    SesFit fit = known != NULL ? ses_fit_alpha(x, n, known->alpha) : ses_fit(x, n);
    double sd = n > 2 ? sqrt(fit.sse / ((double)n - 2)) : NAN;

    if (warm != NULL && warm->fit == NULL) {
        warm->fit = ENV_NEW(warm->env, 1, SesFit);
        if (warm->fit == NULL)
            return fail_out_of_memory(failure);
        *(SesFit *)warm->fit = fit;
    }
    for (size_t i = 0; i < ahead->h; i++) {
        ahead->mean[i] = with_drift ? ses_drift_ahead(&fit, n, i + 1) : fit.level;
        ahead->sd[i] = sd * sqrt(1 + (double)i * fit.alpha * fit.alpha);
    }
    return STATUS_SUCCESS;
}

static Status
optimised(const double *x, size_t n, Warm *warm, Ahead *ahead, Failure *failure)
{
    ThetaFit fit, *kept = warm != NULL ? warm->fit : NULL;
    double sd;

    if (warm != NULL && kept == NULL) {
        warm->fit = kept = ENV_NEW(warm->env, 1, ThetaFit);
        if (kept == NULL)
            return fail_out_of_memory(failure);
    }
    if (warm != NULL && warm->filled && warm->improve) {
        fit = improve(kept, x, n);
    } else if (warm != NULL && warm->filled) {
        fit = *kept;
        profile(&fit, x, n);
    } else {
        fit = theta_fit(x, n, true);
    }
    if (warm != NULL) {
        *kept = fit;
        warm->filled = true;
    }
    theta_run(&fit, x, n, ahead->mean, ahead->h);
    sd = sqrt(fit.sse / ((double)n - 3));
    for (size_t i = 0; i < ahead->h; i++)
        ahead->sd[i] = sd * sqrt(1 + (double)i * fit.alpha * fit.alpha);
    return STATUS_SUCCESS;
}

static Status
two_seasons(Env *env, const Train *train, Ahead *ahead, bool *usable, Failure *failure)
{
    size_t n = train->n, m = train->long_season;
    Seasonal seasonal;
    double *x;

    *usable = m > 1 && n >= 2 * m;
    if (!*usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(season_recent(env, train->y, n, m, true, RECENT, &seasonal, failure));
    RETURN_IF_FAILED(season_adjust(env, train->y, n, &seasonal, &x, failure));
    RETURN_IF_FAILED(smooth(x, n, true, NULL, ahead, failure));
    for (size_t i = 0; i < ahead->h; i++)
        ahead->mean[i] = season_restore(&seasonal, ahead->mean[i], n + i);
    return STATUS_SUCCESS;
}

Status
theta(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable, Failure *failure)
{
    size_t n = train->n, m = train->season > 1 ? train->season : train->long_season;
    Train recent = *train;
    Seasonal seasonal;
    bool has_season;
    double *x;

    if (variant == THETA_TWO_SEASONS)
        return two_seasons(env, train, ahead, usable, failure);
    if (n > MOST_VALUES && MOST_VALUES > MOST_CYCLES * m) {
        recent.y += n - MOST_VALUES;
        recent.n = n = MOST_VALUES;
    }
    *usable = n >= 3;
    if (!*usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(find_season(env, &recent, m, &has_season, &seasonal, &x, failure));
    if (variant == THETA_DYNAMIC && n >= SHORTEST)
        RETURN_IF_FAILED(optimised(x, n, warm, ahead, failure));
    else
        RETURN_IF_FAILED(smooth(x, n, variant != THETA_SES_SEASON, variant == THETA_DYNAMIC ? NULL : warm,
                                ahead, failure));
    for (size_t i = 0; has_season && i < ahead->h; i++)
        ahead->mean[i] = season_restore(&seasonal, ahead->mean[i], n + i);
    return STATUS_SUCCESS;
}
