/*
 * classify_pg.c - the hot passes of a refresh. warehouse_classify reads the lines of the pending loads from
 * raw_sales, classifies them and writes them to work_line; warehouse_insert_sales copies the rows of the view
 * work_sale into a fact_sales that has no index yet. Both run under the warehouse's search_path, as its
 * owner.
 *
 * Cost: one pass over the new lines each. Memory: one batch, two repeat filters (each at most 32 MB, 2 MB for
 * half a million lines) and two dictionaries (each at most about 45 MB, some MB as a rule).
 */
#include "pg/compat.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

#include "pg/env_pg.h"
#include "warehouse/bulk_pg.h"
#include "warehouse/dictionary.h"
#include "warehouse/line_pg.h"
#include "warehouse/repeat.h"

#define LINES_PER_PAGE                                                                                       \
    60 /* of raw_sales, for the size of the repeat filters; a guess costs only suspects                      \
        */

/* The columns of the query over raw_sales. */
enum { RAW_TID, RAW_LOAD_ID, RAW_SOURCE_LINE, RAW_FIELDS };

/* The columns of work_line, work_alias, work_country, work_suspect. */
enum {
    WORK_LOAD_ID,
    WORK_SOURCE_LINE,
    WORK_ORDER_TS,
    WORK_CUSTOMER_ID,
    WORK_AMOUNT,
    WORK_PAIR_HASH,
    WORK_QUANTITY,
    WORK_DATE_KEY,
    WORK_ALIAS_NO,
    WORK_COUNTRY_NO,
    WORK_RAW_TID,
    WORK_HASH,
    WORK_UNIT_PRICE,
    WORK_CLASS,
    WORK_INVOICE_NO,
    WORK_REJECTED_COLUMN,
    WORK_REASON,
    N_WORK
};
enum { ALIAS_NO, ALIAS_STOCK_CODE, ALIAS_DESCRIPTION, N_ALIAS };
enum { COUNTRY_NO, COUNTRY_LABEL, N_COUNTRY };
enum { SUSPECT_HASH, SUSPECT_PAIR_HASH, N_SUSPECT };

/* The columns of fact_sales; the query over work_sale has them in the same order, but for the first. */
enum { FACT_SALE_ID, N_FACT = 16 };

typedef struct Pass {
    LineRules rules;
    RepeatFilter lines;  /* hashes of whole lines */
    RepeatFilter orders; /* invoice and product of sales */
    Dictionary aliases, countries;
    BulkWriter work, alias, country, suspect;
    Env env; /* of filters and dictionaries: the pass must not move */
} Pass;

static inline void
put_text(TupleTableSlot *slot, int column, LineText text)
{
    if (text.data != NULL)
        bulk_put(slot, column, PointerGetDatum(cstring_to_text_with_len(text.data, (int)text.length)));
}

/* The number of a pair of texts, which is written to the table of its dictionary when it is new. */
static int32
number_of(Dictionary *dictionary, BulkWriter *table, LineText a, LineText b)
{
    bool is_new;
    int32 number = dictionary_number(dictionary, a, b, &is_new);

    if (number == 0)
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                        errdetail("The dictionaries of a refresh need up to 64 MB.")));
    if (is_new) {
        TupleTableSlot *slot = bulk_slot(table);

        bulk_put(slot, 0, Int32GetDatum(number));
        put_text(slot, 1, a);
        if (slot->tts_tupleDescriptor->natts > 2)
            put_text(slot, 2, b);
        bulk_next(table);
    }
    return number;
}

/* Lines that may be copies, and sales whose invoice may have had the product already, are looked at exactly
 * later. */
static void
note_suspect(Pass *pass, const SalesLine *line, Datum hash, uint64 pair_hash)
{
    uint64 word;
    bool may_repeat, may_be_again;

    memcpy(&word, line->hash, sizeof(word));
    may_repeat = repeat_seen(&pass->lines, word);
    may_be_again = line->class == LINE_SALE && repeat_seen(&pass->orders, pair_hash);
    if (may_repeat || may_be_again) {
        TupleTableSlot *slot = bulk_slot(&pass->suspect);

        if (may_repeat)
            bulk_put(slot, SUSPECT_HASH, hash);
        if (may_be_again)
            bulk_put(slot, SUSPECT_PAIR_HASH, Int64GetDatum((int64)pair_hash));
        bulk_next(&pass->suspect);
    }
}

static void
put_parsed(TupleTableSlot *slot, Pass *pass, SalesLine *line)
{
    static const LineText none = {NULL, 0};
    Datum hash = PointerGetDatum(line->hash);
    uint64 pair_hash = repeat_hash_pair(line->invoice_no.data, line->invoice_no.length, line->stock_code.data,
                                        line->stock_code.length);

    note_suspect(pass, line, hash, pair_hash);
    bulk_put(slot, WORK_HASH, hash);
    bulk_put(slot, WORK_PAIR_HASH, Int64GetDatum((int64)pair_hash));
    bulk_put(slot, WORK_ORDER_TS, TimestampGetDatum(line->order_ts));
    bulk_put(slot, WORK_QUANTITY, Int32GetDatum(line->quantity));
    bulk_put(slot, WORK_UNIT_PRICE, NumericGetDatum(int64_div_fast_to_numeric(line->unit_price, 4)));
    bulk_put(slot, WORK_DATE_KEY, Int32GetDatum(line_date_key(line)));
    bulk_put(slot, WORK_ALIAS_NO,
             Int32GetDatum(number_of(&pass->aliases, &pass->alias, line->stock_code, line->description)));
    bulk_put(slot, WORK_COUNTRY_NO,
             Int32GetDatum(number_of(&pass->countries, &pass->country, line->country, none)));
    if (line->has_customer)
        bulk_put(slot, WORK_CUSTOMER_ID, Int64GetDatum(line->customer_id));
    put_text(slot, WORK_INVOICE_NO, line->invoice_no);
}

