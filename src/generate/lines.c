/*
 * lines.c - the lines of an invoice: product, quantity, price, and the slips that go with them.
 */
#include "generate/generate_internal.h"

#include <math.h>
#include <string.h>

#define SHARE_DUPLICATE   0.0088 /* of sale lines: typed or scanned twice, all columns equal */
#define SHARE_AGAIN       0.010  /* the product of the line before, in another quantity */
#define SHARE_VARIANT     0.12   /* a variant of the product of the line before */
#define SHARE_TASTE       0.5    /* lines of the customer's favourite theme, if found soon */
#define SHARE_LOWER_CASE  0.055  /* of guests' lines whose code has a letter */
#define SHARE_GIFT        0.0001 /* of customers' lines: free of charge */
#define SHARE_REMEMBERED  0.3    /* of customers' lines: may be taken back one day */
#define SHARE_RECENT      0.04   /* may be taken back the same day */
#define CREDIT_CHARGE     0.065  /* of credit lines */
#define GUEST_FACTOR      1.97   /* retail over wholesale price */
#define BULK_QUANTITY     48
#define BULK_FACTOR       0.86
#define ELASTICITY        1.5 /* of quantities to a promotion's price */
#define WRITE_OFF_NO_TEXT 0.645
#define STOCK_NO_TEXT     0.50
#define STOCK_ODD_TEXT    0.12

/* Goods are sold by the pack. */
static const int16_t pack_sizes[] = {1,   2,   3,   4,    5,    6,    8,    10,   12,   16,   18,   20,  24,
                                     25,  30,  32,  36,   40,   48,   50,   60,   72,   80,   96,   100, 120,
                                     144, 160, 192, 200,  240,  288,  300,  360,  400,  480,  500,  576, 600,
                                     720, 800, 960, 1000, 1200, 1440, 1800, 2000, 2400, 3000, 3600, 4800};

enum { N_PACK_SIZES = sizeof(pack_sizes) / sizeof(pack_sizes[0]) };

static int32_t
whole_packs(int32_t quantity)
{
    int low = 0, high = N_PACK_SIZES - 1;

    while (low < high) {
        int middle = (low + high + 1) / 2;

        if (pack_sizes[middle] <= quantity)
            low = middle;
        else
            high = middle - 1;
    }
    return pack_sizes[low];
}

/* True if the product was not yet in this invoice's basket. */
static bool
basket_add(Shop *shop, uint32_t product)
{
    uint32_t slot = (product * UINT32_C(2654435761)) & (BASKET_SLOTS - 1);

    while (shop->basket_stamps[slot] == shop->stamp) {
        if (shop->basket[slot] == product)
            return false;
        slot = (slot + 1) & (BASKET_SLOTS - 1);
    }
    shop->basket[slot] = product;
    shop->basket_stamps[slot] = shop->stamp;
    return true;
}

static uint32_t
draw_candidate(Shop *shop)
{
    const Invoice *invoice = &shop->invoice;
    int theme = invoice->traits.theme;
    uint32_t variant;

    if (invoice->last_product != UINT32_MAX && shop_chance(shop, SHARE_VARIANT)) {
        variant = (invoice->last_product & ~UINT32_C(3)) + (uint32_t)rng_below(&shop->rng, 4);
        if (variant < shop->catalogue.n && catalogue_sells(&shop->catalogue, variant, shop->day))
            return variant;
    }
    if (theme >= 0 && !shop_chance(shop, SHARE_TASTE))
        theme = -1;
    return catalogue_draw(&shop->catalogue, &shop->rng, shop->day, shop->month, theme);
}

static uint32_t
draw_product(Shop *shop)
{
    Invoice *invoice = &shop->invoice;
    uint32_t product = invoice->last_product;

    if (product == UINT32_MAX || !shop_chance(shop, SHARE_AGAIN)) {
        product = draw_candidate(shop);
        for (int i = 0; i < 8 && !basket_add(shop, product); i++)
            product = draw_candidate(shop);
    }
    invoice->last_product = product;
    return product;
}

static void
write_goods(Shop *shop, uint32_t product, int32_t quantity, int32_t price)
{
    SalesField *fields = shop->line.fields;
    char name[PRODUCT_NAME_SIZE + 16];

    catalogue_name(&shop->catalogue, product, shop->day, name);
    field_text(&fields[SALES_STOCK_CODE], shop->catalogue.products[product].code);
    field_text(&fields[SALES_DESCRIPTION], name);
    field_integer(&fields[SALES_QUANTITY], quantity);
    field_price(&fields[SALES_UNIT_PRICE], price);
}

static void
write_charge(Shop *shop, const Charge *charge)
{
    SalesField *fields = shop->line.fields;

    field_text(&fields[SALES_STOCK_CODE], charge->code);
    field_text(&fields[SALES_DESCRIPTION], charge->description);
    field_integer(&fields[SALES_QUANTITY], charge->quantity);
    field_price(&fields[SALES_UNIT_PRICE], charge->price);
}

static int32_t
whole_pence(double mills)
{
    int32_t pence = (int32_t)(mills / 10 + 0.5);

    return 10 * (pence > 0 ? pence : 1);
}

static void
remember(Shop *shop, uint32_t product, int32_t quantity, int32_t price)
{
    SoldLine sold = {product, quantity, price};
    uint32_t customer = shop->invoice.customer;
    SoldLine *last = &shop->customers.last_sold[customer];

    if (last->quantity == 0 || shop_chance(shop, SHARE_REMEMBERED))
        *last = sold;
    if (shop_chance(shop, SHARE_RECENT))
        shop->recent[shop->n_recent++ % N_RECENT_SALES] = (RecentSale){customer, sold};
}

