/*
 * subproblem.c - a posterior with a quadratic sum of squares, at a given variance.
 *
 * Method: the Gaussian block (m, k, beta) is eliminated by Cholesky; the Schur complement is a lasso in delta
 * alone, solved exactly and warm (lasso.c). Cost, independent of the number of rows: (K + 2)^3 / 6 + (K +
 * 2)^2 S / 2 + (K + 2) S^2 / 2.
 */
#include <math.h>
#include <string.h>

#include "kit/cholesky.h"
#include "prophet/prophet_internal.h"

#define RESOLUTION   1e-13 /* of a Gram entry, which n terms of at most 1 make */
#define CANCEL_AFTER 65536 /* multiplications between two looks at cancellation */

Status
subproblem_init(Env *env, const ProphetModel *model, size_t n_hinges, Subproblem *problem, Failure *failure)
{
    size_t n_z = DESIGN_BASE + model->n_columns;

    RETURN_IF_FAILED(gram_init(env, n_z, n_hinges, &problem->gram, failure));
    problem->solution.z = ENV_NEW(env, n_z, double);
    problem->precision = ENV_NEW(env, n_z, double);
    problem->factor = ENV_NEW(env, n_z * n_z, double);
    problem->hinges = ENV_NEW(env, n_z * n_hinges, double);
    problem->schur = ENV_NEW(env, n_hinges * n_hinges, double);
    problem->target = ENV_NEW(env, n_hinges, double);
    problem->reduced = ENV_NEW(env, n_z, double);
    if (problem->solution.z == NULL || problem->precision == NULL || problem->factor == NULL ||
        problem->hinges == NULL || problem->schur == NULL || problem->target == NULL ||
        problem->reduced == NULL)
        return fail_out_of_memory(failure);
    design_precision(model, problem->precision);
    problem->line = (LinePrior){.offset = problem->precision[0], .slope = problem->precision[1]};
    RETURN_IF_FAILED(lasso_init(env, n_hinges, &problem->lasso, failure));
    problem->solution.delta = problem->lasso.x;
    return STATUS_SUCCESS;
}

double
best_variance(double rss, size_t n)
{
    double count = (double)n;

    /* In the form that keeps its digits for small rss. */
    return 2 * rss / (count + sqrt(count * count + 16 * rss));
}

double
solving_variance(double variance, size_t n)
{
    return fmax(variance, RESOLUTION * (double)n);
}

/* Counts multiplications; true every CANCEL_AFTER of them when the caller wants to stop. */
static bool
must_stop(Env *env, size_t *work, size_t more)
{
    *work += more;
    if (*work < CANCEL_AFTER)
        return false;
    *work = 0;
    return env_cancelled(env);
}

/* Factor of the Gaussian block's posterior precision, times variance. A flat trend has no slope: its column
 * is empty and so dropped. */
static Status
factor_block(Env *env, const ProphetModel *model, Subproblem *problem, double variance, Failure *failure)
{
    size_t n = problem->gram.n_z, work = 0;
    double *a = problem->factor;

    memcpy(a, problem->gram.zz, n * n * sizeof(double));
    a[0] += variance * problem->line.offset;
    a[1] += variance * problem->line.both;
    a[n] += variance * problem->line.both;
    a[n + 1] += variance * problem->line.slope;
    for (size_t i = DESIGN_BASE; i < n; i++)
        a[i * n + i] += variance * problem->precision[i];
    if (model->growth == PROPHET_FLAT) {
        for (size_t i = 0; i < n; i++)
            a[i * n + 1] = a[n + i] = 0;
    }
    problem->n_dropped = 0;
    for (size_t i = 0; i < n; i++) {
        problem->n_dropped += !cholesky_factor_row(a, n, i);
        if (must_stop(env, &work, i * i / 2))
            return fail_cancelled(failure);
    }
    problem->n_dropped -= model->growth == PROPHET_FLAT;
    return STATUS_SUCCESS;
}

