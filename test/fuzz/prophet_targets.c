#include "prophet_targets.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kit/civil.h"
#include "kit/codec.h"
#include "kit/rng.h"
#include "prophet/prophet_internal.h"
#include "series/series.h"

#define MOST_MEMORY    ((size_t)256 << 20)
#define MOST_QUESTIONS 100000 /* then the call is cancelled: nothing may hang */
#define MOST_ROWS      150
#define CONTENT_AT     12 /* of the parameter part: the hash of the history */

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

/* An Env that frees everything at the end of a run. */
typedef struct Memory {
    Env env;
    struct Block {
        struct Block *next;
        max_align_t bytes[];
    } * blocks;
    size_t used, n_questions;
} Memory;

static void *
memory_alloc(Env *env, size_t size)
{
    Memory *memory = env->context;
    struct Block *block;

    if (size > MOST_MEMORY - memory->used || (block = malloc(sizeof(*block) + size)) == NULL)
        return NULL;
    memory->used += size;
    block->next = memory->blocks;
    memory->blocks = block;
    return block->bytes;
}

static bool
memory_cancelled(Env *env)
{
    return ++((Memory *)env->context)->n_questions > MOST_QUESTIONS;
}

static Env *
memory_open(Memory *memory)
{
    *memory = (Memory){.env = {memory_alloc, memory_cancelled, memory}};
    return &memory->env;
}

static void
memory_close(Memory *memory)
{
    while (memory->blocks != NULL) {
        struct Block *next = memory->blocks->next;

        free(memory->blocks);
        memory->blocks = next;
    }
}

static void
require_message(Status status, const Failure *failure)
{
    REQUIRE(status == STATUS_OUT_OF_MEMORY || status == STATUS_CANCELLED || failure->message[0] != '\0');
}

/* Moments from the first of the history on, with the columns of its first row. */
static Series
rows_ahead(Env *env, const ProphetModel *model, size_t n)
{
    Series rows = {.n = n, .ds = ENV_NEW(env, n, int64_t), .n_columns = model->history.n_columns};
    const ProphetStep day = {.micros = CIVIL_DAY};

    if (prophet_future(env, &model->history, day, n, &rows.ds, NULL) != STATUS_SUCCESS)
        rows.n = 0;
    rows.columns = ENV_NEW(env, rows.n_columns, double *);
    for (size_t c = 0; c < rows.n_columns; c++) {
        rows.columns[c] = ENV_NEW(env, n, double);
        for (size_t i = 0; i < n; i++)
            rows.columns[c][i] = model->history.columns[c][0];
    }
    return rows;
}

/* What a sane model promises: forecasts that are finite or a clean failure, ordered bounds, both forms. */
static void
use_model(Env *env, const ProphetModel *model)
{
    Series rows = rows_ahead(env, model, 4);
    ProphetTotalOptions options = {.every = 3, .interval_width = 0.9, .n_samples = 20, .seed = 1};
    ProphetForecast forecast;
    ProphetModel back;
    ProphetTotals *totals;
    const ProphetTotal *total;
    Failure failure = {0};
    Writer bytes, json;
    size_t n;
    Status status = rows.n == 0 ? STATUS_BAD_VALUE : prophet_predict(env, model, &rows, &forecast, &failure);

    if (status == STATUS_SUCCESS)
        status = prophet_intervals(env, model, 0.8, 20, 42, &forecast, &failure);
    if (rows.n > 0 && status != STATUS_SUCCESS)
        require_message(status, &failure);
    for (size_t i = 0; status == STATUS_SUCCESS && i < rows.n; i++)
        REQUIRE(!(forecast.yhat_lower[i] > forecast.yhat_upper[i]) &&
                !(forecast.trend_lower[i] > forecast.trend_upper[i]));
    if (status == STATUS_SUCCESS &&
        prophet_totals_new(env, rows.ds, rows.n, 1, &options, &totals, &failure) == STATUS_SUCCESS &&
        prophet_totals_add(env, totals, model, &forecast, &failure) == STATUS_SUCCESS)
        prophet_totals_finish(env, totals, &total, &n, &failure);
    writer_init(&bytes, env);
    prophet_model_encode(model, &bytes);
    writer_init(&json, env);
    prophet_model_write_json(model, &json);
    write_u8(&json, 0);
    if (bytes.failed || json.failed)
        return;
    status = prophet_model_decode(env, bytes.bytes, bytes.length, &back, &failure);
    REQUIRE(status == STATUS_SUCCESS || status == STATUS_OUT_OF_MEMORY);
}

