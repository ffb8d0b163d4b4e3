/*
 * Unit tests of warehouse/: lines, identities, the filter for repeats. Numbers and times:
 * test_warehouse_parse.c.
 *
 * Provenance: the MD5 values come from Python's hashlib, fed with the canonical texts of line.h, written out
 * by hand; everything else follows from the contracts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/civil.h"
#include "kit/rng.h"
#include "unit.h"
#include "warehouse/line.h"
#include "warehouse/repeat.h"

/* A line's fields; the buffer of exactly the promised size makes the sanitizer see a write beyond it. */
typedef struct Reader {
    LineRules rules;
    char *buffer;
    SalesLine line;
} Reader;

static const LineText charge_codes[] = {{"POST", 4}, {"BANK CHARGES", 12}, {"GIFT_%", 6}};

static Reader
reader(bool is_utf8)
{
    return (Reader){.rules = {.is_utf8 = is_utf8, .charge_codes = charge_codes, .n_charge_codes = 3}};
}

static const SalesLine *
read_texts(Reader *reader, const LineText fields[LINE_N_FIELDS])
{
    free(reader->buffer);
    reader->buffer = malloc(line_buffer_size(fields));
    line_read(fields, &reader->rules, reader->buffer, &reader->line);
    return &reader->line;
}

static const SalesLine *
read_line(Reader *reader, const char *const texts[LINE_N_FIELDS])
{
    LineText fields[LINE_N_FIELDS];

    for (int i = 0; i < LINE_N_FIELDS; i++)
        fields[i] = (LineText){texts[i], texts[i] != NULL ? strlen(texts[i]) : 0};
    return read_texts(reader, fields);
}

#define LINE(invoice, code, description, quantity, date, price, customer, country)                           \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        invoice, code, description, quantity, date, price, customer, country                                 \
    }

static void
check_text(LineText text, const char *want, int line)
{
    unit_check(want == NULL ? text.data == NULL
                            : text.data != NULL && text.length == strlen(want) &&
                                  memcmp(text.data, want, text.length) == 0,
               __FILE__, line, "\"%.*s\", expected \"%s\"", text.data != NULL ? (int)text.length : 4,
               text.data != NULL ? text.data : "NULL", want != NULL ? want : "NULL");
}

