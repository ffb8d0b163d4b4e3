/*
 * line_pg.h - the server's side of line.h, shared by sales_line() and the classifying pass of a refresh.
 */
#ifndef BI_ML_WAREHOUSE_LINE_PG_H
#define BI_ML_WAREHOUSE_LINE_PG_H

#include "pg/compat.h"

#include "datatype/timestamp.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "warehouse/line.h"

/* Fills the rules in the current memory context; both arguments may be NULL. Raises 22023 for an unknown time
 * zone. */
void line_rules_init(LineRules *rules, ArrayType *charge_codes, text *time_zone);

/* The bytes of a text Datum, detoasted into the current memory context when needed; NULL stays NULL. */
LineText line_text_of(Datum value, bool is_null);

/* A text that is not NULL. */
static inline Datum
line_text_datum(LineText text)
{
    return PointerGetDatum(cstring_to_text_with_len(text.data, (int)text.length));
}

/* An amount of 1/10,000. */
static inline Datum
line_money_datum(int64 amount)
{
    return NumericGetDatum(int64_div_fast_to_numeric(amount, 4));
}

#endif
