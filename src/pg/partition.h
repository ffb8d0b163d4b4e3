/*
 * partition.h - the values of one window-function argument over a whole partition, in sorted order.
 *
 * For LANGUAGE C WINDOW functions that judge a row by its place among all rows of its partition, whatever
 * the window's frame and order say. The values are compared by the btree order of their own type.
 */
#ifndef BI_ML_PG_PARTITION_H
#define BI_ML_PG_PARTITION_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/sortsupport.h"
#include "windowapi.h"

typedef struct PartitionValue {
    Datum value;
    int64 row; /* 0-based position in the partition, in the window's order */
} PartitionValue;

typedef struct SortedPartition {
    int64 n_rows;   /* rows of the partition */
    int64 n_values; /* of them, rows whose value is not NULL */
    PartitionValue *values;
    SortSupportData order;
} SortedPartition;

/*
 * Reads argument `argument` of every row and sorts the non-NULL values, ascending or descending; equal values
 * stay in the window's order. O(n log n) time; memory in `context` (the caller deletes it): 16 bytes a row,
 * and a copy of values that are passed by reference. Raises 42883 for a type without an order. Cancellable.
 */
void partition_sort(WindowObject window, FunctionCallInfo fcinfo, int argument, bool descending,
                    MemoryContext context, SortedPartition *sorted);

/* Whether the i-th and the j-th value in sorted order are equal. */
bool partition_values_equal(SortedPartition *sorted, int64 i, int64 j);

/* The memory that lives as long as the partition to which `local` (WinGetPartitionLocalMemory) belongs. */
MemoryContext partition_context(void *local);

#endif
