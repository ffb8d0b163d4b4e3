/*
 * relation_pg.c - a series from columns of a relation, read with the caller's rights.
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

static bool
is_number(Oid type)
{
    return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID || type == FLOAT8OID ||
           type == NUMERICOID;
}

static void
put_ds(StringInfo query, Oid relation, const char *column)
{
    Oid type = column_type(relation, column);

    if (type != DATEOID && type != TIMESTAMPOID)
        ereport(
            ERROR,
            (errcode(ERRCODE_DATATYPE_MISMATCH),
             errmsg("column \"%s\" must be of type date or timestamp, not %s", column, format_type_be(type)),
             errhint("Convert it in a view, a timestamptz by AT TIME ZONE with the zone of the business.")));
    appendStringInfo(query, "r.%s::pg_catalog.timestamp", quote_identifier(column));
}

static void
put_y(StringInfo query, Oid relation, const char *column)
{
    Oid type = column_type(relation, column);

    if (!is_number(type))
        ereport(ERROR,
                (errcode(ERRCODE_DATATYPE_MISMATCH),
                 errmsg("column \"%s\" must be of a numeric type, not %s", column, format_type_be(type)),
                 errhint("Convert it to float8 or numeric in a view.")));
    appendStringInfo(query, ", r.%s::pg_catalog.float8", quote_identifier(column));
}

/* false and true are 0 and 1. */
static void
put_x(StringInfo query, Oid relation, const char *column)
{
    Oid type = column_type(relation, column);

    if (!is_number(type) && type != BOOLOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("column \"%s\" must be of a numeric type or boolean, not %s", column,
                               format_type_be(type)),
                        errhint("Convert it to float8 or numeric in a view.")));
    appendStringInfo(query,
                     type == BOOLOID ? "r.%s::pg_catalog.bool::pg_catalog.int4::pg_catalog.float8"
                                     : "r.%s::pg_catalog.float8",
                     quote_identifier(column));
}

static char *
query_text(Oid relation, const SeriesColumns *columns, Oid extension_namespace)
{
    char *schema = get_namespace_name(get_rel_namespace(relation));
    StringInfoData query;

    initStringInfo(&query);
    appendStringInfo(&query, "SELECT %s.series_agg(",
                     quote_identifier(get_namespace_name(extension_namespace)));
    put_ds(&query, relation, columns->ds);
    if (columns->y == NULL)
        appendStringInfoString(&query, ", NULL::pg_catalog.float8");
    else
        put_y(&query, relation, columns->y);
    for (size_t c = 0; c < columns->n_x; c++) {
        appendStringInfoString(&query, c == 0 ? ", VARIADIC ARRAY[" : ", ");
        put_x(&query, relation, columns->x[c]);
    }
    appendStringInfo(&query, "%s) FROM %s AS r", columns->n_x > 0 ? "]" : "",
                     quote_qualified_identifier(schema, get_rel_name(relation)));
    return query.data;
}

Datum
series_from_relation(Oid relation, const SeriesColumns *columns, Oid extension_namespace, bool *is_null)
{
    char *query;
    Datum series;

    check_relation(relation);
    query = query_text(relation, columns, extension_namespace);
    if (SPI_connect() != SPI_OK_CONNECT || SPI_execute(query, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
        elog(ERROR, "cannot read relation %u", relation);
    series = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, is_null);
    if (!*is_null)
        series = SPI_datumTransfer(series, false, -1);
    SPI_finish();
    return series;
}
