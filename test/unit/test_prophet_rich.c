/*
 * Properties of whole models: growth, modes, holidays, regressors and conditions at random.
 *
 * Provenance: invariances of the model (units of y, shift of time, order of rows, repeated rows), and the log
 * posterior by its formula, written here once more: at the fit no coordinate may rise.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "prophet_rich.h"

#define TRIALS 200

/* The greatest difference of two forecasts on identified rows. */
static double
greatest_difference(const ProphetForecast *a, double factor, double shift, const ProphetForecast *b)
{
    double most = 0;

    for (size_t i = 0; i < a->n; i++) {
        if (a->identified[i] && b->identified[i])
            most = fmax(most, fabs((a->yhat[i] - shift) / factor - b->yhat[i]));
    }
    return most;
}

/* The posterior is unbounded where a model interpolates its data: no optimum, nothing to compare. */
static bool
has_optimum(const ProphetModel *model)
{
    return model->sigma > 1e-4;
}

static void
check_same(const char *what, int trial, double difference, double limit)
{
    unit_check(difference <= limit, __FILE__, __LINE__, "trial %d: %s: %g above %g", trial, what, difference,
               limit);
}

static void
test_units_of_y(void)
{
    Rng rng;
    int compared = 0;

    rng_init(&rng, 31, 0);
    for (int trial = 0; trial < TRIALS; trial++) {
        Env *env = unit_env();
        Rich *rich = rich_new(env, &rng);
        Series series = rich_series(env, rich, 1, NULL);
        ProphetModel model = rich_fit(env, rich, &series, trial), changed;
        Series future = rich_future(env, rich, &series, 10);
        ProphetForecast base = rich_forecast(env, &model, &future, 0), other;
        bool shifts = rich->options.scaling == PROPHET_MINMAX;
        double factor = exp(3 * rng_normal(&rng));
        double shift = shifts ? 10 * factor * model.y_scale * rng_normal(&rng) : 0;

        for (size_t i = 0; i < rich->n; i++) {
            rich->y[i] = factor * rich->y[i] + shift;
            rich->columns[0][i] = factor * rich->columns[0][i] + shift;
            rich->columns[1][i] = factor * rich->columns[1][i] + shift;
        }
        series = rich_series(env, rich, 1, NULL);
        changed = rich_fit(env, rich, &series, trial);
        future = rich_future(env, rich, &series, 10);
        other = rich_forecast(env, &changed, &future, 0);
        if (has_optimum(&model)) {
            compared++;
            check_same("units of y", trial, greatest_difference(&other, factor, shift, &base),
                       1e-6 * model.y_scale);
        }
        unit_env_free(env);
    }
    CHECK(compared > TRIALS / 2);
}

static void
test_shift_of_time(void)
{
    Rng rng;

    rng_init(&rng, 32, 0);
    for (int trial = 0; trial < TRIALS; trial++) {
        Env *env = unit_env();
        Rich *rich = rich_new(env, &rng);
        Series series = rich_series(env, rich, 1, NULL);
        ProphetModel model = rich_fit(env, rich, &series, trial), moved;
        Series future = rich_future(env, rich, &series, 10);
        ProphetForecast base = rich_forecast(env, &model, &future, 0), other;

        for (size_t i = 0; i < rich->n; i++)
            rich->ds[i] += RICH_CYCLE * DAY;
        for (int i = 0; i < 4; i++)
            rich->holidays[i].day += RICH_CYCLE;
        series = rich_series(env, rich, 1, NULL);
        moved = rich_fit(env, rich, &series, trial);
        future = rich_future(env, rich, &series, 10);
        other = rich_forecast(env, &moved, &future, 0);
        if (has_optimum(&model))
            check_same("shift of time", trial, greatest_difference(&other, 1, 0, &base),
                       1e-6 * model.y_scale);
        unit_env_free(env);
    }
}

