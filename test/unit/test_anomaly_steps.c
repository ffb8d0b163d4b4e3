/*
 * anomaly_detect on grids finer and coarser than a day.
 *
 * Provenance: the series are made from a known trend and known patterns of the day and of the week with noise
 * of a known size, so that expected values and what is unusual are known; the rest are properties.
 */
#include <math.h>
#include <string.h>

#include "anomaly/anomaly_internal.h"
#include "kit/civil.h"
#include "kit/rng.h"
#include "unit.h"

enum { HOURS = 24 * 7 * 8, WEEKS = 120 };

#define NOISE 3.0

typedef struct Traffic {
    int64_t moments[HOURS];
    double y[HOURS], truth[HOURS];
} Traffic;

/* A day's wave, half of it on two days of the week, and a slow trend. */
static Traffic
make_traffic(double day_wave, double weekend)
{
    Traffic t;
    Rng rng;

    rng_init(&rng, 8, 8);
    for (int h = 0; h < HOURS; h++) {
        double wave = day_wave * sin(2 * M_PI * (h % 24) / 24);

        t.moments[h] = (5000 * 24 + h) * (CIVIL_DAY / 24);
        if ((5000 + h / 24) % 7 < 2)
            wave = wave * 0.5 + weekend;
        t.truth[h] = 200 + 0.02 * h + wave;
        t.y[h] = t.truth[h] + NOISE * rng_normal(&rng);
    }
    return t;
}

static AnomalySeries
series_of(const Traffic *t, size_t n)
{
    return (AnomalySeries){.moments = t->moments, .y = t->y, .n = n};
}

static AnomalyRow *
detect(Env *env, const Traffic *t, size_t n, const AnomalyOptions *options, size_t *n_rows)
{
    AnomalyRow *rows = NULL;
    Failure failure = {0};

    CHECK_STATUS(anomaly_detect(env, series_of(t, n), options, &rows, n_rows, &failure), STATUS_SUCCESS);
    return rows;
}

/* Root mean square of expected - truth, away from the ends. */
static double
error_of(const AnomalyRow *rows, const Traffic *t)
{
    double sum = 0;

    for (size_t h = 24; h < HOURS - 24; h++)
        sum += (rows[h].expected - t->truth[h]) * (rows[h].expected - t->truth[h]);
    return sqrt(sum / (HOURS - 48));
}

/* The expectation is closer to the truth than the noise, whatever patterns there are, and none is seen in
 * noise. */
static void
test_patterns(void)
{
    Env *env = unit_env();
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows;
    struct {
        double wave, weekend, most;
    } cases[] = {{0, 0, 0.4 * NOISE}, {60, 0, 0.75 * NOISE}, {60, -40, 0.75 * NOISE}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Traffic t = make_traffic(cases[i].wave, cases[i].weekend);
        AnomalyRow *rows = detect(env, &t, HOURS, &options, &n_rows);
        double error = error_of(rows, &t);

        CHECK_EQUAL(n_rows, HOURS);
        unit_check(error < cases[i].most, __FILE__, __LINE__, "case %zu: error %.3f", i, error);
    }
    unit_env_free(env);
}

static void
test_planted(void)
{
    Env *env = unit_env();
    AnomalyOptions options = anomaly_default_options();
    Traffic t = make_traffic(60, -40);
    static const size_t places[] = {300, 555, 700, 901, 1100};
    size_t n_rows, n_false = 0;
    AnomalyRow *rows;

    for (size_t i = 0; i < 5; i++)
        t.y[places[i]] += i % 2 == 0 ? 60 : -60; /* within the day's wave: no raw value stands out */
    rows = detect(env, &t, HOURS, &options, &n_rows);
    for (size_t h = 0; h < HOURS; h++) {
        bool planted = false;

        for (size_t i = 0; i < 5; i++)
            planted |= h == places[i];
        if (planted)
            CHECK(rows[h].severity >= ANOMALY_HIGH);
        else
            n_false += rows[h].severity >= ANOMALY_MEDIUM;
        CHECK(rows[h].moment == t.moments[h]);
        CHECK_NEAR(rows[h].rank_score, rows[h].score + fabs(rows[h].z) / (fabs(rows[h].z) + 6), 1e-12);
    }
    CHECK(rows[300].direction == ANOMALY_SPIKE && rows[555].direction == ANOMALY_DROP);
    unit_check(n_false <= HOURS / 300, __FILE__, __LINE__, "%zu false alerts", n_false);
    unit_env_free(env);
}

