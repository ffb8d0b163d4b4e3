/*
 * map_fit.c - the exact maximum a posteriori of the additive model.
 *
 * Method: for a fixed sigma the posterior is a convex quadratic plus an L1 term in delta. The Gaussian
 * block (m, k, beta) is eliminated by Cholesky; the Schur complement is a lasso in delta alone, solved
 * exactly and warm (lasso.c). Then sigma has a closed form: 4 sigma^4 + n sigma^2 - RSS = 0. The two steps
 * alternate, which raises the posterior monotonically, until sigma stands still. Prophet's own optimiser
 * (L-BFGS on a kinked function) stops up to 26 log units short of this point. Start: sigma of the line
 * through the first and the last value, from above, as Prophet does: the profile over sigma need not be
 * unimodal when the model nearly interpolates the data. Departures: when RSS goes to 0 the posterior is
 * unbounded; sigma stops at PROPHET_SIGMA_FLOOR. Constant y is answered without optimisation, as Prophet
 * does. Cost: independent of n after the Gram matrix; (K + 2)^3 / 6 + (K + 2)^2 S / 2 + (K + 2) S^2 / 2 per
 * round, 5 to 15 rounds. Hazard: RSS from the Gram matrix loses digits when the fit is near perfect; below
 * NEAR_PERFECT of the total it is summed directly.
 */
#include <math.h>
#include <string.h>

#include "kit/cholesky.h"
#include "prophet/prophet_internal.h"

#define MAX_ROUNDS   1000
#define TOLERANCE    1e-12 /* relative change of sigma^2 */
#define ROUNDING     1e-8  /* below this a change that no longer shrinks is rounding */
#define NEAR_PERFECT 1e-7
#define RESOLUTION   1e-13 /* of a Gram entry, which n terms of at most 1 make */

typedef struct Work {
    Gram gram;
    Lasso lasso;
    double *precision;    /* of z's coefficients */
    double *factor;       /* P x P */
    double *hinges;       /* P x S: L^-1 zh */
    double *schur;        /* S x S */
    double *target;       /* S */
    double *reduced;      /* P: L^-1 zy */
    double *coefficients; /* P: m, k, beta */
} Work;

static Status
work_init(Env *env, const ProphetModel *model, Work *work, Failure *failure)
{
    size_t n_z = work->gram.n_z, n_hinges = work->gram.n_hinges;

    work->precision = ENV_NEW(env, n_z, double);
    work->factor = ENV_NEW(env, n_z * n_z, double);
    work->hinges = ENV_NEW(env, n_z * n_hinges, double);
    work->schur = ENV_NEW(env, n_hinges * n_hinges, double);
    work->target = ENV_NEW(env, n_hinges, double);
    work->reduced = ENV_NEW(env, n_z, double);
    work->coefficients = ENV_NEW(env, n_z, double);
    if (work->precision == NULL || work->factor == NULL || work->hinges == NULL || work->schur == NULL ||
        work->target == NULL || work->reduced == NULL || work->coefficients == NULL)
        return fail_out_of_memory(failure);
    design_precision(model, work->precision);
    return lasso_init(env, n_hinges, &work->lasso, failure);
}

/* The positive root of 4 v^2 + n v - rss = 0, in the form that keeps its digits for small rss. */
static double
best_variance(double rss, size_t n)
{
    double count = (double)n;

    return 2 * rss / (count + sqrt(count * count + 16 * rss));
}

/* The variance that weighs the priors in a solve: never so small that they drown in the rounding of n terms.
 */
static double
solving_variance(double variance, size_t n)
{
    return fmax(variance, RESOLUTION * (double)n);
}

/* Factor of the Gaussian block's posterior precision, times variance. A flat trend has no slope: its column
 * is empty and so dropped. */
static void
factor_block(const ProphetModel *model, Work *work, double variance)
{
    size_t n = work->gram.n_z;
    double *a = work->factor;

    memcpy(a, work->gram.zz, n * n * sizeof(double));
    for (size_t i = 0; i < n; i++)
        a[i * n + i] += variance * work->precision[i];
    if (model->growth == PROPHET_FLAT) {
        for (size_t i = 0; i < n; i++)
            a[i * n + 1] = a[n + i] = 0;
    }
    cholesky_factor(a, n);
}

