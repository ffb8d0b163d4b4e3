/*
 * The forms of a model (bytes, JSON), what is refused, future moments, lack of memory and cancellation.
 *
 * Provenance: round trips and damage need no reference; calendar steps are written down by hand.
 */
#include <math.h>
#include <string.h>

#include "prophet_sample.h"

static void
check_refused(const int64_t *ds, const double *y, size_t n, const ProphetOptions *options, Status want)
{
    Env *env = unit_env();
    Series series = make_series(env, ds, y, n);
    ProphetModel model;
    Failure failure = {0};

    CHECK_STATUS(prophet_fit(env, &series, options, &model, &failure), want);
    CHECK(failure.message[0] != '\0' && failure.hint[0] != '\0');
    unit_env_free(env);
}

static void
test_refused(void)
{
    const int64_t ds[3] = {0, DAY, 2 * DAY}, same[3] = {0, 0, 0}, outside[1] = {3 * DAY};
    const double y[3] = {1, 2, 4}, infinite[3] = {1, INFINITY, 2}, missing[3] = {NAN, 1, NAN};
    const double wide[3] = {-1.7e308, 1.7e308, 0};
    ProphetOptions defaults, options;

    prophet_options_init(&defaults);
    check_refused(ds, y, 0, &defaults, STATUS_BAD_DATA);
    check_refused(ds, y, 1, &defaults, STATUS_BAD_DATA);
    check_refused(ds, missing, 3, &defaults, STATUS_BAD_DATA);
    check_refused(ds, infinite, 3, &defaults, STATUS_BAD_DATA);
    check_refused(ds, wide, 3, &defaults, STATUS_BAD_DATA);
    check_refused(same, y, 3, &defaults, STATUS_BAD_DATA);
    options = defaults;
    options.changepoints_given = true;
    options.changepoints = outside;
    options.n_listed = 1;
    check_refused(ds, y, 3, &options, STATUS_BAD_DATA);
    options = defaults;
    options.n_changepoints = -1;
    check_refused(ds, y, 3, &options, STATUS_BAD_VALUE);
    options = defaults;
    options.changepoint_range = NAN;
    check_refused(ds, y, 3, &options, STATUS_BAD_VALUE);
    options = defaults;
    options.changepoint_prior_scale = 0;
    check_refused(ds, y, 3, &options, STATUS_BAD_VALUE);
    options = defaults;
    options.seasonality_prior_scale = INFINITY;
    check_refused(ds, y, 3, &options, STATUS_BAD_VALUE);
    options = defaults;
    options.order[PROPHET_DAILY] = PROPHET_MAX_ORDER + 1;
    check_refused(ds, y, 3, &options, STATUS_BAD_VALUE);
}

static void
test_steps(void)
{
    static const struct {
        const char *ds[4];
        int64_t months, micros;
        const char *next[2];
    } cases[] = {
        {{"2024-01-01", "2024-02-01", "2024-03-01"}, 1, 0, {"2024-04-01T00:00:00", "2024-05-01T00:00:00"}},
        {{"2023-12-31", "2024-01-31", "2024-02-29"}, 1, 0, {"2024-03-31T00:00:00", "2024-04-30T00:00:00"}},
        {{"2023-04-01", "2023-07-01", "2023-10-01", "2024-01-01"},
         3,
         0,
         {"2024-04-01T00:00:00", "2024-07-01T00:00:00"}},
        {{"2023-06-30", "2023-09-30", "2023-12-31"}, 3, 0, {"2024-03-31T00:00:00", "2024-06-30T00:00:00"}},
        {{"2023-01-01", "2023-02-01", "2023-05-01", "2023-06-01"},
         1,
         0,
         {"2023-07-01T00:00:00", "2023-08-01T00:00:00"}},
        {{"2020-02-29", "2021-02-28"}, 12, 0, {"2022-02-28T00:00:00", "2023-02-28T00:00:00"}},
        {{"2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10"},
         0,
         DAY,
         {"2024-01-11T00:00:00", "2024-01-12T00:00:00"}},
        {{"2024-01-01T10:00:00", "2024-01-01T11:00:00", "2024-01-01T12:00:00"},
         0,
         DAY / 24,
         {"2024-01-01T13:00:00", "2024-01-01T14:00:00"}},
        {{"2024-01-03", "2024-01-05", "2024-01-08"},
         0,
         2 * DAY,
         {"2024-01-10T00:00:00", "2024-01-12T00:00:00"}},
        {{"2024-01-07"}, 0, DAY, {"2024-01-08T00:00:00", "2024-01-09T00:00:00"}},
    };

    for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
        Env *env = unit_env();
        int64_t ds[4], *future = NULL;
        double y[4] = {0};
        char text[CIVIL_TEXT];
        ProphetStep step;
        Series series;
        size_t n = 0;

        for (; n < 4 && cases[c].ds[n] != NULL; n++)
            CHECK(civil_parse(cases[c].ds[n], &ds[n]));
        series = make_series(env, ds, y, n);
        CHECK_STATUS(prophet_infer_step(env, &series, &step, NULL), STATUS_SUCCESS);
        CHECK_EQUAL(step.months, cases[c].months);
        CHECK_EQUAL(step.micros, cases[c].micros);
        CHECK_STATUS(prophet_future(env, &series, step, 2, &future, NULL), STATUS_SUCCESS);
        for (int i = 0; i < 2; i++) {
            civil_format(future[i], text);
            CHECK_TEXT(text, cases[c].next[i]);
        }
        step.months = INT32_MAX;
        CHECK_STATUS(prophet_future(env, &series, step, 2, &future, NULL), STATUS_BAD_VALUE);
        unit_env_free(env);
    }
}

