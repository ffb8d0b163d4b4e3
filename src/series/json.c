/*
 * json.c - the text form of a Series.
 *
 * Rows may come in any order and are sorted as the aggregate sorts them, so that a hand-written series is
 * welcome; what series_write_json writes reads back bit for bit.
 */
#include <math.h>
#include <string.h>

#include "kit/json.h"
#include "series/series.h"
#include "series/series_internal.h"

#define TYPE_NAME      "timeseries"
#define SERIES_VERSION 1

void
series_write_json(const Series *series, Writer *w)
{
    json_put(w, "{\"version\":1,\"ds\":");
    json_put_moments(w, series->ds, series->n);
    json_put(w, ",\"y\":");
    json_put_doubles(w, series->y, series->n);
    if (series->n_columns > 0) {
        json_put(w, ",\"x\":[");
        for (size_t c = 0; c < series->n_columns; c++) {
            if (c > 0)
                json_put(w, ",");
            json_put_doubles(w, series->columns[c], series->n);
        }
        json_put(w, "]");
    }
    json_put(w, "}");
}

typedef struct Parts {
    int64_t version;
    int64_t *ds;
    double *y;
    double *columns[SERIES_MAX_COLUMNS];
    size_t n_ds, n_y, n_columns;
    size_t n_rows[SERIES_MAX_COLUMNS]; /* of each column */
    bool out_of_memory;
} Parts;

static void
read_columns(JsonReader *r, Env *env, Parts *parts)
{
    json_open(r, '[');
    while (json_next(r, ']')) {
        size_t c = parts->n_columns;

        if (c == SERIES_MAX_COLUMNS) {
            json_expected(r, "at most 1000 columns");
            return;
        }
        parts->columns[c] = json_doubles(r, env, &parts->n_rows[c], &parts->out_of_memory);
        parts->n_columns++;
    }
}

static void
read_parts(JsonReader *r, Env *env, Parts *parts)
{
    char key[JSON_TEXT];

    json_open(r, '{');
    while (json_next(r, '}')) {
        json_key(r, key);
        if (strcmp(key, "version") == 0)
            parts->version = json_integer(r, 0, INT32_MAX);
        else if (strcmp(key, "ds") == 0 && parts->ds == NULL)
            parts->ds = json_moments(r, env, &parts->n_ds, &parts->out_of_memory);
        else if (strcmp(key, "y") == 0 && parts->y == NULL)
            parts->y = json_doubles(r, env, &parts->n_y, &parts->out_of_memory);
        else if (strcmp(key, "x") == 0 && parts->n_columns == 0)
            read_columns(r, env, parts);
        else
            json_expected(r, "one of the keys version, ds, y and x");
    }
}

static bool
is_rectangular(const Parts *parts)
{
    for (size_t c = 0; c < parts->n_columns; c++) {
        if (parts->n_rows[c] != parts->n_ds)
            return false;
    }
    return parts->n_y == parts->n_ds;
}

static Status
parts_to_series(Env *env, const Parts *parts, Series *out, Failure *failure)
{
    size_t width = 2 + parts->n_columns;
    SeriesCell *rows = ENV_NEW(env, parts->n_ds * width, SeriesCell);

    if (rows == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < parts->n_ds; i++) {
        rows[i * width].ds = parts->ds[i];
        rows[i * width + 1].number = parts->y[i];
        for (size_t c = 0; c < parts->n_columns; c++)
            rows[i * width + 2 + c].number = parts->columns[c][i];
    }
    return series_from_rows(env, rows, parts->n_ds, parts->n_columns, out, failure);
}

Status
series_read_json_value(JsonReader *r, Env *env, Series *out, Failure *failure)
{
    Parts *parts = ENV_NEW(env, 1, Parts);

    if (parts == NULL)
        return fail_out_of_memory(failure);
    read_parts(r, env, parts);
    if (parts->out_of_memory)
        return fail_out_of_memory(failure);
    if (r->failed)
        return json_failure(r, TYPE_NAME, failure);
    if (parts->version != SERIES_VERSION || parts->ds == NULL || parts->y == NULL)
        return fail(failure, STATUS_BAD_TEXT, "Write {\"version\":1,\"ds\":[...],\"y\":[...]}.",
                    "invalid input for type " TYPE_NAME ": the keys version (1), ds and y are required");
    if (!is_rectangular(parts))
        return fail(failure, STATUS_BAD_TEXT, "Write null for a missing number.",
                    "invalid input for type " TYPE_NAME
                    ": ds, y and every column of x must have equal length");
    return parts_to_series(env, parts, out, failure);
}

Status
series_read_json(Env *env, const char *text, Series *out, Failure *failure)
{
    JsonReader r;

    json_init(&r, text);
    RETURN_IF_FAILED(series_read_json_value(&r, env, out, failure));
    json_end(&r);
    return r.failed ? json_failure(&r, TYPE_NAME, failure) : STATUS_SUCCESS;
}
