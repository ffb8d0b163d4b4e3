/*
 * Theta and the autoregressions against statsforecast and numpy, on generated series.
 *
 * Provenance: test/oracle/forecast, written by test/oracle/make_forecast_cases.py with statsforecast 2.1.1
 * (theta.csv), numpy 2.4.6 and statsmodels 0.15.0 (ar.csv). A recursion with given parameters has no freedom:
 * 1e-9. Of a search the sum of squares decides, at our own count of it: statsforecast leaves out another
 * number of first errors, and holds theta above 1 a little differently. Least squares have one solution; by
 * normal equations it is good to 1e-9 on these series.
 */
#include "forecast/forecast_internal.h"
#include "forecast/methods.h"
#include "forecast_fixture.h"

#define MOST_AHEAD 24

static FixtureAll all;

static void
test_theta(void)
{
    size_t n = 0;
    Fixture f;

    fixture_open("theta.csv", &f);
    while (fixture_next(&f)) {
        const FixtureSeries *s = fixture_find(&all, fixture_get(&f, "series"));
        ThetaFit theirs = {.dynamic = strcmp(fixture_get(&f, "model"), "dotm") == 0}, ours;
        double mean[MOST_AHEAD], got[MOST_AHEAD], sse;
        size_t h = fixture_numbers(fixture_get(&f, "forecast"), mean, MOST_AHEAD);

        theirs.l0 = fixture_number(&f, "l0");
        theirs.alpha = fixture_number(&f, "alpha");
        theirs.w = 1 - 1 / fixture_number(&f, "theta");
        sse = theta_run(&theirs, s->y, s->n, got, h);
        CHECK(h > 0);
        for (size_t i = 0; i < h; i++)
            CHECK_NEAR(got[i] / mean[i], 1, 1e-9);
        ours = theta_fit(s->y, s->n, theirs.dynamic);
        unit_check(ours.sse <= sse * (1 + 1e-4), __FILE__, __LINE__,
                   "%s %s: sum of squares %.9g, statsforecast %.9g", s->name, fixture_get(&f, "model"),
                   ours.sse, sse);
        n++;
    }
    fclose(f.file);
    CHECK_EQUAL(n, 10);
}

static ForecastMethod
method_named(const char *name)
{
    ForecastMethod method = 0;

    while (forecast_method_name(method) != NULL && strcmp(forecast_method_name(method), name) != 0)
        method++;
    return method;
}

static void
test_autoregression(void)
{
    size_t n = 0;
    Fixture f;

    fixture_open("ar.csv", &f);
    while (fixture_next(&f)) {
        const FixtureSeries *s = fixture_find(&all, fixture_get(&f, "series"));
        const char *method = fixture_get(&f, "method");
        double mean[MOST_AHEAD], sd[MOST_AHEAD], got[MOST_AHEAD], got_sd[MOST_AHEAD];
        size_t h = fixture_numbers(fixture_get(&f, "mean"), mean, MOST_AHEAD);
        Train train = {.y = s->y, .n = s->n, .season = (size_t)fixture_number(&f, "season")};
        Ahead ahead = {h, got, got_sd};
        Env *env = unit_env();
        bool usable = false;

        train.long_season = (size_t)fixture_number(&f, "long_season");
        CHECK_EQUAL(fixture_numbers(fixture_get(&f, "sd"), sd, MOST_AHEAD), h);
        CHECK_STATUS(method_run(env, method_named(method), &train, NULL, &ahead, &usable, NULL),
                     STATUS_SUCCESS);
        CHECK(usable && h > 0);
        for (size_t i = 0; usable && i < h; i++) {
            unit_check(fabs(got[i] / mean[i] - 1) <= 1e-9, __FILE__, __LINE__,
                       "%s %s step %zu: %.12g, least squares %.12g", s->name, method, i + 1, got[i], mean[i]);
            unit_check(fabs(got_sd[i] / sd[i] - 1) <= 1e-9, __FILE__, __LINE__,
                       "%s %s step %zu: spread %.12g, least squares %.12g", s->name, method, i + 1, got_sd[i],
                       sd[i]);
        }
        n++;
        unit_env_free(env);
    }
    fclose(f.file);
    CHECK_EQUAL(n, 11);
}

int
main(void)
{
    unit_begin("forecast_peer");
    fixture_folder = ORACLE_FOLDER;
    fixture_series(&all);
    test_theta();
    test_autoregression();
    return unit_end();
}
