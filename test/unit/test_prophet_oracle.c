/*
 * The fit and the forecast against reference cases.
 *
 * Provenance: the shared fixtures in prophet/ (R prophet 1.0 with rstan 2.21.7; py_* Prophet 1.3.0's
 * forecaster): output.csv is the reference's forecast, exact_map_*.csv the true MAP by an independent solver,
 * interval_mc8000.csv bounds from 8000 paths, PARITY.csv the tolerances. Skipped where the fixtures are
 * absent. Checked per case: log posterior against the reference's and the exact one, yhat on identified rows,
 * the identified flags, interval bounds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prophet_case.h"
#include "prophet_check.h"

static void
check(bool ok, const char *name, const char *what, double got, double want, double limit)
{
    unit_check(ok, __FILE__, __LINE__, "%s: %s: %.12g against %.12g (limit %.3g)", name, what, got, want,
               limit);
}

/* What a case is forecast with. */
typedef struct Run {
    Env *env;
    const char *folder;
    const Case *c;
    const ProphetModel *model;
} Run;

static ProphetForecast
forecast_at(const Run *run, const ProphetModel *model, const Table *table)
{
    Env *env = run->env;
    Series rows = case_rows(env, run->folder, run->c, &model->history, table);
    ProphetForecast forecast = {0};

    CHECK_STATUS(prophet_predict(env, model, &rows, &forecast, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_intervals(env, model, 0.8, 1000, 42, &forecast, NULL), STATUS_SUCCESS);
    return forecast;
}

/* False where the exact file (NULL: none) calls the row's moment not identified; both files ascend. */
static bool
is_identified_row(const Table *flags, int64_t moment, size_t *at)
{
    if (flags == NULL)
        return true;
    while (*at < flags->n_rows && moment_at(flags, *at) < moment)
        ++*at;
    return *at == flags->n_rows || moment_at(flags, *at) != moment ||
           number_at(flags, *at, "identified") != 0;
}

/* The greatest |difference| over identified rows. */
static double
worst(const Table *table, const char *column, const double *values, const Table *flags)
{
    double most = 0;
    size_t at = 1;

    for (size_t i = 1; i < table->n_rows; i++) {
        if (is_identified_row(flags, moment_at(table, i), &at))
            most = fmax(most, fabs(number_at(table, i, column) - values[i - 1]));
    }
    return most;
}

static bool
is_linear(const Case *c)
{
    return c->growth != PROPHET_LOGISTIC && c->mode == PROPHET_ADDITIVE &&
           c->holidays_mode == PROPHET_ADDITIVE;
}

static void
check_exact(const Run *run, const Table *exact)
{
    const ProphetModel *model = run->model;
    const char *name = run->c->name;
    ProphetForecast forecast = forecast_at(run, model, exact);
    double most = 0, limit = is_linear(run->c) ? 1e-6 : 1e-5;
    size_t wrong = 0;

    for (size_t i = 1; i < exact->n_rows; i++) {
        bool identified = number_at(exact, i, "identified") != 0;

        wrong += identified != forecast.identified[i - 1];
        if (identified)
            most = fmax(most, fabs(number_at(exact, i, "yhat_exact") - forecast.yhat[i - 1]));
    }
    check(most <= limit * model->y_scale, name, "yhat against the exact MAP, over y_scale",
          most / model->y_scale, 0, limit);
    check(wrong == 0, name, "identified flags that differ", (double)wrong, 0, 0);
}

static void
check_intervals(const Run *run, const Table *bounds, double tolerance)
{
    const ProphetModel *model = run->model;
    const char *name = run->c->name;
    ProphetForecast forecast = forecast_at(run, model, bounds), many = forecast_at(run, model, bounds);
    double widths = 0, want_widths = 0, most = 0;

    /* The rows of a path move together, so that the mean width is itself a draw: many paths for it, as the
     * reference took. */
    CHECK_STATUS(prophet_intervals(run->env, model, 0.8, 20000, 42, &many, NULL), STATUS_SUCCESS);

    for (size_t i = 1; i < bounds->n_rows; i++) {
        double lower = number_at(bounds, i, "lower80_exact_params");
        double upper = number_at(bounds, i, "upper80_exact_params");
        double off = fmax(fabs(lower - forecast.yhat_lower[i - 1]), fabs(upper - forecast.yhat_upper[i - 1]));

        most = fmax(most, off / (upper - lower));
        widths += many.yhat_upper[i - 1] - many.yhat_lower[i - 1];
        want_widths += upper - lower;
    }
    check(most <= tolerance, name, "interval bounds over width", most, 0, tolerance);
    check(fabs(widths / want_widths - 1) <= 0.03, name, "mean interval width ratio", widths / want_widths, 1,
          0.03);
}

/* yhat, trend and every component of output.csv from the reference's own parameters. */
static void
check_given_parameters(const Run *run, const ProphetModel *fitted, const Table *parameters,
                       const Table *output)
{
    const char *name = run->c->name;
    ProphetModel model = *fitted;
    ProphetForecast forecast;
    double scale = model.y_scale;

    if (!load_parameters(parameters, &model)) {
        check(false, name, "parameters that do not fit the model", 0, 0, 0);
        return;
    }
    forecast = forecast_at(run, &model, output);
    {
        const struct {
            const char *column;
            const double *values;
            double scale;
        } columns[] = {
            {"yhat", yhat_as_prophet(run->env, &forecast), scale},
            {"trend", forecast.trend, scale},
            {"additive_terms", forecast.additive_terms, scale},
            {"multiplicative_terms", forecast.multiplicative_terms, 1},
            {"holidays", forecast.holidays, scale},
            {"extra_regressors_additive", forecast.extra_regressors_additive, scale},
            {"extra_regressors_multiplicative", forecast.extra_regressors_multiplicative, 1},
        };

        for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
            CHECK((columns[c].values != NULL) == (column_of(output, columns[c].column) >= 0));
            if (columns[c].values != NULL)
                check(worst(output, columns[c].column, columns[c].values, NULL) <= 1e-9 * columns[c].scale,
                      name, columns[c].column, worst(output, columns[c].column, columns[c].values, NULL), 0,
                      1e-9 * columns[c].scale);
        }
    }
    for (size_t c = 0; c < model.n_components; c++) {
        const char *column = model.components[c].name;

        CHECK(column_of(output, column) >= 0);
        check(worst(output, column, forecast.component[c], NULL) <= 1e-9 * scale, name, column,
              worst(output, column, forecast.component[c], NULL), 0, 1e-9 * scale);
    }
}

