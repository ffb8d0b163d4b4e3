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

#include "kit/civil.h"
#include "prophet/prophet.h"
#include "unit.h"

typedef struct Table {
    size_t n_rows, n_columns;
    char **cells; /* row 0 holds the names */
} Table;

static char *
copy_text(Env *env, const char *text, size_t length)
{
    char *copy = env_alloc(env, length + 1, 1);

    memcpy(copy, text, length);
    return copy;
}

/* CSV as R writes it: no commas or line ends inside the quotes of the cells that are read here. */
static bool
table_read(Env *env, const char *folder, const char *name, const char *file, Table *table)
{
    char path[1000], line[4000];
    FILE *in;
    size_t capacity = 1000000;

    snprintf(path, sizeof(path), "%s/prophet/%s/%s", folder, name, file);
    in = fopen(path, "r");
    if (in == NULL)
        return false;
    table->n_rows = table->n_columns = 0;
    table->cells = env_alloc(env, capacity, sizeof(char *));
    while (fgets(line, sizeof(line), in) != NULL) {
        size_t column = 0;
        char *at = line;

        line[strcspn(line, "\r\n")] = '\0';
        while (at != NULL) {
            char *end = strchr(at, ',');
            size_t length = end != NULL ? (size_t)(end - at) : strlen(at);
            char *cell = at;

            if (length >= 2 && cell[0] == '"' && cell[length - 1] == '"') {
                cell++;
                length -= 2;
            }
            if ((table->n_rows == 0 || column < table->n_columns) &&
                table->n_rows * table->n_columns + column < capacity)
                table->cells[table->n_rows * table->n_columns + column] = copy_text(env, cell, length);
            column++;
            at = end != NULL ? end + 1 : NULL;
        }
        if (table->n_rows == 0)
            table->n_columns = column;
        for (; column < table->n_columns; column++)
            table->cells[table->n_rows * table->n_columns + column] = copy_text(env, "", 0);
        table->n_rows++;
    }
    fclose(in);
    return table->n_rows > 0;
}

static int
column_of(const Table *table, const char *name)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        if (strcmp(table->cells[c], name) == 0)
            return (int)c;
    }
    return -1;
}

static double
number_at(const Table *table, size_t row, const char *name)
{
    int c = column_of(table, name);
    const char *text = c < 0 ? "" : table->cells[row * table->n_columns + (size_t)c];

    return text[0] == '\0' || strcmp(text, "NA") == 0 ? NAN : strtod(text, NULL);
}

static int64_t
moment_at(const Table *table, size_t row)
{
    int c = column_of(table, "ds");
    int64_t moment = 0;

    CHECK(c >= 0 && civil_parse(table->cells[row * table->n_columns + (size_t)c], &moment));
    return moment;
}

static double
lookup(const Table *table, const char *key, const char *value_column)
{
    for (size_t i = 1; i < table->n_rows; i++) {
        if (strcmp(table->cells[i * table->n_columns], key) == 0)
            return number_at(table, i, value_column);
    }
    return NAN;
}

typedef struct Case {
    const char *name;
    double changepoint_prior_scale;
    ProphetGrowth growth;
    ProphetScaling scaling;
    int n_changepoints; /* 0: the default, -1: none */
    bool no_weekly;
} Case;

static const Case cases[] = {
    {.name = "or_revenue"},
    {.name = "or_orders"},
    {.name = "or_revenue_uk"},
    {.name = "or_revenue_na"},
    {.name = "or_revenue_bt30"},
    {.name = "peyton_default"},
    {.name = "peyton_cps001", .changepoint_prior_scale = 0.01},
    {.name = "peyton_cps05", .changepoint_prior_scale = 0.5},
    {.name = "peyton_noweekly", .no_weekly = true},
    {.name = "peyton_nochange", .n_changepoints = -1},
    {.name = "peyton_minmax_scaled"},
    {.name = "air_default"},
    {.name = "air_short"},
    {.name = "retail_default"},
    {.name = "ped_hourly"},
    {.name = "ped_flat", .growth = PROPHET_FLAT},
    {.name = "synth_linear120"},
    {.name = "synth_small20"},
    {.name = "synth_constant"},
    {.name = "wp_R_outliers1"},
    {.name = "yosemite_default", .changepoint_prior_scale = 0.01},
    {.name = "py_minmax_peyton", .scaling = PROPHET_MINMAX},
    {.name = "py_large_y_minmax", .scaling = PROPHET_MINMAX},
    {.name = "py_ties_ncp10", .n_changepoints = 10},
};

