/*
 * catalogue.c - the products: codes, names, prices, popularity, and how they change over time.
 *
 * Products stand in the order of their codes; neighbours in a group of letters (84510A, 84510B, ...) are
 * variants of one article. Popularity is assigned to them by a random permutation of ranks. The weight of
 * rank r of 4000 is (r + 1)^-0.3 exp(-r / 1200), fitted to the line counts of a real gift shop: the first 100
 * of 4000 have 19 % of the lines, the first 1000 have 72 %. Ranks are scaled for other numbers of products.
 */
#include "generate/generate_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PRODUCTS_PER_LOOK 4096 /* made between two looks for a cancel, some ms */
#define FIRST_CODE        10002
#define CODES             89990 /* five-digit numbers from there on */
#define VARIANTS          4     /* products of a group of letters */
#define SCALE_RANKS       4000.0
#define SHARE_CHRISTMAS   0.08
#define SHARE_LATE        0.18 /* launched within the period, likewise withdrawn within it */
#define SHARE_RENAMED     0.05
#define SHARE_BLANKS      0.033 /* names with a double blank */
#define SHARE_PROMOTED    0.04  /* of the weeks of a product */
#define PATIENCE          12    /* draws until any product will do */
#define PATIENCE_THEME    4

/* Shop prices in pence; a product takes one of them at random, the middle ones more often. */
static const int16_t price_points[] = {19,  29,  39,  42,  42,  55,  65,   65,   85,  85,  85,
                                       125, 125, 125, 125, 145, 165, 165,  165,  195, 195, 210,
                                       210, 255, 255, 295, 295, 325, 375,  375,  415, 425, 495,
                                       495, 595, 675, 795, 850, 995, 1275, 1495, 1695};

enum { N_PRICE_POINTS = sizeof(price_points) / sizeof(price_points[0]) };

/* A typing slip of the kind that master data collect. */
static void
insert_blank(char *name, Rng *rng)
{
    char *blank = strchr(name, ' ');
    size_t length = strlen(name);

    if (blank == NULL || length + 2 > PRODUCT_NAME_SIZE)
        return;
    if (rng_below(rng, 2) == 0 && strchr(blank + 1, ' ') != NULL)
        blank = strchr(blank + 1, ' ');
    memmove(blank + 1, blank, length - (size_t)(blank - name) + 1);
}

static void
set_name(Product *product, const Product *variant_of, uint32_t index, Rng *rng)
{
    if (variant_of != NULL && strlen(variant_of->name) + 8 < PRODUCT_NAME_SIZE) {
        char stem[PRODUCT_NAME_SIZE];

        memcpy(stem, variant_of->name, sizeof(stem));
        snprintf(product->name, PRODUCT_NAME_SIZE, "%.34s %s", stem, words_colour(index));
    } else {
        words_compose(rng, product->is_christmas, product->name);
    }
    if (rng_uniform(rng) < SHARE_BLANKS)
        insert_blank(product->name, rng);
}

static void
set_life(Product *product, const GenerateOptions *options, Rng *rng)
{
    double launch = rng_uniform(rng) / SHARE_LATE, end = rng_uniform(rng) / SHARE_LATE;
    double rename = rng_uniform(rng) / SHARE_RENAMED;

    product->first_day = options->start_day;
    product->last_day = product->rename_day = INT32_MAX;
    if (launch < 1)
        product->first_day += (int32_t)(launch * options->n_days);
    if (end < 1)
        product->last_day = options->start_day + (int32_t)((0.3 + 0.7 * end) * options->n_days);
    if (rename < 1)
        product->rename_day = options->start_day + (int32_t)(rename * options->n_days);
}

static uint64_t
seeded(uint64_t seed, uint64_t stream, uint64_t key)
{
    return rng_hash(seed ^ (stream << 56), key);
}

