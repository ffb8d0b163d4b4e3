/*
 * sums.h - what the sales of a first load add up to, while they pass by: the lines of an invoice, and the
 * weeks of a product.
 *
 * Neither sum need be whole: the lines of an invoice mostly stand together, so one sum at a time is kept and
 * given out when another begins; the cells of products and weeks are kept in a table of fixed size (10 MB)
 * that is given out when it is full. A key may so be given out several times, and whoever receives the sums
 * adds them up again, which is little work. Cost: one hash a line.
 */
#ifndef BI_ML_WAREHOUSE_SUMS_H
#define BI_ML_WAREHOUSE_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"
#include "warehouse/dictionary.h"
#include "warehouse/line.h"

/* Numbers of products. */
#define SUMS_MAX_PRODUCTS DICTIONARY_MAX_TEXTS

/* One line that was sold; customer and country by number. */
typedef struct Sale {
    LineText invoice_no; /* at most LINE_MAX_KEY bytes */
    int64_t order_ts;
    int32_t product, customer, country;
    int32_t quantity;
    bool is_again;  /* the invoice has the product already: not one more order */
    int64_t amount; /* 1/10,000; 0 <= amount < 10^14 */
} Sale;

/* An invoice's sales of one hour, customer and country. */
typedef struct OrderSum {
    LineText invoice_no;
    int64_t hour_ts; /* the hour's beginning */
    int32_t customer, country;
    int64_t revenue, units, lines; /* lines 0: nothing is kept */
    int64_t last_ts;
} OrderSum;

/* A product's sales of one week. */
typedef struct WeekSum {
    int32_t product;
    int32_t week; /* day number of its Monday */
    int64_t revenue;
    int32_t units, lines, orders; /* lines 0: free */
} WeekSum;

typedef struct Sums {
    OrderSum order;
    char invoice_no[LINE_MAX_KEY];
    /* Of each product, the last run of lines of one invoice that had it; runs count from 1. */
    uint32_t *last_run, run;
    WeekSum *weeks; /* open addressing */
    size_t n_weeks;
    void (*emit_order)(const OrderSum *sum, void *context);
    void (*emit_week)(const WeekSum *sum, void *context);
    void *context;
} Sums;

/* The sums must not move while they are used. False when there is no memory. */
bool sums_init(Sums *sums, Env *env, void (*emit_order)(const OrderSum *sum, void *context),
               void (*emit_week)(const WeekSum *sum, void *context), void *context);

/* True if a sale of that product was added since another invoice's sale: a look at the lines that stand
 * together, which says nothing about lines that do not. */
bool sums_has(const Sums *sums, LineText invoice_no, int32_t product);

/* Asks the memory for what sums_add will want. */
void sums_prefetch(const Sums *sums, const Sale *sale);

void sums_add(Sums *sums, const Sale *sale);

/* Gives out all that is kept. */
void sums_end(Sums *sums);

#endif
