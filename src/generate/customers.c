/*
 * customers.c - who buys: how often, from when to when, where from, and how much at a time.
 *
 * A customer's rate of orders is lognormal: most buy a few times, some every week. Half of the customers
 * are old ones, who show up soon after the beginning; the other half come evenly over the period. Nearly half
 * leave again after an exponential time. An order belongs either to a newcomer whose time has come, or to a
 * customer drawn by rate among those who are there.
 *
 * What an order needs beyond that (country, sizes, taste) is drawn from a stream of the customer's own
 * whenever it is needed, so that a customer costs 32 bytes.
 */
#include "generate/generate_internal.h"

#include <math.h>
#include <string.h>

#define RATE_SD         1.3
#define SHARE_OLD       0.5
#define OLD_MEAN_DAYS   45.0
#define SHARE_LEAVING   0.45
#define STAY_MEAN_DAYS  200.0
#define SHARE_NEWCOMERS 0.5  /* of orders, while newcomers wait */
#define PATIENCE        40   /* draws until somebody who is not there may buy */
#define LIVES_PER_LOOK  8192 /* customers drawn between two looks for a cancel, some ms */
#define BASKET_SD       0.5
#define SIZE_SD         0.6
#define SHARE_AT_HOME   0.89
#define SHARE_MOVED     (1.0 / 550) /* customers with a second country */
#define ALL_LABELS_FROM 1000        /* customers: with that many, each label has at least one */
#define GUESTS_AT_HOME  0.988

typedef struct CountryWeight {
    const char *country;
    int weight;
} CountryWeight;

/* The labels as a real shop had them, by its lines in hundreds of 1 %. */
static const CountryWeight abroad[] = {{"Germany", 2073},
                                       {"France", 1854},
                                       {"EIRE", 1634},
                                       {"Spain", 553},
                                       {"Netherlands", 518},
                                       {"Belgium", 452},
                                       {"Switzerland", 410},
                                       {"Portugal", 323},
                                       {"Australia", 275},
                                       {"Norway", 237},
                                       {"Italy", 175},
                                       {"Channel Islands", 165},
                                       {"Finland", 152},
                                       {"Cyprus", 136},
                                       {"Sweden", 101},
                                       {"Austria", 88},
                                       {"Denmark", 85},
                                       {"Japan", 78},
                                       {"Poland", 74},
                                       {"USA", 64},
                                       {"Israel", 55},
                                       {"Unspecified", 53},
                                       {"Singapore", 50},
                                       {"Iceland", 40},
                                       {"Canada", 33},
                                       {"Greece", 32},
                                       {"Malta", 28},
                                       {"United Arab Emirates", 15},
                                       {"European Community", 13},
                                       {"RSA", 13},
                                       {"Lebanon", 10},
                                       {"Lithuania", 8},
                                       {"Brazil", 7},
                                       {"Czech Republic", 7},
                                       {"Bahrain", 4},
                                       {"Hong Kong", 4},
                                       {"Saudi Arabia", 3}};

enum { N_ABROAD = sizeof(abroad) / sizeof(abroad[0]) };

static const CountryWeight guests_abroad[] = {{"EIRE", 711},        {"Hong Kong", 288}, {"Unspecified", 202},
                                              {"Switzerland", 125}, {"France", 66},     {"Israel", 47},
                                              {"Portugal", 39},     {"Bahrain", 10}};

const char home_country[] = "United Kingdom";

static const char *
draw_country(Rng *rng, const CountryWeight *countries, size_t n)
{
    int64_t total = 0, drawn;

    for (size_t i = 0; i < n; i++)
        total += countries[i].weight;
    drawn = (int64_t)rng_below(rng, (uint64_t)total);
    while (drawn >= countries->weight)
        drawn -= countries++->weight;
    return countries->country;
}

const char *
guest_country(Rng *rng)
{
    if (rng_uniform(rng) < GUESTS_AT_HOME)
        return home_country;
    return draw_country(rng, guests_abroad, sizeof(guests_abroad) / sizeof(guests_abroad[0]));
}

static const char *
draw_abroad(Rng *rng)
{
    return draw_country(rng, abroad, N_ABROAD);
}

