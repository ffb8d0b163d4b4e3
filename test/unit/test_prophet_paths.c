/*
 * Simulated futures: the quantiles of a mixture, bounds, sample paths, totals.
 *
 * Provenance: the distribution of a linear trend's departure by numerical inversion of its characteristic
 * function, which is elementary: with h the time ahead, S changes per unit and Laplace scale b,
 * E exp(iuD) = exp(S (atan(b u h) / (b u) - h)). Sums of independent normal noise in closed form; a mixture's
 * quantiles by bisection; sums over the sample paths themselves.
 */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "kit/stats.h"
#include "prophet/mixture.h"
#include "prophet_sample.h"

#define Z80 1.2815515655446004 /* 90 % quantile of the normal distribution */

static double
mixture_cdf(const double *centre, size_t n, double sd, double x)
{
    double sum = 0;

    for (size_t s = 0; s < n; s++)
        sum += gsl_cdf_ugaussian_P((x - centre[s]) / sd);
    return sum / (double)n;
}

static void
test_mixture(void)
{
    static const double spreads[] = {0, 0.01, 0.3, 1, 3, 30, 200};
    Env *env = unit_env();
    double centre[1000];
    Mixture *mixture;
    Rng rng;

    rng_init(&rng, 21, 0);
    CHECK_STATUS(mixture_new(env, 1000, &mixture, NULL), STATUS_SUCCESS);
    for (int trial = 0; trial < 300; trial++) {
        size_t n = trial % 3 == 0 ? 1 + (size_t)rng_below(&rng, 10) : 1000;
        double sd = exp(5 * rng_normal(&rng)), spread = spreads[trial % 7] * sd, q[2];
        double width = trial % 5 == 0 ? 0.9999 : rng_uniform(&rng), shift = trial % 2 * 100 * sd;
        const double levels[2] = {(1 - width) / 2, (1 + width) / 2};

        for (size_t s = 0; s < n; s++)
            centre[s] = shift + (rng_below(&rng, 3) == 0 ? 0 : spread * rng_normal(&rng));
        mixture_quantiles(mixture, centre, n, sd, levels, q);
        for (int i = 0; i < 2; i++)
            unit_check(fabs(mixture_cdf(centre, n, sd, q[i]) - levels[i]) <= 2e-4, __FILE__, __LINE__,
                       "spread %g, n %zu: level %g instead of %g", spreads[trial % 7], n,
                       mixture_cdf(centre, n, sd, q[i]), levels[i]);
        CHECK(q[0] <= q[1]);
    }
    /* Without noise worth the name: type 7. */
    for (int s = 0; s < 11; s++)
        centre[s] = 1e6 * s;
    for (int i = 0; i < 2; i++) {
        double q[2];

        mixture_quantiles(mixture, centre, 11, i * 1e-9, (const double[]){0.1, 0.95}, q);
        CHECK_NEAR(q[0], 1e6, 1e-12);
        CHECK_NEAR(q[1], 9.5e6, 1e-12);
    }
    unit_env_free(env);
}

/* The distribution function of departure + N(0, sd) at x, by inversion (Gil-Pelaez) with Simpson's rule. */
static double
departure_cdf(double rate, double scale, double ahead, double sd, double x)
{
    const int steps = 20000;
    double top = 9 / sd, width = top / steps, sum = 0;

    for (int i = 0; i <= steps; i++) {
        double u = i * width, part = x;

        if (i > 0)
            part = sin(u * x) / u *
                   exp(rate * (atan(scale * u * ahead) / (scale * u) - ahead) - u * u * sd * sd / 2);
        sum += part * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2);
    }
    return 0.5 + sum * width / 3 / M_PI;
}

/* A model of 200 days with three changes of slope, made up rather than fitted. */
static ProphetModel
made_up_model(Env *env)
{
    Sample sample = {200, ENV_NEW(env, 200, int64_t), ENV_NEW(env, 200, double)};
    ProphetOptions options;
    ProphetModel model;
    Rng rng;

    rng_init(&rng, 22, 0);
    for (size_t i = 0; i < sample.n; i++) {
        sample.ds[i] = (int64_t)i * DAY;
        sample.y[i] = 100 + (double)i + 10 * rng_normal(&rng);
    }
    prophet_options_init(&options);
    options.n_changepoints = 3;
    model = fit(env, &sample, &options);
    model.delta[0] = 0.5;
    model.delta[1] = -0.4;
    model.delta[2] = 0.9;
    return model;
}

