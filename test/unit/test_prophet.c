/*
 * Properties of the additive model: what must hold for any data.
 *
 * Provenance: invariances of the model itself (scale, shift in time, order of rows), closed forms (constant,
 * line), Kuhn-Tucker conditions of the MAP, and quantiles computed by sorting; no number here comes from the
 * code under test. Reference cases are in test_prophet_oracle.c, forms and failures in test_prophet_forms.c.
 */
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "kit/stats.h"
#include "prophet_sample.h"

static void
check_median(double *v, size_t n, double want)
{
    double median, largest;

    stats_quantile_pair(v, n, 0.5, 1, &median, &largest);
    CHECK(median == want || (isnan(median) && isnan(want)));
}

static void
test_quantiles(void)
{
    Rng rng;

    rng_init(&rng, 16, 0);
    for (int trial = 0; trial < 500; trial++) {
        double v[300], sorted[300], p = rng_uniform(&rng), q = p + (1 - p) * rng_uniform(&rng), at_p, at_q;
        size_t n = 1 + (size_t)rng_below(&rng, 300), below;
        bool ties = rng_below(&rng, 2) == 0;

        for (size_t i = 0; i < n; i++)
            sorted[i] = v[i] = ties ? (double)rng_below(&rng, 5) : rng_normal(&rng);
        gsl_sort(sorted, 1, n);
        stats_quantile_pair(v, n, p, q, &at_p, &at_q);
        below = (size_t)((double)(n - 1) * p);
        CHECK_NEAR(at_p,
                   sorted[below] + ((double)(n - 1) * p - (double)below) *
                                       (sorted[below + 1 < n ? below + 1 : below] - sorted[below]),
                   1e-12);
        below = (size_t)((double)(n - 1) * q);
        CHECK_NEAR(at_q,
                   sorted[below] + ((double)(n - 1) * q - (double)below) *
                                       (sorted[below + 1 < n ? below + 1 : below] - sorted[below]),
                   1e-12);
    }
    check_median((double[]){3, 1, 2, 10}, 4, 2.5);
    check_median((double[]){INFINITY, 1, -INFINITY}, 3, 1);
    check_median((double[]){1e308, -1e308, 3}, 3, 3);
    check_median((double[]){1e-323, 0, 5e-324}, 3, 5e-324);
    check_median((double[]){1}, 0, NAN);
}

static void
test_invariances(void)
{
    Rng rng;

    rng_init(&rng, 11, 0);
    for (int trial = 0; trial < 200; trial++) {
        Env *env = unit_env();
        Sample sample = random_sample(env, &rng), other = sample;
        ProphetOptions options;
        ProphetModel model;
        ProphetForecast base, changed;
        double factor = exp(3 * rng_normal(&rng)), most = 0;

        prophet_options_init(&options);
        options.scaling = trial % 2 == 0 ? PROPHET_ABSMAX : PROPHET_MINMAX;
        model = fit(env, &sample, &options);
        base = forecast(env, &model, 14, 0);
        other.y = ENV_NEW(env, sample.n, double);
        for (size_t i = 0; i < sample.n; i++)
            other.y[i] = factor * sample.y[i] + (options.scaling == PROPHET_MINMAX ? 7 * factor : 0);
        model = fit(env, &other, &options);
        changed = forecast(env, &model, 14, 0);
        for (size_t i = 0; i < 14; i++)
            most = fmax(most, fabs(changed.yhat[i] / factor - base.yhat[i] -
                                   (options.scaling == PROPHET_MINMAX ? 7 : 0)));
        unit_check(most <= 1e-6 * (1 + fabs(base.yhat[0])), __FILE__, __LINE__,
                   "trial %d: scaled y differs by %g", trial, most);
        other = sample;
        other.ds = ENV_NEW(env, sample.n, int64_t);
        for (size_t i = 0; i < sample.n; i++)
            other.ds[i] = sample.ds[i] + 1461 * 7 * DAY; /* whole years and whole weeks: the same phases */
        model = fit(env, &other, &options);
        changed = forecast(env, &model, 14, 0);
        for (size_t i = 0; i < 14; i++)
            CHECK_NEAR(changed.yhat[i], base.yhat[i], 1e-6);
        unit_env_free(env);
    }
}

