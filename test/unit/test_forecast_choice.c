/*
 * The backtest that chooses: ensemble, choice and band by hand, nothing seen before its time, and when the
 * band is the method's own.
 *
 * Provenance: numbers worked out beside each check from the rules of doc/forecast.md.
 */
#include "forecast/choice.h"
#include "forecast_sample.h"

enum { ORIGINS = 3, HORIZON = 2, CANDIDATES = 2 };

/* Two candidates: errors 1 and 2 at the first origin, 2 and 1 at the second, 0 and 4 at the third. */
static void
small_backtest(Backtest *b, double *cells)
{
    static const double errors[CANDIDATES][ORIGINS] = {{1, 2, 0}, {2, 1, 4}};
    static bool closed[ORIGINS * HORIZON];

    *b = (Backtest){.n_origins = ORIGINS, .horizon = HORIZON, .n_candidates = CANDIDATES};
    b->actual = cells;
    b->ensemble = cells + ORIGINS * HORIZON;
    b->closed = closed;
    for (size_t c = 0; c < CANDIDATES; c++) {
        double sum = 0;

        b->forecast[c] = cells + (2 + c) * ORIGINS * HORIZON;
        for (size_t i = 0; i < ORIGINS * HORIZON; i++) {
            double e = errors[c][i / HORIZON];

            b->actual[i] = 10;
            b->forecast[c][i] = 10 + (i % 2 == 0 ? e : -e);
            sum += e;
        }
        b->mae[c] = sum / (ORIGINS * HORIZON);
    }
}

/* Weights of each origin come from those before it alone: equal; 1 and 1/16; (1.5)^-4 each; for the future 1
 * and 7/3. */
static void
test_combine(void)
{
    double cells[4 * ORIGINS * HORIZON], ratio = pow(3.0 / 7, 4), e;
    Backtest b;

    small_backtest(&b, cells);
    backtest_combine(&b);
    CHECK_NEAR(b.ensemble[0], 10 + 0.5 * (1 + 2), 1e-15);
    CHECK_NEAR(b.ensemble[1], 10 - 0.5 * (1 + 2), 1e-15);
    CHECK_NEAR(b.ensemble[2], 10 + (2 + 1 / 16.0) / (1 + 1 / 16.0), 1e-15);
    CHECK_NEAR(b.ensemble[4], 10 + 0.5 * (0 + 4), 1e-15);
    CHECK_NEAR(b.weight[0], 1 / (1 + ratio), 1e-15);
    CHECK_NEAR(b.weight[1], ratio / (1 + ratio), 1e-15);
    e = (1.5 + (2 + 1 / 16.0) / (1 + 1 / 16.0) + 2) / 3;
    CHECK_NEAR(b.ensemble_mae, e, 1e-15);
    /* What the last origin brings changes no ensemble before it, nor at it. */
    b.forecast[0][4] = b.forecast[0][5] = -1000;
    b.ensemble[0] = b.ensemble[2] = 0;
    backtest_combine(&b);
    CHECK_NEAR(b.ensemble[0], 11.5, 1e-15);
    CHECK_NEAR(b.ensemble[2], 10 + (2 + 1 / 16.0) / (1 + 1 / 16.0), 1e-15);
    CHECK_NEAR(b.ensemble[4], 0.5 * (-1000 + 14), 1e-12);
}

static void
check_choice(double naive, double other, double ensemble, size_t want)
{
    Backtest b = {.n_candidates = 2, .mae = {naive, other}, .ensemble_mae = ensemble};
    const char *reason = NULL;

    CHECK_EQUAL(backtest_choose(&b, &reason), want);
    CHECK(reason != NULL);
}

/* 2 is the ensemble. */
static void
test_rule(void)
{
    check_choice(10, 9, 9.3, 2);    /* 9 is not below .95 of 9.3 = 8.835 */
    check_choice(10, 8.8, 9.3, 1);  /* it is */
    check_choice(8.8, 9, 9.3, 0);   /* seasonal naive itself is clearly best */
    check_choice(9, 9.2, 9.3, 0);   /* nothing is, and it is no worse than the ensemble */
    check_choice(9.3, 9.2, 9.3, 0); /* a tie is seasonal naive's */
    check_choice(9, NAN, 9, 0);
    check_choice(0, 0, 0, 0);
    check_choice(10, NAN, 9.9, 2);
}

/* Errors in units of their mean around each step; type 7 quantile of all; inflation over the root of the
 * origins. */
