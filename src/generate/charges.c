/*
 * charges.c - lines that are no goods: postage, fees, discounts, corrections.
 *
 * Codes, shares and sizes follow the charge codes of a real gift shop (2,341 charges and 583 charge credits
 * in 541,909 lines).
 */
#include "generate/generate_internal.h"

#include <math.h>

/* Uniform on a logarithmic scale, in whole pence. */
static int32_t
draw_price(Rng *rng, double from_pence, double to_pence)
{
    return 10 * (int32_t)(from_pence * pow(to_pence / from_pence, rng_uniform(rng)));
}

Charge
charge_postage(Rng *rng, const char *country)
{
    static const int32_t rates[] = {15000, 18000, 18000, 18000, 28000, 40000};
    Charge charge = {.code = "POST", .description = "POSTAGE"};

    /* Two destinations go by a carrier of their own. */
    if (country[0] == 'E' && country[1] == 'I')
        return (Charge){"C2", "CARRIAGE", 1, 50000};
    if (country[0] == 'C' && country[1] == 'h')
        return (Charge){"C2", "CARRIAGE", 1, 25000};
    charge.quantity = 1 + (int32_t)rng_below(rng, 4);
    charge.price = rates[rng_below(rng, 6)];
    return charge;
}

Charge
charge_web(Rng *rng)
{
    static const Charge vouchers[] = {{"gift_0001_10", "Gift Voucher 10.00", 1, 8330},
                                      {"gift_0001_20", "Gift Voucher 20.00", 1, 16670},
                                      {"gift_0001_30", "Gift Voucher 30.00", 1, 25000},
                                      {"gift_0001_50", "Gift Voucher 50.00", 1, 41670}};

    if (rng_below(rng, 24) == 0)
        return vouchers[rng_below(rng, 4)];
    return (Charge){"DOT", "DOTCOM POSTAGE", 1, draw_price(rng, 800, 90000)};
}

Charge
charge_manual(Rng *rng)
{
    uint64_t which = rng_below(rng, 300);
    Charge charge = {.code = which < 6 ? "m" : "M", .description = "Manual"};

    if (which < 3)
        return (Charge){"PADS", "PADS TO MATCH ALL CUSHIONS", 1, 1};
    charge.quantity = 1 + (int32_t)rng_below(rng, 3);
    charge.price = draw_price(rng, 50, 60000);
    return charge;
}

Charge
charge_office(Rng *rng)
{
    switch (rng_below(rng, 8)) {
    case 0:
        return (Charge){"AMAZONFEE", "AMAZON FEE", 1, draw_price(rng, 100000, 1400000)};
    case 1:
        return (Charge){"S", "SAMPLES", 1, draw_price(rng, 500, 6000)};
    default:
        return (Charge){"BANK CHARGES", "Bank Charges", 1, 15000};
    }
}

Charge
charge_credit(Rng *rng)
{
    uint64_t which = rng_below(rng, 583);

    if (which < 244)
        return (Charge){"M", "Manual", -1, draw_price(rng, 100, 300000)};
    if (which < 372)
        return (Charge){"POST", "POSTAGE", -1, draw_price(rng, 1500, 20000)};
    if (which < 449)
        return (Charge){"D", "Discount", -1, draw_price(rng, 500, 30000)};
    if (which < 509)
        return (Charge){"S", "SAMPLES", -1, draw_price(rng, 500, 20000)};
    if (which < 541)
        return (Charge){"AMAZONFEE", "AMAZON FEE", -1, draw_price(rng, 200000, 1400000)};
    if (which < 566)
        return (Charge){"BANK CHARGES", "Bank Charges", -1, draw_price(rng, 5000, 100000)};
    return (Charge){"CRUK", "CRUK Commission", -1, draw_price(rng, 10000, 110000)};
}

Charge
charge_bad_debt(int which)
{
    return (Charge){"B", "Adjust bad debt", 1, which == 0 ? 9318450 : -9318450};
}
