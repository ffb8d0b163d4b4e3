/*
 * forecast/ under odd series, other units, wrong arguments, lack of memory and cancellation.
 */
#include "forecast_sample.h"

static void
check_rows(const ForecastResult *r, const ForecastOptions *options)
{
    for (size_t i = 0; i < r->n; i++) {
        const ForecastRow *row = &r->rows[i];

        CHECK(isfinite(row->yhat));
        CHECK(isnan(row->lower) ||
              (isfinite(row->upper - row->lower) && row->lower <= row->yhat && row->yhat <= row->upper));
        CHECK(row->yhat >= options->lower_limit && row->yhat <= options->upper_limit);
        CHECK(i == 0 || row->ds > r->rows[i - 1].ds);
    }
}

/* What the methods see: every step once, a value wherever one is used, as given where nothing is noted. */
static void
check_input(Env *env, const Series *series, const ForecastOptions *options)
{
    ForecastInput *rows;
    Failure failure;
    size_t n;

    CHECK_STATUS(forecast_input(env, series, options, &rows, &n, &failure), STATUS_SUCCESS);
    for (size_t t = 0; t < n; t++) {
        ForecastNote note = rows[t].note;
        bool at_end = note == FORECAST_NOTE_MISSING && isnan(rows[t].value);

        CHECK(t == 0 || rows[t].ds > rows[t - 1].ds);
        CHECK(isfinite(rows[t].value) || note == FORECAST_NOTE_CLOSED_WEEKDAY || at_end);
        CHECK(note != FORECAST_NOTE_NONE || rows[t].value == rows[t].y);
        CHECK(note != FORECAST_NOTE_OUTLIER || options->clean_outliers);
        CHECK(note != FORECAST_NOTE_CLOSED_DAY || rows[t].value > 0);
    }
    CHECK(rows[n - 1].ds == series->ds[series->n - 1]);
}

/* Every method on random series of every kind: finite, ordered, within limits, or an honest refusal. */
static void
test_fuzz(void)
{
    uint64_t n_methods = 0;
    Rng rng;

    while (forecast_method_name((ForecastMethod)n_methods) != NULL)
        n_methods++;
    rng_init(&rng, 77, 0);
    for (int round = 0; round < 120; round++) {
        static const int64_t steps[] = {DAY, DAY, DAY / 24, 7 * DAY, DAY / 96, 3 * DAY};
        size_t n = 1 + (size_t)rng_below(&rng, 260);
        double scale = pow(10, (double)rng_below(&rng, 13) - 6), y[260];
        ForecastOptions options = options_for(1 + (size_t)rng_below(&rng, 30));
        int kind = (int)rng_below(&rng, 6);
        Env *env = unit_env();
        ForecastResult r;
        Failure failure;
        Series series;
        Status status;

        for (size_t t = 0; t < n; t++) {
            double noise = rng_normal(&rng);

            y[t] = scale * (kind == 0   ? noise
                            : kind == 1 ? (double)(rng_below(&rng, 5) == 0) * 10
                            : kind == 2 ? exp(3 * noise)
                            : kind == 3 ? (double)t * (double)t + noise
                            : kind == 4 ? 1e3 + 1e-9 * noise
                                        : (t % 7 > 4 ? 0 : 100 + noise));
            if (rng_below(&rng, 30) == 0)
                y[t] = NAN;
        }
        y[0] = scale;
        series = even(env, 7000, steps[rng_below(&rng, 6)], y, n);
        options.method = (ForecastMethod)rng_below(&rng, n_methods);
        options.gaps = (ForecastGaps)rng_below(&rng, 3);
        options.clean_outliers = rng_below(&rng, 2) == 0;
        if (rng_below(&rng, 2) == 0)
            options.lower_limit = 0;
        if (rng_below(&rng, 3) == 0)
            options.upper_limit = scale * 5;
        check_input(env, &series, &options);
        status = forecast_run(env, &series, &options, &r, &failure);
        CHECK(status == STATUS_SUCCESS || (status == STATUS_BAD_DATA && options.method > 1));
        if (status == STATUS_SUCCESS)
            check_rows(&r, &options);
        unit_env_free(env);
    }
}

/* Units do not matter, to any method. */
static void
test_scale(void)
{
    for (ForecastMethod method = 0; forecast_method_name(method) != NULL; method++)
        for (int shut = 0; shut < 2; shut++) {
            ForecastOptions options = options_for(7);
            double y[150];
            Env *env = unit_env();
            Series series;
            ForecastResult a, b;
            Rng rng;

            rng_init(&rng, 8, 0);
            shop_days(&rng, y, 150, shut == 1);
            options.method = method;
            series = even(env, 9000, DAY, y, 150);
            if (forecast_run(env, &series, &options, &a, NULL) == STATUS_SUCCESS) {
                for (size_t t = 0; t < 150; t++)
                    y[t] *= 0x1p20;
                b = forecast_even(env, y, 150, &options);
                CHECK_EQUAL(a.method, b.method);
                for (size_t i = 0; i < 7; i++) {
                    CHECK_NEAR(b.rows[i].yhat / 0x1p20, a.rows[i].yhat, 1e-6);
                    CHECK_NEAR(b.rows[i].upper / 0x1p20, a.rows[i].upper, 1e-6);
                }
            }
            unit_env_free(env);
        }
}