static void
check_hash(const SalesLine *line, const char *want, int at)
{
    char hex[33];

    for (int i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", line->hash[i]);
    unit_check(strcmp(hex, want) == 0, __FILE__, at, "hash %s, expected %s", hex, want);
}

static void
test_identity(void)
{
    static const char plain[] = "3a68eaa0cc425ae18c8ab9f9265a7640";
    Reader utf8 = reader(true);

    check_hash(read_line(&utf8, LINE("536365", "85123A", "WHITE HANGING HEART T-LIGHT HOLDER", "6",
                                     "2010-12-01 08:26:00", "2.55", "17850", "United Kingdom")),
               plain, __LINE__);
    CHECK_EQUAL(utf8.line.class, LINE_SALE);
    CHECK_EQUAL(utf8.line.order_ts, INT64_C(344507160000000));
    CHECK_EQUAL(line_date_key(&utf8.line), 20101201);
    CHECK_EQUAL(utf8.line.amount, 153000);
    /* The same values, written otherwise. */
    check_hash(read_line(&utf8, LINE(" 536365", "85123a\t",
                                     "\xef\xbb\xbfWHITE  HANGING \xc2\xa0 HEART T-LIGHT HOLDER ", "6.0",
                                     "12/1/2010 8:26", "2.5500", "17850.0", "\xc2\xa0United Kingdom\r")),
               plain, __LINE__);
    check_text(utf8.line.description, "WHITE HANGING HEART T-LIGHT HOLDER", __LINE__);
    check_text(utf8.line.stock_code, "85123A", __LINE__);
    check_text(utf8.line.country, "United Kingdom", __LINE__);
    check_hash(
        read_line(&utf8, LINE("536365", "85123A", "", "6", "2010-12-01 08:26", "2.55", " ", "\xc2\xa0")),
        "5c7f6030353a18ce2ec6db1de1d165ba", __LINE__);
    check_text(utf8.line.description, NULL, __LINE__);
    CHECK(!utf8.line.has_customer);
    check_hash(read_line(&utf8, LINE("C1", "x", "\xc3\x89", "-3", "1999-12-31 23:59:59.999999", "-0.0001",
                                     "0", "EIRE")),
               "d97e77478481cc582addcbd551f2b256", __LINE__);
    CHECK_EQUAL(line_date_key(&utf8.line), 19991231);
    check_hash(
        read_line(&utf8, LINE("1", "A", "B", "-2147483646", "2010-12-01 08:26:30.25", "0.0001", "-7", "C")),
        "e7817c5b29df3ee5e2700df5dd0df9f2", __LINE__);
    CHECK_EQUAL(utf8.line.class, LINE_STOCK_ADJUSTMENT);
    free(utf8.buffer);
}

/* No two of these lines are the same: a field's end and NULL are part of the canonical text. */
static void
test_identities_differ(void)
{
    const char *const *const lines[] = {
        LINE("1", "A", "B", "1", "2010-12-01", "1", "1", "C"),
        LINE("1A", "A", "B", "1", "2010-12-01", "1", "1", "C"),
        LINE("1", "AB", NULL, "1", "2010-12-01", "1", "1", "C"),
        LINE("1", "A", NULL, "1", "2010-12-01", "1", "1", "C"),
        LINE("1", "A", "-", "1", "2010-12-01", "1", "1", "C"),
        LINE("1", "A", "b", "1", "2010-12-01", "1", "1", "C"),
        LINE("1", "A", "B", "1", "2010-12-01", "1", NULL, "C"),
        LINE("1", "A", "B", "1", "2010-12-01", "1", "1", NULL),
        LINE("1", "A", "B", "1", "2010-12-01", "1.0001", "1", "C"),
        LINE("1", "A", "B", "2", "2010-12-01", "1", "1", "C"),
        LINE("1", "A", "B", "1", "2010-12-01 00:00:00.000001", "1", "1", "C"),
        LINE("c1", "A", "B", "-1", "2010-12-01", "1", "1", "C"),
        LINE("C1", "A", "B", "-1", "2010-12-01", "1", "1", "C"),
    };
    enum { N = sizeof(lines) / sizeof(lines[0]) };
    unsigned char hashes[N][16];
    Reader utf8 = reader(true);

    for (size_t i = 0; i < N; i++) {
        memcpy(hashes[i], read_line(&utf8, lines[i])->hash, 16);
        for (size_t j = 0; j < i; j++)
            unit_check(memcmp(hashes[i], hashes[j], 16) != 0, __FILE__, __LINE__, "lines %d and %d are one",
                       (int)i, (int)j);
    }
    free(utf8.buffer);
}

static void
check_class(Reader *reader, const char *const texts[LINE_N_FIELDS], LineClass class, int at)
{
    const SalesLine *line = read_line(reader, texts);

    unit_check(line->class == class, __FILE__, at, "class %s (%s), expected %s", line_class_name(line->class),
               line->reason != NULL ? line->reason : "no reason", line_class_name(class));
    unit_check((line->reason != NULL) == (class <= LINE_ZERO_PRICE), __FILE__, at, "a reason, or none");
}

#define CHECK_CLASS(reader, class, ...) check_class(reader, LINE(__VA_ARGS__), class, __LINE__)

static void
test_classes(void)
{
    Reader utf8 = reader(true);
    const char *d = "2010-12-01 08:26";

    CHECK_CLASS(&utf8, LINE_SALE, "1", "A", "x", "6", d, "2.55", "1", "UK");
    CHECK_CLASS(&utf8, LINE_SALE, "A1", "A", NULL, "1", d, "0.0001", NULL, NULL);
    CHECK_CLASS(&utf8, LINE_RETURN, "C1", "A", "x", "-6", d, "2.55", "1", "UK");
    CHECK_CLASS(&utf8, LINE_RETURN, "c1", "A", "x", "-6", d, "2.55", "1", "UK");
    CHECK_CLASS(&utf8, LINE_CHARGE, "1", "POST", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_CHARGE, "1", "post", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_CHARGE, "1", " Bank Charges", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_CHARGE, "1", "gift_0001_20", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_CHARGE, "1", "GIFT_", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_SALE, "1", "GIFT", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_SALE, "1", "POSTER", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_SALE, "1", "POS", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_CHARGE_CREDIT, "C1", "POST", "x", "-1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_CHARGE_CREDIT, "C1", "POST", "x", "1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_POSITIVE_CREDIT, "C1", "A", "x", "6", d, "2.55", "1", "UK");
    CHECK_CLASS(&utf8, LINE_POSITIVE_CREDIT, "C1", "A", "x", "0", d, "2.55", "1", "UK");
    CHECK_CLASS(&utf8, LINE_ZERO_PRICE, "C1", "A", "x", "-6", d, "0", "1", "UK");
    CHECK_CLASS(&utf8, LINE_ZERO_PRICE, "C1", "POST", "x", "-6", d, "-1", "1", "UK");
    CHECK_CLASS(&utf8, LINE_ZERO_PRICE, "C1", "A", "x", "6", d, "0", "1", "UK");
    CHECK_CLASS(&utf8, LINE_STOCK_ADJUSTMENT, "1", "A", "damages", "-6", d, "0", NULL, "UK");
    CHECK_CLASS(&utf8, LINE_STOCK_ADJUSTMENT, "1", "A", "x", "0", d, "2.55", "1", "UK");
    CHECK_CLASS(&utf8, LINE_STOCK_ADJUSTMENT, "1", "POST", "x", "-1", d, "18", "1", "UK");
    CHECK_CLASS(&utf8, LINE_ZERO_PRICE, "1", "A", "x", "6", d, "0", "1", "UK");
    CHECK_CLASS(&utf8, LINE_ZERO_PRICE, "1", "A", "x", "6", d, "-0.0001", "1", "UK");
    CHECK_CLASS(&utf8, LINE_ZERO_PRICE, "1", "POST", "x", "1", d, "0", "1", "UK");
    CHECK_CLASS(&utf8, LINE_ZERO_PRICE, "A563185", "B", "Adjust bad debt", "1", d, "-11062.06", NULL, "UK");
    CHECK_CLASS(&utf8, LINE_SALE, "1", "A", "x", "6", d, "2.55", "-1", "UK");
    free(utf8.buffer);
}

/* The first field in the order of the columns is named, even where quantity or price were read. */
static void
test_unparsable(void)
{
    static const struct {
        const char *texts[LINE_N_FIELDS];
        LineField field;
        const char *reason;
        bool has_amount;
    } cases[] = {
        {{NULL, "A", "x", "1", "2010-12-01", "1", "1", "UK"}, LINE_INVOICE_NO, "is missing", true},
        {{" ", "A", "x", "1", "2010-12-01", "1", "1", "UK"}, LINE_INVOICE_NO, "is missing", true},
        {{"1", "\xc2\xa0", "x", "1", "2010-12-01", "1", "1", "UK"}, LINE_STOCK_CODE, "is missing", true},
        {{"1", "A", "x", NULL, "2010-12-01", "1", "1", "UK"}, LINE_QUANTITY, "is missing", false},
        {{"1", "A", "x", "1", "", "1", "1", "UK"}, LINE_INVOICE_DATE, "is missing", true},
        {{"1", "A", "x", "1", "2010-12-01", NULL, "1", "UK"}, LINE_UNIT_PRICE, "is missing", false},
        {{"1", "A", "x", "six", "2010-12-01", "1", "1", "UK"}, LINE_QUANTITY, "not a number", false},
        {{"1", "A", "x", "6.5", "2010-12-01", "1", "1", "UK"}, LINE_QUANTITY, "whole number", false},
        {{"1", "A", "x", "2147483648", "2010-12-01", "1", "1", "UK"}, LINE_QUANTITY, "out of range", false},
        {{"1", "A", "x", "1", "2010-12-01", "1,5", "1", "UK"}, LINE_UNIT_PRICE, "comma", false},
        {{"1", "A", "x", "1", "2010-12-01", "1e8", "1", "UK"}, LINE_UNIT_PRICE, "out of range", false},
        {{"1", "A", "x", "1000", "2010-12-01", "10000000", "1", "UK"},
         LINE_QUANTITY,
         "times unit_price is out of range",
         false},
        {{"1", "A", "x", "-1000", "2010-12-01", "10000000", "1", "UK"},
         LINE_QUANTITY,
         "times unit_price is out of range",
         false},
        {{"1", "A", "x", "1", "31/12/2010", "1", "1", "UK"}, LINE_INVOICE_DATE, "month first", true},
        {{"1", "A", "x", "1", "2010-12-01T08:26Z", "1", "1", "UK"}, LINE_INVOICE_DATE, "time zone", true},
        {{"1", "A", "x", "1", "2010-12-01", "1", "guest", "UK"}, LINE_CUSTOMER_ID, "not a number", true},
        {{"1", "A", "x", "1", "2010-12-01", "1", "178.5", "UK"}, LINE_CUSTOMER_ID, "whole number", true},
        {{"1", "A", "x", "1", "2010-12-01", "1", "1e18", "UK"}, LINE_CUSTOMER_ID, "out of range", true},
        {{"1", "A", "x", "1", "2010-12-01", "1", "9999999999999999999", "UK"},
         LINE_CUSTOMER_ID,
         "out of range",
         true},
        {{"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID",
          "Country"},
         LINE_INVOICE_NO,
         "header",
         false},
        {{"invoice_no", "A", "x", "1", "2010-12-01", "1", "1", "UK"}, LINE_INVOICE_NO, "header", true},
        {{"Invoice No", "A", "x", "1", "2010-12-01", "1", "1", "UK"}, LINE_INVOICE_NO, "header", true},
        {{"INVOICE", "A", "x", "1", "2010-12-01", "1", "1", "UK"}, LINE_INVOICE_NO, "header", true},
        {{"\xef\xbb\xbfInvoiceNo", "A", "x", "1", "2010-12-01", "1", "1", "UK"},
         LINE_INVOICE_NO,
         "header",
         true},
        {{"1", "A", "x", "six", "soon", "cheap", "me", "UK"}, LINE_QUANTITY, "not a number", false},
    };
    Reader utf8 = reader(true);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const SalesLine *line = read_line(&utf8, cases[i].texts);

        unit_check(line->class == LINE_UNPARSABLE && line->bad_field == cases[i].field &&
                       line->reason != NULL && strstr(line->reason, cases[i].reason) != NULL,
                   __FILE__, __LINE__, "case %d: %s %s, expected %s %s", (int)i,
                   line_field_name(line->bad_field), line->reason != NULL ? line->reason : "no reason",
                   line_field_name(cases[i].field), cases[i].reason);
        unit_check(line->has_amount == cases[i].has_amount, __FILE__, __LINE__, "case %d: amount", (int)i);
    }
    free(utf8.buffer);
}