static void
test_departure(void)
{
    Env *env = unit_env();
    ProphetModel model = made_up_model(env);
    double scale = 1.8 / 3 + 1e-8;
    ProphetForecast out = forecast(env, &model, 400, 0);

    CHECK_STATUS(prophet_intervals(env, &model, 0.8, 100000, 7, &out, NULL), STATUS_SUCCESS);
    for (size_t i = 19; i < out.n; i += 95) {
        double ahead = (double)(i + 1) / 199, sd = model.sigma;
        double lower = (out.yhat_lower[i] - out.yhat[i]) / model.y_scale;
        double upper = (out.yhat_upper[i] - out.yhat[i]) / model.y_scale;

        /* A level from 100000 paths scatters by 0.001. */
        CHECK_NEAR(departure_cdf(3, scale, ahead, sd, lower), 0.1, 0.005);
        CHECK_NEAR(departure_cdf(3, scale, ahead, sd, upper), 0.9, 0.005);
    }
    /* The trend alone: a little noise hardly moves its outer quantiles. */
    CHECK_NEAR(
        departure_cdf(3, scale, 400.0 / 199, 0.01, (out.trend_upper[399] - out.trend[399]) / model.y_scale),
        0.9, 0.005);
    CHECK_NEAR(
        departure_cdf(3, scale, 400.0 / 199, 0.01, (out.trend_lower[399] - out.trend[399]) / model.y_scale),
        0.1, 0.005);
    unit_env_free(env);
}

