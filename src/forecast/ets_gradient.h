/*
 * ets_gradient.h - derivatives of the errors by the unknowns of a fit, for ets_refine.
 */
#ifndef BI_ML_FORECAST_ETS_GRADIENT_H
#define BI_ML_FORECAST_ETS_GRADIENT_H

#include "forecast/ets.h"

/* alpha, beta / alpha, gamma / (1 - alpha), phi */
enum { ETS_ALPHA, ETS_BETA, ETS_GAMMA, ETS_PHI, ETS_SMOOTHING };

/* Which unknown stands in which column; -1: not estimated. The smoothing parameters stand first. */
typedef struct EtsColumns {
    int smoothing[ETS_SMOOTHING], level, trend, season;
    size_t n;
} EtsColumns;

#define ETS_GRAM_WIDTH ((ETS_MOST_UNKNOWNS + 3) / 4 * 4)

/* J'J (lower triangle) and J'r of the errors r; for multiplicative ones r counts in units of 1 / G, the mean
 * forecast. */
typedef struct EtsGradient {
    double gram[ETS_MOST_UNKNOWNS][ETS_GRAM_WIDTH], slope[ETS_GRAM_WIDTH];
} EtsGradient;

EtsColumns ets_columns(const EtsForm *form, bool states_only);
/* fit must be one that ets_run can run. */
void ets_gradient(const EtsData *data, const EtsFit *fit, const EtsColumns *columns, EtsGradient *gradient);

#endif
