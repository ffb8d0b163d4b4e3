/*
 * generate_internal.h - the parts of a shop: calendar, catalogue, customers, and the invoice being written.
 *
 * Money is in mills (1/1000 of a pound), as a few prices have three decimals.
 *
 * No expression holds two random draws: C leaves the order of arguments and initialisers open, and compilers
 * differ.
 */
#ifndef BI_ML_GENERATE_GENERATE_INTERNAL_H
#define BI_ML_GENERATE_GENERATE_INTERNAL_H

#include "generate/generate.h"
#include "kit/alias.h"
#include "kit/rng.h"

/* Keys of the random streams: what one part draws does not move the others. */
enum {
    STREAM_CALENDAR = 1,
    STREAM_ANOMALIES,
    STREAM_PRODUCTS,
    STREAM_PRODUCT_RANKS,
    STREAM_CUSTOMERS,
    STREAM_TRAITS,
    STREAM_PROMOTIONS,
    STREAM_DAYS
};

/* almanac.c: days since 2000-01-01 */

int almanac_weekday(int32_t day); /* ISO: 1 = Monday ... 7 = Sunday */
int32_t almanac_easter(int year); /* Easter Sunday, from 1583 on */
bool almanac_is_open(int32_t day);

/* calendar.c */

typedef struct TradingDay {
    int32_t day;
    int64_t n_lines;      /* of all kinds */
    double orders_factor; /* of a planted anomaly of orders, else 1; n_lines includes it */
    /* Of a planted anomaly of revenue alone, else 1: more pieces a line, or a price list gone wrong. */
    double quantity_factor, price_factor;
} TradingDay;

typedef struct Calendar {
    TradingDay *days; /* trading days only */
    int32_t n_days;
    PlantedAnomaly *planted;
    int32_t n_planted;
} Calendar;

Status calendar_new(Env *env, const GenerateOptions *options, Calendar *calendar, Failure *failure);

/* Minute of the day at which the share `fraction` (0..1) of a day's lines has been written. */
int calendar_minute(int32_t day, double fraction);

/* catalogue.c */

#define PRODUCT_NAME_SIZE 44

typedef struct Product {
    char code[7];                 /* five digits, perhaps a letter; ends with NUL */
    bool is_christmas;            /* hardly sold from January to August */
    char name[PRODUCT_NAME_SIZE]; /* ends with NUL */
    int32_t price;                /* in mills */
    int32_t first_day, last_day;  /* on sale from, to */
    int32_t rename_day;           /* from then on under another name */
    uint8_t theme;
} Product;

#define N_THEMES 8

typedef struct Catalogue {
    Product *products; /* in the order of their codes: neighbours are variants of one another */
    uint32_t n;
    Alias popularity;
    uint64_t seed;
} Catalogue;

Status catalogue_new(Env *env, const GenerateOptions *options, Catalogue *catalogue, Failure *failure);

/* Whether a product is on sale that day. */
bool catalogue_sells(const Catalogue *catalogue, uint32_t product, int32_t day);

/* A product on sale that day (of that month), by popularity; of the theme, if one is wanted (-1: any) and
 * found soon. */
uint32_t catalogue_draw(const Catalogue *catalogue, Rng *rng, int32_t day, int month, int theme);

/* The price of a product on a day, promotions included; *discount is 1 or the promotion's factor. */
int32_t catalogue_price(const Catalogue *catalogue, uint32_t product, int32_t day, double *discount);

/* The name under which a product goes on a day; room for PRODUCT_NAME_SIZE + 16 characters. */
void catalogue_name(const Catalogue *catalogue, uint32_t product, int32_t day, char *name);

/* words.c */
void words_compose(Rng *rng, bool is_christmas, char name[PRODUCT_NAME_SIZE]);
const char *words_colour(uint32_t i);
const char *words_write_off(Rng *rng);
const char *words_stock_found(Rng *rng);

/* customers.c */

/* What an invoice needs to remember of one of its lines to credit it later. */
typedef struct SoldLine {
    uint32_t product;
    int32_t quantity; /* 0: nothing to credit */
    int32_t price;
} SoldLine;

typedef struct Customers {
    uint32_t n;
    Alias activity;
    int32_t *first_day, *last_day;
    SoldLine *last_sold;
    uint32_t *newcomers; /* by first day */
    uint32_t n_welcomed; /* of them have bought */
    int32_t middle_day;  /* of the period */
    uint64_t seed;
} Customers;

typedef struct CustomerTraits {
    const char *country;
    double basket; /* factor on the number of lines */
    double size;   /* factor on quantities */
    int theme;
} CustomerTraits;