static void
write_sale_line(Shop *shop)
{
    const TradingDay *today = &shop->calendar.days[shop->day_index];
    uint32_t product = draw_product(shop);
    double discount;
    int32_t price = catalogue_price(&shop->catalogue, product, shop->day, &discount), quantity;
    /* Cheap goods go by the dozen. */
    double median = 6.5 * shop->invoice.traits.size * pow(2000.0 / price, 0.35);

    if (discount < 1)
        median *= pow(discount, -ELASTICITY);
    quantity = whole_packs(shop_lognormal(shop, median, 0.85, 4800));
    if (today->quantity_factor != 1)
        quantity = (int32_t)fmax(1, quantity * today->quantity_factor + 0.5);
    price = whole_pence(price * (quantity >= BULK_QUANTITY ? BULK_FACTOR : 1) * today->price_factor);
    if (shop_chance(shop, SHARE_GIFT))
        price = 0;
    else
        remember(shop, product, quantity, price);
    write_goods(shop, product, quantity, price);
}

static void
write_guest_line(Shop *shop)
{
    const TradingDay *today = &shop->calendar.days[shop->day_index];
    SalesField *code = &shop->line.fields[SALES_STOCK_CODE];
    uint32_t product = draw_product(shop);
    double discount;
    int32_t price = catalogue_price(&shop->catalogue, product, shop->day, &discount);
    int32_t quantity = shop_lognormal(shop, 1.5, 0.95, 1000);

    quantity = (int32_t)(quantity * today->quantity_factor + 0.5);
    write_goods(shop, product, quantity, whole_pence(price * GUEST_FACTOR * today->price_factor));
    if (code->length == 6 && shop_chance(shop, SHARE_LOWER_CASE))
        code->text[5] = (char)(code->text[5] - 'A' + 'a');
}

static void
write_credit_line(Shop *shop)
{
    const SoldLine *credit = &shop->invoice.credit;
    double factor = shop->invoice.customer == NO_CUSTOMER ? GUEST_FACTOR : 1, discount;
    uint32_t product;

    if (credit->quantity > 0 && shop->invoice.n_written == 0) {
        write_goods(shop, credit->product, -credit->quantity, credit->price);
        return;
    }
    if (shop_chance(shop, CREDIT_CHARGE)) {
        Charge charge = charge_credit(&shop->rng);

        write_charge(shop, &charge);
        return;
    }
    product = draw_product(shop);
    write_goods(shop, product, -shop_lognormal(shop, 3, 1.1, 2000),
                whole_pence(catalogue_price(&shop->catalogue, product, shop->day, &discount) * factor));
}

static void
write_write_off(Shop *shop)
{
    uint32_t product = draw_product(shop);

    write_goods(shop, product, -shop_lognormal(shop, 25, 1.4, 9600), 0);
    field_text(&shop->line.fields[SALES_DESCRIPTION],
               shop_chance(shop, WRITE_OFF_NO_TEXT) ? NULL : words_write_off(&shop->rng));
}

static void
write_stock_found(Shop *shop)
{
    SalesField *description = &shop->line.fields[SALES_DESCRIPTION];
    double u = rng_uniform(&shop->rng);
    uint32_t product = draw_product(shop);

    write_goods(shop, product, shop_lognormal(shop, 12, 1.4, 9600), 0);
    if (u < STOCK_NO_TEXT)
        field_text(description, NULL);
    else if (u < STOCK_NO_TEXT + STOCK_ODD_TEXT)
        field_text(description, words_stock_found(&shop->rng));
}

static void
write_extreme(Shop *shop)
{
    uint32_t product = draw_product(shop);
    double discount;
    int32_t price = catalogue_price(&shop->catalogue, product, shop->day, &discount);
    int32_t quantity = 10 * shop_lognormal(shop, 2500, 0.8, 8000);

    shop->extreme = (RecentSale){shop->invoice.customer, {product, quantity, price}};
    write_goods(shop, product, quantity, price);
}

static void
write_kind(Shop *shop)
{
    switch (shop->invoice.kind) {
    case INVOICE_SALE:
        write_sale_line(shop);
        break;
    case INVOICE_GUEST:
        write_guest_line(shop);
        break;
    case INVOICE_CREDIT:
    case INVOICE_EXTREME_CREDIT:
        write_credit_line(shop);
        break;
    case INVOICE_WRITE_OFF:
        write_write_off(shop);
        break;
    case INVOICE_STOCK_FOUND:
        write_stock_found(shop);
        break;
    case INVOICE_EXTREME:
        write_extreme(shop);
        break;
    case INVOICE_OFFICE:
    case INVOICE_BAD_DEBT:
        write_charge(shop, &shop->invoice.charge);
    }
}

void
invoice_write_line(Shop *shop)
{
    Invoice *invoice = &shop->invoice;
    bool is_order = invoice->kind == INVOICE_SALE || invoice->kind == INVOICE_GUEST;

    if (invoice->n_written == invoice->split_at)
        field_time(&shop->line.fields[SALES_INVOICE_DATE], shop->day, ++shop->minute);
    if (is_order && invoice->charge.code != NULL && invoice->n_written == invoice->n_lines - 1)
        write_charge(shop, &invoice->charge);
    else if (!is_order || invoice->n_written == 0 || !shop_chance(shop, SHARE_DUPLICATE))
        write_kind(shop);
    /* else the line before stands once more */
    invoice->n_written++;
}