static bool
same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Changing y at or after a row changes nothing before it, nor its expectation and bounds. */
static void
test_causality(void)
{
    Env *env = unit_env();
    AnomalyOptions options = anomaly_default_options();
    Traffic t = make_traffic(60, -40), changed = t;
    size_t n = 24 * 21, n_rows, at = 24 * 20 + 5, n_same = 0;
    AnomalyRow *rows, *after;
    Rng rng;

    options.causal = true;
    options.has_train_until = true;
    options.train_until = t.moments[at - 30];
    rng_init(&rng, 1, 1);
    for (size_t h = at; h < n; h++)
        changed.y[h] = h % 5 == 0 ? NAN : 1000 * rng_uniform(&rng);
    rows = detect(env, &t, n, &options, &n_rows);
    after = detect(env, &changed, n, &options, &n_rows);
    CHECK_EQUAL(n_rows, n - (at - 30) - 1);
    for (size_t i = 0; i < 29; i++)
        n_same += same_number(rows[i].expected, after[i].expected) &&
                  same_number(rows[i].score, after[i].score) && same_number(rows[i].z, after[i].z) &&
                  rows[i].severity == after[i].severity;
    CHECK_EQUAL(n_same, 29);
    CHECK(rows[29].expected == after[29].expected && rows[29].lower == after[29].lower);
    CHECK(rows[29].moment == t.moments[at]);
    unit_env_free(env);
}

/* Open from 9 to 17 only, at night 0 or nothing: the nights are shut and in no statistic. */
static void
test_shut_hours(void)
{
    Env *env = unit_env();
    AnomalyOptions options = anomaly_default_options();
    Traffic t = make_traffic(0, 0);
    size_t n_rows, n = 0;
    AnomalyRow *rows;

    for (size_t h = 0; h < HOURS; h++)
        if (h % 24 < 9 || h % 24 > 17)
            t.y[h] = 0;
    t.y[600] = 50; /* 0 o'clock */
    rows = detect(env, &t, HOURS, &options, &n_rows);
    CHECK(rows[600].expected == 0 && rows[600].direction == ANOMALY_SPIKE &&
          rows[600].severity >= ANOMALY_HIGH);
    CHECK(rows[603].expected == 0 && rows[603].z == rows[627].z && rows[603].severity == ANOMALY_NONE);
    options.fill_zero = true;
    for (size_t h = 0; h < HOURS; h++)
        if (t.y[h] > 0 && h != 600) {
            t.y[n] = t.y[h];
            t.moments[n++] = t.moments[h];
        }
    rows = detect(env, &t, n, &options, &n_rows);
    CHECK_EQUAL(n_rows, HOURS - 9 - 6);
    CHECK_EQUAL(rows[0].moment, t.moments[0]);
    for (size_t i = 0; i < n_rows; i++)
        CHECK(rows[i].actual > 0 || rows[i].expected == 0);
    unit_env_free(env);
}

/* Timers that are late by seconds stay on their grid; two rows in a step are refused. */
static void
test_grid(void)
{
    Env *env = unit_env();
    AnomalyOptions options = anomaly_default_options();
    Traffic t = make_traffic(60, 0);
    AnomalyRow *rows;
    size_t n_rows;

    for (size_t h = 1; h < HOURS; h += 7)
        t.moments[h] += (int64_t)(h % 50) * CIVIL_SECOND;
    rows = detect(env, &t, HOURS, &options, &n_rows);
    CHECK_EQUAL(n_rows, HOURS);
    CHECK_EQUAL(rows[8].moment, t.moments[8]);
    t.moments[9] = t.moments[8] + CIVIL_SECOND;
    CHECK_STATUS(anomaly_detect(env, series_of(&t, HOURS), &options, &rows, &n_rows, NULL), STATUS_BAD_DATA);
    t.moments[9] = t.moments[8];
    CHECK_STATUS(anomaly_detect(env, series_of(&t, HOURS), &options, &rows, &n_rows, NULL), STATUS_BAD_DATA);
    t = make_traffic(60, 0);
    t.moments[HOURS - 1] += INT64_C(300000) * (CIVIL_DAY / 24);
    CHECK_STATUS(anomaly_detect(env, series_of(&t, HOURS), &options, &rows, &n_rows, NULL), STATUS_TOO_BIG);
    unit_env_free(env);
}

/* Where a trailing level lags behind growth the expected value lies within its bounds all the same, and what
 * is below it is a drop. */