static int
run_model(const uint8_t *bytes, size_t n)
{
    Memory memory;
    Env *env = memory_open(&memory);
    unsigned char *copy = env_alloc(env, n, 1);
    ProphetModel model;
    Series history;
    Failure failure = {0};
    Status status;

    memcpy(copy, bytes, n);
    /* Puts the checksums right, without which nearly all mutants would end at the first test. */
    if (n >= 4 + CONTENT_AT + 8 + 4) {
        Reader r;
        size_t length;

        reader_init(&r, copy, n);
        length = read_u32(&r);
        if (length >= CONTENT_AT + 8 + 4 && length <= n - 4) {
            uint32_t crc;

            if (series_decode(env, copy + 4 + length, n - 4 - length, &history, NULL) == STATUS_SUCCESS) {
                uint64_t content = model_content(&history);

                memcpy(copy + 4 + CONTENT_AT, &content, 8);
            }
            crc = crc32c(0, copy + 4, length - 4);
            memcpy(copy + length, &crc, 4);
        }
    }
    status = prophet_model_decode(env, copy, n, &model, &failure);
    if (status == STATUS_SUCCESS) {
        REQUIRE(prophet_model_sane(&model));
        use_model(env, &model);
    } else
        require_message(status, &failure);
    memory_close(&memory);
    return 0;
}

static int
run_json(const uint8_t *bytes, size_t n)
{
    Memory memory;
    Env *env = memory_open(&memory);
    char *text = env_alloc(env, n + 1, 1);
    ProphetModel model;
    Series series;
    Failure failure = {0};
    Status status;

    memcpy(text, bytes, n);
    status = prophet_model_read_json(env, text, &model, &failure);
    if (status == STATUS_SUCCESS) {
        REQUIRE(prophet_model_sane(&model));
        use_model(env, &model);
    } else
        require_message(status, &failure);
    status = series_read_json(env, text, &series, &failure);
    if (status == STATUS_SUCCESS)
        REQUIRE(series_sane(&series));
    memory_close(&memory);
    return 0;
}

static int
run_series(const uint8_t *bytes, size_t n)
{
    Memory memory;
    Env *env = memory_open(&memory);
    unsigned char *again;
    Series series;
    Failure failure = {0};
    Status status = series_decode(env, bytes, n, &series, &failure);

    if (status == STATUS_SUCCESS) {
        REQUIRE(series_sane(&series) && series_encoded_size(&series) == n);
        again = env_alloc(env, n, 1);
        series_encode(&series, again);
        REQUIRE(memcmp(again, bytes, n) == 0);
    } else
        require_message(status, &failure);
    memory_close(&memory);
    return 0;
}

/* A head of options, then rows of a gap, y and the further columns. */
static void
options_from(Reader *r, ProphetOptions *options, ProphetRegressorSpec *regressor, ProphetHolidaySpec *holiday)
{
    static const double scales[] = {0.05, 0.001, 10, 1e6};
    static const char *const names[] = {"cap", "floor", "price"};

    prophet_options_init(options);
    options->growth = (ProphetGrowth)(read_u8(r) % 3);
    options->scaling = (ProphetScaling)(read_u8(r) % 2);
    options->seasonality_mode = (ProphetMode)(read_u8(r) % 2);
    options->n_changepoints = read_u8(r) % 30;
    options->changepoint_range = read_u8(r) / 255.0;
    for (int season = 0; season < PROPHET_N_SEASONS; season++)
        options->order[season] = read_u8(r) % 4 - 1;
    options->changepoint_prior_scale = scales[read_u8(r) % 4];
    options->seasonality_prior_scale = scales[read_u8(r) % 4];
    if (options->growth == PROPHET_LOGISTIC) {
        options->column_names = names;
        options->n_column_names = 2;
    } else if (read_u8(r) % 2 == 1) {
        *regressor = (ProphetRegressorSpec){"price", 10, PROPHET_STANDARDIZE_AUTO, PROPHET_INHERIT};
        options->column_names = names + 2;
        options->n_column_names = options->n_regressors = 1;
        options->regressors = regressor;
    }
    if (read_u8(r) % 2 == 1) {
        *holiday =
            (ProphetHolidaySpec){"feast", read_u8(r) % 100, -(int)(read_u8(r) % 3), read_u8(r) % 3, NAN};
        options->holidays = holiday;
        options->n_holidays = 1;
    }
}

/* Small numbers, or any bits: the first byte tells. */
static double
number_from(Reader *r)
{
    unsigned kind = read_u8(r);

    return kind < 200 ? kind % 50 : kind < 210 ? NAN : read_f64(r);
}

