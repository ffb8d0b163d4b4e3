/*
 * ets_search.c - the search for one form's best fit.
 *
 * The likelihood has several optima: a grid over the parameters, with the first states profiled out where the
 * season is short, gives the starts, the best of which are refined.
 */
#include <math.h>
#include <string.h>

#include "forecast/ets.h"

#define FIRST_ROUNDS    3
#define MORE_ROUNDS     25
#define STILL_WINS      1    /* of deviance */
#define SAME            0.01 /* the same optimum, or one as good */
#define CLOSE           1e-5 /* gain of deviance that is not worth another round */
#define ROUGHLY         0.05
#define ROUGH_PROFILES  2 /* of each alpha */
#define ROUGH_STARTS    2
#define PROFILED_SEASON 12 /* longer ones start from the seed's states */

void
ets_keep_start(EtsStarts *starts, const EtsFit *fit, double deviance)
{
    size_t i = starts->n;

    if (!(deviance < HUGE_VAL) || (i == ETS_MOST_STARTS && deviance >= starts->deviance[i - 1]))
        return;
    if (i < ETS_MOST_STARTS)
        starts->n++;
    else
        i--;
    for (; i > 0 && starts->deviance[i - 1] > deviance; i--) {
        starts->fits[i] = starts->fits[i - 1];
        starts->deviance[i] = starts->deviance[i - 1];
    }
    starts->fits[i] = *fit;
    starts->deviance[i] = deviance;
}

static const double alphas[] = {0.02, 0.1, 0.3, 0.6, 0.97};
static const double betas[] = {0.02, 0.3, 0.97};       /* beta / alpha */
static const double gammas[] = {0.01, 0.2, 0.6, 0.95}; /* gamma / (1 - alpha) */
static const double phis[] = {0.82, 0.9, 0.97};

#define COUNT(list, used) ((used) ? sizeof(list) / sizeof((list)[0]) : 1)

/* The points of one alpha: with the seed's states the best of them, those with the states that suit them
 * best. */
static void
search_alpha(const EtsData *data, const EtsForm *form, const EtsState *seed, double alpha, EtsStarts *starts)
{
    bool trend = form->trend != ETS_NO_TREND, season = form->season != ETS_NO_SEASON;
    size_t n_betas = COUNT(betas, trend), n_gammas = COUNT(gammas, season);
    size_t n = n_betas * n_gammas * COUNT(phis, form->trend == ETS_DAMPED);
    EtsStarts best = {.n = 0};

    for (size_t i = 0; i < n; i++) {
        EtsFit fit = {.form = *form, .alpha = alpha, .phi = 1, .first = *seed};

        if (trend)
            fit.beta = alpha * betas[i % n_betas];
        if (season)
            fit.gamma = (1 - alpha) * gammas[i / n_betas % n_gammas];
        if (form->trend == ETS_DAMPED)
            fit.phi = phis[i / n_betas / n_gammas];
        if (ets_admissible(form, alpha, fit.beta, fit.gamma, fit.phi))
            ets_keep_start(&best, &fit, ets_refine(data, &fit, true, 0, CLOSE));
    }
    for (size_t i = 0; i < best.n && i < (starts->rough ? ROUGH_PROFILES : ETS_MOST_STARTS); i++) {
        if (form->m <= PROFILED_SEASON)
            best.deviance[i] = ets_refine_on(data, &best.fits[i], best.deviance[i], true, 1, CLOSE);
        ets_keep_start(starts, &best.fits[i], best.deviance[i]);
    }
}

static Status
search_grid(Env *env, const EtsData *data, const EtsForm *form, EtsStarts *starts, Failure *failure)
{
    EtsState seed;

    RETURN_IF_FAILED(ets_seed(env, data, form, &seed, failure));
    for (size_t i = 0; i < COUNT(alphas, true); i++) {
        if (env_cancelled(env))
            return fail_cancelled(failure);
        search_alpha(data, form, &seed, alphas[i], starts);
    }
    return STATUS_SUCCESS;
}

