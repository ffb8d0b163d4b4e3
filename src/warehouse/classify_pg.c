/*
 * classify_pg.c - the hot passes of a refresh. warehouse_classify reads the lines of the pending loads from
 * raw_sales, classifies them and writes them to work_line; warehouse_insert_sales copies the rows of the view
 * work_sale into a fact_sales that has no index yet. Both run under the warehouse's search_path, as its
 * owner.
 *
 * Cost: one pass over the new lines each; memory: one batch and two repeat filters (each at most 32 MB).
 */
#include "pg/compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

#include "pg/env_pg.h"
#include "warehouse/bulk_pg.h"
#include "warehouse/line_pg.h"
#include "warehouse/repeat.h"

#define LINES_PER_PAGE                                                                                       \
    60 /* of raw_sales, for the size of the repeat filters; a guess costs only suspects                      \
        */

/* The columns of the query over raw_sales. */
enum { RAW_TID, RAW_LOAD_ID, RAW_SOURCE_LINE, RAW_FIELDS };

/* The columns of work_line. */
enum {
    WORK_LOAD_ID,
    WORK_SOURCE_LINE,
    WORK_ORDER_TS,
    WORK_CUSTOMER_ID,
    WORK_AMOUNT,
    WORK_PAIR_HASH,
    WORK_QUANTITY,
    WORK_DATE_KEY,
    WORK_MAY_REPEAT,
    WORK_MAY_BE_AGAIN,
    WORK_RAW_TID,
    WORK_HASH,
    WORK_UNIT_PRICE,
    WORK_CLASS,
    WORK_INVOICE_NO,
    WORK_STOCK_CODE,
    WORK_COUNTRY,
    WORK_DESCRIPTION,
    WORK_REJECTED_COLUMN,
    WORK_REASON,
    N_WORK
};

/* The columns of fact_sales; work_sale has them in the same order, but for the first. */
enum { FACT_SALE_ID, N_FACT = 16 };

typedef struct Pass {
    LineRules rules;
    RepeatFilter lines;  /* hashes of whole lines */
    RepeatFilter orders; /* invoice and product of sales */
    BulkWriter writer;
} Pass;

static inline void
put_text(TupleTableSlot *slot, int column, LineText text)
{
    if (text.data != NULL)
        bulk_put(slot, column, PointerGetDatum(cstring_to_text_with_len(text.data, (int)text.length)));
}

static void
put_pair(TupleTableSlot *slot, RepeatFilter *orders, const SalesLine *line)
{
    uint64_t hash = repeat_hash_pair(line->invoice_no.data, line->invoice_no.length, line->stock_code.data,
                                     line->stock_code.length);

    bulk_put(slot, WORK_PAIR_HASH, Int64GetDatum((int64)hash));
    bulk_put(slot, WORK_MAY_BE_AGAIN, BoolGetDatum(repeat_seen(orders, hash)));
}

static void
put_parsed(TupleTableSlot *slot, Pass *pass, const SalesLine *line)
{
    unsigned char *hash = palloc(UUID_LEN);
    uint64_t word;

    memcpy(hash, line->hash, UUID_LEN);
    memcpy(&word, line->hash, sizeof(word));
    bulk_put(slot, WORK_HASH, PointerGetDatum(hash));
    bulk_put(slot, WORK_MAY_REPEAT, BoolGetDatum(repeat_seen(&pass->lines, word)));
    bulk_put(slot, WORK_ORDER_TS, TimestampGetDatum(line->order_ts));
    bulk_put(slot, WORK_QUANTITY, Int32GetDatum(line->quantity));
    bulk_put(slot, WORK_UNIT_PRICE, NumericGetDatum(int64_div_fast_to_numeric(line->unit_price, 4)));
    bulk_put(slot, WORK_DATE_KEY, Int32GetDatum(line_date_key(line)));
    if (line->has_customer)
        bulk_put(slot, WORK_CUSTOMER_ID, Int64GetDatum(line->customer_id));
    put_text(slot, WORK_INVOICE_NO, line->invoice_no);
    put_text(slot, WORK_STOCK_CODE, line->stock_code);
    put_text(slot, WORK_COUNTRY, line->country);
    put_text(slot, WORK_DESCRIPTION, line->description);
    if (line->class == LINE_SALE)
        put_pair(slot, &pass->orders, line);
}

