/*
 * relation_pg.c - a series from two columns of a relation, read with the caller's rights.
 *
 * The names are looked up in the catalog and quoted; the query holds nothing else of the caller's and only
 * qualified names, so that no search_path can change its meaning.
 */
#include "postgres.h"

#include "catalog/pg_class_d.h"
#include "catalog/pg_type_d.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "series/series_pg.h"

static void
check_relation(Oid relation)
{
    char kind = get_rel_relkind(relation);

    if (kind == '\0')
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
                 errhint("Pass the name of a table or view.")));
    if (strchr("rvmfp", kind) == NULL)
        ereport(ERROR,
                (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                 errmsg("\"%s\" is not a table or view", get_rel_name(relation)),
                 errhint("Pass a table, a partitioned or foreign table, a view or a materialized view.")));
}

static Oid
column_type(Oid relation, const char *column)
{
    AttrNumber number = get_attnum(relation, column);

    if (number <= 0)
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_COLUMN),
                 errmsg("column \"%s\" of relation \"%s\" does not exist", column, get_rel_name(relation)),
                 errhint("Pass the column's exact name, without quotes; capital letters count.")));
    return getBaseType(get_atttype(relation, number));
}

static void
check_types(Oid relation, const char *ds_column, const char *y_column)
{
    Oid ds = column_type(relation, ds_column), y = column_type(relation, y_column);

    if (ds != DATEOID && ds != TIMESTAMPOID)
        ereport(
            ERROR,
            (errcode(ERRCODE_DATATYPE_MISMATCH),
             errmsg("column \"%s\" must be of type date or timestamp, not %s", ds_column, format_type_be(ds)),
             errhint("Convert it in a view, a timestamptz by AT TIME ZONE with the zone of the business.")));
    if (y != INT2OID && y != INT4OID && y != INT8OID && y != FLOAT4OID && y != FLOAT8OID && y != NUMERICOID)
        ereport(ERROR,
                (errcode(ERRCODE_DATATYPE_MISMATCH),
                 errmsg("column \"%s\" must be of a numeric type, not %s", y_column, format_type_be(y)),
                 errhint("Convert it to float8 or numeric in a view.")));
}

Datum
series_from_relation(Oid relation, const char *ds_column, const char *y_column, Oid extension_namespace,
                     bool *is_null)
{
    char *schema, *query;
    Datum series;

    check_relation(relation);
    check_types(relation, ds_column, y_column);
    schema = get_namespace_name(get_rel_namespace(relation));
    query = psprintf("SELECT %s.series_agg(r.%s::pg_catalog.timestamp, r.%s::pg_catalog.float8) FROM %s AS r",
                     quote_identifier(get_namespace_name(extension_namespace)), quote_identifier(ds_column),
                     quote_identifier(y_column), quote_qualified_identifier(schema, get_rel_name(relation)));
    if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(query, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
        elog(ERROR, "cannot read relation %u", relation);
    series = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, is_null);
    if (!*is_null)
        series = SPI_datumTransfer(series, false, -1);
    SPI_finish();
    return series;
}
