#include "pg/partition.h"

#include "access/stratnum.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "pg/compat.h"

static Oid
ordering_operator(Oid type, bool descending)
{
    TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_LT_OPR | TYPECACHE_GT_OPR);
    Oid less = descending ? entry->gt_opr : entry->lt_opr;

    if (!OidIsValid(less))
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_FUNCTION),
                 errmsg("values of type %s have no order", format_type_be(type)),
                 errhint("Pass a number, a date, an interval or another type with a btree operator class.")));
    return less;
}

/* Values passed by reference live in the window's tuple slot: the next fetch overwrites them. */
static Datum
keep_value(Datum value, bool by_value, int16 length)
{
    struct varlena *flat;

    if (by_value)
        return value;
    if (length != -1)
        return datumCopy(value, by_value, length);
    flat = PG_DETOAST_DATUM_PACKED(value);
    if ((Pointer)flat != DatumGetPointer(value))
        return PointerGetDatum(flat); /* a fresh copy already */
    return datumCopy(value, by_value, length);
}

/* The argument is an expression: what its evaluation leaves behind is dropped row by row. */
static void
fetch_values(WindowObject window, int argument, Oid type, MemoryContext context, SortedPartition *sorted)
{
    MemoryContext evaluation = AllocSetContextCreate(context, "window argument", ALLOCSET_DEFAULT_SIZES);
    int16 length;
    bool by_value;

    get_typlenbyval(type, &length, &by_value);
    for (int64 row = 0; row < sorted->n_rows; row++) {
        bool is_null, is_out;
        Datum value;

        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(evaluation);
        MemoryContextSwitchTo(evaluation);
        value =
            WinGetFuncArgInPartition(window, argument, (int)row, WINDOW_SEEK_HEAD, false, &is_null, &is_out);
        MemoryContextSwitchTo(context);
        if (is_null || is_out)
            continue;
        sorted->values[sorted->n_values].value = keep_value(value, by_value, length);
        sorted->values[sorted->n_values++].row = row;
    }
    MemoryContextDelete(evaluation);
}

static int
compare_values(const void *a, const void *b, void *order)
{
    const PartitionValue *x = a, *y = b;
    int c = ApplySortComparator(x->value, false, y->value, false, order);

    CHECK_FOR_INTERRUPTS();
    return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

void
partition_sort(WindowObject window, FunctionCallInfo fcinfo, int argument, bool descending,
               MemoryContext context, SortedPartition *sorted)
{
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);
    MemoryContext caller = MemoryContextSwitchTo(context);

    memset(sorted, 0, sizeof(*sorted));
    sorted->n_rows = WinGetPartitionRowCount(window);
    /* The window API addresses rows by int. */
    if (sorted->n_rows > PG_INT32_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("a partition may have at most %d rows", PG_INT32_MAX),
                        errhint("Split the rows with PARTITION BY.")));
    sorted->values = MemoryContextAllocHuge(context, sizeof(PartitionValue) * (Size)Max(sorted->n_rows, 1));
    sorted->order.ssup_cxt = context;
    sorted->order.ssup_collation = PG_GET_COLLATION();
    PrepareSortSupportFromOrderingOp(ordering_operator(type, descending), &sorted->order);
    fetch_values(window, argument, type, context, sorted);
    qsort_arg(sorted->values, (size_t)sorted->n_values, sizeof(PartitionValue), compare_values,
              &sorted->order);
    MemoryContextSwitchTo(caller);
}

bool
partition_values_equal(SortedPartition *sorted, int64 i, int64 j)
{
    return ApplySortComparator(sorted->values[i].value, false, sorted->values[j].value, false,
                               &sorted->order) == 0;
}

MemoryContext
partition_context(void *local)
{
    return GetMemoryChunkContext(local);
}
