/*
 * ets_fit.c - the best fit of a form that was asked for, and the form of least AICc.
 *
 * AICc and its counts are R's; ties go to the form with fewer parameters. Forms: an additive error never has
 * a multiplicative season; multiplicative errors and seasons need positive values. A form that extends
 * another starts from the optima of that one: damped trends from trends, multiplicative errors from additive
 * ones.
 */
#include <math.h>
#include <string.h>

#include "forecast/ets.h"

/* Values divided by their mean size, so that all tolerances are relative; 0 for a series of zeros. */
Status
ets_rescale(Env *env, const EtsData *data, EtsData *scaled, double *scale, Failure *failure)
{
    double *y = ENV_NEW(env, data->n, double), sum = 0;

    if (y == NULL)
        return fail_out_of_memory(failure);
    for (size_t t = 0; t < data->n; t++)
        sum += fabs(data->y[t]) / (double)data->n;
    for (size_t t = 0; t < data->n; t++)
        y[t] = data->y[t] / sum;
    *scaled = (EtsData){y, data->known, data->n};
    *scale = sum;
    return STATUS_SUCCESS;
}

size_t
ets_count_known(const EtsData *data)
{
    size_t n = 0;

    for (size_t t = 0; t < data->n; t++)
        n += data->known == NULL || data->known[t];
    return n;
}

void
ets_unscale(EtsFit *fit, const EtsData *data, double scale)
{
    double shift = (double)ets_count_known(data) * log(scale);

    fit->first.l *= scale;
    fit->first.b *= scale;
    for (size_t j = 0; fit->form.season == ETS_ADDITIVE && j < fit->form.m; j++)
        fit->first.s[j] *= scale;
    if (!fit->form.multiplicative_error)
        fit->sigma2 *= scale * scale;
    fit->log_likelihood -= shift;
    fit->aicc += 2 * shift;
}

bool
ets_all_positive(const EtsData *data)
{
    for (size_t t = 0; t < data->n; t++)
        if (!(data->y[t] > 0))
            return false;
    return true;
}

Status
ets_fit(Env *env, const EtsData *data, const EtsForm *form, EtsFit *fit, bool *usable, Failure *failure)
{
    bool relative = form->multiplicative_error && form->season != ETS_MULTIPLICATIVE;
    EtsStarts starts = {.n = 0}, twin = {.n = 0};
    EtsForm additive = *form;
    EtsData scaled;
    double scale = 0;

    *usable = !(form->multiplicative_error || form->season == ETS_MULTIPLICATIVE) || ets_all_positive(data);
    if (!*usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(ets_rescale(env, data, &scaled, &scale, failure));
    *usable = scale > 0;
    if (!*usable)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(ets_search(env, &scaled, form, &starts, fit, usable, failure));
    if (relative) {
        EtsFit best = *fit;
        bool found = *usable;

        /* Once more from the optimum with an additive error, which its own grid may not reach. */
        additive.multiplicative_error = false;
        RETURN_IF_FAILED(ets_search(env, &scaled, &additive, &twin, fit, usable, failure));
        RETURN_IF_FAILED(ets_extend(env, &scaled, form, &twin, failure));
        RETURN_IF_FAILED(ets_search(env, &scaled, form, &twin, fit, usable, failure));
        if (found && !(*usable && fit->log_likelihood > best.log_likelihood))
            *fit = best;
        *usable = *usable || found;
    }
    if (*usable)
        ets_unscale(fit, data, scale);
    return STATUS_SUCCESS;
}
