/*
 * Unit tests of series/ and of the calendar and JSON in kit/.
 *
 * Provenance: day numbers from PostgreSQL's own arithmetic (date '2024-02-29' - date '2000-01-01' = 8825 and
 * so on); the rest are properties: permutation, round trip, every byte changed, every truncation, no memory.
 */
#include <math.h>
#include <string.h>

#include "kit/civil.h"
#include "kit/json.h"
#include "kit/rng.h"
#include "series/series.h"
#include "unit.h"

static void
check_day(int64_t year, int month, int day, int64_t number)
{
    CivilDate date = {year, month, day};
    CivilDate back = civil_date(number);

    CHECK_EQUAL(civil_day_number(date), number);
    CHECK(back.year == year && back.month == month && back.day == day);
}

static void
test_civil(void)
{
    char text[CIVIL_TEXT];
    int64_t moment;

    check_day(2000, 1, 1, 0);
    check_day(2024, 2, 29, 8825);
    check_day(1970, 1, 1, CIVIL_UNIX_EPOCH_DAY);
    check_day(-4713, 11, 24, -2451545);
    check_day(1900, 3, 1, -36465);
    for (int64_t day = -2451545; day < 3000000; day += 997)
        CHECK_EQUAL(civil_day_number(civil_date(day)), day);
    CHECK(civil_parse("2024-01-31", &moment));
    civil_format(civil_add_months(moment, 1, false), text);
    CHECK_TEXT(text, "2024-02-29T00:00:00");
    civil_format(civil_add_months(moment, -11, false), text);
    CHECK_TEXT(text, "2023-02-28T00:00:00");
    CHECK(civil_parse("2024-02-29 23:59:59.25", &moment));
    civil_format(civil_add_months(moment, 1, true), text);
    CHECK_TEXT(text, "2024-03-31T23:59:59.250000");
    CHECK(civil_is_month_end(moment) && !civil_is_month_start(moment));
    civil_format(CIVIL_MIN, text);
    CHECK_TEXT(text, "-4713-11-24T00:00:00");
    CHECK(civil_parse(text, &moment) && moment == CIVIL_MIN);
    civil_format(CIVIL_END - 1, text);
    CHECK(civil_parse(text, &moment) && moment == CIVIL_END - 1);
}

static void
test_civil_refuses(void)
{
    static const char *const bad[] = {"",
                                      "2024",
                                      "2024-02-30",
                                      "2024-13-01",
                                      "2024-00-01",
                                      "2024-01-00",
                                      "24-01-01",
                                      "2024-01-01T",
                                      "2024-01-01T24:00:00",
                                      "2024-01-01T00:00",
                                      "now",
                                      "2024-1-01",
                                      "2024-01-01T00:00:00Z",
                                      "294277-01-01",
                                      "-4713-11-23",
                                      "2024-01-01x",
                                      "2024-01-01T00:00:00.",
                                      "2024-01-01T00:00:00.1234567"};
    int64_t moment;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!civil_parse(bad[i], &moment));
}

/* n rows with ties, missing numbers and both zeros. */
static SeriesCell *
random_rows(Env *env, Rng *rng, size_t n, size_t n_columns)
{
    size_t width = 2 + n_columns;
    SeriesCell *rows = ENV_NEW(env, n * width, SeriesCell);

    for (size_t i = 0; i < n; i++) {
        rows[i * width].ds = ((int64_t)rng_below(rng, n) - 5) * CIVIL_DAY;
        for (size_t c = 1; c < width; c++) {
            uint64_t kind = rng_below(rng, 6);

            rows[i * width + c].number = kind == 0   ? -NAN
                                         : kind == 1 ? -0.0
                                         : kind == 2 ? 0.0
                                                     : rng_normal(rng);
        }
    }
    return rows;
}

static void
shuffle(Rng *rng, SeriesCell *rows, size_t n, size_t width)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rng_below(rng, i);

        for (size_t c = 0; c < width; c++) {
            SeriesCell t = rows[(i - 1) * width + c];

            rows[(i - 1) * width + c] = rows[j * width + c];
            rows[j * width + c] = t;
        }
    }
}

static void
test_order_free(void)
{
    Rng rng;

    rng_init(&rng, 7, 0);
    for (size_t trial = 0; trial < 200; trial++) {
        Env *env = unit_env();
        size_t n = (size_t)rng_below(&rng, 40), n_columns = (size_t)rng_below(&rng, 3);
        SeriesCell *rows = random_rows(env, &rng, n, n_columns);
        Series a, b;
        unsigned char *bytes_a, *bytes_b;
        size_t size;

        CHECK_STATUS(series_from_rows(env, rows, n, n_columns, &a, NULL), STATUS_SUCCESS);
        shuffle(&rng, rows, n, 2 + n_columns);
        CHECK_STATUS(series_from_rows(env, rows, n, n_columns, &b, NULL), STATUS_SUCCESS);
        CHECK(series_sane(&a));
        size = series_encoded_size(&a);
        bytes_a = env_alloc(env, size, 1);
        bytes_b = env_alloc(env, size, 1);
        series_encode(&a, bytes_a);
        series_encode(&b, bytes_b);
        CHECK(memcmp(bytes_a, bytes_b, size) == 0);
        unit_env_free(env);
    }
}