/* The lasso that is left in delta once the Gaussian block is eliminated. */
static void
eliminate_block(Work *work)
{
    const Gram *gram = &work->gram;
    size_t n_z = gram->n_z, n_h = gram->n_hinges;

    memcpy(work->hinges, gram->zh, n_z * n_h * sizeof(double));
    memcpy(work->reduced, gram->zy, n_z * sizeof(double));
    cholesky_forward_columns(work->factor, n_z, work->hinges, n_h);
    cholesky_forward(work->factor, n_z, work->reduced);
    memcpy(work->schur, gram->hh, n_h * n_h * sizeof(double));
    memcpy(work->target, gram->hy, n_h * sizeof(double));
    for (size_t p = 0; p < n_z; p++) {
        const double *row = work->hinges + p * n_h;

        for (size_t j = 0; j < n_h; j++) {
            work->target[j] -= row[j] * work->reduced[p];
            for (size_t l = 0; l < n_h; l++)
                work->schur[j * n_h + l] -= row[j] * row[l];
        }
    }
}

/* m, k and beta for the lasso's delta. */
static void
back_substitute(Work *work)
{
    size_t n_z = work->gram.n_z, n_h = work->gram.n_hinges;

    for (size_t p = 0; p < n_z; p++) {
        double v = work->reduced[p];

        for (size_t j = 0; j < n_h; j++)
            v -= work->hinges[p * n_h + j] * work->lasso.x[j];
        work->coefficients[p] = v;
    }
    cholesky_backward(work->factor, n_z, work->coefficients);
}

static Status
solve_at(Env *env, const ProphetModel *model, Work *work, double variance, Failure *failure)
{
    variance = solving_variance(variance, work->gram.n_rows);
    factor_block(model, work, variance);
    eliminate_block(work);
    RETURN_IF_FAILED(lasso_solve(env, &work->lasso, work->schur, work->target,
                                 variance / model->changepoint_prior_scale, failure));
    back_substitute(work);
    return STATUS_SUCCESS;
}

/* yy - 2 c'x + x'Gx */
static double
rss_from_gram(const Work *work)
{
    const Gram *gram = &work->gram;
    const double *coefficients = work->coefficients, *delta = work->lasso.x;
    double rss = gram->yy;

    for (size_t p = 0; p < gram->n_z; p++) {
        double row = -2 * gram->zy[p];

        for (size_t i = 0; i < gram->n_z; i++)
            row += gram->zz[p * gram->n_z + i] * coefficients[i];
        for (size_t j = 0; j < gram->n_hinges; j++)
            row += 2 * gram->zh[p * gram->n_hinges + j] * delta[j];
        rss += coefficients[p] * row;
    }
    for (size_t j = 0; j < gram->n_hinges; j++) {
        double row = -2 * gram->hy[j];

        for (size_t l = 0; l < gram->n_hinges; l++)
            row += gram->hh[j * gram->n_hinges + l] * delta[l];
        rss += delta[j] * row;
    }
    return rss;
}

static double
rss_direct(const ProphetModel *model, const Work *work, const Observed *observed, const int64_t *hinges,
           double *z)
{
    double rss = 0;

    for (size_t i = 0; i < observed->rows.n; i++) {
        double residual = observed->y[i];

        design_row(model, &observed->rows, i, z);
        for (size_t p = 0; p < work->gram.n_z; p++)
            residual -= z[p] * work->coefficients[p];
        for (size_t j = 0; j < work->gram.n_hinges; j++) {
            double since = z[1] - scaled_time(model, hinges[j]);

            residual -= since > 0 ? work->lasso.x[j] * since : 0;
        }
        rss += residual * residual;
    }
    return rss;
}

static double
residual_sum(const ProphetModel *model, const Work *work, const Observed *observed, const int64_t *hinges,
             double *z)
{
    double rss = rss_from_gram(work);

    return rss > NEAR_PERFECT * work->gram.yy ? rss : rss_direct(model, work, observed, hinges, z);
}