static void
classify_row(Pass *pass, HeapTuple raw, TupleDesc desc)
{
    Datum values[RAW_FIELDS + LINE_N_FIELDS];
    bool nulls[RAW_FIELDS + LINE_N_FIELDS];
    LineText fields[LINE_N_FIELDS];
    SalesLine line;
    TupleTableSlot *slot = bulk_slot(&pass->writer);

    heap_deform_tuple(raw, desc, values, nulls);
    for (int i = 0; i < LINE_N_FIELDS; i++)
        fields[i] = line_text_of(values[RAW_FIELDS + i], nulls[RAW_FIELDS + i]);
    line_read(fields, &pass->rules, palloc(line_buffer_size(fields)), &line);

    bulk_put(slot, WORK_RAW_TID, values[RAW_TID]);
    bulk_put(slot, WORK_LOAD_ID, values[RAW_LOAD_ID]);
    bulk_put(slot, WORK_SOURCE_LINE, values[RAW_SOURCE_LINE]);
    bulk_put(slot, WORK_CLASS, CStringGetTextDatum(line_class_name(line.class)));
    bulk_put(slot, WORK_MAY_REPEAT, BoolGetDatum(false));
    bulk_put(slot, WORK_MAY_BE_AGAIN, BoolGetDatum(false));
    if (line.class != LINE_UNPARSABLE)
        put_parsed(slot, pass, &line);
    else
        bulk_put(slot, WORK_REJECTED_COLUMN, CStringGetTextDatum(line_field_name(line.bad_field)));
    if (line.has_amount)
        bulk_put(slot, WORK_AMOUNT, Int64GetDatum(line.amount));
    if (line.reason != NULL)
        bulk_put(slot, WORK_REASON, CStringGetTextDatum(line.reason));
    bulk_next(&pass->writer);
}

static void
pass_begin(Pass *pass, ArrayType *charge_codes, text *time_zone)
{
    Relation raw = bulk_open("raw_sales", AccessShareLock);
    size_t expected = (size_t)RelationGetNumberOfBlocks(raw) * LINES_PER_PAGE;
    Env env;

    relation_close(raw, NoLock);
    env_pg_init(&env, CurrentMemoryContext);
    line_rules_init(&pass->rules, charge_codes, time_zone);
    if (!repeat_init(&pass->lines, &env, expected) || !repeat_init(&pass->orders, &env, expected))
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                        errdetail("The filters for repeated lines need up to 64 MB.")));
    bulk_begin(&pass->writer, "work_line", N_WORK);
}

BI_ML_FUNCTION(biml_warehouse_classify)
{
    static const char query[] =
        "SELECT ctid, load_id, source_line, invoice_no, stock_code, description, quantity,"
        " invoice_date, unit_price, customer_id, country"
        " FROM raw_sales WHERE load_id >= $1 AND load_id <= $2 AND load_id = ANY ($3)";
    Oid types[] = {INT8OID, INT8OID, INT8ARRAYOID};
    Datum values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
    Pass *pass = palloc0(sizeof(Pass));
    int64 n = 0;
    Portal portal;

    SPI_connect();
    portal = SPI_cursor_open_with_args(NULL, query, 3, types, values, NULL, false, 0);
    pass_begin(pass, PG_GETARG_ARRAYTYPE_P(3), PG_GETARG_TEXT_PP(4));
    for (SPI_cursor_fetch(portal, true, BULK_BATCH); SPI_processed > 0;
         SPI_cursor_fetch(portal, true, BULK_BATCH)) {
        SPITupleTable *raw = SPI_tuptable;

        for (uint64 i = 0; i < raw->numvals; i++)
            classify_row(pass, raw->vals[i], raw->tupdesc);
        n += (int64)raw->numvals;
        bulk_flush(&pass->writer);
        SPI_freetuptable(raw);
    }
    bulk_end(&pass->writer);
    SPI_cursor_close(portal);
    SPI_finish();
    PG_RETURN_INT64(n);
}

BI_ML_FUNCTION(biml_warehouse_insert_sales)
{
    static const char query[] =
        "SELECT order_ts, load_id, $1, date_key, product_key, customer_key, quantity, country_key,"
        " occurrence, false, is_first_of_order, source_row_hash, unit_price, amount, invoice_no"
        " FROM work_sale";
    Oid types[] = {INT8OID};
    Datum values[] = {PG_GETARG_DATUM(0)};
    BulkWriter *writer = palloc(sizeof(BulkWriter));
    int64 first = PG_GETARG_INT64(1), n = 0;
    Portal portal;

    SPI_connect();
    portal = SPI_cursor_open_with_args(NULL, query, 1, types, values, NULL, false, 0);
    bulk_begin(writer, "fact_sales", N_FACT);
    for (SPI_cursor_fetch(portal, true, BULK_BATCH); SPI_processed > 0;
         SPI_cursor_fetch(portal, true, BULK_BATCH)) {
        SPITupleTable *sales = SPI_tuptable;

        for (uint64 i = 0; i < sales->numvals; i++) {
            TupleTableSlot *slot = bulk_slot(writer);

            bulk_put(slot, FACT_SALE_ID, Int64GetDatum(first + n++));
            heap_deform_tuple(sales->vals[i], sales->tupdesc, slot->tts_values + 1, slot->tts_isnull + 1);
            bulk_next(writer);
        }
        bulk_flush(writer);
        SPI_freetuptable(sales);
    }
    bulk_end(writer);
    SPI_cursor_close(portal);
    SPI_finish();
    PG_RETURN_INT64(n);
}
