/* sums.c - see sums.h. */
#include "warehouse/sums.h"

#include <string.h>

#include "kit/civil.h"
#include "kit/rng.h"

#define WEEK_SLOTS   ((size_t)1 << 18)
#define MAX_WEEKS    (WEEK_SLOTS / 4 * 3)
#define HOUR         (INT64_C(3600) * CIVIL_SECOND)
#define FIRST_MONDAY 2 /* 2000-01-03 as a day number */
/* A sum that reaches it is given out: one more line cannot overflow it. */
#define MAX_SUM (INT64_MAX / 2)

bool
sums_init(Sums *sums, Env *env, void (*emit_order)(const OrderSum *sum, void *context),
          void (*emit_week)(const WeekSum *sum, void *context), void *context)
{
    memset(sums, 0, sizeof(*sums));
    sums->weeks = ENV_NEW(env, WEEK_SLOTS, WeekSum);
    sums->emit_order = emit_order;
    sums->emit_week = emit_week;
    sums->context = context;
    sums->last_run = ENV_NEW(env, SUMS_MAX_PRODUCTS + 1, uint32_t);
    return sums->weeks != NULL && sums->last_run != NULL;
}

static void
end_order(Sums *sums)
{
    if (sums->order.lines > 0)
        sums->emit_order(&sums->order, sums->context);
    sums->order.lines = 0;
}

static bool
is_invoice_at_hand(const Sums *sums, LineText invoice_no)
{
    return line_text_equal(sums->order.invoice_no, invoice_no);
}

bool
sums_has(const Sums *sums, LineText invoice_no, int32_t product)
{
    return sums->run > 0 && sums->last_run[product] == sums->run && is_invoice_at_hand(sums, invoice_no);
}

static void
add_to_order(Sums *sums, const Sale *sale)
{
    OrderSum *order = &sums->order;
    int64_t day = civil_day_of(sale->order_ts);
    int64_t hour_ts = day * CIVIL_DAY + civil_time_of(sale->order_ts) / HOUR * HOUR;

    if (order->lines > 0 &&
        (order->hour_ts != hour_ts || order->customer != sale->customer || order->country != sale->country ||
         order->revenue > MAX_SUM || !line_text_equal(order->invoice_no, sale->invoice_no)))
        end_order(sums);
    if (order->lines == 0) {
        memcpy(sums->invoice_no, sale->invoice_no.data, sale->invoice_no.length);
        *order = (OrderSum){.invoice_no = {sums->invoice_no, sale->invoice_no.length},
                            .hour_ts = hour_ts,
                            .customer = sale->customer,
                            .country = sale->country,
                            .last_ts = sale->order_ts};
    }
    order->revenue += sale->amount;
    order->units += sale->quantity;
    order->lines++;
    if (sale->order_ts > order->last_ts)
        order->last_ts = sale->order_ts;
}

static void
end_weeks(Sums *sums)
{
    for (size_t i = 0; i < WEEK_SLOTS; i++)
        if (sums->weeks[i].lines > 0)
            sums->emit_week(&sums->weeks[i], sums->context);
    memset(sums->weeks, 0, WEEK_SLOTS * sizeof(WeekSum));
    sums->n_weeks = 0;
}

/* The day number of the Monday on or before the day. */
static int32_t
monday(int64_t day)
{
    int64_t since = (day - FIRST_MONDAY) % 7;

    return (int32_t)(day - (since < 0 ? since + 7 : since));
}

static inline size_t
slot_of(int32_t product, int32_t week)
{
    return rng_mix((uint64_t)(uint32_t)product << 32 | (uint32_t)week) & (WEEK_SLOTS - 1);
}

static WeekSum *
find_week(Sums *sums, int32_t product, int32_t week)
{
    size_t slot = slot_of(product, week);

    while (sums->weeks[slot].lines > 0 &&
           (sums->weeks[slot].product != product || sums->weeks[slot].week != week))
        slot = (slot + 1) & (WEEK_SLOTS - 1);
    return &sums->weeks[slot];
}

static void
add_to_week(Sums *sums, const Sale *sale)
{
    int32_t week = monday(civil_day_of(sale->order_ts));
    WeekSum *sum = find_week(sums, sale->product, week);

    if ((sum->lines == 0 && sums->n_weeks == MAX_WEEKS) || sum->revenue > MAX_SUM ||
        sum->units > INT32_MAX - sale->quantity) {
        end_weeks(sums);
        sum = find_week(sums, sale->product, week);
    }
    if (sum->lines == 0) {
        sum->product = sale->product;
        sum->week = week;
        sums->n_weeks++;
    }
    sum->revenue += sale->amount;
    sum->units += sale->quantity;
    sum->lines++;
    sum->orders += !sale->is_again;
}

void
sums_prefetch(const Sums *sums, const Sale *sale)
{
    __builtin_prefetch(&sums->weeks[slot_of(sale->product, monday(civil_day_of(sale->order_ts)))], 1);
}

void
sums_add(Sums *sums, const Sale *sale)
{
    if (sums->run == 0 || !is_invoice_at_hand(sums, sale->invoice_no))
        sums->run++;
    sums->last_run[sale->product] = sums->run;
    add_to_order(sums, sale);
    add_to_week(sums, sale);
}

void
sums_end(Sums *sums)
{
    end_order(sums);
    end_weeks(sums);
}
