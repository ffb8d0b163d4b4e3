/*
 * From a forecast to safety stock and order quantity.
 *
 * Provenance: test/oracle/reorder.csv, written by test/oracle/make_reorder_cases.py with scipy.
 */
#include "forecast/reorder.h"

#include "forecast_fixture.h"
#include "forecast_sample.h"

#define MOST_STEPS  60
#define MOST_TOTALS 60

/* A forecast of n days with bounds half[] below and above. */
static Series
forecast_of(Env *env, const double *yhat, const double *half, size_t n)
{
    Series s = even(env, 100, DAY, yhat, n);

    s.n_columns = 2;
    s.columns = ENV_NEW(env, 2, double *);
    for (size_t c = 0; c < 2; c++) {
        s.columns[c] = ENV_NEW(env, n, double);
        for (size_t i = 0; i < n; i++)
            s.columns[c][i] = yhat[i] + (c == 0 ? -half[i] : half[i]);
    }
    return s;
}

/* Errors at n cutoffs, of `steps` rows each, that add up to totals[]. */
static Series
errors_of(Env *env, const double *totals, size_t n, size_t steps)
{
    int64_t *ds = ENV_NEW(env, n * steps, int64_t);
    double *y = ENV_NEW(env, n * steps, double);

    for (size_t i = 0; i < n * steps; i++) {
        ds[i] = (int64_t)(i / steps) * DAY;
        y[i] = totals[i / steps] / (double)steps;
    }
    return series_of(env, ds, y, n * steps);
}

static void
check(const Fixture *f, const char *what, double got, const char *text)
{
    double want = strtod(text, NULL);

    unit_check(fabs(got - want) <= 1e-9 * fmax(1, fabs(want)), __FILE__, __LINE__, "%s: %s: %.12g, not %.12g",
               f->field[0], what, got, want);
}

static void
test_oracle(void)
{
    Fixture f = {.file = fopen("test/oracle/reorder.csv", "r")};
    size_t n_cases = 0;

    CHECK(fixture_next(&f));
    while (fixture_next(&f)) {
        double yhat[MOST_STEPS], half[MOST_STEPS], totals[MOST_TOTALS];
        ReorderOptions o;
        Env *env = unit_env();
        ReorderPoint p;
        Failure failure = {0};
        Series forecast, errors;
        size_t n = fixture_numbers(f.field[10], yhat, MOST_STEPS);
        size_t n_totals = fixture_numbers(f.field[12], totals, MOST_TOTALS);

        CHECK_EQUAL(fixture_numbers(f.field[11], half, MOST_STEPS), n);
        reorder_options_init(&o);
        o.lead_time = strtod(f.field[1], NULL);
        o.lead_time_sd = strtod(f.field[2], NULL);
        o.review_period = strtod(f.field[3], NULL);
        o.service_level = strtod(f.field[4], NULL);
        o.interval_width = strtod(f.field[5], NULL);
        o.on_hand = strtod(f.field[6], NULL);
        o.on_order = strtod(f.field[7], NULL);
        o.pack_size = strtod(f.field[8], NULL);
        o.min_order = strtod(f.field[9], NULL);
        forecast = forecast_of(env, yhat, half, n);
        errors = errors_of(env, totals, n_totals, (size_t)ceil(o.lead_time + o.review_period));
        unit_check(reorder_point(env, &forecast, &errors, &o, &p, &failure) == STATUS_SUCCESS, __FILE__,
                   __LINE__, "%s: %s", f.field[0], failure.message);
        check(&f, "demand", p.demand, f.field[13]);
        check(&f, "demand_sd", p.demand_sd, f.field[14]);
        check(&f, "safety_stock", p.safety_stock, f.field[15]);
        check(&f, "reorder_point", p.reorder_point, f.field[16]);
        check(&f, "order_quantity", p.order_quantity, f.field[17]);
        CHECK_TEXT(reorder_method_text(p.method), f.field[18]);
        n_cases++;
        unit_env_free(env);
    }
    CHECK_EQUAL(n_cases, 16);
    fclose(f.file);
}

