/*
 * Fuzzes forecasts of series of any shape, by every method: the first bytes are options, each following one
 * is a value, or announces a gap, a repetition, an odd number or the eight bytes of one. Whatever comes back
 * is finite, ordered, within the limits and dated, or a refusal that says why; the choice is never worse than
 * seasonal naive on its backtest; what a backtest tells of an origin is what a forecast from there tells.
 */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/forecast.h"
#include "kit/civil.h"
#include "kit/codec.h"
#include "kit/rng.h"
#include "unit.h"

#define MOST_ROWS      160
#define MOST_QUESTIONS 20000 /* then the call is cancelled: nothing may hang */

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Every method a few times, on cycles that go on. */
static void
write_seeds(const char *folder)
{
    for (uint64_t i = 0; i < 128; i++) {
        unsigned char bytes[120];
        char path[1000];
        FILE *out;
        Rng rng;

        rng_init(&rng, 51, i);
        for (size_t j = 0; j < sizeof(bytes); j++)
            bytes[j] = (unsigned char)rng_below(&rng, j < 30 ? 200 : 256);
        bytes[0] = (unsigned char)(i / 32);
        bytes[1] = (unsigned char)(i % 32);
        bytes[20] = 190;
        snprintf(path, sizeof(path), "%s/seed_%d", folder, (int)i);
        out = fopen(path, "wb");
        if (out == NULL || fwrite(bytes, 1, sizeof(bytes), out) != sizeof(bytes) || fclose(out) != 0)
            abort();
    }
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("FUZZ_SEEDS");

    (void)argc;
    (void)argv;
    gsl_set_error_handler_off();
    if (folder != NULL) {
        write_seeds(folder);
        exit(0);
    }
    return 0;
}

static ForecastOptions
options_from(Reader *r)
{
    static const double widths[] = {0.8, 0.5, 0.95, 1e-9, 1 - 1e-9};
    static const int64_t steps[] = {CIVIL_DAY, CIVIL_DAY / 24, 7 * CIVIL_DAY, 1};
    ForecastOptions o;
    int n_methods = 1;
    unsigned b;

    while (forecast_method_name(n_methods) != NULL)
        n_methods++;
    forecast_options_init(&o);
    o.method = (int)read_u8(r) % n_methods;
    o.horizon = 1 + read_u8(r) % 16;
    b = read_u8(r);
    o.interval_width = widths[b % 5];
    o.season = b / 5 % 2 == 0 ? 0 : 1 + b / 10 % 14;
    b = read_u8(r);
    o.gaps = (ForecastGaps)(b % 3);
    o.duplicates = (ForecastDuplicates)(b / 3 % 2);
    o.clean_outliers = b / 6 % 2 == 1;
    if (b / 12 % 2 == 1)
        o.lower_limit = 0;
    if (b / 24 % 2 == 1)
        o.upper_limit = 30;
    o.infer_step = b / 48 % 2 == 0;
    if (!o.infer_step)
        o.step = b / 96 == 0 ? (ProphetStep){0, steps[b % 4]} : (ProphetStep){1 + b % 3, 0};
    return o;
}

static double
odd_number(Reader *r)
{
    static const double odd[] = {0, -0.0, NAN, 1e149, -1e150, 1e300, 5e-324, 1e-300, -1, 1e15, INFINITY};
    unsigned b = read_u8(r);

    return b < sizeof(odd) / sizeof(odd[0]) ? odd[b] : read_f64(r);
}

static Series
series_from(Env *env, Reader *r)
{
    static const int64_t gaps[] = {CIVIL_DAY, CIVIL_DAY / 24, 7 * CIVIL_DAY, 0, 31 * CIVIL_DAY, 3};
    SeriesCell *rows = ENV_NEW(env, 2 * MOST_ROWS, SeriesCell);
    int64_t ds = 0, gap = gaps[read_u8(r) % 3];
    size_t n = 0;
    Series series;

    while (n < MOST_ROWS && !read_at_end(r) && !r->failed) {
        unsigned b = read_u8(r);

        ds += gap;
        if (b >= 210 && b < 225)
            ds += (b - 209) * gap;
        else if (b >= 225 && b < 231)
            ds += gaps[b - 225] - gap;
        rows[2 * n].ds = ds;
        rows[2 * n + 1].number = b < 200 ? b % 50 : b < 210 ? NAN : b < 231 ? 1 : odd_number(r);
        n++;
        if (b >= 180 && b < 200) /* the last cycle, some times over */
            for (size_t m = b - 178, k = 6 * m; k > 0 && n >= m && n < MOST_ROWS; k--, n++) {
                rows[2 * n].ds = ds += gap;
                rows[2 * n + 1].number = rows[2 * (n - m) + 1].number + (double)(k % 3);
            }
    }
    REQUIRE(series_from_rows(env, rows, n, 0, &series, NULL) == STATUS_SUCCESS);
    return series;
}

