/*
 * The fit, the forecast and its intervals against Prophet itself.
 *
 * Provenance: test/oracle/prophet, written by test/oracle/make_prophet_cases.py with prophet 1.3.0 from PyPI
 * on generated series. Checked per case: our log posterior is not below that of Prophet's parameters, by the
 * formula; yhat, within the distance at which Prophet's optimiser stops (`apart`, as measured, with a
 * margin); yhat, trend and every component from Prophet's own parameters; bounds from these, where Prophet's
 * are quantiles of 4000 samples of its approximation for regular grids.
 */
#include "prophet_check.h"

static const struct {
    const char *name;
    double apart; /* of yhat, over y_scale */
} cases[] = {
    {"linear", 0.012},   {"logistic_floor", 0.001}, {"flat", 0.0001},       {"multiplicative", 0.001},
    {"holidays", 0.002}, {"regressors", 0.0005},    {"conditional", 0.001}, {"minmax", 0.0002},
    {"hourly", 0.0003},  {"listed", 0.0001},
};

typedef struct Peer {
    Env *env;
    const char *name;
    Table input;
    size_t n_history; /* rows of input */
    ProphetOptions options;
} Peer;

static void
check(bool ok, const Peer *peer, const char *what, double got, double limit)
{
    unit_check(ok, __FILE__, __LINE__, "%s: %s: %.6g, limit %.3g", peer->name, what, got, limit);
}

static ProphetMode
mode_of(const char *text)
{
    return strcmp(text, "multiplicative") == 0 ? PROPHET_MULTIPLICATIVE
           : strcmp(text, "additive") == 0     ? PROPHET_ADDITIVE
                                               : PROPHET_INHERIT;
}

static bool
read_file(const Peer *peer, const char *file, Table *table)
{
    return table_read(peer->env, "test/oracle", peer->name, file, table);
}

static void
set_option(Peer *peer, const char *name, const char *value)
{
    ProphetOptions *options = &peer->options;
    int64_t *changepoints = (int64_t *)options->changepoints;

    if (strcmp(name, "growth") == 0)
        options->growth = strcmp(value, "logistic") == 0 ? PROPHET_LOGISTIC : PROPHET_FLAT;
    else if (strcmp(name, "seasonality_mode") == 0)
        options->seasonality_mode = mode_of(value);
    else if (strcmp(name, "holidays_mode") == 0)
        options->holidays_mode = mode_of(value);
    else if (strcmp(name, "scaling") == 0)
        options->scaling = PROPHET_MINMAX;
    else if (strcmp(name, "n_changepoints") == 0)
        options->n_changepoints = atoi(value);
    else if (strcmp(name, "changepoint_prior_scale") == 0)
        options->changepoint_prior_scale = atof(value);
    else if (strcmp(name, "holidays_prior_scale") == 0)
        options->holidays_prior_scale = atof(value);
    else if (strcmp(name, "weekly_seasonality") == 0 && strcmp(value, "False") == 0)
        options->order[PROPHET_WEEKLY] = 0;
    else if (strcmp(name, "changepoints") == 0) {
        options->changepoints_given = true;
        CHECK(civil_parse(value, &changepoints[options->n_listed++]));
    } else
        unit_check(false, __FILE__, __LINE__, "%s: unknown option %s", peer->name, name);
}

static double
number_or(const Table *table, size_t row, const char *name, double otherwise)
{
    double value = number_at(table, row, name);

    return isnan(value) ? otherwise : value;
}

static void
read_seasonalities(Peer *peer)
{
    ProphetSeasonalitySpec *specs;
    Table table;

    if (!read_file(peer, "seasonalities.csv", &table))
        return;
    specs = ENV_NEW(peer->env, table.n_rows, ProphetSeasonalitySpec);
    for (size_t i = 1; i < table.n_rows; i++) {
        const char *condition = text_at(&table, i, "condition_name");

        specs[i - 1] = (ProphetSeasonalitySpec){text_at(&table, i, "name"),
                                                number_at(&table, i, "period"),
                                                (int)number_at(&table, i, "fourier_order"),
                                                number_or(&table, i, "prior_scale", 10),
                                                mode_of(text_at(&table, i, "mode")),
                                                condition[0] != '\0' ? condition : NULL};
    }
    peer->options.seasonalities = specs;
    peer->options.n_seasonalities = table.n_rows - 1;
}

static void
read_regressors(Peer *peer)
{
    ProphetRegressorSpec *specs;
    Table table;

    if (!read_file(peer, "regressors.csv", &table))
        return;
    specs = ENV_NEW(peer->env, table.n_rows, ProphetRegressorSpec);
    for (size_t i = 1; i < table.n_rows; i++)
        specs[i - 1] = (ProphetRegressorSpec){text_at(&table, i, "name"), number_at(&table, i, "prior_scale"),
                                              strcmp(text_at(&table, i, "standardize"), "False") == 0
                                                  ? PROPHET_STANDARDIZE_NO
                                                  : PROPHET_STANDARDIZE_AUTO,
                                              mode_of(text_at(&table, i, "mode"))};
    peer->options.regressors = specs;
    peer->options.n_regressors = table.n_rows - 1;
}

