/*
 * What options and columns may say: every refusal names its argument; the rules of seasonalities and
 * holidays.
 *
 * Provenance: Prophet's documented rules (the order of components, who overwrites whom, reserved names);
 * counts and columns written down by hand.
 */
#include <math.h>
#include <string.h>

#include "prophet_sample.h"

#define N 40

typedef struct Setting {
    ProphetOptions options;
    ProphetSeasonalitySpec seasonalities[3];
    ProphetHolidaySpec holidays[4];
    ProphetRegressorSpec regressors[2];
    const char *names[3];
    double cells[3][N]; /* cap, on (0 or 1), x */
    int64_t ds[N];
    double y[N];
} Setting;

static void
setting_init(Setting *s)
{
    static const char *const names[] = {"cap", "on", "x"};

    memset(s, 0, sizeof(*s));
    prophet_options_init(&s->options);
    memcpy(s->names, names, sizeof(names));
    s->seasonalities[0] = (ProphetSeasonalitySpec){"own", 5, 2, 10, PROPHET_INHERIT, "on"};
    s->seasonalities[1] = (ProphetSeasonalitySpec){"weekly", 7, 1, 10, PROPHET_INHERIT, NULL};
    s->holidays[0] = (ProphetHolidaySpec){"feast", 10, -1, 10, NAN};
    s->holidays[1] = (ProphetHolidaySpec){"feast", 20, 0, 2, NAN};
    s->holidays[2] = (ProphetHolidaySpec){"fair", 5, 0, 0, 3};
    s->regressors[0] = (ProphetRegressorSpec){"x", NAN, PROPHET_STANDARDIZE_AUTO, PROPHET_INHERIT};
    s->options.seasonalities = s->seasonalities;
    s->options.n_seasonalities = 2;
    s->options.holidays = s->holidays;
    s->options.n_holidays = 3;
    s->options.regressors = s->regressors;
    s->options.n_regressors = 1;
    s->options.column_names = s->names;
    s->options.n_column_names = 3;
    for (int i = 0; i < N; i++) {
        s->ds[i] = i * DAY;
        s->y[i] = i + (i % 7);
        s->cells[0][i] = 100;
        s->cells[1][i] = i % 2;
        s->cells[2][i] = i % 5;
    }
}

static Series
setting_series(Setting *s, double *columns[3])
{
    for (int c = 0; c < 3; c++)
        columns[c] = s->cells[c];
    return (Series){.n = N, .ds = s->ds, .y = s->y, .n_columns = 3, .columns = columns};
}

static void
check_refused(Setting *s, Status want, const char *words)
{
    Env *env = unit_env();
    double *columns[3];
    Series series = setting_series(s, columns);
    ProphetModel model;
    Failure failure = {0};

    CHECK_STATUS(prophet_fit(env, &series, &s->options, &model, &failure), want);
    unit_check(want == STATUS_SUCCESS || strstr(failure.message, words) != NULL, __FILE__, __LINE__,
               "\"%s\" is not in \"%s\"", words, failure.message);
    CHECK(want == STATUS_SUCCESS || failure.hint[0] != '\0');
    unit_env_free(env);
}