static void
test_lengths(void)
{
    Reader utf8 = reader(true);
    char key[LINE_MAX_KEY + 2] = {0}, long_text[3000] = {0};
    const SalesLine *line;

    memset(key, 'K', LINE_MAX_KEY);
    CHECK_CLASS(&utf8, LINE_SALE, key, key, NULL, "1", "2010-12-01", "1", NULL, key);
    key[LINE_MAX_KEY] = 'K';
    CHECK_CLASS(&utf8, LINE_UNPARSABLE, key, "A", NULL, "1", "2010-12-01", "1", NULL, "UK");
    CHECK_CLASS(&utf8, LINE_UNPARSABLE, "1", key, NULL, "1", "2010-12-01", "1", NULL, "UK");
    CHECK_CLASS(&utf8, LINE_UNPARSABLE, "1", "A", NULL, "1", "2010-12-01", "1", NULL, key);
    CHECK_EQUAL(utf8.line.bad_field, LINE_COUNTRY);

    /* Cut before the character that does not fit; the identity is that of the whole text. */
    memset(long_text, 'd', LINE_MAX_DESCRIPTION - 1);
    memcpy(long_text + LINE_MAX_DESCRIPTION - 1, "\xe2\x82\xac", 3);
    line = read_line(&utf8, LINE("1", "A", long_text, "1", "2010-12-01", "1", NULL, "UK"));
    CHECK_EQUAL(line->description.length, LINE_MAX_DESCRIPTION - 1);
    {
        unsigned char first[16];

        memcpy(first, line->hash, 16);
        long_text[LINE_MAX_DESCRIPTION + 2] = '!';
        line = read_line(&utf8, LINE("1", "A", long_text, "1", "2010-12-01", "1", NULL, "UK"));
        CHECK_EQUAL(line->description.length, LINE_MAX_DESCRIPTION - 1);
        CHECK(memcmp(first, line->hash, 16) != 0);
    }
    free(utf8.buffer);
}

