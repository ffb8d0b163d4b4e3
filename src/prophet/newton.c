/*
 * newton.c - the maximum of a posterior whose mean is not linear: logistic growth, multiplicative components.
 *
 * Method: proximal Newton (Lee, Sun and Saunders, 2014) on the posterior with sigma at its best value. At
 * each point the sum of squares becomes its second-order expansion, which leaves the same ridge and lasso
 * problem as a linear model (subproblem.c); a halved step keeps the posterior rising. Where the expansion is
 * not convex or leads nowhere, Gauss and Newton's, which is convex always, takes its place. Logistic growth
 * is searched in the value and the slope of u at t = 0, in which the mean bends least, and the prior of m is
 * expanded too: a search in m and k winds along a curved valley, in five times the rounds. Near the optimum
 * the steps shrink quadratically. Prophet's own optimiser stops several log units short of this point. Cost:
 * one Gram matrix per round, O(n (K + 3)^2 / 2); 5 to 20 rounds.
 */
#include <math.h>
#include <string.h>

#include "prophet/prophet_internal.h"

#define MAX_ROUNDS   500
#define MAX_HALVINGS 40
#define FEW_HALVINGS 3    /* before the convex expansion is tried */
#define ENOUGH       1e-4 /* of the predicted rise */
#define NEAR         0.1  /* squared Newton decrement, in log units: sigma may move with the step */
#define MEETING      1e-3 /* log units */
#define ROUNDING     1e-8 /* a decrement below this that no longer shrinks is rounding */
#define SIGMA_ROUNDS 8
#define SIGMA_STILL  1e-12
/* Below it the model interpolates its data and the posterior has no maximum: a few rounds more are enough. */
#define PERFECT        1e-10 /* scaled variance */
#define PERFECT_ROUNDS 20

typedef struct Search {
    Parameters at, trial, step;
    Point point, trial_point;
    double *scratch;
    bool straight;           /* so far */
    double variance, height; /* the best variance and the log posterior at `at` */
} Search;

static Status
search_init(Env *env, size_t n, size_t n_z, size_t n_hinges, Search *search, Failure *failure)
{
    RETURN_IF_FAILED(parameters_init(env, n_z, n_hinges, &search->at, failure));
    RETURN_IF_FAILED(parameters_init(env, n_z, n_hinges, &search->trial, failure));
    RETURN_IF_FAILED(parameters_init(env, n_z, n_hinges, &search->step, failure));
    RETURN_IF_FAILED(point_init(env, n, &search->point, failure));
    RETURN_IF_FAILED(point_init(env, n, &search->trial_point, failure));
    search->scratch = ENV_NEW(env, n_z, double);
    return search->scratch == NULL ? fail_out_of_memory(failure) : STATUS_SUCCESS;
}

/* Fills the trial's point from its parameters; its height and variance. */
static Status
evaluate(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
         const Subproblem *problem, Search *search, double *variance, double *height, Failure *failure)
{
    const double least = PROPHET_SIGMA_FLOOR * PROPHET_SIGMA_FLOOR;
    size_t n_z = problem->gram.n_z, n_hinges = problem->gram.n_hinges, n = observed->rows.n;
    double penalty;

    RETURN_IF_FAILED(point_evaluate(env, model, observed, hinges, n_hinges, &search->trial, search->scratch,
                                    &search->trial_point, failure));
    penalty = prior_penalty(model, problem->precision, n_z, n_hinges, &search->trial);
    *variance = fmax(best_variance(search->trial_point.rss, n), least);
    *height = log_posterior(penalty, *variance, search->trial_point.rss, n);
    return STATUS_SUCCESS;
}

static void
accept(Search *search, double variance, double height)
{
    Parameters parameters = search->at;
    Point point = search->point;

    search->at = search->trial;
    search->point = search->trial_point;
    search->trial = parameters;
    search->trial_point = point;
    search->variance = variance;
    search->height = height;
}

