/*
 * Exponential smoothing against R's forecast package and statsmodels.
 *
 * Provenance: test/oracle/forecast, generated series with what forecast 8.20 and statsmodels 0.15.0 make of
 * them; fixtures/forecast (skipped where absent), made with R 4.2.2 and forecast 8.20. R's bands of ANA and
 * MNA carry gamma at the wrong lag and are not compared; for a multiplicative season R gives the exact mean,
 * up to .6 % off the recursion. Both programs' searches stop at local optima: a better likelihood is right,
 * and then the forecast differs.
 */
#include "forecast/ets.h"
#include "forecast_fixture.h"

#define MOST_AHEAD 60
#define Z80        1.2815515655446004

/* R accepts relative errors of forecasts below zero; the recursion refuses those fits. */
#define REFUSED_OF_FIXTURES 5
#define REFUSED_OF_ORACLE   0

static FixtureAll all;
static int n_refused;

/* "ETS(A,Ad,N)" */
static bool
read_form(const char *name, size_t m, EtsForm *form)
{
    const char *at = strchr(name, '(');

    if (at == NULL || (at[1] != 'A' && at[1] != 'M') || strchr(at, ')') == NULL)
        return false;
    form->multiplicative_error = at[1] == 'M';
    form->trend = at[3] == 'N' ? ETS_NO_TREND : at[4] == 'd' ? ETS_DAMPED : ETS_TREND;
    at = strrchr(name, ',') + 1;
    form->season = *at == 'N' ? ETS_NO_SEASON : *at == 'A' ? ETS_ADDITIVE : ETS_MULTIPLICATIVE;
    form->m = form->season == ETS_NO_SEASON ? 1 : m;
    return true;
}

/* l, b, then the season newest first; `next` is the phase of the value that follows the state. */
static bool
read_state(const char *text, const EtsForm *form, size_t next, EtsState *state)
{
    double v[40] = {0};
    size_t n = fixture_numbers(text, v, 40), at = 0, m = form->m;

    memset(state, 0, sizeof(*state));
    state->l = v[at++];
    if (form->trend != ETS_NO_TREND)
        state->b = v[at++];
    if (form->season == ETS_NO_SEASON)
        return n == at;
    if (n - at == m - 1) {
        double rest = form->season == ETS_ADDITIVE ? 0 : (double)m;

        for (size_t i = at; i < n; i++)
            rest -= v[i];
        v[n++] = rest;
    }
    for (size_t i = 0; i < m && at + i < n; i++)
        state->s[(next + 2 * m - 1 - i) % m] = v[at + i];
    return n - at == m;
}

static double
or_else(double v, double other)
{
    return isnan(v) ? other : v;
}

typedef struct Row {
    const FixtureSeries *series;
    EtsFit fit; /* R's */
    EtsState last;
    char call[24];
} Row;

static bool
read_row(const Fixture *f, Row *row)
{
    size_t n;

    memset(row, 0, sizeof(*row));
    row->series = fixture_find(&all, fixture_get(f, "series"));
    snprintf(row->call, sizeof(row->call), "%s", fixture_get(f, "call"));
    if (row->series == NULL || !read_form(fixture_get(f, "model"), row->series->m, &row->fit.form) ||
        strcmp(row->call, "ses_simple") == 0 || strcmp(row->call, "thetaf") == 0)
        return false;
    n = row->series->n;
    row->fit.alpha = fixture_number(f, "alpha");
    row->fit.beta = or_else(fixture_number(f, "beta"), 0);
    row->fit.gamma = or_else(fixture_number(f, "gamma"), 0);
    row->fit.phi = or_else(fixture_number(f, "phi"), 1);
    row->fit.log_likelihood = fixture_number(f, "loglik");
    row->fit.aicc = fixture_number(f, "aicc");
    row->fit.sigma2 = fixture_number(f, "sigma2");
    return read_state(fixture_get(f, "init"), &row->fit.form, 0, &row->fit.first) &&
           read_state(fixture_get(f, "last_state"), &row->fit.form, n % row->fit.form.m, &row->last);
}