static void
read_holidays(Peer *peer)
{
    ProphetHolidaySpec *specs;
    Table table;

    if (!read_file(peer, "holidays.csv", &table))
        return;
    specs = ENV_NEW(peer->env, table.n_rows, ProphetHolidaySpec);
    for (size_t i = 1; i < table.n_rows; i++)
        specs[i - 1] = (ProphetHolidaySpec){text_at(&table, i, "holiday"), civil_day_of(moment_at(&table, i)),
                                            (int)number_at(&table, i, "lower_window"),
                                            (int)number_at(&table, i, "upper_window"),
                                            number_at(&table, i, "prior_scale")};
    peer->options.holidays = specs;
    peer->options.n_holidays = table.n_rows - 1;
}

/* The names of all columns but ds and y, in the order of the file. */
static void
read_column_names(Peer *peer)
{
    const char **names = ENV_NEW(peer->env, peer->input.n_columns, const char *);
    size_t n = 0;

    for (size_t c = 0; c < peer->input.n_columns; c++) {
        const char *name = peer->input.cells[c];

        if (strcmp(name, "ds") != 0 && strcmp(name, "y") != 0)
            names[n++] = name;
    }
    peer->options.column_names = names;
    peer->options.n_column_names = n;
}

static bool
read_peer(Peer *peer)
{
    Table options;

    if (!read_file(peer, "input.csv", &peer->input) || !read_file(peer, "options.csv", &options)) {
        unit_check(false, __FILE__, __LINE__, "%s: cannot read the case", peer->name);
        return false;
    }
    prophet_options_init(&peer->options);
    peer->options.changepoints = ENV_NEW(peer->env, options.n_rows, int64_t);
    for (size_t i = 1; i < options.n_rows; i++)
        set_option(peer, text_at(&options, i, "option"), text_at(&options, i, "value"));
    read_seasonalities(peer);
    read_regressors(peer);
    read_holidays(peer);
    read_column_names(peer);
    for (size_t i = 1; i < peer->input.n_rows; i++) {
        if (!isnan(number_at(&peer->input, i, "y")))
            peer->n_history = i;
    }
    return true;
}

/* The first n rows of the input. */
static Series
input_rows(const Peer *peer, size_t n)
{
    size_t n_columns = peer->options.n_column_names, width = 2 + n_columns;
    SeriesCell *rows = ENV_NEW(peer->env, width * n, SeriesCell);
    Series series = {0};

    for (size_t i = 0; i < n; i++) {
        rows[i * width].ds = moment_at(&peer->input, i + 1);
        rows[i * width + 1].number = number_at(&peer->input, i + 1, "y");
        for (size_t c = 0; c < n_columns; c++)
            rows[i * width + 2 + c].number = number_at(&peer->input, i + 1, peer->options.column_names[c]);
    }
    CHECK_STATUS(series_from_rows(peer->env, rows, n, n_columns, &series, NULL), STATUS_SUCCESS);
    return series;
}

static double
greatest_difference(const Table *table, const char *column, const double *values)
{
    double most = 0;

    for (size_t i = 1; i < table->n_rows; i++) {
        double difference = fabs(number_at(table, i, column) - values[i - 1]);

        most = difference <= most ? most : difference; /* NaN stays */
    }
    return most;
}

static const double *
part_of(const ProphetModel *model, const ProphetForecast *forecast, const char *name)
{
    const struct {
        const char *name;
        const double *values;
    } sums[] = {
        {"trend", forecast->trend},
        {"additive_terms", forecast->additive_terms},
        {"multiplicative_terms", forecast->multiplicative_terms},
        {"holidays", forecast->holidays},
        {"extra_regressors_additive", forecast->extra_regressors_additive},
        {"extra_regressors_multiplicative", forecast->extra_regressors_multiplicative},
    };

    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        if (strcmp(sums[i].name, name) == 0)
            return sums[i].values;
    }
    for (size_t c = 0; c < model->n_components; c++) {
        if (strcmp(model->components[c].name, name) == 0)
            return forecast->component[c];
    }
    return NULL;
}

static void
check_parts(const Peer *peer, const ProphetModel *model, const ProphetForecast *forecast, const Table *want)
{
    double most = greatest_difference(want, "yhat", yhat_as_prophet(peer->env, forecast));

    check(most <= 1e-9 * model->y_scale, peer, "yhat from Prophet's parameters", most, 1e-9 * model->y_scale);
    for (size_t c = 0; c < want->n_columns; c++) {
        const char *name = want->cells[c];
        const double *part = part_of(model, forecast, name);

        if (strcmp(name, "ds") == 0 || strcmp(name, "yhat") == 0 || strstr(name, "_lower") != NULL ||
            strstr(name, "_upper") != NULL)
            continue;
        unit_check(part != NULL, __FILE__, __LINE__, "%s: no part %s", peer->name, name);
        if (part == NULL)
            continue;
        most = greatest_difference(want, name, part);
        check(most <= 1e-9 * model->y_scale, peer, name, most, 1e-9 * model->y_scale);
    }
}