static void
test_causal_growth(void)
{
    Env *env = unit_env();
    Traffic weeks;
    AnomalyOptions options = anomaly_default_options();
    size_t n_rows, n_within = 0, n_right = 0, n_judged = 0;
    AnomalyRow *rows;
    Rng rng;

    rng_init(&rng, 9, 9);
    for (int t = 0; t < WEEKS; t++) {
        weeks.moments[t] = (5000 + 7 * t) * CIVIL_DAY;
        weeks.y[t] = 1000 * exp(0.02 * t + 0.02 * rng_normal(&rng));
    }
    weeks.y[WEEKS - 1] *= 0.9;
    options.causal = true;
    rows = detect(env, &weeks, WEEKS, &options, &n_rows);
    for (size_t t = 0; t < n_rows; t++) {
        if (!rows[t].judged)
            continue;
        n_judged++;
        n_within += rows[t].lower < rows[t].expected && rows[t].expected < rows[t].upper;
        n_right += rows[t].direction == (rows[t].z > 0 ? ANOMALY_SPIKE : ANOMALY_DROP);
    }
    CHECK(n_judged > 90);
    CHECK_EQUAL(n_within, n_judged);
    CHECK_EQUAL(n_right, n_judged);
    CHECK(rows[n_rows - 1].severity != ANOMALY_NONE && rows[n_rows - 1].direction == ANOMALY_DROP);
    unit_env_free(env);
}

/* One row a week: the neighbours are weeks, a week is closed when all its days are, and one with a closed day
 * raises at most a low alert. */
static void
test_weeks(void)
{
    Env *env = unit_env();
    AnomalyOptions options = anomaly_default_options();
    int64_t moments[WEEKS], closed[8];
    double y[WEEKS];
    AnomalyRow *rows = NULL;
    size_t n_rows;
    Rng rng;

    rng_init(&rng, 4, 4);
    for (int w = 0; w < WEEKS; w++) {
        moments[w] = (4999 + 7 * w) * CIVIL_DAY;
        y[w] = 1000 * exp(0.01 * w + 0.05 * rng_normal(&rng));
    }
    y[60] *= 2;
    y[80] /= 3;
    y[100] /= 3;
    for (int d = 0; d < 7; d++)
        closed[d] = 4999 + 7 * 70 + d;
    closed[7] = 4999 + 7 * 100 + 3;
    options.closed = closed;
    options.n_closed = 8;
    CHECK_STATUS(anomaly_detect(env, (AnomalySeries){moments, y, WEEKS}, &options, &rows, &n_rows, NULL),
                 STATUS_SUCCESS);
    CHECK_EQUAL(n_rows, WEEKS);
    for (size_t w = 10; w < WEEKS - 10; w++)
        CHECK(w == 70 || fabs(log(rows[w].expected / 1000) - 0.01 * (double)w) < 0.06);
    CHECK(rows[60].severity >= ANOMALY_HIGH && rows[80].severity >= ANOMALY_HIGH);
    CHECK(!rows[70].judged && rows[70].moment == moments[70]);
    CHECK(rows[100].beside_closure && rows[100].severity == ANOMALY_LOW);
    CHECK(rows[69].beside_closure && rows[71].beside_closure && !rows[68].beside_closure);
    unit_env_free(env);
}

static void
test_no_memory_and_cancel(void)
{
    AnomalyOptions options = anomaly_default_options();
    Traffic t = make_traffic(60, -40);
    AnomalyRow *rows;
    Status status = STATUS_OUT_OF_MEMORY;
    size_t n_rows;

    for (size_t at = 1; status != STATUS_SUCCESS && at < 300; at++) {
        Env *env = unit_env_failing(at);

        status = anomaly_detect(env, series_of(&t, 24 * 20), &options, &rows, &n_rows, NULL);
        CHECK(status == STATUS_SUCCESS || status == STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
    CHECK_STATUS(status, STATUS_SUCCESS);
    for (size_t at = 1; at < 4; at++) {
        Env *env = unit_env_cancelling(at);

        CHECK_STATUS(anomaly_detect(env, series_of(&t, HOURS), &options, &rows, &n_rows, NULL),
                     STATUS_CANCELLED);
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("anomaly_steps");
    test_patterns();
    test_planted();
    test_causality();
    test_shut_hours();
    test_grid();
    test_weeks();
    test_causal_growth();
    test_no_memory_and_cancel();
    return unit_end();
}
