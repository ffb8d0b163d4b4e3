/*
 * Coherent forecasts of a total and its parts.
 *
 * Provenance: test/oracle/reconcile.csv, written by test/oracle/make_reconcile_cases.py with numpy: MinT by
 * its full matrices, the shrinkage pair by pair.
 */
#include "forecast/reconcile.h"

#include "forecast_fixture.h"
#include "forecast_sample.h"

#define MOST_ROWS   40
#define MOST_ERRORS 60

typedef struct Family {
    char name[40];
    size_t n;
    ReconcileRow rows[MOST_ROWS];
    double coherent[MOST_ROWS], lambda;
} Family;

/* The rows of the next case; false at the end. */
static bool
next_family(Env *env, Fixture *f, Family *family, bool *more)
{
    family->n = 0;
    while (*more && (family->n == 0 || strcmp(f->field[0], family->name) == 0)) {
        double errors[MOST_ERRORS];
        size_t n = fixture_numbers(f->field[5], errors, MOST_ERRORS);

        snprintf(family->name, sizeof(family->name), "%s", f->field[0]);
        family->rows[family->n] = (ReconcileRow){.yhat = strtod(f->field[2], NULL), .past = NAN};
        family->rows[family->n].is_total = strcmp(f->field[1], "1") == 0;
        family->rows[family->n].lower = family->rows[family->n].yhat - 1;
        family->rows[family->n].upper = family->rows[family->n].yhat + 2;
        family->rows[family->n].errors = even(env, 0, DAY, errors, n);
        family->coherent[family->n] = strtod(f->field[3], NULL);
        family->lambda = strtod(f->field[4], NULL);
        family->n++;
        *more = fixture_next(f);
    }
    return family->n > 0;
}

static void
check_coherent(const ReconcileRow *rows, const ReconcileBand *bands, size_t n)
{
    double total = 0, sum = 0, size = 0;
    size_t n_parts = 0;

    for (size_t i = 0; i < n; i++) {
        if (rows[i].is_total)
            total = bands[i].yhat;
        else if (!isnan(bands[i].yhat)) {
            sum += bands[i].yhat;
            size += fabs(bands[i].yhat);
            n_parts++;
        }
        CHECK(isnan(bands[i].lower) || !(rows[i].lower <= rows[i].yhat) || bands[i].lower <= bands[i].yhat);
        CHECK(isnan(bands[i].upper) || !(rows[i].yhat <= rows[i].upper) || bands[i].yhat <= bands[i].upper);
    }
    CHECK(n_parts == 0 || fabs(total - sum) <= 1e-9 * size);
}

static void
test_oracle(void)
{
    Fixture f = {.file = fopen("test/oracle/reconcile.csv", "r")};
    Env *env = unit_env();
    Family family;
    size_t n_families = 0;
    bool more;

    CHECK(fixture_next(&f)); /* the head line */
    more = fixture_next(&f);
    while (next_family(env, &f, &family, &more)) {
        ReconcileBand bands[MOST_ROWS];
        const ReconcileRow *pointers[MOST_ROWS];
        double size = 0;
        Failure failure;
        Shrunk shrunk;

        for (size_t i = 0; i < family.n; i++) {
            pointers[i] = &family.rows[i];
            size = fmax(size, fabs(family.rows[i].yhat));
        }
        CHECK_STATUS(shrunk_build(env, pointers, family.n, &shrunk, &failure), STATUS_SUCCESS);
        CHECK_NEAR(shrunk.lambda, family.lambda, 1e-9);
        CHECK_STATUS(reconcile(env, family.rows, family.n, RECONCILE_MINT_SHRINK, true, bands, &failure),
                     STATUS_SUCCESS);
        check_coherent(family.rows, bands, family.n);
        for (size_t i = 0; i < family.n; i++) {
            CHECK_NEAR(bands[i].yhat / size, family.coherent[i] / size, 1e-9);
            CHECK_NEAR(bands[i].upper - bands[i].yhat, 2, 1e-6);
        }
        n_families++;
    }
    CHECK_EQUAL(n_families, 6);
    fclose(f.file);
    unit_env_free(env);
}

