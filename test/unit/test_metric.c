/*
 * Unit tests of metric/ and of kit/exact_sum.
 *
 * Provenance: closed forms worked out beside each check; the sums are those of whole numbers of units of
 * 2^-1074 or cancel exactly. Mean absolute scaled error after Hyndman and Koehler (2006). Tables: generated
 * rows and what scikit-learn 1.9.1 and numpy make of them, written by test/oracle/make_metric_cases.py.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "kit/exact_sum.h"
#include "kit/rng.h"
#include "forecast_fixture.h"
#include "metric/metric.h"
#include "unit.h"

static double
sum_of(const double *x, size_t n)
{
    ExactSum sum = {0};
    int exponent;
    double fraction;

    for (size_t i = 0; i < n; i++)
        exact_sum_add(&sum, x[i]);
    fraction = exact_sum_fraction(&sum, &exponent);
    return ldexp(fraction, exponent);
}

#define SUM(...) sum_of((double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static void
test_exact_sum(void)
{
    double least = DBL_TRUE_MIN, big = DBL_MAX;

    CHECK(SUM(0) == 0);
    CHECK(SUM(-1.5) == -1.5);
    CHECK(SUM(1, 1e100, 1, -1e100) == 2);
    CHECK(SUM(big, big, -big, -big, least) == least);
    CHECK(SUM(-least, -least) == -2 * least);
    CHECK(SUM(DBL_MIN, -least) == DBL_MIN - least);
    CHECK(SUM(least, -big, big) == least);
    /* Half way between 1 and the next number: to even, unless anything lies below, however far. */
    CHECK(SUM(1, DBL_EPSILON / 2) == 1);
    CHECK(SUM(1, DBL_EPSILON / 2, least) == 1 + DBL_EPSILON);
    CHECK(SUM(1 + DBL_EPSILON, DBL_EPSILON / 2) == 1 + 2 * DBL_EPSILON);
    CHECK(SUM(-1, -DBL_EPSILON / 2, -least) == -1 - DBL_EPSILON);
    CHECK(SUM(0x1p53, 1, 1) == 0x1p53 + 2);
    CHECK(isinf(SUM(big, big)));
}

static void
test_beyond_the_range(void)
{
    ExactSum sum = {0};
    int exponent;

    for (int i = 0; i < 1024; i++)
        exact_sum_add(&sum, -0x1p1023);
    CHECK(exact_sum_fraction(&sum, &exponent) == -0.5);
    CHECK_EQUAL(exponent, 1034);
}

/* Numbers of all magnitudes and signs, which together with their negatives leave exactly what was put in. */
static void
test_order_and_grouping(void)
{
    enum { N = 4000 };
    double x[N];
    ExactSum forward = {0}, backward = {0}, part[7] = {{{0}, 0}};
    int exponent, other;
    double fraction;
    Rng rng;

    rng_init(&rng, 7, 0);
    for (int i = 0; i < N; i++) {
        x[i] = ldexp(rng_uniform(&rng) - 0.5, (int)(rng_uniform(&rng) * 1900) - 1000);
        exact_sum_add(&forward, x[i]);
        exact_sum_add(&part[(i * i) % 7], x[i]);
    }
    for (int i = N - 1; i >= 0; i--)
        exact_sum_add(&backward, x[i]);
    for (int i = 1; i < 7; i++)
        exact_sum_merge(&part[0], &part[i]);
    fraction = exact_sum_fraction(&forward, &exponent);
    CHECK(exact_sum_fraction(&backward, &other) == fraction && other == exponent);
    CHECK(exact_sum_fraction(&part[0], &other) == fraction && other == exponent);
    exact_sum_add(&forward, 42);
    for (int i = 0; i < N; i++)
        exact_sum_add(&forward, -x[(i * 1777) % N]);
    fraction = exact_sum_fraction(&forward, &exponent);
    CHECK(ldexp(fraction, exponent) == 42);
}

/* Limbs full to the brim are carried in time. */
static void
test_many_terms(void)
{
    ExactSum sum = {0}, doubled;
    int exponent;

    exact_sum_add(&sum, 0x1.fffffffffffffp52);
    for (int i = 0; i < 80; i++) {
        doubled = sum;
        exact_sum_merge(&sum, &doubled);
    }
    CHECK(exact_sum_fraction(&sum, &exponent) == 0x1.fffffffffffffp-1);
    CHECK_EQUAL(exponent, 53 + 80);
}

static double
metric_of(MetricKind kind, const double *rows, size_t n_rows)
{
    MetricState state = {.kind = kind};
    int width = metric_n_arguments(kind);

    for (size_t i = 0; i < n_rows; i++)
        CHECK_STATUS(metric_add(&state, rows + i * (size_t)width, NULL), STATUS_SUCCESS);
    return metric_value(&state);
}

