/*
 * Unit tests of generate/: a made-up shop.
 *
 * Provenance: the shares, hours and closed days are those of UCI Online Retail, counted independently with
 * pandas and SQL (9,288 credit lines, 1,336 write-offs, 1,179 other lines of price 0, 135,080 lines without
 * customer, 5,268 exact duplicates, 2,995 lines of charges, 495,478 of the United Kingdom in 541,909 lines).
 * Easter from published calendars, with the earliest and the latest possible date.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/generate_internal.h"
#include "kit/civil.h"
#include "kit/rng.h"
#include "unit.h"

static int32_t
day_of(int year, int month, int day)
{
    return (int32_t)civil_day_number((CivilDate){year, month, day});
}

static GenerateOptions
options_of(int64_t n_rows, uint64_t seed)
{
    return (GenerateOptions){.n_rows = n_rows,
                             .seed = seed,
                             .n_customers = GENERATE_DEFAULT,
                             .n_products = GENERATE_DEFAULT,
                             .start_day = day_of(2010, 12, 1),
                             .n_days = 374,
                             .n_anomalies = GENERATE_DEFAULT};
}

static Shop *
open_shop(Env *env, GenerateOptions options)
{
    Shop *shop = NULL;

    CHECK_STATUS(generate_options_resolve(&options, NULL), STATUS_SUCCESS);
    CHECK_STATUS(shop_new(env, &options, &shop, NULL), STATUS_SUCCESS);
    return shop;
}

typedef struct Text {
    char text[SALES_FIELD_SIZE + 1];
} Text;

static Text
text_of(const SalesLine *line, int field)
{
    const SalesField *f = &line->fields[field];
    Text text = {""};

    if (!f->is_null)
        memcpy(text.text, f->text, f->length);
    return text;
}

/* A hash of all bytes, and the number of lines. */
static uint64_t
hash_shop(GenerateOptions options, int64_t *n)
{
    Env *env = unit_env();
    Shop *shop = open_shop(env, options);
    const SalesLine *line;
    uint64_t hash = 0;

    *n = 0;
    while ((line = shop_next(shop)) != NULL) {
        (*n)++;
        for (int i = 0; i < SALES_FIELDS; i++) {
            hash = rng_hash(hash, line->fields[i].is_null ? 1000 : line->fields[i].length);
            for (int j = 0; !line->fields[i].is_null && j < line->fields[i].length; j++)
                hash = rng_hash(hash, (unsigned char)line->fields[i].text[j]);
        }
    }
    CHECK(shop_next(shop) == NULL);
    unit_env_free(env);
    return hash;
}

static void
test_same_seed_same_bytes(void)
{
    int64_t n;
    uint64_t first = hash_shop(options_of(20000, 42), &n);

    CHECK_EQUAL(n, 20000);
    CHECK(hash_shop(options_of(20000, 42), &n) == first);
    CHECK(hash_shop(options_of(20000, 43), &n) != first);
    CHECK_EQUAL(n, 20000);
}

static void
test_exact_counts(void)
{
    static const int64_t counts[] = {1, 2, 7, 305, 1000, 54321};
    int64_t n;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        hash_shop(options_of(counts[i], 7), &n);
        CHECK_EQUAL(n, counts[i]);
    }
}

/* The smallest and some odd shops. */
static void
test_extremes(void)
{
    GenerateOptions options = options_of(3000, 1);
    int64_t n;

    options.n_customers = options.n_products = 1;
    options.n_days = 1;
    options.n_anomalies = 0;
    hash_shop(options, &n);
    CHECK_EQUAL(n, 3000);
    options = options_of(500, UINT64_MAX);
    options.n_products = GENERATE_MAX_PRODUCTS;
    options.start_day = day_of(GENERATE_LAST_YEAR, 12, 31);
    options.n_days = GENERATE_MAX_DAYS;
    hash_shop(options, &n);
    CHECK_EQUAL(n, 500);
    options = options_of(5000, 3);
    options.n_customers = 100000;
    options.n_anomalies = 61;
    hash_shop(options, &n);
    CHECK_EQUAL(n, 5000);
}

typedef struct Counts {
    int n, credits, write_offs, zero_prices, no_customer, no_text, duplicates, charges, lower_case, at_home,
        bad_debts;
    int unreadable, disorder, closed, out_of_hours, split_invoices, mixed_invoices;
    int per_day[400];
} Counts;