/* Random forecasts and errors, some unknown, some without any, some without error. */
static size_t
random_rows(Env *env, Rng *rng, ReconcileRow *rows)
{
    size_t n = 2 + (size_t)rng_below(rng, MOST_ROWS - 2), n_errors = 1 + (size_t)rng_below(rng, MOST_ERRORS);
    double scale = pow(10, (double)rng_below(rng, 13) - 6);

    for (size_t i = 0; i < n; i++) {
        double errors[MOST_ERRORS], size = scale * rng_exponential(rng);
        int kind = (int)rng_below(rng, 8);

        for (size_t t = 0; t < n_errors; t++)
            errors[t] = kind == 0 ? 0 : rng_below(rng, 6) == 0 ? NAN : size * rng_normal(rng);
        if (i == 0)
            errors[0] = scale; /* at least one is known */
        rows[i] = (ReconcileRow){.yhat = size, .is_total = i == 0, .past = size};
        if (i == 0)
            rows[i].yhat = size * (double)n;
        rows[i].lower = kind == 2 ? NAN : rows[i].yhat * 0.5;
        rows[i].upper = kind == 2 ? NAN : rows[i].yhat * 2;
        if (kind == 3 && i > 0)
            rows[i].yhat = NAN;
        rows[i].errors =
            even(env, (int64_t)rng_below(rng, 3), DAY, errors, kind == 1 && i > 0 ? 0 : n_errors);
    }
    return n;
}

/* What must hold whatever the numbers: sums, order of rows, coherent input stays. */
static void
test_properties(void)
{
    Rng rng;

    rng_init(&rng, 5, 0);
    for (int round = 0; round < 300; round++) {
        ReconcileRow rows[MOST_ROWS], turned[MOST_ROWS];
        ReconcileBand bands[MOST_ROWS], others[MOST_ROWS];
        ReconcileMethod method = (ReconcileMethod)rng_below(&rng, 3);
        Env *env = unit_env();
        size_t n = random_rows(env, &rng, rows);
        Failure failure;

        for (size_t i = 0; i < n; i++)
            turned[i] = rows[n - 1 - i];
        CHECK_STATUS(reconcile(env, rows, n, method, true, bands, &failure), STATUS_SUCCESS);
        check_coherent(rows, bands, n);
        CHECK_STATUS(reconcile(env, turned, n, method, true, others, &failure), STATUS_SUCCESS);
        for (size_t i = 0; i < n; i++) {
            CHECK(memcmp(&bands[i], &others[n - 1 - i], sizeof(ReconcileBand)) == 0);
            CHECK(isnan(bands[i].yhat) == isnan(rows[i].yhat));
            CHECK(!(bands[i].yhat < 0) && !(bands[i].lower < 0));
            if (method == RECONCILE_BOTTOM_UP && i > 0 && !isnan(rows[i].yhat))
                CHECK(bands[i].yhat == rows[i].yhat && !(bands[i].lower < rows[i].lower));
            if (method == RECONCILE_TOP_DOWN && i == 0)
                CHECK_NEAR(bands[i].yhat / rows[i].yhat, 1, 1e-12);
            rows[i].yhat = bands[i].yhat;
        }
        CHECK_STATUS(reconcile(env, rows, n, RECONCILE_MINT_SHRINK, true, others, &failure), STATUS_SUCCESS);
        for (size_t i = 0; i < n; i++)
            CHECK(isnan(rows[i].yhat) || fabs(others[i].yhat - rows[i].yhat) <= 1e-9 * bands[0].yhat);
        unit_env_free(env);
    }
}

/* The true values add up; then W-weighted errors never grow (Wickramasuriya 2021): MinT projects,
 * orthogonally in the metric of W^-1, onto what adds up. With independent errors of known variance W is
 * diagonal. */