#define METRIC(kind, n, ...) metric_of(kind, (double[]){__VA_ARGS__}, n)

static void
test_closed_forms(void)
{
    /* y, yhat: errors -1, 2, 0, 4 */
    CHECK_NEAR(METRIC(METRIC_MAE, 4, 10, 11, 4, 2, 0, 0, 8, 4), 7.0 / 4, 0);
    CHECK_NEAR(METRIC(METRIC_RMSE, 4, 10, 11, 4, 2, 0, 0, 8, 4), sqrt(21.0 / 4), 0);
    CHECK_NEAR(METRIC(METRIC_BIAS, 4, 10, 11, 4, 2, 0, 0, 8, 4), -5.0 / 4, 0);
    CHECK_NEAR(METRIC(METRIC_MAPE, 4, 10, 11, 4, 2, 0, 0, 8, 4), (0.1 + 0.5 + 0.5) / 3, 1e-15);
    CHECK_NEAR(METRIC(METRIC_SMAPE, 4, 10, 11, 4, 2, 0, 0, 8, 4), (1 / 10.5 + 2 / 3.0 + 4 / 6.0) / 4, 1e-15);
    CHECK_NEAR(METRIC(METRIC_SMAPE, 1, 5, -5), 2, 0);
    CHECK_NEAR(METRIC(METRIC_SMAPE, 1, 0, 1e-300), 2, 0);
    CHECK_NEAR(METRIC(METRIC_WAPE, 4, 10, 11, 4, 2, 0, 0, 8, 4), 7.0 / 22, 1e-15);
    CHECK_NEAR(METRIC(METRIC_WAPE, 2, -10, -11, 0, 2), 3.0 / 10, 1e-15);
    CHECK_NEAR(METRIC(METRIC_MASE, 3, 10, 11, 2, 4, 2, 2, 7, 1, 0), (0.5 + 1) / 2, 0);
    CHECK_NEAR(METRIC(METRIC_COVERAGE, 4, 1, 1, 2, 2, 1, 2, 3, 1, 2, 0, 1, 2), 0.5, 0);
    CHECK_NEAR(METRIC(METRIC_COVERAGE, 2, 1, -INFINITY, 0, 1, 0, INFINITY), 0.5, 0);
    CHECK_NEAR(METRIC(METRIC_PINBALL, 2, 10, 8, 0.75, 10, 14, 0.75), (0.75 * 2 + 0.25 * 4) / 2, 0);
    /* alpha = 0.5: 4 times what is outside */
    CHECK_NEAR(METRIC(METRIC_WINKLER, 3, 5, 4, 6, 0.5, 3, 4, 6, 0.5, 8, 4, 6, 0.5), (2 + 6 + 10) / 3.0,
               1e-15);
    /* The sum leaves the range of a double, the mean does not. */
    CHECK_NEAR(METRIC(METRIC_MAE, 3, 1.5e308, 0, 1.5e308, 0, 1.5e308, 0) / 1.5e308, 1, 0);
    CHECK_NEAR(METRIC(METRIC_WAPE, 2, 1.5e308, 0, 1.5e308, 1.5e308), 0.5, 0);
}

static void
test_rows_that_do_not_count(void)
{
    for (int kind = 0; kind < METRIC_N_KINDS; kind++) {
        MetricState state = {.kind = (MetricKind)kind};
        double row[METRIC_MAX_ARGUMENTS] = {4, 2, kind == METRIC_PINBALL ? 0.5 : 3, 0.5};
        double value;

        CHECK(isnan(metric_value(&state)));
        CHECK_STATUS(metric_add(&state, row, NULL), STATUS_SUCCESS);
        value = metric_value(&state);
        CHECK(isfinite(value));
        for (int missing = 0; missing < metric_n_arguments((MetricKind)kind); missing++) {
            double kept = row[missing];

            row[missing] = NAN;
            CHECK_STATUS(metric_add(&state, row, NULL), STATUS_SUCCESS);
            row[missing] = kept;
        }
        CHECK(metric_value(&state) == value);
        CHECK_EQUAL(state.n, 1);
    }
    CHECK(isnan(METRIC(METRIC_MAPE, 1, 0, 1)));
    CHECK(isnan(METRIC(METRIC_WAPE, 1, 0, 1)));
    CHECK(isnan(METRIC(METRIC_MASE, 1, 2, 1, 0)));
}

