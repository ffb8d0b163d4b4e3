/*
 * intermittent.c - demand that is mostly zero: Croston (1972), its correction by Syntetos and Boylan (2005),
 * and the method of Teunter, Syntetos and Babai (2011), which lets the forecast fall while nothing is sold.
 *
 * The forecast is one number for all steps. Its standard deviation is that of the values around it.
 */
#include <math.h>

#include "forecast/forecast_internal.h"

#define SMOOTHING 0.1

/* Smoothed demand and smoothed interval, both started by the first demand. 0 without any demand. */
static double
croston_rate(const Train *train, bool corrected)
{
    double size = NAN, interval = NAN, gap = 1;

    for (size_t t = 0; t < train->n; t++) {
        if (!train_known(train, t))
            continue;
        if (train->y[t] != 0) {
            bool first = isnan(size);

            size = first ? train->y[t] : size + SMOOTHING * (train->y[t] - size);
            interval = first ? gap : interval + SMOOTHING * (gap - interval);
            gap = 0;
        }
        gap++;
    }
    if (isnan(size))
        return 0;
    return size / interval * (corrected ? 1 - SMOOTHING / 2 : 1);
}

static double
tsb_rate(const Train *train)
{
    double demands = 0, known = 0, first = 0, size, chance;
    size_t n_first = 0;

    for (size_t t = 0; t < train->n; t++) {
        bool demand = train->y[t] != 0;

        if (!train_known(train, t))
            continue;
        known++;
        demands += demand;
        if (demand && n_first < 3) {
            first += train->y[t];
            n_first++;
        }
    }
    if (n_first == 0)
        return 0;
    chance = demands / known;
    size = first / (double)n_first;
    for (size_t t = 0; t < train->n; t++) {
        bool demand = train->y[t] != 0;

        if (!train_known(train, t))
            continue;
        chance += SMOOTHING * ((demand ? 1 : 0) - chance);
        if (demand)
            size += SMOOTHING * (train->y[t] - size);
    }
    return size * chance;
}

Status
intermittent(Env *env, const Train *train, int variant, Warm *warm, Ahead *ahead, bool *usable,
             Failure *failure)
{
    double rate =
        variant == INTERMITTENT_TSB ? tsb_rate(train) : croston_rate(train, variant == INTERMITTENT_SBA);
    double sum = 0, n = 0;

    (void)env, (void)warm, (void)failure;
    *usable = true;
    for (size_t t = 0; t < train->n; t++)
        if (train_known(train, t)) {
            sum += (train->y[t] - rate) * (train->y[t] - rate);
            n++;
        }
    for (size_t i = 0; i < ahead->h; i++) {
        ahead->mean[i] = rate;
        ahead->sd[i] = n > 1 ? sqrt(sum / (n - 1)) : NAN;
    }
    return STATUS_SUCCESS;
}
