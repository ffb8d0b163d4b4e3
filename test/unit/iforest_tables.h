/*
 * iforest_tables.h - the data sets of fixtures/iforest, and areas under the curve on them.
 */
#ifndef BI_ML_IFOREST_TABLES_H
#define BI_ML_IFOREST_TABLES_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_sort.h>

#include "iforest/iforest.h"
#include "unit.h"

#define MAX_COLUMNS 80

typedef struct Table {
    size_t n, d;
    double *x; /* rows without id and label */
    double *label;
} Table;

static inline FILE *
open_fixture(const char *name)
{
    char path[1024];
    FILE *file;

    snprintf(path, sizeof(path), "%s/iforest/%s", unit_fixtures(), name);
    file = fopen(path, "r");
    CHECK(file != NULL);
    return file;
}

static inline size_t
split_numbers(char *line, double *values)
{
    size_t n = 0;

    for (char *field = strtok(line, ",\r\n"); field != NULL && n < MAX_COLUMNS; field = strtok(NULL, ",\r\n"))
        values[n++] = strtod(field, NULL);
    return n;
}

/* A table of numbers: the first column (id) and the last (label) apart. */
static inline Table
read_table(Env *env, const char *name)
{
    Table t = {0};
    char line[8192];
    double values[MAX_COLUMNS] = {0};
    FILE *file = open_fixture(name);

    t.x = ENV_NEW(env, 12000 * 64, double);
    t.label = ENV_NEW(env, 12000, double);
    if (file == NULL || fgets(line, sizeof(line), file) == NULL)
        return t;
    while (fgets(line, sizeof(line), file) != NULL) {
        size_t n = split_numbers(line, values);

        if (n < 2)
            break;
        t.d = n - 2;
        memcpy(t.x + t.n * t.d, values + 1, t.d * sizeof(double));
        t.label[t.n++] = values[n - 1];
    }
    fclose(file);
    return t;
}

/* Ranks from 1, ties averaged. */
static inline void
ranks_of(Env *env, const double *v, size_t n, double *ranks)
{
    size_t *order = ENV_NEW(env, n, size_t);

    gsl_sort_index(order, v, 1, n);
    for (size_t i = 0; i < n;) {
        size_t j = i;

        while (j < n && v[order[j]] == v[order[i]])
            j++;
        for (size_t k = i; k < j; k++)
            ranks[order[k]] = ((double)i + (double)j + 1) / 2;
        i = j;
    }
}

static inline double
area_under_curve(Env *env, const Table *t, const double *scores)
{
    double *ranks = ENV_NEW(env, t->n, double), sum = 0, n_positive = 0;

    ranks_of(env, scores, t->n, ranks);
    for (size_t i = 0; i < t->n; i++)
        if (t->label[i] != 0) {
            sum += ranks[i];
            n_positive++;
        }
    return (sum - n_positive * (n_positive + 1) / 2) / (n_positive * ((double)t->n - n_positive));
}

#endif
