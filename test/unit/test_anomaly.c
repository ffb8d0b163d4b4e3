/*
 * Unit tests of anomaly/ on daily series.
 *
 * Provenance: the thresholds of the rule as published in doc/anomaly.md; the series are made from a known
 * level and weekday pattern, so that expectations are known; the rest are properties.
 */
#include <math.h>
#include <string.h>

#include "anomaly/anomaly_internal.h"
#include "kit/civil.h"
#include "kit/rng.h"
#include "unit.h"

enum { N = 200, FIRST_DAY = 4000 };

typedef struct Shop {
    int64_t moments[N];
    double y[N], pattern[N];
} Shop;

/* Weekday pattern, a weekday that is shut, a slow trend and a little noise. */
static Shop
make_shop(double noise)
{
    static const double weekdays[7] = {0, 0.6, 1.2, 1, 1, 1.1, 0.9};
    Shop shop;
    Rng rng;

    rng_init(&rng, 5, 5);
    for (int t = 0; t < N; t++) {
        shop.moments[t] = (FIRST_DAY + t) * CIVIL_DAY;
        shop.pattern[t] = weekdays[(FIRST_DAY + t) % 7] * (100 + 0.1 * t);
        shop.y[t] = shop.pattern[t] * exp(noise * rng_normal(&rng));
    }
    return shop;
}

static AnomalySeries
series_of(const Shop *shop, size_t n)
{
    return (AnomalySeries){.moments = shop->moments, .y = shop->y, .n = n};
}

static AnomalyRow *
detect(Env *env, const Shop *shop, size_t n, const AnomalyOptions *options, size_t *n_rows)
{
    AnomalyRow *rows = NULL;
    Failure failure = {0};

    CHECK_STATUS(anomaly_detect(env, series_of(shop, n), options, &rows, n_rows, &failure), STATUS_SUCCESS);
    return rows;
}

static void
test_rule(void)
{
    CHECK_EQUAL(anomaly_severity(8, 0.99, 0), ANOMALY_CRITICAL);
    CHECK_EQUAL(anomaly_severity(-8, 0.99, 0), ANOMALY_CRITICAL);
    CHECK_EQUAL(anomaly_severity(8, 0.98, 0), ANOMALY_HIGH);
    CHECK_EQUAL(anomaly_severity(4.9, 1, 0), ANOMALY_MEDIUM);
    CHECK_EQUAL(anomaly_severity(3.4, 1, 0), ANOMALY_LOW);
    CHECK_EQUAL(anomaly_severity(2.9, 1, 0), ANOMALY_NONE);
    CHECK_EQUAL(anomaly_severity(20, 0.89, 0), ANOMALY_NONE);
    CHECK_EQUAL(anomaly_severity(NAN, 1, 0), ANOMALY_NONE);
    /* 2/n relief: of 40 days the upper two may be critical. */
    CHECK_EQUAL(anomaly_severity(9, 38.0 / 40, 40), ANOMALY_CRITICAL);
    CHECK_EQUAL(anomaly_severity(9, 37.0 / 40, 40), ANOMALY_LOW);
    for (size_t n = 1; n < 500; n++)
        CHECK_EQUAL(anomaly_severity(9, ((double)n - 2) / (double)n, n), ANOMALY_CRITICAL);
}

/* Without noise the expectation is the pattern wherever the windows are full. */
static void
test_expectation(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0);
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows;
    AnomalyRow *rows = detect(env, &shop, N, &options, &n_rows);

    CHECK_EQUAL(n_rows, N);
    for (size_t t = 20; t < N - 20; t++)
        CHECK_NEAR(rows[t].expected, shop.pattern[t], 0.01);
    unit_env_free(env);
}

static void
test_verdicts(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.05);
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows;
    AnomalyRow *rows, *larger;

    shop.y[62] *= 4;
    shop.y[103] = 0;
    rows = detect(env, &shop, N, &options, &n_rows);
    CHECK(rows[62].severity >= ANOMALY_HIGH && rows[62].direction == ANOMALY_SPIKE);
    CHECK(rows[103].severity >= ANOMALY_HIGH && rows[103].direction == ANOMALY_DROP);
    CHECK_NEAR(rows[103].deviation_pct, -100, 1e-12);
    for (size_t t = 0; t < N; t++) {
        CHECK(rows[t].judged && rows[t].lower <= rows[t].expected && rows[t].expected <= rows[t].upper);
        CHECK(rows[t].quantile > 0 && rows[t].quantile <= 1);
    }
    /* A multiple of the metric has the same verdicts. */
    for (size_t t = 0; t < N; t++)
        shop.y[t] *= 1024;
    larger = detect(env, &shop, N, &options, &n_rows);
    for (size_t t = 0; t < N; t++)
        CHECK(rows[t].severity == larger[t].severity && rows[t].quantile == larger[t].quantile);
    unit_env_free(env);
}

