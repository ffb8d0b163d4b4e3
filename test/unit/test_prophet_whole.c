/*
 * Whole models: their forms, lack of memory, cancellation, what is refused, and odd sizes.
 *
 * Provenance: round trips and damage need no reference; exact shapes have closed forms.
 */
#include <math.h>
#include <string.h>
#include <time.h>

#include "prophet_rich.h"

/* Everything a model lives through; the series and the options come from elsewhere. */
static Status
whole_life(Env *env, const Series *series, const ProphetOptions *options)
{
    ProphetModel model;
    ProphetForecast forecast;
    Series rows = *series;
    Writer w;

    RETURN_IF_FAILED(prophet_fit(env, series, options, &model, NULL));
    RETURN_IF_FAILED(prophet_predict(env, &model, &rows, &forecast, NULL));
    RETURN_IF_FAILED(prophet_intervals(env, &model, 0.8, 50, 1, &forecast, NULL));
    writer_init(&w, env);
    prophet_model_encode(&model, &w);
    if (w.failed)
        return STATUS_OUT_OF_MEMORY;
    RETURN_IF_FAILED(prophet_model_decode(env, w.bytes, w.length, &model, NULL));
    writer_init(&w, env);
    prophet_model_write_json(&model, &w);
    write_u8(&w, 0);
    if (w.failed)
        return STATUS_OUT_OF_MEMORY;
    return prophet_model_read_json(env, (const char *)w.bytes, &model, NULL);
}

static void
test_out_of_memory(void)
{
    Rng rng;

    rng_init(&rng, 41, 0);
    for (int trial = 0; trial < 6; trial++) {
        Env *env = unit_env(), *host = unit_env();
        Rich *rich = rich_sized(host, &rng, 30, 20);
        Series series = rich_series(host, rich, 1, NULL);
        size_t n;

        rich->options.growth = (ProphetGrowth)(trial % 3);
        CHECK_STATUS(whole_life(env, &series, &rich->options), STATUS_SUCCESS);
        n = unit_env_allocations(env);
        unit_env_free(env);
        for (size_t i = 1; i <= n; i += 1 + n / 400) {
            env = unit_env_failing(i);
            CHECK_STATUS(whole_life(env, &series, &rich->options), STATUS_OUT_OF_MEMORY);
            unit_env_free(env);
        }
        for (size_t i = 1;; i += 1 + i / 20) {
            Status status;

            env = unit_env_cancelling(i);
            status = whole_life(env, &series, &rich->options);
            unit_env_free(env);
            if (status == STATUS_SUCCESS)
                break;
            CHECK_STATUS(status, STATUS_CANCELLED);
        }
        unit_env_free(host);
    }
}

/* How long the core works between two questions for cancellation, in CPU seconds. */
typedef struct Watch {
    Env *inner;
    clock_t last;
    double longest;
} Watch;

static void *
watched_alloc(Env *env, size_t size)
{
    Env *inner = ((Watch *)env->context)->inner;

    return inner->alloc(inner, size);
}

static bool
watched_cancelled(Env *env)
{
    Watch *watch = env->context;
    clock_t now = clock();

    watch->longest = fmax(watch->longest, (double)(now - watch->last) / CLOCKS_PER_SEC);
    watch->last = now;
    return false;
}

static void
test_cancel_at_100000(void)
{
    size_t n = 100000;

    for (int growth = 0; growth < 2; growth++) {
        Env *inner = unit_env();
        Watch watch = {inner, clock(), 0};
        Env env = {watched_alloc, watched_cancelled, &watch};
        double *cap = ENV_NEW(inner, n, double);
        const char *names[] = {"cap"};
        Series series = {.n = n,
                         .ds = ENV_NEW(inner, n, int64_t),
                         .y = ENV_NEW(inner, n, double),
                         .n_columns = 1,
                         .columns = &cap};
        ProphetOptions options;
        ProphetModel model;
        ProphetForecast forecast;
        Rng rng;

        rng_init(&rng, 42, 0);
        for (size_t i = 0; i < n; i++) {
            series.ds[i] = (int64_t)i * DAY / 24;
            series.y[i] = 5 + sin((double)i / 24) + 0.3 * rng_normal(&rng) + (double)i / (double)n;
            cap[i] = 20;
        }
        prophet_options_init(&options);
        options.growth = growth == 0 ? PROPHET_LINEAR : PROPHET_LOGISTIC;
        options.column_names = names;
        options.n_column_names = 1;
        watch.last = clock();
        CHECK_STATUS(prophet_fit(&env, &series, &options, &model, NULL), STATUS_SUCCESS);
        watched_cancelled(&env);
        series.n = 5000;
        CHECK_STATUS(prophet_predict(&env, &model, &series, &forecast, NULL), STATUS_SUCCESS);
        watched_cancelled(&env);
        unit_check(watch.longest < 0.25, __FILE__, __LINE__, "%g s without a look at cancellation",
                   watch.longest);
        unit_env_free(inner);
    }
}

