/*
 * line_pg.c - sales_line(): one raw line in, one composite row out. What hardly ever changes between the
 * calls of one call site (row type, charge codes, time zone, buffer) is prepared once and kept.
 */
#include "pg/compat.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

#include "warehouse/line_pg.h"

enum { ARG_CHARGE_CODES = LINE_N_FIELDS, ARG_TIME_ZONE, ARG_LATEST };

enum {
    OUT_CLASS,
    OUT_INVOICE_NO,
    OUT_STOCK_CODE,
    OUT_DESCRIPTION,
    OUT_QUANTITY,
    OUT_ORDER_TS,
    OUT_UNIT_PRICE,
    OUT_CUSTOMER_ID,
    OUT_COUNTRY,
    OUT_HASH,
    OUT_BAD_COLUMN,
    OUT_REASON,
    OUT_AMOUNT,
    N_OUT
};

typedef struct LineCache {
    TupleDesc tuple;
    LineRules rules;
    MemoryContext rules_context; /* of the rules and of the arguments that they were made from */
    ArrayType *charge_codes;
    text *time_zone;
    char *buffer;
    size_t buffer_size;
} LineCache;

static bool
to_local(void *context, int64_t utc, int64_t *local)
{
    TimestampTz at = utc;
    struct pg_tm tm;
    fsec_t fsec;
    int zone;
    Timestamp result;

    if (timestamp2tm(at, &zone, &tm, &fsec, NULL, (pg_tz *)context) != 0 ||
        tm2timestamp(&tm, fsec, NULL, &result) != 0)
        return false;
    *local = result;
    return true;
}

static void
init_charge_codes(LineRules *rules, ArrayType *codes)
{
    Datum *elements;
    bool *nulls;
    int n;
    LineText *texts;

    deconstruct_array(codes, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
    texts = palloc0(sizeof(LineText) * (n > 0 ? n : 1));
    for (int i = 0; i < n; i++)
        if (!nulls[i])
            texts[rules->n_charge_codes++] =
                line_text_of(PointerGetDatum(DatumGetTextPCopy(elements[i])), false);
    rules->charge_codes = texts;
}

void
line_rules_init(LineRules *rules, ArrayType *charge_codes, text *time_zone)
{
    memset(rules, 0, sizeof(*rules));
    rules->is_utf8 = GetDatabaseEncoding() == PG_UTF8;
    if (charge_codes != NULL)
        init_charge_codes(rules, charge_codes);
    if (time_zone != NULL) {
        char *name = text_to_cstring(time_zone);

        rules->context = pg_tzset(name);
        if (rules->context == NULL)
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("time zone \"%s\" not recognized", name),
                            errhint("Use a name that pg_timezone_names lists, such as Europe/London.")));
        rules->to_local = to_local;
    }
}

LineText
line_text_of(Datum value, bool is_null)
{
    text *packed = is_null ? NULL : DatumGetTextPP(value);

    if (packed == NULL)
        return (LineText){NULL, 0};
    return (LineText){VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed)};
}

static LineCache *
make_cache(FunctionCallInfo fcinfo)
{
    MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
    LineCache *cache = palloc0(sizeof(LineCache));

    if (get_call_result_type(fcinfo, NULL, &cache->tuple) != TYPEFUNC_COMPOSITE ||
        cache->tuple->natts != N_OUT)
        elog(ERROR, "sales_line must return its declared row");
    cache->tuple = BlessTupleDesc(CreateTupleDescCopy(cache->tuple));
    if (!PG_ARGISNULL(ARG_LATEST))
        cache->rules.latest_ts = PG_GETARG_TIMESTAMP(ARG_LATEST);
    fcinfo->flinfo->fn_extra = cache;
    MemoryContextSwitchTo(old);
    return cache;
}

static bool
same_bytes(const void *a, const void *b)
{
    return a == NULL || b == NULL ? a == b
                                  : VARSIZE_ANY(a) == VARSIZE_ANY(b) && memcmp(a, b, VARSIZE_ANY(a)) == 0;
}

static void *
copy_bytes(const void *value)
{
    return value == NULL ? NULL : memcpy(palloc(VARSIZE_ANY(value)), value, VARSIZE_ANY(value));
}

