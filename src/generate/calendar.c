/*
 * calendar.c - when the shop sells, how much of the whole falls on each day, and what was planted there.
 *
 * A trading day's weight is season * weekday * growth * noise * planted factor. The lines of all days follow
 * by rounding the cumulated weights, so that they add up to n_rows exactly and no day is off by more than one
 * line.
 *
 * Planted anomalies stand in disjoint stretches of the period, one in each, so that no two are neighbours;
 * the first weeks of a longer period are spared, since a detector needs a past.
 */
#include "generate/generate_internal.h"

#include <math.h>
#include <string.h>

#include "kit/civil.h"

#define GROWTH_A_YEAR      1.08
#define NOISE_SD           0.10
#define DAYS_A_YEAR        365.25
#define SPARED_DAYS        28
#define DAYS_WORTH_SPARING 61

/* Orders of a gift shop relative to the year's mean, at the middle of each month: a long autumn rise to
 * Christmas, then a fall. */
static const double season_by_month[12] = {0.72, 0.70, 0.80, 0.86, 0.95, 0.90,
                                           0.86, 0.82, 1.08, 1.22, 1.58, 1.15};

/* Monday to Sunday. */
static const double season_by_weekday[7] = {0.96, 1.09, 1.11, 1.31, 0.97, 0, 0.55};

enum { FIRST_HOUR = 6, N_HOURS = 15 };

/* Share of the lines by hour, 6 to 20 o'clock: Thursday's late opening, other weekdays, Sunday. */
static const int hours_thursday[N_HOURS] = {1, 2, 20, 70, 105, 115, 150, 130, 120, 125, 90, 60, 30, 14, 4};
static const int hours_weekday[N_HOURS] = {0, 2, 24, 75, 105, 118, 150, 138, 130, 150, 105, 55, 8, 1, 0};
static const int hours_sunday[N_HOURS] = {0, 0, 0, 12, 110, 150, 190, 170, 150, 120, 60, 4, 0, 0, 0};

/* Linear between the middles of the months. */
static double
season_of_year(int32_t day)
{
    CivilDate date = civil_date(day);
    double from_middle = (date.day - 15) / 30.0;
    int month = date.month - 1, other = (month + (from_middle < 0 ? 11 : 1)) % 12;
    double weight = fmin(fabs(from_middle), 0.5);

    return season_by_month[month] * (1 - weight) + season_by_month[other] * weight;
}

typedef struct PlantKind {
    const char *kind;
    bool moves_orders; /* and revenue with them; else revenue alone */
    double from, to;   /* range of the factor */
} PlantKind;

static const PlantKind plant_kinds[] = {
    {"spike", true, 1.9, 3.2},   {"drop", true, 0.30, 0.50},  {"spike", false, 1.9, 3.0},
    {"outage", true, 0.03, 0.1}, {"drop", false, 0.30, 0.50},
};

enum { N_PLANT_KINDS = sizeof(plant_kinds) / sizeof(plant_kinds[0]) };

static void
plant_day(Calendar *calendar, TradingDay *day, double *weight, const PlantKind *kind, double factor)
{
    PlantedAnomaly *planted = &calendar->planted[calendar->n_planted];

    if (kind->moves_orders) {
        *weight *= factor;
        day->orders_factor = factor;
        *planted++ = (PlantedAnomaly){day->day, "orders", kind->kind, factor};
        calendar->n_planted++;
    } else if (factor > 1)
        day->quantity_factor = factor;
    else
        day->price_factor = factor;
    *planted = (PlantedAnomaly){day->day, "revenue", kind->kind, factor};
    calendar->n_planted++;
}

static void
plant(Calendar *calendar, double *weights, const GenerateOptions *options)
{
    int32_t first = calendar->n_days >= DAYS_WORTH_SPARING ? SPARED_DAYS : 0;
    double stretch = (calendar->n_days - first) / fmax(1, options->n_anomalies);
    uint64_t offset;
    Rng rng;

    rng_init(&rng, options->seed, STREAM_ANOMALIES);
    offset = rng_below(&rng, N_PLANT_KINDS);
    for (int32_t i = 0; i < options->n_anomalies; i++) {
        const PlantKind *kind = &plant_kinds[(offset + (uint64_t)i) % N_PLANT_KINDS];
        int32_t at = first + (int32_t)((i + 0.2 + 0.6 * rng_uniform(&rng)) * stretch);
        double factor = kind->from + (kind->to - kind->from) * rng_uniform(&rng);

        plant_day(calendar, &calendar->days[at], &weights[at], kind, round(factor * 100) / 100);
    }
}