static void
test_order_and_horizon(void)
{
    Rng rng;

    rng_init(&rng, 33, 0);
    for (int trial = 0; trial < TRIALS; trial++) {
        Env *env = unit_env();
        Rich *rich = rich_new(env, &rng);
        size_t *order = ENV_NEW(env, rich->n, size_t);
        Series series = rich_series(env, rich, 1, NULL), shuffled;
        ProphetModel model = rich_fit(env, rich, &series, trial), again;
        Series future = rich_future(env, rich, &series, 20), nearer = future;
        ProphetForecast longer = rich_forecast(env, &model, &future, 200), shorter;

        for (size_t i = 0; i < rich->n; i++) {
            size_t j = (size_t)rng_below(&rng, i + 1);

            order[i] = order[j];
            order[j] = i;
        }
        shuffled = rich_series(env, rich, 1, order);
        again = rich_fit(env, rich, &shuffled, trial);
        nearer.n = 7;
        shorter = rich_forecast(env, &again, &nearer, 200);
        CHECK(memcmp(longer.yhat, shorter.yhat, 7 * sizeof(double)) == 0);
        CHECK(memcmp(longer.yhat_lower, shorter.yhat_lower, 7 * sizeof(double)) == 0);
        CHECK(memcmp(longer.yhat_upper, shorter.yhat_upper, 7 * sizeof(double)) == 0);
        CHECK(memcmp(longer.trend_lower, shorter.trend_lower, 7 * sizeof(double)) == 0);
        for (size_t i = 0; i < longer.n; i++) {
            double sums[2] = {0, 0}, tiny = 1e-9 * model.y_scale;

            for (size_t c = 0; c < model.n_components; c++)
                sums[model.components[c].mode] += longer.component[c][i];
            CHECK(fabs(sums[0] - longer.additive_terms[i]) <= tiny);
            CHECK(fabs(sums[1] - longer.multiplicative_terms[i]) <= 1e-9);
            CHECK(fabs(longer.floor[i] +
                       (longer.trend[i] - longer.floor[i]) * (1 + longer.multiplicative_terms[i]) +
                       longer.additive_terms[i] - longer.yhat[i]) <= tiny);
            CHECK(longer.yhat_lower[i] <= longer.yhat[i] && longer.yhat[i] <= longer.yhat_upper[i]);
            CHECK(longer.trend_lower[i] <= longer.trend_upper[i]);
        }
        unit_env_free(env);
    }
}

/* Section 5 of the model's description: rows counted `times` over. */
static double
posterior(const ProphetModel *model, const Observed *observed, double *z, double times)
{
    double v = model->sigma * model->sigma, rss = 0;
    double lp = -model->k * model->k / 50 - model->m * model->m / 50 - 2 * v;

    for (size_t j = 0; j < model->n_changepoints; j++)
        lp -= fabs(model->delta[j]) / model->changepoint_prior_scale;
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];

        for (size_t l = component->first; l < component->first + component->n_columns; l++)
            lp -= model->beta[l] * model->beta[l] / (2 * component->prior_scale * component->prior_scale);
    }
    for (size_t i = 0; i < observed->rows.n; i++) {
        double terms[2] = {0, 0}, trend = model->growth == PROPHET_LOGISTIC ? -model->k * model->m : model->m;

        design_row(model, &observed->rows, i, z);
        trend += model->growth == PROPHET_FLAT ? 0 : model->k * z[1];
        for (size_t j = 0; j < model->n_changepoints; j++)
            trend += model->growth == PROPHET_FLAT
                         ? 0
                         : model->delta[j] * fmax(0, z[1] - scaled_time(model, model->changepoints[j]));
        if (model->growth == PROPHET_LOGISTIC)
            trend = row_cap(model, &observed->rows, i) / (1 + exp(-trend));
        for (size_t c = 0; c < model->n_components; c++) {
            const ProphetComponent *component = &model->components[c];

            for (size_t l = component->first; l < component->first + component->n_columns; l++)
                terms[component->mode] += model->beta[l] * z[DESIGN_BASE + l];
        }
        rss += pow(observed->y[i] - trend * (1 + terms[1]) - terms[0], 2);
    }
    return lp - times * (double)observed->rows.n * log(model->sigma) - times * rss / (2 * v);
}