static void
check_recursion(const Row *row)
{
    const EtsForm *form = &row->fit.form;
    EtsData data = {row->series->y, NULL, row->series->n};
    double k = (double)ets_n_parameters(form), n = (double)data.n, deviance;
    double fitted[FIXTURE_LONGEST];
    EtsErrors errors;
    EtsState last;

    if (!ets_run(&row->fit, &data, &last, &errors, fitted)) {
        CHECK(form->multiplicative_error);
        n_refused++;
        return;
    }
    deviance = ets_deviance(form, &errors);
    CHECK_NEAR(-deviance / 2 / row->fit.log_likelihood, 1, 1e-8);
    CHECK_NEAR(errors.sse / (n - k) / row->fit.sigma2, 1, 1e-8);
    CHECK_NEAR(deviance + 2 * (k + 1) + 2 * (k + 1) * (k + 2) / (n - k - 2), row->fit.aicc, 1e-8);
    CHECK_NEAR(last.l / row->last.l, 1, 1e-8);
    CHECK_NEAR(last.b - row->last.b, 0, 1e-8 * fabs(last.l));
    for (size_t j = 0; form->season != ETS_NO_SEASON && j < form->m; j++)
        CHECK_NEAR(last.s[j] - row->last.s[j], 0, 1e-8 * fabs(form->season == ETS_ADDITIVE ? last.l : 1));
}

/* R's one-step forecasts and errors of the chosen model. */
static void
check_fitted(const Row *row)
{
    double fitted[FIXTURE_LONGEST];
    EtsData data = {row->series->y, NULL, row->series->n};
    size_t n = 0, size = data.n;
    EtsErrors errors;
    EtsState last;
    Fixture f;

    CHECK(ets_run(&row->fit, &data, &last, &errors, fitted));
    fixture_open("fitted.csv", &f);
    while (fixture_next(&f)) {
        size_t t = (size_t)fixture_number(&f, "t") - 1;
        double error;

        if (strcmp(fixture_get(&f, "series"), row->series->name) != 0 || t >= size)
            continue;
        error = data.y[t] - fitted[t];
        CHECK_NEAR(fitted[t] / fixture_number(&f, "fitted"), 1, 1e-8);
        CHECK_NEAR(row->fit.form.multiplicative_error ? error / fitted[t] : error,
                   fixture_number(&f, "residual"), 1e-8 * fabs(data.y[t]) + 1e-8);
        n++;
    }
    fclose(f.file);
    CHECK_EQUAL(n, size);
}