/* Outside UTF-8 the bytes c2 a0 are two letters. */
static void
test_other_encodings(void)
{
    Reader latin = reader(false);

    read_line(&latin, LINE(" 1", "A", "\xa0x  y\xa0", "1", "2010-12-01", "1", NULL, "\xc2\xa0"));
    CHECK_EQUAL(latin.line.class, LINE_SALE);
    check_text(latin.line.description, "\xa0x y\xa0", __LINE__);
    check_text(latin.line.country, "\xc2\xa0", __LINE__);
    free(latin.buffer);
}

static bool
six_hours_west(void *context, int64_t utc, int64_t *local)
{
    (void)context;
    *local = utc - 6 * 3600 * CIVIL_SECOND;
    return utc >= 0;
}

static void
test_zone(void)
{
    Reader utf8 = reader(true);

    utf8.rules.to_local = six_hours_west;
    read_line(&utf8, LINE("1", "A", NULL, "1", "2010-12-01T02:26:00Z", "1", NULL, NULL));
    CHECK_EQUAL(line_date_key(&utf8.line), 20101130);
    read_line(&utf8, LINE("1", "A", NULL, "1", "2010-12-01T02:26:00", "1", NULL, NULL));
    CHECK_EQUAL(line_date_key(&utf8.line), 20101201);
    read_line(&utf8, LINE("1", "A", NULL, "1", "1999-12-31T02:26:00Z", "1", NULL, NULL));
    CHECK_EQUAL(utf8.line.class, LINE_UNPARSABLE);
    CHECK_EQUAL(utf8.line.bad_field, LINE_INVOICE_DATE);
    free(utf8.buffer);
}