Status customers_new(Env *env, const GenerateOptions *options, Customers *customers, Failure *failure);
uint32_t customers_draw(Customers *customers, Rng *rng, int32_t day);
CustomerTraits customers_traits(const Customers *customers, uint32_t customer, int32_t day);
const char *guest_country(Rng *rng);

/* The country most lines belong to; compared by address. */
extern const char home_country[];

/* charges.c */

typedef struct Charge {
    const char *code, *description;
    int32_t quantity;
    int32_t price;
} Charge;

Charge charge_postage(Rng *rng, const char *country);
Charge charge_web(Rng *rng);       /* postage of the web shop, now and then a voucher */
Charge charge_manual(Rng *rng);    /* typed in by hand */
Charge charge_office(Rng *rng);    /* an invoice of its own: bank charges, fees */
Charge charge_credit(Rng *rng);    /* on a credit note: quantity below 0 */
Charge charge_bad_debt(int which); /* 0: booked, 1 and 2: written off */

/* shop.c */

typedef enum InvoiceKind {
    INVOICE_SALE,
    INVOICE_GUEST,
    INVOICE_CREDIT,
    INVOICE_WRITE_OFF,
    INVOICE_STOCK_FOUND,
    INVOICE_OFFICE,
    INVOICE_BAD_DEBT,
    INVOICE_EXTREME,       /* one line of tens of thousands of pieces, */
    INVOICE_EXTREME_CREDIT /* taken back a few invoices later */
} InvoiceKind;

#define NO_CUSTOMER    UINT32_MAX
#define N_RECENT_SALES 32
#define N_NORMALS      1024
#define BASKET_SLOTS   4096 /* a power of two, several times the longest invoice */
#define MAX_LINES      1100
#define N_BAD_DEBTS    3

typedef struct RecentSale {
    uint32_t customer;
    SoldLine sold;
} RecentSale;

typedef struct Invoice {
    InvoiceKind kind;
    uint32_t customer; /* or NO_CUSTOMER */
    CustomerTraits traits;
    int32_t n_lines, n_written;
    int32_t split_at; /* lines from here on are a minute later; -1: none */
    Charge charge;    /* the last line, unless its code is NULL */
    SoldLine credit;  /* the first line of a credit note, unless its quantity is 0 */
    uint32_t last_product;
} Invoice;

struct Shop {
    Calendar calendar;
    Catalogue catalogue;
    Customers customers;
    Rng rng;                   /* of the day */
    double normals[N_NORMALS]; /* quantiles of the standard normal, for fast draws */
    int32_t day_index;         /* of calendar.days */
    int32_t day;
    int month;
    int64_t n_day_written;
    int minute; /* of the last invoice: time does not run back */
    int64_t number;
    int n_bad_debts;                   /* already written */
    RecentSale recent[N_RECENT_SALES]; /* of today */
    uint32_t n_recent;
    double guest_due;   /* lines that guests are behind their share */
    int32_t next_guest; /* length of their next basket */
    RecentSale extreme; /* to be taken back when the countdown ends */
    int extreme_countdown;
    uint32_t basket[BASKET_SLOTS], basket_stamps[BASKET_SLOTS]; /* the products of this invoice */
    uint32_t stamp;
    Invoice invoice;
    SalesLine line;
    uint64_t seed;
};

bool shop_chance(Shop *shop, double probability);
/* median * exp(sd * z), z from the table of normal quantiles, rounded, within 1..most. */
int32_t shop_lognormal(Shop *shop, double median, double sd, double most);

/* invoice.c: starts the next invoice, of at most n_left lines. */
void invoice_start(Shop *shop, int64_t n_left);

/* The longest basket: part of a usual day's lines, and of the catalogue, as its products are all different.
 */
int32_t invoice_most_lines(const Shop *shop);
void invoice_set_customer(Shop *shop, uint32_t customer);
void invoice_set_guest(Shop *shop, const char *country);

/* credit.c: fills shop->invoice as a credit note. */
void credit_start(Shop *shop);

/* lines.c: writes the next line of the invoice under way into shop->line. */
void invoice_write_line(Shop *shop);

/* fields.c: text of one field */
void field_text(SalesField *field, const char *text); /* NULL for NULL */
void field_integer(SalesField *field, int64_t value);
void field_price(SalesField *field, int32_t mills); /* as short as possible: 2.1, 15 */
void field_time(SalesField *field, int32_t day, int minute);
void field_invoice(SalesField *field, char prefix, int64_t number); /* prefix '\0': none */

#endif
