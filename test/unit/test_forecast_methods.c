/*
 * The single methods of forecast/ against other programs and closed forms.
 *
 * Provenance: test/oracle/forecast (generated series) and fixtures/forecast (skipped where absent): naive,
 * snaive, rwf with drift, croston, thetaf by R's forecast 8.20; theta_*.csv of the latter by an independent
 * search with numpy and scipy. The autoregressions are held against series that they must continue exactly:
 * sums of waves and recursions without noise; test_forecast_peer.c holds them against least squares.
 */
#include "forecast/forecast_internal.h"
#include "forecast/methods.h"
#include "forecast_fixture.h"
#include "kit/rng.h"

#define MOST_AHEAD 60
#define Z80        1.2815515655446004

static FixtureAll all;

static ForecastMethod
method_named(const char *name)
{
    ForecastMethod method = 0;

    while (forecast_method_name(method) != NULL && strcmp(forecast_method_name(method), name) != 0)
        method++;
    return method;
}

static bool
run(const char *name, const double *y, size_t n, size_t season, size_t long_season, size_t h, double *mean,
    double *sd)
{
    Train train = {.y = y, .n = n, .season = season, .long_season = long_season};
    Ahead ahead = {h, mean, sd};
    Env *env = unit_env();
    bool usable = false;

    CHECK_STATUS(method_run(env, method_named(name), &train, NULL, &ahead, &usable, NULL), STATUS_SUCCESS);
    unit_env_free(env);
    return usable;
}

/* All series of one call of R; bands too where it has them and sd_tolerance > 0. */
static void
check_call(const char *call, const char *method, bool seasonal, double tolerance, double sd_tolerance)
{
    size_t n_series = 0;

    for (size_t i = 0; i < all.n; i++) {
        const FixtureSeries *s = &all.series[i];
        double mean[MOST_AHEAD], low[MOST_AHEAD], high[MOST_AHEAD], got[MOST_AHEAD], sd[MOST_AHEAD], size = 0;
        size_t h = fixture_forecast(s->name, call, mean, low, high, MOST_AHEAD);

        /* R divides by Saturdays without sales there. */
        if (h == 0 || (strcmp(call, "thetaf") == 0 && strcmp(s->name, "shop_revenue") == 0))
            continue;
        n_series++;
        for (size_t t = 0; t < s->n; t++)
            size += fabs(s->y[t]) / (double)s->n;
        CHECK(run(method, s->y, s->n, seasonal ? s->m : 1, 0, h, got, sd));
        for (size_t k = 0; k < h; k++) {
            unit_check(fabs(got[k] - mean[k]) <= tolerance * size, __FILE__, __LINE__,
                       "%s %s step %zu: %.9g, R %.9g", s->name, call, k + 1, got[k], mean[k]);
            if (sd_tolerance > 0 && !isnan(low[k]))
                unit_check(fabs(2 * Z80 * sd[k] / (high[k] - low[k]) - 1) <= sd_tolerance, __FILE__, __LINE__,
                           "%s %s step %zu: half width %.9g, R %.9g", s->name, call, k + 1, Z80 * sd[k],
                           (high[k] - low[k]) / 2);
        }
    }
    unit_check(n_series > 0, __FILE__, __LINE__, "no fixture of %s", call);
}

/* An independent search: its optimum is not beaten by more than it is missed, and its parameters give its
 * forecasts. */