/* Each case spoils one thing. */
#define REFUSED(spoil, want, words)                                                                          \
    do {                                                                                                     \
        Setting s;                                                                                           \
        setting_init(&s);                                                                                    \
        spoil;                                                                                               \
        check_refused(&s, STATUS_##want, words);                                                             \
    } while (0)

static void
test_options(void)
{
    static char long_name[PROPHET_MAX_NAME + 2];

    memset(long_name, 'a', PROPHET_MAX_NAME + 1);
    REFUSED((void)s, SUCCESS, "");
    REFUSED(s.options.n_changepoints = 1001, BAD_VALUE, "\"n_changepoints\"");
    REFUSED(s.options.changepoint_range = 1.5, BAD_VALUE, "\"changepoint_range\"");
    REFUSED(s.options.changepoint_prior_scale = -1, BAD_VALUE, "\"changepoint_prior_scale\"");
    REFUSED(s.options.seasonality_prior_scale = NAN, BAD_VALUE, "\"seasonality_prior_scale\"");
    REFUSED(s.options.holidays_prior_scale = 0, BAD_VALUE, "\"holidays_prior_scale\"");
    REFUSED(s.options.order[PROPHET_WEEKLY] = 201, BAD_VALUE, "\"weekly_seasonality\"");
    REFUSED(s.seasonalities[0].name = "", BAD_VALUE, "\"seasonalities\"");
    REFUSED(s.seasonalities[0].name = long_name, BAD_VALUE, "\"seasonalities\"");
    REFUSED(s.seasonalities[0].name = "trend_lower", BAD_VALUE, "reserved");
    REFUSED(s.seasonalities[0].name = "a_delim_b", BAD_VALUE, "_delim_");
    REFUSED(s.seasonalities[0].name = "weekly", BAD_VALUE, "already used by a seasonality");
    REFUSED(s.seasonalities[0].period = 0, BAD_VALUE, "period of \"own\"");
    REFUSED(s.seasonalities[0].period = INFINITY, BAD_VALUE, "period of \"own\"");
    REFUSED(s.seasonalities[0].fourier_order = 0, BAD_VALUE, "Fourier order of \"own\"");
    REFUSED(s.seasonalities[0].prior_scale = 0, BAD_VALUE, "prior scale of \"own\"");
    REFUSED(s.seasonalities[0].condition_name = "off", BAD_VALUE, "no column \"off\"");
    REFUSED(s.holidays[0].holiday = "holidays", BAD_VALUE, "reserved");
    REFUSED(s.holidays[2].holiday = "own", BAD_VALUE, "already used by a seasonality");
    REFUSED(s.holidays[0].lower_window = 1, BAD_VALUE, "lower window of \"feast\"");
    REFUSED(s.holidays[0].upper_window = -1, BAD_VALUE, "upper window of \"feast\"");
    REFUSED(s.holidays[0].upper_window = 1001, BAD_VALUE, "upper window of \"feast\"");
    REFUSED(s.holidays[0].prior_scale = 0, BAD_VALUE, "prior scale of \"feast\"");
    REFUSED(s.holidays[0].prior_scale = 3, BAD_VALUE, "prior scales of \"feast\" differ");
    REFUSED(s.holidays[0].day = INT64_MAX, BAD_VALUE, "date of \"feast\"");
    REFUSED(s.regressors[0].name = "yhat", BAD_VALUE, "reserved");
    REFUSED(s.regressors[0].name = "z", BAD_VALUE, "no column \"z\"");
    REFUSED(s.regressors[0].name = "fair", BAD_VALUE, "already used by a holiday");
    REFUSED(s.regressors[0].name = "own", BAD_VALUE, "already used by a seasonality");
    REFUSED((s.regressors[1] = s.regressors[0], s.options.n_regressors = 2), BAD_VALUE,
            "already used by a regressor");
    REFUSED(s.regressors[0].prior_scale = -2, BAD_VALUE, "prior scale of \"x\"");
    REFUSED(s.options.n_column_names = 2, BAD_VALUE, "no column \"x\"");
    REFUSED((s.names[0] = "x", s.names[2] = "x"), BAD_VALUE, "comes twice");
    REFUSED(s.names[0] = "other", BAD_VALUE, "nothing uses");
    REFUSED((s.names[0] = "floor", s.options.growth = PROPHET_LOGISTIC), BAD_VALUE, "\"cap\"");
    REFUSED((s.options.column_names = NULL, s.options.n_column_names = 0), BAD_VALUE, "no column \"on\"");
}

static void
test_columns(void)
{
    REFUSED(s.cells[2][3] = NAN, BAD_DATA, "\"x\" has no value");
    REFUSED((s.y[3] = NAN, s.cells[2][3] = NAN), BAD_DATA, "\"x\" has no value");
    REFUSED(s.cells[2][3] = INFINITY, BAD_DATA, "\"x\"");
    REFUSED(s.cells[1][3] = 0.5, BAD_DATA, "\"on\" must be 0 or 1, not 0.5");
    REFUSED(s.cells[1][3] = NAN, BAD_DATA, "\"on\" has no value");
    REFUSED((s.options.growth = PROPHET_LOGISTIC, s.cells[0][5] = 0), BAD_DATA,
            "\"cap\" must be above the floor");
    REFUSED((s.options.growth = PROPHET_LOGISTIC, s.cells[0][5] = NAN), BAD_DATA, "\"cap\" has no value");
    REFUSED((s.options.growth = PROPHET_LOGISTIC, s.cells[0][5] = INFINITY), BAD_DATA, "\"cap\"");
    REFUSED(s.cells[0][5] = NAN, SUCCESS, ""); /* growth linear leaves cap alone */
    REFUSED(s.y[3] = -INFINITY, BAD_DATA, "infinite y");
}

static void
test_components(void)
{
    Env *env = unit_env();
    static const char *const names[] = {"own", "weekly", "fair", "feast", "x"};
    static const int16_t offsets[] = {0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9, -1};
    double *columns[3];
    Setting s;
    Series series;
    ProphetModel model;
    int order[PROPHET_N_SEASONS];

    setting_init(&s);
    series = setting_series(&s, columns);
    CHECK_STATUS(prophet_fit(env, &series, &s.options, &model, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(model.n_components, 5);
    for (size_t c = 0; c < 5 && c < model.n_components; c++)
        CHECK_TEXT(model.components[c].name, names[c]);
    CHECK_EQUAL(model.components[1].order, 1); /* the user's wins over 'auto' */
    CHECK_EQUAL(model.components[3].n_columns, 12);
    for (size_t i = 0; i < 12 && i < model.components[3].n_columns; i++)
        CHECK_EQUAL(model.components[3].offsets[i], offsets[i]);
    CHECK(model.components[2].prior_scale == 3 && model.components[3].prior_scale == 10);
    CHECK_NEAR(model.components[4].mean, 2, 1e-12);
    CHECK_NEAR(model.components[4].sd, sqrt(N * 2.0 / (N - 1)), 1e-12); /* 0..4 over and over: variance 2 */
    CHECK_EQUAL(model.n_columns, 4 + 2 + 1 + 12 + 1);
    s.options.order[PROPHET_WEEKLY] = 3; /* an order overwrites the user's, in its place */
    s.options.order[PROPHET_DAILY] = 2;
    CHECK_STATUS(prophet_fit(env, &series, &s.options, &model, NULL), STATUS_SUCCESS);
    CHECK_TEXT(model.components[1].name, "weekly");
    CHECK_EQUAL(model.components[1].order, 3);
    CHECK_TEXT(model.components[2].name, "daily");
    s.options.order[PROPHET_WEEKLY] = 0; /* 'false' leaves the user's alone */
    CHECK_STATUS(prophet_fit(env, &series, &s.options, &model, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(model.components[1].order, 1);
    s.options.n_seasonalities = 0;
    s.options.order[PROPHET_WEEKLY] = PROPHET_AUTO;
    s.names[1] = s.names[2];
    prophet_resolve_orders(&s.options, &series, order);
    CHECK(order[0] == 0 && order[1] == 3 && order[2] == 2);
    unit_env_free(env);
}

/* A binary regressor stays as it is unless the user insists; a constant one always. */
static void
test_standardisation(void)
{
    static const struct {
        double low, high;
        ProphetStandardize standardize;
        bool scaled;
    } rules[] = {{0, 1, PROPHET_STANDARDIZE_AUTO, false}, {0, 1, PROPHET_STANDARDIZE_YES, true},
                 {0, 2, PROPHET_STANDARDIZE_AUTO, true},  {0, 2, PROPHET_STANDARDIZE_NO, false},
                 {1, 1, PROPHET_STANDARDIZE_YES, false},  {0, 0, PROPHET_STANDARDIZE_AUTO, false}};

    for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
        Env *env = unit_env();
        double *columns[3];
        Setting s;
        Series series;
        ProphetModel model;

        setting_init(&s);
        for (int i = 0; i < N; i++)
            s.cells[2][i] = i % 2 == 0 ? rules[r].low : rules[r].high;
        s.regressors[0].standardize = rules[r].standardize;
        series = setting_series(&s, columns);
        CHECK_STATUS(prophet_fit(env, &series, &s.options, &model, NULL), STATUS_SUCCESS);
        CHECK((model.components[4].sd != 1) == rules[r].scaled);
        CHECK((model.components[4].mean != 0) == rules[r].scaled);
        unit_env_free(env);
    }
}

/* The whole day counts, overlapping windows add up, days beside them do not count. */
static void
test_holiday_days(void)
{
    Env *env = unit_env();
    double *columns[3];
    double z[DESIGN_BASE + 40];
    Setting s;
    Series series, rows;
    ProphetModel model;

    setting_init(&s);
    s.holidays[1] =
        (ProphetHolidaySpec){"feast", 11, -1, 0, NAN}; /* hits day 10 by -1, as day 10 by 0 does */
    series = setting_series(&s, columns);
    CHECK_STATUS(prophet_fit(env, &series, &s.options, &model, NULL), STATUS_SUCCESS);
    for (int day = 0; day < N; day++) {
        double sum = 0;
        const ProphetComponent *feast = &model.components[3];

        rows = series;
        s.ds[0] = day * DAY + DAY - 1; /* the last microsecond of the day */
        rows.n = 1;
        design_row(&model, &rows, 0, z);
        for (size_t l = feast->first; l < feast->first + feast->n_columns; l++) {
            CHECK(z[DESIGN_BASE + l] == 0 || z[DESIGN_BASE + l] == 1);
            sum += z[DESIGN_BASE + l];
        }
        CHECK_NEAR(sum, day == 10 || day == 11 ? 2 : day >= 9 && day <= 20 ? 1 : 0, 0);
    }
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("prophet_options");
    test_options();
    test_columns();
    test_components();
    test_standardisation();
    test_holiday_days();
    return unit_end();
}