static double
hash_uniform(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

/* Three of four products have a number of their own, the rest stand in groups of letters. */
static void
set_product(Catalogue *catalogue, uint32_t i, const GenerateOptions *options, Rng *rng)
{
    Product *product = &catalogue->products[i];
    uint32_t group = i - i % VARIANTS, variant = i % VARIANTS;
    bool has_letter = seeded(catalogue->seed, STREAM_PRODUCTS, group) % 4 == 0;
    uint32_t number = has_letter ? group : i;
    const Product *variant_of = has_letter && variant > 0 ? &catalogue->products[group] : NULL;
    unsigned code = FIRST_CODE + (unsigned)((uint64_t)number * CODES / catalogue->n);

    snprintf(product->code, sizeof(product->code), "%05u", code % 100000);
    if (has_letter) {
        product->code[5] = (char)('A' + variant);
        product->code[6] = '\0';
    }
    product->is_christmas = rng_uniform(rng) < SHARE_CHRISTMAS;
    set_name(product, variant_of, i, rng);
    product->price = 10 * price_points[(rng_below(rng, N_PRICE_POINTS) + rng_below(rng, N_PRICE_POINTS)) / 2];
    if (variant_of != NULL)
        product->price = variant_of->price;
    set_life(product, options, rng);
    product->theme = (uint8_t)(seeded(catalogue->seed, STREAM_PRODUCTS, ~(uint64_t)group) % N_THEMES);
}

static Status
set_popularity(Env *env, Catalogue *catalogue, uint64_t seed, Failure *failure)
{
    double *weights = ENV_NEW(env, catalogue->n, double);
    Rng rng;

    if (weights == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t i = 0; i < catalogue->n; i++) {
        double rank = i * (SCALE_RANKS / catalogue->n);

        weights[i] = pow(rank + 1, -0.3) * exp(-rank / 1200);
    }
    rng_init(&rng, seed, STREAM_PRODUCT_RANKS);
    for (uint32_t i = catalogue->n - 1; i > 0; i--) {
        uint32_t j = (uint32_t)rng_below(&rng, (uint64_t)i + 1);
        double weight = weights[i];

        weights[i] = weights[j];
        weights[j] = weight;
    }
    return alias_build(env, weights, catalogue->n, &catalogue->popularity, failure);
}

Status
catalogue_new(Env *env, const GenerateOptions *options, Catalogue *catalogue, Failure *failure)
{
    Catalogue made = {.n = (uint32_t)options->n_products, .seed = options->seed};
    Rng rng;

    made.products = ENV_NEW(env, made.n, Product);
    if (made.products == NULL)
        return fail_out_of_memory(failure);
    rng_init(&rng, options->seed, STREAM_PRODUCTS);
    for (uint32_t i = 0; i < made.n; i++) {
        if (i % PRODUCTS_PER_LOOK == 0 && env_cancelled(env))
            return fail_cancelled(failure);
        set_product(&made, i, options, &rng);
    }
    RETURN_IF_FAILED(set_popularity(env, &made, options->seed, failure));
    *catalogue = made;
    return STATUS_SUCCESS;
}

/* From the season's order share: a Christmas article is a rare sight in spring. */
static bool
is_in_season(const Product *product, int month, Rng *rng)
{
    static const double share[12] = {0.15, 0.05, 0.03, 0.03, 0.03, 0.03, 0.08, 0.3, 1, 1, 1, 1};

    return !product->is_christmas || rng_uniform(rng) < share[month - 1];
}

bool
catalogue_sells(const Catalogue *catalogue, uint32_t product, int32_t day)
{
    return day >= catalogue->products[product].first_day && day <= catalogue->products[product].last_day;
}

uint32_t
catalogue_draw(const Catalogue *catalogue, Rng *rng, int32_t day, int month, int theme)
{
    uint32_t drawn = 0;

    for (int i = 0; i < PATIENCE; i++) {
        const Product *product;

        drawn = alias_draw(&catalogue->popularity, rng);
        product = &catalogue->products[drawn];
        if (!catalogue_sells(catalogue, drawn, day) || !is_in_season(product, month, rng))
            continue;
        if (theme < 0 || product->theme == theme || i >= PATIENCE_THEME)
            break;
    }
    return drawn;
}

int32_t
catalogue_price(const Catalogue *catalogue, uint32_t product, int32_t day, double *discount)
{
    uint64_t bits =
        seeded(catalogue->seed, STREAM_PROMOTIONS, ((uint64_t)product << 32) | (uint32_t)(day / 7));
    int32_t price = catalogue->products[product].price;

    *discount = 1;
    if (hash_uniform(bits) >= SHARE_PROMOTED)
        return price;
    *discount = 0.6 + 0.25 * hash_uniform(rng_mix(bits));
    return (int32_t)(price * *discount / 10 + 0.5) * 10;
}

void
catalogue_name(const Catalogue *catalogue, uint32_t product, int32_t day, char *name)
{
    const Product *p = &catalogue->products[product];
    size_t n = strlen(p->name);
    char *blank;

    memcpy(name, p->name, n + 1);
    if (day < p->rename_day)
        return;
    blank = product % 2 == 0 ? strrchr(name, ' ') : NULL;
    if (blank != NULL)
        memmove(blank, blank + 1, strlen(blank)); /* "TEATOWEL" */
    else
        memcpy(name + n, " NEW", 5);
}
