/*
 * pareto_pg.c - pareto_tier, a window function: ABC classes by cumulative share.
 *
 * A row's tier follows from the share of the total that lies before it, values in descending order: A below
 * the share a, B below b, else C (the ABC analysis of Dickie, 1951). The total is the sum of the positive
 * values. For numeric all sums and both comparisons are exact decimal arithmetic; for double precision the
 * sums run in descending order, so they do not depend on the order of rows.
 *
 * Equal values: those that the window's ORDER BY tells apart are taken in its order; those that it does not
 * share the tier of the first of them.
 *
 * All tiers of a partition are computed at its first row and kept, one byte a row.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "windowapi.h"

#include "pg/compat.h"
#include "pg/partition.h"
#include "pg/report.h"
#include "product/product.h"

enum { ARG_VALUE, ARG_A, ARG_B };

typedef struct TierState {
    char *tiers; /* by row; 0 where the value is NULL */
} TierState;

/* The arithmetic of one value type over the sorted values. */
typedef struct TierMoney {
    Datum (*zero)(void);
    bool (*is_finite)(Datum value);
    Datum (*add)(Datum sum, Datum value); /* frees sum */
    Datum (*part)(Datum total, double share);
    bool (*is_less)(Datum x, Datum y);
} TierMoney;

static Datum
numeric_zero(void)
{
    return NumericGetDatum(int64_to_numeric(0));
}

static bool
numeric_value_finite(Datum value)
{
    return !numeric_is_nan(DatumGetNumeric(value)) && !numeric_is_inf(DatumGetNumeric(value));
}

static bool
numeric_value_less(Datum x, Datum y)
{
    return DatumGetBool(DirectFunctionCall2(numeric_lt, x, y));
}

static Datum
numeric_value_add(Datum sum, Datum value)
{
    Datum result = DirectFunctionCall2(numeric_add, sum, value);

    pfree(DatumGetPointer(sum));
    return result;
}

static Datum
numeric_value_part(Datum total, double share)
{
    /* float8 to numeric rounds to 15 digits: a share written 0.8 becomes exactly 0.8. */
    Datum factor = DirectFunctionCall1(float8_numeric, Float8GetDatum(share));

    return DirectFunctionCall2(numeric_mul, total, factor);
}

static Datum
float_zero(void)
{
    return Float8GetDatum(0);
}

static bool
float_value_finite(Datum value)
{
    return isfinite(DatumGetFloat8(value));
}

static Datum
float_value_add(Datum sum, Datum value)
{
    return Float8GetDatum(DatumGetFloat8(sum) + DatumGetFloat8(value));
}

static Datum
float_value_part(Datum total, double share)
{
    return Float8GetDatum(DatumGetFloat8(total) * share);
}

static bool
float_value_less(Datum x, Datum y)
{
    return DatumGetFloat8(x) < DatumGetFloat8(y);
}

static const TierMoney numeric_money = {numeric_zero, numeric_value_finite, numeric_value_add,
                                        numeric_value_part, numeric_value_less};
static const TierMoney float_money = {float_zero, float_value_finite, float_value_add, float_value_part,
                                      float_value_less};

static double
limit_value(WindowObject window, int argument, const char *name)
{
    bool is_null;
    Datum value = WinGetFuncArgCurrent(window, argument, &is_null);

    if (is_null)
        ereport(ERROR,
                (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"%s\" must not be null", name),
                 errhint("Leave the argument out to get its default.")));
    return DatumGetFloat8(value);
}

/* NaN and infinity sort first in descending order, minus infinity last: two looks suffice. */
static void
check_finite(const SortedPartition *sorted, const TierMoney *money)
{
    if (sorted->n_values == 0 || (money->is_finite(sorted->values[0].value) &&
                                  money->is_finite(sorted->values[sorted->n_values - 1].value)))
        return;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"value\" must be finite"),
                    errhint("Turn NaN and infinity into NULL, which is left out.")));
}

static Datum
positive_total(const SortedPartition *sorted, const TierMoney *money, int64 *n_positive)
{
    Datum zero = money->zero(), total = money->zero();
    int64 i = 0;

    while (i < sorted->n_values && money->is_less(zero, sorted->values[i].value)) {
        CHECK_FOR_INTERRUPTS();
        total = money->add(total, sorted->values[i++].value);
    }
    *n_positive = i;
    return total;
}

static void
tiers_of_sorted(WindowObject window, SortedPartition *sorted, const TierMoney *money, double a, double b,
                char *tiers)
{
    int64 n_positive;
    Datum total = positive_total(sorted, money, &n_positive);
    Datum a_total = money->part(total, a), b_total = money->part(total, b), before = money->zero();
    char tier = 'C';

    for (int64 i = 0; i < sorted->n_values; i++) {
        bool shares_tier = i > 0 && partition_values_equal(sorted, i - 1, i) &&
                           WinRowsArePeers(window, sorted->values[i - 1].row, sorted->values[i].row);

        CHECK_FOR_INTERRUPTS();
        if (!shares_tier)
            tier = money->is_less(before, a_total) ? 'A' : money->is_less(before, b_total) ? 'B' : 'C';
        tiers[sorted->values[i].row] = tier;
        if (i < n_positive)
            before = money->add(before, sorted->values[i].value);
    }
}

static char *
tiers_of_partition(WindowObject window, FunctionCallInfo fcinfo, const TierMoney *money,
                   MemoryContext lifetime)
{
    MemoryContext work = AllocSetContextCreate(lifetime, "pareto_tier", ALLOCSET_DEFAULT_SIZES), caller;
    double a = limit_value(window, ARG_A, "a"), b = limit_value(window, ARG_B, "b");
    SortedPartition sorted;
    Failure failure;
    char *tiers;

    report_failure(pareto_limits_check(a, b, &failure), &failure);
    partition_sort(window, fcinfo, ARG_VALUE, true, work, &sorted);
    check_finite(&sorted, money);
    tiers = MemoryContextAllocExtended(lifetime, (Size)sorted.n_rows, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
    caller = MemoryContextSwitchTo(work);
    tiers_of_sorted(window, &sorted, money, a, b, tiers);
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(work);
    return tiers;
}

static Datum
pareto_tier(FunctionCallInfo fcinfo, const TierMoney *money)
{
    WindowObject window = PG_WINDOW_OBJECT();
    TierState *state = WinGetPartitionLocalMemory(window, sizeof(TierState));
    char tier;

    if (state->tiers == NULL)
        state->tiers = tiers_of_partition(window, fcinfo, money, partition_context(state));
    tier = state->tiers[WinGetCurrentPosition(window)];
    if (tier == '\0')
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text_with_len(&tier, 1));
}

BI_ML_FUNCTION(biml_pareto_tier_numeric)
{
    return pareto_tier(fcinfo, &numeric_money);
}

BI_ML_FUNCTION(biml_pareto_tier_float8)
{
    return pareto_tier(fcinfo, &float_money);
}