/* Bytes of any kind: no crash, no read or write outside, every promise about the result kept. */
static void
test_random_bytes(void)
{
    static const char alphabet[] = "0123456789.,-+eE/:TZ APMamCc \t\r\n\xc2\xa0\xef\xbb\xbf%_\xff";
    Reader readers[2] = {reader(true), reader(false)};
    int n_read = 0, n_wrong = 0;
    Rng rng;

    rng_init(&rng, 2010, 12);
    for (int i = 0; i < 40000; i++) {
        LineText fields[LINE_N_FIELDS] = {{"1", 1},           {"A", 1}, {NULL, 0}, {"1", 1},
                                          {"2010-12-01", 10}, {"1", 1}, {NULL, 0}, {"UK", 2}};
        char *bytes[LINE_N_FIELDS] = {NULL};
        Reader *used = &readers[i % 2];
        const SalesLine *line;

        for (int f = 0; f < LINE_N_FIELDS; f++) {
            if (rng_below(&rng, 4) > 0 && i % 3 > 0)
                continue;
            fields[f].length = rng_below(&rng, 24);
            bytes[f] = malloc(fields[f].length + 1);
            for (size_t b = 0; b < fields[f].length; b++)
                bytes[f][b] =
                    i % 5 == 0 ? (char)rng_below(&rng, 256) : alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
            /* no byte behind the text, so that the sanitizer sees a read of one */
            bytes[f] = realloc(bytes[f], fields[f].length > 0 ? fields[f].length : 1);
            fields[f].data = bytes[f];
        }
        line = read_texts(used, fields);
        n_wrong += (line->class <= LINE_ZERO_PRICE) != (line->reason != NULL);
        if (line->class != LINE_UNPARSABLE) {
            n_read++;
            n_wrong += line->invoice_no.data == NULL || line->stock_code.data == NULL ||
                       line->invoice_no.length > LINE_MAX_KEY || line->stock_code.length > LINE_MAX_KEY;
            n_wrong += line_date_key(line) < 19700101 || line_date_key(line) > 21001231;
            n_wrong += line->amount != line->quantity * line->unit_price || !line->has_amount;
        }
        for (int f = 0; f < LINE_N_FIELDS; f++)
            free(bytes[f]);
    }
    CHECK_EQUAL(n_wrong, 0);
    CHECK(n_read > 1000);
    free(readers[0].buffer);
    free(readers[1].buffer);
}