/* The lasso that is left in delta once the Gaussian block is eliminated. */
static Status
eliminate_block(Env *env, Subproblem *problem, double variance, Failure *failure)
{
    const Gram *gram = &problem->gram;
    size_t n_z = gram->n_z, n_h = gram->n_hinges, work = 0;

    memcpy(problem->hinges, gram->zh, n_z * n_h * sizeof(double));
    memcpy(problem->reduced, gram->zy, n_z * sizeof(double));
    for (size_t p = 0; p < DESIGN_BASE; p++)
        problem->reduced[p] += variance * problem->line.pull[p];
    memcpy(problem->schur, gram->hh, n_h * n_h * sizeof(double));
    memcpy(problem->target, gram->hy, n_h * sizeof(double));
    cholesky_forward(problem->factor, n_z, problem->reduced);
    for (size_t p = 0; p < n_z; p++) {
        const double *row = problem->hinges + p * n_h;

        cholesky_forward_row(problem->factor, n_z, problem->hinges, n_h, p);
        for (size_t j = 0; j < n_h; j++) {
            problem->target[j] -= row[j] * problem->reduced[p];
            for (size_t l = 0; l < n_h; l++)
                problem->schur[j * n_h + l] -= row[j] * row[l];
        }
        if (must_stop(env, &work, p * n_h + n_h * n_h))
            return fail_cancelled(failure);
    }
    return STATUS_SUCCESS;
}

/* m, k and beta for the lasso's delta. */
static void
back_substitute(Subproblem *problem)
{
    size_t n_z = problem->gram.n_z, n_h = problem->gram.n_hinges;

    for (size_t p = 0; p < n_z; p++) {
        double v = problem->reduced[p];

        for (size_t j = 0; j < n_h; j++)
            v -= problem->hinges[p * n_h + j] * problem->lasso.x[j];
        problem->solution.z[p] = v;
    }
    cholesky_backward(problem->factor, n_z, problem->solution.z);
}

Status
subproblem_solve(Env *env, const ProphetModel *model, Subproblem *problem, double variance, Failure *failure)
{
    variance = solving_variance(variance, problem->gram.n_rows);
    RETURN_IF_FAILED(factor_block(env, model, problem, variance, failure));
    RETURN_IF_FAILED(eliminate_block(env, problem, variance, failure));
    RETURN_IF_FAILED(lasso_solve(env, &problem->lasso, problem->schur, problem->target,
                                 variance / model->changepoint_prior_scale, failure));
    back_substitute(problem);
    return STATUS_SUCCESS;
}

double
subproblem_rss(const Subproblem *problem)
{
    const Gram *gram = &problem->gram;
    const double *z = problem->solution.z, *delta = problem->solution.delta;
    double rss = gram->yy;

    for (size_t p = 0; p < gram->n_z; p++) {
        double row = -2 * gram->zy[p];

        for (size_t i = 0; i < gram->n_z; i++)
            row += gram->zz[p * gram->n_z + i] * z[i];
        for (size_t j = 0; j < gram->n_hinges; j++)
            row += 2 * gram->zh[p * gram->n_hinges + j] * delta[j];
        rss += z[p] * row;
    }
    for (size_t j = 0; j < gram->n_hinges; j++) {
        double row = -2 * gram->hy[j];

        for (size_t l = 0; l < gram->n_hinges; l++)
            row += gram->hh[j * gram->n_hinges + l] * delta[l];
        rss += delta[j] * row;
    }
    return rss;
}

LinePrior
logistic_line_prior(const double *precision, const double *z, bool curvature)
{
    double weight = precision[0], k = z[1], m = -z[0] / k;
    double by_offset = -1 / k, by_slope = -m / k; /* of m */
    double bend = curvature ? weight * m / (k * k) : 0;
    LinePrior prior = {.offset = weight * by_offset * by_offset,
                       .both = weight * by_offset * by_slope + bend,
                       .slope = precision[1] + weight * by_slope * by_slope + 2 * m * bend};

    prior.pull[0] = prior.offset * z[0] + prior.both * k - weight * m * by_offset;
    prior.pull[1] = prior.both * z[0] + (prior.slope - precision[1]) * k - weight * m * by_slope;
    return prior;
}

double
prior_penalty(const ProphetModel *model, const double *precision, size_t n_z, size_t n_hinges,
              const Parameters *parameters)
{
    double m = model->growth == PROPHET_LOGISTIC ? -parameters->z[0] / parameters->z[1] : parameters->z[0];
    double penalty = precision[0] * m * m / 2, absolute = 0;

    for (size_t p = 1; p < n_z; p++)
        penalty += precision[p] * parameters->z[p] * parameters->z[p] / 2;
    for (size_t j = 0; j < n_hinges; j++)
        absolute += fabs(parameters->delta[j]);
    return penalty + absolute / model->changepoint_prior_scale;
}

double
log_posterior(double penalty, double variance, double rss, size_t n)
{
    return -penalty - 2 * variance - (double)n * log(variance) / 2 - rss / (2 * variance);
}
