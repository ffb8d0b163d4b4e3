#include "kit/rolling.h"

#include <math.h>
#include <string.h>

Rolling
rolling_new(Env *env, size_t most)
{
    return (Rolling){.sorted = ENV_NEW(env, most, double)};
}

/* The first place whose value is not below the given one. */
static size_t
place_of(const Rolling *r, double value)
{
    size_t low = 0, high = r->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void
rolling_add(Rolling *r, double value)
{
    size_t place;

    if (isnan(value))
        return;
    place = place_of(r, value);
    memmove(r->sorted + place + 1, r->sorted + place, (r->n - place) * sizeof(double));
    r->sorted[place] = value;
    r->n++;
}

void
rolling_remove(Rolling *r, double value)
{
    size_t place;

    if (isnan(value))
        return;
    place = place_of(r, value);
    r->n--;
    memmove(r->sorted + place, r->sorted + place + 1, (r->n - place) * sizeof(double));
}

double
rolling_median(const Rolling *r)
{
    if (r->n == 0)
        return NAN;
    /* Halved first: the sum of two large values may overflow. */
    return r->n % 2 == 1 ? r->sorted[r->n / 2] : r->sorted[r->n / 2 - 1] / 2 + r->sorted[r->n / 2] / 2;
}
