/*
 * bulk_pg.h - the rows of a query or a table into a C function, and rows into a table as COPY writes them: a
 * thousand at a time, a page at a time.
 *
 * Writing is only for tables without indexes, triggers and policies: bulk_begin refuses any other (55000).
 */
#ifndef BI_ML_WAREHOUSE_BULK_PG_H
#define BI_ML_WAREHOUSE_BULK_PG_H

#include "pg/compat.h"

#include "access/heapam.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

#define BULK_BATCH       1000
#define BULK_MAX_COLUMNS 16

typedef struct BulkWriter {
    Relation relation;
    BulkInsertState state;
    TupleTableSlot *slots[BULK_BATCH];
    int n;
    MemoryContext scratch;
} BulkWriter;

/*
 * Opens the table (found by the search_path) for writing; n_columns is checked against it. expected_pages:
 * when they would not fit into shared_buffers, the rows go through a small ring of buffers, so that they do
 * not push out all else.
 */
void bulk_begin(BulkWriter *writer, const char *table, int n_columns, BlockNumber expected_pages);

/* The next row's slot, all columns NULL; fill it with bulk_put, then call bulk_next, which copies the values.
 */
TupleTableSlot *bulk_slot(BulkWriter *writer);
void bulk_next(BulkWriter *writer);

/* Writes what waits and closes. */
void bulk_end(BulkWriter *writer);

/* The size in pages of the table of that name in the search_path. */
BlockNumber bulk_table_pages(const char *table);

/* The values of a row, which are valid during the call only. */
typedef struct BulkRow {
    const Datum *values;
    const bool *nulls;
} BulkRow;

typedef void (*BulkReceive)(const BulkRow *row, void *context);

/*
 * Runs a query with bigint and bigint[] parameters through SPI and calls receive for each row, in a memory
 * context that is reset after each.
 */
void bulk_query(const char *query, int n_args, const Oid *types, const Datum *values, BulkReceive receive,
                void *context);

/*
 * The same with all rows of a table in the order they lie in, without the executor: ctid, then the named
 * columns, NULL-terminated. False, and nothing is read, where the table is no plain one without policies.
 */
bool bulk_scan(const char *table, const char *const *columns, BulkReceive receive, void *context);

static inline void
bulk_put(TupleTableSlot *slot, int column, Datum value)
{
    slot->tts_values[column] = value;
    slot->tts_isnull[column] = false;
}

#endif