/* How much the best parabola along one parameter rises above its present value. */
static double
possible_rise(const ProphetModel *model, const Observed *observed, double *z, double times, double *parameter)
{
    double at = *parameter, h = 1e-5, here, up, down, slope, bend;

    here = posterior(model, observed, z, times);
    *parameter = at + h;
    up = posterior(model, observed, z, times);
    *parameter = at - h;
    down = posterior(model, observed, z, times);
    *parameter = at;
    slope = (up - down) / (2 * h);
    bend = (up - 2 * here + down) / (h * h);
    return fmax(up, down) <= here || bend >= 0 ? fmax(up, down) - here : -slope * slope / (2 * bend);
}

/* No single parameter may rise the posterior; rows repeated are rows weighted. */
static void
test_optimum(void)
{
    Rng rng;

    rng_init(&rng, 34, 0);
    for (int trial = 0; trial < TRIALS; trial++) {
        Env *env = unit_env();
        Rich *rich = rich_new(env, &rng);
        size_t times = 1 + (size_t)rng_below(&rng, 3);
        Series series = rich_series(env, rich, times, NULL), once = rich_series(env, rich, 1, NULL);
        ProphetModel model = rich_fit(env, rich, &series, trial), single = model;
        Observed observed;
        double *z = ENV_NEW(env, DESIGN_BASE + model.n_columns, double), most = 0;

        single.history = once;
        single.n_observed = model.n_observed / times;
        CHECK_STATUS(observed_rows(env, &single, &observed, NULL), STATUS_SUCCESS);
        CHECK_NEAR(posterior(&model, &observed, z, (double)times), model.log_posterior, 1e-8);
        if (has_optimum(&model)) {
            for (size_t l = 0; l < model.n_columns; l++)
                most = fmax(most, possible_rise(&model, &observed, z, (double)times, &model.beta[l]));
            for (size_t j = 0; j < model.n_changepoints; j++)
                most = fmax(most, possible_rise(&model, &observed, z, (double)times, &model.delta[j]));
            most = fmax(most, possible_rise(&model, &observed, z, (double)times, &model.k));
            most = fmax(most, possible_rise(&model, &observed, z, (double)times, &model.m));
            most = fmax(most, possible_rise(&model, &observed, z, (double)times, &model.sigma));
            check_same("rise along one parameter", trial, most, 1e-6);
        }
        unit_env_free(env);
    }
}

/* Where the posterior has one maximum, a previous model leads to it too: enough rows, nothing said twice. */
static void
test_previous(void)
{
    Rng rng;

    rng_init(&rng, 35, 0);
    for (int trial = 0; trial < TRIALS; trial++) {
        Env *env = unit_env();
        Rich *rich = rich_sized(env, &rng, 150, 150);
        Series whole = rich_series(env, rich, 1, NULL), part = whole;
        ProphetModel first, cold, warm;
        ProphetForecast from_cold, from_warm;

        part.n = whole.n - 1 - (size_t)rng_below(&rng, 20);
        rich->options.order[PROPHET_YEARLY] = 0;
        rich->options.order[PROPHET_WEEKLY] = 0;
        rich->options.n_holidays = 0;
        for (int i = 0; i < 2; i++)
            rich->seasonalities[i].mode = rich->regressors[i].mode = PROPHET_INHERIT;
        first = rich_fit(env, rich, &part, trial);
        cold = rich_fit(env, rich, &whole, trial);
        rich->options.previous = &first;
        warm = rich_fit(env, rich, &whole, trial);
        from_cold = rich_forecast(env, &cold, &whole, 0);
        from_warm = rich_forecast(env, &warm, &whole, 0);
        check_same("refit from a previous model", trial, greatest_difference(&from_warm, 1, 0, &from_cold),
                   1e-9 * cold.y_scale);
        rich->options.previous = &cold;
        warm = rich_fit(env, rich, &whole, trial);
        CHECK(warm.n_iterations <= cold.n_iterations);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("prophet_rich");
    test_units_of_y();
    test_shift_of_time();
    test_order_and_horizon();
    test_optimum();
    test_previous();
    return unit_end();
}