static void
check_posterior(const Run *run, const Table *meta)
{
    const ProphetModel *model = run->model;
    const char *name = run->c->name;
    bool python = strncmp(name, "py_", 3) == 0;
    double reference = lookup(meta, "log_posterior", "value");
    double fitted = posterior_at(run->env, model);
    ProphetModel at_exact = *model;
    Table exact;

    if (isnan(reference))
        return;
    check(model->log_posterior >= reference - 1e-6, name, "log posterior below the reference",
          model->log_posterior, reference, 1e-6);
    if (python)
        check(fabs(model->log_posterior - reference) <= 1e-6, name, "log posterior", model->log_posterior,
              reference, 1e-6);
    check(fabs(fitted - model->log_posterior) <= 1e-6, name, "log posterior by its formula",
          model->log_posterior, fitted, 1e-6);
    at_exact.delta = ENV_NEW(run->env, model->n_changepoints, double);
    at_exact.beta = ENV_NEW(run->env, model->n_columns, double);
    if (!table_read(run->env, run->folder, name, "exact_map_params.csv", &exact))
        return;
    if (load_parameters(&exact, &at_exact)) {
        double want = posterior_at(run->env, &at_exact), limit = is_linear(run->c) ? 1e-5 : 1e-4;

        check(fabs(fitted - want) <= limit, name, "log posterior against the exact one", fitted, want, limit);
    }
}

