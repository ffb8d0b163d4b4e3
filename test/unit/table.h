/*
 * table.h - tables of reference numbers in CSV.
 */
#ifndef BI_ML_TABLE_H
#define BI_ML_TABLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/civil.h"
#include "unit.h"

typedef struct Table {
    size_t n_rows, n_columns;
    char **cells; /* row 0 holds the names */
} Table;

static inline char *
copy_text(Env *env, const char *text, size_t length)
{
    char *copy = env_alloc(env, length + 1, 1);

    if (copy == NULL)
        abort();
    memcpy(copy, text, length);
    return copy;
}

/* CSV as R writes it: no commas or line ends inside the quotes of the cells that are read here. */
static inline bool
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
    if (table->cells == NULL)
        abort();
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

static inline int
column_of(const Table *table, const char *name)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        if (strcmp(table->cells[c], name) == 0)
            return (int)c;
    }
    return -1;
}

static inline double
number_at(const Table *table, size_t row, const char *name)
{
    int c = column_of(table, name);
    const char *text = c < 0 ? "" : table->cells[row * table->n_columns + (size_t)c];

    if (strcmp(text, "TRUE") == 0 || strcmp(text, "FALSE") == 0)
        return text[0] == 'T';
    return text[0] == '\0' || strcmp(text, "NA") == 0 ? NAN : strtod(text, NULL);
}

static inline const char *
text_at(const Table *table, size_t row, const char *name)
{
    int c = column_of(table, name);

    return c < 0 ? "" : table->cells[row * table->n_columns + (size_t)c];
}

static inline int64_t
moment_at(const Table *table, size_t row)
{
    int c = column_of(table, "ds");
    int64_t moment = 0;

    CHECK(c >= 0 && civil_parse(table->cells[row * table->n_columns + (size_t)c], &moment));
    return moment;
}

static inline double
lookup(const Table *table, const char *key, const char *value_column)
{
    for (size_t i = 1; i < table->n_rows; i++) {
        if (strcmp(table->cells[i * table->n_columns], key) == 0)
            return number_at(table, i, value_column);
    }
    return NAN;
}

#endif