static void
test_error_shrinks(void)
{
    double before_all = 0, after_all = 0;
    Rng rng;

    rng_init(&rng, 6, 0);
    for (int round = 0; round < 200; round++) {
        enum { K = 6, N = 400 };
        ReconcileRow rows[K];
        const ReconcileRow *pointers[K];
        ReconcileBand bands[K];
        double truth[K] = {0}, sd[K], before = 0, after = 0;
        Env *env = unit_env();
        Failure failure;
        Shrunk w;

        for (size_t i = K; i-- > 0;) {
            double errors[N];

            sd[i] = i == 0 ? 25 : (double)(3 * i);
            truth[i] = i == 0 ? truth[0] : 200 + 50 * rng_uniform(&rng);
            truth[0] += i == 0 ? 0 : truth[i];
            for (size_t t = 0; t < N; t++)
                errors[t] = sd[i] * rng_normal(&rng);
            rows[i] = (ReconcileRow){.yhat = truth[i] + sd[i] * rng_normal(&rng), .is_total = i == 0};
            rows[i].errors = even(env, 0, DAY, errors, N);
            pointers[i] = &rows[i];
        }
        CHECK_STATUS(reconcile(env, rows, K, RECONCILE_MINT_SHRINK, true, bands, &failure), STATUS_SUCCESS);
        CHECK_STATUS(shrunk_build(env, pointers, K, &w, &failure), STATUS_SUCCESS);
        for (size_t i = 0; i < K; i++) {
            before += pow(rows[i].yhat - truth[i], 2) / (sd[i] * sd[i]);
            after += pow(bands[i].yhat - truth[i], 2) / (sd[i] * sd[i]);
        }
        CHECK(after <= before * 1.05); /* W is estimated */
        before_all += before;
        after_all += after;
        unit_env_free(env);
    }
    /* One of six dimensions is projected away. */
    CHECK_NEAR(after_all / before_all, 5.0 / 6, 0.05);
}

/* The surer series moves less, in proportion to the variance where errors are independent. */
static void
test_by_hand(void)
{
    double e0[] = {3, -3, 3, -3}, e1[] = {2, 2, -2, -2}, e2[] = {1, -1, -1, 1};
    Env *env = unit_env();
    ReconcileRow rows[] = {
        {.yhat = 114, .lower = 100, .upper = 120, .is_total = true, .errors = even(env, 0, DAY, e0, 4)},
        {.yhat = 60, .lower = 50, .upper = NAN, .past = 30, .errors = even(env, 0, DAY, e1, 4)},
        {.yhat = 40, .lower = 0, .upper = 80, .past = 10, .errors = even(env, 0, DAY, e2, 4)},
    };
    ReconcileBand b[3];
    Failure failure;

    /* Products of these errors have mean 0: W = diag(9, 4, 1); the gap of 14 goes 9 : 4 : 1. */
    CHECK_STATUS(reconcile(env, rows, 3, RECONCILE_MINT_SHRINK, true, b, &failure), STATUS_SUCCESS);
    CHECK_NEAR(b[0].yhat, 105, 1e-12);
    CHECK_NEAR(b[1].yhat, 64, 1e-12);
    CHECK_NEAR(b[2].yhat, 41, 1e-12);
    CHECK_NEAR(b[0].lower, 91, 1e-12);
    CHECK_NEAR(b[1].lower, 54, 1e-12);
    CHECK(isnan(b[1].upper));
    CHECK_NEAR(b[2].upper, 81, 1e-12);
    CHECK_STATUS(reconcile(env, rows, 3, RECONCILE_TOP_DOWN, true, b, &failure), STATUS_SUCCESS);
    CHECK_NEAR(b[0].yhat, 114, 1e-12);
    CHECK_NEAR(b[1].yhat, 85.5, 1e-12);
    CHECK_NEAR(b[2].yhat, 28.5, 1e-12);
    CHECK_NEAR(b[2].lower, 0, 1e-12);
    CHECK_STATUS(reconcile(env, rows, 3, RECONCILE_BOTTOM_UP, true, b, &failure), STATUS_SUCCESS);
    CHECK_NEAR(b[0].yhat, 100, 1e-12);
    CHECK_NEAR(b[0].upper, 106, 1e-12);
    /* A total without a forecast is the sum; without parts it stays. */
    rows[0].yhat = NAN;
    CHECK_STATUS(reconcile(env, rows, 3, RECONCILE_MINT_SHRINK, true, b, &failure), STATUS_SUCCESS);
    CHECK_NEAR(b[0].yhat, 100, 1e-12);
    CHECK(isnan(b[0].lower));
    rows[0].yhat = 114;
    CHECK_STATUS(reconcile(env, rows, 1, RECONCILE_TOP_DOWN, true, b, &failure), STATUS_SUCCESS);
    CHECK_NEAR(b[0].yhat, 114, 0);
    /* Negative numbers are kept where they may be. */
    rows[0].yhat = -40;
    CHECK_STATUS(reconcile(env, rows, 3, RECONCILE_MINT_SHRINK, false, b, &failure), STATUS_SUCCESS);
    CHECK_NEAR(b[0].yhat, 50, 1e-12);
    CHECK_NEAR(b[1].yhat, 20, 1e-12);
    unit_env_free(env);
}

