/*
 * invoice.c - starts an invoice: which kind, whose, how long, when.
 *
 * The shares of the kinds, and the lengths, were set so that the shares of lines come out as in a real gift
 * shop (541,909 lines in 25,900 invoices: 22 lines an order, 95 a guest order, 2.4 a credit note). Guests'
 * baskets are few and long; left to chance, they would make the shares and the days of a small shop erratic.
 * So a guest is served whenever guests are behind their share of lines, and no basket holds more than a third
 * of a usual day's lines.
 */
#include "generate/generate_internal.h"

#include <math.h>

#define SHARE_CREDIT      0.1640
#define SHARE_WRITE_OFF   0.0560
#define SHARE_STOCK_FOUND 0.0325
#define SHARE_OFFICE      0.0010
#define SHARE_EXTREME     0.00008 /* about two in 541,909 lines */

#define ORDER_MEDIAN      15
#define ORDER_SD          0.78
#define GUEST_MEDIAN      67
#define GUEST_SD          1.25
#define SHARE_SHORT_GUEST 0.12
#define GUEST_LINES       0.243     /* guests' share of all lines */
#define LARGEST_SHARE     (1.0 / 3) /* of a day's lines in one basket */
#define SHARE_TWO_MINUTES 0.0017
#define MANUAL_CHARGE     0.018
#define WEB_CHARGE        0.53
#define POSTAGE_CHARGE    0.75
#define EXTREME_LATEST    0.8 /* of the day, so that it can be taken back on it */
#define LAST_MINUTE       (20 * 60 + 59)
#define SHARE_GAPS        0.43
#define FIRST_CUSTOMER_ID 12346

static InvoiceKind
draw_kind(Shop *shop)
{
    double u = rng_uniform(&shop->rng);

    if ((u -= SHARE_CREDIT) < 0)
        return INVOICE_CREDIT;
    if ((u -= SHARE_WRITE_OFF) < 0)
        return INVOICE_WRITE_OFF;
    if ((u -= SHARE_STOCK_FOUND) < 0)
        return INVOICE_STOCK_FOUND;
    if ((u -= SHARE_OFFICE) < 0)
        return INVOICE_OFFICE;
    if (u < SHARE_EXTREME && shop->extreme_countdown == 0)
        return INVOICE_EXTREME;
    return INVOICE_SALE;
}

static bool
is_bad_debt_due(const Shop *shop)
{
    const TradingDay *today = &shop->calendar.days[shop->day_index];

    /* Two thirds through the period, in the middle of the day; not in a shop of a handful of lines. */
    return shop->n_bad_debts < N_BAD_DEBTS && shop->day_index == shop->calendar.n_days * 2 / 3 &&
           today->n_lines >= 20 && shop->n_day_written > today->n_lines / 2;
}

void
invoice_set_customer(Shop *shop, uint32_t customer)
{
    shop->invoice.customer = customer;
    shop->invoice.traits = customers_traits(&shop->customers, customer, shop->day);
}

void
invoice_set_guest(Shop *shop, const char *country)
{
    shop->invoice.customer = NO_CUSTOMER;
    shop->invoice.traits = (CustomerTraits){.country = country, .basket = 1, .size = 1, .theme = -1};
}

int32_t
invoice_most_lines(const Shop *shop)
{
    const TradingDay *today = &shop->calendar.days[shop->day_index];
    double of_day = LARGEST_SHARE * (double)today->n_lines / today->orders_factor;
    double of_catalogue = 1 + shop->catalogue.n / 2.0;

    return (int32_t)fmin(MAX_LINES, fmin(fmax(of_day, 4), of_catalogue));
}

static void
start_sale(Shop *shop)
{
    Invoice *invoice = &shop->invoice;

    invoice_set_customer(shop, customers_draw(&shop->customers, &shop->rng, shop->day));
    invoice->n_lines =
        shop_lognormal(shop, ORDER_MEDIAN * invoice->traits.basket, ORDER_SD, invoice_most_lines(shop));
    if (invoice->traits.country != home_country && shop_chance(shop, POSTAGE_CHARGE))
        invoice->charge = charge_postage(&shop->rng, invoice->traits.country);
    else if (shop_chance(shop, MANUAL_CHARGE))
        invoice->charge = charge_manual(&shop->rng);
    invoice->n_lines += invoice->charge.code != NULL;
}

static int32_t
draw_guest_basket(Shop *shop)
{
    if (shop_chance(shop, SHARE_SHORT_GUEST))
        return 1 + (int32_t)rng_below(&shop->rng, 2);
    return shop_lognormal(shop, GUEST_MEDIAN, GUEST_SD, invoice_most_lines(shop));
}

/* Half a basket early or late on average: the share comes out right in the long run. */
static bool
is_guest_due(Shop *shop)
{
    if (shop->next_guest == 0)
        shop->next_guest = draw_guest_basket(shop);
    return shop->guest_due > 0.5 * fmin(shop->next_guest, invoice_most_lines(shop));
}

static void
start_guest(Shop *shop)
{
    Invoice *invoice = &shop->invoice;

    invoice_set_guest(shop, guest_country(&shop->rng));
    invoice->n_lines = (int32_t)fmin(shop->next_guest, invoice_most_lines(shop));
    shop->next_guest = 0;
    if (shop_chance(shop, WEB_CHARGE)) {
        invoice->charge = charge_web(&shop->rng);
        invoice->n_lines++;
    }
}

