/*
 * classify_pg.c - the hot pass of a refresh: reads the lines of the pending loads from raw_sales and
 * classifies them. Called by warehouse_step_accept under the warehouse's search_path, as its owner.
 *
 * Every line goes to work_line, where SQL sees to copies, keys and facts. In a first load (no fact, no key
 * yet, no index on fact_sales) most lines need none of that: a sale whose hash was surely not seen before,
 * and of which it is sure whether its invoice had the product, goes straight into fact_sales (straight_pg.h);
 * only suspects, returns, charges and rejects are left for SQL.
 *
 * Cost: one pass over the new lines. Memory: a batch of each output, two repeat filters (each at most 32 MB,
 * 2 MB for half a million lines), four dictionaries (a few MB for thousands of products and customers, at
 * most 150 MB each) and the sums of a first load (12 MB).
 */
#include "pg/compat.h"

#include "access/xact.h"
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
#include "warehouse/straight_pg.h"

#define LINES_PER_PAGE                                                                                       \
    60 /* of raw_sales, for the size of the repeat filters; a guess costs only suspects                      \
        */
#define MAX_COUNTRY_KEYS 30000 /* country_key is a smallint */
#define DAYS_AHEAD       366 /* a date later than that is a mistyped year, which would blow up the calendar */
#define MAX_ALIASES      ((size_t)1 << 17)
#define MEMORY_DETAIL    "The filters and dictionaries of a refresh need up to 500 MB."

enum {
    ARG_FIRST_LOAD,
    ARG_LAST_LOAD,
    ARG_LOADS,
    ARG_CHARGE_CODES,
    ARG_TIME_ZONE,
    ARG_RUN,
    ARG_FIRST_SALE_ID,
    ARG_EXPECTED
};

/* The columns that are read of raw_sales. */
enum { RAW_TID, RAW_LOAD_ID, RAW_SOURCE_LINE, RAW_FIELDS };

/* The columns of the tables that are written. */
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
enum { ALIAS_NO, ALIAS_STOCK_CODE, ALIAS_DESCRIPTION, ALIAS_N, ALIAS_FIRST_TS, ALIAS_LAST_TS, N_ALIAS };
enum { COUNTRY_NO, COUNTRY_LABEL, COUNTRY_N, N_COUNTRY };
enum { SUSPECT_HASH, SUSPECT_PAIR_HASH, N_SUSPECT };
typedef struct Pass {
    Env env;
    LineRules rules;
    LineMemo memo;
    RepeatFilter lines;  /* hashes of whole lines */
    RepeatFilter orders; /* invoice and product of sales */
    Dictionary aliases, countries;
    BulkWriter work, alias, country, suspect;
    const int64 *loads; /* in order */
    int n_loads;
    int64 last_load, n_lines;
    bool is_first;
    Straight straight; /* of a first load */
} Pass;

static const LineText no_text = {NULL, 0};

static inline void
put_text(TupleTableSlot *slot, int column, LineText text)
{
    if (text.data != NULL)
        bulk_put(slot, column, line_text_datum(text));
}

static void
out_of_memory(void)
{
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"), errdetail(MEMORY_DETAIL)));
}

/* The number and what was counted of a pair of stock code and description. */
static void
emit_alias(const DictionaryEntry *entry, void *context)
{
    Pass *pass = context;
    TupleTableSlot *slot = bulk_slot(&pass->alias);

    bulk_put(slot, ALIAS_NO, Int32GetDatum(entry->number));
    put_text(slot, ALIAS_STOCK_CODE, entry->a);
    put_text(slot, ALIAS_DESCRIPTION, entry->b);
    bulk_put(slot, ALIAS_N, Int64GetDatum(entry->n));
    if (entry->n > 0) {
        bulk_put(slot, ALIAS_FIRST_TS, TimestampGetDatum(entry->first_ts));
        bulk_put(slot, ALIAS_LAST_TS, TimestampGetDatum(entry->last_ts));
    }
    bulk_next(&pass->alias);
}

static void
emit_country(const DictionaryEntry *entry, void *context)
{
    Pass *pass = context;
    TupleTableSlot *slot = bulk_slot(&pass->country);

    bulk_put(slot, COUNTRY_NO, Int32GetDatum(entry->number));
    put_text(slot, COUNTRY_LABEL, entry->a);
    bulk_put(slot, COUNTRY_N, Int64GetDatum(entry->n));
    bulk_next(&pass->country);
}

/* The first bytes of the identity. */
static inline uint64
line_word(const SalesLine *line)
{
    uint64 word;

    memcpy(&word, line->hash, sizeof(word));
    return word;
}

/* Lines that may be copies, and sales whose invoice may have had the product already, are looked at exactly
 * later; in a first load those with the product among the lines beside them need not be (is_again). */
