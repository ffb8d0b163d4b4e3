/*
 * straight_pg.h - the short way of a first load: sales that surely are no copies go straight into fact_sales,
 * with keys given out here, and are summed up for the first rollups (sums.h).
 *
 * Writes fact_sales, work_product, work_customer, work_summary, work_part and work_cell.
 */
#ifndef BI_ML_WAREHOUSE_STRAIGHT_PG_H
#define BI_ML_WAREHOUSE_STRAIGHT_PG_H

#include "pg/compat.h"

#include "warehouse/bulk_pg.h"
#include "warehouse/dictionary.h"
#include "warehouse/sums.h"

/* What went straight into fact_sales, of one load. */
typedef struct Tally {
    int64 load_id, rows, amount, first_ts, last_ts;
} Tally;

/* Prices and amounts as the server writes them: most come again soon. */
#define MONEY_SLOTS 4096
#define MONEY_BYTES 24

typedef struct Money {
    int64 amount; /* 0: free */
    char numeric[MONEY_BYTES];
} Money;

typedef struct Straight {
    int64 run_id, next_sale_id;
    Dictionary *countries;
    Dictionary products, customers;
    Sums sums;
    Tally tally;
    Money *prices, *amounts; /* apart, since a row has one of each */
    BulkWriter fact, product, customer, summary, part, cell;
} Straight;

/* False when there is no memory. Countries that sales name are counted in the dictionary; `pages` is the size
 * to expect of fact_sales. */
bool straight_begin(Straight *straight, Env *env, int64 run_id, int64 first_sale_id, Dictionary *countries,
                    BlockNumber pages);

/* True if the sale's product surely was taken before with the same invoice. */
bool straight_has(const Straight *straight, const SalesLine *line, const DictionaryEntry *alias);

/* Takes a sale, which is counted in its alias too; is_again: straight_has. False when a dictionary is full:
 * the line must then go the long way. */
bool straight_take(Straight *straight, int64 load_id, const SalesLine *line, bool is_again,
                   DictionaryEntry *alias);

void straight_end(Straight *straight);

#endif