static int
run_fit(const uint8_t *bytes, size_t n)
{
    static const int64_t gaps[] = {CIVIL_DAY, CIVIL_DAY,        0, CIVIL_DAY / 24, 31 * CIVIL_DAY,
                                   1,         3000 * CIVIL_DAY, 7};
    Memory memory;
    Env *env = memory_open(&memory);
    SeriesCell *rows;
    ProphetOptions options;
    ProphetRegressorSpec regressor;
    ProphetHolidaySpec holiday;
    ProphetModel model;
    Series series;
    Failure failure = {0};
    Status status;
    Reader r;
    int64_t ds = 0;
    size_t width, n_rows = 0;

    reader_init(&r, bytes, n);
    options_from(&r, &options, &regressor, &holiday);
    width = 2 + options.n_column_names;
    rows = ENV_NEW(env, MOST_ROWS * width, SeriesCell);
    for (; n_rows < MOST_ROWS && r.at < n && !r.failed; n_rows++) {
        ds += gaps[read_u8(&r) % 8];
        rows[n_rows * width].ds = ds;
        for (size_t c = 1; c < width; c++)
            rows[n_rows * width + c].number = number_from(&r);
    }
    REQUIRE(series_from_rows(env, rows, n_rows, width - 2, &series, &failure) == STATUS_SUCCESS);
    status = prophet_fit(env, &series, &options, &model, &failure);
    if (status == STATUS_SUCCESS) {
        REQUIRE(prophet_model_sane(&model));
        use_model(env, &model);
    } else
        require_message(status, &failure);
    memory_close(&memory);
    return 0;
}

/* Three models: plain; logistic; with a holiday, a regressor and ratios. */
static Status
seed_model(Env *env, size_t i, ProphetModel *model)
{
    static const char *const names[] = {"cap", "floor"}, *const price[] = {"price"};
    static const ProphetRegressorSpec regressor = {"price", 10, PROPHET_STANDARDIZE_AUTO, PROPHET_INHERIT};
    static const ProphetHolidaySpec holiday = {"feast", 10, -1, 1, NAN};
    size_t n = 25, width = i == 0 ? 2 : i == 1 ? 4 : 3;
    SeriesCell *rows = ENV_NEW(env, n * width, SeriesCell);
    ProphetOptions options;
    Series series;

    prophet_options_init(&options);
    options.n_changepoints = 3;
    for (size_t j = 0; j < n; j++) {
        rows[j * width].ds = (int64_t)j * CIVIL_DAY;
        rows[j * width + 1].number = j == 7 ? NAN : 5 + (double)(j * 7 % 5) + (double)j / 10;
        for (size_t c = 2; c < width; c++)
            rows[j * width + c].number = c == 2 ? 20 + (double)(j % 3) : 1;
    }
    if (i == 1) {
        options.growth = PROPHET_LOGISTIC;
        options.column_names = names;
        options.n_column_names = 2;
    } else if (i == 2) {
        options.seasonality_mode = PROPHET_MULTIPLICATIVE;
        options.column_names = price;
        options.regressors = &regressor;
        options.holidays = &holiday;
        options.n_column_names = options.n_regressors = options.n_holidays = 1;
    }
    RETURN_IF_FAILED(series_from_rows(env, rows, n, width - 2, &series, NULL));
    return prophet_fit(env, &series, &options, model, NULL);
}

static unsigned char *
seed_bytes(Env *env, size_t i, size_t *n)
{
    ProphetModel model;
    Writer w;

    if (i >= 3)
        return NULL;
    REQUIRE(seed_model(env, i, &model) == STATUS_SUCCESS);
    writer_init(&w, env);
    prophet_model_encode(&model, &w);
    *n = w.length;
    return w.bytes;
}

static unsigned char *
seed_text(Env *env, size_t i, size_t *n)
{
    ProphetModel model;
    Writer w;

    if (i >= 4)
        return NULL;
    REQUIRE(seed_model(env, i % 3, &model) == STATUS_SUCCESS);
    writer_init(&w, env);
    if (i == 3)
        series_write_json(&model.history, &w);
    else
        prophet_model_write_json(&model, &w);
    *n = w.length;
    return w.bytes;
}

static unsigned char *
seed_series(Env *env, size_t i, size_t *n)
{
    ProphetModel model;
    unsigned char *bytes;

    if (i >= 3)
        return NULL;
    REQUIRE(seed_model(env, i, &model) == STATUS_SUCCESS);
    *n = series_encoded_size(&model.history);
    bytes = env_alloc(env, *n, 1);
    series_encode(&model.history, bytes);
    return bytes;
}

static unsigned char *
seed_rows(Env *env, size_t i, size_t *n)
{
    unsigned char *bytes = env_alloc(env, 400, 1);
    Rng rng;

    if (i >= 24)
        return NULL;
    rng_init(&rng, 31, i);
    *n = 40 + (size_t)rng_below(&rng, 360);
    for (size_t j = 0; j < *n; j++)
        bytes[j] = (unsigned char)rng_below(&rng, i % 2 == 0 ? 256 : 200);
    for (size_t j = 16; i % 3 == 0 && j < *n; j += 2) /* days in a row */
        bytes[j] = 0;
    bytes[0] = (unsigned char)i;
    bytes[2] = (unsigned char)(i / 3);
    return bytes;
}

const FuzzTarget fuzz_targets[] = {
    {"prophet_model", run_model, seed_bytes},
    {"prophet_json", run_json, seed_text},
    {"prophet_fit", run_fit, seed_rows},
    {"series", run_series, seed_series},
    {NULL, NULL, NULL},
};
