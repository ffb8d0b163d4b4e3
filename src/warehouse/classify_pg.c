/*
 * classify_pg.c - the hot pass of a refresh: reads the lines of the pending loads from raw_sales, classifies
 * them, and writes them to work_line, a thousand at a time as COPY does. Called by warehouse_step_classify
 * under the warehouse's search_path, as the warehouse's owner.
 *
 * Cost: one pass over the new lines; memory: one batch and two repeat filters (each at most 32 MB).
 */
#include "pg/compat.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "pg/env_pg.h"
#include "warehouse/line_pg.h"
#include "warehouse/repeat.h"

#define BATCH          1000
#define LINES_PER_PAGE 60 /* of raw_sales, for the size of the repeat filter; a guess costs only suspects */

/* The columns of work_line. */
enum {
    WORK_LOAD_ID,
    WORK_SOURCE_LINE,
    WORK_ORDER_TS,
    WORK_CUSTOMER_ID,
    WORK_AMOUNT,
    WORK_QUANTITY,
    WORK_DATE_KEY,
    WORK_CLASS,
    WORK_MAY_REPEAT,
    WORK_MAY_BE_AGAIN,
    WORK_RAW_TID,
    WORK_HASH,
    WORK_UNIT_PRICE,
    WORK_INVOICE_NO,
    WORK_STOCK_CODE,
    WORK_COUNTRY,
    WORK_DESCRIPTION,
    WORK_REJECTED_COLUMN,
    WORK_REASON,
    N_WORK
};

/* The columns of the query over raw_sales. */
enum { RAW_TID, RAW_LOAD_ID, RAW_SOURCE_LINE, RAW_FIELDS };

typedef struct Pass {
    LineRules rules;
    RepeatFilter lines;  /* hashes of whole lines */
    RepeatFilter orders; /* invoice and product of sales */
    Relation work;
    BulkInsertState bulk;
    TupleTableSlot *slots[BATCH];
    MemoryContext batch; /* texts of one batch; reset after it is written */
} Pass;

static Relation
open_by_name(const char *name, LOCKMODE mode)
{
    return relation_openrv(makeRangeVar(NULL, pstrdup(name), -1), mode);
}

static inline Datum
text_datum(LineText text)
{
    return PointerGetDatum(cstring_to_text_with_len(text.data, (int)text.length));
}

static inline void
put(TupleTableSlot *slot, int column, Datum value)
{
    slot->tts_values[column] = value;
    slot->tts_isnull[column] = false;
}

static inline void
put_text(TupleTableSlot *slot, int column, LineText text)
{
    if (text.data != NULL)
        put(slot, column, text_datum(text));
}

static bool
may_be_again(Pass *pass, const SalesLine *line)
{
    unsigned char hash[16];

    if (line->class != LINE_SALE)
        return false;
    repeat_hash_pair(line->invoice_no.data, line->invoice_no.length, line->stock_code.data,
                     line->stock_code.length, hash);
    return repeat_seen(&pass->orders, hash);
}

static void
put_parsed(TupleTableSlot *slot, const SalesLine *line)
{
    unsigned char *hash = palloc(UUID_LEN);

    memcpy(hash, line->hash, UUID_LEN);
    put(slot, WORK_HASH, PointerGetDatum(hash));
    put(slot, WORK_ORDER_TS, TimestampGetDatum(line->order_ts - LINE_EPOCH_SHIFT));
    put(slot, WORK_QUANTITY, Int32GetDatum(line->quantity));
    put(slot, WORK_UNIT_PRICE, NumericGetDatum(int64_div_fast_to_numeric(line->unit_price, 4)));
    put(slot, WORK_DATE_KEY, Int32GetDatum(line_date_key(line)));
    if (line->has_customer)
        put(slot, WORK_CUSTOMER_ID, Int64GetDatum(line->customer_id));
    put_text(slot, WORK_INVOICE_NO, line->invoice_no);
    put_text(slot, WORK_STOCK_CODE, line->stock_code);
    put_text(slot, WORK_COUNTRY, line->country);
    put_text(slot, WORK_DESCRIPTION, line->description);
}

