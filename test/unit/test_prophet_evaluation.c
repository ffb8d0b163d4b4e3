/*
 * Cross-validation and its measures.
 *
 * Provenance: the shared fixtures cv_* (R prophet 1.0) and py_cv_* (Prophet 1.3.0 with an exact optimiser),
 * skipped where they are absent; small cases worked out by hand from Prophet's rules.
 */
#include "prophet/evaluation.h"

#include "prophet_case.h"
#include "unit.h"

#define DAY CIVIL_DAY

static ProphetTrial *
read_trials(Env *env, const char *folder, const char *name, size_t *n)
{
    Table table;
    ProphetTrial *trials;

    *n = 0;
    if (!table_read(env, folder, name, "cv.csv", &table)) {
        CHECK_TEXT("missing", "cv.csv");
        return NULL;
    }
    *n = table.n_rows - 1;
    trials = ENV_NEW(env, *n, ProphetTrial);
    for (size_t i = 0; i < *n; i++) {
        trials[i] = (ProphetTrial){.ds = moment_at(&table, i + 1),
                                   .y = number_at(&table, i + 1, "y"),
                                   .yhat = number_at(&table, i + 1, "yhat"),
                                   .yhat_lower = number_at(&table, i + 1, "yhat_lower"),
                                   .yhat_upper = number_at(&table, i + 1, "yhat_upper")};
        CHECK(civil_parse(text_at(&table, i + 1, "cutoff"), &trials[i].cutoff));
    }
    return trials;
}

/* The rows come in a scrambled order: it must not matter. */
static ProphetTrial *
scramble(Env *env, const ProphetTrial *trials, size_t n)
{
    ProphetTrial *scrambled = ENV_NEW(env, n, ProphetTrial);

    for (size_t i = 0; i < n; i++)
        scrambled[i] = trials[(i * 7919 + 3) % n];
    return scrambled;
}

static void
check_table(Env *env, const char *folder, const char *name, const char *file, double rolling_window,
            bool monthly, bool stable_order)
{
    size_t n, n_rows;
    ProphetTrial *trials = read_trials(env, folder, name, &n);
    ProphetPerformance *rows;
    Table table;

    if (!table_read(env, folder, name, file, &table)) {
        CHECK_TEXT("missing", file);
        return;
    }
    CHECK_STATUS(
        prophet_performance(env, scramble(env, trials, n), n, rolling_window, monthly, &rows, &n_rows, NULL),
        STATUS_SUCCESS);
    CHECK_EQUAL(n_rows, table.n_rows - 1);
    for (size_t i = 0; i < n_rows && i + 1 < table.n_rows; i++) {
        double mse = number_at(&table, i + 1, "mse");

        CHECK_EQUAL(rows[i].horizon / (monthly ? 1 : DAY), number_at(&table, i + 1, "horizon"));
        CHECK_NEAR(rows[i].mse / mse, 1, 1e-9);
        CHECK_NEAR(rows[i].rmse, number_at(&table, i + 1, "rmse"), 1e-9);
        CHECK_NEAR(rows[i].mae, number_at(&table, i + 1, "mae"), 1e-9);
        CHECK_NEAR(rows[i].mape, number_at(&table, i + 1, "mape"), 1e-9);
        CHECK_NEAR(rows[i].smape, number_at(&table, i + 1, "smape"), 1e-9);
        CHECK_NEAR(rows[i].coverage, number_at(&table, i + 1, "coverage"), 1e-9);
        if (stable_order)
            CHECK_NEAR(rows[i].mdape, number_at(&table, i + 1, "mdape"), 1e-9);
    }
}