static void
test_horizon_prefix_and_order(void)
{
    Rng rng;

    rng_init(&rng, 12, 0);
    for (int trial = 0; trial < 200; trial++) {
        Env *env = unit_env();
        Sample sample = random_sample(env, &rng);
        ProphetOptions options;
        ProphetModel model;
        ProphetForecast shorter, longer;
        size_t n_samples = 200;

        prophet_options_init(&options);
        model = fit(env, &sample, &options);
        shorter = forecast(env, &model, 5, n_samples);
        longer = forecast(env, &model, 30, n_samples);
        CHECK(memcmp(shorter.yhat, longer.yhat, 5 * sizeof(double)) == 0);
        CHECK(memcmp(shorter.yhat_lower, longer.yhat_lower, 5 * sizeof(double)) == 0);
        CHECK(memcmp(shorter.trend_upper, longer.trend_upper, 5 * sizeof(double)) == 0);
        for (size_t i = 0; i < 30; i++) {
            CHECK(longer.yhat_lower[i] <= longer.yhat[i] && longer.yhat[i] <= longer.yhat_upper[i]);
            CHECK(longer.trend_lower[i] <= longer.trend[i] && longer.trend[i] <= longer.trend_upper[i]);
            CHECK_NEAR(longer.trend[i] + longer.additive_terms[i], longer.yhat[i], 1e-12);
        }
        for (size_t i = sample.n; i > 1; i--) {
            size_t j = (size_t)rng_below(&rng, i);
            int64_t ds = sample.ds[i - 1];
            double y = sample.y[i - 1];

            sample.ds[i - 1] = sample.ds[j];
            sample.y[i - 1] = sample.y[j];
            sample.ds[j] = ds;
            sample.y[j] = y;
        }
        model = fit(env, &sample, &options);
        longer = forecast(env, &model, 5, n_samples);
        CHECK(memcmp(shorter.yhat_upper, longer.yhat_upper, 5 * sizeof(double)) == 0);
        unit_env_free(env);
    }
}

/* At the MAP the gradient of the log posterior vanishes, within [-1/tau, 1/tau] where delta is 0. */
static void
test_stationary(void)
{
    Rng rng;

    rng_init(&rng, 13, 0);
    for (int trial = 0; trial < 100; trial++) {
        Env *env = unit_env();
        Sample sample = random_sample(env, &rng);
        ProphetOptions options;
        ProphetModel model;
        Observed observed;
        double *z, *slope_delta, slope_m = 0, slope_k = 0, v;

        prophet_options_init(&options);
        options.changepoint_prior_scale = trial % 2 == 0 ? 0.05 : 5;
        model = fit(env, &sample, &options);
        v = model.sigma * model.sigma;
        if (model.sigma < 1e-6) { /* the model interpolates: the posterior has no maximum */
            unit_env_free(env);
            continue;
        }
        CHECK_STATUS(observed_rows(env, &model, &observed, NULL), STATUS_SUCCESS);
        z = ENV_NEW(env, DESIGN_BASE + model.n_columns, double);
        slope_delta = ENV_NEW(env, model.n_changepoints, double);
        for (size_t i = 0; i < observed.rows.n; i++) {
            double residual = observed.y[i];

            design_row(&model, &observed.rows, i, z);
            residual -= trend_argument(&model, z[1]);
            for (size_t c = 0; c < model.n_columns; c++)
                residual -= z[DESIGN_BASE + c] * model.beta[c];
            slope_m += residual / v;
            slope_k += residual * z[1] / v;
            for (size_t j = 0; j < model.n_changepoints; j++)
                slope_delta[j] += residual * fmax(0, z[1] - scaled_time(&model, model.changepoints[j])) / v;
        }
        CHECK_NEAR(slope_m - model.m / 25, 0, 1e-5);
        CHECK_NEAR(slope_k - model.k / 25, 0, 1e-5);
        for (size_t j = 0; j < model.n_changepoints; j++) {
            double bound = 1 / options.changepoint_prior_scale;

            if (model.delta[j] == 0)
                CHECK(fabs(slope_delta[j]) <= bound * (1 + 1e-6));
            else
                CHECK_NEAR(slope_delta[j], model.delta[j] > 0 ? bound : -bound, 1e-5);
        }
        unit_env_free(env);
    }
}

