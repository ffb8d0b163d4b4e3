/*
 * ets.h - exponential smoothing in its innovations form: one model, its likelihood, its forecasts, its fit.
 *
 * With q = l + phi b (no trend: q = l; undamped: phi = 1), f the one-step forecast and d = y - f:
 *
 *   season        f        l             b              s
 *   none          q        q + alpha d   phi b + beta d
 *   additive      q + s    q + alpha d   phi b + beta d    s + gamma d
 *   multiplicative q s     q + alpha d/s phi b + beta d/s  s + gamma d/q
 *
 * The error is d (additive) or d / f (multiplicative). beta is not beta* = beta / alpha. Multiplicative
 * trends are left out: they explode. Reference: Hyndman, Koehler, Ord, Snyder, "Forecasting with Exponential
 * Smoothing" (2008).
 */
#ifndef BI_ML_FORECAST_ETS_H
#define BI_ML_FORECAST_ETS_H

#include <stdbool.h>
#include <stddef.h>

#include "kit/env.h"
#include "kit/status.h"

#define ETS_LONGEST_SEASON 24
#define ETS_MOST_UNKNOWNS  (4 + 2 + ETS_LONGEST_SEASON)

typedef enum EtsTrend { ETS_NO_TREND, ETS_TREND, ETS_DAMPED } EtsTrend;
typedef enum EtsSeason { ETS_NO_SEASON, ETS_ADDITIVE, ETS_MULTIPLICATIVE } EtsSeason;

typedef struct EtsForm {
    bool multiplicative_error;
    EtsTrend trend;
    EtsSeason season;
    size_t m; /* 2..ETS_LONGEST_SEASON with a season, else 1 */
} EtsForm;

typedef struct EtsState {
    double l, b;
    double s[ETS_LONGEST_SEASON]; /* by t mod m */
} EtsState;

typedef struct EtsFit {
    EtsForm form;
    double alpha, beta, gamma, phi; /* what the form lacks: 0, and phi 1 */
    EtsState first;                 /* before the first value */
    double log_likelihood;          /* -1/2 (n ln sum e^2 + 2 sum ln |f| where the error is multiplicative) */
    double aicc, sigma2;
} EtsFit;

/* The values; those that are not known (known NULL: all are) move no state and count nowhere. */
typedef struct EtsData {
    const double *y;
    const bool *known;
    size_t n;
} EtsData;

typedef struct EtsErrors {
    double sse;      /* of the errors, relative ones where the error is multiplicative */
    double sum_logs; /* of |f| */
    size_t n;        /* known values */
} EtsErrors;

/* Coefficients that were estimated: smoothing and damping, level, trend, m - 1 seasonal states. */
size_t ets_n_parameters(const EtsForm *form);

/* Runs from fit->first to *last; fitted (n one-step forecasts) may be NULL. False where the recursion leaves
 * what the form can do: a forecast or divisor near 0, or no number. */
bool ets_run(const EtsFit *fit, const EtsData *data, EtsState *last, EtsErrors *errors, double *fitted);
/* -2 log likelihood, up to R's constants; errors.sse must be positive. */
double ets_deviance(const EtsForm *form, const EtsErrors *errors);
/* Point forecasts by the plain recursion, and standard deviations in closed form (class 3 approximately), h
 * steps after `last`, which stands after n values. */
Status ets_ahead(Env *env, const EtsFit *fit, const EtsState *last, size_t n, size_t h, double *mean,
                 double *sd, Failure *failure);
/* Whether old errors die out; only a trend with a season needs asking. */
bool ets_admissible(const EtsForm *form, double alpha, double beta, double gamma, double phi);

/* First states from a classical decomposition and a straight line. */
Status ets_seed(Env *env, const EtsData *data, const EtsForm *form, EtsState *first, Failure *failure);

/* Improves fit (parameters and first states together; only the states with states_only) by Levenberg and
 * Marquardt, until a round gains less than `enough` of deviance; returns the deviance, HUGE_VAL where fit
 * cannot be run. */
double ets_refine(const EtsData *data, EtsFit *fit, bool states_only, int most_rounds, double enough);
/* The same for a fit whose deviance is known. */
double ets_refine_on(const EtsData *data, EtsFit *fit, double deviance, bool states_only, int most_rounds,
                     double enough);

#define ETS_MOST_STARTS 4

/* The best points found, by ascending deviance. */
typedef struct EtsStarts {
    EtsFit fits[ETS_MOST_STARTS];
    double deviance[ETS_MOST_STARTS];
    size_t n;
    bool rough; /* near the optimum is enough, to compare forms */
} EtsStarts;

/* Takes the point up if it is among the best; HUGE_VAL never is. */
void ets_keep_start(EtsStarts *starts, const EtsFit *fit, double deviance);

/*
 * The best fit of a form from the starts, or from a grid where there is none; the starts become what they led
 * to. data of a scale around 1. *usable is false where the series is too short or no point can be run.
 */
Status ets_search(Env *env, const EtsData *data, const EtsForm *form, EtsStarts *starts, EtsFit *fit,
                  bool *usable, Failure *failure);
/* Makes starts of a form out of those of one that it extends (the error, a trend, its damping, the kind of
 * season). */
Status ets_extend(Env *env, const EtsData *data, const EtsForm *form, EtsStarts *starts, Failure *failure);

/* A copy of the values divided by their mean size, so that all tolerances are relative; *scale is 0 for zeros
 * alone. And a fit of such a copy in the units of the data. */
Status ets_rescale(Env *env, const EtsData *data, EtsData *scaled, double *scale, Failure *failure);
void ets_unscale(EtsFit *fit, const EtsData *data, double scale);
bool ets_all_positive(const EtsData *data);
size_t ets_count_known(const EtsData *data);

/* Brings a fit to fewer values to its optimum for these. Leaves it alone where it cannot be run. */
void ets_improve(const EtsData *data, EtsFit *fit);
/* The best fit of one form; *usable is false where the series is too short or not positive. Values of any
 * scale. */
Status ets_fit(Env *env, const EtsData *data, const EtsForm *form, EtsFit *fit, bool *usable,
               Failure *failure);
/* The form of least AICc of those that make sense for the data, seasons of m (1: none) among them; with
 * additive_only of those without a multiplicative error, with `like` (else NULL) of those with its season and
 * no more of a trend. */
Status ets_choose(Env *env, const EtsData *data, size_t m, bool additive_only, const EtsForm *like,
                  EtsFit *fit, bool *usable, Failure *failure);

#endif