/* Other codes or another zone than those of the last call need new rules. */
static void
keep_rules(LineCache *cache, MemoryContext context, ArrayType *charge_codes, text *time_zone)
{
    MemoryContext rules, old;

    if (cache->rules_context != NULL && same_bytes(cache->charge_codes, charge_codes) &&
        same_bytes(cache->time_zone, time_zone))
        return;
    if (cache->rules_context != NULL)
        MemoryContextDelete(cache->rules_context);
    /* Noted last: an unknown zone raises an error, and no half of the rules may be taken for the whole. */
    cache->rules_context = NULL;
    rules = AllocSetContextCreate(context, "rules of sales_line", ALLOCSET_SMALL_SIZES);
    old = MemoryContextSwitchTo(rules);
    cache->charge_codes = copy_bytes(charge_codes);
    cache->time_zone = copy_bytes(time_zone);
    line_rules_init(&cache->rules, cache->charge_codes, cache->time_zone);
    cache->rules_context = rules;
    MemoryContextSwitchTo(old);
}

static char *
lend_buffer(LineCache *cache, MemoryContext context, size_t size)
{
    if (cache->buffer_size < size) {
        if (cache->buffer != NULL)
            pfree(cache->buffer);
        cache->buffer = NULL;
        cache->buffer_size = Max(size, 1024);
        cache->buffer = MemoryContextAlloc(context, cache->buffer_size);
    }
    return cache->buffer;
}

static inline void
put_text(Datum *values, bool *nulls, int column, LineText text)
{
    nulls[column] = text.data == NULL;
    if (text.data != NULL)
        values[column] = line_text_datum(text);
}

static void
put_parsed(Datum *values, bool *nulls, SalesLine *line)
{
    put_text(values, nulls, OUT_INVOICE_NO, line->invoice_no);
    put_text(values, nulls, OUT_STOCK_CODE, line->stock_code);
    put_text(values, nulls, OUT_DESCRIPTION, line->description);
    put_text(values, nulls, OUT_COUNTRY, line->country);
    nulls[OUT_QUANTITY] = nulls[OUT_ORDER_TS] = nulls[OUT_UNIT_PRICE] = nulls[OUT_HASH] = false;
    values[OUT_QUANTITY] = Int32GetDatum(line->quantity);
    values[OUT_ORDER_TS] = TimestampGetDatum(line->order_ts);
    values[OUT_UNIT_PRICE] = line_money_datum(line->unit_price);
    nulls[OUT_CUSTOMER_ID] = !line->has_customer;
    values[OUT_CUSTOMER_ID] = Int64GetDatum(line->customer_id);
    values[OUT_HASH] = PointerGetDatum(line->hash);
}

BI_ML_FUNCTION(biml_sales_line)
{
    LineCache *cache = fcinfo->flinfo->fn_extra;
    LineText fields[LINE_N_FIELDS];
    SalesLine line;
    Datum values[N_OUT];
    bool nulls[N_OUT];

    if (cache == NULL)
        cache = make_cache(fcinfo);
    keep_rules(cache, fcinfo->flinfo->fn_mcxt,
               PG_ARGISNULL(ARG_CHARGE_CODES) ? NULL : PG_GETARG_ARRAYTYPE_P(ARG_CHARGE_CODES),
               PG_ARGISNULL(ARG_TIME_ZONE) ? NULL : PG_GETARG_TEXT_PP(ARG_TIME_ZONE));
    for (int i = 0; i < LINE_N_FIELDS; i++)
        fields[i] = line_text_of(PG_GETARG_DATUM(i), PG_ARGISNULL(i));
    line_read(fields, &cache->rules, lend_buffer(cache, fcinfo->flinfo->fn_mcxt, line_buffer_size(fields)),
              &line);

    memset(nulls, true, sizeof(nulls));
    nulls[OUT_CLASS] = false;
    values[OUT_CLASS] = CStringGetTextDatum(line_class_name(line.class));
    if (line.class != LINE_UNPARSABLE) {
        put_parsed(values, nulls, &line);
    } else {
        nulls[OUT_BAD_COLUMN] = false;
        values[OUT_BAD_COLUMN] = CStringGetTextDatum(line_field_name(line.bad_field));
    }
    if (line.has_amount) {
        nulls[OUT_AMOUNT] = false;
        values[OUT_AMOUNT] = line_money_datum(line.amount);
    }
    if (line.reason != NULL) {
        nulls[OUT_REASON] = false;
        values[OUT_REASON] = CStringGetTextDatum(line.reason);
    }
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(cache->tuple, values, nulls)));
}
