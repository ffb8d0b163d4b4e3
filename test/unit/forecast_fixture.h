/*
 * forecast_fixture.h - reads the tables of other programs' fits and forecasts for the tests of forecast/:
 * fixtures/forecast, which may be absent, and test/oracle/forecast, which has the same columns and fewer.
 */
#ifndef BI_ML_FORECAST_FIXTURE_H
#define BI_ML_FORECAST_FIXTURE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define FIXTURE_FIELDS 24
#define FIXTURE_LINE   4096
#define ORACLE_FOLDER  "test/oracle/forecast"

/* The folder that is read: ORACLE_FOLDER, or NULL for fixtures/forecast. */
static const char *fixture_folder;

/* One line of a CSV; quotes are taken off. */
typedef struct Fixture {
    FILE *file;
    char line[FIXTURE_LINE], head_line[FIXTURE_LINE];
    char *field[FIXTURE_FIELDS], *head[FIXTURE_FIELDS];
    int n_fields, n_heads;
} Fixture;

/* The field of the column; empty where there is no such column. */
static inline const char *
fixture_get(const Fixture *f, const char *column)
{
    for (int i = 0; i < f->n_heads && i < f->n_fields; i++)
        if (strcmp(f->head[i], column) == 0)
            return f->field[i];
    return "";
}

static inline bool
fixture_next(Fixture *f)
{
    char *at = f->line;

    if (f->file == NULL || fgets(f->line, sizeof(f->line), f->file) == NULL)
        return false;
    f->line[strcspn(f->line, "\r\n")] = '\0';
    f->n_fields = 0;
    while (f->n_fields < FIXTURE_FIELDS) {
        bool quoted = *at == '"';
        char *end = at + quoted + strcspn(at + quoted, quoted ? "\"" : ",");
        bool is_last = *end == '\0' || (quoted && end[1] == '\0');

        f->field[f->n_fields++] = at + quoted;
        *end = '\0';
        if (is_last)
            break;
        at = end + 1 + quoted;
    }
    return true;
}

/* Opens the folder's table NAME past its head line; f stays where it is. */
static inline void
fixture_open(const char *name, Fixture *f)
{
    char path[1024];

    memset(f, 0, sizeof(*f));
    if (fixture_folder != NULL)
        snprintf(path, sizeof(path), "%s/%s", fixture_folder, name);
    else
        snprintf(path, sizeof(path), "%s/forecast/%s", unit_fixtures(), name);
    f->file = fopen(path, "r");
    CHECK(f->file != NULL);
    if (!fixture_next(f))
        return;
    memcpy(f->head_line, f->line, sizeof(f->line));
    f->n_heads = f->n_fields;
    for (int i = 0; i < f->n_fields; i++)
        f->head[i] = f->head_line + (f->field[i] - f->line);
}

/* The number in the column; NaN where it is NA, empty or absent. */
static inline double
fixture_number(const Fixture *f, const char *column)
{
    const char *text = fixture_get(f, column);
    char *end;
    double v = strtod(text, &end);

    return end == text ? NAN : v;
}

/* Blank-separated numbers; how many. */
static inline size_t
fixture_numbers(const char *text, double *v, size_t most)
{
    size_t n = 0;
    char *end;

    for (; n < most; text = end, n++) {
        v[n] = strtod(text, &end);
        if (end == text)
            break;
    }
    return n;
}

#define FIXTURE_LONGEST 1000

typedef struct FixtureSeries {
    char name[40];
    size_t m, n;
    double y[FIXTURE_LONGEST];
} FixtureSeries;

#define FIXTURE_SERIES 20

typedef struct FixtureAll {
    FixtureSeries series[FIXTURE_SERIES];
    size_t n;
} FixtureAll;

static inline void
fixture_series(FixtureAll *all)
{
    FixtureSeries *s = NULL;
    Fixture f;

    fixture_open("series.csv", &f);
    all->n = 0;
    while (fixture_next(&f)) {
        if (s == NULL || strcmp(s->name, fixture_get(&f, "series")) != 0) {
            s = &all->series[all->n++];
            memset(s, 0, sizeof(*s));
            snprintf(s->name, sizeof(s->name), "%s", fixture_get(&f, "series"));
            s->m = (size_t)fixture_number(&f, "frequency");
        }
        s->y[s->n++] = fixture_number(&f, "y");
    }
    fclose(f.file);
}

static inline const FixtureSeries *
fixture_find(const FixtureAll *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->series[i].name, name) == 0)
            return &all->series[i];
    return NULL;
}

/* The forecasts of one call: fields mean, lo80, hi80; how many steps. */
static inline size_t
fixture_forecast(const char *series, const char *call, double *mean, double *low, double *high, size_t most)
{
    size_t n = 0;
    Fixture f;

    fixture_open("forecasts.csv", &f);
    while (fixture_next(&f) && n < most) {
        if (strcmp(fixture_get(&f, "series"), series) != 0 || strcmp(fixture_get(&f, "call"), call) != 0)
            continue;
        mean[n] = fixture_number(&f, "mean");
        low[n] = fixture_number(&f, "lo80");
        high[n++] = fixture_number(&f, "hi80");
    }
    fclose(f.file);
    return n;
}

#endif