/* raw: ctid, load_id, source_line, then the eight text columns. */
static void
classify_row(Pass *pass, HeapTuple raw, TupleDesc desc, TupleTableSlot *slot)
{
    Datum values[RAW_FIELDS + LINE_N_FIELDS];
    bool nulls[RAW_FIELDS + LINE_N_FIELDS];
    LineText fields[LINE_N_FIELDS];
    SalesLine line;

    heap_deform_tuple(raw, desc, values, nulls);
    for (int i = 0; i < LINE_N_FIELDS; i++)
        fields[i] = line_text_of(values[RAW_FIELDS + i], nulls[RAW_FIELDS + i]);
    line_read(fields, &pass->rules, palloc(line_buffer_size(fields)), &line);

    ExecClearTuple(slot);
    memset(slot->tts_isnull, true, N_WORK * sizeof(bool));
    put(slot, WORK_RAW_TID, values[RAW_TID]);
    put(slot, WORK_LOAD_ID, values[RAW_LOAD_ID]);
    put(slot, WORK_SOURCE_LINE, values[RAW_SOURCE_LINE]);
    put(slot, WORK_MAY_BE_AGAIN, BoolGetDatum(may_be_again(pass, &line)));
    put(slot, WORK_CLASS, CStringGetTextDatum(line_class_name(line.class)));
    put(slot, WORK_MAY_REPEAT,
        BoolGetDatum(line.class != LINE_UNPARSABLE && repeat_seen(&pass->lines, line.hash)));
    if (line.class != LINE_UNPARSABLE)
        put_parsed(slot, &line);
    else
        put(slot, WORK_REJECTED_COLUMN, CStringGetTextDatum(line_field_name(line.bad_field)));
    if (line.has_amount)
        put(slot, WORK_AMOUNT, Int64GetDatum(line.amount));
    if (line.reason != NULL)
        put(slot, WORK_REASON, CStringGetTextDatum(line.reason));
    ExecStoreVirtualTuple(slot);
}

static void
classify_batch(Pass *pass, SPITupleTable *raw, int n)
{
    MemoryContext old = MemoryContextSwitchTo(pass->batch);

    for (int i = 0; i < n; i++)
        classify_row(pass, raw->vals[i], raw->tupdesc, pass->slots[i]);
    table_multi_insert(pass->work, pass->slots, n, GetCurrentCommandId(true), 0, pass->bulk);
    MemoryContextSwitchTo(old);
    MemoryContextReset(pass->batch);
    CHECK_FOR_INTERRUPTS();
}

static void
pass_begin(Pass *pass, ArrayType *charge_codes, text *time_zone)
{
    Relation raw = open_by_name("raw_sales", AccessShareLock);
    BlockNumber pages = RelationGetNumberOfBlocks(raw);
    Env env;

    relation_close(raw, NoLock);
    env_pg_init(&env, CurrentMemoryContext);
    line_rules_init(&pass->rules, charge_codes, time_zone);
    if (!repeat_init(&pass->lines, &env, (size_t)pages * LINES_PER_PAGE) ||
        !repeat_init(&pass->orders, &env, (size_t)pages * LINES_PER_PAGE))
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                        errdetail("The filters for repeated lines need up to 64 MB.")));
    pass->work = open_by_name("work_line", RowExclusiveLock);
    if (RelationGetNumberOfAttributes(pass->work) != N_WORK ||
        pass->work->rd_rel->relkind != RELKIND_RELATION || pass->work->rd_rel->relhasindex ||
        pass->work->trigdesc != NULL)
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("table \"work_line\" is not as warehouse_create made it"),
                        errhint("Remove the columns, indexes and triggers that were added to it.")));
    pass->bulk = GetBulkInsertState();
    for (int i = 0; i < BATCH; i++)
        pass->slots[i] = table_slot_create(pass->work, NULL);
    pass->batch = AllocSetContextCreate(CurrentMemoryContext, "classified lines", ALLOCSET_DEFAULT_SIZES);
}

static void
pass_end(Pass *pass)
{
    for (int i = 0; i < BATCH; i++)
        ExecDropSingleTupleTableSlot(pass->slots[i]);
    FreeBulkInsertState(pass->bulk);
    table_finish_bulk_insert(pass->work, 0);
    relation_close(pass->work, NoLock);
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
    pass_begin(pass, PG_GETARG_ARRAYTYPE_P(3), PG_GETARG_TEXT_PP(4));
    portal = SPI_cursor_open_with_args(NULL, query, 3, types, values, NULL, false, 0);
    for (;;) {
        SPI_cursor_fetch(portal, true, BATCH);
        if (SPI_processed == 0)
            break;
        classify_batch(pass, SPI_tuptable, (int)SPI_processed);
        n += (int64)SPI_processed;
        SPI_freetuptable(SPI_tuptable);
    }
    SPI_cursor_close(portal);
    pass_end(pass);
    SPI_finish();
    PG_RETURN_INT64(n);
}
