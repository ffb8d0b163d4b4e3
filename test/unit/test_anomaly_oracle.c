/*
 * anomaly_detect against planted anomalies (fixtures; skipped where they are absent).
 *
 * Provenance: fixtures/iforest/retail_planted_ts.csv, 16 daily series of a shop with planted spikes, drops
 * and outages. Counted are days after the first 28 that are not marked to be ignored. Required of the rule,
 * pooled over the series and before any merging: F1 >= .58; precision of critical >= .95, of high >= .70, of
 * both together above that of medium and low together. Average precision of the rank score is the mean over
 * series; scikit-learn's forest on raw values reaches about .33 on such series (.335 on the 40 that the rule
 * was made on), and 1.6 times that is required. The forest of this library on raw values is printed beside
 * it.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_sort.h>

#include "anomaly/anomaly.h"
#include "iforest/iforest.h"
#include "kit/civil.h"
#include "unit.h"

#define SERIES  16
#define DAYS    374
#define WARM_UP 28

typedef struct Planted {
    char name[32];
    int64_t moments[DAYS];
    double y[DAYS];
    bool planted[DAYS], ignored[DAYS];
    size_t n;
} Planted;

typedef struct Tally {
    int alerts[5], hits[5]; /* by severity */
    int planted;
} Tally;

static Planted planted[SERIES];

static int64_t
day_number(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

    return 365 * (year - 2010) + before[month - 1] + day - 1; /* from 2010-01-01; no leap day up to 2011 */
}

static size_t
read_planted(void)
{
    char path[1024], line[512], name[32];
    FILE *file;
    size_t n_series = 0;

    snprintf(path, sizeof(path), "%s/iforest/retail_planted_ts.csv", unit_fixtures());
    file = fopen(path, "r");
    CHECK(file != NULL);
    if (file == NULL || fgets(line, sizeof(line), file) == NULL)
        return 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        int year, month, day, label, at = 0;
        double value;
        Planted *p;

        if (sscanf(line, "%31[^,],%d-%d-%d,%lf,%*[^,],%d,%n", name, &year, &month, &day, &value, &label,
                   &at) < 6)
            break;
        if (n_series == 0 || strcmp(planted[n_series - 1].name, name) != 0)
            snprintf(planted[n_series++].name, sizeof(planted[0].name), "%s", name);
        p = &planted[n_series - 1];
        p->moments[p->n] = day_number(year, month, day) * CIVIL_DAY;
        p->y[p->n] = value;
        p->planted[p->n] = label != 0;
        p->ignored[p->n++] = strchr(line + at, ',')[1] == '1';
    }
    fclose(file);
    return n_series;
}

/* Mean over the planted days of the precision at their place in the order, best first. */
static double
average_precision(const double *rank, const bool *hit, size_t n)
{
    size_t order[DAYS];
    double sum = 0, n_hits = 0;

    gsl_sort_index(order, rank, 1, n);
    for (size_t i = n; i > 0; i--)
        if (hit[order[i - 1]]) {
            n_hits++;
            sum += n_hits / (double)(n - i + 1);
        }
    return n_hits > 0 ? sum / n_hits : NAN;
}