static bool
same_row(const AnomalyRow *a, const AnomalyRow *b)
{
    return a->moment == b->moment &&
           (a->expected == b->expected || (isnan(a->expected) && isnan(b->expected))) &&
           (a->upper == b->upper || (isnan(a->upper) && isnan(b->upper))) &&
           (a->score == b->score || (isnan(a->score) && isnan(b->score))) &&
           (a->quantile == b->quantile || (isnan(a->quantile) && isnan(b->quantile))) &&
           a->severity == b->severity;
}

/* Changing y at or after t changes nothing before t, nor the expectation and bounds at t. */
static void
test_causality(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.1);
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows, n = 90;
    AnomalyRow *rows;
    Rng rng;

    options.causal = true;
    rows = detect(env, &shop, n, &options, &n_rows);
    rng_init(&rng, 6, 6);
    CHECK(!rows[26].judged && rows[27].judged);
    for (size_t t = 30; t < n; t += 13) {
        Env *own = unit_env();
        Shop changed = shop;
        AnomalyRow *after;
        size_t n_same = 0;

        for (size_t j = t; j < n; j++)
            changed.y[j] = rng_uniform(&rng) < 0.2 ? NAN : 1000 * rng_uniform(&rng);
        after = detect(own, &changed, n, &options, &n_rows);
        for (size_t j = 0; j < t; j++)
            n_same += same_row(&rows[j], &after[j]);
        CHECK_EQUAL(n_same, t);
        CHECK(rows[t].expected == after[t].expected && rows[t].lower == after[t].lower &&
              rows[t].upper == after[t].upper);
        unit_env_free(own);
    }
    unit_env_free(env);
}

/* A day without sales, or with a hundred times too many, is critical by the past alone, even after an
 * outlier. */
static void
test_causal_severity(void)
{
    Env *env = unit_env();
    AnomalyOptions options = anomaly_default_options();

    options.causal = options.has_train_until = true;
    for (size_t t = 60; t < N; t += 9)
        for (int factor = 0; factor <= 100; factor += 100) {
            Shop shop = make_shop(0.1);
            AnomalyRow *rows;
            size_t n_rows;

            if (shop.pattern[t] == 0)
                continue;
            shop.y[40] *= 50;
            shop.y[t] *= factor;
            options.train_until = shop.moments[t - 1];
            rows = detect(env, &shop, t + 1, &options, &n_rows);
            CHECK_EQUAL(n_rows, 1);
            CHECK_EQUAL(rows[0].severity, ANOMALY_CRITICAL);
        }
    unit_env_free(env);
}

/* As test_causality for train_until: later rows do not move the model; and causal verdicts may be asked for
 * one by one. */
static void
test_train_until(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.1), changed = shop;
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows, n_changed, n_all;
    AnomalyRow *rows, *after, *all;

    options.has_train_until = true;
    options.train_until = shop.moments[99];
    rows = detect(env, &shop, 120, &options, &n_rows);
    CHECK_EQUAL(n_rows, 20);
    CHECK_EQUAL(rows[0].moment, shop.moments[100]);
    for (size_t j = 110; j < 120; j++)
        changed.y[j] *= 9;
    after = detect(env, &changed, 120, &options, &n_changed);
    for (size_t j = 0; j < 10; j++)
        CHECK(same_row(&rows[j], &after[j]));
    CHECK(rows[15].expected == after[15].expected && rows[15].upper == after[15].upper);
    options.causal = true;
    rows = detect(env, &shop, 120, &options, &n_rows);
    options.has_train_until = false;
    all = detect(env, &shop, 120, &options, &n_all);
    for (size_t j = 0; j < n_rows; j++)
        CHECK(same_row(&rows[j], &all[100 + j]));
    unit_env_free(env);
}

