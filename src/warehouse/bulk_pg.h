/*
 * bulk_pg.h - rows into a table as COPY writes them: a thousand at a time, a page at a time.
 *
 * Only for tables without indexes, triggers and constraints that need a look at each row: bulk_begin refuses
 * any other (55000). Values put into a slot must live until they are written, by the bulk_next that fills the
 * batch or by bulk_flush; palloc'ed ones do, since bulk_slot makes the batch's own memory context the current one.
 */
#ifndef BI_ML_WAREHOUSE_BULK_PG_H
#define BI_ML_WAREHOUSE_BULK_PG_H

#include "pg/compat.h"

#include "access/heapam.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

#define BULK_BATCH 1000

typedef struct BulkWriter {
    Relation relation;
    BulkInsertState state;
    TupleTableSlot *slots[BULK_BATCH];
    int n;
    MemoryContext batch;
    MemoryContext outer;
} BulkWriter;

/* Opens the table (found by the search_path) for writing; n_columns is checked against it. */
void bulk_begin(BulkWriter *writer, const char *table, int n_columns);

/* The next row's slot, all columns NULL; fill it with bulk_put, then call bulk_next. */
TupleTableSlot *bulk_slot(BulkWriter *writer);
void bulk_next(BulkWriter *writer);

/* Writes the rows that wait. */
void bulk_flush(BulkWriter *writer);

/* Writes what is left and closes. */
void bulk_end(BulkWriter *writer);

/* The relation of that name in the search_path, locked. */
Relation bulk_open(const char *table, LOCKMODE mode);

static inline void
bulk_put(TupleTableSlot *slot, int column, Datum value)
{
    slot->tts_values[column] = value;
    slot->tts_isnull[column] = false;
}

#endif
