/*
 * credit.c - starts a credit note: whose, and which earlier line it takes back.
 *
 * The shop remembers one line of every customer, and some lines of the current day; a credit note takes one
 * of them back, exactly or in part, or names goods that nobody can match, as in real books.
 */
#include "generate/generate_internal.h"

#define CREDIT_TODAY    0.19 /* credit notes that take back a line of the same day, */
#define CREDIT_EARLIER  0.60 /* and of an earlier day */
#define CREDIT_PARTLY   0.10 /* of those: fewer pieces than were sold */
#define CREDIT_GUEST    0.04
#define CREDIT_ONE_LINE 0.64

/* A line is taken back once: both places that remember it forget it. */
static void
forget(Shop *shop, RecentSale *sale)
{
    SoldLine *last = &shop->customers.last_sold[sale->customer];

    if (last->product == sale->sold.product && last->price == sale->sold.price)
        last->quantity = 0;
    sale->sold.quantity = 0;
}

static bool
credit_today(Shop *shop)
{
    uint32_t n = shop->n_recent < N_RECENT_SALES ? shop->n_recent : N_RECENT_SALES;
    RecentSale *sale;

    if (n == 0)
        return false;
    sale = &shop->recent[rng_below(&shop->rng, n)];
    if (sale->sold.quantity == 0)
        return false;
    invoice_set_customer(shop, sale->customer);
    shop->invoice.credit = sale->sold;
    forget(shop, sale);
    return true;
}

static bool
credit_earlier(Shop *shop)
{
    for (int i = 0; i < 20; i++) {
        uint32_t customer = alias_draw(&shop->customers.activity, &shop->rng);
        SoldLine *last = &shop->customers.last_sold[customer];

        if (last->quantity == 0)
            continue;
        invoice_set_customer(shop, customer);
        shop->invoice.credit = *last;
        last->quantity = 0;
        return true;
    }
    return false;
}

void
credit_start(Shop *shop)
{
    Invoice *invoice = &shop->invoice;
    double u = rng_uniform(&shop->rng);
    bool found = u < CREDIT_TODAY                    ? credit_today(shop)
                 : u < CREDIT_TODAY + CREDIT_EARLIER ? credit_earlier(shop)
                                                     : false;

    invoice->n_lines = 1;
    if (!shop_chance(shop, CREDIT_ONE_LINE))
        invoice->n_lines += shop_lognormal(shop, 2.2, 1.05, invoice_most_lines(shop));
    if (!found && shop_chance(shop, CREDIT_GUEST / (1 - CREDIT_TODAY - CREDIT_EARLIER)))
        invoice_set_guest(shop, home_country);
    else if (!found)
        invoice_set_customer(shop, customers_draw(&shop->customers, &shop->rng, shop->day));
    else if (shop_chance(shop, CREDIT_PARTLY))
        invoice->credit.quantity = (invoice->credit.quantity + 1) / 2;
}
