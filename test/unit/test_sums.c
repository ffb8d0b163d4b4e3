/*
 * Unit tests of warehouse/sums: what a first load's sales add up to.
 *
 * The expected answers follow from the contract in sums.h; the reference adds up what is given out in plain
 * arrays, and finds Mondays by kit/civil's calendar.
 */
#include <stdio.h>
#include <string.h>

#include "kit/civil.h"
#include "kit/rng.h"
#include "unit.h"
#include "warehouse/sums.h"

enum { N_PRODUCTS = 3000, N_WEEKS = 80 };

typedef struct Collected {
    size_t n_orders, n_weeks;
    OrderSum orders[16];
    char invoices[16][LINE_MAX_KEY];
    int64_t week_revenue, week_units, week_lines, week_orders, order_lines;
    int64_t lines[N_PRODUCTS + 1][N_WEEKS];
    bool is_monday;
} Collected;

static Collected collected;
static int32_t first_week;

static void
note_order(const OrderSum *sum, void *context)
{
    Collected *c = context;
    size_t i = c->n_orders++;

    c->order_lines += sum->lines;
    if (i >= 16)
        return;
    c->orders[i] = *sum;
    memcpy(c->invoices[i], sum->invoice_no.data, sum->invoice_no.length);
    c->orders[i].invoice_no.data = c->invoices[i];
}

static void
note_week(const WeekSum *sum, void *context)
{
    Collected *c = context;

    c->n_weeks++;
    c->week_revenue += sum->revenue / 4;
    c->week_units += sum->units;
    c->week_lines += sum->lines;
    c->week_orders += sum->orders;
    c->lines[sum->product][(sum->week - first_week) / 7] += sum->lines;
    /* 1970-01-01 was a Thursday */
    c->is_monday &= (sum->week - CIVIL_UNIX_EPOCH_DAY + 3) % 7 == 0;
}

static Sums *
begin(Env *env)
{
    Sums *sums = ENV_NEW(env, 1, Sums);

    memset(&collected, 0, sizeof(collected));
    collected.is_monday = true;
    CHECK(sums_init(sums, env, note_order, note_week, &collected));
    return sums;
}

static int64_t
moment(int year, int month, int day, int hour, int minute)
{
    return civil_day_number((CivilDate){year, month, day}) * CIVIL_DAY +
           (hour * 60 + minute) * 60 * CIVIL_SECOND;
}

static Sale
sale(const char *invoice, int64_t ts, int32_t product, int32_t customer, int64_t amount)
{
    return (Sale){.invoice_no = {invoice, strlen(invoice)},
                  .order_ts = ts,
                  .product = product,
                  .customer = customer,
                  .country = 1,
                  .quantity = 2,
                  .amount = amount};
}

static void
add(Sums *sums, Sale one)
{
    char invoice[LINE_MAX_KEY];

    /* The bytes may go as soon as the call is over. */
    memcpy(invoice, one.invoice_no.data, one.invoice_no.length);
    one.invoice_no.data = invoice;
    sums_add(sums, &one);
    memset(invoice, 'x', sizeof(invoice));
}

static void
test_orders(void)
{
    Env *env = unit_env();
    Sums *sums = begin(env);
    const OrderSum *o = collected.orders;

    first_week = (int32_t)civil_day_number((CivilDate){2011, 1, 3});
    add(sums, sale("A", moment(2011, 1, 3, 8, 59), 1, 7, 100));
    add(sums, sale("A", moment(2011, 1, 3, 8, 58), 2, 7, 10));
    add(sums, sale("A", moment(2011, 1, 3, 9, 0), 1, 7, 1)); /* another hour */
    add(sums, sale("A", moment(2011, 1, 3, 9, 0), 1, 8, 2)); /* another customer */
    add(sums, sale("AB", moment(2011, 1, 3, 9, 0), 1, 8, 3));
    add(sums, sale("A", moment(2011, 1, 3, 8, 0), 1, 7, 4)); /* an invoice that comes back */
    CHECK_EQUAL(collected.n_orders, 4);
    sums_end(sums);
    CHECK_EQUAL(collected.n_orders, 5);
    CHECK_EQUAL(o[0].lines, 2);
    CHECK_EQUAL(o[0].revenue, 110);
    CHECK_EQUAL(o[0].units, 4);
    CHECK(o[0].hour_ts == moment(2011, 1, 3, 8, 0) && o[0].last_ts == moment(2011, 1, 3, 8, 59));
    CHECK(line_text_equal(o[0].invoice_no, (LineText){"A", 1}));
    CHECK_EQUAL(o[1].revenue, 1);
    CHECK(o[2].customer == 8 && o[2].revenue == 2);
    CHECK(line_text_equal(o[3].invoice_no, (LineText){"AB", 2}));
    CHECK(o[4].revenue == 4 && o[4].hour_ts == o[0].hour_ts);
    CHECK_EQUAL(collected.order_lines, 6);
    CHECK_EQUAL(collected.week_lines, 6);
    unit_env_free(env);
}

