/*
 * series_pg.c - the timeseries type: text and binary I/O, and its rows.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/output.h"
#include "pg/report.h"
#include "pg/rows.h"
#include "series/series.h"
#include "series/series_pg.h"

void
series_from_datum(Datum datum, Env *env, Series *series)
{
    struct varlena *value = pg_detoast_datum_packed((struct varlena *)DatumGetPointer(datum));
    Failure failure;

    report_failure(series_decode(env, (const unsigned char *)VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
                                 series, &failure),
                   &failure);
}

Datum
series_to_datum(const Series *series)
{
    size_t size = series_encoded_size(series);
    struct varlena *value = palloc(VARHDRSZ + size);

    SET_VARSIZE(value, VARHDRSZ + size);
    series_encode(series, (unsigned char *)VARDATA(value));
    return PointerGetDatum(value);
}

BI_ML_FUNCTION(biml_timeseries_in)
{
    Env env;
    Series series;
    Failure failure;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(series_read_json(&env, PG_GETARG_CSTRING(0), &series, &failure), &failure);
    PG_RETURN_DATUM(series_to_datum(&series));
}

BI_ML_FUNCTION(biml_timeseries_out)
{
    Env env;
    Series series;
    Writer w;

    env_pg_init(&env, CurrentMemoryContext);
    series_from_datum(PG_GETARG_DATUM(0), &env, &series);
    writer_init(&w, &env);
    series_write_json(&series, &w);
    PG_RETURN_CSTRING(output_text(&w, "timeseries"));
}

BI_ML_FUNCTION(biml_timeseries_recv)
{
    StringInfo message = (StringInfo)PG_GETARG_POINTER(0);
    int length = message->len - message->cursor;
    const char *bytes = pq_getmsgbytes(message, length);
    Env env;
    Series series;
    Failure failure;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(series_decode(&env, (const unsigned char *)bytes, (size_t)length, &series, &failure),
                   &failure);
    PG_RETURN_DATUM(series_to_datum(&series));
}

BI_ML_FUNCTION(biml_timeseries_send)
{
    Env env;
    Series series;
    StringInfoData message;
    size_t size;

    env_pg_init(&env, CurrentMemoryContext);
    series_from_datum(PG_GETARG_DATUM(0), &env, &series);
    size = series_encoded_size(&series);
    pq_begintypsend(&message);
    enlargeStringInfo(&message, (int)size);
    series_encode(&series, (unsigned char *)message.data + message.len);
    message.len += (int)size;
    PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

static Datum
columns_at(const Series *series, size_t i)
{
    Datum *values = palloc(sizeof(Datum) * series->n_columns);
    bool *nulls = palloc(sizeof(bool) * series->n_columns);
    int dims[1] = {(int)series->n_columns}, bounds[1] = {1};

    for (size_t c = 0; c < series->n_columns; c++)
        rows_number(values, nulls, (int)c, series->columns[c][i]);
    return PointerGetDatum(construct_md_array(values, nulls, 1, dims, bounds, FLOAT8OID, sizeof(float8),
                                              FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

BI_ML_FUNCTION(biml_series_points)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    Env env;
    Series series;

    env_pg_init(&env, CurrentMemoryContext);
    series_from_datum(PG_GETARG_DATUM(0), &env, &series);
    for (size_t i = 0; i < series.n; i++) {
        Datum values[3];
        bool nulls[3] = {false, false, series.n_columns == 0};

        values[0] = TimestampGetDatum(series.ds[i]);
        rows_number(values, nulls, 1, series.y[i]);
        values[2] = nulls[2] ? (Datum)0 : columns_at(&series, i);
        rows_put(rows, values, nulls);
        CHECK_FOR_INTERRUPTS();
    }
    return (Datum)0;
}
