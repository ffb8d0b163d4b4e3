/*
 * curved.c - the maximum a posteriori of a model that is not linear.
 *
 * The posterior of logistic growth and of ratios can have several maxima, mostly where the history is short
 * for what is asked of it. The search starts where the trend alone fits best. Unless the rows are many for
 * the parameters and it went straight to its end, by whole steps of the full expansion, a second one starts
 * at Prophet's initial values; the higher end counts, and the second stops as soon as it nears the first's. A
 * previous model of the same structure replaces both when it starts higher than they do: a refit with a few
 * new rows takes two or three rounds.
 */
#include <string.h>

#include "prophet/prophet_internal.h"

#define CONVERGED 1e-18 /* squared Newton decrement, in log units */
#define ROUGHLY   1e-2
#define MANY_ROWS 10 /* for each parameter */

/* start: the trend of the same model without components, fitted. */
static Status
trend_first(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
            size_t n_hinges, const Parameters *initial, Parameters *start, Failure *failure)
{
    ProphetModel trend = *model;
    Subproblem problem;
    Optimum optimum;

    trend.n_components = trend.n_columns = trend.n_hits = 0;
    RETURN_IF_FAILED(subproblem_init(env, &trend, n_hinges, &problem, failure));
    RETURN_IF_FAILED(
        newton_fit(env, &trend, observed, hinges, initial, ROUGHLY, NULL, &problem, &optimum, failure));
    memcpy(start->z, optimum.parameters.z, DESIGN_BASE * sizeof(double));
    memcpy(start->delta, optimum.parameters.delta, n_hinges * sizeof(double));
    return STATUS_SUCCESS;
}

Status
curved_fit(Env *env, const ProphetModel *previous, const ProphetModel *model, const Observed *observed,
           const int64_t *hinges, Subproblem *problem, Optimum *optimum, Failure *failure)
{
    size_t n_z = problem->gram.n_z, n_hinges = problem->gram.n_hinges;
    Parameters initial, other;
    Optimum second;

    RETURN_IF_FAILED(parameters_init(env, n_z, n_hinges, &initial, failure));
    RETURN_IF_FAILED(parameters_init(env, n_z, n_hinges, &other, failure));
    if (previous != NULL && start_from_previous(previous, model, &other))
        return newton_fit(env, model, observed, hinges, &other, CONVERGED, NULL, problem, optimum, failure);
    start_values(model, observed, &initial);
    RETURN_IF_FAILED(trend_first(env, model, observed, hinges, n_hinges, &initial, &other, failure));
    RETURN_IF_FAILED(
        newton_fit(env, model, observed, hinges, &other, CONVERGED, NULL, problem, optimum, failure));
    if (optimum->converged && optimum->straight && observed->rows.n >= MANY_ROWS * (n_z + n_hinges))
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(
        newton_fit(env, model, observed, hinges, &initial, CONVERGED, optimum, problem, &second, failure));
    if (second.height > optimum->height && second.converged) {
        second.n_iterations += optimum->n_iterations;
        *optimum = second;
    } else
        optimum->n_iterations += second.n_iterations;
    return STATUS_SUCCESS;
}