static Status
whole_life(Env *env)
{
    int64_t ds[40];
    SeriesCell rows[80];
    Series series;
    ProphetOptions options;
    ProphetModel model;
    ProphetForecast out;
    ProphetStep step;
    int64_t *future;
    Writer w;

    for (int i = 0; i < 40; i++) {
        ds[i] = i * DAY;
        rows[2 * i].ds = ds[i];
        rows[2 * i + 1].number = i + (i % 7) + 5 * (i > 20) * (i - 20);
    }
    prophet_options_init(&options);
    RETURN_IF_FAILED(series_from_rows(env, rows, 40, 0, &series, NULL));
    RETURN_IF_FAILED(prophet_fit(env, &series, &options, &model, NULL));
    RETURN_IF_FAILED(prophet_infer_step(env, &series, &step, NULL));
    RETURN_IF_FAILED(prophet_future(env, &series, step, 5, &future, NULL));
    RETURN_IF_FAILED(prophet_predict(env, &model, &(Series){.n = 5, .ds = future}, &out, NULL));
    RETURN_IF_FAILED(prophet_intervals(env, &model, 0.8, 50, 1, &out, NULL));
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
    Env *env = unit_env();
    size_t n;

    CHECK_STATUS(whole_life(env), STATUS_SUCCESS);
    n = unit_env_allocations(env);
    unit_env_free(env);
    for (size_t i = 1; i <= n; i++) {
        env = unit_env_failing(i);
        CHECK_STATUS(whole_life(env), STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
}

static void
test_cancelled(void)
{
    size_t n = 1;

    for (;; n++) {
        Env *env = unit_env_cancelling(n);
        Status status = whole_life(env);

        unit_env_free(env);
        if (status == STATUS_SUCCESS)
            break;
        CHECK_STATUS(status, STATUS_CANCELLED);
    }
    CHECK(n > 10);
}

static void
check_same(const ProphetModel *a, const ProphetModel *b, Env *env)
{
    Writer wa, wb;

    writer_init(&wa, env);
    writer_init(&wb, env);
    prophet_model_encode(a, &wa);
    prophet_model_encode(b, &wb);
    CHECK(wa.length == wb.length && memcmp(wa.bytes, wb.bytes, wa.length) == 0);
}

static void
test_forms(void)
{
    Env *env = unit_env();
    Rng rng;
    Sample sample;
    ProphetOptions options;
    ProphetModel model, back;
    Writer w, text;
    Failure failure;

    rng_init(&rng, 15, 0);
    sample = random_sample(env, &rng);
    sample.n = 25;
    sample.y[24] = 3;
    prophet_options_init(&options);
    model = fit(env, &sample, &options);
    writer_init(&w, env);
    prophet_model_encode(&model, &w);
    CHECK_STATUS(prophet_model_decode(env, w.bytes, w.length, &back, &failure), STATUS_SUCCESS);
    check_same(&model, &back, env);
    writer_init(&text, env);
    prophet_model_write_json(&model, &text);
    write_u8(&text, 0);
    CHECK_STATUS(prophet_model_read_json(env, (char *)text.bytes, &back, &failure), STATUS_SUCCESS);
    check_same(&model, &back, env);
    for (size_t length = 0; length < w.length; length++)
        CHECK_STATUS(prophet_model_decode(env, w.bytes, length, &back, &failure), STATUS_CORRUPT);
    for (size_t i = 0; i < w.length; i++) {
        for (int bit = 0; bit < 8; bit++) {
            w.bytes[i] ^= (unsigned char)(1 << bit);
            CHECK_STATUS(prophet_model_decode(env, w.bytes, w.length, &back, &failure), STATUS_CORRUPT);
            w.bytes[i] ^= (unsigned char)(1 << bit);
        }
    }
    for (size_t length = 0; length + 1 < text.length; length += 3) {
        char *cut = env_alloc(env, length + 1, 1);

        memcpy(cut, text.bytes, length);
        CHECK_STATUS(prophet_model_read_json(env, cut, &back, &failure), STATUS_BAD_TEXT);
    }
    for (size_t i = 0; i + 1 < text.length; i++) {
        unsigned char was = text.bytes[i];
        Status status;

        text.bytes[i] = (unsigned char)(32 + rng_below(&rng, 95));
        status = prophet_model_read_json(env, (char *)text.bytes, &back, &failure);
        CHECK(status == STATUS_BAD_TEXT || (status == STATUS_SUCCESS && prophet_model_sane(&back)));
        text.bytes[i] = was;
    }
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("prophet_forms");
    test_steps();
    test_refused();
    test_forms();
    test_out_of_memory();
    test_cancelled();
    return unit_end();
}
