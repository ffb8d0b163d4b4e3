/*
 * ses.c - simple exponential smoothing with the least-squares alpha and first level, with a drift.
 *
 * Method: the errors are linear in the first level, which is solved for in closed form; alpha is searched on
 * a grid and refined by golden section. Half the slope of a straight line as drift makes it the standard
 * Theta method (Hyndman and Billah, "Unmasking the Theta method", 2003).
 */
#include <math.h>

#include "forecast/forecast_internal.h"

#define LEAST_ALPHA 1e-4
#define MOST_ALPHA  0.9999
#define GOLDEN      0.6180339887498949
#define N_SECTIONS  40

/* The best first level for an alpha, and the sum of squares with it. */
static double
ses_errors(const double *x, size_t n, double alpha, double *l0, double *level)
{
    double from_data = 0, impulse = 1; /* the level is from_data + impulse * l0 */
    double ee = 0, ei = 0, ii = 0;

    for (size_t t = 0; t < n; t++) {
        double e = x[t] - from_data;

        ee += e * e;
        ei += e * impulse;
        ii += impulse * impulse;
        from_data += alpha * e;
        impulse *= 1 - alpha;
    }
    *l0 = ei / ii;
    *level = from_data + impulse * *l0;
    return fmax(ee - ei * ei / ii, 0);
}

static double
slope_of(const double *x, size_t n)
{
    double centre = ((double)n - 1) / 2, xy = 0, xx = 0;

    for (size_t t = 0; t < n; t++) {
        xy += ((double)t - centre) * x[t];
        xx += ((double)t - centre) * ((double)t - centre);
    }
    return n > 1 ? xy / xx : 0;
}

SesFit
ses_fit_alpha(const double *x, size_t n, double alpha)
{
    SesFit fit = {.alpha = alpha, .drift = slope_of(x, n) / 2};

    fit.sse = ses_errors(x, n, alpha, &fit.l0, &fit.level);
    return fit;
}

SesFit
ses_fit(const double *x, size_t n)
{
    static const double grid[] = {LEAST_ALPHA, 0.03, 0.08, 0.15, 0.25,      0.4,
                                  0.55,        0.7,  0.85, 0.95, MOST_ALPHA};
    const size_t n_grid = sizeof(grid) / sizeof(grid[0]);
    double best = INFINITY, l0, level, low, high, a, b, at_a, at_b;
    size_t k = 0;

    for (size_t i = 0; i < n_grid; i++) {
        double sse = ses_errors(x, n, grid[i], &l0, &level);

        if (sse < best) {
            best = sse;
            k = i;
        }
    }
    low = grid[k > 0 ? k - 1 : 0];
    high = grid[k + 1 < n_grid ? k + 1 : k];
    a = high - GOLDEN * (high - low);
    b = low + GOLDEN * (high - low);
    at_a = ses_errors(x, n, a, &l0, &level);
    at_b = ses_errors(x, n, b, &l0, &level);
    for (int i = 0; i < N_SECTIONS && high - low > 1e-6; i++) {
        if (at_a <= at_b) {
            high = b, b = a, at_b = at_a;
            a = high - GOLDEN * (high - low);
            at_a = ses_errors(x, n, a, &l0, &level);
        } else {
            low = a, a = b, at_a = at_b;
            b = low + GOLDEN * (high - low);
            at_b = ses_errors(x, n, b, &l0, &level);
        }
    }
    return ses_fit_alpha(x, n, fmin(at_a, at_b) < best ? (at_a <= at_b ? a : b) : grid[k]);
}

double
ses_drift_ahead(const SesFit *fit, size_t n, size_t h)
{
    double settled = (1 - pow(1 - fit->alpha, (double)n)) / fit->alpha;

    return fit->level + fit->drift * ((double)h - 1 + settled);
}
