/*
 * start.c - where the search begins.
 *
 * Prophet's initial values: the line through the first and the last value, the logistic curve through both,
 * or the mean; no seasonality, no change. They matter for logistic growth, whose posterior has poorer local
 * optima in saturated curves. A previous model of the same structure gives a second start, carried over to
 * the new scales of time and y; only a hint, so that changepoints that moved a little do not matter.
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
    start->z[0] = -logs[0];
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

static bool
same_structure(const ProphetModel *a, const ProphetModel *b)
{
    if (a->growth != b->growth || a->n_changepoints != b->n_changepoints || a->n_columns != b->n_columns ||
        a->n_components != b->n_components)
        return false;
    for (size_t c = 0; c < a->n_components; c++) {
        const ProphetComponent *left = &a->components[c], *right = &b->components[c];

        if (left->kind != right->kind || left->mode != right->mode || left->n_columns != right->n_columns ||
            strcmp(left->name, right->name) != 0)
            return false;
    }
    return true;
}

static void
carry_beta(const ProphetModel *previous, const ProphetModel *model, double *beta)
{
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *from = &previous->components[c], *to = &model->components[c];
        double factor = to->mode == PROPHET_ADDITIVE ? previous->y_scale / model->y_scale : 1;

        if (to->kind == PROPHET_REGRESSOR)
            factor *= to->sd / from->sd;
        for (size_t l = to->first; l < to->first + to->n_columns; l++)
            beta[l] = factor * previous->beta[l];
    }
}

bool
start_from_previous(const ProphetModel *previous, const ProphetModel *model, Parameters *start)
{
    double time = model->span / previous->span, scale = previous->y_scale / model->y_scale;
    double later = scaled_time(previous, model->start); /* the new start in the previous time */

    if (!same_structure(previous, model) || (model->growth == PROPHET_LOGISTIC && previous->k == 0))
        return false;
    if (model->growth == PROPHET_LOGISTIC) {
        start->z[0] = -previous->k * (previous->m - later);
        start->z[1] = previous->k * time;
    } else {
        start->z[0] =
            (previous->m + previous->k * later) * scale + (previous->floor - model->floor) / model->y_scale;
        start->z[1] = previous->k * time * scale;
        time *= scale;
    }
    for (size_t j = 0; model->growth != PROPHET_FLAT && j < model->n_changepoints; j++)
        start->delta[j] = previous->delta[j] * time;
    carry_beta(previous, model, start->z + DESIGN_BASE);
    return true;
}
