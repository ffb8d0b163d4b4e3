/*
 * prophet_case.h - the shared fixtures of prophet/: the series and options of each case.
 */
#ifndef BI_ML_PROPHET_CASE_H
#define BI_ML_PROPHET_CASE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/civil.h"
#include "prophet/prophet.h"
#include "table.h"
#include "unit.h"

typedef struct Case {
    const char *name;
    double changepoint_prior_scale;
    ProphetGrowth growth;
    ProphetScaling scaling;
    ProphetMode mode, holidays_mode; /* additive; where holidays.csv is, PROPHET_ADDITIVE inherits the mode */
    int n_changepoints;              /* 0: the default, -1: none */
    bool no_weekly;
    const char *columns[2]; /* further columns of input.csv */
    size_t n_columns;
    ProphetSeasonalitySpec seasonalities[2];
    size_t n_seasonalities;
    ProphetRegressorSpec regressors[2];
    size_t n_regressors;
} Case;

/* Every forecast case of the folder: the calls of their meta.csv. */
static const Case cases[] = {
    {.name = "or_revenue"},
    {.name = "or_orders"},
    {.name = "or_revenue_uk"},
    {.name = "or_revenue_na"},
    {.name = "or_revenue_bt30"},
    {.name = "or_revenue_ukhol"},
    {.name = "peyton_default"},
    {.name = "peyton_cps001", .changepoint_prior_scale = 0.01},
    {.name = "peyton_cps05", .changepoint_prior_scale = 0.5},
    {.name = "peyton_noweekly", .no_weekly = true},
    {.name = "peyton_nochange", .n_changepoints = -1},
    {.name = "peyton_minmax_scaled"},
    {.name = "peyton_mult", .mode = PROPHET_MULTIPLICATIVE},
    {.name = "peyton_holidays"},
    {.name = "peyton_monthly",
     .no_weekly = true,
     .seasonalities = {{"monthly", 30.5, 5, 10, PROPHET_INHERIT, NULL}},
     .n_seasonalities = 1},
    {.name = "peyton_conditional",
     .no_weekly = true,
     .columns = {"on_season", "off_season"},
     .n_columns = 2,
     .seasonalities = {{"weekly_on_season", 7, 3, 10, PROPHET_INHERIT, "on_season"},
                       {"weekly_off_season", 7, 3, 10, PROPHET_INHERIT, "off_season"}},
     .n_seasonalities = 2},
    {.name = "peyton_regressors",
     .columns = {"nfl_sunday", "tempx"},
     .n_columns = 2,
     .regressors = {{"nfl_sunday", NAN, PROPHET_STANDARDIZE_AUTO, PROPHET_INHERIT},
                    {"tempx", 0.5, PROPHET_STANDARDIZE_AUTO, PROPHET_INHERIT}},
     .n_regressors = 2},
    {.name = "air_default"},
    {.name = "air_short"},
    {.name = "air_mult", .mode = PROPHET_MULTIPLICATIVE},
    {.name = "retail_default"},
    {.name = "ped_hourly"},
    {.name = "ped_flat", .growth = PROPHET_FLAT},
    {.name = "ped_lockdown"},
    {.name = "synth_linear120"},
    {.name = "synth_small20"},
    {.name = "synth_constant"},
    {.name = "wp_R_outliers1"},
    {.name = "wp_R_logistic", .growth = PROPHET_LOGISTIC, .columns = {"cap"}, .n_columns = 1},
    {.name = "wp_R_logistic_floor", .growth = PROPHET_LOGISTIC, .columns = {"cap", "floor"}, .n_columns = 2},
    {.name = "yosemite_default", .changepoint_prior_scale = 0.01},
    {.name = "py_minmax_peyton", .scaling = PROPHET_MINMAX},
    {.name = "py_large_y_minmax", .scaling = PROPHET_MINMAX},
    {.name = "py_minmax_mult_air", .scaling = PROPHET_MINMAX, .mode = PROPHET_MULTIPLICATIVE},
    {.name = "py_holidays_mode", .holidays_mode = PROPHET_MULTIPLICATIVE},
    {.name = "py_logistic_floor_mult",
     .growth = PROPHET_LOGISTIC,
     .mode = PROPHET_MULTIPLICATIVE,
     .columns = {"cap", "floor"},
     .n_columns = 2},
    {.name = "py_ties_ncp10", .n_changepoints = 10},
};