/* From steps to places: with x = at + d, r'r - 2 c'd + d'Hd becomes yy - 2 b'x + x'Hx. */
static void
shift_origin(Gram *gram, const Parameters *at, double rss)
{
    size_t n_z = gram->n_z, n_h = gram->n_hinges;

    gram->yy = rss;
    for (size_t p = 0; p < n_z; p++) {
        double sum = 0;

        for (size_t i = 0; i < n_z; i++)
            sum += gram->zz[p * n_z + i] * at->z[i];
        for (size_t j = 0; j < n_h; j++)
            sum += gram->zh[p * n_h + j] * at->delta[j];
        gram->yy += at->z[p] * (2 * gram->zy[p] + sum);
        gram->zy[p] += sum;
    }
    for (size_t j = 0; j < n_h; j++) {
        double sum = 0;

        for (size_t p = 0; p < n_z; p++)
            sum += gram->zh[p * n_h + j] * at->z[p];
        for (size_t l = 0; l < n_h; l++)
            sum += gram->hh[j * n_h + l] * at->delta[l];
        gram->yy += at->delta[j] * (2 * gram->hy[j] + sum);
        gram->hy[j] += sum;
    }
}

/* The squared length of the step from `at` to the solution, in the curvature of the posterior; NaN when it is
 * not finite, negative when the expansion is not convex. */
static double
decrement(const Subproblem *problem, const Parameters *at, double variance, Parameters *step)
{
    const Gram *gram = &problem->gram;
    size_t n_z = gram->n_z, n_h = gram->n_hinges;
    double *dz = step->z, *dh = step->delta, squares = 0, priors;

    for (size_t p = 0; p < n_z; p++)
        dz[p] = problem->solution.z[p] - at->z[p];
    for (size_t j = 0; j < n_h; j++)
        dh[j] = problem->solution.delta[j] - at->delta[j];
    for (size_t p = 0; p < n_z; p++) {
        double row = 0;

        for (size_t i = 0; i < n_z; i++)
            row += gram->zz[p * n_z + i] * dz[i];
        for (size_t j = 0; j < n_h; j++)
            row += 2 * gram->zh[p * n_h + j] * dh[j];
        squares += dz[p] * row;
    }
    priors = problem->line.offset * dz[0] * dz[0] + 2 * problem->line.both * dz[0] * dz[1] +
             problem->line.slope * dz[1] * dz[1];
    for (size_t p = DESIGN_BASE; p < n_z; p++)
        priors += problem->precision[p] * dz[p] * dz[p];
    for (size_t j = 0; j < n_h; j++) {
        for (size_t l = 0; l < n_h; l++)
            squares += dh[j] * gram->hh[j * n_h + l] * dh[l];
    }
    return squares / solving_variance(variance, gram->n_rows) + priors;
}

/* The solution of the expansion around `at`; *length is its decrement. Near the optimum sigma moves too. */
static Status
expand(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges, bool curvature,
       Subproblem *problem, Search *search, double *length, Failure *failure)
{
    double variance = search->variance;

    RETURN_IF_FAILED(
        gram_tangent(env, model, observed, hinges, &search->point, curvature, &problem->gram, failure));
    shift_origin(&problem->gram, &search->at, search->point.rss);
    if (model->growth == PROPHET_LOGISTIC)
        problem->line = logistic_line_prior(problem->precision, search->at.z, curvature);
    RETURN_IF_FAILED(subproblem_solve(env, model, problem, variance, failure));
    *length = decrement(problem, &search->at, variance, &search->step);
    for (int i = 0; i < SIGMA_ROUNDS && *length >= 0 && *length < NEAR; i++) {
        double rss = subproblem_rss(problem), next = best_variance(fmax(rss, 0), observed->rows.n);

        if (!(fabs(next - variance) > SIGMA_STILL * variance) || next < variance / 2)
            break;
        variance = next;
        RETURN_IF_FAILED(subproblem_solve(env, model, problem, variance, failure));
        *length = decrement(problem, &search->at, variance, &search->step);
    }
    return STATUS_SUCCESS;
}

/* Of the height: its own, and what a few eps in each residual make of it. */
static double
rounding_of(const Search *search, size_t n)
{
    return 1e-12 * ((double)n + fabs(search->height)) + 4e-15 * (double)n / sqrt(search->variance);
}