static void
score(const EtsData *data, double deviance, EtsFit *fit)
{
    double k = (double)ets_n_parameters(&fit->form), n;
    EtsErrors errors;
    EtsState last;

    ets_run(fit, data, &last, &errors, NULL);
    n = (double)errors.n;
    fit->log_likelihood = -deviance / 2;
    fit->aicc = deviance + 2 * (k + 1) + 2 * (k + 1) * (k + 2) / (n - k - 2);
    fit->sigma2 = errors.sse / (n - k);
}

static bool
enough_values(const EtsData *data, const EtsForm *form)
{
    return ets_count_known(data) > ets_n_parameters(form) + 2 &&
           (form->season == ETS_NO_SEASON || data->n >= 2 * form->m + 3);
}

/* Rounds for every start; then only those that may still win go on. */
static void
polish(const EtsData *data, EtsStarts *starts)
{
    EtsStarts first = *starts;
    double enough = starts->rough ? ROUGHLY : CLOSE;

    starts->n = 0;
    for (size_t i = 0; i < first.n && i < (starts->rough ? ROUGH_STARTS : ETS_MOST_STARTS); i++) {
        double deviance = ets_refine_on(data, &first.fits[i], first.deviance[i], false, FIRST_ROUNDS, enough);

        ets_keep_start(starts, &first.fits[i], deviance);
    }
    first = *starts;
    starts->n = 0;
    for (size_t i = 0; i < first.n; i++) {
        bool as_before = i > 0 && first.deviance[i] - first.deviance[i - 1] < SAME;
        double deviance = first.deviance[i];

        if (as_before)
            continue;
        if (deviance <= first.deviance[0] + STILL_WINS)
            deviance = ets_refine_on(data, &first.fits[i], deviance, false, MORE_ROUNDS, enough);
        ets_keep_start(starts, &first.fits[i], deviance);
    }
}

Status
ets_search(Env *env, const EtsData *data, const EtsForm *form, EtsStarts *starts, EtsFit *fit, bool *usable,
           Failure *failure)
{
    *usable = enough_values(data, form);
    if (!*usable)
        return STATUS_SUCCESS;
    if (starts->n == 0)
        RETURN_IF_FAILED(search_grid(env, data, form, starts, failure));
    if (env_cancelled(env))
        return fail_cancelled(failure);
    polish(data, starts);
    *usable = starts->n > 0;
    if (!*usable)
        return STATUS_SUCCESS;
    *fit = starts->fits[0];
    score(data, starts->deviance[0], fit);
    return STATUS_SUCCESS;
}

void
ets_improve(const EtsData *data, EtsFit *fit)
{
    EtsFit better = *fit;
    double deviance = ets_refine(data, &better, false, MORE_ROUNDS, CLOSE);

    if (!(deviance < HUGE_VAL))
        return;
    *fit = better;
    score(data, deviance, fit);
}

/* The states of a seed where those of the start make no sense for the form. */
static Status
adopt(Env *env, const EtsData *data, const EtsForm *form, EtsFit *fit, Failure *failure)
{
    EtsForm from = fit->form;

    fit->form = *form;
    if (form->season != from.season)
        return ets_seed(env, data, form, &fit->first, failure);
    return STATUS_SUCCESS;
}

Status
ets_extend(Env *env, const EtsData *data, const EtsForm *form, EtsStarts *starts, Failure *failure)
{
    EtsStarts from = *starts;

    starts->n = 0;
    for (size_t i = 0; i < from.n; i++) {
        EtsTrend trend = from.fits[i].form.trend;
        bool damp = form->trend == ETS_DAMPED && trend == ETS_TREND;
        bool tilt = form->trend == ETS_TREND && trend == ETS_NO_TREND;

        RETURN_IF_FAILED(adopt(env, data, form, &from.fits[i], failure));
        for (size_t p = 0; p < (tilt ? COUNT(betas, true) : COUNT(phis, damp)); p++) {
            EtsFit fit = from.fits[i];

            if (damp)
                fit.phi = phis[p];
            if (tilt)
                fit.beta = fit.alpha * betas[p];
            if (ets_admissible(form, fit.alpha, fit.beta, fit.gamma, fit.phi))
                ets_keep_start(starts, &fit, ets_refine(data, &fit, true, 1, CLOSE));
        }
    }
    return STATUS_SUCCESS;
}