static void
test_errors(void)
{
    double y[30], nothing[2] = {NAN, NAN};
    int64_t far[] = {0, CIVIL_SECOND, 800000 * DAY};
    ForecastOptions options = options_for(7);
    Env *env = unit_env();
    Failure failure;
    ForecastResult r;
    Series series;

    for (size_t t = 0; t < 30; t++)
        y[t] = (double)(t % 5);
    series = even(env, 0, DAY, nothing, 2);
    CHECK_STATUS(forecast_run(env, &series, &options, &r, &failure), STATUS_BAD_DATA);
    series = even(env, 0, DAY, y, 0);
    CHECK_STATUS(forecast_run(env, &series, &options, &r, &failure), STATUS_BAD_DATA);
    y[7] = INFINITY;
    series = even(env, 0, DAY, y, 30);
    CHECK_STATUS(forecast_run(env, &series, &options, &r, &failure), STATUS_BAD_DATA);
    y[7] = 0;
    series = series_of(env, far, y, 3);
    options.infer_step = false;
    options.step.micros = CIVIL_SECOND;
    CHECK_STATUS(forecast_run(env, &series, &options, &r, &failure), STATUS_TOO_BIG);
    options = options_for(0);
    CHECK_STATUS(forecast_options_check(&options, &failure), STATUS_BAD_VALUE);
    options = options_for(FORECAST_MAX_HORIZON + 1);
    CHECK_STATUS(forecast_options_check(&options, &failure), STATUS_BAD_VALUE);
    options = options_for(7);
    options.interval_width = NAN;
    CHECK_STATUS(forecast_options_check(&options, &failure), STATUS_BAD_VALUE);
    options = options_for(7);
    options.lower_limit = 2;
    options.upper_limit = 1;
    CHECK_STATUS(forecast_options_check(&options, &failure), STATUS_BAD_VALUE);
    unit_env_free(env);
}

/* Series of 1, 2, 10 and more points of every odd kind, by every method: a forecast, or a refusal of a method
 * that was asked for. */
static void
test_odd(void)
{
    static const size_t lengths[] = {1, 2, 3, 10, 40, 120};
    static const double sizes[] = {0, 7, -7, 1e150, -1e150, 1e-300, 5e-324};
    enum { N_LENGTHS = 6, N_SIZES = 7, N_SHAPES = 4 };

    for (size_t i = 0; i < (size_t)N_LENGTHS * N_SIZES * N_SHAPES; i++) {
        size_t n = lengths[i % N_LENGTHS], shape = i / N_LENGTHS / N_SIZES;
        double size = sizes[i / N_LENGTHS % N_SIZES], y[120];

        /* constant; a cycle; a few among zeros; alternating signs */
        for (size_t t = 0; t < n; t++)
            y[t] = shape == 0   ? size
                   : shape == 1 ? size * (1 + (double)(t % 7)) / 8
                   : shape == 2 ? (t % 5 == 3 ? size : 0)
                                : (t % 2 == 0 ? size : -size);
        for (ForecastMethod method = 0; forecast_method_name(method) != NULL; method++) {
            ForecastOptions options = options_for(5);
            Env *env = unit_env();
            Series series = even(env, 7000, DAY, y, n);
            Failure failure = {0};
            ForecastResult r;
            Status status;

            options.method = method;
            status = forecast_run(env, &series, &options, &r, &failure);
            unit_check(status == STATUS_SUCCESS || (status == STATUS_BAD_DATA && method > FORECAST_ENSEMBLE &&
                                                    failure.hint[0] != '\0'),
                       __FILE__, __LINE__, "%s, shape %zu, size %g, %zu points: status %d",
                       forecast_method_name(method), shape, size, n, (int)status);
            if (status == STATUS_SUCCESS) {
                check_rows(&r, &options);
                CHECK(shape > 0 || n < 2 || r.rows[4].remark == FORECAST_CONSTANT);
                CHECK(shape > 0 || r.rows[4].yhat == size);
            }
            unit_env_free(env);
        }
    }
}

