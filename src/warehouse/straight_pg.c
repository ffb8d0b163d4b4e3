/* straight_pg.c - see straight_pg.h. */
#include "warehouse/straight_pg.h"

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "kit/rng.h"
#include "warehouse/line_pg.h"

/* The columns of the tables that are written. */
enum {
    FACT_SALE_ID,
    FACT_ORDER_TS,
    FACT_LOAD_ID,
    FACT_RUN_ID,
    FACT_DATE_KEY,
    FACT_PRODUCT_KEY,
    FACT_CUSTOMER_KEY,
    FACT_QUANTITY,
    FACT_COUNTRY_KEY,
    FACT_OCCURRENCE,
    FACT_IS_REVERSED,
    FACT_IS_FIRST_OF_ORDER,
    FACT_HASH,
    FACT_UNIT_PRICE,
    FACT_AMOUNT,
    FACT_INVOICE_NO,
    N_FACT
};
enum { PRODUCT_NO, PRODUCT_CODE, N_PRODUCT };
enum { CUSTOMER_NO, CUSTOMER_ID, N_CUSTOMER }; /* work_customer */
enum {
    SUMMARY_LOAD_ID,
    SUMMARY_RULE,
    SUMMARY_CUSTOMER_ID,
    SUMMARY_COUNTRY_NO,
    SUMMARY_ROWS,
    SUMMARY_AMOUNT,
    SUMMARY_FIRST_TS,
    SUMMARY_LAST_TS,
    N_SUMMARY
};

enum {
    PART_INVOICE_NO,
    PART_HOUR_TS,
    PART_CUSTOMER_KEY,
    PART_COUNTRY_KEY,
    PART_REVENUE,
    PART_UNITS,
    PART_LINES,
    PART_LAST_TS,
    N_PART
};
enum { CELL_PRODUCT_KEY, CELL_WEEK, CELL_REVENUE, CELL_UNITS, CELL_ORDERS, N_CELL };

static const LineText no_text = {NULL, 0};

static void
emit_product(const DictionaryEntry *entry, void *context)
{
    Straight *straight = context;
    TupleTableSlot *slot = bulk_slot(&straight->product);

    bulk_put(slot, PRODUCT_NO, Int32GetDatum(entry->number));
    bulk_put(slot, PRODUCT_CODE, line_text_datum(entry->a));
    bulk_next(&straight->product);
}

static void
emit_customer(const DictionaryEntry *entry, void *context)
{
    BulkWriter *table = &((Straight *)context)->customer;
    TupleTableSlot *slot = bulk_slot(table);
    int64 id;

    memcpy(&id, entry->a.data, sizeof(id));
    bulk_put(slot, CUSTOMER_NO, Int32GetDatum(entry->number));
    bulk_put(slot, CUSTOMER_ID, Int64GetDatum(id));
    bulk_next(table);
}

static void
emit_order(const OrderSum *sum, void *context)
{
    BulkWriter *table = &((Straight *)context)->part;
    TupleTableSlot *slot = bulk_slot(table);

    bulk_put(slot, PART_INVOICE_NO, line_text_datum(sum->invoice_no));
    bulk_put(slot, PART_HOUR_TS, TimestampGetDatum(sum->hour_ts));
    bulk_put(slot, PART_CUSTOMER_KEY, Int32GetDatum(sum->customer));
    bulk_put(slot, PART_COUNTRY_KEY, Int16GetDatum((int16)sum->country));
    bulk_put(slot, PART_REVENUE, line_money_datum(sum->revenue));
    bulk_put(slot, PART_UNITS, Int64GetDatum(sum->units));
    bulk_put(slot, PART_LINES, Int64GetDatum(sum->lines));
    bulk_put(slot, PART_LAST_TS, TimestampGetDatum(sum->last_ts));
    bulk_next(table);
}

static void
emit_week(const WeekSum *sum, void *context)
{
    BulkWriter *table = &((Straight *)context)->cell;
    TupleTableSlot *slot = bulk_slot(table);

    bulk_put(slot, CELL_PRODUCT_KEY, Int32GetDatum(sum->product));
    bulk_put(slot, CELL_WEEK, DateADTGetDatum(sum->week));
    bulk_put(slot, CELL_REVENUE, Int64GetDatum(sum->revenue));
    bulk_put(slot, CELL_UNITS, Int32GetDatum(sum->units));
    bulk_put(slot, CELL_ORDERS, Int32GetDatum(sum->orders));
    bulk_next(table);
}