static void
check_equal_models(const ProphetModel *a, const ProphetModel *b, Env *env)
{
    Writer wa, wb;

    writer_init(&wa, env);
    writer_init(&wb, env);
    prophet_model_encode(a, &wa);
    prophet_model_encode(b, &wb);
    CHECK(wa.length == wb.length && memcmp(wa.bytes, wb.bytes, wa.length) == 0);
}

/* A model of every kind of component, with names that need escapes. */
static ProphetModel
everything(Env *env, uint64_t seed)
{
    Rng rng;
    Rich *rich;
    Series series;

    rng_init(&rng, seed, 0);
    rich = rich_sized(env, &rng, 15, 5);
    rich->options.growth = (ProphetGrowth)(seed % 3);
    rich->holidays[0].holiday = rich->holidays[2].holiday = "saint \"john\"\\\n\t \xc3\xa9";
    rich->seasonalities[0].name = "\"";
    series = rich_series(env, rich, 1, NULL);
    return rich_fit(env, rich, &series, (int)seed);
}

static void
test_bytes(void)
{
    for (uint64_t seed = 50; seed < 53; seed++) {
        Env *env = unit_env();
        ProphetModel model = everything(env, seed), back;
        Failure failure;
        Writer w;
        uint32_t n;

        writer_init(&w, env);
        prophet_model_encode(&model, &w);
        CHECK_STATUS(prophet_model_decode(env, w.bytes, w.length, &back, &failure), STATUS_SUCCESS);
        check_equal_models(&model, &back, env);
        for (size_t length = 0; length < w.length; length++)
            CHECK_STATUS(prophet_model_decode(env, w.bytes, length, &back, &failure), STATUS_CORRUPT);
        for (size_t i = 0; i < w.length; i++) {
            w.bytes[i] ^= 0xff;
            CHECK_STATUS(prophet_model_decode(env, w.bytes, w.length, &back, &failure), STATUS_CORRUPT);
            w.bytes[i] ^= 0xff;
        }
        /* With the checksum made right again: refused, or a sane model. */
        n = (uint32_t)(w.bytes[0] | w.bytes[1] << 8 | w.bytes[2] << 16);
        for (size_t i = 4; i < n; i++) {
            for (int bit = 0; bit < 8; bit++) {
                Env *one = unit_env();
                uint32_t crc;
                Status status;

                w.bytes[i] ^= (unsigned char)(1 << bit);
                crc = crc32c(0, w.bytes + 4, n - 4);
                for (int byte = 0; byte < 4; byte++)
                    w.bytes[n + (size_t)byte] = (unsigned char)(crc >> (8 * byte));
                status = prophet_model_decode(one, w.bytes, w.length, &back, &failure);
                CHECK(status == STATUS_CORRUPT || (status == STATUS_SUCCESS && prophet_model_sane(&back)));
                w.bytes[i] ^= (unsigned char)(1 << bit);
                unit_env_free(one);
            }
        }
        unit_env_free(env);
    }
}

static void
test_text(void)
{
    Rng rng;

    rng_init(&rng, 43, 0);
    for (uint64_t seed = 50; seed < 53; seed++) {
        Env *env = unit_env();
        ProphetModel model = everything(env, seed), back;
        Failure failure;
        Writer text;

        writer_init(&text, env);
        prophet_model_write_json(&model, &text);
        write_u8(&text, 0);
        CHECK_STATUS(prophet_model_read_json(env, (char *)text.bytes, &back, &failure), STATUS_SUCCESS);
        check_equal_models(&model, &back, env);
        for (size_t i = 0; i + 1 < text.length; i++) {
            Env *one = unit_env();
            unsigned char was = text.bytes[i];
            Status status;

            text.bytes[i] = (unsigned char)(i % 2 == 0 ? 0 : 32 + rng_below(&rng, 95));
            status = prophet_model_read_json(one, (char *)text.bytes, &back, &failure);
            CHECK(status == STATUS_BAD_TEXT || (status == STATUS_SUCCESS && prophet_model_sane(&back)));
            text.bytes[i] = was;
            unit_env_free(one);
        }
        unit_env_free(env);
    }
}