static void
test_repeat_filter(void)
{
    enum { N = 200000 };
    Env *env = unit_env();
    RepeatFilter filter;
    int n_false = 0, n_missed = 0;

    CHECK(repeat_init(&filter, env, N));
    for (uint64_t i = 0; i < N; i++)
        n_false += repeat_seen(&filter, rng_hash(1, i));
    for (uint64_t i = 0; i < N; i++)
        n_missed += !repeat_seen(&filter, rng_hash(1, i));
    CHECK_EQUAL(n_missed, 0);
    /* the promise of repeat.h; counted while the filter fills, so with a margin below it */
    CHECK(n_false < N / 200);
    CHECK(n_false > 0);

    /* A filter that is far too small still misses nothing. */
    CHECK(repeat_init(&filter, env, 0));
    for (uint64_t i = 0; i < N; i++)
        (void)repeat_seen(&filter, rng_hash(2, i));
    for (uint64_t i = 0; i < N; i++)
        n_missed += !repeat_seen(&filter, rng_hash(2, i));
    CHECK_EQUAL(n_missed, 0);
    unit_env_free(env);

    env = unit_env_failing(1);
    CHECK(!repeat_init(&filter, env, N));
    unit_env_free(env);
}

static void
test_pair_hash(void)
{
    CHECK(repeat_hash_pair("ab", 2, "c", 1) == repeat_hash_pair("ab", 2, "c", 1));
    CHECK(repeat_hash_pair("ab", 2, "c", 1) != repeat_hash_pair("a", 1, "bc", 2));
    CHECK(repeat_hash_pair("ab", 2, "", 0) != repeat_hash_pair("", 0, "ab", 2));
    CHECK(repeat_hash_pair("a", 1, "b", 1) != repeat_hash_pair("b", 1, "a", 1));
    CHECK(repeat_hash_pair("a\0", 2, "b", 1) != repeat_hash_pair("a", 1, "b", 1));
    CHECK(repeat_hash_pair("12345678", 8, "9", 1) != repeat_hash_pair("123456789", 9, "", 0));
}

int
main(void)
{
    unit_begin("warehouse");
    test_identity();
    test_identities_differ();
    test_classes();
    test_unparsable();
    test_lengths();
    test_other_encodings();
    test_zone();
    test_random_bytes();
    test_repeat_filter();
    test_pair_hash();
    return unit_end();
}