/* The turn of the years 1969 and 1999, and of a week. */
static void
test_weeks(void)
{
    Env *env = unit_env();
    Sums *sums = begin(env);

    first_week = (int32_t)civil_day_number((CivilDate){1999, 12, 27});
    add(sums, sale("A", moment(2000, 1, 2, 23, 59), 1, 0, 1));
    add(sums, sale("A", moment(2000, 1, 3, 0, 0), 1, 0, 1));
    add(sums, sale("A", moment(2000, 1, 9, 23, 59), 1, 0, 1));
    sums_end(sums);
    CHECK_EQUAL(collected.n_weeks, 2);
    CHECK(collected.lines[1][0] == 1 && collected.lines[1][1] == 2 && collected.is_monday);

    sums = begin(env);
    first_week = (int32_t)civil_day_number((CivilDate){1969, 12, 29});
    add(sums, sale("A", moment(1970, 1, 4, 12, 0), 1, 0, 1));
    add(sums, sale("A", moment(1970, 1, 5, 12, 0), 1, 0, 1));
    sums_end(sums);
    CHECK(collected.lines[1][0] == 1 && collected.lines[1][1] == 1 && collected.is_monday);
    unit_env_free(env);
}

/* More cells than the table holds: nothing is lost or counted twice. */
static void
test_many(void)
{
    Env *env = unit_env();
    Sums *sums = begin(env);
    static int64_t expected[N_PRODUCTS + 1][N_WEEKS];
    Rng rng;
    int64_t n = 600000;
    size_t wrong = 0;

    memset(expected, 0, sizeof(expected));
    first_week = (int32_t)civil_day_number((CivilDate){2011, 1, 3});
    rng_init(&rng, 1, 0);
    for (int64_t i = 0; i < n; i++) {
        int32_t product = 1 + (int32_t)(rng_next(&rng) % N_PRODUCTS);
        int day = (int)(rng_next(&rng) % (N_WEEKS * 7));

        expected[product][day / 7]++;
        add(sums, sale("A", (first_week + day) * CIVIL_DAY, product, 0, 4));
    }
    sums_end(sums);
    for (int p = 1; p <= N_PRODUCTS; p++)
        for (int w = 0; w < N_WEEKS; w++)
            wrong += expected[p][w] != collected.lines[p][w];
    CHECK_EQUAL(wrong, 0);
    CHECK_EQUAL(collected.week_revenue, n);
    CHECK_EQUAL(collected.week_units, 2 * n);
    CHECK_EQUAL(collected.order_lines, n);
    CHECK(collected.n_weeks > (size_t)N_PRODUCTS * N_WEEKS * 3 / 4 && collected.is_monday);
    unit_env_free(env);
}

/* The greatest amount a line can have, more often than 64 bits can hold. */
static void
test_large(void)
{
    Env *env = unit_env();
    Sums *sums = begin(env);
    int64_t largest = INT64_C(99999999999999), n = 100000;

    first_week = (int32_t)civil_day_number((CivilDate){2011, 1, 3});
    for (int64_t i = 0; i < n; i++)
        add(sums, sale("A", moment(2011, 1, 3, 8, 0), 1, 0, largest));
    sums_end(sums);
    CHECK(collected.n_weeks == 3 && collected.n_orders == 3);
    CHECK(collected.week_lines == n && collected.order_lines == n);
    /* note_week adds quarters */
    CHECK(n / 4 * largest - collected.week_revenue <= 3 && collected.week_revenue <= n / 4 * largest);
    unit_env_free(env);
}

/* The products of the lines that stand together. */
static void
test_has(void)
{
    Env *env = unit_env();
    Sums *sums = begin(env);
    LineText a = {"A", 1}, b = {"B", 1};
    Sale again = sale("A", moment(2011, 1, 3, 9, 0), 1, 8, 5);

    first_week = (int32_t)civil_day_number((CivilDate){2011, 1, 3});
    CHECK(!sums_has(sums, a, 1));
    add(sums, sale("A", moment(2011, 1, 3, 8, 0), 1, 7, 1));
    CHECK(sums_has(sums, a, 1) && !sums_has(sums, a, 2) && !sums_has(sums, b, 1));
    add(sums, sale("A", moment(2011, 1, 3, 9, 0), 2, 8, 1)); /* another sum of the same invoice */
    CHECK(sums_has(sums, a, 1) && sums_has(sums, a, 2));
    again.is_again = true;
    add(sums, again);
    add(sums, sale("B", moment(2011, 1, 3, 9, 0), 2, 8, 1));
    CHECK(sums_has(sums, b, 2) && !sums_has(sums, b, 1) && !sums_has(sums, a, 1));
    add(sums, sale("A", moment(2011, 1, 3, 9, 0), 3, 8, 1));
    CHECK(sums_has(sums, a, 3) && !sums_has(sums, a, 1));
    sums_end(sums);
    CHECK(collected.lines[1][0] == 2 && collected.lines[2][0] == 2);
    CHECK_EQUAL(collected.week_lines, 5);
    CHECK_EQUAL(collected.week_orders, 4);
    unit_env_free(env);
}

static void
test_no_memory(void)
{
    Sums sums;

    for (size_t n = 1; n <= 2; n++) {
        Env *env = unit_env_failing(n);

        CHECK(!sums_init(&sums, env, note_order, note_week, &collected));
        unit_env_free(env);
    }
}

int
main(void)
{
    unit_begin("sums");
    test_orders();
    test_weeks();
    test_many();
    test_large();
    test_has();
    test_no_memory();
    return unit_end();
}