static void
test_refusals(void)
{
    const struct {
        MetricKind kind;
        double row[METRIC_MAX_ARGUMENTS];
        Status want;
        const char *word;
    } cases[] = {
        {METRIC_MAE, {INFINITY, 1}, STATUS_BAD_VALUE, "\"y\""},
        {METRIC_RMSE, {1, -INFINITY}, STATUS_BAD_VALUE, "\"yhat\""},
        {METRIC_COVERAGE, {INFINITY, 1, 2}, STATUS_BAD_VALUE, "\"y\""},
        {METRIC_MASE, {1, 1, -1}, STATUS_BAD_VALUE, "\"scale\""},
        {METRIC_MASE, {1, 1, INFINITY}, STATUS_BAD_VALUE, "\"scale\""},
        {METRIC_PINBALL, {1, 1, 0}, STATUS_BAD_VALUE, "\"quantile\""},
        {METRIC_PINBALL, {1, 1, 1}, STATUS_BAD_VALUE, "\"quantile\""},
        {METRIC_WINKLER, {1, 1, 2, 1}, STATUS_BAD_VALUE, "\"interval_width\""},
        {METRIC_WINKLER, {1, 2, 1, 0.8}, STATUS_BAD_VALUE, "\"yhat_lower\""},
        {METRIC_WINKLER, {1, -INFINITY, 1, 0.8}, STATUS_BAD_VALUE, "\"yhat_lower\""},
        {METRIC_MAE, {1.5e308, -1.5e308}, STATUS_BAD_DATA, "exceeds"},
        {METRIC_RMSE, {1e200, 0}, STATUS_BAD_DATA, "exceeds"},
        {METRIC_MAPE, {DBL_TRUE_MIN, 1}, STATUS_BAD_DATA, "exceeds"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        MetricState state = {.kind = cases[i].kind};
        Failure failure = {0};

        CHECK_STATUS(metric_add(&state, cases[i].row, &failure), cases[i].want);
        CHECK(strstr(failure.message, cases[i].word) != NULL);
        CHECK(failure.hint[0] != '\0');
        CHECK_EQUAL(state.n, 0);
    }
}

#define WIDTH    0.8
#define QUANTILE 0.9

/* What the kind reads of a row of the table. */
static void
take_row(MetricKind kind, const Fixture *f, double *row)
{
    bool band = kind == METRIC_COVERAGE || kind == METRIC_WINKLER;

    row[0] = fixture_number(f, "y");
    row[1] = fixture_number(f, band ? "yhat_lower" : "yhat");
    row[2] = kind == METRIC_MASE      ? fixture_number(f, "scale")
             : kind == METRIC_PINBALL ? QUANTILE
                                      : fixture_number(f, "yhat_upper");
    row[3] = WIDTH;
}

/* The rows of a case dealt out to three states, one of them merged into another as workers' states are. */
static double
measure_rows(const char *name, MetricKind kind)
{
    MetricState states[3] = {{.kind = kind}, {.kind = kind}, {.kind = kind}};
    size_t i = 0;
    Fixture f;

    fixture_open("metric_rows.csv", &f);
    for (; fixture_next(&f); i++) {
        double row[METRIC_MAX_ARGUMENTS];

        if (strcmp(fixture_get(&f, "case"), name) != 0)
            continue;
        take_row(kind, &f, row);
        CHECK_STATUS(metric_add(&states[i * i % 3], row, NULL), STATUS_SUCCESS);
    }
    fclose(f.file);
    metric_merge(&states[2], &states[0]);
    metric_merge(&states[1], &states[2]);
    return metric_value(&states[1]);
}

static void
test_tables(void)
{
    static const char *const names[METRIC_N_KINDS] = {
        [METRIC_MAE] = "mae",        [METRIC_RMSE] = "rmse",         [METRIC_BIAS] = "bias",
        [METRIC_MAPE] = "mape",      [METRIC_SMAPE] = "smape",       [METRIC_WAPE] = "wape",
        [METRIC_MASE] = "mase",      [METRIC_COVERAGE] = "coverage", [METRIC_PINBALL] = "pinball",
        [METRIC_WINKLER] = "winkler"};
    size_t n = 0;
    Fixture f;

    fixture_folder = "test/oracle";
    fixture_open("metric.csv", &f);
    for (; fixture_next(&f); n++) {
        MetricKind kind = METRIC_MAE;
        double got, want = fixture_number(&f, "value");

        while (kind + 1 < METRIC_N_KINDS && strcmp(names[kind], fixture_get(&f, "measure")) != 0)
            kind++;
        CHECK_TEXT(names[kind], fixture_get(&f, "measure"));
        got = measure_rows(fixture_get(&f, "case"), kind);
        unit_check(isnan(want) ? isnan(got) : fabs(got - want) <= 1e-12 * fabs(want), __FILE__, __LINE__,
                   "%s of %s: %.17g, expected %.17g", names[kind], fixture_get(&f, "case"), got, want);
    }
    fclose(f.file);
    CHECK_EQUAL(n, 70);
}

int
main(void)
{
    unit_begin("metric");
    test_exact_sum();
    test_beyond_the_range();
    test_order_and_grouping();
    test_many_terms();
    test_closed_forms();
    test_rows_that_do_not_count();
    test_refusals();
    test_tables();
    return unit_end();
}