/* Neither the rows that are asked for nor the horizon change a bound; the seed and the series do. */
static void
test_paths_are_functions(void)
{
    Env *env = unit_env();
    ProphetModel model = made_up_model(env);
    ProphetForecast all = forecast(env, &model, 200, 500), some = forecast(env, &model, 200, 0), again;
    size_t n = 0;

    for (size_t i = 3; i < all.n; i += 7)
        ((int64_t *)some.ds)[n++] = all.ds[i];
    CHECK_STATUS(prophet_predict(env, &model, &(Series){.n = n, .ds = (int64_t *)some.ds}, &some, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(prophet_intervals(env, &model, 0.8, 500, 42, &some, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < n; i++) {
        CHECK_NEAR(some.yhat_lower[i], all.yhat_lower[3 + 7 * i], 1e-12);
        CHECK(some.trend_upper[i] == all.trend_upper[3 + 7 * i]);
    }
    again = forecast(env, &model, 200, 500);
    CHECK(memcmp(again.yhat_upper, all.yhat_upper, 200 * sizeof(double)) == 0);
    CHECK_STATUS(prophet_intervals(env, &model, 0.8, 500, 43, &again, NULL), STATUS_SUCCESS);
    CHECK(again.yhat_upper[199] != all.yhat_upper[199]);
    model.content++;
    CHECK_STATUS(prophet_intervals(env, &model, 0.8, 500, 42, &again, NULL), STATUS_SUCCESS);
    CHECK(again.yhat_upper[199] != all.yhat_upper[199]);
    unit_env_free(env);
}

/* A logistic trend takes the departures of the linear one in its argument. */
static void
test_logistic(void)
{
    Env *env = unit_env();
    ProphetModel model = made_up_model(env), logistic;
    ProphetForecast line = forecast(env, &model, 100, 1001), curve = line;

    logistic = model;
    logistic.growth = PROPHET_LOGISTIC;
    logistic.k = 2;
    logistic.m = 0.7;
    curve.floor = ENV_NEW(env, 100, double);
    curve.cap = ENV_NEW(env, 100, double);
    curve.trend = ENV_NEW(env, 100, double);
    curve.multiplicative_terms = ENV_NEW(env, 100, double);
    curve.trend_lower = ENV_NEW(env, 100, double);
    curve.trend_upper = ENV_NEW(env, 100, double);
    curve.yhat_lower = ENV_NEW(env, 100, double);
    curve.yhat_upper = ENV_NEW(env, 100, double);
    for (size_t i = 0; i < 100; i++) {
        double u = trend_argument(&logistic, scaled_time(&logistic, curve.ds[i]));

        curve.floor[i] = 20;
        curve.cap[i] = 300 + (double)i;
        curve.trend[i] = 20 + (280 + (double)i) / (1 + exp(-u));
        curve.multiplicative_terms[i] = i % 2 == 0 ? 0 : 0.25;
    }
    /* 1001 samples: the 10 % and 90 % quantiles are order statistics, which a monotone curve keeps. */
    CHECK_STATUS(prophet_intervals(env, &logistic, 0.8, 1001, 42, &curve, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < 100; i++) {
        double u = trend_argument(&logistic, scaled_time(&logistic, curve.ds[i]));
        double lower = (line.trend_lower[i] - line.trend[i]) / model.y_scale;
        double upper = (line.trend_upper[i] - line.trend[i]) / model.y_scale;

        CHECK_NEAR(curve.trend_lower[i], 20 + (280 + (double)i) / (1 + exp(-u - lower)), 1e-9);
        CHECK_NEAR(curve.trend_upper[i], 20 + (280 + (double)i) / (1 + exp(-u - upper)), 1e-9);
        CHECK(curve.yhat_lower[i] <= curve.yhat[i] && curve.yhat[i] <= curve.yhat_upper[i]);
        CHECK(curve.trend_lower[i] >= 20 && curve.trend_upper[i] <= 300 + (double)i);
    }
    unit_env_free(env);
}

/* The paths themselves have the bounds as their quantiles. */
static void
test_samples(void)
{
    enum { N = 4000, ROWS = 60 };
    Env *env = unit_env();
    ProphetModel model = made_up_model(env);
    ProphetForecast out = forecast(env, &model, ROWS, N);
    double *y = ENV_NEW(env, (size_t)N * ROWS, double), *column = ENV_NEW(env, N, double), again[ROWS];
    ProphetSamples *samples;
    double correlation = 0;

    CHECK_STATUS(prophet_samples_new(env, &model, &out, 42, &samples, NULL), STATUS_SUCCESS);
    for (size_t s = 0; s < N; s++)
        CHECK_STATUS(prophet_samples_next(env, samples, y + s * ROWS, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_samples_new(env, &model, &out, 42, &samples, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_samples_next(env, samples, again, NULL), STATUS_SUCCESS);
    CHECK(memcmp(again, y, sizeof(again)) == 0);
    for (size_t i = 0; i < ROWS; i += 7) {
        double lower, upper, width = out.yhat_upper[i] - out.yhat_lower[i];

        for (size_t s = 0; s < N; s++)
            column[s] = y[s * ROWS + i];
        stats_quantile_pair(column, N, 0.1, 0.9, &lower, &upper);
        CHECK(fabs(lower - out.yhat_lower[i]) < 0.06 * width);
        CHECK(fabs(upper - out.yhat_upper[i]) < 0.06 * width);
    }
    for (size_t s = 0; s < N; s++) /* the noise of two rows is independent, of the early ones nearly alone */
        correlation += (y[s * ROWS] - out.yhat[0]) * (y[s * ROWS + 1] - out.yhat[1]) /
                       (model.sigma * model.sigma * model.y_scale * model.y_scale * N);
    CHECK(fabs(correlation) < 0.06);
    unit_env_free(env);
}

static const ProphetTotalOptions usual = {.every = 30, .interval_width = 0.8, .n_samples = 1000, .seed = 42};

static const ProphetTotal *
total_of(Env *env, const ProphetModel *models, size_t n_models, size_t horizon, ProphetTotalOptions options)
{
    const ProphetTotal *total = NULL;
    ProphetTotals *totals;
    size_t n = 0;

    for (size_t i = 0; i < n_models; i++) {
        ProphetForecast out = forecast(env, &models[i], horizon, 0);

        if (i == 0)
            CHECK_STATUS(prophet_totals_new(env, out.ds, horizon, n_models, &options, &totals, NULL),
                         STATUS_SUCCESS);
        CHECK_STATUS(prophet_totals_add(env, totals, &models[i], &out, NULL), STATUS_SUCCESS);
    }
    CHECK_STATUS(prophet_totals_finish(env, totals, &total, &n, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n, (horizon + options.every - 1) / options.every);
    return total;
}

static double
half_width(const ProphetTotal *total)
{
    return (total->yhat_upper - total->yhat_lower) / 2;
}

/* Without changepoints nothing but the noise is random: variances add up over rows and models. */
static void
test_closed_form(void)
{
    Env *env = unit_env();
    Rng rng;
    ProphetModel models[3];
    const ProphetTotal *total;
    ProphetTotalOptions options = usual;
    double variance = 0, yhat = 0;

    rng_init(&rng, 23, 0);
    for (int i = 0; i < 3; i++) {
        models[i] = made_up_model(env);
        models[i].n_changepoints = 0;
        models[i].content = (uint64_t)i;
        models[i].sigma = 0.05 * (i + 1);
        variance += 30 * pow(models[i].sigma * models[i].y_scale, 2);
    }
    models[2].content = 1; /* equal series are independent too */
    total = total_of(env, models, 3, 30, options);
    for (int i = 0; i < 3; i++) {
        ProphetForecast out = forecast(env, &models[i], 30, 0);

        for (int j = 0; j < 30; j++)
            yhat += out.yhat[j];
    }
    CHECK_NEAR(total->yhat, yhat, 1e-12);
    CHECK_NEAR(half_width(total), Z80 * sqrt(variance), 1e-12);
    CHECK_EQUAL(total->from, 200 * DAY);
    CHECK_EQUAL(total->to, 229 * DAY);
    options.every = 7;
    total = total_of(env, models, 1, 30, options);
    CHECK_NEAR(half_width(&total[3]), Z80 * sqrt(7) * models[0].sigma * models[0].y_scale, 1e-12);
    CHECK_NEAR(half_width(&total[4]), Z80 * sqrt(2) * models[0].sigma * models[0].y_scale, 1e-12);
    CHECK_EQUAL(total[4].from, 228 * DAY);
    CHECK_EQUAL(total[4].to, 229 * DAY);
    options.n_samples = 0;
    total = total_of(env, models, 1, 30, options);
    CHECK(isnan(total->yhat_lower) && isnan(total->yhat_upper) && isfinite(total->yhat));
    unit_env_free(env);
}

static void
test_totals(void)
{
    enum { N = 5000, ROWS = 60 };
    Env *env = unit_env();
    ProphetModel model = made_up_model(env), twins[2] = {model, model};
    ProphetForecast out = forecast(env, &model, ROWS, N);
    ProphetTotalOptions options = usual;
    ProphetSamples *samples;
    const ProphetTotal *total, *twin;
    double sums[N], positive[N], shuffled[N], y[ROWS], lower, upper;

    options.every = 1;
    options.n_samples = N;
    total = total_of(env, &model, 1, ROWS, options);
    for (size_t i = 0; i < ROWS; i++) { /* one row: the bounds of the forecast */
        CHECK_NEAR(total[i].yhat, out.yhat[i], 0);
        CHECK_NEAR(total[i].yhat_lower, out.yhat_lower[i], 1e-12);
        CHECK_NEAR(total[i].yhat_upper, out.yhat_upper[i], 1e-12);
    }
    CHECK_STATUS(prophet_samples_new(env, &model, &out, 42, &samples, NULL), STATUS_SUCCESS);
    for (size_t s = 0; s < N; s++) {
        CHECK_STATUS(prophet_samples_next(env, samples, y, NULL), STATUS_SUCCESS);
        sums[s] = positive[s] = 0;
        for (size_t i = 0; i < ROWS; i++) {
            sums[s] += y[i];
            positive[s] += fmax(0, y[i]);
        }
    }
    options.every = ROWS;
    total = total_of(env, &model, 1, ROWS, options);
    memcpy(shuffled, sums, sizeof(sums));
    stats_quantile_pair(shuffled, N, 0.1, 0.9, &lower, &upper);
    CHECK(fabs(lower - total->yhat_lower) < 0.02 * 2 * half_width(total));
    CHECK(fabs(upper - total->yhat_upper) < 0.02 * 2 * half_width(total));
    /* Twins do not move together: their sum is that of two different samples. */
    options.interval_width = 0.98;
    total = total_of(env, &model, 1, ROWS, options);
    twin = total_of(env, twins, 2, ROWS, options);
    for (size_t s = 0; s < N; s++)
        shuffled[s] = sums[s] + sums[(s + N / 2) % N];
    stats_quantile_pair(shuffled, N, 0.01, 0.99, &lower, &upper);
    CHECK(fabs((upper - lower) / (2 * half_width(twin)) - 1) < 0.08);
    CHECK(half_width(twin) < 1.6 * half_width(total));
    options.interval_width = usual.interval_width;
    options.non_negative = true; /* the very paths, cut off */
    total = total_of(env, &model, 1, ROWS, options);
    stats_quantile_pair(positive, N, 0.1, 0.9, &lower, &upper);
    CHECK_NEAR(total->yhat_lower, fmin(lower, total->yhat), 1e-12);
    CHECK_NEAR(total->yhat_upper, fmax(upper, total->yhat), 1e-12);
    unit_env_free(env);
}

/* A series near zero: no bound below it, and the point inside the band. */
static void
test_non_negative(void)
{
    Env *env = unit_env();
    ProphetModel model = made_up_model(env);
    ProphetTotalOptions options = usual;
    const ProphetTotal *total;

    model.k = 0;
    model.m = -0.05;
    memset(model.delta, 0, 3 * sizeof(double));
    memset(model.beta, 0, model.n_columns * sizeof(double));
    model.sigma = 0.2;
    options.non_negative = true;
    for (options.every = 1; options.every <= 30; options.every += 29) {
        total = total_of(env, &model, 1, 30, options);
        CHECK(total->yhat == 0 && total->yhat_lower == 0 && total->yhat_upper > 0);
    }
    unit_env_free(env);
}

static Status
whole_life(Env *env)
{
    ProphetTotalOptions options = usual;
    ProphetOptions fit_options;
    ProphetForecast out;
    ProphetModel model;
    ProphetSamples *samples;
    ProphetTotals *totals;
    const ProphetTotal *total;
    SeriesCell rows[80];
    Series series;
    int64_t *ds;
    double y[20];
    size_t n;

    for (int i = 0; i < 40; i++) {
        rows[2 * i].ds = i * DAY;
        rows[2 * i + 1].number = i % 5 + (i > 20 ? i : 0);
    }
    prophet_options_init(&fit_options);
    RETURN_IF_FAILED(series_from_rows(env, rows, 40, 0, &series, NULL));
    RETURN_IF_FAILED(prophet_fit(env, &series, &fit_options, &model, NULL));
    RETURN_IF_FAILED(prophet_future(env, &series, (ProphetStep){.micros = DAY}, 20, &ds, NULL));
    RETURN_IF_FAILED(prophet_predict(env, &model, &(Series){.n = 20, .ds = ds}, &out, NULL));
    RETURN_IF_FAILED(prophet_samples_new(env, &model, &out, 1, &samples, NULL));
    RETURN_IF_FAILED(prophet_samples_next(env, samples, y, NULL));
    RETURN_IF_FAILED(prophet_totals_new(env, ds, 20, 1, &options, &totals, NULL));
    RETURN_IF_FAILED(prophet_totals_add(env, totals, &model, &out, NULL));
    return prophet_totals_finish(env, totals, &total, &n, NULL);
}

static void
test_failures(void)
{
    Env *env = unit_env();
    ProphetModel model = made_up_model(env);
    ProphetForecast out = forecast(env, &model, 5, 0);
    ProphetTotalOptions options = usual;
    ProphetTotals *totals;
    size_t n;

    CHECK_STATUS(prophet_totals_new(env, out.ds, 4, 1, &options, &totals, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_totals_add(env, totals, &model, &out, NULL), STATUS_BAD_VALUE);
    options.every = 1;
    options.n_samples = (size_t)1 << 23;
    CHECK_STATUS(prophet_totals_new(env, out.ds, 4, 1, &options, &totals, NULL), STATUS_TOO_BIG);
    unit_env_free(env);
    env = unit_env();
    CHECK_STATUS(whole_life(env), STATUS_SUCCESS);
    n = unit_env_allocations(env);
    unit_env_free(env);
    for (size_t i = 1; i <= n; i++) {
        env = unit_env_failing(i);
        CHECK_STATUS(whole_life(env), STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
    for (n = 1;; n++) {
        Status status;

        env = unit_env_cancelling(n);
        status = whole_life(env);
        unit_env_free(env);
        if (status == STATUS_SUCCESS)
            break;
        CHECK_STATUS(status, STATUS_CANCELLED);
    }
    CHECK(n > 20);
}

int
main(void)
{
    unit_begin("prophet_paths");
    test_mixture();
    test_departure();
    test_paths_are_functions();
    test_logistic();
    test_samples();
    test_closed_form();
    test_totals();
    test_non_negative();
    test_failures();
    return unit_end();
}