/* Closed days have no verdict and leave no trace in the statistics of the others. */
static void
test_closed(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.05), other;
    int64_t closed[] = {4070, 4071, 4072};
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows;
    AnomalyRow *rows, *others;

    options.closed = closed;
    options.n_closed = 3;
    other = shop;
    shop.y[70] = shop.y[71] = shop.y[72] = 0;
    other.y[70] = other.y[71] = 1e6;
    other.y[72] = NAN;
    shop.y[69] = other.y[69] = shop.y[73] = other.y[73] = 1; /* beside: at most low */
    rows = detect(env, &shop, N, &options, &n_rows);
    others = detect(env, &other, N, &options, &n_rows);
    for (size_t t = 0; t < N; t++)
        CHECK(same_row(&rows[t], &others[t]));
    CHECK(!rows[71].judged && isnan(rows[71].expected));
    CHECK(rows[69].severity <= ANOMALY_LOW && rows[73].severity <= ANOMALY_LOW);
    CHECK(fabs(rows[69].z) > 8 && fabs(rows[73].z) > 8);
    unit_env_free(env);
}

static void
test_errors(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.05);
    AnomalyOptions options = anomaly_default_options();
    AnomalyRow *rows;
    size_t n_rows;
    Failure failure;

    shop.moments[5] = shop.moments[4];
    CHECK_STATUS(anomaly_detect(env, series_of(&shop, N), &options, &rows, &n_rows, &failure),
                 STATUS_BAD_DATA);
    shop = make_shop(0.05);
    shop.y[3] = INFINITY;
    CHECK_STATUS(anomaly_detect(env, series_of(&shop, N), &options, &rows, &n_rows, &failure),
                 STATUS_BAD_DATA);
    shop.y[3] = 1;
    shop.moments[N - 1] = 1000000 * CIVIL_DAY;
    CHECK_STATUS(anomaly_detect(env, series_of(&shop, N), &options, &rows, &n_rows, &failure),
                 STATUS_TOO_BIG);
    options.sensitivity = 0;
    CHECK_STATUS(anomaly_detect(env, series_of(&shop, N), &options, &rows, &n_rows, &failure),
                 STATUS_BAD_VALUE);
    unit_env_free(env);
}

/* A shop slows down before a long closure: one more open day beside it for every four days that it lasts. */
static void
test_beside_closures(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.05);
    int64_t closed[11] = {0};
    AnomalyOptions options = anomaly_default_options();

    options.closed = closed;
    for (size_t length = 1; length <= 11; length++) {
        size_t first = 100, n_rows, capped = 0;
        AnomalyRow *rows;

        for (size_t i = 0; i < length; i++)
            closed[i] = FIRST_DAY + (int64_t)(first + i);
        options.n_closed = length;
        rows = detect(env, &shop, N, &options, &n_rows);
        for (size_t t = first - 10; t < first; t++)
            capped += rows[t].beside_closure && shop.pattern[t] > 0;
        CHECK_EQUAL(capped, 1 + length / 4);
        CHECK(!rows[first - 10].beside_closure && !rows[first + length + 10].beside_closure);
    }
    unit_env_free(env);
}

/* A given expectation is taken as it is; what it lacks is not judged; what it has as 0 is shut. */
static void
test_given_expectation(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.05), expected = shop;
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows;
    AnomalyRow *rows;

    for (size_t t = 0; t < N; t++)
        expected.y[t] = shop.pattern[t];
    expected.y[50] = NAN;
    shop.y[50] = 0;
    shop.y[90] *= 3;
    shop.y[120] /= 4;
    options.has_expectation = true;
    options.expectation = series_of(&expected, N);
    rows = detect(env, &shop, N, &options, &n_rows);
    for (size_t t = 0; t < N; t++)
        CHECK(t == 50 || (rows[t].expected == shop.pattern[t] && rows[t].judged));
    CHECK(!rows[50].judged && isnan(rows[50].expected));
    CHECK(rows[90].severity == ANOMALY_CRITICAL && rows[120].severity == ANOMALY_CRITICAL);
    CHECK(rows[90].direction == ANOMALY_SPIKE && rows[120].direction == ANOMALY_DROP);
    /* r = ln((y + o) / (e + o)) has its median at 0 and a MAD of .6745 x .05, so that z follows. */
    CHECK_NEAR(rows[90].z, log(3) / 0.05, 0.3);
    options.causal = true;
    rows = detect(env, &shop, N, &options, &n_rows);
    CHECK(rows[90].severity >= ANOMALY_HIGH && rows[90].expected == shop.pattern[90]);
    expected.y[3] = INFINITY;
    CHECK_STATUS(anomaly_detect(env, series_of(&shop, N), &options, &rows, &n_rows, NULL), STATUS_BAD_DATA);
    unit_env_free(env);
}