static void
check_forecast(const Row *row)
{
    double mean[MOST_AHEAD], low[MOST_AHEAD], high[MOST_AHEAD], got[MOST_AHEAD], sd[MOST_AHEAD];
    const EtsForm *form = &row->fit.form;
    size_t h = fixture_forecast(row->series->name, row->call, mean, low, high, MOST_AHEAD);
    bool exact = form->season != ETS_MULTIPLICATIVE;
    bool wrong_in_r = form->trend == ETS_NO_TREND && form->season == ETS_ADDITIVE;
    Env *env = unit_env();

    CHECK(h > 0);
    CHECK_STATUS(ets_ahead(env, &row->fit, &row->last, row->series->n, h, got, sd, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < h; i++) {
        CHECK_NEAR(got[i] / mean[i], 1, exact ? 1e-9 : 0.006);
        if (!wrong_in_r)
            CHECK_NEAR(Z80 * sd[i] / ((high[i] - low[i]) / 2), 1, exact ? 1e-9 : 0.12);
    }
    unit_env_free(env);
}

typedef struct Tally {
    size_t n, close, better;
    double worst;
} Tally;

static void
count(Tally *tally, double gain, double tolerance)
{
    tally->n++;
    tally->close += gain >= -tolerance;
    tally->better += gain > 1;
    tally->worst = fmin(tally->worst, gain);
}

/* Where our optimum is R's, so is the forecast. */
static void
check_same_forecast(const Row *row, const EtsFit *fit)
{
    double mean[MOST_AHEAD], low[MOST_AHEAD], high[MOST_AHEAD], got[MOST_AHEAD], sd[MOST_AHEAD], size = 0;
    EtsData data = {row->series->y, NULL, row->series->n};
    size_t h = fixture_forecast(row->series->name, row->call, mean, low, high, MOST_AHEAD);
    bool plain = fit->form.trend == ETS_NO_TREND && fit->form.season == ETS_NO_SEASON;
    Env *env = unit_env();
    EtsErrors errors;
    EtsState last;

    for (size_t t = 0; t < data.n; t++)
        size += fabs(data.y[t]) / (double)data.n;
    CHECK(ets_run(fit, &data, &last, &errors, NULL));
    CHECK_STATUS(ets_ahead(env, fit, &last, data.n, h, got, sd, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < h; i++)
        unit_check(fabs(got[i] - mean[i]) <= (plain ? 0.01 : 0.03) * size, __FILE__, __LINE__,
                   "%s %s step %zu: %g, R %g", row->series->name, row->call, i + 1, got[i], mean[i]);
    unit_env_free(env);
}

static void
check_search(const Row *row, Tally *additive, Tally *multiplicative)
{
    EtsData data = {row->series->y, NULL, row->series->n};
    const EtsForm *form = &row->fit.form;
    bool simple = form->trend == ETS_NO_TREND && form->season == ETS_NO_SEASON;
    Env *env = unit_env();
    bool usable = false;
    EtsFit fit;
    double gain;

    CHECK_STATUS(ets_fit(env, &data, form, &fit, &usable, NULL), STATUS_SUCCESS);
    CHECK(usable);
    if (usable) {
        gain = fit.log_likelihood - row->fit.log_likelihood;
        if (simple)
            CHECK(gain >= -1e-3);
        if (gain < -0.01)
            printf("%s %s: log likelihood %g below R's\n", row->series->name, row->call, -gain);
        count(form->multiplicative_error ? multiplicative : additive, gain,
              form->multiplicative_error ? 1.0 : 0.1);
        if (fabs(gain) < 0.05 && form->season != ETS_MULTIPLICATIVE)
            check_same_forecast(row, &fit);
    }
    unit_env_free(env);
}

static void
check_choice(const Row *row, Tally *choice)
{
    EtsData data = {row->series->y, NULL, row->series->n};
    Env *env = unit_env();
    bool usable = false;
    EtsFit fit;

    if (data.n <= 400) {
        CHECK_STATUS(ets_choose(env, &data, row->series->m, false, NULL, &fit, &usable, NULL),
                     STATUS_SUCCESS);
        CHECK(usable);
        if (fit.aicc > row->fit.aicc + 0.01)
            printf("%s: AICc %g above R's\n", row->series->name, fit.aicc - row->fit.aicc);
        CHECK(fit.aicc <= row->fit.aicc + 3);
        count(choice, row->fit.aicc - fit.aicc, 0.01);
    }
    unit_env_free(env);
}

static void
test_against_r(const char *folder, int refused)
{
    Tally additive = {0}, multiplicative = {0}, choice = {0};
    Fixture f;
    Row row;

    fixture_folder = folder;
    fixture_series(&all);
    n_refused = 0;
    fixture_open("models.csv", &f);
    while (fixture_next(&f)) {
        if (!read_row(&f, &row))
            continue;
        check_recursion(&row);
        check_forecast(&row);
        if (strcmp(row.call, "ets_auto") == 0) {
            check_choice(&row, &choice);
            if (folder == NULL)
                check_fitted(&row);
        } else {
            check_search(&row, &additive, &multiplicative);
        }
    }
    fclose(f.file);
    CHECK_EQUAL(n_refused, refused);
    CHECK(additive.n >= 20 && multiplicative.n >= 20 && choice.n >= 8);
    printf("additive errors: %zu of %zu within .1 of R or better, %zu better by 1, worst %g\n",
           additive.close, additive.n, additive.better, additive.worst);
    printf("multiplicative errors: %zu of %zu within 1 of R or better, %zu better by 1, worst %g\n",
           multiplicative.close, multiplicative.n, multiplicative.better, multiplicative.worst);
    printf("automatic choice: %zu of %zu with R's AICc or less, worst %g\n", choice.close, choice.n,
           choice.worst);
    CHECK((double)additive.close >= 0.95 * (double)additive.n);
    CHECK((double)multiplicative.close >= 0.95 * (double)multiplicative.n);
    CHECK((double)choice.close >= 12.0 / 14 * (double)choice.n);
}

/* "AAdN" */
static EtsForm
short_form(const char *text, size_t m)
{
    EtsForm form = {.multiplicative_error = text[0] == 'M', .trend = ETS_NO_TREND, .m = 1};
    const char *trend = text + 1, *last = strchr(text, '\0') - 1;

    if (*trend == 'A')
        form.trend = trend[1] == 'd' ? ETS_DAMPED : ETS_TREND;
    if (last > trend && *last == 'A') {
        form.season = ETS_ADDITIVE;
        form.m = m;
    }
    return form;
}

/* Its parameters and first states give its errors and forecasts; its likelihood is reached. */
static void
test_against_statsmodels(void)
{
    double worst = INFINITY;
    size_t n = 0;
    Fixture f;

    fixture_folder = ORACLE_FOLDER;
    fixture_open("smoothing.csv", &f);
    while (fixture_next(&f)) {
        const FixtureSeries *s = fixture_find(&all, fixture_get(&f, "series"));
        EtsFit theirs = {.form = short_form(fixture_get(&f, "form"), s->m)}, ours;
        double first[2 + ETS_LONGEST_SEASON] = {0}, ahead[MOST_AHEAD], got[MOST_AHEAD], sd[MOST_AHEAD];
        size_t h = fixture_numbers(fixture_get(&f, "forecast"), ahead, MOST_AHEAD);
        EtsData data = {s->y, NULL, s->n};
        Env *env = unit_env();
        EtsErrors errors;
        EtsState last;
        bool usable;
        double gain;

        theirs.alpha = fixture_number(&f, "alpha");
        theirs.beta = or_else(fixture_number(&f, "beta"), 0);
        theirs.gamma = or_else(fixture_number(&f, "gamma"), 0);
        theirs.phi = or_else(fixture_number(&f, "phi"), 1);
        theirs.sigma2 = 1;
        fixture_numbers(fixture_get(&f, "first"), first, 2 + ETS_LONGEST_SEASON);
        theirs.first.l = first[0];
        theirs.first.b = first[1];
        memcpy(theirs.first.s, first + 2, sizeof(theirs.first.s));
        CHECK(ets_run(&theirs, &data, &last, &errors, NULL));
        CHECK_NEAR(errors.sse / fixture_number(&f, "sse"), 1, 1e-9);
        if (theirs.form.multiplicative_error)
            CHECK_NEAR(errors.sum_logs / fixture_number(&f, "sum_log"), 1, 1e-9);
        CHECK_STATUS(ets_ahead(env, &theirs, &last, s->n, h, got, sd, NULL), STATUS_SUCCESS);
        for (size_t i = 0; i < h; i++)
            CHECK_NEAR(got[i] / ahead[i], 1, 1e-9);
        CHECK_STATUS(ets_fit(env, &data, &theirs.form, &ours, &usable, NULL), STATUS_SUCCESS);
        CHECK(usable);
        gain = ours.log_likelihood + ets_deviance(&theirs.form, &errors) / 2;
        unit_check(gain >= -1e-3, __FILE__, __LINE__, "%s %s: log likelihood %g below that of statsmodels",
                   s->name, fixture_get(&f, "form"), -gain);
        worst = fmin(worst, gain);
        n++;
        unit_env_free(env);
    }
    fclose(f.file);
    CHECK(n > 30);
    printf("statsmodels: %zu fits, log likelihood at worst %g above its own\n", n, worst);
}

int
main(void)
{
    unit_begin("forecast_ets");
    test_against_r(ORACLE_FOLDER, REFUSED_OF_ORACLE);
    test_against_statsmodels();
    if (unit_fixtures() == NULL)
        printf("skipped: R's fits of known series need BI_ML_FIXTURES\n");
    else
        test_against_r(NULL, REFUSED_OF_FIXTURES);
    return unit_end();
}
