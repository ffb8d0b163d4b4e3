/*
 * forecast_fixture.h - reads fixtures/forecast for the tests of forecast/: series, fitted models, forecasts.
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

/* One line of a CSV; quotes are taken off. */
typedef struct Fixture {
    FILE *file;
    char line[FIXTURE_LINE];
    char *field[FIXTURE_FIELDS];
    int n_fields;
} Fixture;

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

/* Opens fixtures/forecast/NAME past its head line. */
static inline Fixture
fixture_open(const char *name)
{
    Fixture f = {0};
    char path[1024];

    snprintf(path, sizeof(path), "%s/forecast/%s", unit_fixtures(), name);
    f.file = fopen(path, "r");
    CHECK(f.file != NULL);
    fixture_next(&f);
    return f;
}

/* NA and an empty field are NaN. */
static inline double
fixture_number(const char *text)
{
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

#define FIXTURE_SERIES 16

typedef struct FixtureAll {
    FixtureSeries series[FIXTURE_SERIES];
    size_t n;
} FixtureAll;

static inline void
fixture_series(FixtureAll *all)
{
    Fixture f = fixture_open("series.csv");
    FixtureSeries *s = NULL;

    all->n = 0;
    while (fixture_next(&f)) {
        if (s == NULL || strcmp(s->name, f.field[0]) != 0) {
            s = &all->series[all->n++];
            memset(s, 0, sizeof(*s));
            snprintf(s->name, sizeof(s->name), "%s", f.field[0]);
            s->m = (size_t)atoi(f.field[1]);
        }
        s->y[s->n++] = atof(f.field[3]);
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
    Fixture f = fixture_open("forecasts.csv");
    size_t n = 0;

    while (fixture_next(&f) && n < most) {
        if (strcmp(f.field[0], series) != 0 || strcmp(f.field[1], call) != 0)
            continue;
        mean[n] = fixture_number(f.field[3]);
        low[n] = fixture_number(f.field[4]);
        high[n++] = fixture_number(f.field[5]);
    }
    fclose(f.file);
    return n;
}

#endif