/* Without the forest for small z the others have the verdicts they had. */
static void
test_score_from(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.1);
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows;
    AnomalyRow *all, *some;

    shop.y[150] *= 5;
    shop.y[160] = 0;
    for (int causal = 0; causal < 2; causal++) {
        options.causal = causal == 1;
        options.score_from = 0;
        all = detect(env, &shop, N, &options, &n_rows);
        options.score_from = 3;
        some = detect(env, &shop, N, &options, &n_rows);
        for (size_t t = 0; t < N; t++) {
            CHECK(all[t].judged == some[t].judged && all[t].severity == some[t].severity);
            CHECK(all[t].episode == some[t].episode);
            if (all[t].judged)
                CHECK(fabs(all[t].z) < 3 ? isnan(some[t].score) : some[t].score == all[t].score);
        }
        CHECK(all[150].severity >= ANOMALY_HIGH && all[160].severity >= ANOMALY_HIGH);
    }
    unit_env_free(env);
}

/* Alerts of one direction with at most one day between them are one episode. */
static void
test_episodes(void)
{
    Env *env = unit_env();
    Shop shop = make_shop(0.05);
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows;
    AnomalyRow *rows;

    shop.y[57] *= 4; /* two spikes with a drop between them; two days later a third */
    shop.y[58] = 1;
    shop.y[59] *= 4;
    shop.y[62] *= 4;
    rows = detect(env, &shop, N, &options, &n_rows);
    CHECK(rows[56].episode == 0 && rows[57].episode > 0);
    CHECK_EQUAL(rows[58].episode, rows[57].episode + 1);
    CHECK_EQUAL(rows[59].episode, rows[57].episode);
    CHECK_EQUAL(rows[62].episode, rows[57].episode + 2);
    unit_env_free(env);
}

/* Any values: no crash, no sanitizer finding, verdicts within their ranges. */
static void
test_random_series(void)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        Env *env = unit_env();
        int64_t moments[N];
        double y[N];
        size_t n = seed * 7 % N, n_rows;
        AnomalyOptions options = anomaly_default_options();
        AnomalyRow *rows = NULL;
        Failure failure = {0};
        Status status;
        Rng rng;

        rng_init(&rng, seed, 0);
        for (size_t t = 0; t < n; t++) {
            int64_t gap = 1 + (seed % 3 == 0 && seed % 4 != 1 ? (int64_t)rng_below(&rng, 4) : 0);

            moments[t] = (t > 0 ? moments[t - 1] : -400 * CIVIL_DAY) +
                         gap * (seed % 4 == 1 ? CIVIL_DAY / 24 : CIVIL_DAY);
            switch (rng_below(&rng, 6)) {
            case 0:
                y[t] = 0;
                break;
            case 1:
                y[t] = seed % 2 == 0 ? NAN : 1e300 * rng_uniform(&rng);
                break;
            case 2:
                y[t] = seed % 5 == 0 ? -rng_uniform(&rng) : 1e-300;
                break;
            default:
                y[t] = rng_exponential(&rng);
            }
        }
        options.causal = seed % 10 == 9;
        options.fill_zero = seed % 4 == 0;
        status = anomaly_detect(env, (AnomalySeries){moments, y, n}, &options, &rows, &n_rows, &failure);
        unit_check(status == STATUS_SUCCESS, __FILE__, __LINE__, "seed %d: %s", (int)seed, failure.message);
        for (size_t i = 0; status == STATUS_SUCCESS && i < n_rows; i++)
            CHECK(!rows[i].judged || (rows[i].score > 0 && rows[i].score < 1 && rows[i].quantile > 0));
        unit_env_free(env);
    }
}

static void
test_no_memory_and_cancel(void)
{
    Shop shop = make_shop(0.05);
    AnomalyOptions options = anomaly_default_options();
    AnomalyRow *rows;
    Status status = STATUS_OUT_OF_MEMORY;
    size_t n_rows;

    for (size_t at = 1; status != STATUS_SUCCESS && at < 200; at++) {
        Env *env = unit_env_failing(at);

        status = anomaly_detect(env, series_of(&shop, 60), &options, &rows, &n_rows, NULL);
        CHECK(status == STATUS_SUCCESS || status == STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
    CHECK_STATUS(status, STATUS_SUCCESS);
    options.causal = true;
    for (size_t at = 1; at < 2000; at += 333) {
        Env *env = unit_env_cancelling(at);

        CHECK_STATUS(anomaly_detect(env, series_of(&shop, 60), &options, &rows, &n_rows, NULL),
                     STATUS_CANCELLED);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("anomaly");
    test_rule();
    test_expectation();
    test_verdicts();
    test_causality();
    test_causal_severity();
    test_train_until();
    test_closed();
    test_errors();
    test_beside_closures();
    test_given_expectation();
    test_score_from();
    test_episodes();
    test_random_series();
    test_no_memory_and_cancel();
    return unit_end();
}
