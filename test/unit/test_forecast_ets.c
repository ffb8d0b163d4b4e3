/*
 * Exponential smoothing against R's forecast package (fixtures; skipped where they are absent).
 *
 * Provenance: fixtures/forecast, made with R 4.2.2 and forecast 8.20. R's bands of ANA and MNA carry gamma at
 * the wrong lag and are not compared; for a multiplicative season R gives the exact mean, up to .6 % off the
 * recursion. R's search stops at local optima: a better likelihood is right, and then the forecast differs.
 */
#include "forecast/ets.h"
#include "forecast_fixture.h"

#define MOST_AHEAD 60
#define Z80        1.2815515655446004

/* R accepts relative errors of forecasts below zero; the recursion refuses those fits of the fixtures. */
#define REFUSED 5

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
    row->series = fixture_find(&all, f->field[0]);
    if (row->series == NULL || !read_form(f->field[2], row->series->m, &row->fit.form) ||
        strcmp(f->field[1], "ses_simple") == 0 || strcmp(f->field[1], "thetaf") == 0)
        return false;
    snprintf(row->call, sizeof(row->call), "%s", f->field[1]);
    n = row->series->n;
    row->fit.alpha = fixture_number(f->field[3]);
    row->fit.beta = or_else(fixture_number(f->field[4]), 0);
    row->fit.gamma = or_else(fixture_number(f->field[5]), 0);
    row->fit.phi = or_else(fixture_number(f->field[6]), 1);
    row->fit.log_likelihood = fixture_number(f->field[7]);
    row->fit.aicc = fixture_number(f->field[9]);
    row->fit.sigma2 = fixture_number(f->field[11]);
    return read_state(f->field[16], &row->fit.form, 0, &row->fit.first) &&
           read_state(f->field[18], &row->fit.form, n % row->fit.form.m, &row->last);
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
        CHECK_STATUS(ets_choose(env, &data, row->series->m, &fit, &usable, NULL), STATUS_SUCCESS);
        CHECK(usable);
        if (fit.aicc > row->fit.aicc + 0.01)
            printf("%s: AICc %g above R's\n", row->series->name, fit.aicc - row->fit.aicc);
        CHECK(fit.aicc <= row->fit.aicc + 3);
        count(choice, row->fit.aicc - fit.aicc, 0.01);
    }
    unit_env_free(env);
}

static void
test_against_r(void)
{
    Tally additive = {0}, multiplicative = {0}, choice = {0};
    Fixture f;
    Row row;

    fixture_series(&all);
    f = fixture_open("models.csv");
    while (fixture_next(&f)) {
        if (!read_row(&f, &row))
            continue;
        check_recursion(&row);
        check_forecast(&row);
        if (strcmp(row.call, "ets_auto") == 0)
            check_choice(&row, &choice);
        else
            check_search(&row, &additive, &multiplicative);
    }
    fclose(f.file);
    CHECK_EQUAL(n_refused, REFUSED);
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

int
main(void)
{
    unit_begin("forecast_ets");
    if (unit_fixtures() == NULL) {
        printf("skipped: forecast_ets needs BI_ML_FIXTURES\n");
        return 0;
    }
    test_against_r();
    return unit_end();
}
