/*
 * sample.c - joint sample paths of y, one after the other, so that none need be kept.
 */
#include <math.h>

#include "prophet/paths.h"

struct ProphetSamples {
    Paths paths; /* of one sample at a time */
    const ProphetForecast *forecast;
    size_t n; /* drawn so far */
};

Status
prophet_samples_new(Env *env, const ProphetModel *model, const ProphetForecast *forecast, uint64_t seed,
                    ProphetSamples **samples, Failure *failure)
{
    ProphetSamples *new = ENV_NEW(env, 1, ProphetSamples);

    if (new == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(paths_init(env, model, forecast->ds[forecast->n - 1], 1, seed, &new->paths, failure));
    new->forecast = forecast;
    *samples = new;
    return STATUS_SUCCESS;
}

Status
prophet_samples_next(Env *env, ProphetSamples *samples, double *y, Failure *failure)
{
    Paths *paths = &samples->paths;
    const ProphetForecast *forecast = samples->forecast;
    double sd = paths->model->sigma * paths->model->y_scale, departure;

    paths_start(paths, samples->n++);
    for (size_t i = 0; i < forecast->n; i++) {
        RETURN_IF_FAILED(paths_follow(env, paths, forecast, i, &departure, failure));
        y[i] = forecast->yhat[i] + paths_factor(forecast, i) * departure +
               sd * paths_noise(paths, 0, forecast->ds[i]);
    }
    return STATUS_SUCCESS;
}