/* By construction: whatever the series, the choice is not worse than seasonal naive on its own backtest. */
static void
test_never_worse(void)
{
    size_t n_better = 0, n_choices = 0;
    Rng rng;

    rng_init(&rng, 91, 0);
    for (int round = 0; round < 120; round++) {
        static const int64_t steps[] = {DAY, DAY / 24, 7 * DAY, 5 * DAY};
        size_t n = 60 + (size_t)rng_below(&rng, 100), season = 2 + (size_t)rng_below(&rng, 12);
        ForecastOptions options = options_for(1 + (size_t)rng_below(&rng, 9));
        double y[160], level = 100, share = rng_uniform(&rng), slope = rng_normal(&rng), chosen = NAN;
        Env *env = unit_env();
        ForecastExplanation e;
        Series series;

        for (size_t t = 0; t < n; t++) {
            level += share * rng_normal(&rng) + 0.3 * slope;
            y[t] =
                level + 10 * (1 - share) * sin(2 * M_PI * (double)t / (double)season) + 3 * rng_normal(&rng);
            if (round % 5 == 0)
                y[t] = rng_uniform(&rng) < share ? 0 : floor(exp(rng_normal(&rng)));
            if (round % 7 == 0 && rng_below(&rng, 12) == 0)
                y[t] = NAN;
        }
        y[0] = y[n - 1] = 1;
        options.gaps = (ForecastGaps)(round % 3);
        series = even(env, 9000, steps[round % 4], y, n);
        CHECK_STATUS(forecast_explain(env, &series, &options, &e, NULL), STATUS_SUCCESS);
        for (size_t c = 0; c < e.n_candidates; c++)
            if (e.candidates[c].chosen)
                chosen = e.candidates[c].mae;
        if (!isnan(e.naive_mae)) {
            CHECK(chosen <= e.naive_mae);
            n_better += chosen < e.naive_mae;
            n_choices++;
        }
        unit_env_free(env);
    }
    CHECK(n_choices > 80 && n_better > n_choices / 2);
}

static Status
whole_run(Env *env, const Series *series, size_t season)
{
    ForecastOptions options = options_for(3);
    ForecastExplanation e;
    Failure failure;

    options.season = season;
    return forecast_explain(env, series, &options, &e, &failure);
}

static Status
method_alone(Env *env, const Series *series, size_t method)
{
    ForecastOptions options = options_for(3);
    ProphetStep period = {0, 9 * DAY}, initial = {0, 40 * DAY};
    ForecastTrial *trials;
    Failure failure;
    size_t n;

    options.method = (ForecastMethod)method;
    return forecast_backtest(env, series, &options, initial, period, &trials, &n, &failure);
}

/* Lack of memory and cancellation at every point, or at one of many, come back as what they are. */
static void
fail_everywhere(Status (*run)(Env *, const Series *, size_t), const Series *series, size_t argument,
                size_t most)
{
    Env *env = unit_env();
    Status whole = run(env, series, argument);
    size_t n = unit_env_allocations(env), n_cancelled = 0;

    CHECK(whole == STATUS_SUCCESS || whole == STATUS_BAD_DATA);
    unit_env_free(env);
    for (size_t i = 1; i <= n; i += i < most ? 1 : 1 + n / most) {
        env = unit_env_failing(i);
        CHECK_STATUS(run(env, series, argument), STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
    for (size_t i = 1; i < 100000; i += i < most ? 1 : 1 + i / 4) {
        Status status;

        env = unit_env_cancelling(i);
        status = run(env, series, argument);
        unit_env_free(env);
        CHECK(status == STATUS_CANCELLED || status == whole);
        if (status == whole) /* it asks no more often */
            break;
        n_cancelled++;
    }
    CHECK(n_cancelled > 0);
}

static void
test_failing(void)
{
    Env *env = unit_env();
    double y[64];
    Series series;
    Rng rng;

    rng_init(&rng, 9, 0);
    shop_days(&rng, y, 64, true);
    series = even(env, 0, DAY, y, 64);
    fail_everywhere(whole_run, &series, 0, 60);
    for (size_t method = 0; forecast_method_name((ForecastMethod)method) != NULL; method++)
        fail_everywhere(method_alone, &series, method, 12);
    unit_env_free(env);
}

/* Of a very long series the latest values count, and only they. */
static void
test_long(void)
{
    enum { N = 60000 };
    ForecastOptions options = options_for(7);
    Env *env = unit_env();
    ForecastResult a, b;
    double *y = ENV_NEW(env, N, double);
    Rng rng;

    rng_init(&rng, 12, 0);
    shop_days(&rng, y, N, true);
    a = forecast_even(env, y, N, &options);
    for (size_t t = 0; t < N - FORECAST_MAX_VALUES - 200; t++)
        y[t] = 1e6;
    b = forecast_even(env, y, N, &options);
    for (size_t i = 0; i < 7; i++)
        CHECK_NEAR(b.rows[i].yhat, a.rows[i].yhat, 0);
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("forecast_robust");
    test_fuzz();
    test_odd();
    test_never_worse();
    test_scale();
    test_long();
    test_errors();
    test_failing();
    return unit_end();
}