static void
require_row(const ForecastRow *row, const ForecastOptions *o)
{
    REQUIRE(isfinite(row->yhat) && row->yhat >= o->lower_limit && row->yhat <= o->upper_limit);
    REQUIRE(isnan(row->lower) == isnan(row->upper));
    if (!isnan(row->lower))
        REQUIRE(isfinite(row->lower) && isfinite(row->upper) && row->lower <= row->yhat &&
                row->yhat <= row->upper && row->lower >= o->lower_limit && row->upper <= o->upper_limit);
}

static void
require_honest(Status status, const Failure *failure)
{
    REQUIRE(status == STATUS_CANCELLED || failure->message[0] != '\0');
    REQUIRE(status != STATUS_OUT_OF_MEMORY);
}

static void
run_forecast(Env *env, const Series *series, const ForecastOptions *o)
{
    Failure failure = {0};
    ForecastResult result;
    Status status = forecast_run(env, series, o, &result, &failure);

    if (status != STATUS_SUCCESS) {
        require_honest(status, &failure);
        return;
    }
    REQUIRE(result.n == o->horizon && forecast_method_name(result.method) != NULL);
    for (size_t i = 0; i < result.n; i++) {
        require_row(&result.rows[i], o);
        REQUIRE(result.rows[i].ds > (i > 0 ? result.rows[i - 1].ds : series->ds[series->n - 1]));
    }
}

static void
run_backtest(Env *env, const Series *series, const ForecastOptions *o)
{
    ProphetStep none = {0, 0}, period = {0, 1};
    Failure failure = {0};
    ForecastTrial *trials;
    size_t n;
    Status status;

    /* Few origins: each is a forecast with a backtest of its own. */
    if (series->n > 0)
        period.micros += (series->ds[series->n - 1] - series->ds[0]) / 3;
    status = forecast_backtest(env, series, o, none, period, &trials, &n, &failure);

    if (status != STATUS_SUCCESS) {
        require_honest(status, &failure);
        return;
    }
    REQUIRE(n > 0 && n % o->horizon == 0);
    for (size_t i = 0; i < n; i++) {
        require_row(&trials[i].row, o);
        REQUIRE(trials[i].row.ds > trials[i].cutoff);
        REQUIRE(i == 0 || trials[i].cutoff >= trials[i - 1].cutoff);
    }
}

static void
run_explain(Env *env, const Series *series, ForecastOptions o)
{
    Failure failure = {0};
    ForecastExplanation e;
    size_t n_chosen = 0;
    double weights = 0;
    Status status;

    o.method = FORECAST_AUTO;
    status = forecast_explain(env, series, &o, &e, &failure);
    if (status != STATUS_SUCCESS) {
        require_honest(status, &failure);
        return;
    }
    REQUIRE(e.n_values > 0 && e.season > 0 && e.reason != NULL);
    for (size_t c = 0; c < e.n_candidates; c++) {
        n_chosen += e.candidates[c].chosen;
        weights += isnan(e.candidates[c].weight) ? 0 : e.candidates[c].weight;
        REQUIRE(!e.candidates[c].chosen || isnan(e.naive_mae) || e.candidates[c].mae <= e.naive_mae);
    }
    REQUIRE(n_chosen == 1);
    REQUIRE(isnan(e.naive_mae) || fabs(weights - 1) < 1e-9);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    Env *env = unit_env_cancelling(MOST_QUESTIONS);
    ForecastOptions options;
    Series series;
    Reader r;
    unsigned what;

    reader_init(&r, bytes, n);
    what = read_u8(&r) % 4;
    options = options_from(&r);
    series = series_from(env, &r);
    if (what < 2)
        run_forecast(env, &series, &options);
    else if (what == 2)
        run_backtest(env, &series, &options);
    else
        run_explain(env, &series, options);
    unit_env_free(env);
    return 0;
}
