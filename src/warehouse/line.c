/*
 * line.c - see line.h for what a line becomes; the order of the checks is the precedence of the classes.
 */
#include "warehouse/line.h"

#include <string.h>

#include "kit/civil.h"
#include "warehouse/identity.h"
#include "warehouse/parse.h"

#define MAX_CUSTOMER_ID INT64_C(1000000000000000000) /* 18 digits, well inside bigint */
#define MAX_UNIT_PRICE  INT64_C(1000000000000)       /* numeric(12,4) times 10,000 */
#define MAX_AMOUNT      INT64_C(100000000000000)     /* numeric(14,4) times 10,000 */

static const char *const class_names[] = {"unparsable", "positive_credit", "stock_adjustment", "zero_price",
                                          "return",     "charge_credit",   "charge",           "sale"};

static const char *const field_names[] = {"invoice_no",   "stock_code", "description", "quantity",
                                          "invoice_date", "unit_price", "customer_id", "country"};

bool
line_text_equal(LineText a, LineText b)
{
    if (a.data == NULL || b.data == NULL)
        return a.data == b.data;
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

const char *
line_class_name(LineClass class)
{
    return class_names[class];
}

int32_t
line_date_key(const SalesLine *line)
{
    CivilDate date = civil_date(civil_day_of(line->order_ts));

    return (int32_t)date.year * 10000 + date.month * 100 + date.day;
}

const char *
line_field_name(LineField field)
{
    return field_names[field];
}

size_t
line_buffer_size(const LineText fields[LINE_N_FIELDS])
{
    size_t size = 0;

    /* The normalised texts, and all canonical values with their length prefixes. */
    for (int i = 0; i < LINE_N_FIELDS; i++)
        size += 2 * fields[i].length + 2 * IDENTITY_MAX_NUMBER;
    return size;
}

/* The length in bytes of the blank at p, 0 if there is none. */
static inline size_t
blank_length(const char *p, const char *end, bool is_utf8)
{
    unsigned char c = (unsigned char)*p;

    if (c > ' ' && c < 0x80)
        return 0;
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return 1;
    if (is_utf8 && c == 0xc2 && end - p >= 2 && (unsigned char)p[1] == 0xa0)
        return 2;
    if (is_utf8 && c == 0xef && end - p >= 3 && (unsigned char)p[1] == 0xbb && (unsigned char)p[2] == 0xbf)
        return 3;
    return 0;
}

/* The same of the blank that ends at `end`: in UTF-8 no character ends with the bytes of another. */
static inline size_t
last_blank_length(const char *p, const char *end, bool is_utf8)
{
    for (ptrdiff_t n = 1; n <= 3 && n <= end - p; n++)
        if (blank_length(end - n, end, is_utf8) == (size_t)n)
            return (size_t)n;
    return 0;
}

/* Trims; an empty text becomes NULL. Works in place on the loader's bytes. */
static LineText
trim(LineText text, bool is_utf8)
{
    const char *p = text.data, *end;
    size_t n;

    if (p == NULL)
        return text;
    end = p + text.length;
    while (p < end && (n = blank_length(p, end, is_utf8)) > 0)
        p += n;
    while (p < end && (n = last_blank_length(p, end, is_utf8)) > 0)
        end -= n;
    return (LineText){end > p ? p : NULL, (size_t)(end - p)};
}

static LineText
collapse_blanks(LineText text, bool is_utf8, char **buffer)
{
    const char *p = text.data, *end;
    char *start = *buffer, *to = start;

    if (p == NULL)
        return text;
    end = p + text.length;
    while (p < end) {
        size_t n = blank_length(p, end, is_utf8);

        if (n == 0) {
            *to++ = *p++;
        } else {
            if (to > start && to[-1] != ' ')
                *to++ = ' ';
            p += n;
        }
    }
    *buffer = to;
    return (LineText){start, (size_t)(to - start)};
}

static LineText
upper_ascii(LineText text, char **buffer)
{
    char *to = *buffer;

    for (size_t i = 0; i < text.length; i++)
        to[i] = text.data[i] >= 'a' && text.data[i] <= 'z' ? (char)(text.data[i] - 'a' + 'A') : text.data[i];
    *buffer += text.length;
    return (LineText){text.data != NULL ? to : NULL, text.length};
}

/* No longer than max bytes, cut at a character's border. */
static LineText
cut(LineText text, size_t max, bool is_utf8)
{
    if (text.length <= max)
        return text;
    text.length = max;
    while (is_utf8 && text.length > 0 && ((unsigned char)text.data[text.length] & 0xc0) == 0x80)
        text.length--;
    return text;
}

static bool
is_charge_code(LineText code, const LineRules *rules)
{
    for (size_t i = 0; i < rules->n_charge_codes; i++) {
        LineText pattern = rules->charge_codes[i];
        bool prefix = pattern.length > 0 && pattern.data[pattern.length - 1] == '%';
        size_t n = pattern.length - prefix;

        if ((prefix ? code.length >= n : code.length == n) && memcmp(code.data, pattern.data, n) == 0)
            return true;
    }
    return false;
}

static bool
equals_ignoring_case(LineText text, const char *word)
{
    size_t i;

    for (i = 0; i < text.length && word[i] != '\0'; i++)
        if ((text.data[i] | 0x20) != word[i])
            return false;
    return i == text.length && word[i] == '\0';
}

static bool
is_header(LineText invoice_no)
{
    return equals_ignoring_case(invoice_no, "invoiceno") || equals_ignoring_case(invoice_no, "invoice") ||
           (invoice_no.length == 10 && equals_ignoring_case((LineText){invoice_no.data, 7}, "invoice") &&
            equals_ignoring_case((LineText){invoice_no.data + 8, 2}, "no"));
}

/* The parsers want an address, also of no bytes. */
static inline const char *
bytes_of(LineText text)
{
    return text.data != NULL ? text.data : "";
}

static void
remember_time(LineMemo *memo, LineText text, int64_t value)
{
    if (memo == NULL || text.length > sizeof(memo->time))
        return;
    memcpy(memo->time, text.data, text.length);
    memo->length = text.length;
    memo->order_ts = value;
}

static bool
recall_time(const LineMemo *memo, LineText text, int64_t *value)
{
    if (memo == NULL || memo->length == 0 || memo->length != text.length ||
        memcmp(memo->time, text.data, text.length) != 0)
        return false;
    *value = memo->order_ts;
    return true;
}

static const char *
read_time(LineText text, const LineRules *rules, int64_t *value)
{
    bool has_zone;
    const char *problem;

    if (recall_time(rules->memo, text, value))
        return NULL;
    problem = parse_time(bytes_of(text), text.length, value, &has_zone);
    if (problem != NULL)
        return problem;
    if (!has_zone) {
        remember_time(rules->memo, text, *value);
        return NULL;
    }
    if (rules->to_local == NULL || !rules->to_local(rules->context, *value, value))
        return "has a time zone that cannot be converted";
    return NULL;
}

static const LineField required_fields[] = {LINE_INVOICE_NO, LINE_STOCK_CODE, LINE_QUANTITY,
                                            LINE_INVOICE_DATE, LINE_UNIT_PRICE};

/* Quantity and price, and their product where both can be read. */
static void
read_amount(const LineText f[LINE_N_FIELDS], SalesLine *line, const char *problems[LINE_N_FIELDS])
{
    int64_t quantity = 0;
    __int128 amount;

    problems[LINE_QUANTITY] =
        parse_integer(bytes_of(f[LINE_QUANTITY]), f[LINE_QUANTITY].length, (int64_t)INT32_MAX + 1, &quantity);
    problems[LINE_UNIT_PRICE] = parse_decimal(bytes_of(f[LINE_UNIT_PRICE]), f[LINE_UNIT_PRICE].length, 4,
                                              MAX_UNIT_PRICE, &line->unit_price);
    if (problems[LINE_QUANTITY] != NULL || problems[LINE_UNIT_PRICE] != NULL)
        return;
    line->quantity = (int32_t)quantity;
    amount = (__int128)quantity * line->unit_price;
    if (amount >= MAX_AMOUNT || amount <= -MAX_AMOUNT) {
        problems[LINE_QUANTITY] = "times unit_price is out of range";
        return;
    }
    line->has_amount = true;
    line->amount = (int64_t)amount;
}

static const char *
check_key(LineText text)
{
    return text.length > LINE_MAX_KEY ? "is longer than 100 bytes" : NULL;
}

/* Reads all values; false, with the first wrong field and its reason, when one cannot be read. */
static bool
read_values(const LineText f[LINE_N_FIELDS], const LineRules *rules, SalesLine *line)
{
    const char *problems[LINE_N_FIELDS] = {NULL};

    read_amount(f, line, problems);
    problems[LINE_INVOICE_DATE] = read_time(f[LINE_INVOICE_DATE], rules, &line->order_ts);
    if (problems[LINE_INVOICE_DATE] == NULL && rules->latest_ts != 0 && line->order_ts > rules->latest_ts)
        problems[LINE_INVOICE_DATE] = "lies more than a year ahead";
    line->has_customer = f[LINE_CUSTOMER_ID].data != NULL;
    if (line->has_customer)
        problems[LINE_CUSTOMER_ID] = parse_integer(f[LINE_CUSTOMER_ID].data, f[LINE_CUSTOMER_ID].length,
                                                   MAX_CUSTOMER_ID, &line->customer_id);
    problems[LINE_STOCK_CODE] = check_key(f[LINE_STOCK_CODE]);
    problems[LINE_COUNTRY] = check_key(f[LINE_COUNTRY]);
    problems[LINE_INVOICE_NO] = check_key(f[LINE_INVOICE_NO]);
    for (size_t i = 0; i < sizeof(required_fields) / sizeof(required_fields[0]); i++)
        if (f[required_fields[i]].data == NULL)
            problems[required_fields[i]] = "is missing";
    if (f[LINE_INVOICE_NO].data != NULL && is_header(f[LINE_INVOICE_NO]))
        problems[LINE_INVOICE_NO] = "looks like the file's header line";
    for (int i = 0; i < LINE_N_FIELDS; i++)
        if (problems[i] != NULL) {
            line->class = LINE_UNPARSABLE;
            line->bad_field = (LineField)i;
            line->reason = problems[i];
            return false;
        }
    return true;
}

static LineClass
classify(const SalesLine *line, const LineRules *rules)
{
    bool is_credit = line->invoice_no.data[0] == 'C' || line->invoice_no.data[0] == 'c';
    bool is_charge = is_charge_code(line->stock_code, rules);

    if (is_credit) {
        if (line->unit_price <= 0)
            return LINE_ZERO_PRICE;
        if (is_charge)
            return LINE_CHARGE_CREDIT;
        return line->quantity < 0 ? LINE_RETURN : LINE_POSITIVE_CREDIT;
    }
    if (line->quantity <= 0)
        return LINE_STOCK_ADJUSTMENT;
    if (line->unit_price <= 0)
        return LINE_ZERO_PRICE;
    return is_charge ? LINE_CHARGE : LINE_SALE;
}

static const char *
class_reason(LineClass class)
{
    switch (class) {
    case LINE_POSITIVE_CREDIT:
        return "credit note whose quantity is not negative";
    case LINE_STOCK_ADJUSTMENT:
        return "quantity is zero or negative and the invoice is no credit note";
    case LINE_ZERO_PRICE:
        return "unit price is zero or negative";
    default:
        return NULL;
    }
}

void
line_read(const LineText fields[LINE_N_FIELDS], const LineRules *rules, char *buffer, SalesLine *line)
{
    LineText f[LINE_N_FIELDS];

    memset(line, 0, sizeof(*line));
    for (int i = 0; i < LINE_N_FIELDS; i++)
        f[i] = trim(fields[i], rules->is_utf8);
    line->invoice_no = f[LINE_INVOICE_NO];
    line->stock_code = upper_ascii(f[LINE_STOCK_CODE], &buffer);
    line->description = collapse_blanks(f[LINE_DESCRIPTION], rules->is_utf8, &buffer);
    line->country = f[LINE_COUNTRY];
    if (!read_values(f, rules, line))
        return;
    identity_hash(line, buffer);
    line->description = cut(line->description, LINE_MAX_DESCRIPTION, rules->is_utf8);
    line->class = classify(line, rules);
    line->reason = class_reason(line->class);
}