/* The promise itself: stock lasts as often as asked for, in a simulated year of weeks. */
static void
test_service(void)
{
    static const double services[] = {0.8, 0.95, 0.98};
    double yhat[6], half[6];
    Rng rng;

    rng_init(&rng, 21, 0);
    for (size_t i = 0; i < 6; i++) {
        yhat[i] = 50;
        half[i] = 10 * 1.2815515655446004;
    }
    for (size_t k = 0; k < 3; k++) {
        ReorderOptions o;
        Env *env = unit_env();
        Series forecast = forecast_of(env, yhat, half, 6), none = {0};
        double lasted = 0;
        ReorderPoint p;
        Failure failure;

        reorder_options_init(&o);
        o.lead_time = 4;
        o.lead_time_sd = 0.5;
        o.service_level = services[k];
        CHECK_STATUS(reorder_point(env, &forecast, &none, &o, &p, &failure), STATUS_SUCCESS);
        for (int i = 0; i < 20000; i++) {
            double periods = 4 + 0.5 * rng_normal(&rng);

            lasted += 50 * periods + 10 * sqrt(fmax(periods, 0)) * rng_normal(&rng) <= p.reorder_point;
        }
        CHECK_NEAR(lasted / 20000, services[k], 0.01);
        unit_env_free(env);
    }
}

/* Whatever the numbers: finite, more service and more spread never less stock, quantities in packs. */
static void
test_properties(void)
{
    Rng rng;

    rng_init(&rng, 22, 0);
    for (int round = 0; round < 2000; round++) {
        double yhat[MOST_STEPS], half[MOST_STEPS], totals[MOST_TOTALS],
            scale = pow(10, (double)rng_below(&rng, 11) - 5);
        size_t n_totals = (size_t)rng_below(&rng, MOST_TOTALS), steps;
        Env *env = unit_env();
        Series forecast, errors;
        ReorderPoint p, q;
        ReorderOptions o;
        Failure failure;

        reorder_options_init(&o);
        o.lead_time = (double)rng_below(&rng, 20) / (rng_below(&rng, 2) == 0 ? 1 : 3) +
                      0.5 * (double)rng_below(&rng, 2);
        o.review_period = (double)rng_below(&rng, 20);
        o.lead_time_sd = rng_below(&rng, 2) == 0 ? 0 : 3 * rng_uniform(&rng);
        o.service_level = 0.5 + 0.4999 * rng_uniform(&rng);
        o.pack_size = 1 + (double)rng_below(&rng, 12);
        o.min_order = (double)rng_below(&rng, 50);
        o.on_hand = rng_below(&rng, 3) == 0 ? NAN : scale * 10 * rng_uniform(&rng);
        steps = (size_t)ceil(o.lead_time + o.review_period);
        for (size_t i = 0; i < MOST_STEPS; i++) {
            yhat[i] = scale * (double)rng_below(&rng, 20);
            half[i] = scale * rng_exponential(&rng);
            totals[i] = scale * 10 * rng_normal(&rng);
        }
        forecast = forecast_of(env, yhat, half, MOST_STEPS);
        errors = errors_of(env, totals, steps > 0 ? n_totals : 0, steps > 0 ? steps : 1);
        CHECK_STATUS(reorder_point(env, &forecast, &errors, &o, &p, &failure), STATUS_SUCCESS);
        CHECK(isfinite(p.reorder_point) && p.reorder_point >= 0 && p.demand >= 0 && p.demand_sd >= 0);
        CHECK_NEAR(p.safety_stock, p.reorder_point - p.demand, 1e-12);
        CHECK(isnan(p.order_quantity) == isnan(o.on_hand));
        if (p.order_quantity > 0) {
            CHECK(o.on_hand + p.order_quantity >= p.reorder_point * (1 - 1e-9));
            CHECK(p.order_quantity >= o.min_order * (1 - 1e-9));
            CHECK_NEAR(remainder(p.order_quantity, o.pack_size) / o.pack_size, 0, 1e-6);
        } else
            CHECK(!(o.on_hand < p.reorder_point));
        o.service_level = (1 + o.service_level) / 2;
        CHECK_STATUS(reorder_point(env, &forecast, &errors, &o, &q, &failure), STATUS_SUCCESS);
        CHECK(q.method != p.method || q.reorder_point >= p.reorder_point);
        unit_env_free(env);
    }
}