/* Every row twice is the same as n and RSS doubled: the coefficients of a fit with a weaker prior. */
static void
test_repeated_rows(void)
{
    Env *env = unit_env();
    Rng rng;
    Sample sample, twice;
    ProphetOptions options;
    ProphetModel model, doubled;

    rng_init(&rng, 14, 0);
    sample = random_sample(env, &rng);
    twice.n = 2 * sample.n;
    twice.ds = ENV_NEW(env, twice.n, int64_t);
    twice.y = ENV_NEW(env, twice.n, double);
    for (size_t i = 0; i < twice.n; i++) {
        twice.ds[i] = sample.ds[i / 2];
        twice.y[i] = sample.y[i / 2];
    }
    prophet_options_init(&options);
    options.changepoints_given = true;
    options.seasonality_prior_scale = 1e6;
    model = fit(env, &sample, &options);
    doubled = fit(env, &twice, &options);
    CHECK_NEAR(doubled.k, model.k, 0.02);
    CHECK_NEAR(doubled.sigma, model.sigma, 0.01);
    unit_env_free(env);
}

static Sample
plain_sample(Env *env, size_t n)
{
    Sample sample = {n, ENV_NEW(env, n, int64_t), ENV_NEW(env, n, double)};

    for (size_t i = 0; i < n; i++)
        sample.ds[i] = (int64_t)i * DAY;
    return sample;
}

static void
test_exact_shapes(void)
{
    static const size_t sizes[] = {2, 3, 10, 30, 150};
    ProphetOptions options;

    prophet_options_init(&options);
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        Env *env = unit_env();
        Sample sample = plain_sample(env, sizes[s]);
        ProphetModel model;
        ProphetForecast out;

        for (size_t i = 0; i < sample.n; i++)
            sample.y[i] = 100 + 3 * (double)i;
        model = fit(env, &sample, &options);
        out = forecast(env, &model, 3, 100);
        if (sizes[s] != 2) /* two points and a dummy changepoint: the line itself */
            CHECK_NEAR(out.yhat[2], 100 + 3 * (double)(sample.n + 2), 1e-6);
        CHECK(isfinite(out.yhat_lower[2]) && out.yhat_lower[2] <= out.yhat_upper[2]);
        for (size_t i = 0; i < sample.n; i++)
            sample.y[i] = -7.25;
        model = fit(env, &sample, &options);
        out = forecast(env, &model, 3, 100);
        CHECK_NEAR(out.yhat[2], -7.25, 1e-9);
        CHECK_NEAR(out.yhat_upper[2], -7.25, 1e-6);
        for (size_t i = 0; i < sample.n; i++)
            sample.y[i] = 0;
        model = fit(env, &sample, &options);
        CHECK_NEAR(forecast(env, &model, 1, 0).yhat[0], 0, 1e-12);
        unit_env_free(env);
    }
}

static void
test_odd_data(void)
{
    Env *env = unit_env();
    ProphetOptions options;
    Sample sample = plain_sample(env, 60);
    ProphetModel model;

    prophet_options_init(&options);
    for (size_t i = 0; i < sample.n; i++)
        sample.y[i] = sin(2 * M_PI * (double)i / 7);
    model = fit(env, &sample, &options);
    CHECK_NEAR(forecast(env, &model, 7, 100).yhat[0], sin(2 * M_PI * 60 / 7), 1e-5);
    for (size_t i = 0; i < sample.n; i++) { /* every moment five times: changepoints coincide */
        sample.ds[i] = (int64_t)(i / 5) * DAY;
        sample.y[i] = (double)(i % 7) + (double)i;
    }
    model = fit(env, &sample, &options);
    for (size_t i = 0; i < sample.n; i++) { /* huge and tiny values, irregular seconds */
        sample.ds[i] = (int64_t)(i * i) * 1000003;
        sample.y[i] = (i % 2 == 0 ? 1e300 : -1e-300);
    }
    model = fit(env, &sample, &options);
    CHECK(isfinite(forecast(env, &model, 7, 100).yhat_upper[6]));
    sample.ds[0] = CIVIL_MIN;
    sample.ds[59] = CIVIL_END - DAY;
    model = fit(env, &sample, &options);
    options.growth = PROPHET_FLAT;
    model = fit(env, &sample, &options);
    CHECK(model.k == 0 && model.delta[0] == 0);
    CHECK(forecast(env, &model, 1, 10).trend_lower[0] == model.m * model.y_scale);
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("prophet");
    test_quantiles();
    test_exact_shapes();
    test_odd_data();
    test_invariances();
    test_horizon_prefix_and_order();
    test_stationary();
    test_repeated_rows();
    return unit_end();
}
