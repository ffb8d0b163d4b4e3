/*
 * methods.c - the table of methods, and which of them suit a series.
 *
 * The candidates are those that a study on the M4 competition's hourly and weekly series and on a shop's
 * daily ones found to be worth their time; see doc/forecast.md.
 */
#include "forecast/methods.h"

#include <stddef.h>

typedef struct MethodEntry {
    const char *name;
    MethodFunction function; /* NULL: made of others */
    int variant;
} MethodEntry;

enum {
    M_AUTO,
    M_ENSEMBLE,
    M_SEASONAL_NAIVE,
    M_NAIVE,
    M_SEASONAL_MEAN,
    M_SEASONAL_MEAN_8,
    M_SEASONAL_MEDIAN,
    M_SEASONAL_MEDIAN_8,
    M_DRIFT,
    M_CROSTON,
    M_SBA,
    M_TSB,
    M_ETS,
    M_ETS_SQRT,
    M_ETS_DAMPED,
    M_SES,
    M_SES_SQRT,
    M_THETA,
    M_THETA_STANDARD,
    M_SES_SEASONAL,
    M_TWO_SEASONS,
    M_AR,
    M_AR_LOG,
    M_AR_SHORT,
    M_AR_DIFF,
    M_AR_DIFF_LONG,
    M_AR_SEASONAL_DIFF,
    M_AR_LONG_DIFF,
    M_PROPHET,
    N_METHODS
};

static const MethodEntry methods[N_METHODS] = {
    [M_AUTO] = {"auto", NULL, 0},
    [M_ENSEMBLE] = {"ensemble", NULL, 0},
    [M_SEASONAL_NAIVE] = {"seasonal_naive", simple_naive, 1},
    [M_NAIVE] = {"naive", simple_naive, 0},
    [M_SEASONAL_MEAN] = {"seasonal_mean", simple_mean, 4},
    [M_SEASONAL_MEAN_8] = {"seasonal_mean_8", simple_mean, 8},
    [M_SEASONAL_MEDIAN] = {"seasonal_median", simple_median, 4},
    [M_SEASONAL_MEDIAN_8] = {"seasonal_median_8", simple_median, 8},
    [M_DRIFT] = {"drift", simple_drift, 0},
    [M_CROSTON] = {"croston", intermittent, INTERMITTENT_CROSTON},
    [M_SBA] = {"sba", intermittent, INTERMITTENT_SBA},
    [M_TSB] = {"tsb", intermittent, INTERMITTENT_TSB},
    [M_ETS] = {"ets", ets_method, ETS_SEARCH},
    [M_ETS_SQRT] = {"ets_sqrt", ets_method, ETS_SEARCH_ROOT},
    [M_ETS_DAMPED] = {"ets_damped", ets_method, ETS_ONLY_DAMPED},
    [M_SES] = {"ses", ets_method, ETS_ONLY_LEVEL},
    [M_SES_SQRT] = {"ses_sqrt", ets_method, ETS_ONLY_LEVEL_ROOT},
    [M_THETA] = {"theta", theta, THETA_DYNAMIC},
    [M_THETA_STANDARD] = {"theta_standard", theta, THETA_STANDARD},
    [M_SES_SEASONAL] = {"ses_seasonal", theta, THETA_SES_SEASON},
    [M_TWO_SEASONS] = {"two_seasons", theta, THETA_TWO_SEASONS},
    [M_AR] = {"ar", ar, AR_LEVELS},
    [M_AR_LOG] = {"ar_log", ar, AR_LOG},
    [M_AR_SHORT] = {"ar_short", ar, AR_SHORT},
    [M_AR_DIFF] = {"ar_diff", ar, AR_DIFF},
    [M_AR_DIFF_LONG] = {"ar_diff_long", ar, AR_DIFF_LONG},
    [M_AR_SEASONAL_DIFF] = {"ar_seasonal_diff", ar, AR_SEASON_DIFF},
    [M_AR_LONG_DIFF] = {"ar_long_diff", ar, AR_LONG_DIFF},
    [M_PROPHET] = {"prophet", prophet_call, 0},
};

