/*
 * generate.h - a made-up shop of any size: raw sales lines, in time order, one at a time.
 *
 * The same options give the same lines, byte for byte (with the same C library: a few draws go through exp
 * and cos, where libraries may differ in the last bit). Memory is O(customers + products + days), whatever
 * the number of lines. src/generate/README.md says what the lines look like.
 */
#ifndef BI_ML_GENERATE_GENERATE_H
#define BI_ML_GENERATE_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "kit/env.h"
#include "kit/status.h"

#define GENERATE_MAX_ROWS      INT64_C(10000000000) /* 10^10 lines are some terabytes */
#define GENERATE_MAX_CUSTOMERS 5000000              /* about 60 bytes each */
#define GENERATE_MAX_PRODUCTS  80000                /* codes have five digits */
#define GENERATE_MAX_DAYS      36600                /* a century */
#define GENERATE_FIRST_YEAR    1900                 /* start_day lies in these years */
#define GENERATE_LAST_YEAR     2199

/* As a number of customers, products or anomalies: choose it from the other options. */
#define GENERATE_DEFAULT INT32_MIN

typedef struct GenerateOptions {
    int64_t n_rows;
    uint64_t seed;
    int32_t n_customers; /* default: one for 125 lines */
    int32_t n_products;  /* default: one for 125 lines, 50 to 4000 */
    int32_t start_day;   /* days since 2000-01-01 */
    int32_t n_days;
    int32_t n_anomalies; /* days with a planted spike, drop or outage; default: one for 40 days */
} GenerateOptions;

/* Fills in the defaults; STATUS_BAD_VALUE names the argument that is out of range. */
Status generate_options_resolve(GenerateOptions *options, Failure *failure);

/* The columns of a line, in their order. */
enum {
    SALES_INVOICE_NO,
    SALES_STOCK_CODE,
    SALES_DESCRIPTION,
    SALES_QUANTITY,
    SALES_INVOICE_DATE,
    SALES_UNIT_PRICE,
    SALES_CUSTOMER_ID,
    SALES_COUNTRY,
    SALES_FIELDS
};

#define SALES_FIELD_SIZE 64

typedef struct SalesField {
    bool is_null;
    uint8_t length;
    char text[SALES_FIELD_SIZE]; /* ASCII, not ended by NUL */
} SalesField;

typedef struct SalesLine {
    SalesField fields[SALES_FIELDS];
} SalesLine;

typedef struct Shop Shop;

/* options must be resolved. STATUS_BAD_VALUE if no day of the period is a trading day. */
Status shop_new(Env *env, const GenerateOptions *options, Shop **shop, Failure *failure);

/* The next line, valid until the next call; NULL when all n_rows were written. Never fails, never allocates.
 */
const SalesLine *shop_next(Shop *shop);

/* What was planted. The factor is against the same day without the anomaly. */
typedef struct PlantedAnomaly {
    int32_t day;        /* days since 2000-01-01 */
    const char *metric; /* "revenue" or "orders" */
    const char *kind;   /* "spike", "drop" or "outage" */
    double factor;
} PlantedAnomaly;

/* All of them by day and metric, in memory of env; a day on which both metrics move has two entries. */
Status generate_planted(Env *env, const GenerateOptions *options, PlantedAnomaly **planted,
                        int32_t *n_planted, Failure *failure);

#endif
