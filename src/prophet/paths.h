/*
 * paths.h - simulated futures of a model.
 *
 * After the history (t > 1) the trend's argument u changes slope as a Poisson process of rate S, the number
 * of changepoints, with Laplace changes of scale mean |delta| + 1e-8. A path is a pure function of the seed,
 * the model's series and the number of the sample: neither how far it is followed nor at which rows it is
 * looked at matters. Noise is keyed by the moment as well.
 */
#ifndef BI_ML_PROPHET_PATHS_H
#define BI_ML_PROPHET_PATHS_H

#include "prophet/prophet_internal.h"

typedef struct Paths {
    const ProphetModel *model;
    size_t n;     /* paths that are followed together */
    size_t first; /* number of the first sample */
    uint64_t key;
    double rate;            /* changes of slope per unit of t; 0: the trend is certain */
    double scale;           /* of a change; growth linear: times y_scale */
    double *next;           /* t of the next change */
    double *slope, *offset; /* u departs by offset + slope (t - 1) from its point forecast */
    uint64_t *key_of;       /* of a sample */
    uint32_t *n_changes;
} Paths;

/* No path ever departs. */
bool trend_is_certain(const ProphetModel *model);
/* n paths to be followed up to the moment `until`. BAD_DATA where that is too far to simulate. */
Status paths_init(Env *env, const ProphetModel *model, int64_t until, size_t n, uint64_t seed, Paths *paths,
                  Failure *failure);
/* Puts the paths at the end of the history, as the samples first, first + 1, ... */
void paths_start(Paths *paths, size_t first);
/*
 * The n departures of the trend from its point forecast at row i, in the units of y. Rows ascend from call to
 * call. O(n) and what happened since the row before.
 */
Status paths_follow(Env *env, Paths *paths, const ProphetForecast *forecast, size_t i, double *departure,
                    Failure *failure);
/* A standard normal number of path s (from 0, after `first`) at a moment. */
double paths_noise(const Paths *paths, size_t s, int64_t ds);

/* y moves by this times the departure of the trend. */
static inline double
paths_factor(const ProphetForecast *forecast, size_t i)
{
    return 1 + forecast->multiplicative_terms[i];
}

#endif