/* A refit of the whole series from a model of its first half ends where a fit without it ends. */
static void
check_refit(const Run *run, const Series *series, const ProphetOptions *options)
{
    ProphetOptions changed = *options;
    Series half = *series;
    ProphetModel previous = {0}, refitted = {0};
    ProphetForecast want = {0}, got = {0};
    double most = 0;

    half.n = series->n / 2;
    prophet_resolve_orders(options, series, changed.order);
    CHECK_STATUS(prophet_fit(run->env, &half, &changed, &previous, NULL), STATUS_SUCCESS);
    changed.previous = &previous;
    CHECK_STATUS(prophet_fit(run->env, series, &changed, &refitted, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_predict(run->env, run->model, series, &want, NULL), STATUS_SUCCESS);
    CHECK_STATUS(prophet_predict(run->env, &refitted, series, &got, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < series->n; i++)
        most = fmax(most, fabs(want.yhat[i] - got.yhat[i]));
    check(most <= 1e-9 * run->model->y_scale, run->c->name, "refit from a previous model, over y_scale",
          most / run->model->y_scale, 0, 1e-9);
}

static void
check_case(const char *folder, const Case *c)
{
    Env *env = unit_env();
    Table input, meta, output, exact, bounds, parity, parameters;
    ProphetOptions options = case_options(env, folder, c);
    ProphetModel model;
    Failure failure;
    Series series;
    Run run = {env, folder, c, &model};
    bool python = strncmp(c->name, "py_", 3) == 0;
    bool read = table_read(env, folder, c->name, "input.csv", &input) &&
                table_read(env, folder, c->name, "meta.csv", &meta) &&
                table_read(env, folder, c->name, "output.csv", &output) &&
                table_read(env, folder, ".", "PARITY.csv", &parity);
    bool has_exact = table_read(env, folder, c->name, "exact_map_yhat.csv", &exact);
    double tolerance;
    Status status;

    unit_check(read, __FILE__, __LINE__, "%s: cannot read the case", c->name);
    if (!read)
        return;
    series = case_series(env, c, &input);
    status = prophet_fit(env, &series, &options, &model, &failure);
    unit_check(status == STATUS_SUCCESS, __FILE__, __LINE__, "%s: %s", c->name, failure.message);
    if (status != STATUS_SUCCESS)
        return;
    if (getenv("BI_ML_VERBOSE") != NULL)
        printf("%s: lp %.9g, %u rounds, converged %d, sigma %.6g\n", c->name, model.log_posterior,
               model.n_iterations, model.converged, model.sigma);
    CHECK(model.converged && prophet_model_sane(&model));
    check_posterior(&run, &meta);
    tolerance = python ? 1e-6 : lookup(&parity, c->name, "tol_vs_R_over_yscale");
    if (!isnan(tolerance)) {
        ProphetForecast forecast = forecast_at(&run, &model, &output);
        double most = worst(&output, "yhat", yhat_as_prophet(env, &forecast), has_exact ? &exact : NULL);

        check(most <= tolerance * model.y_scale, c->name, "yhat against the reference, over y_scale",
              most / model.y_scale, 0, tolerance);
    }
    if (has_exact)
        check_exact(&run, &exact);
    if (!is_linear(c))
        check_refit(&run, &series, &options);
    if (table_read(env, folder, c->name, "interval_mc8000.csv", &bounds))
        check_intervals(&run, &bounds, lookup(&parity, c->name, "tol_interval_bound_over_width"));
    if (table_read(env, folder, c->name, "params.csv", &parameters))
        check_given_parameters(&run, &model, &parameters, &output);
    unit_env_free(env);
}

int
main(void)
{
    const char *folder = unit_fixtures();
    const char *only = getenv("BI_ML_CASE");

    unit_begin("prophet_oracle");
    if (folder == NULL) {
        printf("skipped: prophet_oracle, no shared fixtures\n");
        return 0;
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (only == NULL || strcmp(only, cases[i].name) == 0)
            check_case(folder, &cases[i]);
    }
    return unit_end();
}