static void
test_errors(void)
{
    double yhat[] = {20, 20, 20}, half[] = {5, 5, 5}, totals[] = {1, -1, 2, -2, 0}, odd[] = {20, NAN, 20};
    Env *env = unit_env();
    Series forecast = forecast_of(env, yhat, half, 3), none = {0}, bare = even(env, 0, DAY, yhat, 3);
    Series errors = errors_of(env, totals, 5, 3), missing = forecast_of(env, odd, half, 3), twice, one_bound;
    int64_t same[] = {0, DAY, DAY};
    ReorderOptions o, bad;
    ReorderPoint p;
    Failure failure;

    reorder_options_init(&o);
    o.lead_time = 3;
    CHECK_STATUS(reorder_point(env, &forecast, &none, &o, &p, &failure), STATUS_SUCCESS);
    CHECK_STATUS(reorder_point(env, &bare, &errors, &o, &p, &failure), STATUS_SUCCESS);
    CHECK_STATUS(reorder_point(env, &bare, &none, &o, &p, &failure), STATUS_BAD_DATA);
    CHECK_STATUS(reorder_point(env, &missing, &none, &o, &p, &failure), STATUS_BAD_DATA);
    twice = series_of(env, same, yhat, 3);
    CHECK_STATUS(reorder_point(env, &twice, &errors, &o, &p, &failure), STATUS_BAD_DATA);
    one_bound = forecast;
    one_bound.n_columns = 1;
    CHECK_STATUS(reorder_point(env, &one_bound, &none, &o, &p, &failure), STATUS_BAD_SHAPE);
    bad = o;
    bad.lead_time = 4;
    CHECK_STATUS(reorder_point(env, &forecast, &none, &bad, &p, &failure), STATUS_BAD_DATA);
    bad.lead_time = 2;
    CHECK_STATUS(reorder_point(env, &forecast, &errors, &bad, &p, &failure), STATUS_BAD_DATA);
    bad.lead_time = -1;
    CHECK_STATUS(reorder_point(env, &forecast, &none, &bad, &p, &failure), STATUS_BAD_VALUE);
    bad = o;
    bad.service_level = 1;
    CHECK_STATUS(reorder_point(env, &forecast, &none, &bad, &p, &failure), STATUS_BAD_VALUE);
    bad = o;
    bad.pack_size = 0;
    CHECK_STATUS(reorder_point(env, &forecast, &none, &bad, &p, &failure), STATUS_BAD_VALUE);
    bad = o;
    bad.on_hand = INFINITY;
    CHECK_STATUS(reorder_point(env, &forecast, &none, &bad, &p, &failure), STATUS_BAD_VALUE);
    for (size_t i = 0; i < 3; i++)
        yhat[i] = 1e308;
    forecast = forecast_of(env, yhat, half, 3);
    CHECK_STATUS(reorder_point(env, &forecast, &none, &o, &p, &failure), STATUS_BAD_DATA);
    unit_env_free(env);
    env = unit_env_failing(1);
    CHECK_STATUS(reorder_point(env, &none, &none, &o, &p, &failure), STATUS_OUT_OF_MEMORY);
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("reorder");
    test_oracle();
    test_service();
    test_properties();
    test_errors();
    return unit_end();
}