_Static_assert(M_AUTO == FORECAST_AUTO && M_ENSEMBLE == FORECAST_ENSEMBLE &&
                   M_SEASONAL_NAIVE == METHOD_SEASONAL_NAIVE && M_NAIVE == METHOD_NAIVE,
               "the numbers of the headers");

const char *
forecast_method_name(ForecastMethod method)
{
    return method >= 0 && method < N_METHODS ? methods[method].name : NULL;
}

Status
method_run(Env *env, ForecastMethod method, const Train *train, Warm *warm, Ahead *ahead, bool *usable,
           Failure *failure)
{
    if (env_cancelled(env))
        return fail_cancelled(failure);
    return methods[method].function(env, train, methods[method].variant, warm, ahead, usable, failure);
}

bool
method_follows(ForecastMethod method, ForecastMethod other)
{
    return method == M_ETS_SQRT && other == M_ETS;
}

#define LONG_SERIES  400 /* beyond it a full search of exponential smoothing buys nothing for its time */
#define SHORT_SERIES 130 /* weeks of a product, with some that sold none */
#define MANY_ZEROS   0.3 /* share from which roots and medians lose the total */

static const ForecastMethod two_seasons[] = {M_SEASONAL_NAIVE,   M_TWO_SEASONS, M_AR_LONG_DIFF,
                                             M_AR_SEASONAL_DIFF, M_AR,          M_AR_LOG};
static const ForecastMethod no_season[] = {M_SEASONAL_NAIVE, M_ETS_DAMPED,   M_THETA, M_AR_SHORT,
                                           M_AR_DIFF,        M_AR_DIFF_LONG, M_AR};
static const ForecastMethod no_season_short[] = {
    M_SEASONAL_NAIVE, M_SEASONAL_MEAN, M_SEASONAL_MEAN_8, M_SEASONAL_MEDIAN_8, M_SES,  M_SES_SQRT,
    M_THETA,          M_TSB,           M_ETS_DAMPED,      M_AR_SHORT,          M_DRIFT};
static const ForecastMethod one_season[] = {
    M_SEASONAL_NAIVE, M_SEASONAL_MEAN, M_SEASONAL_MEDIAN, M_THETA_STANDARD, M_THETA, M_ETS, M_ETS_SQRT, M_AR,
    M_SES_SEASONAL};

static double
share_of_zeros(const Train *train)
{
    double zeros = 0;

    for (size_t t = 0; t < train->n; t++)
        zeros += train->y[t] == 0;
    return zeros / (double)train->n;
}

static bool
suits(ForecastMethod method, const Train *train, double zeros)
{
    bool is_long = train->n > LONG_SERIES;

    switch (method) {
    case M_SEASONAL_MEDIAN:
    case M_SEASONAL_MEDIAN_8:
    case M_SES_SQRT:
        return zeros <= MANY_ZEROS;
    case M_TSB:
        return zeros >= MANY_ZEROS;
    case M_ETS_SQRT:
        return zeros <= MANY_ZEROS && !is_long;
    case M_AR:
        return train->season > 1 || train->long_season > 0;
    default:
        return true;
    }
}

size_t
method_candidates(const Train *train, ForecastMethod candidates[FORECAST_MAX_CANDIDATES])
{
    double zeros = share_of_zeros(train);
    bool is_short = train->n < SHORT_SERIES && zeros > 0;
    const ForecastMethod *list = is_short ? no_season_short : no_season;
    size_t n_list = is_short ? sizeof(no_season_short) / sizeof(int) : sizeof(no_season) / sizeof(int), n = 0;

    if (train->season > 1 && train->long_season > 0) {
        list = two_seasons;
        n_list = sizeof(two_seasons) / sizeof(int);
    } else if (train->season > 1) {
        list = one_season;
        n_list = sizeof(one_season) / sizeof(int);
    }
    for (size_t i = 0; i < n_list; i++) {
        ForecastMethod method = list[i];

        if (!suits(method, train, zeros))
            continue;
        if (method == M_ETS && train->n > LONG_SERIES)
            method = M_ETS_DAMPED;
        candidates[n++] = method;
    }
    return n;
}
