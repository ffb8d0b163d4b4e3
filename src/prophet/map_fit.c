/*
 * map_fit.c - the exact maximum a posteriori.
 *
 * Method for a linear model: for a fixed sigma the posterior is a convex quadratic plus an L1 term in delta,
 * solved exactly (subproblem.c). Then sigma has a closed form: 4 sigma^4 + n sigma^2 - RSS = 0. The two steps
 * alternate, which raises the posterior monotonically, until sigma stands still. Prophet's own optimiser
 * (L-BFGS on a kinked function) stops up to 26 log units short of this point. Other models: curved.c. Start:
 * sigma of the line through the first and the last value, from above, as Prophet does: the profile over sigma
 * need not be unimodal when the model nearly interpolates the data. Departures: when RSS goes to 0 the
 * posterior is unbounded; sigma stops at PROPHET_SIGMA_FLOOR. Constant y is answered without optimisation, as
 * Prophet does. Cost: independent of n after the Gram matrix, 5 to 15 rounds. Hazard: RSS from the Gram
 * matrix loses digits when the fit is near perfect; below NEAR_PERFECT of the total it is summed directly.
 */
#include <math.h>
#include <string.h>

#include "prophet/prophet_internal.h"

#define MAX_ROUNDS   1000
#define TOLERANCE    1e-12 /* relative change of sigma^2 */
#define ROUNDING     1e-8  /* below this a change that no longer shrinks is rounding */
#define NEAR_PERFECT 1e-7

/* The hinges that are fitted: one at the start, a second slope, for a trend without changepoints. */
typedef struct Hinges {
    const int64_t *at;
    size_t n;
} Hinges;

static Hinges
hinges_of(const ProphetModel *model)
{
    if (model->growth == PROPHET_FLAT)
        return (Hinges){NULL, 0};
    if (model->n_changepoints == 0)
        return (Hinges){&model->start, 1};
    return (Hinges){model->changepoints, model->n_changepoints};
}

static Status
residual_sum(Env *env, const ProphetModel *model, const Observed *observed, Hinges hinges,
             const Subproblem *problem, double *scratch, Point *point, double *rss, Failure *failure)
{
    *rss = subproblem_rss(problem);
    if (*rss > NEAR_PERFECT * problem->gram.yy)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(point_evaluate(env, model, observed, hinges.at, hinges.n, &problem->solution, scratch,
                                    point, failure));
    *rss = point->rss;
    return STATUS_SUCCESS;
}

static void
store(ProphetModel *model, Hinges hinges, const Optimum *optimum)
{
    const double *z = optimum->parameters.z, *delta = optimum->parameters.delta;

    model->k = z[1];
    model->sigma = sqrt(optimum->variance);
    model->log_posterior = optimum->height;
    model->converged = optimum->converged;
    model->n_iterations = optimum->n_iterations;
    memcpy(model->beta, z + DESIGN_BASE, model->n_columns * sizeof(double));
    if (model->n_changepoints == hinges.n) {
        memcpy(model->delta, delta, model->n_changepoints * sizeof(double));
    } else if (hinges.n > 0) {
        model->k += delta[0];
    }
    model->m = model->growth == PROPHET_LOGISTIC ? -z[0] / model->k : z[0];
}

static Status
alternate(Env *env, const ProphetModel *model, const Observed *observed, Hinges hinges, Subproblem *problem,
          Optimum *optimum, Failure *failure)
{
    const double least = PROPHET_SIGMA_FLOOR * PROPHET_SIGMA_FLOOR;
    size_t n = observed->rows.n, n_z = problem->gram.n_z;
    double *scratch = ENV_NEW(env, n_z, double);
    double variance, rss, change = INFINITY;
    Point point;

    if (scratch == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(point_init(env, n, &point, failure));
    RETURN_IF_FAILED(gram_build(env, model, observed, hinges.at, &problem->gram, failure));
    RETURN_IF_FAILED(residual_sum(env, model, observed, hinges, problem, scratch, &point, &rss, failure));
    variance = fmax(best_variance(rss, n), least);
    optimum->converged = false;
    optimum->n_iterations = 0;
    while (optimum->n_iterations < MAX_ROUNDS && !optimum->converged) {
        double before = variance, change_before = change;

        optimum->n_iterations++;
        RETURN_IF_FAILED(subproblem_solve(env, model, problem, variance, failure));
        RETURN_IF_FAILED(residual_sum(env, model, observed, hinges, problem, scratch, &point, &rss, failure));
        variance = fmax(best_variance(rss, n), least);
        change = fabs(variance - before);
        optimum->converged =
            change <= TOLERANCE * variance || (change <= ROUNDING * variance && change >= change_before);
    }
    optimum->parameters = problem->solution;
    optimum->variance = variance;
    optimum->height = log_posterior(
        prior_penalty(model, problem->precision, n_z, hinges.n, &problem->solution), variance, rss, n);
    return STATUS_SUCCESS;
}

static bool
is_constant(const Observed *observed)
{
    for (size_t i = 1; i < observed->rows.n; i++) {
        if (observed->y[i] != observed->y[0])
            return false;
    }
    return true;
}

/* All parameters but the level stay 0. */
static void
fit_constant(ProphetModel *model, double level)
{
    model->m = level;
    model->k = 0;
    model->sigma = PROPHET_SIGMA_FLOOR;
    model->converged = true;
    model->n_iterations = 0;
    model->log_posterior =
        -level * level / 50 - 2 * model->sigma * model->sigma - (double)model->n_observed * log(model->sigma);
}

Status
map_fit(Env *env, const ProphetModel *previous, ProphetModel *model, Failure *failure)
{
    Hinges hinges = hinges_of(model);
    Observed observed;
    Subproblem problem;
    Optimum optimum;

    model->delta = ENV_NEW(env, model->n_changepoints, double);
    model->beta = ENV_NEW(env, model->n_columns, double);
    if (model->delta == NULL || model->beta == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(observed_rows(env, model, &observed, failure));
    if (model->growth != PROPHET_LOGISTIC && is_constant(&observed)) {
        fit_constant(model, observed.y[0]);
        return STATUS_SUCCESS;
    }
    RETURN_IF_FAILED(subproblem_init(env, model, hinges.n, &problem, failure));
    if (model_is_linear(model)) {
        start_values(model, &observed, &problem.solution);
        RETURN_IF_FAILED(alternate(env, model, &observed, hinges, &problem, &optimum, failure));
    } else {
        RETURN_IF_FAILED(observed_keep_design(env, model, &observed, failure));
        RETURN_IF_FAILED(curved_fit(env, previous, model, &observed, hinges.at, &problem, &optimum, failure));
    }
    store(model, hinges, &optimum);
    return STATUS_SUCCESS;
}