/* Section 5 of Taylor and Letham's Stan program: constants dropped, no Jacobian for sigma. */
static double
log_posterior(const ProphetModel *model, const Work *work, double variance, double rss)
{
    double penalty = 0, absolute = 0;

    for (size_t p = 0; p < work->gram.n_z; p++)
        penalty += work->precision[p] * work->coefficients[p] * work->coefficients[p] / 2;
    for (size_t j = 0; j < work->gram.n_hinges; j++)
        absolute += fabs(work->lasso.x[j]);
    return -penalty - absolute / model->changepoint_prior_scale - 2 * variance -
           (double)work->gram.n_rows * log(variance) / 2 - rss / (2 * variance);
}

/* The line from the first to the last value (flat: the mean): its parameters start the search. */
static void
start_line(const ProphetModel *model, const Observed *observed, Work *work)
{
    memset(work->coefficients, 0, work->gram.n_z * sizeof(double));
    if (model->growth == PROPHET_FLAT) {
        work->coefficients[0] = work->gram.zy[0] / (double)observed->rows.n;
    } else {
        work->coefficients[0] = observed->y[0];
        work->coefficients[1] = observed->y[observed->rows.n - 1] - observed->y[0];
    }
}

static void
store(ProphetModel *model, const Work *work, double variance)
{
    model->m = work->coefficients[0];
    model->k = work->coefficients[1];
    model->sigma = sqrt(variance);
    memcpy(model->beta, work->coefficients + DESIGN_BASE, model->n_columns * sizeof(double));
    if (model->n_changepoints == work->gram.n_hinges)
        memcpy(model->delta, work->lasso.x, model->n_changepoints * sizeof(double));
    else if (work->gram.n_hinges > 0) /* the one hinge at the start is a second slope */
        model->k += work->lasso.x[0];
}

static Status
alternate(Env *env, ProphetModel *model, const Observed *observed, const int64_t *hinges, Work *work,
          Failure *failure)
{
    const double least = PROPHET_SIGMA_FLOOR * PROPHET_SIGMA_FLOOR;
    double *z = ENV_NEW(env, work->gram.n_z, double);
    double variance, rss, change = INFINITY;

    if (z == NULL)
        return fail_out_of_memory(failure);
    start_line(model, observed, work);
    rss = residual_sum(model, work, observed, hinges, z);
    variance = fmax(best_variance(rss, observed->rows.n), least);
    model->converged = false;
    for (model->n_iterations = 1; model->n_iterations <= MAX_ROUNDS; model->n_iterations++) {
        double before = variance, change_before = change;

        RETURN_IF_FAILED(solve_at(env, model, work, variance, failure));
        rss = residual_sum(model, work, observed, hinges, z);
        variance = fmax(best_variance(rss, observed->rows.n), least);
        change = fabs(variance - before);
        if (change <= TOLERANCE * variance || (change <= ROUNDING * variance && change >= change_before)) {
            model->converged = true;
            break;
        }
    }
    model->log_posterior = log_posterior(model, work, variance, rss);
    store(model, work, variance);
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
map_fit(Env *env, ProphetModel *model, Failure *failure)
{
    bool flat = model->growth == PROPHET_FLAT;
    const int64_t *hinges = model->n_changepoints > 0 ? model->changepoints : &model->start;
    size_t n_hinges = flat ? 0 : model->n_changepoints > 0 ? model->n_changepoints : 1;
    Observed observed;
    Work work;

    model->delta = ENV_NEW(env, model->n_changepoints, double);
    model->beta = ENV_NEW(env, model->n_columns, double);
    if (model->delta == NULL || model->beta == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(observed_rows(env, model, &observed, failure));
    if (is_constant(&observed)) {
        fit_constant(model, observed.y[0]);
        return STATUS_SUCCESS;
    }
    RETURN_IF_FAILED(gram_build(env, model, &observed, hinges, n_hinges, &work.gram, failure));
    RETURN_IF_FAILED(work_init(env, model, &work, failure));
    return alternate(env, model, &observed, hinges, &work, failure);
}
