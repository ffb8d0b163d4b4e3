/*
 * shop.c - the shop as a whole: options, start, one line after another.
 *
 * Method: an event simulation of a gift wholesaler with a web shop. The calendar gives every trading day its
 * number of lines; the day is filled with invoices of random kind, buyer and length until they are written,
 * the last one being cut. Each day has a random stream of its own. Nothing is fitted at run time: the
 * constants beside the draws were read off the 541,909 lines of UCI Online Retail (Chen, Sain and Guo 2012),
 * from which no line, name or amount is taken.
 *
 * Cost: some 10^6 lines a second on one core; memory O(customers + products + days).
 */
#include "generate/generate_internal.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "kit/civil.h"

#define FIRST_INVOICE    536364
#define LINES_A_CUSTOMER 125
#define LINES_A_PRODUCT  125
#define FEWEST_PRODUCTS  50
#define MOST_PRODUCTS    4000 /* by default */
#define DAYS_AN_ANOMALY  40

static int32_t
clamp(int64_t value, int32_t least, int32_t most)
{
    return value < least ? least : value > most ? most : (int32_t)value;
}

static void
set_defaults(GenerateOptions *options)
{
    if (options->n_customers == GENERATE_DEFAULT)
        options->n_customers = clamp(options->n_rows / LINES_A_CUSTOMER, 1, GENERATE_MAX_CUSTOMERS);
    if (options->n_products == GENERATE_DEFAULT)
        options->n_products = clamp(options->n_rows / LINES_A_PRODUCT, FEWEST_PRODUCTS, MOST_PRODUCTS);
    if (options->n_anomalies == GENERATE_DEFAULT)
        options->n_anomalies = options->n_days / DAYS_AN_ANOMALY;
}

static Status
check_range(const char *argument, int64_t value, int64_t least, int64_t most, const char *hint,
            Failure *failure)
{
    if (value >= least && value <= most)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, hint, "argument \"%s\" must be between %lld and %lld, not %lld",
                argument, (long long)least, (long long)most, (long long)value);
}

Status
generate_options_resolve(GenerateOptions *options, Failure *failure)
{
    int64_t first = civil_day_number((CivilDate){GENERATE_FIRST_YEAR, 1, 1});
    int64_t last = civil_day_number((CivilDate){GENERATE_LAST_YEAR, 12, 31});

    RETURN_IF_FAILED(check_range("n_rows", options->n_rows, 1, GENERATE_MAX_ROWS,
                                 "It is the number of sales lines to make.", failure));
    RETURN_IF_FAILED(check_range("n_days", options->n_days, 1, GENERATE_MAX_DAYS,
                                 "It is the number of calendar days from \"start_date\" on.", failure));
    if (options->start_day < first || options->start_day > last)
        return fail(failure, STATUS_BAD_VALUE, "A date such as 2010-12-01 will do.",
                    "argument \"start_date\" must be in the years %d to %d", GENERATE_FIRST_YEAR,
                    GENERATE_LAST_YEAR);
    set_defaults(options);
    RETURN_IF_FAILED(check_range("n_customers", options->n_customers, 1, GENERATE_MAX_CUSTOMERS,
                                 "Leave it out to get one customer for 125 lines.", failure));
    RETURN_IF_FAILED(check_range("n_products", options->n_products, 1, GENERATE_MAX_PRODUCTS,
                                 "Leave it out to get 50 to 4000 products.", failure));
    return check_range("n_anomalies", options->n_anomalies, 0, options->n_days,
                       "Leave it out to get one for 40 days.", failure);
}

static void
start_day(Shop *shop)
{
    shop->day = shop->calendar.days[shop->day_index].day;
    shop->month = civil_date(shop->day).month;
    shop->n_day_written = 0;
    shop->minute = 0;
    shop->n_recent = 0;
    rng_init(&shop->rng, shop->seed, rng_hash(STREAM_DAYS, (uint64_t)shop->day_index));
}

Status
shop_new(Env *env, const GenerateOptions *options, Shop **shop, Failure *failure)
{
    Shop *made = ENV_NEW(env, 1, Shop);

    if (made == NULL)
        return fail_out_of_memory(failure);
    made->seed = options->seed;
    made->number = FIRST_INVOICE;
    RETURN_IF_FAILED(calendar_new(env, options, &made->calendar, failure));
    RETURN_IF_FAILED(catalogue_new(env, options, &made->catalogue, failure));
    RETURN_IF_FAILED(customers_new(env, options, &made->customers, failure));
    for (int i = 0; i < N_NORMALS; i++)
        made->normals[i] = gsl_cdf_ugaussian_Pinv((i + 0.5) / N_NORMALS);
    start_day(made);
    *shop = made;
    return STATUS_SUCCESS;
}

const SalesLine *
shop_next(Shop *shop)
{
    while (shop->n_day_written >= shop->calendar.days[shop->day_index].n_lines) {
        if (shop->day_index == shop->calendar.n_days - 1)
            return NULL;
        shop->day_index++;
        start_day(shop);
    }
    if (shop->invoice.n_written == shop->invoice.n_lines)
        invoice_start(shop, shop->calendar.days[shop->day_index].n_lines - shop->n_day_written);
    invoice_write_line(shop);
    shop->n_day_written++;
    return &shop->line;
}

bool
shop_chance(Shop *shop, double probability)
{
    return rng_uniform(&shop->rng) < probability;
}

int32_t
shop_lognormal(Shop *shop, double median, double sd, double most)
{
    double z = shop->normals[rng_next(&shop->rng) % N_NORMALS];

    return (int32_t)(fmin(fmax(median * exp(sd * z), 1), most) + 0.5);
}