static void
test_band(void)
{
    double cells[4 * ORIGINS * HORIZON], half[HORIZON];
    Env *env = unit_env();
    size_t n_origins;
    Backtest b;

    small_backtest(&b, cells);
    /* Both steps lie within one of each other: the mean is 14 / 6; ratios 6/7 6/7 3/7 3/7 12/7 12/7, the
     * median 6/7. */
    CHECK_STATUS(backtest_band(env, &b, b.forecast[1], 0.5, 0.3, half, &n_origins, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n_origins, ORIGINS);
    CHECK_NEAR(half[0], 7 / 3.0 * (6 / 7.0) * (1 + 0.3 / sqrt(3)), 1e-14);
    CHECK_NEAR(half[1], half[0], 0);
    /* .8 of five gaps is the fourth: between 12/7 and 12/7 */
    CHECK_STATUS(backtest_band(env, &b, b.forecast[1], 0.8, 0, half, &n_origins, NULL), STATUS_SUCCESS);
    CHECK_NEAR(half[0], 4, 1e-14);
    /* Closed days and unknown values say nothing. */
    b.closed[4] = b.closed[5] = true;
    b.actual[3] = NAN;
    CHECK_STATUS(backtest_band(env, &b, b.forecast[1], 0.5, 0, half, &n_origins, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n_origins, 2);
    CHECK_NEAR(half[0], 2, 1e-14); /* errors 2 2 1 */
    unit_env_free(env);
}

typedef struct Past {
    Backtest backtest;
    size_t n_cells;
} Past;

/* The backtest of all candidates of a shop's days, whose values from `from` on are others. */
static Past
past_of(Env *env, size_t n, size_t from)
{
    ForecastOptions options = options_for(7);
    double *y = ENV_NEW(env, n, double);
    Past past = {0};
    CellGrid grid;
    Series series;
    View view;
    Rng rng;

    rng_init(&rng, 61, 0);
    shop_days(&rng, y, n, true);
    y[50] = 0;
    y[n / 2] = 5000;
    for (size_t t = from; t < n; t++)
        y[t] = t % 7 == 5 ? 0 : 300 + (double)(t * t % 17);
    series = even(env, 9000, DAY, y, n);
    options.clean_outliers = true;
    CHECK_STATUS(cell_grid_build(env, &series, &options, &grid, NULL), STATUS_SUCCESS);
    CHECK_STATUS(view_build(env, &grid, &options, n, 7, &view, NULL), STATUS_SUCCESS);
    backtest_plan(&grid, &view, n, &past.backtest);
    past.backtest.n_candidates = method_candidates(&view.train, past.backtest.methods);
    CHECK_STATUS(backtest_run(env, &grid, &options, &past.backtest, NULL), STATUS_SUCCESS);
    backtest_combine(&past.backtest);
    past.n_cells = past.backtest.n_origins * past.backtest.horizon;
    return past;
}

/* Whatever comes after an origin, its forecasts are the same, to the last bit. */
static void
test_no_leak(void)
{
    for (size_t k = 0; k < FORECAST_MAX_ORIGINS; k += 3) {
        Env *env = unit_env();
        Past as_was = past_of(env, 210, 210);
        size_t origin = as_was.backtest.origins[k];
        Past other = past_of(env, 210, origin);
        const Backtest *a = &as_was.backtest, *b = &other.backtest;
        size_t until = (k + 1) * a->horizon, n_same = 0;

        CHECK_EQUAL(a->n_origins, FORECAST_MAX_ORIGINS);
        CHECK_EQUAL(a->n_candidates, b->n_candidates);
        for (size_t c = 0; c < a->n_candidates; c++)
            for (size_t i = 0; i < until; i++)
                n_same += memcmp(&a->forecast[c][i], &b->forecast[c][i], sizeof(double)) == 0;
        CHECK_EQUAL(n_same, a->n_candidates * until);
        for (size_t i = 0; i < until; i++)
            CHECK(a->ensemble[i] == b->ensemble[i]);
        CHECK(k + 1 == a->n_origins || a->forecast[1][until] != b->forecast[1][until] ||
              a->forecast[1][until + 1] != b->forecast[1][until + 1]);
        unit_env_free(env);
    }
}

/* Days: the first origin needs 49 of them, the last stands 7 before the end, and ten of them need 9 weeks
 * more. */
static void
test_own_band(void)
{
    static const char *const methods[] = {"auto", "ensemble", "ets", "theta", "ar", "seasonal_naive"};
    double y[119];
    Rng rng;

    rng_init(&rng, 62, 0);
    shop_days(&rng, y, 119, false);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        ForecastOptions options = options_for(7);
        Env *env = unit_env();

        while (strcmp(forecast_method_name(options.method), methods[i]) != 0)
            options.method++;
        CHECK_EQUAL(forecast_even(env, y, 118, &options).rows[3].remark, FORECAST_OWN_BAND);
        CHECK_EQUAL(forecast_even(env, y, 119, &options).rows[3].remark, FORECAST_OK);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("forecast_choice");
    test_combine();
    test_rule();
    test_band();
    test_no_leak();
    test_own_band();
    return unit_end();
}
