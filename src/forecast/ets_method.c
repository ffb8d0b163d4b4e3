/*
 * ets_method.c - exponential smoothing as a method: the choice of form, square roots, runs from a warm fit.
 *
 * On square roots, which make counts more even, the forecast is the square: a median rather than a mean.
 * Errors that grow with the level are what the root takes away: none of the forms that have them are tried
 * there.
 */
#include <math.h>
#include <string.h>

#include "forecast/ets.h"
#include "forecast/methods.h"

#define MOST_VALUES      1500 /* the latest ones, or so many cycles, are fitted */
#define MOST_CYCLES      10
#define ENOUGH_TO_CHOOSE 60 /* values whose choice of form holds for more of them */
#define ROOM             3  /* ranges of the data that a forecast may leave it by */

typedef struct Kept {
    EtsFit fit;
    double scale;
    size_t from; /* the first value it was fitted to */
    size_t n;    /* how many there were when its form was chosen */
} Kept;

static bool
has_root(int variant)
{
    return variant == ETS_SEARCH_ROOT || variant == ETS_ONLY_LEVEL_ROOT;
}

/* Values or roots of a scale around 1; *usable is false for roots of negatives and for zeros alone. */
static Status
prepare(Env *env, const Train *train, int variant, size_t from, double *scale, EtsData *data, bool *usable,
        Failure *failure)
{
    size_t n = train->n - from;
    double *y = ENV_NEW(env, n, double), sum = 0;

    if (y == NULL)
        return fail_out_of_memory(failure);
    *usable = true;
    for (size_t t = 0; t < n; t++) {
        y[t] = train->y[from + t];
        *usable = *usable && (!has_root(variant) || y[t] >= 0);
        y[t] = has_root(variant) ? sqrt(fmax(y[t], 0)) : y[t];
        sum += fabs(y[t]) / (double)n;
    }
    if (*scale == 0)
        *scale = sum;
    *usable = *usable && *scale > 0;
    for (size_t t = 0; t < n; t++)
        y[t] /= *scale;
    *data = (EtsData){y, train->known != NULL ? train->known + from : NULL, n};
    return STATUS_SUCCESS;
}

/* The form chosen at an earlier origin, where only the season's length has changed since, or the sister's for
 * the same values; NULL: none. */
static const EtsForm *
known_form(const Warm *warm, const Train *train)
{
    const Warm *sister = warm != NULL ? warm->sister : NULL;

    if (warm != NULL && warm->filled && warm->season != train->season &&
        ((Kept *)warm->fit)->n >= ENOUGH_TO_CHOOSE)
        return &((Kept *)warm->fit)->fit.form;
    return sister != NULL && sister->filled && sister->season == train->season
               ? &((Kept *)sister->fit)->fit.form
               : NULL;
}

static Status
fit_data(Env *env, const EtsData *data, size_t m, int variant, const EtsForm *like, EtsFit *fit, bool *usable,
         Failure *failure)
{
    EtsForm form = {false, ETS_NO_TREND, ETS_NO_SEASON, 1};

    if (variant == ETS_SEARCH || variant == ETS_SEARCH_ROOT)
        return ets_choose(env, data, m, variant == ETS_SEARCH_ROOT, like, fit, usable, failure);
    if (variant == ETS_ONLY_DAMPED)
        form.trend = ETS_DAMPED;
    return ets_fit(env, data, &form, fit, usable, failure);
}

static void
back_to_units(const EtsData *data, const EtsFit *fit, bool roots, double scale, Ahead *ahead)
{
    double least = data->y[0], most = data->y[0], room;

    for (size_t t = 1; t < data->n; t++) {
        least = fmin(least, data->y[t]);
        most = fmax(most, data->y[t]);
    }
    room = ROOM * (most - least);
    least = fit->form.multiplicative_error || roots ? fmax(least - room, 0) : least - room;
    for (size_t i = 0; i < ahead->h; i++) {
        double x = fmin(fmax(ahead->mean[i], least), most + room) * scale;

        ahead->mean[i] = roots ? x * x : x;
        ahead->sd[i] *= roots ? 2 * x * scale : scale;
    }
}

/* Whether the kept fit serves: that of the same season, to run it on. To improve it, the form must not have
 * been chosen from too few values; where the form is given and the values are many, a new search finds better
 * optima. */
static bool
can_go_on(const Warm *warm, const Train *train, int variant)
{
    bool chosen = variant == ETS_SEARCH || variant == ETS_SEARCH_ROOT;
    const Kept *kept;

    if (warm == NULL || !warm->filled || warm->season != train->season)
        return false;
    kept = warm->fit;
    return !warm->improve || (kept->n >= ENOUGH_TO_CHOOSE) == chosen;
}

static Status
keep(Warm *warm, const Kept *kept, size_t season, Failure *failure)
{
    if (warm->fit == NULL)
        warm->fit = ENV_NEW(warm->env, 1, Kept);
    if (warm->fit == NULL)
        return fail_out_of_memory(failure);
    memmove(warm->fit, kept, sizeof(*kept));
    warm->season = season;
    warm->filled = true;
    return STATUS_SUCCESS;
}

Status
ets_method(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable,
           Failure *failure)
{
    size_t most = MOST_CYCLES * train->season > MOST_VALUES ? MOST_CYCLES * train->season : MOST_VALUES;
    Kept kept = {.from = train->n > most ? train->n - most : 0};
    bool again = can_go_on(warm, train, variant);
    EtsErrors errors;
    EtsState last;
    EtsData data;

    if (again)
        kept = *(Kept *)warm->fit;
    RETURN_IF_FAILED(prepare(env, train, variant, kept.from, &kept.scale, &data, usable, failure));
    if (*usable && !again) {
        kept.n = data.n;
        RETURN_IF_FAILED(fit_data(env, &data, train->season, variant, known_form(warm, train), &kept.fit,
                                  usable, failure));
    } else if (*usable && warm->improve) {
        ets_improve(&data, &kept.fit);
    }
    *usable = *usable && ets_run(&kept.fit, &data, &last, &errors, NULL);
    if (!*usable)
        return STATUS_SUCCESS;
    if (warm != NULL && (!again || warm->improve))
        RETURN_IF_FAILED(keep(warm, &kept, train->season, failure));
    RETURN_IF_FAILED(ets_ahead(env, &kept.fit, &last, data.n, ahead->h, ahead->mean, ahead->sd, failure));
    back_to_units(&data, &kept.fit, has_root(variant), kept.scale, ahead);
    return STATUS_SUCCESS;
}