static ProphetOptions
case_options(const Case *c)
{
    ProphetOptions options;

    prophet_options_init(&options);
    options.growth = c->growth;
    options.scaling = c->scaling;
    if (c->n_changepoints != 0)
        options.n_changepoints = c->n_changepoints > 0 ? c->n_changepoints : 0;
    if (c->changepoint_prior_scale > 0)
        options.changepoint_prior_scale = c->changepoint_prior_scale;
    if (c->no_weekly)
        options.order[PROPHET_WEEKLY] = 0;
    return options;
}

static Series
read_series(Env *env, const Table *input)
{
    SeriesCell *rows = ENV_NEW(env, 2 * input->n_rows, SeriesCell);
    Series series;

    for (size_t i = 1; i < input->n_rows; i++) {
        rows[2 * (i - 1)].ds = moment_at(input, i);
        rows[2 * (i - 1) + 1].number = number_at(input, i, "y");
    }
    CHECK_STATUS(series_from_rows(env, rows, input->n_rows - 1, 0, &series, NULL), STATUS_SUCCESS);
    return series;
}

static void
check(bool ok, const char *name, const char *what, double got, double want, double limit)
{
    unit_check(ok, __FILE__, __LINE__, "%s: %s: %.12g against %.12g (limit %.3g)", name, what, got, want,
               limit);
}