static bool
is_suspect(Pass *pass, const SalesLine *line, uint64 pair_hash, const DictionaryEntry *alias, bool *is_again)
{
    bool may_repeat = repeat_seen(&pass->lines, line_word(line));
    bool may_be_again = line->class == LINE_SALE && repeat_seen(&pass->orders, pair_hash);
    TupleTableSlot *slot;

    *is_again = pass->is_first && may_be_again && straight_has(&pass->straight, line, alias);
    if (!may_repeat && (!may_be_again || *is_again))
        return false;
    slot = bulk_slot(&pass->suspect);
    if (may_repeat)
        bulk_put(slot, SUSPECT_HASH, PointerGetDatum(line->hash));
    if (may_be_again)
        bulk_put(slot, SUSPECT_PAIR_HASH, Int64GetDatum((int64)pair_hash));
    bulk_next(&pass->suspect);
    return true;
}

static void
put_parsed(TupleTableSlot *slot, Pass *pass, const SalesLine *line, int32 alias_no, uint64 pair_hash)
{
    bulk_put(slot, WORK_HASH, PointerGetDatum(line->hash));
    bulk_put(slot, WORK_PAIR_HASH, Int64GetDatum((int64)pair_hash));
    bulk_put(slot, WORK_ORDER_TS, TimestampGetDatum(line->order_ts));
    bulk_put(slot, WORK_QUANTITY, Int32GetDatum(line->quantity));
    bulk_put(slot, WORK_UNIT_PRICE, line_money_datum(line->unit_price));
    bulk_put(slot, WORK_DATE_KEY, Int32GetDatum(line_date_key(line)));
    bulk_put(slot, WORK_ALIAS_NO, Int32GetDatum(alias_no));
    if (line->country.data != NULL) {
        const DictionaryEntry *country = dictionary_entry(&pass->countries, line->country, no_text);

        if (country == NULL)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("more than %d countries in one load", MAX_COUNTRY_KEYS),
                            errhint("The column country holds something else: look at raw_sales.")));
        bulk_put(slot, WORK_COUNTRY_NO, Int32GetDatum(country->number));
    }
    if (line->has_customer)
        bulk_put(slot, WORK_CUSTOMER_ID, Int64GetDatum(line->customer_id));
    put_text(slot, WORK_INVOICE_NO, line->invoice_no);
}

static int
compare_loads(const void *a, const void *b)
{
    int64 x = *(const int64 *)a, y = *(const int64 *)b;

    return (x > y) - (x < y);
}

/* Whether the load is one of those to read; another may have come since they were listed. */
static bool
is_pending(Pass *pass, int64 load_id)
{
    if (pass->n_lines > 0 && load_id == pass->last_load)
        return true;
    if (bsearch(&load_id, pass->loads, (size_t)pass->n_loads, sizeof(int64), compare_loads) == NULL)
        return false;
    pass->last_load = load_id;
    return true;
}

static void
classify_row(const BulkRow *raw, void *context)
{
    Pass *pass = context;
    LineText fields[LINE_N_FIELDS];
    SalesLine line;
    uint64 pair_hash = 0;
    bool is_again;
    DictionaryEntry *alias = NULL;
    TupleTableSlot *slot;

    if (!is_pending(pass, DatumGetInt64(raw->values[RAW_LOAD_ID])))
        return;
    pass->n_lines++;
    for (int i = 0; i < LINE_N_FIELDS; i++)
        fields[i] = line_text_of(raw->values[RAW_FIELDS + i], raw->nulls[RAW_FIELDS + i]);
    line_read(fields, &pass->rules, palloc(line_buffer_size(fields)), &line);
    if (line.class != LINE_UNPARSABLE) {
        repeat_prefetch(&pass->lines, line_word(&line));
        pair_hash = repeat_hash_pair(line.invoice_no.data, line.invoice_no.length, line.stock_code.data,
                                     line.stock_code.length);
        repeat_prefetch(&pass->orders, pair_hash);
        alias = dictionary_entry(&pass->aliases, line.stock_code, line.description);
        if (alias == NULL)
            out_of_memory();
        if (!is_suspect(pass, &line, pair_hash, alias, &is_again) && pass->is_first &&
            line.class == LINE_SALE &&
            straight_take(&pass->straight, DatumGetInt64(raw->values[RAW_LOAD_ID]), &line, is_again, alias))
            return;
    }

    slot = bulk_slot(&pass->work);
    bulk_put(slot, WORK_RAW_TID, raw->values[RAW_TID]);
    bulk_put(slot, WORK_LOAD_ID, raw->values[RAW_LOAD_ID]);
    bulk_put(slot, WORK_SOURCE_LINE, raw->values[RAW_SOURCE_LINE]);
    bulk_put(slot, WORK_CLASS, CStringGetTextDatum(line_class_name(line.class)));
    if (alias != NULL)
        put_parsed(slot, pass, &line, alias->number, pair_hash);
    else
        bulk_put(slot, WORK_REJECTED_COLUMN, CStringGetTextDatum(line_field_name(line.bad_field)));
    if (line.has_amount)
        bulk_put(slot, WORK_AMOUNT, Int64GetDatum(line.amount));
    if (line.reason != NULL)
        bulk_put(slot, WORK_REASON, CStringGetTextDatum(line.reason));
    bulk_next(&pass->work);
}