static void
test_errors(void)
{
    double none[] = {NAN, NAN}, infinite[] = {1, INFINITY}, some[] = {1, 2};
    Env *env = unit_env();
    ReconcileRow rows[2] = {{.yhat = 1, .is_total = true, .past = NAN}, {.yhat = 2, .past = NAN}};
    ReconcileBand b[2];
    Failure failure;

    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_MINT_SHRINK, true, b, &failure), STATUS_BAD_DATA);
    rows[0].errors = even(env, 0, DAY, none, 2);
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_MINT_SHRINK, true, b, &failure), STATUS_BAD_DATA);
    rows[0].errors = even(env, 0, DAY, infinite, 2);
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_MINT_SHRINK, true, b, &failure), STATUS_BAD_DATA);
    rows[0].errors = even(env, 0, DAY, some, 2);
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_MINT_SHRINK, true, b, &failure), STATUS_SUCCESS);
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_TOP_DOWN, true, b, &failure), STATUS_NULL_VALUE);
    rows[1].past = -1;
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_TOP_DOWN, true, b, &failure), STATUS_BAD_VALUE);
    rows[1].past = 0;
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_TOP_DOWN, true, b, &failure), STATUS_BAD_DATA);
    rows[1].yhat = INFINITY;
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_BOTTOM_UP, true, b, &failure), STATUS_BAD_DATA);
    rows[1] = (ReconcileRow){.yhat = 1, .is_total = true};
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_BOTTOM_UP, true, b, &failure), STATUS_BAD_DATA);
    rows[0].is_total = rows[1].is_total = false;
    CHECK_STATUS(reconcile(env, rows, 2, RECONCILE_BOTTOM_UP, true, b, &failure), STATUS_BAD_DATA);
    unit_env_free(env);
}

static Status
whole(Env *env, const ReconcileRow *rows, size_t n)
{
    ReconcileBand bands[MOST_ROWS];
    Failure failure;

    return reconcile(env, rows, n, RECONCILE_MINT_SHRINK, true, bands, &failure);
}

static void
test_failing(void)
{
    Env *keep = unit_env(), *env = unit_env();
    ReconcileRow rows[MOST_ROWS];
    size_t n, n_allocations;
    Rng rng;

    rng_init(&rng, 7, 0);
    n = random_rows(keep, &rng, rows);
    CHECK_STATUS(whole(env, rows, n), STATUS_SUCCESS);
    n_allocations = unit_env_allocations(env);
    unit_env_free(env);
    for (size_t i = 1; i <= n_allocations; i++) {
        env = unit_env_failing(i);
        CHECK_STATUS(whole(env, rows, n), STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
    for (size_t i = 1; i < 30; i++) {
        env = unit_env_cancelling(i);
        CHECK_STATUS(whole(env, rows, n), STATUS_CANCELLED);
        unit_env_free(env);
    }
    unit_env_free(keep);
}

int
main(void)
{
    unit_begin("reconcile");
    test_by_hand();
    test_oracle();
    test_properties();
    test_error_shrinks();
    test_errors();
    test_failing();
    return unit_end();
}