static void
test_theta_models(void)
{
    Fixture f, forecasts;

    fixture_open("theta_models.csv", &f);
    while (fixture_next(&f)) {
        const FixtureSeries *s = fixture_find(&all, fixture_get(&f, "series"));
        const char *method = fixture_get(&f, "method");
        double mean[MOST_AHEAD], got[MOST_AHEAD], sse = fixture_number(&f, "sse");
        ThetaFit given = {.dynamic = strcmp(method, "dotm") == 0}, ours;
        Env *env = unit_env();
        Seasonal seasonal;
        const double *x = s->y;
        double *adjusted;
        size_t h = 0;
        bool has_season = strcmp(fixture_get(&f, "seasonal"), "True") == 0;

        CHECK_EQUAL(season_test(s->y, s->n, s->m) && strncmp(s->name, "shop", 4) != 0, has_season);
        if (has_season) {
            CHECK_STATUS(season_decompose(env, s->y, s->n, s->m, true, &seasonal, NULL), STATUS_SUCCESS);
            CHECK_STATUS(season_adjust(env, s->y, s->n, &seasonal, &adjusted, NULL), STATUS_SUCCESS);
            x = adjusted;
        }
        given.l0 = fixture_number(&f, "l0");
        given.alpha = fixture_number(&f, "alpha");
        given.w = 1 - 1 / fixture_number(&f, "theta");
        fixture_open("theta_forecasts.csv", &forecasts);
        while (fixture_next(&forecasts) && h < MOST_AHEAD)
            if (strcmp(fixture_get(&forecasts, "series"), s->name) == 0 &&
                strcmp(fixture_get(&forecasts, "method"), method) == 0)
                mean[h++] = fixture_number(&forecasts, "mean");
        fclose(forecasts.file);
        CHECK_NEAR(theta_run(&given, x, s->n, got, h) / sse, 1, 1e-8);
        for (size_t i = 0; i < h; i++)
            CHECK_NEAR((has_season ? season_restore(&seasonal, got[i], s->n + i) : got[i]) / mean[i], 1,
                       1e-9);
        ours = theta_fit(x, s->n, given.dynamic);
        unit_check(ours.sse <= sse * (1 + 1e-4), __FILE__, __LINE__,
                   "%s %s: sum of squares %.9g, independent search %.9g", s->name, method, ours.sse, sse);
        unit_env_free(env);
    }
    fclose(f.file);
}

/* R's alpha is not quite ours, nor therefore the errors. */
static void
check_band(const FixtureSeries *s, const double *low, const double *high, size_t h)
{
    double got[MOST_AHEAD], sd[MOST_AHEAD];

    CHECK(run("theta_standard", s->y, s->n, s->m, 0, h, got, sd));
    for (size_t i = 0; i < h; i++)
        CHECK_NEAR(2 * Z80 * sd[i] / (high[i] - low[i]), 1, 0.01);
}

/* R's thetaf by its own alpha and drift, and its level after them. */
static void
test_standard_theta(void)
{
    size_t n = 0;
    Fixture f;

    fixture_open("models.csv", &f);
    while (fixture_next(&f)) {
        const FixtureSeries *s = fixture_find(&all, fixture_get(&f, "series"));
        double mean[MOST_AHEAD], low[MOST_AHEAD], high[MOST_AHEAD], alpha, drift, l;
        size_t h = fixture_forecast(fixture_get(&f, "series"), "thetaf", mean, low, high, MOST_AHEAD);

        /* Without a season R's numbers are those of the plain formula. */
        if (strcmp(fixture_get(&f, "call"), "thetaf") != 0 || season_test(s->y, s->n, s->m) || h == 0)
            continue;
        alpha = fixture_number(&f, "alpha");
        drift = fixture_number(&f, "beta");
        l = mean[0] - drift * (1 - pow(1 - alpha, (double)s->n)) / alpha;
        for (size_t i = 0; i < h; i++) {
            SesFit fit = {.alpha = alpha, .level = l, .drift = drift};

            CHECK_NEAR(ses_drift_ahead(&fit, s->n, i + 1) / mean[i], 1, 1e-9);
        }
        CHECK_NEAR(ses_fit(s->y, s->n).drift / drift, 1, 1e-9);
        check_band(s, low, high, h);
        n++;
    }
    fclose(f.file);
    CHECK(n > 3);
}

static void
test_against_r(const char *folder)
{
    fixture_folder = folder;
    fixture_series(&all);
    check_call("naive", "naive", false, 1e-12, 1e-9);
    check_call("snaive", "seasonal_naive", true, 1e-12, 1e-9);
    check_call("rwf_drift", "drift", false, 1e-12, 1e-9);
    check_call("croston", "croston", false, 1e-9, 0);
    check_call("thetaf", "theta_standard", true, 0.005, 0);
    test_standard_theta();
}