static void
test_reference_tables(const char *folder)
{
    static const char *const r_cases[] = {"cv_air_mult", "cv_or_revenue"};
    Env *env = unit_env();

    for (size_t c = 0; c < 2; c++) {
        check_table(env, folder, r_cases[c], "metrics_R_rw0.csv", 0, false, true);
        check_table(env, folder, r_cases[c], "metrics_R_rw0.1.csv", 0.1, false, true);
        check_table(env, folder, r_cases[c], "metrics_R_rw1.csv", 1, false, true);
    }
    check_table(env, folder, "py_cv_or_revenue", "metrics_rw0.csv", 0, false, true);
    /* pandas sorts by horizon alone and not stably: which rows of a horizon its mdape takes is chance. */
    check_table(env, folder, "py_cv_or_revenue", "metrics_rw0.1.csv", 0.1, false, false);
    check_table(env, folder, "py_cv_or_revenue", "metrics_rw1.csv", 1, false, true);
    check_table(env, folder, "py_cv_or_revenue", "metrics_monthly_rw0.1.csv", 0.1, true, true);
    unit_env_free(env);
}

/* Our own cross-validation against the reference's rows: yhat within `tolerance` of the series' greatest y.
 */
static void
check_own(const char *folder, const char *name, const Case *c, ProphetCutoffs cutoffs, double tolerance)
{
    Env *env = unit_env();
    ProphetOptions options = case_options(env, folder, c);
    ProphetValidation validation;
    Table input;
    Series series;
    size_t n, at = 0;
    double largest = 0, worst = 0, width = 0, reference_width = 0;
    ProphetTrial *wanted = read_trials(env, folder, name, &n);

    if (!table_read(env, folder, name, "input.csv", &input)) {
        CHECK_TEXT("missing", "input.csv");
        return;
    }
    series = case_series(env, c, &input);
    for (size_t i = 0; i < series.n; i++)
        largest = fmax(largest, fabs(series.y[i]));
    CHECK_STATUS(prophet_validation_plan(env, &series, &options, &cutoffs, &validation, NULL),
                 STATUS_SUCCESS);
    for (size_t i = 0; i < validation.n_cutoffs; i++) {
        ProphetTrial *trials = NULL;
        size_t n_trials = 0;

        CHECK_STATUS(prophet_validation_trials(env, &validation, i, 0.8, 1000, 42, &trials, &n_trials, NULL),
                     STATUS_SUCCESS);
        for (size_t r = 0; r < n_trials && at < n; r++, at++) {
            CHECK(trials[r].ds == wanted[at].ds && trials[r].cutoff == wanted[at].cutoff);
            CHECK(trials[r].y == wanted[at].y);
            worst = fmax(worst, fabs(trials[r].yhat - wanted[at].yhat) / largest);
            width += trials[r].yhat_upper - trials[r].yhat_lower;
            reference_width += wanted[at].yhat_upper - wanted[at].yhat_lower;
        }
    }
    CHECK_EQUAL(at, n);
    printf("%s: yhat differs by up to %.2g of y's scale, mean width %.4f of the reference's\n", name, worst,
           width / reference_width);
    CHECK(worst <= tolerance);
    CHECK_NEAR(width / reference_width, 1, 0.05);
    unit_env_free(env);
}

static void
test_reference_rows(const char *folder)
{
    ProphetCutoffs monthly = {.horizon = 30 * DAY, .period = 30 * DAY, .initial = 180 * DAY};
    ProphetCutoffs yearly = {.horizon = 365 * DAY, .period = 365 * DAY, .initial = 2920 * DAY};
    Case plain = {.name = "py_cv_or_revenue"};
    Case multiplicative = {.name = "cv_air_mult", .mode = PROPHET_MULTIPLICATIVE};

    check_own(folder, "py_cv_or_revenue", &plain, monthly, 1e-6);
    /* R stops before the optimum. */
    check_own(folder, "cv_or_revenue", &plain, monthly, 0.005);
    check_own(folder, "cv_air_mult", &multiplicative, yearly, 0.01);
}

/* Days 0, 1, ..., n - 1 from 2024-01-01 without those in [gap_from, gap_to). */
static Series
daily(Env *env, size_t n, size_t gap_from, size_t gap_to)
{
    Series series = {.ds = ENV_NEW(env, n, int64_t), .y = ENV_NEW(env, n, double)};

    for (size_t i = 0; i < n; i++) {
        if (i >= gap_from && i < gap_to)
            continue;
        series.ds[series.n] = civil_day_number((CivilDate){2024, 1, 1}) * DAY + (int64_t)i * DAY;
        series.y[series.n] = 10 + (double)(i % 7) + 0.1 * (double)(i * i % 11);
        series.n++;
    }
    return series;
}