static void
flush_tally(Straight *straight)
{
    const Tally *tally = &straight->tally;
    TupleTableSlot *slot;

    if (tally->rows == 0)
        return;
    slot = bulk_slot(&straight->summary);
    bulk_put(slot, SUMMARY_LOAD_ID, Int64GetDatum(tally->load_id));
    bulk_put(slot, SUMMARY_RULE, CStringGetTextDatum(line_class_name(LINE_SALE)));
    bulk_put(slot, SUMMARY_ROWS, Int64GetDatum(tally->rows));
    bulk_put(slot, SUMMARY_AMOUNT, Int64GetDatum(tally->amount));
    bulk_put(slot, SUMMARY_FIRST_TS, TimestampGetDatum(tally->first_ts));
    bulk_put(slot, SUMMARY_LAST_TS, TimestampGetDatum(tally->last_ts));
    bulk_next(&straight->summary);
}

static void
count_sale(Straight *straight, int64 load_id, const SalesLine *line)
{
    Tally *tally = &straight->tally;

    if (tally->rows > 0 && tally->load_id != load_id) {
        flush_tally(straight);
        tally->rows = 0;
    }
    if (tally->rows == 0)
        *tally = (Tally){.load_id = load_id, .first_ts = line->order_ts, .last_ts = line->order_ts};
    tally->rows++;
    tally->amount += line->amount;
    tally->first_ts = Min(tally->first_ts, line->order_ts);
    tally->last_ts = Max(tally->last_ts, line->order_ts);
}

/* The key of the product, which is looked up once for each of its names; 0 when the dictionary is full. */
static int32
product_key(Straight *straight, const SalesLine *line, DictionaryEntry *alias)
{
    if (alias->note == 0) {
        const DictionaryEntry *entry = dictionary_entry(&straight->products, line->stock_code, no_text);

        if (entry != NULL)
            alias->note = entry->number;
    }
    return alias->note;
}

/* Notes the keys of a line; false when a dictionary is full. */
static bool
find_keys(Straight *straight, const SalesLine *line, DictionaryEntry *alias, Sale *sale)
{
    static const LineText unspecified = {LINE_UNSPECIFIED, sizeof(LINE_UNSPECIFIED) - 1};
    DictionaryEntry *entry;

    sale->product = product_key(straight, line, alias);
    if (sale->product == 0)
        return false;
    if (line->has_customer) {
        LineText id = {(const char *)&line->customer_id, sizeof(line->customer_id)};

        entry = dictionary_entry(&straight->customers, id, no_text);
        if (entry == NULL)
            return false;
        sale->customer = entry->number;
    }
    if (line->country.data != NULL && !line_text_equal(line->country, unspecified)) {
        entry = dictionary_entry(straight->countries, line->country, no_text);
        if (entry == NULL)
            return false;
        sale->country = entry->number;
        entry->n++;
    }
    return true;
}

/* An amount above 0; the bytes are good until the next amount is asked for. */
static Datum
money_datum(Money *known, int64 amount)
{
    Money *money = &known[rng_mix((uint64)amount) % MONEY_SLOTS];
    Datum datum;

    if (money->amount == amount)
        return PointerGetDatum(money->numeric);
    datum = line_money_datum(amount);
    if (VARSIZE(DatumGetPointer(datum)) <= MONEY_BYTES) {
        memcpy(money->numeric, DatumGetPointer(datum), VARSIZE(DatumGetPointer(datum)));
        money->amount = amount;
    }
    return datum;
}