/* Waves obey a linear recursion, so that an autoregression without noise continues them for ever. */
static void
test_waves(void)
{
    double y[1200], mean[48], sd[48];

    for (size_t t = 0; t < 1200; t++)
        y[t] = 50 + 10 * sin(2 * M_PI * (double)t / 24) + 3 * cos(2 * M_PI * (double)t / 168 + 1);
    CHECK(run("ar", y, 1000, 24, 168, 48, mean, sd));
    for (size_t i = 0; i < 48; i++) {
        CHECK_NEAR(mean[i], y[1000 + i], 1e-5);
        CHECK(sd[i] < 1e-3);
    }
    CHECK(run("ar_long_diff", y, 1000, 24, 168, 48, mean, sd));
    for (size_t i = 0; i < 48; i++)
        CHECK_NEAR(mean[i], y[1000 + i], 1e-5);
    for (size_t t = 0; t < 1200; t++)
        y[t] = exp(y[t] / 20);
    CHECK(run("ar_log", y, 1000, 24, 168, 48, mean, sd));
    for (size_t i = 0; i < 48; i++)
        CHECK_NEAR(mean[i], y[1000 + i], 1e-4);
    y[3] = 0;
    CHECK(!run("ar_log", y, 1000, 24, 168, 48, mean, sd));
    CHECK(!run("ar_long_diff", y, 170, 24, 168, 48, mean, sd));
    CHECK(!run("ar_diff_long", y, 1000, 24, 0, 48, mean, sd));
}

/* y[t] = 0.6 y[t-1] + e, many values: OLS finds .6, and the spread that follows from it. */
static void
test_ar_spread(void)
{
    static double y[20000];
    double mean[10], sd[10];
    Rng rng;

    rng_init(&rng, 5, 0);
    for (size_t t = 0; t < 20000; t++)
        y[t] = 7 + (t > 0 ? 0.6 * (y[t - 1] - 7) : 0) + rng_normal(&rng);
    CHECK(run("ar_short", y, 20000, 1, 0, 10, mean, sd));
    CHECK_NEAR(sd[0], 1, 0.03);
    CHECK_NEAR(sd[1], sqrt(1 + 0.6 * 0.6), 0.03);
    CHECK_NEAR(sd[9], sqrt(1 / (1 - 0.6 * 0.6)), 0.04);
    CHECK_NEAR(mean[0], 7 + 0.6 * (y[19999] - 7), 0.02);
    CHECK_NEAR(mean[9], 7, 0.01);
}

/* Growth that the lags of a season carry on without end: fewer lags, or differences, are taken then. */
static void
test_ar_explosion(void)
{
    double y[70], mean[28], sd[28];

    for (uint64_t seed = 0; seed < 50; seed++) {
        double level = 0, largest = 0;
        Rng rng;

        rng_init(&rng, seed, 0);
        for (size_t t = 0; t < 70; t++) {
            double e = rng_normal(&rng);

            level += e;
            y[t] = seed % 2 == 0 ? level : exp(0.05 * (double)t) * ((double)(t % 7) + 1 + 0.1 * e);
            largest = fmax(largest, fabs(y[t]));
        }
        CHECK(run("ar", y, 70, 7, 0, 28, mean, sd));
        for (size_t i = 0; i < 28; i++)
            CHECK(fabs(mean[i]) <= 6 * largest && sd[i] > 0);
    }
}

