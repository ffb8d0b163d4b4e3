/*
 * forecast_internal.h - what the files of this folder share.
 *
 * A method sees an evenly spaced series up to its origin (Train) and gives the next h values with their own
 * standard deviations. Methods know no dates and no backtest.
 */
#ifndef BI_ML_FORECAST_INTERNAL_H
#define BI_ML_FORECAST_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "forecast/forecast.h"
#include "kit/env.h"
#include "kit/status.h"

typedef struct Train {
    const double *y;    /* n finite values; cells without one hold an interpolated value */
    const bool *known;  /* false where y is interpolated; NULL: all are known */
    size_t n;           /* >= 1 */
    size_t season;      /* m >= 1 */
    size_t long_season; /* M > m, 0: none */
    const int64_t *ds;  /* n + h moments, for prophet alone */
} Train;

static inline bool
train_known(const Train *train, size_t t)
{
    return train->known == NULL || train->known[t];
}

/* h forecasts and the standard deviations that the method itself gives them (NaN: none). */
typedef struct Ahead {
    size_t h;
    double *mean, *sd;
} Ahead;

/* What is kept of the fit at an earlier origin: a later one only runs it on, or improves it from there. */
typedef struct Warm {
    Env *env; /* lives as long as the backtest */
    bool filled, improve;
    size_t season;
    void *fit;
    const struct Warm *sister; /* of a method whose choice this one follows; NULL: of none */
} Warm;

/*
 * A method fills all of `ahead`, or leaves it alone and sets *usable to false where the series is too short
 * or of the wrong kind for it. warm may be NULL: fit anew.
 */
typedef Status (*MethodFunction)(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead,
                                 bool *usable, Failure *failure);

/* simple.c */
Status simple_naive(Env *env, const Train *train, int seasonal, Warm *warm, Ahead *ahead, bool *usable,
                    Failure *failure);
/* Mean or median of the last `cycles` cycles, phase by phase. */
Status simple_mean(Env *env, const Train *train, int cycles, Warm *warm, Ahead *ahead, bool *usable,
                   Failure *failure);
Status simple_median(Env *env, const Train *train, int cycles, Warm *warm, Ahead *ahead, bool *usable,
                     Failure *failure);
Status simple_drift(Env *env, const Train *train, int unused, Warm *warm, Ahead *ahead, bool *usable,
                    Failure *failure);

/* intermittent.c */
enum { INTERMITTENT_CROSTON, INTERMITTENT_SBA, INTERMITTENT_TSB };
Status intermittent(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable,
                    Failure *failure);

/* season.c */
typedef struct Seasonal {
    bool multiplicative;
    size_t m;
    double *index; /* m, by t mod m; mean 1 or 0 */
} Seasonal;

/* Whether the autocorrelation at lag m stands out, at 90 %; needs n > 2 m. */
bool season_test(const double *y, size_t n, size_t m);
/* Classical decomposition; needs n >= 2 m. Multiplicative where all y > 0 and asked for. */
Status season_decompose(Env *env, const double *y, size_t n, size_t m, bool multiplicative,
                        Seasonal *seasonal, Failure *failure);
/* As above, with later cycles weighing more: weight decay^age. */
Status season_recent(Env *env, const double *y, size_t n, size_t m, bool multiplicative, double decay,
                     Seasonal *seasonal, Failure *failure);
double season_remove(const Seasonal *seasonal, double y, size_t t);
double season_restore(const Seasonal *seasonal, double x, size_t t);
/* The series without its season. */
Status season_adjust(Env *env, const double *y, size_t n, const Seasonal *seasonal, double **adjusted,
                     Failure *failure);

/* theta.c */
enum { THETA_STANDARD, THETA_DYNAMIC, THETA_SES_SEASON, THETA_TWO_SEASONS };
Status theta(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable,
             Failure *failure);

typedef struct ThetaFit {
    bool dynamic;        /* DOTM; false: OTM */
    double l0, alpha, w; /* w = 1 - 1/theta */
    double sse;
} ThetaFit;

/* Fits OTM or DOTM to x without a season; n >= 4. */
ThetaFit theta_fit(const double *x, size_t n, bool dynamic);
/* Sum of squared one-step errors; mean, when not NULL, gets the h values after the end. */
double theta_run(const ThetaFit *fit, const double *x, size_t n, double *mean, size_t h);

/* Simple exponential smoothing with the best alpha and first level, and half the slope of a line. */
typedef struct SesFit {
    double alpha, l0, level, sse;
    double drift; /* half the slope */
} SesFit;

SesFit ses_fit(const double *x, size_t n);
/* The same with a given alpha. */
SesFit ses_fit_alpha(const double *x, size_t n, double alpha);
/* Standard Theta's value h >= 1 steps after the end of n values. */
double ses_drift_ahead(const SesFit *fit, size_t n, size_t h);

/* ar.c */
enum { AR_LEVELS, AR_LOG, AR_SHORT, AR_DIFF, AR_DIFF_LONG, AR_SEASON_DIFF, AR_LONG_DIFF };
Status ar(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable,
          Failure *failure);

/* prophet_call.c: additive default model. */
Status prophet_call(Env *env, const Train *train, int unused, Warm *warm, Ahead *ahead, bool *usable,
                    Failure *failure);

#endif
