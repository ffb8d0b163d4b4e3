/*
 * verdict.c - one day's row: expectation, bounds, deviation, scores, alert.
 *
 * The bounds lie at |z| = 3 / sensitivity, where the weakest alert begins. The rank score s + |z| / (|z| + 4)
 * joins the forest's score and the deviation in one order for all days. The first open day before and after
 * closed days raises at most a low alert: shops slow down and catch up there.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>

#define BOUND_Z   3.0
#define RANK_HALF 4.0

AnomalyRow
verdict_none(const Grid *grid, size_t t)
{
    return (AnomalyRow){.day = grid->first_day + (int64_t)t,
                        .actual = grid->y[t],
                        .expected = NAN,
                        .lower = NAN,
                        .upper = NAN,
                        .deviation = NAN,
                        .deviation_pct = NAN,
                        .score = NAN,
                        .z = NAN,
                        .quantile = NAN,
                        .rank_score = NAN};
}

/* True when closed days lie next to t in the given direction, shut weekdays between them passed over. */
static bool
closed_beyond(const Grid *grid, const Expectation *e, size_t t, int step)
{
    size_t j = t;

    for (;;) {
        if ((step < 0 && j == 0) || (step > 0 && j + 1 == grid->n))
            return false;
        j = step < 0 ? j - 1 : j + 1;
        if (grid->closed[j])
            return true;
        if (!e->shut[grid_weekday(grid, j)])
            return false;
    }
}

static bool
large_enough(const AnomalyRow *row, const AnomalyOptions *o)
{
    return fabs(row->deviation) >= o->min_abs &&
           (isnan(row->deviation_pct) || fabs(row->deviation_pct) >= o->min_pct);
}

static AnomalySeverity
alert_of_day(const Grid *grid, const Fit *fit, size_t t, const AnomalyRow *row, size_t n_days,
             const AnomalyOptions *o)
{
    const Expectation *e = &fit->expectation;
    AnomalySeverity severity = anomaly_severity(row->z * o->sensitivity, row->quantile, n_days);

    if ((o->direction != ANOMALY_BOTH && o->direction != row->direction) || !large_enough(row, o))
        return ANOMALY_NONE;
    if (severity > ANOMALY_LOW && (closed_beyond(grid, e, t, -1) || closed_beyond(grid, e, t, 1)))
        return ANOMALY_LOW;
    return severity;
}

AnomalyRow
verdict_of_day(const Grid *grid, const Fit *fit, size_t t, double score, double quantile, size_t n_days,
               const AnomalyOptions *o)
{
    AnomalyRow row = verdict_none(grid, t);
    const Spread *s = &fit->spread;

    if (!fit->expectation.usable || grid->closed[t])
        return row;
    row.expected = expectation_at(&fit->expectation, grid, t);
    if (isnan(row.expected))
        return row;
    row.lower = spread_inverse(s, -BOUND_Z / o->sensitivity, row.expected);
    row.upper = spread_inverse(s, BOUND_Z / o->sensitivity, row.expected);
    row.deviation = row.actual - row.expected;
    if (row.expected != 0 && fabs(row.expected) >= s->offset)
        row.deviation_pct = 100 * row.deviation / row.expected;
    row.z = fit->z[t - fit->from];
    row.judged = !isnan(row.z) && !isnan(score);
    if (!row.judged)
        return row;
    row.score = score;
    row.quantile = quantile;
    row.rank_score = score + fabs(row.z) / (fabs(row.z) + RANK_HALF);
    row.direction = row.deviation > 0 ? ANOMALY_SPIKE : row.deviation < 0 ? ANOMALY_DROP : ANOMALY_BOTH;
    row.severity = alert_of_day(grid, fit, t, &row, n_days, o);
    return row;
}