static void
test_averages(void)
{
    static const double y[] = {1, 10, 2, 20, 3, 30, 4, 40, 100, 0};
    double mean[4], sd[4];

    CHECK(run("seasonal_mean", y, 10, 2, 0, 4, mean, sd));
    CHECK_NEAR(mean[0], (100 + 4 + 3 + 2) / 4.0, 1e-12);
    CHECK_NEAR(mean[1], (0 + 40 + 30 + 20) / 4.0, 1e-12);
    CHECK_NEAR(mean[2], mean[0], 0);
    CHECK(run("seasonal_median", y, 10, 2, 0, 4, mean, sd));
    CHECK_NEAR(mean[0], 3.5, 1e-12);
    CHECK_NEAR(mean[3], 25, 1e-12);
    CHECK(run("seasonal_median_8", y, 10, 2, 0, 4, mean, sd));
    CHECK_NEAR(mean[0], 3, 1e-12);
    CHECK(!run("seasonal_mean", y, 3, 2, 0, 4, mean, sd));
    CHECK(!run("seasonal_naive", y, 3, 4, 0, 4, mean, sd));
    CHECK(!run("drift", y, 1, 1, 0, 4, mean, sd));
}

/* Worked by hand from the definitions: demands 5, 3 at positions 2 and 5 of 6. */
static void
test_intermittent(void)
{
    static const double y[] = {0, 5, 0, 0, 3, 0}, zeros[8] = {0};
    double size = 5 + 0.1 * (3 - 5), gap = 2 + 0.1 * (3 - 2), mean[2], sd[2], chance = 2 / 6.0;

    CHECK(run("croston", y, 6, 1, 0, 2, mean, sd));
    CHECK_NEAR(mean[1], size / gap, 1e-12);
    CHECK(run("sba", y, 6, 1, 0, 2, mean, sd));
    CHECK_NEAR(mean[1], 0.95 * size / gap, 1e-12);
    for (int t = 0; t < 6; t++)
        chance += 0.1 * ((y[t] != 0) - chance);
    size = 4 + 0.1 * (5 - 4);
    size += 0.1 * (3 - size);
    CHECK(run("tsb", y, 6, 1, 0, 2, mean, sd));
    CHECK_NEAR(mean[0], size * chance, 1e-12);
    CHECK(run("croston", zeros, 8, 1, 0, 2, mean, sd));
    CHECK_NEAR(mean[0], 0, 0);
    CHECK(run("tsb", zeros, 8, 1, 0, 2, mean, sd));
    CHECK_NEAR(mean[0], 0, 0);
}

/* A pure season is found and taken out whole; the double season is continued. */
static void
test_seasons(void)
{
    double y[24 * 21 + 48], mean[48], sd[48];
    Env *env = unit_env();
    Seasonal s;

    for (size_t t = 0; t < 24 * 21 + 48; t++)
        y[t] = (5 + (double)(t % 7 == 3)) * (10 + 4 * sin(2 * M_PI * (double)t / 7));
    CHECK(season_test(y, 70, 7));
    CHECK(!season_test(y, 14, 7));
    CHECK_STATUS(season_decompose(env, y, 70, 7, true, &s, NULL), STATUS_SUCCESS);
    CHECK(s.multiplicative);
    for (size_t t = 7; t < 70; t++)
        CHECK_NEAR(season_remove(&s, y[t], t), season_remove(&s, y[0], 0), 1e-9);
    CHECK_NEAR(season_restore(&s, season_remove(&s, 12, 5), 5), 12, 1e-12);
    y[9] = 0;
    CHECK_STATUS(season_decompose(env, y, 70, 7, true, &s, NULL), STATUS_SUCCESS);
    CHECK(!s.multiplicative);
    for (size_t t = 0; t < 24 * 21 + 48; t++)
        y[t] = 100 + 20 * sin(2 * M_PI * (double)t / 24) * (t / 24 % 7 < 5 ? 1 : 0.4);
    CHECK(run("two_seasons", y, 24 * 21, 24, 168, 48, mean, sd));
    for (size_t i = 0; i < 48; i++)
        CHECK_NEAR(mean[i], y[24 * 21 + i], 0.02);
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("forecast_methods");
    test_waves();
    test_ar_spread();
    test_ar_explosion();
    test_averages();
    test_intermittent();
    test_seasons();
    test_against_r(ORACLE_FOLDER);
    if (unit_fixtures() == NULL) {
        printf("skipped: other programs' forecasts of known series need BI_ML_FIXTURES\n");
    } else {
        test_against_r(NULL);
        test_theta_models();
    }
    return unit_end();
}