static Series
small_series(Env *env)
{
    SeriesCell rows[12] = {
        {.ds = 3 * CIVIL_DAY}, {.number = 0.1},    {.number = NAN},    {.ds = 1 * CIVIL_DAY},
        {.number = NAN},       {.number = 1e-308}, {.ds = -5},         {.number = INFINITY},
        {.number = 1.0 / 3},   {.ds = CIVIL_MIN},  {.number = -1e300}, {.number = 0}};
    Series series;

    CHECK_STATUS(series_from_rows(env, rows, 4, 1, &series, NULL), STATUS_SUCCESS);
    return series;
}

static void
test_binary_form(void)
{
    Env *env = unit_env();
    Series series = small_series(env), back;
    size_t size = series_encoded_size(&series);
    unsigned char *bytes = env_alloc(env, size + 1, 1), *again = env_alloc(env, size, 1);
    Failure failure;

    series_encode(&series, bytes);
    CHECK_STATUS(series_decode(env, bytes, size, &back, &failure), STATUS_SUCCESS);
    series_encode(&back, again);
    CHECK(memcmp(bytes, again, size) == 0);
    for (size_t length = 0; length <= size + 1; length++) {
        if (length != size)
            CHECK_STATUS(series_decode(env, bytes, length, &back, &failure), STATUS_CORRUPT);
    }
    for (size_t i = 0; i < size; i++) {
        for (int flip = 1; flip < 256; flip++) {
            Status status;

            bytes[i] ^= (unsigned char)flip;
            status = series_decode(env, bytes, size, &back, &failure);
            CHECK(status == STATUS_CORRUPT || (status == STATUS_SUCCESS && series_sane(&back)));
            bytes[i] ^= (unsigned char)flip;
        }
    }
    unit_env_free(env);
}

static void
test_text_form(void)
{
    Env *env = unit_env();
    Series series = small_series(env), back;
    size_t size = series_encoded_size(&series);
    unsigned char *bytes = env_alloc(env, size, 1), *again = env_alloc(env, size, 1);
    Writer w;
    Failure failure;

    writer_init(&w, env);
    series_write_json(&series, &w);
    write_u8(&w, 0);
    CHECK_TEXT((char *)w.bytes,
               "{\"version\":1,\"ds\":[\"-4713-11-24T00:00:00\",\"1999-12-31T23:59:59.999995\","
               "\"2000-01-02T00:00:00\",\"2000-01-04T00:00:00\"],\"y\":[-1e+300,\"Infinity\",null,0.1],"
               "\"x\":[[0,0.3333333333333333,1e-308,null]]}");
    CHECK_STATUS(series_read_json(env, (char *)w.bytes, &back, &failure), STATUS_SUCCESS);
    series_encode(&series, bytes);
    series_encode(&back, again);
    CHECK(memcmp(bytes, again, size) == 0);
    for (size_t length = 0; length + 1 < w.length; length++) {
        char *cut = env_alloc(env, length + 1, 1);

        memcpy(cut, w.bytes, length);
        CHECK_STATUS(series_read_json(env, cut, &back, &failure), STATUS_BAD_TEXT);
    }
    unit_env_free(env);
}

static void
test_text_refused(void)
{
    static const char *const bad[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"version\":1,\"ds\":[],\"y\":[]",
        "{\"version\":2,\"ds\":[],\"y\":[]}",
        "{\"version\":1,\"ds\":[],\"y\":[]} x",
        "{\"version\":1,\"ds\":[],\"y\":[1]}",
        "{\"version\":1,\"ds\":[],\"y\":[],\"z\":1}",
        "{\"version\":1,\"ds\":[],\"y\":[],\"y\":[]}",
        "{\"version\":1,\"ds\":[\"2020-01-01\"],\"y\":[1],\"x\":[[]]}",
        "{\"version\":1,\"ds\":[\"2020-01-01\"],\"y\":[1e400]}",
        "{\"version\":1,\"ds\":[\"2020-01-01\"],\"y\":[0x10]}",
        "{\"version\":1,\"ds\":[\"2020-01-01\"],\"y\":[\"NaN\"]}",
        "{\"version\":1,\"ds\":[\"2020-01-01\",],\"y\":[1,2]}",
        "{\"version\":1,\"ds\":[\"infinity\"],\"y\":[1]}",
    };
    Env *env = unit_env();
    Series series;
    Failure failure;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_STATUS(series_read_json(env, bad[i], &series, &failure), STATUS_BAD_TEXT);
    CHECK_STATUS(series_read_json(env, "{\"version\":1,\"ds\":[],\"y\":[]}", &series, &failure),
                 STATUS_SUCCESS);
    CHECK_EQUAL(series.n, 0);
    unit_env_free(env);
}

static Status
whole_life(Env *env)
{
    SeriesCell rows[6] = {{.ds = 2}, {.number = 1}, {.number = 2}, {.ds = 1}, {.number = 3}, {.number = 4}};
    Series series;
    unsigned char bytes[128];

    RETURN_IF_FAILED(series_from_rows(env, rows, 2, 1, &series, NULL));
    series_encode(&series, bytes);
    RETURN_IF_FAILED(series_decode(env, bytes, series_encoded_size(&series), &series, NULL));
    return series_read_json(env, "{\"version\":1,\"ds\":[\"2020-01-01\"],\"y\":[1],\"x\":[[1]]}", &series,
                            NULL);
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

int
main(void)
{
    unit_begin("series");
    test_civil();
    test_civil_refuses();
    test_order_free();
    test_binary_form();
    test_text_form();
    test_text_refused();
    test_out_of_memory();
    return unit_end();
}