static void
start_stock_found(Shop *shop)
{
    invoice_set_guest(shop, home_country);
    shop->invoice.n_lines = shop_chance(shop, 0.25) ? 2 + (int32_t)rng_below(&shop->rng, 3) : 1;
}

/* One line that is a charge. */
static void
start_charge(Shop *shop, Charge charge)
{
    invoice_set_guest(shop, home_country);
    shop->invoice.charge = charge;
    shop->invoice.n_lines = 1;
}

static void
start_extreme(Shop *shop)
{
    invoice_set_customer(shop, customers_draw(&shop->customers, &shop->rng, shop->day));
    shop->invoice.n_lines = 1;
    shop->extreme_countdown = 2 + (int)rng_below(&shop->rng, 6);
}

static void
start_extreme_credit(Shop *shop)
{
    invoice_set_customer(shop, shop->extreme.customer);
    shop->invoice.credit = shop->extreme.sold;
    shop->invoice.n_lines = 1;
}

static void
start_kind(Shop *shop)
{
    switch (shop->invoice.kind) {
    case INVOICE_SALE:
        start_sale(shop);
        break;
    case INVOICE_GUEST:
        start_guest(shop);
        break;
    case INVOICE_CREDIT:
        credit_start(shop);
        break;
    case INVOICE_WRITE_OFF:
        invoice_set_guest(shop, home_country);
        shop->invoice.n_lines = 1;
        break;
    case INVOICE_STOCK_FOUND:
        start_stock_found(shop);
        break;
    case INVOICE_OFFICE:
        start_charge(shop, charge_office(&shop->rng));
        break;
    case INVOICE_BAD_DEBT:
        start_charge(shop, charge_bad_debt(shop->n_bad_debts++));
        break;
    case INVOICE_EXTREME:
        start_extreme(shop);
        break;
    case INVOICE_EXTREME_CREDIT:
        start_extreme_credit(shop);
        break;
    }
}

/* What all lines of the invoice have in common. */
static void
write_head(Shop *shop)
{
    const Invoice *invoice = &shop->invoice;
    SalesField *fields = shop->line.fields;
    bool is_credit = invoice->kind == INVOICE_CREDIT || invoice->kind == INVOICE_EXTREME_CREDIT;

    field_invoice(&fields[SALES_INVOICE_NO],
                  is_credit                           ? 'C'
                  : invoice->kind == INVOICE_BAD_DEBT ? 'A'
                                                      : '\0',
                  shop->number);
    field_time(&fields[SALES_INVOICE_DATE], shop->day, shop->minute);
    if (invoice->customer == NO_CUSTOMER)
        field_text(&fields[SALES_CUSTOMER_ID], NULL);
    else
        field_integer(&fields[SALES_CUSTOMER_ID], FIRST_CUSTOMER_ID + (int64_t)invoice->customer);
    field_text(&fields[SALES_COUNTRY], invoice->traits.country);
}

/* The time follows the share of the day's lines already written, so that the hours fill as they should. */
static void
set_time(Shop *shop)
{
    double from = (double)shop->n_day_written + rng_uniform(&shop->rng) * shop->invoice.n_lines;
    int minute = calendar_minute(shop->day, from / (double)shop->calendar.days[shop->day_index].n_lines);

    if (minute > shop->minute)
        shop->minute = minute < LAST_MINUTE ? minute : LAST_MINUTE;
}

static InvoiceKind
next_kind(Shop *shop)
{
    InvoiceKind kind;

    if (is_bad_debt_due(shop))
        return INVOICE_BAD_DEBT;
    if (shop->extreme_countdown > 0 && --shop->extreme_countdown == 0)
        return INVOICE_EXTREME_CREDIT;
    if (is_guest_due(shop))
        return INVOICE_GUEST;
    kind = draw_kind(shop);
    if (kind == INVOICE_EXTREME &&
        (double)shop->n_day_written > EXTREME_LATEST * (double)shop->calendar.days[shop->day_index].n_lines)
        return INVOICE_SALE;
    return kind;
}

void
invoice_start(Shop *shop, int64_t n_left)
{
    Invoice *invoice = &shop->invoice;

    *invoice = (Invoice){.kind = next_kind(shop), .split_at = -1, .last_product = UINT32_MAX};
    start_kind(shop);
    if (invoice->n_lines > n_left)
        invoice->n_lines = (int32_t)n_left;
    shop->guest_due += invoice->n_lines * (GUEST_LINES - (invoice->kind == INVOICE_GUEST));
    set_time(shop);
    if (invoice->n_lines > 1 && shop->minute < LAST_MINUTE && shop_chance(shop, SHARE_TWO_MINUTES))
        invoice->split_at = 1 + (int32_t)rng_below(&shop->rng, (uint64_t)invoice->n_lines - 1);
    /* Numbers have gaps: drafts that were never sent. */
    while (shop_chance(shop, SHARE_GAPS))
        shop->number++;
    shop->number++;
    shop->stamp++;
    write_head(shop);
}
