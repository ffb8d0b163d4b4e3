/* bulk_pg.c - see bulk_pg.h. */
#include "warehouse/bulk_pg.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/params.h"
#include "storage/bufmgr.h"
#include "tcop/dest.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

static Relation
open_table(const char *table, LOCKMODE mode)
{
    return relation_openrv(makeRangeVar(NULL, pstrdup(table), -1), mode);
}

BlockNumber
bulk_table_pages(const char *table)
{
    Relation relation = open_table(table, AccessShareLock);
    BlockNumber pages = RelationGetNumberOfBlocks(relation);

    relation_close(relation, NoLock);
    return pages;
}

void
bulk_begin(BulkWriter *writer, const char *table, int n_columns, BlockNumber expected_pages)
{
    Relation relation = open_table(table, RowExclusiveLock);

    if (RelationGetNumberOfAttributes(relation) != n_columns ||
        relation->rd_rel->relkind != RELKIND_RELATION || RelationGetIndexList(relation) != NIL ||
        relation->trigdesc != NULL || relation->rd_rel->relrowsecurity)
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                 errmsg("table \"%s\" is not as warehouse_create made it", table),
                 errhint("Remove the columns, indexes, triggers and policies that were added to it.")));
    writer->relation = relation;
    writer->state = expected_pages > (BlockNumber)NBuffers ? GetBulkInsertState() : NULL;
    for (int i = 0; i < BULK_BATCH; i++)
        writer->slots[i] = table_slot_create(relation, NULL);
    writer->n = 0;
    writer->scratch = AllocSetContextCreate(CurrentMemoryContext, "bulk insert", ALLOCSET_DEFAULT_SIZES);
}

TupleTableSlot *
bulk_slot(BulkWriter *writer)
{
    TupleTableSlot *slot = writer->slots[writer->n];

    ExecClearTuple(slot);
    memset(slot->tts_isnull, true, (size_t)slot->tts_tupleDescriptor->natts * sizeof(bool));
    return slot;
}

static void
flush(BulkWriter *writer)
{
    MemoryContext old;

    if (writer->n == 0)
        return;
    old = MemoryContextSwitchTo(writer->scratch);
    table_multi_insert(writer->relation, writer->slots, writer->n, GetCurrentCommandId(true), 0,
                       writer->state);
    MemoryContextSwitchTo(old);
    MemoryContextReset(writer->scratch);
    writer->n = 0;
}

void
bulk_next(BulkWriter *writer)
{
    TupleTableSlot *slot = writer->slots[writer->n++];

    ExecStoreVirtualTuple(slot);
    ExecMaterializeSlot(slot);
    if (writer->n == BULK_BATCH)
        flush(writer);
}

void
bulk_end(BulkWriter *writer)
{
    flush(writer);
    for (int i = 0; i < BULK_BATCH; i++)
        ExecDropSingleTupleTableSlot(writer->slots[i]);
    if (writer->state != NULL)
        FreeBulkInsertState(writer->state);
    table_finish_bulk_insert(writer->relation, 0);
    relation_close(writer->relation, NoLock);
    MemoryContextDelete(writer->scratch);
}

/* A DestReceiver that hands each row to a function. */
typedef struct Receiver {
    DestReceiver pub;
    BulkReceive receive;
    void *context;
    MemoryContext row;
} Receiver;

static bool
receive_slot(TupleTableSlot *slot, DestReceiver *self)
{
    Receiver *receiver = (Receiver *)self;
    MemoryContext old = MemoryContextSwitchTo(receiver->row);

    slot_getallattrs(slot);
    receiver->receive(&(BulkRow){slot->tts_values, slot->tts_isnull}, receiver->context);
    MemoryContextSwitchTo(old);
    MemoryContextReset(receiver->row);
    return true;
}

static void
receive_startup(DestReceiver *self, int operation, TupleDesc desc)
{
    (void)self;
    (void)operation;
    (void)desc;
}

static void
receive_nothing(DestReceiver *self)
{
    (void)self;
}

void
bulk_query(const char *query, int n_args, const Oid *types, const Datum *values, BulkReceive receive,
           void *context)
{
    Receiver receiver = {.pub = {receive_slot, receive_startup, receive_nothing, receive_nothing, DestNone},
                         .receive = receive,
                         .context = context,
                         .row =
                             AllocSetContextCreate(CurrentMemoryContext, "bulk row", ALLOCSET_DEFAULT_SIZES)};
    SPIExecuteOptions options = {.params = makeParamList(n_args), .dest = &receiver.pub};

    for (int i = 0; i < n_args; i++) {
        options.params->params[i].value = values[i];
        options.params->params[i].isnull = false;
        options.params->params[i].pflags = PARAM_FLAG_CONST;
        options.params->params[i].ptype = types[i];
    }
    if (SPI_execute_extended(query, &options) < 0)
        elog(ERROR, "could not execute \"%s\"", query);
    MemoryContextDelete(receiver.row);
}

typedef struct Columns {
    int n, last;
    AttrNumber numbers[BULK_MAX_COLUMNS];
} Columns;

static Columns
find_columns(Relation relation, const char *const *names)
{
    Columns columns = {0};

    for (; names[columns.n] != NULL; columns.n++) {
        AttrNumber number = get_attnum(RelationGetRelid(relation), names[columns.n]);

        if (columns.n == BULK_MAX_COLUMNS || number == InvalidAttrNumber)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" of table \"%s\" does not exist", names[columns.n],
                                   RelationGetRelationName(relation)),
                            errhint("Put it back as warehouse_create made it.")));
        columns.numbers[columns.n] = number;
        columns.last = Max(columns.last, number);
    }
    return columns;
}

static void
scan_rows(Relation relation, const Columns *columns, BulkReceive receive, void *context)
{
    TableScanDesc scan = table_beginscan_strat(relation, GetActiveSnapshot(), 0, NULL, true, false);
    TupleTableSlot *slot = table_slot_create(relation, NULL);
    MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "bulk row", ALLOCSET_DEFAULT_SIZES);
    MemoryContext old = MemoryContextSwitchTo(row);
    Datum values[BULK_MAX_COLUMNS + 1];
    bool nulls[BULK_MAX_COLUMNS + 1] = {false};

    while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
        CHECK_FOR_INTERRUPTS();
        slot_getsomeattrs(slot, columns->last);
        values[0] = PointerGetDatum(&slot->tts_tid);
        for (int i = 0; i < columns->n; i++) {
            values[i + 1] = slot->tts_values[columns->numbers[i] - 1];
            nulls[i + 1] = slot->tts_isnull[columns->numbers[i] - 1];
        }
        receive(&(BulkRow){values, nulls}, context);
        MemoryContextReset(row);
    }
    MemoryContextSwitchTo(old);
    MemoryContextDelete(row);
    ExecDropSingleTupleTableSlot(slot);
    table_endscan(scan);
}

bool
bulk_scan(const char *table, const char *const *columns, BulkReceive receive, void *context)
{
    Relation relation = open_table(table, AccessShareLock);
    bool is_plain = relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relrowsecurity;

    if (is_plain) {
        Columns found = find_columns(relation, columns);

        scan_rows(relation, &found, receive, context);
    }
    relation_close(relation, NoLock);
    return is_plain;
}
