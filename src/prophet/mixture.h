/*
 * mixture.h - quantiles of what is the sum of an empirical distribution and independent normal noise.
 *
 * F(x) = mean_s Phi((x - centre_s) / sd): the noise around simulated centres is integrated, not drawn.
 * Reference: the smoothed Monte Carlo (Rao-Blackwell) estimator of a distribution function.
 */
#ifndef BI_ML_PROPHET_MIXTURE_H
#define BI_ML_PROPHET_MIXTURE_H

#include "kit/env.h"
#include "kit/status.h"

typedef struct Mixture Mixture;

/* For up to n centres; one object serves many calls. */
Status mixture_new(Env *env, size_t n, Mixture **mixture, Failure *failure);

/*
 * The quantiles at levels[0] and levels[1], both in (0, 1), of n >= 1 finite centres with noise of sd >= 0.
 * The centres are moved to a grid of sd / 16 (as much coarser as 4096 cells ask for), which shifts a level by
 * at most 1.2e-4; without noise, or where it is 1e12 times narrower than the centres' range, type-7 quantiles
 * of the centres. O(n).
 */
void mixture_quantiles(Mixture *mixture, const double *centre, size_t n, double sd, const double levels[2],
                       double quantiles[2]);

#endif
