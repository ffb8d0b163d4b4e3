/*
 * start.c - where the search begins.
 *
 * Prophet's initial values: the line through the first and the last value, the logistic curve through both,
 * or the mean; no seasonality, no change. They matter for logistic growth, whose posterior has poorer local
 * optima in saturated curves.
 */
#include <math.h>
#include <string.h>

#include "prophet/prophet_internal.h"

#define EDGE       0.01 /* of the cap: values are clipped that far inside 0 and cap */
#define FLAT_CURVE 0.01 /* two odds this near make no curve */
#define STEEPER    1.05

static void
logistic_curve(const ProphetModel *model, const Observed *observed, Parameters *start)
{
    size_t last = observed->rows.n - 1;
    double caps[2] = {row_cap(model, &observed->rows, 0), row_cap(model, &observed->rows, last)};
    double y[2] = {observed->y[0], observed->y[last]}, odds[2], logs[2];

    for (int i = 0; i < 2; i++)
        odds[i] = caps[i] / fmin(fmax(y[i], EDGE * caps[i]), (1 - EDGE) * caps[i]);
    if (fabs(odds[0] - odds[1]) <= FLAT_CURVE)
        odds[0] *= STEEPER;
    for (int i = 0; i < 2; i++)
        logs[i] = log(odds[i] - 1);
    start->z[0] = logs[0] / (logs[0] - logs[1]);
    start->z[1] = logs[0] - logs[1];
}

void
start_values(const ProphetModel *model, const Observed *observed, Parameters *start)
{
    size_t n = observed->rows.n;
    double mean = 0;

    memset(start->z, 0, (DESIGN_BASE + model->n_columns) * sizeof(double));
    switch (model->growth) {
    case PROPHET_LINEAR:
        start->z[0] = observed->y[0];
        start->z[1] = observed->y[n - 1] - observed->y[0];
        break;
    case PROPHET_LOGISTIC:
        logistic_curve(model, observed, start);
        break;
    case PROPHET_FLAT:
        for (size_t i = 0; i < n; i++)
            mean += observed->y[i];
        start->z[0] = mean / (double)n;
        break;
    }
}