/* Few points, constant and exact shapes, for every growth and mode. */
static void
test_odd_sizes(void)
{
    static const size_t sizes[] = {2, 3, 10, 60};

    for (int kind = 0; kind < 6 * 4 * 3; kind++) {
        Env *env = unit_env();
        size_t n = sizes[kind / 6 % 4];
        int shape = kind / 24;
        ProphetGrowth growth = (ProphetGrowth)(kind % 3);
        double *cap = ENV_NEW(env, n, double);
        const char *names[] = {"cap"};
        Series series = {.n = n,
                         .ds = ENV_NEW(env, n, int64_t),
                         .y = ENV_NEW(env, n, double),
                         .n_columns = 1,
                         .columns = &cap};
        ProphetOptions options;
        ProphetModel model;
        ProphetForecast forecast;
        Status status;

        for (size_t i = 0; i < n; i++) {
            series.ds[i] = (int64_t)i * DAY;
            series.y[i] = shape == 0 ? 7.25 : shape == 1 ? 100 + 3 * (double)i : i % 2 == 0 ? -3 : 4;
            cap[i] = 1000;
        }
        prophet_options_init(&options);
        options.growth = growth;
        options.seasonality_mode = (ProphetMode)(kind / 3 % 2);
        options.column_names = names;
        options.n_column_names = 1;
        status = prophet_fit(env, &series, &options, &model, NULL);
        CHECK_STATUS(status, STATUS_SUCCESS);
        if (status != STATUS_SUCCESS) {
            unit_env_free(env);
            continue;
        }
        unit_check(model.converged && prophet_model_sane(&model), __FILE__, __LINE__, "kind %d", kind);
        CHECK_STATUS(prophet_predict(env, &model, &series, &forecast, NULL), STATUS_SUCCESS);
        for (size_t i = 0; i < n; i++) {
            CHECK(isfinite(forecast.yhat[i]));
            if (shape == 0 && growth != PROPHET_LOGISTIC)
                CHECK_NEAR(forecast.yhat[i], 7.25, 1e-9);
            if (shape == 1 && growth == PROPHET_LINEAR && n > 2)
                unit_check(fabs(forecast.yhat[i] - series.y[i]) <= 1e-3, __FILE__, __LINE__,
                           "kind %d: line %g, got %g", kind, series.y[i], forecast.yhat[i]);
        }
        unit_env_free(env);
    }
}

/* A random constant, line or handful of points, at irregular moments that may coincide. */
static void
test_random_shapes(void)
{
    Rng rng;

    rng_init(&rng, 44, 0);
    for (int trial = 0; trial < 600; trial++) {
        Env *env = unit_env();
        static const size_t few[] = {2, 3, 10};
        int shape = trial % 3; /* constant, line, few points */
        size_t n = shape == 2 ? few[trial / 3 % 3] : 2 + (size_t)rng_below(&rng, 100);
        Series series = {.n = n, .ds = ENV_NEW(env, n, int64_t), .y = ENV_NEW(env, n, double)};
        double level = rng_normal(&rng) * exp(5 * rng_normal(&rng)), slope = level * rng_normal(&rng);
        ProphetOptions options;
        ProphetModel model = {0};
        ProphetForecast forecast = {0};
        int64_t ahead;
        Series future = {.n = 1, .ds = &ahead};

        for (size_t i = 0; i < n; i++)
            series.ds[i] = i == 0 ? (int64_t)rng_below(&rng, 5000) * DAY
                                  : series.ds[i - 1] + (int64_t)rng_below(&rng, 4) * DAY / 2;
        series.ds[n - 1] += DAY;
        ahead = series.ds[n - 1] + DAY;
        for (size_t i = 0; i < n; i++) {
            double t = (double)(series.ds[i] - series.ds[0]) / (double)(series.ds[n - 1] - series.ds[0]);

            series.y[i] = shape == 0 ? level : shape == 1 ? level + slope * t : level * rng_normal(&rng);
        }
        series = make_series(env, series.ds, series.y, n);
        prophet_options_init(&options);
        options.scaling = (ProphetScaling)(trial / 3 % 2);
        options.seasonality_mode = (ProphetMode)(trial / 6 % 2);
        CHECK_STATUS(prophet_fit(env, &series, &options, &model, NULL), STATUS_SUCCESS);
        unit_check(model.converged && prophet_model_sane(&model), __FILE__, __LINE__,
                   "trial %d: n %zu, sigma %g, %u rounds, converged %d", trial, n, model.sigma,
                   model.n_iterations, model.converged);
        CHECK_STATUS(prophet_predict(env, &model, &future, &forecast, NULL), STATUS_SUCCESS);
        CHECK_STATUS(prophet_intervals(env, &model, 0.8, 200, 1, &forecast, NULL), STATUS_SUCCESS);
        CHECK(forecast.yhat_lower[0] <= forecast.yhat[0] && forecast.yhat[0] <= forecast.yhat_upper[0]);
        if (shape == 0)
            CHECK_NEAR(forecast.yhat[0] / level, 1, 1e-9);
        CHECK_STATUS(prophet_predict(env, &model, &series, &forecast, NULL), STATUS_SUCCESS);
        for (size_t i = 0; shape == 1 && n > 2 && i < n; i++)
            unit_check(fabs(forecast.yhat[i] - series.y[i]) <= 1e-4 * model.y_scale, __FILE__, __LINE__,
                       "trial %d: n %zu, line %g, got %g, scale %g", trial, n, series.y[i], forecast.yhat[i],
                       model.y_scale);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("prophet_whole");
    test_odd_sizes();
    test_random_shapes();
    test_bytes();
    test_text();
    test_out_of_memory();
    test_cancel_at_100000();
    return unit_end();
}