static double
raw_forest_precision(const Planted *p)
{
    Env *env = unit_env();
    IForestOptions options = iforest_default_options();
    IForest *forest;
    IForestScorer *scorer;
    double scores[DAYS], rank[DAYS];
    bool hit[DAYS];
    size_t n = 0;

    CHECK_STATUS(iforest_grow(env, p->y, p->n, 1, &options, &forest, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_scorer_new(env, forest, &scorer, NULL), STATUS_SUCCESS);
    CHECK_STATUS(iforest_score(env, scorer, p->y, p->n, scores, NULL), STATUS_SUCCESS);
    for (size_t i = WARM_UP; i < p->n; i++)
        if (!p->ignored[i]) {
            rank[n] = scores[i];
            hit[n++] = p->planted[i];
        }
    unit_env_free(env);
    return average_precision(rank, hit, n);
}

/* Runs one series; adds its alerts to the tally; returns the average precision of the rank score, and that of
 * |z|. */
static double
run_series(const Planted *p, const AnomalyOptions *options, Tally *tally, double *z_precision)
{
    Env *env = unit_env();
    AnomalyRow *rows = NULL;
    size_t n_rows = 0, n = 0;
    double rank[DAYS], by_z[DAYS], precision;
    bool hit[DAYS];

    CHECK_STATUS(anomaly_detect(env, (AnomalySeries){p->moments, p->y, p->n}, options, &rows, &n_rows, NULL),
                 STATUS_SUCCESS);
    CHECK_EQUAL(n_rows, p->n);
    for (size_t i = WARM_UP; i < n_rows; i++) {
        if (p->ignored[i])
            continue;
        tally->alerts[rows[i].severity]++;
        tally->hits[rows[i].severity] += p->planted[i];
        tally->planted += p->planted[i];
        rank[n] = isnan(rows[i].rank_score) ? -1 : rows[i].rank_score;
        by_z[n] = isnan(rows[i].z) ? -1 : fabs(rows[i].z);
        hit[n++] = p->planted[i];
    }
    precision = average_precision(rank, hit, n);
    *z_precision = average_precision(by_z, hit, n);
    unit_env_free(env);
    return precision;
}

static double
precision_of(const Tally *t, AnomalySeverity from, AnomalySeverity to)
{
    int alerts = 0, hits = 0;

    for (int s = (int)from; s <= (int)to; s++) {
        alerts += t->alerts[s];
        hits += t->hits[s];
    }
    return alerts > 0 ? (double)hits / alerts : 0;
}

static double
f1_of(const Tally *t)
{
    double precision = precision_of(t, ANOMALY_LOW, ANOMALY_CRITICAL), found = 0, recall;

    for (int s = ANOMALY_LOW; s <= ANOMALY_CRITICAL; s++)
        found += t->hits[s];
    recall = found / t->planted;
    return 2 * precision * recall / (precision + recall);
}

static void
test_batch(void)
{
    AnomalyOptions options = anomaly_default_options();
    Tally tally = {0};
    double precision = 0, raw = 0, by_z = 0, z = 0;

    for (size_t s = 0; s < SERIES; s++) {
        precision += run_series(&planted[s], &options, &tally, &by_z) / SERIES;
        z += by_z / SERIES;
        raw += raw_forest_precision(&planted[s]) / SERIES;
    }
    printf("# batch: AP %.3f (|z| alone %.3f, raw forest %.3f), rule F1 %.3f; precision critical %.2f of %d, "
           "high %.2f of %d, "
           "medium %.2f of %d, low %.2f of %d\n",
           precision, z, raw, f1_of(&tally), precision_of(&tally, ANOMALY_CRITICAL, ANOMALY_CRITICAL),
           tally.alerts[ANOMALY_CRITICAL], precision_of(&tally, ANOMALY_HIGH, ANOMALY_HIGH),
           tally.alerts[ANOMALY_HIGH], precision_of(&tally, ANOMALY_MEDIUM, ANOMALY_MEDIUM),
           tally.alerts[ANOMALY_MEDIUM], precision_of(&tally, ANOMALY_LOW, ANOMALY_LOW),
           tally.alerts[ANOMALY_LOW]);
    CHECK(precision >= 1.6 * 0.335);
    CHECK(precision >= 1.6 * raw);
    CHECK(f1_of(&tally) >= 0.58);
    CHECK(precision_of(&tally, ANOMALY_CRITICAL, ANOMALY_CRITICAL) >= 0.95);
    CHECK(precision_of(&tally, ANOMALY_HIGH, ANOMALY_HIGH) >= 0.70);
    CHECK(precision_of(&tally, ANOMALY_HIGH, ANOMALY_CRITICAL) >
          precision_of(&tally, ANOMALY_LOW, ANOMALY_MEDIUM));
}

/* Judged by the past alone it is weaker, and still better than a forest on raw values that sees everything.
 */
static void
test_causal(void)
{
    AnomalyOptions options = anomaly_default_options();
    Tally tally = {0};
    double precision = 0, raw = 0, by_z = 0, z = 0;

    options.causal = true;
    for (size_t s = 0; s < SERIES; s += 4) {
        precision += run_series(&planted[s], &options, &tally, &by_z) / (SERIES / 4.0);
        z += by_z / (SERIES / 4.0);
        raw += raw_forest_precision(&planted[s]) / (SERIES / 4.0);
    }
    printf("# causal: AP %.3f (|z| alone %.3f, raw forest %.3f), rule F1 %.3f\n", precision, z, raw,
           f1_of(&tally));
    CHECK(precision > raw);
}

int
main(void)
{
    unit_begin("anomaly_oracle");
    if (unit_fixtures() == NULL) {
        printf("skipped: anomaly_oracle needs BI_ML_FIXTURES\n");
        CHECK(true);
        return unit_end();
    }
    CHECK_EQUAL(read_planted(), SERIES);
    test_batch();
    test_causal();
    return unit_end();
}