static double
mean_width(const Peer *peer, const Table *want, const char *lower, const char *upper)
{
    double sum = 0;

    for (size_t i = peer->n_history + 1; i < want->n_rows; i++)
        sum += number_at(want, i, upper) - number_at(want, i, lower);
    return sum / (double)(want->n_rows - 1 - peer->n_history);
}

/* Bounds of the future: each one of yhat, and the mean widths; the trend's may be near nothing. */
static void
check_bounds(const Peer *peer, const ProphetForecast *forecast, const Table *want)
{
    double yhat_width = mean_width(peer, want, "yhat_lower", "yhat_upper");
    double trend_width = mean_width(peer, want, "trend_lower", "trend_upper");
    double most = 0, yhat = 0, trend = 0, n = (double)(want->n_rows - 1 - peer->n_history);

    for (size_t i = peer->n_history; i < forecast->n; i++) {
        most = fmax(most, fabs(forecast->yhat_lower[i] - number_at(want, i + 1, "yhat_lower")));
        most = fmax(most, fabs(forecast->yhat_upper[i] - number_at(want, i + 1, "yhat_upper")));
        yhat += (forecast->yhat_upper[i] - forecast->yhat_lower[i]) / n;
        trend += (forecast->trend_upper[i] - forecast->trend_lower[i]) / n;
    }
    check(most <= 0.06 * yhat_width, peer, "a bound's distance over the width", most / yhat_width, 0.06);
    check(fabs(yhat - yhat_width) <= 0.02 * yhat_width, peer, "mean width, relative", yhat / yhat_width - 1,
          0.02);
    check(fabs(trend - trend_width) <= 0.1 * trend_width + 0.001 * yhat_width, peer,
          "mean width of the trend, over yhat's", (trend - trend_width) / yhat_width, 0.1);
    if (getenv("BI_ML_VERBOSE") != NULL)
        printf("%s: bounds apart %.4f, width %+.4f, trend width %+.4f\n", peer->name, most / yhat_width,
               yhat / yhat_width - 1, (trend - trend_width) / yhat_width);
}

static void
check_case(const char *name, double apart)
{
    Peer peer = {.env = unit_env(), .name = name};
    ProphetModel model, given;
    ProphetForecast forecast;
    Table parameters, want;
    Series history, rows;
    Failure failure;
    Status status;
    double most, posterior;

    if (!read_peer(&peer))
        return;
    history = input_rows(&peer, peer.n_history);
    status = prophet_fit(peer.env, &history, &peer.options, &model, &failure);
    unit_check(status == STATUS_SUCCESS, __FILE__, __LINE__, "%s: %s", name, failure.message);
    if (status != STATUS_SUCCESS || !read_file(&peer, "params.csv", &parameters) ||
        !read_file(&peer, "forecast.csv", &want))
        return;
    CHECK(model.converged);
    CHECK_NEAR(model.y_scale, lookup(&parameters, "y_scale", "value"), 1e-12);
    rows = input_rows(&peer, peer.input.n_rows - 1);
    CHECK_STATUS(prophet_predict(peer.env, &model, &rows, &forecast, &failure), STATUS_SUCCESS);
    most = greatest_difference(&want, "yhat", yhat_as_prophet(peer.env, &forecast));
    check(most <= apart * model.y_scale, &peer, "yhat over y_scale", most / model.y_scale, apart);

    given = model;
    given.delta = ENV_NEW(peer.env, model.n_changepoints, double);
    given.beta = ENV_NEW(peer.env, model.n_columns, double);
    if (!load_parameters(&parameters, &given)) {
        check(false, &peer, "parameters that do not fit the model", 0, 0);
        return;
    }
    posterior = posterior_at(peer.env, &given);
    check(model.log_posterior >= posterior - 1e-6, &peer, "log posterior below Prophet's by",
          posterior - model.log_posterior, 1e-6);
    CHECK_NEAR(posterior_at(peer.env, &model), model.log_posterior, 1e-9);
    if (getenv("BI_ML_VERBOSE") != NULL)
        printf("%s: log posterior %+.3g, yhat apart %.5f of y_scale\n", name, model.log_posterior - posterior,
               most / model.y_scale);
    CHECK_STATUS(prophet_predict(peer.env, &given, &rows, &forecast, &failure), STATUS_SUCCESS);
    check_parts(&peer, &given, &forecast, &want);
    CHECK_STATUS(prophet_intervals(peer.env, &given, 0.8, 4000, 42, &forecast, &failure), STATUS_SUCCESS);
    check_bounds(&peer, &forecast, &want);
    unit_env_free(peer.env);
}

int
main(void)
{
    unit_begin("prophet_peer");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(cases[i].name, cases[i].apart);
    return unit_end();
}