static int32_t
count_trading_days(const GenerateOptions *options)
{
    int32_t n = 0;

    for (int32_t i = 0; i < options->n_days; i++)
        n += almanac_is_open(options->start_day + i);
    return n;
}

static void
fill_days(Calendar *calendar, double *weights, const GenerateOptions *options)
{
    int32_t n = 0;
    Rng rng;

    rng_init(&rng, options->seed, STREAM_CALENDAR);
    for (int32_t i = 0; i < options->n_days; i++) {
        int32_t day = options->start_day + i;
        double noise = rng_normal(&rng);

        if (!almanac_is_open(day))
            continue;
        calendar->days[n] =
            (TradingDay){.day = day, .orders_factor = 1, .quantity_factor = 1, .price_factor = 1};
        weights[n++] = season_of_year(day) * season_by_weekday[almanac_weekday(day) - 1] *
                       pow(GROWTH_A_YEAR, i / DAYS_A_YEAR) * exp(NOISE_SD * noise);
    }
}

static void
share_lines(Calendar *calendar, const double *weights, int64_t n_rows)
{
    double total = 0, cumulated = 0;
    int64_t before = 0;

    for (int32_t i = 0; i < calendar->n_days; i++)
        total += weights[i];
    for (int32_t i = 0; i < calendar->n_days; i++) {
        bool is_last = i == calendar->n_days - 1;
        int64_t until;

        cumulated += weights[i];
        until = is_last ? n_rows : (int64_t)(cumulated / total * (double)n_rows + 0.5);
        calendar->days[i].n_lines = until - before;
        before = until;
    }
}

Status
calendar_new(Env *env, const GenerateOptions *options, Calendar *calendar, Failure *failure)
{
    Calendar made = {.n_days = count_trading_days(options)};
    double *weights;

    if (made.n_days == 0)
        return fail(failure, STATUS_BAD_VALUE, "The shop is closed on Saturdays and holidays: use more days.",
                    "the %d days from \"start_date\" on hold no trading day", options->n_days);
    if (options->n_anomalies > made.n_days / 5)
        return fail(failure, STATUS_BAD_VALUE, "At most every fifth trading day can be an anomaly.",
                    "argument \"n_anomalies\" must be between 0 and %d for %d trading days, not %d",
                    made.n_days / 5, made.n_days, options->n_anomalies);
    made.days = ENV_NEW(env, (size_t)made.n_days, TradingDay);
    made.planted = ENV_NEW(env, 2 * (size_t)options->n_anomalies, PlantedAnomaly);
    weights = ENV_NEW(env, (size_t)made.n_days, double);
    if (made.days == NULL || made.planted == NULL || weights == NULL)
        return fail_out_of_memory(failure);
    fill_days(&made, weights, options);
    plant(&made, weights, options);
    share_lines(&made, weights, options->n_rows);
    *calendar = made;
    return STATUS_SUCCESS;
}

Status
generate_planted(Env *env, const GenerateOptions *options, PlantedAnomaly **planted, int32_t *n_planted,
                 Failure *failure)
{
    Calendar calendar;

    RETURN_IF_FAILED(calendar_new(env, options, &calendar, failure));
    *planted = calendar.planted;
    *n_planted = calendar.n_planted;
    return STATUS_SUCCESS;
}

int
calendar_minute(int32_t day, double fraction)
{
    int weekday = almanac_weekday(day);
    const int *hours = weekday == 4 ? hours_thursday : weekday == 7 ? hours_sunday : hours_weekday;
    double left = 0;
    int hour = 0;

    for (int i = 0; i < N_HOURS; i++)
        left += hours[i];
    left *= fmin(fmax(fraction, 0), 0.999999);
    while (hour < N_HOURS - 1 && left >= hours[hour])
        left -= hours[hour++];
    return (FIRST_HOUR + hour) * 60 + (int)(60 * fmin(left / fmax(hours[hour], 1), 0.999));
}