/* Days from the start of the period to a customer's first order. */
static int32_t
draw_first_day(Rng *rng, int32_t n_days)
{
    double days = rng_uniform(rng) * n_days;

    if (rng_uniform(rng) < SHARE_OLD)
        days = rng_exponential(rng) * fmin(OLD_MEAN_DAYS, n_days / 8.0);
    return (int32_t)fmin(days, n_days - 1);
}

static Status
draw_lives(Env *env, Customers *customers, double *rates, const GenerateOptions *options, Failure *failure)
{
    Rng rng;

    rng_init(&rng, options->seed, STREAM_CUSTOMERS);
    for (uint32_t i = 0; i < customers->n; i++) {
        double stay;

        if (i % LIVES_PER_LOOK == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        rates[i] = exp(RATE_SD * rng_normal(&rng));
        customers->first_day[i] = options->start_day + draw_first_day(&rng, options->n_days);
        stay = rng_exponential(&rng) * STAY_MEAN_DAYS;
        customers->last_day[i] = INT32_MAX;
        if (rng_uniform(&rng) < SHARE_LEAVING)
            customers->last_day[i] = customers->first_day[i] + (int32_t)fmin(stay, GENERATE_MAX_DAYS);
    }
    return STATUS_SUCCESS;
}

/* Counting sort by first day; `first` has one place more than there are days. */
static void
queue_newcomers(Customers *customers, uint32_t *first, const GenerateOptions *options)
{
    for (uint32_t i = 0; i < customers->n; i++)
        first[customers->first_day[i] - options->start_day + 1]++;
    for (int32_t day = 0; day < options->n_days; day++)
        first[day + 1] += first[day];
    for (uint32_t i = 0; i < customers->n; i++)
        customers->newcomers[first[customers->first_day[i] - options->start_day]++] = i;
}

Status
customers_new(Env *env, const GenerateOptions *options, Customers *customers, Failure *failure)
{
    size_t n = (size_t)options->n_customers;
    Customers made = {.n = (uint32_t)n,
                      .first_day = ENV_NEW(env, n, int32_t),
                      .last_day = ENV_NEW(env, n, int32_t),
                      .last_sold = ENV_NEW(env, n, SoldLine),
                      .newcomers = ENV_NEW(env, n, uint32_t),
                      .middle_day = options->start_day + options->n_days / 2,
                      .seed = options->seed};
    double *rates = ENV_NEW(env, n, double);
    uint32_t *first = ENV_NEW(env, (size_t)options->n_days + 1, uint32_t);

    if (made.first_day == NULL || made.last_day == NULL || made.last_sold == NULL || made.newcomers == NULL ||
        rates == NULL || first == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(draw_lives(env, &made, rates, options, failure));
    queue_newcomers(&made, first, options);
    RETURN_IF_FAILED(alias_build(env, rates, made.n, &made.activity, failure));
    *customers = made;
    return STATUS_SUCCESS;
}

uint32_t
customers_draw(Customers *customers, Rng *rng, int32_t day)
{
    uint32_t drawn = 0;

    if (customers->n_welcomed < customers->n &&
        customers->first_day[customers->newcomers[customers->n_welcomed]] <= day &&
        rng_uniform(rng) < SHARE_NEWCOMERS)
        return customers->newcomers[customers->n_welcomed++];
    for (int i = 0; i < PATIENCE; i++) {
        drawn = alias_draw(&customers->activity, rng);
        if (customers->first_day[drawn] <= day && day <= customers->last_day[drawn])
            break;
    }
    return drawn;
}

CustomerTraits
customers_traits(const Customers *customers, uint32_t customer, int32_t day)
{
    CustomerTraits traits = {.country = home_country};
    bool has_moved;
    Rng rng;

    rng_init(&rng, customers->seed, rng_hash(STREAM_TRAITS, customer));
    if (rng_uniform(&rng) >= SHARE_AT_HOME)
        traits.country = draw_abroad(&rng);
    if (customers->n >= ALL_LABELS_FROM && customer < N_ABROAD)
        traits.country = abroad[customer].country;
    traits.basket = exp(BASKET_SD * rng_normal(&rng));
    traits.size = exp(SIZE_SD * rng_normal(&rng));
    traits.theme = (int)rng_below(&rng, N_THEMES);
    has_moved = rng_uniform(&rng) < SHARE_MOVED && day >= customers->middle_day;
    if (has_moved)
        traits.country = draw_abroad(&rng);
    return traits;
}