static int
compare_ints(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

static bool
is_charge(const char *code)
{
    static const char *const charges[] = {"POST", "DOT",       "C2",           "M",   "m", "D", "S", "B",
                                          "PADS", "AMAZONFEE", "BANK CHARGES", "CRUK"};

    for (size_t i = 0; i < sizeof(charges) / sizeof(charges[0]); i++)
        if (strcmp(code, charges[i]) == 0)
            return true;
    return strncmp(code, "gift_", 5) == 0;
}

static void
count_order(Counts *counts, const SalesLine *line, const SalesLine *before)
{
    Text time = text_of(line, SALES_INVOICE_DATE), time_before = text_of(before, SALES_INVOICE_DATE);
    bool same_invoice =
        strcmp(text_of(line, SALES_INVOICE_NO).text, text_of(before, SALES_INVOICE_NO).text) == 0;
    int year, month, day, hour;

    counts->disorder += strcmp(time.text, time_before.text) < 0;
    if (sscanf(time.text, "%4d-%2d-%2d %2d:", &year, &month, &day, &hour) != 4) {
        counts->unreadable++;
        return;
    }
    day = day_of(year, month, day);
    counts->per_day[day - day_of(2010, 12, 1)]++;
    counts->closed += almanac_weekday(day) == 6 || day == day_of(2011, 4, 22) || day == day_of(2011, 8, 29) ||
                      (day >= day_of(2010, 12, 24) && day <= day_of(2011, 1, 3));
    counts->out_of_hours += hour < 6 || hour > 20;
    if (!same_invoice)
        return;
    counts->split_invoices += strcmp(time.text, time_before.text) != 0;
    counts->mixed_invoices +=
        strcmp(text_of(line, SALES_CUSTOMER_ID).text, text_of(before, SALES_CUSTOMER_ID).text) != 0 ||
        strcmp(text_of(line, SALES_COUNTRY).text, text_of(before, SALES_COUNTRY).text) != 0;
}

static void
count_mess(Counts *counts, const SalesLine *line, const SalesLine *before)
{
    Text invoice = text_of(line, SALES_INVOICE_NO), code = text_of(line, SALES_STOCK_CODE);
    int quantity = atoi(text_of(line, SALES_QUANTITY).text);
    bool is_credit = invoice.text[0] == 'C', is_free = strcmp(text_of(line, SALES_UNIT_PRICE).text, "0") == 0;

    counts->credits += is_credit;
    counts->bad_debts += invoice.text[0] == 'A';
    counts->write_offs += quantity < 0 && !is_credit;
    counts->zero_prices += is_free && quantity > 0;
    counts->no_customer += line->fields[SALES_CUSTOMER_ID].is_null;
    counts->no_text += line->fields[SALES_DESCRIPTION].is_null;
    counts->duplicates += memcmp(line, before, sizeof(*line)) == 0;
    counts->charges += is_charge(code.text);
    counts->lower_case += strlen(code.text) == 6 && code.text[5] >= 'a';
    counts->at_home += strcmp(text_of(line, SALES_COUNTRY).text, "United Kingdom") == 0;
}

static Counts *
count_shop(Env *env, GenerateOptions options)
{
    Counts *counts = ENV_NEW(env, 1, Counts);
    Shop *shop = open_shop(env, options);
    SalesLine before = {0};
    const SalesLine *line;

    while ((line = shop_next(shop)) != NULL) {
        counts->n++;
        count_order(counts, line, &before);
        count_mess(counts, line, &before);
        before = *line;
    }
    return counts;
}

static void
check_share(const char *what, int count, int n, double percent, double tolerance)
{
    double got = 100.0 * count / n;

    unit_check(fabs(got - percent) <= tolerance, __FILE__, __LINE__, "%s: %.3f %%, expected %.3f", what, got,
               percent);
}

static void
test_mess(void)
{
    Env *env = unit_env();
    const Counts *c = count_shop(env, options_of(250000, 42));

    check_share("credits", c->credits, c->n, 1.71, 0.35);
    check_share("write-offs", c->write_offs, c->n, 0.247, 0.06);
    check_share("zero prices", c->zero_prices, c->n, 0.218, 0.06);
    check_share("no customer", c->no_customer, c->n, 24.9, 1);
    check_share("no text", c->no_text, c->n, 0.268, 0.07);
    check_share("duplicates", c->duplicates, c->n, 0.97, 0.2);
    check_share("charges", c->charges, c->n, 0.54, 0.15);
    check_share("lower case", c->lower_case, c->n, 0.365, 0.15);
    check_share("at home", c->at_home, c->n, 91.4, 3);
    CHECK_EQUAL(c->bad_debts, 3);
    CHECK(c->split_invoices > 3 && c->split_invoices < 60);
    CHECK_EQUAL(c->unreadable + c->disorder + c->closed + c->out_of_hours + c->mixed_invoices, 0);
    unit_env_free(env);
}

static int
n_trading_days(const Counts *counts)
{
    int n = 0;

    for (int i = 0; i < 374; i++)
        n += counts->per_day[i] > 0;
    return n;
}

static void
test_almanac(void)
{
    static const int closed[][3] = {{2010, 12, 4}, {2010, 12, 24}, {2011, 1, 3},  {2011, 4, 22},
                                    {2011, 4, 24}, {2011, 4, 25},  {2011, 4, 29}, {2011, 5, 2},
                                    {2011, 5, 30}, {2011, 8, 29}};
    int n_open = 0;

    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
        CHECK(!almanac_is_open(day_of(closed[i][0], closed[i][1], closed[i][2])));
    for (int32_t day = day_of(2010, 12, 1); day <= day_of(2011, 12, 9); day++)
        n_open += almanac_is_open(day);
    CHECK_EQUAL(n_open, 305);
    CHECK_EQUAL(almanac_weekday(day_of(2010, 12, 1)), 3);
    CHECK_EQUAL(almanac_weekday(day_of(1900, 1, 1)), 1);
    CHECK_EQUAL(almanac_weekday(day_of(2024, 2, 29)), 4);
    CHECK_EQUAL(almanac_easter(1818), day_of(1818, 3, 22));
    CHECK_EQUAL(almanac_easter(1943), day_of(1943, 4, 25));
    CHECK_EQUAL(almanac_easter(2000), day_of(2000, 4, 23));
    CHECK_EQUAL(almanac_easter(2011), day_of(2011, 4, 24));
    CHECK_EQUAL(almanac_easter(2024), day_of(2024, 3, 31));
}

/* Thursday against Sunday, November against February. */
static void
test_seasons(void)
{
    GenerateOptions options = options_of(200000, 5);
    int by_weekday[8] = {0}, november = 0, february = 0;
    Env *env = unit_env();
    const Counts *c;

    options.n_anomalies = 0;
    c = count_shop(env, options);
    CHECK_EQUAL(n_trading_days(c), 305);
    for (int i = 0; i < 374; i++) {
        CivilDate date = civil_date(options.start_day + i);

        by_weekday[almanac_weekday(options.start_day + i)] += c->per_day[i];
        november += date.month == 11 ? c->per_day[i] : 0;
        february += date.month == 2 ? c->per_day[i] : 0;
    }
    CHECK_NEAR((double)by_weekday[4] / by_weekday[7], 1.31 / 0.55, 0.12);
    CHECK_EQUAL(by_weekday[6], 0);
    CHECK(november > 2 * february);
    unit_env_free(env);
}

/* The planted factor shows in a day's lines against the same shop without anomalies. */
static void
test_planted(void)
{
    GenerateOptions with = options_of(100000, 11), without = with;
    PlantedAnomaly *planted;
    int32_t n_planted = 0, n_orders = 0;
    Env *env = unit_env();
    const Counts *a, *b;
    double scale = 0;

    with.n_anomalies = 10;
    without.n_anomalies = 0;
    a = count_shop(env, with);
    b = count_shop(env, without);
    CHECK_STATUS(generate_options_resolve(&with, NULL), STATUS_SUCCESS);
    CHECK_STATUS(generate_planted(env, &with, &planted, &n_planted, NULL), STATUS_SUCCESS);
    CHECK(n_planted == 16);
    /* All other days shrink or grow a little, since the total is fixed: by the first day's ratio. */
    scale = (double)a->per_day[0] / b->per_day[0];
    for (int i = 0; i < n_planted; i++) {
        int day = planted[i].day - with.start_day;
        double factor = a->per_day[day] / (scale * b->per_day[day]);

        CHECK(i == 0 || planted[i].day >= planted[i - 1].day);
        if (strcmp(planted[i].metric, "orders") != 0)
            continue;
        n_orders++;
        CHECK_NEAR(factor, planted[i].factor, 0.05);
        CHECK_TEXT(planted[i].kind, planted[i].factor > 1     ? "spike"
                                    : planted[i].factor < 0.2 ? "outage"
                                                              : "drop");
    }
    CHECK_EQUAL(n_orders, 6);
    unit_env_free(env);
}

/* 100 of 4000 products have about a fifth of the lines, 1000 about 70 %. */
static void
test_popularity(void)
{
    enum { N_ROWS = 150000, N_CODES = 100000 };
    GenerateOptions options = options_of(N_ROWS, 42);
    int *counts, sum = 0;
    Env *env = unit_env();
    Shop *shop;
    const SalesLine *line;

    options.n_products = 4000;
    shop = open_shop(env, options);
    counts = ENV_NEW(env, N_CODES * 5, int);
    while ((line = shop_next(shop)) != NULL) {
        Text code = text_of(line, SALES_STOCK_CODE);

        if (code.text[0] >= '1' && code.text[0] <= '9')
            counts[atoi(code.text) * 5 + (code.text[5] == '\0' ? 0 : (code.text[5] & 7))]++;
    }
    qsort(counts, N_CODES * 5, sizeof(int), compare_ints);
    for (int i = 0; i < 1000; i++) {
        sum += counts[i];
        if (i == 99)
            CHECK_NEAR(sum / (double)N_ROWS, 0.188, 0.03);
    }
    CHECK_NEAR(sum / (double)N_ROWS, 0.722, 0.04);
    unit_env_free(env);
}

static void
test_option_errors(void)
{
    GenerateOptions options;
    Failure failure;
    Env *env = unit_env();
    Shop *shop = NULL;

#define CHECK_BAD(change, sentence)                                                                          \
    do {                                                                                                     \
        options = options_of(1000, 42);                                                                      \
        options.change;                                                                                      \
        CHECK_STATUS(generate_options_resolve(&options, &failure), STATUS_BAD_VALUE);                        \
        CHECK_TEXT(failure.message, sentence);                                                               \
    } while (0)
    CHECK_BAD(n_rows = 0, "argument \"n_rows\" must be between 1 and 10000000000, not 0");
    CHECK_BAD(n_days = 0, "argument \"n_days\" must be between 1 and 36600, not 0");
    CHECK_BAD(n_customers = 0, "argument \"n_customers\" must be between 1 and 5000000, not 0");
    CHECK_BAD(n_products = 80001, "argument \"n_products\" must be between 1 and 80000, not 80001");
    CHECK_BAD(start_day = INT32_MAX, "argument \"start_date\" must be in the years 1900 to 2199");
    CHECK_BAD(n_anomalies = 375, "argument \"n_anomalies\" must be between 0 and 374, not 375");
    options = options_of(1000, 42);
    options.n_anomalies = 62;
    CHECK_STATUS(generate_options_resolve(&options, &failure), STATUS_SUCCESS);
    CHECK_STATUS(shop_new(env, &options, &shop, &failure), STATUS_BAD_VALUE);
    CHECK_TEXT(failure.message,
               "argument \"n_anomalies\" must be between 0 and 61 for 305 trading days, not 62");
    options = options_of(1000, 42);
    options.start_day = day_of(2010, 12, 24);
    options.n_days = 11;
    CHECK_STATUS(generate_options_resolve(&options, &failure), STATUS_SUCCESS);
    CHECK_STATUS(shop_new(env, &options, &shop, &failure), STATUS_BAD_VALUE);
    CHECK(shop == NULL);
    unit_env_free(env);
}

static void
test_out_of_memory_and_cancel(void)
{
    GenerateOptions options = options_of(1000, 42);
    Shop *shop = NULL;
    Env *env = unit_env();
    size_t n;

    CHECK_STATUS(generate_options_resolve(&options, NULL), STATUS_SUCCESS);
    CHECK_STATUS(shop_new(env, &options, &shop, NULL), STATUS_SUCCESS);
    n = unit_env_allocations(env);
    unit_env_free(env);
    shop = NULL;
    for (size_t i = 1; i <= n; i++) {
        env = unit_env_failing(i);
        CHECK_STATUS(shop_new(env, &options, &shop, NULL), STATUS_OUT_OF_MEMORY);
        unit_env_free(env);
    }
    env = unit_env_cancelling(1);
    CHECK_STATUS(shop_new(env, &options, &shop, NULL), STATUS_CANCELLED);
    CHECK(shop == NULL);
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("generate");
    test_same_seed_same_bytes();
    test_exact_counts();
    test_almanac();
    test_extremes();
    test_mess();
    test_seasons();
    test_planted();
    test_popularity();
    test_option_errors();
    test_out_of_memory_and_cancel();
    return unit_end();
}