static ProphetForecast
forecast_at(Env *env, const ProphetModel *model, const Table *table)
{
    int64_t *ds = ENV_NEW(env, table->n_rows, int64_t);
    ProphetForecast forecast;

    for (size_t i = 1; i < table->n_rows; i++)
        ds[i - 1] = moment_at(table, i);
    CHECK_STATUS(prophet_predict(env, model, &(Series){.n = table->n_rows - 1, .ds = ds}, &forecast, NULL),
                 STATUS_SUCCESS);
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

/* Replaces the fitted numbers by those of a parameter file; false when it does not fit the model. */
static bool
load_parameters(const Table *table, ProphetModel *model)
{
    size_t n_delta = 0, n_beta = 0;

    for (size_t i = 1; i < table->n_rows; i++) {
        const char *name = table->cells[i * table->n_columns];
        double value = number_at(table, i, "value");

        if (strcmp(name, "k") == 0)
            model->k = value;
        else if (strcmp(name, "m") == 0)
            model->m = value;
        else if (strcmp(name, "sigma_obs") == 0)
            model->sigma = value;
        else if (strcmp(name, "delta") == 0 && n_delta < model->n_changepoints)
            model->delta[n_delta++] = value;
        else if (strcmp(name, "beta") == 0 && n_beta < model->n_columns)
            model->beta[n_beta++] = value;
    }
    return n_beta == model->n_columns && n_delta == model->n_changepoints;
}

/* The log posterior at the model's parameters, by its formula from predictions, independent of the fit's own
 * sums. */
static double
posterior_at(Env *env, const ProphetModel *model)
{
    ProphetForecast forecast;
    double variance = model->sigma * model->sigma, rss = 0, prior, n = 0;

    CHECK_STATUS(prophet_predict(env, model, &model->history, &forecast, NULL), STATUS_SUCCESS);
    for (size_t i = 0; i < model->history.n; i++) {
        double residual = (model->history.y[i] - forecast.yhat[i]) / model->y_scale;

        if (isnan(residual))
            continue;
        rss += residual * residual;
        n++;
    }
    prior = model->k * model->k / 50 + model->m * model->m / 50 + 2 * variance;
    for (size_t j = 0; j < model->n_changepoints; j++)
        prior += fabs(model->delta[j]) / model->changepoint_prior_scale;
    for (size_t c = 0; c < model->n_columns; c++) /* every case has the default prior scale of 10 */
        prior += model->beta[c] * model->beta[c] / 200;
    return -prior - n * log(model->sigma) - rss / (2 * variance);
}

static void
check_exact(Env *env, const char *name, const ProphetModel *model, const Table *exact)
{
    ProphetForecast forecast = forecast_at(env, model, exact);
    double most = 0;
    size_t wrong = 0;

    for (size_t i = 1; i < exact->n_rows; i++) {
        bool identified = number_at(exact, i, "identified") != 0;

        wrong += identified != forecast.identified[i - 1];
        if (identified)
            most = fmax(most, fabs(number_at(exact, i, "yhat_exact") - forecast.yhat[i - 1]));
    }
    check(most <= 1e-6 * model->y_scale, name, "yhat against the exact MAP, over y_scale",
          most / model->y_scale, 0, 1e-6);
    check(wrong == 0, name, "identified flags that differ", (double)wrong, 0, 0);
}

static void
check_intervals(Env *env, const char *name, const ProphetModel *model, const Table *bounds, double tolerance)
{
    ProphetForecast forecast = forecast_at(env, model, bounds), many = forecast_at(env, model, bounds);
    double widths = 0, want_widths = 0, most = 0;

    /* The rows of a path move together, so that the mean width is itself a draw: 8000 paths for it, as many
     * as the reference took. */
    CHECK_STATUS(prophet_intervals(env, model, 0.8, 20000, 42, &many, NULL), STATUS_SUCCESS);

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

static void
check_case(const char *folder, const Case *c)
{
    Env *env = unit_env();
    Table input, meta, output, exact, bounds, parity, parameters;
    ProphetOptions options = case_options(c);
    ProphetModel model;
    Failure failure;
    Series series;
    bool python = strncmp(c->name, "py_", 3) == 0;
    bool read = table_read(env, folder, c->name, "input.csv", &input) &&
                table_read(env, folder, c->name, "meta.csv", &meta) &&
                table_read(env, folder, c->name, "output.csv", &output) &&
                table_read(env, folder, ".", "PARITY.csv", &parity);
    bool has_exact = table_read(env, folder, c->name, "exact_map_yhat.csv", &exact);
    double reference, tolerance;
    ProphetForecast forecast;

    unit_check(read, __FILE__, __LINE__, "%s: cannot read the case", c->name);
    if (!read)
        return;
    series = read_series(env, &input);
    CHECK_STATUS(prophet_fit(env, &series, &options, &model, &failure), STATUS_SUCCESS);
    CHECK(model.converged && prophet_model_sane(&model));
    reference = lookup(&meta, "log_posterior", "value");
    if (!isnan(reference))
        check(model.log_posterior >= reference - 1e-6, c->name, "log posterior below the reference",
              model.log_posterior, reference, 1e-6);
    if (python && !isnan(reference))
        check(fabs(model.log_posterior - reference) <= 1e-6, c->name, "log posterior", model.log_posterior,
              reference, 1e-6);
    tolerance = python ? 1e-6 : lookup(&parity, c->name, "tol_vs_R_over_yscale");
    forecast = forecast_at(env, &model, &output);
    if (!isnan(tolerance)) {
        double most = worst(&output, "yhat", forecast.yhat, has_exact ? &exact : NULL);

        check(most <= tolerance * model.y_scale, c->name, "yhat against the reference, over y_scale",
              most / model.y_scale, 0, tolerance);
    }
    if (has_exact) {
        ProphetModel at_exact = model;
        double fitted = posterior_at(env, &model);

        check(fabs(fitted - model.log_posterior) <= 1e-6, c->name, "log posterior by its formula",
              model.log_posterior, fitted, 1e-6);
        at_exact.delta = ENV_NEW(env, model.n_changepoints, double);
        at_exact.beta = ENV_NEW(env, model.n_columns, double);
        if (table_read(env, folder, c->name, "exact_map_params.csv", &parameters) &&
            load_parameters(&parameters, &at_exact))
            check(fabs(fitted - posterior_at(env, &at_exact)) <= 1e-5, c->name,
                  "log posterior against the exact one", fitted, posterior_at(env, &at_exact), 1e-5);
        check_exact(env, c->name, &model, &exact);
    }
    if (table_read(env, folder, c->name, "interval_mc8000.csv", &bounds))
        check_intervals(env, c->name, &model, &bounds,
                        lookup(&parity, c->name, "tol_interval_bound_over_width"));
    if (getenv("BI_ML_VERBOSE") != NULL)
        printf("%s: lp %.9g, %u rounds, sigma %.6g\n", c->name, model.log_posterior, model.n_iterations,
               model.sigma);
    if (table_read(env, folder, c->name, "params.csv", &parameters) && load_parameters(&parameters, &model)) {
        forecast = forecast_at(env, &model, &output);
        check(worst(&output, "yhat", forecast.yhat, NULL) <= 1e-9 * model.y_scale, c->name,
              "yhat from the reference's parameters, over y_scale",
              worst(&output, "yhat", forecast.yhat, NULL) / model.y_scale, 0, 1e-9);
        check(worst(&output, "trend", forecast.trend, NULL) <= 1e-9 * model.y_scale, c->name,
              "trend from the reference's parameters, over y_scale",
              worst(&output, "trend", forecast.trend, NULL) / model.y_scale, 0, 1e-9);
    }
    unit_env_free(env);
}

int
main(void)
{
    const char *folder = unit_fixtures();

    unit_begin("prophet_oracle");
    if (folder == NULL) {
        printf("skipped: prophet_oracle, no shared fixtures\n");
        return 0;
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(folder, &cases[i]);
    return unit_end();
}