static void
list_loads(Pass *pass, ArrayType *loads)
{
    pass->loads = (const int64 *)ARR_DATA_PTR(loads);
    pass->n_loads = ArrayGetNItems(ARR_NDIM(loads), ARR_DIMS(loads));
    if (ARR_HASNULL(loads) || ARR_ELEMTYPE(loads) != INT8OID)
        elog(ERROR, "loads must be bigint and not null");
}

static void
pass_begin(Pass *pass, FunctionCallInfo fcinfo)
{
    int64 first_sale_id = PG_GETARG_INT64(ARG_FIRST_SALE_ID);
    size_t expected = (size_t)PG_GETARG_INT64(ARG_EXPECTED);
    BlockNumber pages;
    Env *env = &pass->env;

    if (expected == 0)
        expected = (size_t)bulk_table_pages("raw_sales") * LINES_PER_PAGE;
    pages = (BlockNumber)Min(expected / LINES_PER_PAGE, MaxBlockNumber);
    pass->is_first = first_sale_id > 0;
    list_loads(pass, PG_GETARG_ARRAYTYPE_P(ARG_LOADS));
    env_pg_init(env, CurrentMemoryContext);
    line_rules_init(&pass->rules, PG_GETARG_ARRAYTYPE_P(ARG_CHARGE_CODES), PG_GETARG_TEXT_PP(ARG_TIME_ZONE));
    pass->rules.memo = &pass->memo;
    pass->rules.latest_ts = GetCurrentTransactionStartTimestamp() + DAYS_AHEAD * USECS_PER_DAY;
    if (!repeat_init(&pass->lines, env, expected) || !repeat_init(&pass->orders, env, expected) ||
        !dictionary_init(&pass->aliases, env, MAX_ALIASES, emit_alias, pass) ||
        !dictionary_init(&pass->countries, env, MAX_COUNTRY_KEYS, NULL, NULL))
        out_of_memory();
    bulk_begin(&pass->work, "work_line", N_WORK, pages);
    bulk_begin(&pass->alias, "work_alias", N_ALIAS, 0);
    bulk_begin(&pass->country, "work_country", N_COUNTRY, 0);
    bulk_begin(&pass->suspect, "work_suspect", N_SUSPECT, 0);
    if (pass->is_first && !straight_begin(&pass->straight, env, PG_GETARG_INT64(ARG_RUN), first_sale_id,
                                          &pass->countries, pages))
        out_of_memory();
}

static void
pass_end(Pass *pass)
{
    dictionary_each(&pass->aliases, emit_alias, pass);
    dictionary_each(&pass->countries, emit_country, pass);
    bulk_end(&pass->work);
    bulk_end(&pass->alias);
    bulk_end(&pass->country);
    bulk_end(&pass->suspect);
    if (pass->is_first)
        straight_end(&pass->straight);
}

static void
read_lines(Pass *pass, FunctionCallInfo fcinfo)
{
    static const char *const columns[] = {
        "load_id",      "source_line", "invoice_no",  "stock_code", "description", "quantity",
        "invoice_date", "unit_price",  "customer_id", "country",    NULL};
    static const char query[] =
        "SELECT ctid, load_id, source_line, invoice_no, stock_code, description, quantity,"
        " invoice_date, unit_price, customer_id, country"
        " FROM raw_sales WHERE load_id >= $1 AND load_id <= $2 AND load_id = ANY ($3)";
    static const Oid types[] = {INT8OID, INT8OID, INT8ARRAYOID};
    Datum values[] = {PG_GETARG_DATUM(ARG_FIRST_LOAD), PG_GETARG_DATUM(ARG_LAST_LOAD),
                      PG_GETARG_DATUM(ARG_LOADS)};

    /* A first load wants nearly all there is. */
    if (!pass->is_first || !bulk_scan("raw_sales", columns, classify_row, pass))
        bulk_query(query, lengthof(types), types, values, classify_row, pass);
}

BI_ML_FUNCTION(biml_warehouse_classify)
{
    Pass *pass = palloc0(sizeof(Pass));

    SPI_connect();
    pass_begin(pass, fcinfo);
    read_lines(pass, fcinfo);
    pass_end(pass);
    SPI_finish();
    PG_RETURN_INT64(pass->n_lines);
}
