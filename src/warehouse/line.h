/*
 * line.h - one raw sales line: normalised, parsed, hashed and classified.
 *
 * The eight text fields arrive as a loader wrote them. line_read() trims them, reads numbers and times,
 * derives the identity of the line (MD5 of the canonical values) and gives it exactly one class.
 * Cost: one pass over the bytes and one MD5; no allocation, the caller lends a buffer of line_buffer_size()
 * bytes.
 *
 * Normalisation: blanks are ASCII white space and, in UTF-8, U+00A0 and U+FEFF; every field is trimmed, the
 * description's inner runs of blanks become one space, the stock code's ASCII letters upper case, '' is NULL.
 *
 * Identity: MD5 over the eight canonical values in the order of LineField. Each is written as its length in
 * bytes, ':' and the bytes; NULL as '-'. Numbers: quantity and customer as decimal integers, the price with
 * exactly four decimals; times as YYYY-MM-DD HH:MM:SS.ffffff. It never changes between server versions.
 */
#ifndef BI_ML_WAREHOUSE_LINE_H
#define BI_ML_WAREHOUSE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum LineField {
    LINE_INVOICE_NO,
    LINE_STOCK_CODE,
    LINE_DESCRIPTION,
    LINE_QUANTITY,
    LINE_INVOICE_DATE,
    LINE_UNIT_PRICE,
    LINE_CUSTOMER_ID,
    LINE_COUNTRY,
    LINE_N_FIELDS
} LineField;

/* Bytes that are not ended by NUL; data == NULL is SQL's NULL. */
typedef struct LineText {
    const char *data;
    size_t length;
} LineText;

/* Byte for byte; two NULLs are equal. */
bool line_text_equal(LineText a, LineText b);

/* In the order of precedence in which a line is given its class. */
typedef enum LineClass {
    LINE_UNPARSABLE,       /* rejected: a required field is missing or unreadable */
    LINE_POSITIVE_CREDIT,  /* rejected: a credit note for goods whose quantity is not negative */
    LINE_STOCK_ADJUSTMENT, /* rejected: quantity <= 0 and no credit note */
    LINE_ZERO_PRICE,       /* rejected: unit price <= 0 */
    LINE_RETURN,           /* credit note for goods */
    LINE_CHARGE_CREDIT,    /* credit note for a charge code */
    LINE_CHARGE,           /* a charge code: postage, fees, manual entries */
    LINE_SALE
} LineClass;

/* Longest keys, so that they fit into an index entry with room to spare; in bytes. */
#define LINE_MAX_KEY         100
#define LINE_MAX_DESCRIPTION 1000

/* Years a business date may have: a mistyped year must not blow up the calendar. */
#define LINE_FIRST_YEAR 1970
#define LINE_LAST_YEAR  2100

/* The country of lines that name none; key 0 of dim_country. */
#define LINE_UNSPECIFIED "Unspecified"

#define LINE_MONEY_SCALE 10000 /* unit_price is numeric(12,4): kept as an integer of 1/10,000 */

/* The time that was read last, for the many lines that have the time of the line before; zeroed at first. */
typedef struct LineMemo {
    char time[40];
    size_t length;
    int64_t order_ts;
} LineMemo;

typedef struct LineRules {
    bool is_utf8; /* U+00A0 and U+FEFF count as blanks */
    /* Codes that are charges, not goods; a final '%' stands for any ending. Upper case. */
    const LineText *charge_codes;
    size_t n_charge_codes;
    /* Lines later than this are mistyped; 0: there is no limit. */
    int64_t latest_ts;
    /* Local time in the warehouse's zone of a UTC time (microseconds since 2000-01-01); NULL: times with an
     * offset are refused. */
    bool (*to_local)(void *context, int64_t utc, int64_t *local);
    void *context;
    LineMemo *memo; /* NULL: none is kept */
} LineRules;

typedef struct SalesLine {
    LineClass class;
    LineText invoice_no, stock_code, description, country; /* normalised, in the caller's buffer */
    int32_t quantity;
    int64_t order_ts;   /* microseconds since 2000-01-01 of the local clock, as PostgreSQL counts */
    int64_t unit_price; /* 1/10,000 */
    bool has_amount; /* quantity and price were read, also of a line that is unparsable for another reason */
    int64_t amount;  /* quantity x unit_price, 1/10,000 */
    bool has_customer;
    int64_t customer_id;
    unsigned char hash[16]; /* all zero when unparsable */
    LineField bad_field;    /* unparsable: the first field that is wrong */
    const char *reason;     /* rejected: a constant sentence; NULL otherwise */
} SalesLine;

size_t line_buffer_size(const LineText fields[LINE_N_FIELDS]);

void line_read(const LineText fields[LINE_N_FIELDS], const LineRules *rules, char *buffer, SalesLine *line);

/* The rule's name in rejected_sales, quality_rule and mart_data_quality ('sale', 'duplicate' is the
 * warehouse's own). */
const char *line_class_name(LineClass class);

/* The line's day as the number yyyymmdd. */
int32_t line_date_key(const SalesLine *line);

/* The SQL name of a raw column. */
const char *line_field_name(LineField field);

#endif