static Status
plan_of(Env *env, const Series *series, const ProphetCutoffs *cutoffs, ProphetValidation *validation)
{
    ProphetOptions options;

    prophet_options_init(&options);
    return prophet_validation_plan(env, series, &options, cutoffs, validation, NULL);
}

/* The cutoffs in days since the first ds. */
static void
check_cutoffs(const Series *series, const ProphetCutoffs *cutoffs, const int *days, size_t n)
{
    Env *env = unit_env();
    ProphetValidation validation = {0};

    CHECK_STATUS(plan_of(env, series, cutoffs, &validation), STATUS_SUCCESS);
    CHECK_EQUAL(validation.n_cutoffs, n);
    for (size_t i = 0; i < n && i < validation.n_cutoffs; i++)
        CHECK_EQUAL((validation.cutoffs[i] - series->ds[0]) / DAY, days[i]);
    unit_env_free(env);
}

#define CUTOFFS(series, cutoffs, ...)                                                                        \
    check_cutoffs(series, cutoffs, (const int[]){__VA_ARGS__},                                               \
                  sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static void
test_cutoffs(void)
{
    Env *env = unit_env();
    Series whole = daily(env, 101, 0, 0), holed = daily(env, 101, 40, 70);
    ProphetCutoffs every_ten = {.horizon = 10 * DAY, .period = 10 * DAY, .initial = 60 * DAY};
    ProphetCutoffs defaults = {.horizon = 20 * DAY, .initial = -1};
    ProphetCutoffs across = {.horizon = 10 * DAY, .period = 15 * DAY, .initial = 20 * DAY};
    const int64_t listed[] = {whole.ds[50], whole.ds[30], whole.ds[50]};
    ProphetCutoffs given = {.horizon = 10 * DAY, .given = true, .listed = listed, .n_listed = 3};

    CUTOFFS(&whole, &every_ten, 60, 70, 80, 90);
    /* Half the horizon apart, after three horizons: longer than the week that is on. */
    CUTOFFS(&whole, &defaults, 60, 70, 80);
    /* 90, 75, 60 would see nothing of days 40 to 69 but 70: (60, 70] has day 70. 45 has nothing: the last ds
     * before it is day 39, so 29. */
    CUTOFFS(&holed, &across, 29, 60, 75, 90);
    CUTOFFS(&whole, &given, 30, 50);
    unit_env_free(env);
}

static void
test_refusals(void)
{
    Env *env = unit_env();
    Series whole = daily(env, 101, 0, 0), one = daily(env, 1, 0, 0);
    const int64_t early[] = {whole.ds[0]}, late[] = {whole.ds[91]}, fine[] = {whole.ds[90]};
    const int64_t outside[] = {whole.ds[100] + 1}, single[] = {whole.ds[0] + 1};
    const struct {
        const Series *series;
        ProphetCutoffs cutoffs;
        Status want;
    } cases[] = {
        {&whole, {.horizon = 101 * DAY, .initial = -1}, STATUS_BAD_DATA},
        {&whole, {.horizon = 10 * DAY, .initial = 91 * DAY}, STATUS_BAD_DATA},
        {&whole, {.horizon = 26 * DAY, .initial = -1}, STATUS_BAD_DATA},
        {&whole, {.horizon = 10 * DAY, .initial = 90 * DAY}, STATUS_SUCCESS},
        {&whole, {.horizon = 10 * DAY, .given = true, .listed = early, .n_listed = 1}, STATUS_BAD_DATA},
        {&whole, {.horizon = 10 * DAY, .given = true, .listed = late, .n_listed = 1}, STATUS_BAD_DATA},
        {&whole, {.horizon = 10 * DAY, .given = true, .listed = fine, .n_listed = 1}, STATUS_SUCCESS},
        {&whole, {.horizon = 10 * DAY, .given = true, .listed = fine, .n_listed = 0}, STATUS_BAD_VALUE},
        {&whole, {.horizon = DAY, .period = 1, .initial = 0}, STATUS_TOO_BIG},
        {&one, {.horizon = DAY, .initial = -1}, STATUS_BAD_DATA},
    };
    ProphetCutoffs at_start = {.horizon = 10 * DAY, .given = true, .listed = single, .n_listed = 1};
    ProphetValidation validation;
    ProphetOptions options;
    ProphetTrial *trials;
    size_t n;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_STATUS(plan_of(env, cases[i].series, &cases[i].cutoffs, &validation), cases[i].want);
    CHECK_STATUS(plan_of(env, &whole, &at_start, &validation), STATUS_SUCCESS);
    CHECK_STATUS(prophet_validation_trials(env, &validation, 0, 0.8, 0, 42, &trials, &n, NULL),
                 STATUS_BAD_DATA);
    /* A changepoint after the last ds is a mistake even though no fit would see it. */
    prophet_options_init(&options);
    options.changepoints_given = true;
    options.changepoints = outside;
    options.n_listed = 1;
    CHECK_STATUS(prophet_validation_plan(env, &whole, &options, &cases[3].cutoffs, &validation, NULL),
                 STATUS_BAD_DATA);
    unit_env_free(env);
}

/* Two trials by hand: what each cutoff's fit sees is the history up to it, with the whole's seasonalities. */
static void
test_what_a_fit_sees(void)
{
    Env *env = unit_env();
    Series whole = daily(env, 101, 0, 0);
    const int64_t listed[] = {whole.ds[10]}, changes[] = {whole.ds[5], whole.ds[60]};
    ProphetCutoffs cutoffs = {.horizon = 5 * DAY, .given = true, .listed = listed, .n_listed = 1};
    ProphetOptions options;
    ProphetValidation validation;
    ProphetModel model;
    ProphetForecast forecast;
    ProphetTrial *trials;
    Series history = whole, future = {.ds = whole.ds + 11, .n = 5};
    size_t n;

    prophet_options_init(&options);
    options.changepoints_given = true;
    options.changepoints = changes;
    options.n_listed = 2;
    CHECK_STATUS(prophet_validation_plan(env, &whole, &options, &cutoffs, &validation, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_validation_trials(env, &validation, 0, 0.8, 0, 42, &trials, &n, NULL),
                 STATUS_SUCCESS);
    CHECK_EQUAL(n, 5);
    /* Eleven days alone would have no weekly seasonality; the second changepoint lies ahead. */
    history.n = 11;
    options.n_listed = 1;
    options.order[PROPHET_WEEKLY] = 3;
    CHECK_STATUS(prophet_fit(env, &history, &options, &model, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_predict(env, &model, &future, &forecast, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < n; i++) {
        CHECK(trials[i].yhat == forecast.yhat[i]);
        CHECK(isnan(trials[i].yhat_lower) && isnan(trials[i].yhat_upper));
    }
    unit_env_free(env);
}

static void
test_windows_by_hand(void)
{
    /* Errors 1, 3 at horizon 1, and 5 at horizon 2; y = 10. */
    const ProphetTrial trials[] = {
        {.ds = 2 * DAY, .cutoff = DAY, .y = 10, .yhat = 7, .yhat_lower = 6, .yhat_upper = 9},
        {.ds = 3 * DAY, .cutoff = DAY, .y = 10, .yhat = 5, .yhat_lower = 4, .yhat_upper = 10},
        {.ds = DAY, .cutoff = 0, .y = 10, .yhat = 11, .yhat_lower = 9, .yhat_upper = 12},
    };
    Env *env = unit_env();
    ProphetPerformance *rows;
    size_t n;

    /* w = 2: horizon 2 takes half of horizon 1 for means, and the later cutoff's row for the median. */
    CHECK_STATUS(prophet_performance(env, trials, 3, 0.7, false, &rows, &n, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n, 2);
    CHECK_NEAR(rows[0].mae, 2, 1e-15);
    CHECK_NEAR(rows[0].mdape, 0.2, 1e-15);
    CHECK_NEAR(rows[1].mae, (5 + 2) / 2.0, 1e-15);
    CHECK_NEAR(rows[1].mse, (25 + 5) / 2.0, 1e-15);
    CHECK_NEAR(rows[1].mdape, 0.4, 1e-15);
    CHECK_NEAR(rows[1].coverage, 0.75, 1e-15);
    /* w = 3: horizon 1 has too few rows. */
    CHECK_STATUS(prophet_performance(env, trials, 3, 1e300, false, &rows, &n, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n, 1);
    CHECK_NEAR(rows[0].mae, 3, 1e-15);
    CHECK_STATUS(prophet_performance(env, trials, 3, -1, false, &rows, &n, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n, 3);
    CHECK_NEAR(rows[2].rmse, 5, 1e-15);
    CHECK_STATUS(prophet_performance(env, trials, 0, 0.1, false, &rows, &n, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(n, 0);
    unit_env_free(env);
}

static void
test_undefined_measures(void)
{
    ProphetTrial trials[] = {{.ds = DAY, .y = 0, .yhat = 0, .yhat_lower = NAN, .yhat_upper = NAN},
                             {.ds = DAY, .y = 2, .yhat = 1, .yhat_lower = 0, .yhat_upper = 3}};
    Env *env = unit_env();
    ProphetPerformance *rows;
    size_t n;

    CHECK_STATUS(prophet_performance(env, trials, 2, 0, false, &rows, &n, NULL), STATUS_SUCCESS);
    CHECK(isnan(rows[0].mape) && isnan(rows[0].mdape) && isnan(rows[0].coverage));
    CHECK_NEAR(rows[0].smape, 1 / 3.0, 1e-15);
    CHECK_STATUS(prophet_performance(env, trials, 2, NAN, false, &rows, &n, NULL), STATUS_BAD_VALUE);
    trials[0].y = INFINITY;
    CHECK_STATUS(prophet_performance(env, trials, 2, 0, false, &rows, &n, NULL), STATUS_BAD_VALUE);
    trials[0].y = 1e200;
    CHECK_STATUS(prophet_performance(env, trials, 2, 0, false, &rows, &n, NULL), STATUS_BAD_DATA);
    trials[0].y = 1;
    trials[0].cutoff = CIVIL_MIN;
    trials[0].ds = CIVIL_END - 1;
    CHECK_STATUS(prophet_performance(env, trials, 2, 0, false, &rows, &n, NULL), STATUS_BAD_VALUE);
    unit_env_free(env);
}

/* Every allocation may fail, and every question after cancellation may be answered with yes. */
static void
test_no_memory_no_time(void)
{
    Env *outer = unit_env();
    Series whole = daily(outer, 60, 0, 0);
    ProphetCutoffs cutoffs = {.horizon = 5 * DAY, .period = 20 * DAY, .initial = 20 * DAY};

    for (size_t failing = 1;; failing++) {
        Env *env = unit_env_failing(failing);
        ProphetValidation validation;
        ProphetPerformance *rows;
        ProphetTrial *trials = NULL;
        size_t n, n_rows;
        Status status = plan_of(env, &whole, &cutoffs, &validation);

        if (status == STATUS_SUCCESS)
            status = prophet_validation_trials(env, &validation, 0, 0.8, 10, 42, &trials, &n, NULL);
        if (status == STATUS_SUCCESS)
            status = prophet_performance(env, trials, n, 0.5, false, &rows, &n_rows, NULL);
        unit_env_free(env);
        if (status == STATUS_SUCCESS)
            break;
        CHECK_STATUS(status, STATUS_OUT_OF_MEMORY);
    }
    unit_env_free(outer);
}

int
main(void)
{
    const char *folder = unit_fixtures();

    unit_begin("prophet_evaluation");
    test_cutoffs();
    test_refusals();
    test_what_a_fit_sees();
    test_windows_by_hand();
    test_undefined_measures();
    test_no_memory_no_time();
    if (folder != NULL) {
        test_reference_tables(folder);
        test_reference_rows(folder);
    } else
        printf("skipped: cross-validation against the references, $BI_ML_FIXTURES is not set\n");
    return unit_end();
}