static void
put_fact(Straight *straight, int64 load_id, const SalesLine *line, const Sale *sale)
{
    TupleTableSlot *slot = bulk_slot(&straight->fact);

    bulk_put(slot, FACT_SALE_ID, Int64GetDatum(straight->next_sale_id++));
    bulk_put(slot, FACT_ORDER_TS, TimestampGetDatum(line->order_ts));
    bulk_put(slot, FACT_LOAD_ID, Int64GetDatum(load_id));
    bulk_put(slot, FACT_RUN_ID, Int64GetDatum(straight->run_id));
    bulk_put(slot, FACT_DATE_KEY, Int32GetDatum(line_date_key(line)));
    bulk_put(slot, FACT_PRODUCT_KEY, Int32GetDatum(sale->product));
    bulk_put(slot, FACT_CUSTOMER_KEY, Int32GetDatum(sale->customer));
    bulk_put(slot, FACT_QUANTITY, Int32GetDatum(line->quantity));
    bulk_put(slot, FACT_COUNTRY_KEY, Int16GetDatum((int16)sale->country));
    bulk_put(slot, FACT_OCCURRENCE, Int16GetDatum(1));
    bulk_put(slot, FACT_IS_REVERSED, BoolGetDatum(false));
    bulk_put(slot, FACT_IS_FIRST_OF_ORDER, BoolGetDatum(!sale->is_again));
    bulk_put(slot, FACT_HASH, PointerGetDatum(line->hash));
    bulk_put(slot, FACT_UNIT_PRICE, money_datum(straight->prices, line->unit_price));
    bulk_put(slot, FACT_AMOUNT, money_datum(straight->amounts, line->amount));
    bulk_put(slot, FACT_INVOICE_NO, line_text_datum(line->invoice_no));
    bulk_next(&straight->fact);
}

bool
straight_begin(Straight *straight, Env *env, int64 run_id, int64 first_sale_id, Dictionary *countries,
               BlockNumber pages)
{
    straight->run_id = run_id;
    straight->next_sale_id = first_sale_id;
    straight->countries = countries;
    straight->prices = ENV_NEW(env, MONEY_SLOTS, Money);
    straight->amounts = ENV_NEW(env, MONEY_SLOTS, Money);
    if (straight->prices == NULL || straight->amounts == NULL ||
        !dictionary_init(&straight->products, env, DICTIONARY_MAX_TEXTS, NULL, NULL) ||
        !dictionary_init(&straight->customers, env, DICTIONARY_MAX_TEXTS, NULL, NULL) ||
        !sums_init(&straight->sums, env, emit_order, emit_week, straight))
        return false;
    bulk_begin(&straight->fact, "fact_sales", N_FACT, pages);
    bulk_begin(&straight->product, "work_product", N_PRODUCT, 0);
    bulk_begin(&straight->customer, "work_customer", N_CUSTOMER, 0);
    bulk_begin(&straight->summary, "work_summary", N_SUMMARY, 0);
    bulk_begin(&straight->part, "work_part", N_PART, 0);
    bulk_begin(&straight->cell, "work_cell", N_CELL, 0);
    return true;
}

bool
straight_has(const Straight *straight, const SalesLine *line, const DictionaryEntry *alias)
{
    return alias->note != 0 && sums_has(&straight->sums, line->invoice_no, alias->note);
}

bool
straight_take(Straight *straight, int64 load_id, const SalesLine *line, bool is_again, DictionaryEntry *alias)
{
    Sale sale = {.invoice_no = line->invoice_no,
                 .order_ts = line->order_ts,
                 .quantity = line->quantity,
                 .is_again = is_again,
                 .amount = line->amount};

    if (!find_keys(straight, line, alias, &sale))
        return false;
    sums_prefetch(&straight->sums, &sale);
    put_fact(straight, load_id, line, &sale);
    sums_add(&straight->sums, &sale);
    count_sale(straight, load_id, line);
    alias->first_ts = alias->n == 0 ? line->order_ts : Min(alias->first_ts, line->order_ts);
    alias->last_ts = alias->n == 0 ? line->order_ts : Max(alias->last_ts, line->order_ts);
    alias->n++;
    return true;
}

void
straight_end(Straight *straight)
{
    dictionary_each(&straight->products, emit_product, straight);
    dictionary_each(&straight->customers, emit_customer, straight);
    sums_end(&straight->sums);
    flush_tally(straight);
    bulk_end(&straight->fact);
    bulk_end(&straight->product);
    bulk_end(&straight->customer);
    bulk_end(&straight->summary);
    bulk_end(&straight->part);
    bulk_end(&straight->cell);
}
