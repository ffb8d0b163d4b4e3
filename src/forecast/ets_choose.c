/*
 * ets_choose.c - the form of exponential smoothing with the least AICc.
 *
 * Forms are tried in the order in which they extend each other, each from the optima of the one before, and
 * those that cannot win are passed over: forms without the season where it is plain that there is one,
 * damping where a trend is of no use, and multiplicative errors where the best form's twin gains nothing.
 */
#include <math.h>

#include "forecast/ets.h"

#define HOPELESS 10 /* AICc above the best: what extends it will not win */

typedef struct Choice {
    Env *env;
    const EtsData *data;
    const EtsForm *like; /* only forms that lead to this one; NULL: all */
    size_t m;
    EtsFit best;
    bool has_best;
    EtsStarts starts[3][2]; /* of additive errors, by trend and season */
    double aicc[3][2];      /* HUGE_VAL: not tried or not usable */
} Choice;

static bool
is_better(const EtsFit *fit, const EtsFit *best)
{
    double gain = best->aicc - fit->aicc;
    size_t k = ets_n_parameters(&fit->form), k_best = ets_n_parameters(&best->form);

    if (fabs(gain) > 1e-6)
        return gain > 0;
    return k != k_best ? k < k_best : best->form.multiplicative_error && !fit->form.multiplicative_error;
}

/* starts empty: from a grid. *aicc is HUGE_VAL where the form is not usable. */
static Status
try_form(Choice *c, EtsForm form, EtsStarts *starts, double *aicc, Failure *failure)
{
    bool usable;
    EtsFit fit;

    *aicc = HUGE_VAL;
    RETURN_IF_FAILED(ets_search(c->env, c->data, &form, starts, &fit, &usable, failure));
    if (!usable)
        return STATUS_SUCCESS;
    *aicc = fit.aicc;
    if (!c->has_best || is_better(&fit, &c->best)) {
        c->best = fit;
        c->has_best = true;
    }
    return STATUS_SUCCESS;
}

static EtsForm
form_of(const Choice *c, bool relative, EtsTrend trend, EtsSeason season)
{
    return (EtsForm){relative, trend, season, season == ETS_NO_SEASON ? 1 : c->m};
}

static Status
try_additive(Choice *c, EtsTrend trend, EtsSeason season, Failure *failure)
{
    EtsForm form = form_of(c, false, trend, season);
    EtsStarts *starts = &c->starts[trend][season];

    if (trend > ETS_NO_TREND) {
        *starts = c->starts[trend - 1][season];
        RETURN_IF_FAILED(ets_extend(c->env, c->data, &form, starts, failure));
        if (starts->n == 0)
            return STATUS_SUCCESS;
    }
    return try_form(c, form, starts, &c->aicc[trend][season], failure);
}

static Status
try_all_additive(Choice *c, Failure *failure)
{
    for (int trend = 0; trend < 3; trend++)
        c->aicc[trend][0] = c->aicc[trend][1] = HUGE_VAL;
    for (EtsSeason season = c->m > 1 && (c->like == NULL || c->like->season != ETS_NO_SEASON) ? ETS_ADDITIVE
                                                                                              : ETS_NO_SEASON;
         ; season = ETS_NO_SEASON) {
        EtsTrend last = c->like == NULL ? ETS_DAMPED : c->like->trend;

        for (EtsTrend trend = ETS_NO_TREND; trend <= last; trend++) {
            double first = c->aicc[ETS_NO_TREND][season];

            if (trend == ETS_DAMPED && c->aicc[ETS_TREND][season] > first + HOPELESS)
                break;
            if (trend > ETS_NO_TREND && c->has_best && c->best.form.season != season &&
                first > c->best.aicc + HOPELESS)
                break;
            RETURN_IF_FAILED(try_additive(c, trend, season, failure));
        }
        if (season == ETS_NO_SEASON || (c->like != NULL && c->has_best))
            return STATUS_SUCCESS;
    }
}

/* The same with a multiplicative error, and with the given season. */
static Status
try_relative(Choice *c, EtsTrend trend, EtsSeason season, double *aicc, Failure *failure)
{
    EtsForm form = form_of(c, true, trend, season);
    EtsStarts starts = c->starts[trend][season == ETS_NO_SEASON ? 0 : 1];

    *aicc = HUGE_VAL;
    if (starts.n == 0)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(ets_extend(c->env, c->data, &form, &starts, failure));
    return starts.n > 0 ? try_form(c, form, &starts, aicc, failure) : STATUS_SUCCESS;
}

/* The best additive form first; where that gains nothing, the others would not either. */
static Status
try_all_relative(Choice *c, Failure *failure)
{
    EtsForm additive = c->best.form;
    double bar = c->best.aicc + HOPELESS, gain = -HOPELESS, aicc;

    for (EtsSeason season = additive.season; season <= ETS_MULTIPLICATIVE; season++) {
        if (additive.season == ETS_NO_SEASON && season > ETS_NO_SEASON)
            break;
        RETURN_IF_FAILED(try_relative(c, additive.trend, season, &aicc, failure));
        gain = fmax(gain, bar - HOPELESS - aicc);
    }
    if (gain <= -HOPELESS)
        return STATUS_SUCCESS;
    for (EtsTrend trend = ETS_NO_TREND; trend <= ETS_DAMPED; trend++)
        for (EtsSeason season = ETS_NO_SEASON; season <= ETS_MULTIPLICATIVE; season++) {
            double twin = c->aicc[trend][season == ETS_NO_SEASON ? 0 : 1];

            if ((trend == additive.trend &&
                 (season == ETS_NO_SEASON) == (additive.season == ETS_NO_SEASON)) ||
                !(twin < bar))
                continue;
            RETURN_IF_FAILED(try_relative(c, trend, season, &aicc, failure));
        }
    return STATUS_SUCCESS;
}

Status
ets_choose(Env *env, const EtsData *data, size_t m, bool additive_only, const EtsForm *like, EtsFit *fit,
           bool *usable, Failure *failure)
{
    Choice c = {.env = env, .like = like, .m = m <= ETS_LONGEST_SEASON ? m : 1};
    double scale = 0;
    EtsData scaled;

    RETURN_IF_FAILED(ets_rescale(env, data, &scaled, &scale, failure));
    *usable = scale > 0;
    if (!*usable)
        return STATUS_SUCCESS;
    c.data = &scaled;
    for (int trend = 0; trend < 3; trend++)
        c.starts[trend][0].rough = c.starts[trend][1].rough = true;
    RETURN_IF_FAILED(try_all_additive(&c, failure));
    *usable = c.has_best;
    if (!*usable)
        return STATUS_SUCCESS;
    if (!additive_only && ets_all_positive(data))
        RETURN_IF_FAILED(try_all_relative(&c, failure));
    *fit = c.best;
    ets_improve(&scaled, fit);
    ets_unscale(fit, data, scale);
    return STATUS_SUCCESS;
}