static void
classify_row(TupleTableSlot *raw, void *context)
{
    Pass *pass = context;
    LineText fields[LINE_N_FIELDS];
    SalesLine line;
    TupleTableSlot *slot = bulk_slot(&pass->work);

    for (int i = 0; i < LINE_N_FIELDS; i++)
        fields[i] = line_text_of(raw->tts_values[RAW_FIELDS + i], raw->tts_isnull[RAW_FIELDS + i]);
    line_read(fields, &pass->rules, palloc(line_buffer_size(fields)), &line);

    bulk_put(slot, WORK_RAW_TID, raw->tts_values[RAW_TID]);
    bulk_put(slot, WORK_LOAD_ID, raw->tts_values[RAW_LOAD_ID]);
    bulk_put(slot, WORK_SOURCE_LINE, raw->tts_values[RAW_SOURCE_LINE]);
    bulk_put(slot, WORK_CLASS, CStringGetTextDatum(line_class_name(line.class)));
    if (line.class != LINE_UNPARSABLE)
        put_parsed(slot, pass, &line);
    else
        bulk_put(slot, WORK_REJECTED_COLUMN, CStringGetTextDatum(line_field_name(line.bad_field)));
    if (line.has_amount)
        bulk_put(slot, WORK_AMOUNT, Int64GetDatum(line.amount));
    if (line.reason != NULL)
        bulk_put(slot, WORK_REASON, CStringGetTextDatum(line.reason));
    bulk_next(&pass->work);
}

static void
pass_begin(Pass *pass, ArrayType *charge_codes, text *time_zone)
{
    BlockNumber pages = bulk_table_pages("raw_sales");
    size_t expected = (size_t)pages * LINES_PER_PAGE;

    env_pg_init(&pass->env, CurrentMemoryContext);
    line_rules_init(&pass->rules, charge_codes, time_zone);
    if (!repeat_init(&pass->lines, &pass->env, expected) ||
        !repeat_init(&pass->orders, &pass->env, expected) || !dictionary_init(&pass->aliases, &pass->env) ||
        !dictionary_init(&pass->countries, &pass->env))
        ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                        errdetail("The filters and dictionaries of a refresh need up to 128 MB.")));
    bulk_begin(&pass->work, "work_line", N_WORK, pages);
    bulk_begin(&pass->alias, "work_alias", N_ALIAS, 0);
    bulk_begin(&pass->country, "work_country", N_COUNTRY, 0);
    bulk_begin(&pass->suspect, "work_suspect", N_SUSPECT, 0);
}

static void
pass_end(Pass *pass)
{
    bulk_end(&pass->work);
    bulk_end(&pass->alias);
    bulk_end(&pass->country);
    bulk_end(&pass->suspect);
}

BI_ML_FUNCTION(biml_warehouse_classify)
{
    static const char query[] =
        "SELECT ctid, load_id, source_line, invoice_no, stock_code, description, quantity,"
        " invoice_date, unit_price, customer_id, country"
        " FROM raw_sales WHERE load_id >= $1 AND load_id <= $2 AND load_id = ANY ($3)";
    static const Oid types[] = {INT8OID, INT8OID, INT8ARRAYOID};
    Datum values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};
    Pass *pass = palloc0(sizeof(Pass));
    uint64 n;

    SPI_connect();
    pass_begin(pass, PG_GETARG_ARRAYTYPE_P(3), PG_GETARG_TEXT_PP(4));
    n = bulk_query(query, lengthof(types), types, values, classify_row, pass);
    pass_end(pass);
    SPI_finish();
    PG_RETURN_INT64((int64)n);
}

typedef struct SalesCopy {
    BulkWriter writer;
    int64 next_id;
} SalesCopy;

static void
copy_sale(TupleTableSlot *sale, void *context)
{
    SalesCopy *copy = context;
    TupleTableSlot *slot = bulk_slot(&copy->writer);

    bulk_put(slot, FACT_SALE_ID, Int64GetDatum(copy->next_id++));
    memcpy(slot->tts_values + 1, sale->tts_values, (N_FACT - 1) * sizeof(Datum));
    memcpy(slot->tts_isnull + 1, sale->tts_isnull, (N_FACT - 1) * sizeof(bool));
    bulk_next(&copy->writer);
}

BI_ML_FUNCTION(biml_warehouse_insert_sales)
{
    static const char query[] =
        "SELECT order_ts, load_id, $1, date_key, product_key, customer_key, quantity, country_key,"
        " occurrence, false, is_first_of_order, source_row_hash, unit_price, amount, invoice_no"
        " FROM work_sale";
    static const Oid types[] = {INT8OID};
    Datum values[] = {PG_GETARG_DATUM(0)};
    SalesCopy *copy = palloc(sizeof(SalesCopy));
    uint64 n;

    SPI_connect();
    copy->next_id = PG_GETARG_INT64(1);
    bulk_begin(&copy->writer, "fact_sales", N_FACT, bulk_table_pages("work_line"));
    n = bulk_query(query, lengthof(types), types, values, copy_sale, copy);
    bulk_end(&copy->writer);
    SPI_finish();
    PG_RETURN_INT64((int64)n);
}