static inline void
case_holidays(Env *env, const char *folder, const char *name, ProphetOptions *options)
{
    ProphetHolidaySpec *specs;
    Table table;

    if (!table_read(env, folder, name, "holidays.csv", &table))
        return;
    specs = ENV_NEW(env, table.n_rows, ProphetHolidaySpec);
    for (size_t i = 1; i < table.n_rows; i++) {
        double lower = number_at(&table, i, "lower_window"), upper = number_at(&table, i, "upper_window");

        specs[i - 1] =
            (ProphetHolidaySpec){text_at(&table, i, "holiday"), civil_day_of(moment_at(&table, i)),
                                 isnan(lower) ? 0 : (int)lower, isnan(upper) ? 0 : (int)upper, NAN};
    }
    options->holidays = specs;
    options->n_holidays = table.n_rows - 1;
}

static inline ProphetOptions
case_options(Env *env, const char *folder, const Case *c)
{
    ProphetOptions options;

    prophet_options_init(&options);
    options.growth = c->growth;
    options.scaling = c->scaling;
    options.seasonality_mode = c->mode;
    if (c->holidays_mode != PROPHET_ADDITIVE)
        options.holidays_mode = c->holidays_mode;
    if (c->n_changepoints != 0)
        options.n_changepoints = c->n_changepoints > 0 ? c->n_changepoints : 0;
    if (c->changepoint_prior_scale > 0)
        options.changepoint_prior_scale = c->changepoint_prior_scale;
    if (c->no_weekly)
        options.order[PROPHET_WEEKLY] = 0;
    options.column_names = c->columns;
    options.n_column_names = c->n_columns;
    options.seasonalities = c->seasonalities;
    options.n_seasonalities = c->n_seasonalities;
    options.regressors = c->regressors;
    options.n_regressors = c->n_regressors;
    case_holidays(env, folder, c->name, &options);
    return options;
}

static inline Series
case_series(Env *env, const Case *c, const Table *input)
{
    size_t width = 2 + c->n_columns;
    SeriesCell *rows = ENV_NEW(env, width * input->n_rows, SeriesCell);
    Series series;

    for (size_t i = 1; i < input->n_rows; i++) {
        SeriesCell *row = rows + (i - 1) * width;

        row[0].ds = moment_at(input, i);
        row[1].number = number_at(input, i, "y");
        for (size_t x = 0; x < c->n_columns; x++)
            row[2 + x].number = number_at(input, i, c->columns[x]);
    }
    CHECK_STATUS(series_from_rows(env, rows, input->n_rows - 1, c->n_columns, &series, NULL), STATUS_SUCCESS);
    return series;
}

/* The moments of a table with the columns that the history or future.csv gives them; both ascend. */
static inline Series
case_rows(Env *env, const char *folder, const Case *c, const Series *history, const Table *table)
{
    Series rows = {.n = table->n_rows - 1,
                   .ds = ENV_NEW(env, table->n_rows, int64_t),
                   .n_columns = c->n_columns,
                   .columns = ENV_NEW(env, c->n_columns, double *)};
    Table future = {0};
    const size_t n_columns = c->n_columns;
    size_t h = 0, f = 1;

    if (n_columns > 0 && !table_read(env, folder, c->name, "future.csv", &future))
        abort();
    for (size_t x = 0; x < n_columns; x++)
        rows.columns[x] = ENV_NEW(env, rows.n, double);
    for (size_t i = 0; i < rows.n; i++) {
        rows.ds[i] = moment_at(table, i + 1);
        if (n_columns == 0)
            continue;
        while (h < history->n && history->ds[h] < rows.ds[i])
            h++;
        while (f < future.n_rows && moment_at(&future, f) < rows.ds[i])
            f++;
        for (size_t x = 0; x < n_columns; x++)
            rows.columns[x][i] = h < history->n && history->ds[h] == rows.ds[i]
                                     ? history->columns[x][h]
                                     : number_at(&future, f, c->columns[x]);
    }
    return rows;
}

#endif