/* Goes the whole way to the solution or a part of it; *moved is false when no part of it rises enough. */
static Status
walk(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges, int halvings,
     double length, const Subproblem *problem, Search *search, bool *moved, Failure *failure)
{
    const Gram *gram = &problem->gram;
    double share = 1, noise = rounding_of(search, gram->n_rows);

    *moved = false;
    for (int i = 0; i <= halvings && !*moved; i++, share /= 2) {
        double variance, height;

        for (size_t p = 0; p < gram->n_z; p++)
            search->trial.z[p] = search->at.z[p] + share * (problem->solution.z[p] - search->at.z[p]);
        for (size_t j = 0; j < gram->n_hinges; j++) {
            double from = search->at.delta[j], to = problem->solution.delta[j];

            search->trial.delta[j] = share == 1 ? to : from + share * (to - from);
        }
        RETURN_IF_FAILED(
            evaluate(env, model, observed, hinges, problem, search, &variance, &height, failure));
        *moved = height >= search->height + ENOUGH * share * length - noise;
        search->straight = search->straight && *moved;
        if (*moved)
            accept(search, variance, height);
    }
    return STATUS_SUCCESS;
}

/* One round from `at`; *length is negative when there was no way up. */
static Status
round_of(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
         Subproblem *problem, Search *search, double *length, Failure *failure)
{
    bool moved = false;

    RETURN_IF_FAILED(expand(env, model, observed, hinges, true, problem, search, length, failure));
    if (problem->n_dropped == 0 && *length >= 0)
        RETURN_IF_FAILED(
            walk(env, model, observed, hinges, FEW_HALVINGS, *length, problem, search, &moved, failure));
    if (moved)
        return STATUS_SUCCESS;
    search->straight = false;
    RETURN_IF_FAILED(expand(env, model, observed, hinges, false, problem, search, length, failure));
    RETURN_IF_FAILED(
        walk(env, model, observed, hinges, MAX_HALVINGS, *length, problem, search, &moved, failure));
    if (!moved)
        *length = -*length;
    return STATUS_SUCCESS;
}

/* Near the rival's optimum: the way that is left cannot pass it. */
static bool
meets(const Search *search, double length, const Optimum *rival)
{
    return rival != NULL && length <= MEETING && search->height + length <= rival->height + MEETING;
}

Status
newton_fit(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
           const Parameters *start, double enough, const Optimum *rival, Subproblem *problem,
           Optimum *optimum, Failure *failure)
{
    size_t n_z = problem->gram.n_z, n_hinges = problem->gram.n_hinges, n = observed->rows.n;
    double length = INFINITY, variance, height;
    int perfect = 0;
    Search search;

    RETURN_IF_FAILED(search_init(env, n, n_z, n_hinges, &search, failure));
    memcpy(search.trial.z, start->z, n_z * sizeof(double));
    memcpy(search.trial.delta, start->delta, n_hinges * sizeof(double));
    RETURN_IF_FAILED(evaluate(env, model, observed, hinges, problem, &search, &variance, &height, failure));
    accept(&search, variance, height);
    search.straight = true;
    optimum->converged = false;
    optimum->n_iterations = 0;
    while (optimum->n_iterations < MAX_ROUNDS && !optimum->converged && length >= 0 &&
           !meets(&search, length, rival)) {
        double before = length;

        optimum->n_iterations++;
        RETURN_IF_FAILED(round_of(env, model, observed, hinges, problem, &search, &length, failure));
        perfect += search.variance < PERFECT;
        optimum->converged =
            fabs(length) <= enough || perfect > PERFECT_ROUNDS ||
            (fabs(length) <= ROUNDING && fabs(length) >= before) ||
            (length < 0 && (-length <= ROUNDING + rounding_of(&search, n) || search.variance < PERFECT));
    }
    optimum->variance = search.variance;
    optimum->height = search.height;
    optimum->parameters = search.at;
    optimum->straight = search.straight;
    return STATUS_SUCCESS;
}
