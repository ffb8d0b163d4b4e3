#include "kit/alias.h"

#include <math.h>

#define STEPS_PER_LOOK 65536 /* between two looks for a cancel, some ms */

/* Scales to mean 1, so that a weight is the height of its column. */
static Status
scale_to_mean_one(double *weights, uint32_t n, Failure *failure)
{
    double sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += weights[i];
    if (!(sum > 0) || !isfinite(sum))
        return fail(failure, STATUS_BAD_DATA, "At least one weight must be positive.",
                    "weights must have a positive, finite sum");
    for (uint32_t i = 0; i < n; i++)
        weights[i] *= n / sum;
    return STATUS_SUCCESS;
}

static uint32_t
to_bits(double height)
{
    return height >= 1 ? UINT32_MAX : (uint32_t)(height * 0x1p32);
}

Status
alias_build(Env *env, double *weights, uint32_t n, Alias *alias, Failure *failure)
{
    /* One array, two stacks: columns lower than 1 from the left, the rest from the right. */
    uint32_t *stacks = ENV_NEW(env, n, uint32_t), n_low = 0, high = n;
    Alias built = {n, ENV_NEW(env, n, uint32_t), ENV_NEW(env, n, uint32_t)};

    if (stacks == NULL || built.keep == NULL || built.other == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(scale_to_mean_one(weights, n, failure));
    for (uint32_t i = 0; i < n; i++) {
        built.keep[i] = UINT32_MAX;
        built.other[i] = i;
        if (weights[i] < 1)
            stacks[n_low++] = i;
        else
            stacks[--high] = i;
    }
    for (uint32_t step = 1; n_low > 0 && high < n; step++) {
        uint32_t low = stacks[--n_low], giver = stacks[high];

        if (step % STEPS_PER_LOOK == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        built.keep[low] = to_bits(weights[low]);
        built.other[low] = giver;
        weights[giver] -= 1 - weights[low];
        if (weights[giver] < 1) {
            high++;
            stacks[n_low++] = giver;
        }
    }
    *alias = built;
    return STATUS_SUCCESS;
}

uint32_t
alias_draw(const Alias *alias, Rng *rng)
{
    uint64_t bits = rng_next(rng);
    uint32_t column = (uint32_t)(((bits >> 32) * alias->n) >> 32);

    return (uint32_t)bits <= alias->keep[column] ? column : alias->other[column];
}
