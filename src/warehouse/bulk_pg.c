/* bulk_pg.c - see bulk_pg.h. */
#include "warehouse/bulk_pg.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/memutils.h"

Relation
bulk_open(const char *table, LOCKMODE mode)
{
    return relation_openrv(makeRangeVar(NULL, pstrdup(table), -1), mode);
}

void
bulk_begin(BulkWriter *writer, const char *table, int n_columns)
{
    Relation relation = bulk_open(table, RowExclusiveLock);

    if (RelationGetNumberOfAttributes(relation) != n_columns ||
        relation->rd_rel->relkind != RELKIND_RELATION || RelationGetIndexList(relation) != NIL ||
        relation->trigdesc != NULL || relation->rd_rel->relrowsecurity)
        ereport(ERROR,
                (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                 errmsg("table \"%s\" is not as warehouse_create made it", table),
                 errhint("Remove the columns, indexes, triggers and policies that were added to it.")));
    writer->relation = relation;
    writer->state = NULL;
    for (int i = 0; i < BULK_BATCH; i++)
        writer->slots[i] = table_slot_create(relation, NULL);
    writer->n = 0;
    writer->batch = AllocSetContextCreate(CurrentMemoryContext, "bulk rows", ALLOCSET_DEFAULT_SIZES);
    writer->outer = MemoryContextSwitchTo(writer->batch);
}

TupleTableSlot *
bulk_slot(BulkWriter *writer)
{
    TupleTableSlot *slot = writer->slots[writer->n];

    /* SPI calls leave their own context behind. */
    MemoryContextSwitchTo(writer->batch);
    ExecClearTuple(slot);
    memset(slot->tts_isnull, true, (size_t)slot->tts_tupleDescriptor->natts * sizeof(bool));
    return slot;
}

void
bulk_flush(BulkWriter *writer)
{
    if (writer->n > 0)
        table_multi_insert(writer->relation, writer->slots, writer->n, GetCurrentCommandId(true), 0,
                           writer->state);
    writer->n = 0;
    MemoryContextReset(writer->batch);
    CHECK_FOR_INTERRUPTS();
}

void
bulk_next(BulkWriter *writer)
{
    ExecStoreVirtualTuple(writer->slots[writer->n++]);
    if (writer->n == BULK_BATCH)
        bulk_flush(writer);
}

void
bulk_end(BulkWriter *writer)
{
    bulk_flush(writer);
    MemoryContextSwitchTo(writer->outer);
    for (int i = 0; i < BULK_BATCH; i++)
        ExecDropSingleTupleTableSlot(writer->slots[i]);

    table_finish_bulk_insert(writer->relation, 0);
    relation_close(writer->relation, NoLock);
    MemoryContextDelete(writer->batch);
}
