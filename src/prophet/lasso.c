/*
 * lasso.c - min x'Qx/2 - b'x + lambda |x|_1, exactly.
 *
 * Method: the active-set scheme of Lee, Battle, Raina and Ng, "Efficient sparse coding algorithms" (2007):
 * solve for the active signs, move there, or only to the first coefficient that would change its sign, which
 * leaves the set; when the solution agrees with its signs, the most violating coefficient enters. Each move
 * lowers the objective, so that no set comes twice. Departure: the step stops at the first sign change
 * instead of searching all of them. Cost: |active|^3 / 6 for each departure, |active|^2 for each entry; few
 * moves when started from a neighbouring lambda. Coordinate descent would crawl here: neighbouring hinges
 * correlate beyond 0.99. Hazard: equal hinges (duplicate moments) make Q singular; a column that the factor
 * finds dependent is barred, which loses nothing, since the Laplace prior does not care how equal columns
 * share.
 */
#include <math.h>
#include <string.h>

#include "kit/cholesky.h"
#include "prophet/prophet_internal.h"

#define VIOLATION_TOLERANCE 1e-9  /* of lambda */
#define ROUNDING            1e-15 /* of the terms that a gradient sums */

Status
lasso_init(Env *env, size_t n, Lasso *lasso, Failure *failure)
{
    lasso->n = n;
    lasso->n_active = 0;
    lasso->active = ENV_NEW(env, n, size_t);
    lasso->sign = ENV_NEW(env, n, double);
    lasso->x = ENV_NEW(env, n, double);
    lasso->factor = ENV_NEW(env, n * n, double);
    lasso->step = ENV_NEW(env, n, double);
    lasso->barred = ENV_NEW(env, n, bool);
    if (lasso->active == NULL || lasso->sign == NULL || lasso->x == NULL || lasso->factor == NULL ||
        lasso->step == NULL || lasso->barred == NULL)
        return fail_out_of_memory(failure);
    return STATUS_SUCCESS;
}

static void
remove_at(Lasso *lasso, size_t position)
{
    size_t j = lasso->active[position];

    lasso->x[j] = 0;
    lasso->sign[j] = 0;
    lasso->n_active--;
    memmove(lasso->active + position, lasso->active + position + 1,
            (lasso->n_active - position) * sizeof(size_t));
}

/* Factor row of the active coefficient at a position; a dependent one leaves and is barred. */
static bool
factor_position(Lasso *lasso, const double *q, size_t position)
{
    size_t n = lasso->n, j = lasso->active[position];

    for (size_t i = 0; i <= position; i++)
        lasso->factor[position * n + i] = q[j * n + lasso->active[i]];
    if (cholesky_factor_row(lasso->factor, n, position))
        return true;
    remove_at(lasso, position);
    lasso->barred[j] = true;
    return false;
}

static void
factor_from(Lasso *lasso, const double *q, size_t position)
{
    while (position < lasso->n_active) {
        if (factor_position(lasso, q, position))
            position++;
    }
}

/* The solution for the present signs, in lasso->step by position. */
static void
solve_for_signs(Lasso *lasso, const double *b, double lambda)
{
    size_t n_active = lasso->n_active, n = lasso->n;
    double *step = lasso->step;

    for (size_t i = 0; i < n_active; i++) {
        size_t j = lasso->active[i];
        const double *row = lasso->factor + i * n;

        step[i] = b[j] - lambda * lasso->sign[j];
        for (size_t l = 0; l < i; l++)
            step[i] -= row[l] * step[l];
        step[i] /= row[i];
    }
    for (size_t i = n_active; i-- > 0;) {
        step[i] /= lasso->factor[i * n + i];
        for (size_t l = 0; l < i; l++)
            step[l] -= lasso->factor[i * n + l] * step[i];
    }
}

/* Moves towards lasso->step; returns the position whose sign change stopped the move, or n_active. */
static size_t
move(Lasso *lasso)
{
    size_t blocking = lasso->n_active;
    double share = 1;

    for (size_t i = 0; i < lasso->n_active; i++) {
        size_t j = lasso->active[i];
        double crossing;

        if (lasso->step[i] * lasso->sign[j] > 0)
            continue;
        crossing = lasso->x[j] == 0 ? 0 : lasso->x[j] / (lasso->x[j] - lasso->step[i]);
        if (crossing < share || blocking == lasso->n_active) {
            share = crossing;
            blocking = i;
        }
    }
    for (size_t i = 0; i < lasso->n_active; i++) {
        size_t j = lasso->active[i];

        lasso->x[j] += share * (lasso->step[i] - lasso->x[j]);
    }
    if (share == 0)
        lasso->barred[lasso->active[blocking]] = true;
    return blocking;
}

/* Until the solution agrees with its signs. */
static Status
settle(Env *env, Lasso *lasso, const double *q, const double *b, double lambda, Failure *failure)
{
    for (;;) {
        size_t blocking;

        if (env_cancelled(env))
            return fail_cancelled(failure);
        solve_for_signs(lasso, b, lambda);
        blocking = move(lasso);
        if (blocking == lasso->n_active)
            return STATUS_SUCCESS;
        remove_at(lasso, blocking);
        factor_from(lasso, q, blocking);
    }
}

/* The inactive coefficient that violates its bound most, or n. */
static size_t
most_violating(const Lasso *lasso, const double *q, const double *b, double lambda, double *sign)
{
    size_t worst = lasso->n;
    double excess = 0;

    for (size_t j = 0; j < lasso->n; j++) {
        double gradient = b[j], terms = fabs(b[j]), over;

        if (lasso->sign[j] != 0 || lasso->barred[j])
            continue;
        for (size_t i = 0; i < lasso->n_active; i++) {
            double term = q[j * lasso->n + lasso->active[i]] * lasso->x[lasso->active[i]];

            gradient -= term;
            terms += fabs(term);
        }
        over = fabs(gradient) - lambda * (1 + VIOLATION_TOLERANCE) - ROUNDING * terms;
        if (over > excess) {
            excess = over;
            worst = j;
            *sign = gradient > 0 ? 1 : -1;
        }
    }
    return worst;
}

Status
lasso_solve(Env *env, Lasso *lasso, const double *q, const double *b, double lambda, Failure *failure)
{
    memset(lasso->barred, 0, lasso->n * sizeof(bool));
    factor_from(lasso, q, 0);
    for (;;) {
        double sign = 0;
        size_t entering;

        RETURN_IF_FAILED(settle(env, lasso, q, b, lambda, failure));
        entering = most_violating(lasso, q, b, lambda, &sign);
        if (entering == lasso->n)
            return STATUS_SUCCESS;
        lasso->active[lasso->n_active++] = entering;
        lasso->sign[entering] = sign;
        factor_from(lasso, q, lasso->n_active - 1);
    }
}
