/*
 * verdict.c - one cell's row: expectation, bounds, deviation, scores, alert.
 *
 * The bounds lie at |z| = 3 / sensitivity, where the weakest alert begins. The rank score s + |z| / (|z| + 4)
 * (6 on grids finer than a day) joins the forest's score and the deviation in one order for all rows. Shops
 * slow down before a closure and catch up after it: the first open day before and after raises at most a low
 * alert, and one more for every four days that the closure lasts.
 */
#include "anomaly/anomaly_internal.h"

#include <math.h>

#include "kit/civil.h"

#define BOUND_Z         3.0
#define RANK_HALF       4.0
#define FINE_RANK_HALF  6.0
#define DAYS_PER_BESIDE 4 /* days of a closure for one more open day beside it ... */
#define MOST_BESIDE     7 /* ... up to a week of them */

AnomalyRow
verdict_none(const Grid *grid, size_t t)
{
    return (AnomalyRow){.moment = grid->moment[t],
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

/* True for a day of a weekday that is shut. */
static bool
is_shut_day(const Grid *grid, const Expectation *e, int64_t day)
{
    int64_t weekday = (day % 7 + 7) % 7;

    return grid->kind == GRID_DAILY && grid->expectation == NULL && e->shut[weekday];
}

/* Days from the given one on in a direction that are closed, shut weekdays between them included. */
static int64_t
closure_length(const Grid *grid, const Expectation *e, int64_t day, int step)
{
    int64_t length = 0, closed = 0;

    while (grid_is_closed_day(grid, day) || is_shut_day(grid, e, day)) {
        length++;
        if (grid_is_closed_day(grid, day))
            closed = length;
        if (length > MOST_BESIDE * DAYS_PER_BESIDE)
            break;
        day += step;
    }
    return closed;
}

/* True when a closure begins after few enough open days from the given one in a direction. */
static bool
closure_near(const Grid *grid, const Expectation *e, int64_t day, int step)
{
    for (int64_t n_open = 0; n_open < MOST_BESIDE;) {
        int64_t length;

        day += step;
        length = closure_length(grid, e, day, step);
        if (length > 0)
            return n_open <= length / DAYS_PER_BESIDE;
        n_open += !is_shut_day(grid, e, day);
        if (day < grid_day(grid, 0) - MOST_BESIDE * 2 || day > grid_day(grid, grid->n - 1) + MOST_BESIDE * 2)
            return false;
    }
    return false;
}

/* A cell of several days is beside a closure when one of its days is closed. */
static bool
beside_closure(const Grid *grid, const Expectation *e, size_t t)
{
    int64_t first = grid_day(grid, t), last = first;

    if (grid->n_closed == 0)
        return false;
    if (grid->kind == GRID_COARSE)
        last = first + grid->step / CIVIL_DAY - 1;
    for (int64_t day = first; grid->kind == GRID_COARSE && day <= last; day++)
        if (grid_is_closed_day(grid, day))
            return true;
    return closure_near(grid, e, first, -1) || closure_near(grid, e, last, 1);
}

static bool
large_enough(const AnomalyRow *row, const AnomalyOptions *o)
{
    return fabs(row->deviation) >= o->min_abs &&
           (isnan(row->deviation_pct) || fabs(row->deviation_pct) >= o->min_pct);
}

static AnomalySeverity
alert_of_row(const AnomalyRow *row, size_t n_cells, const AnomalyOptions *o)
{
    AnomalySeverity severity = anomaly_severity(row->z * o->sensitivity, row->quantile, n_cells);

    if ((o->direction != ANOMALY_BOTH && o->direction != row->direction) || !large_enough(row, o))
        return ANOMALY_NONE;
    return severity > ANOMALY_LOW && row->beside_closure ? ANOMALY_LOW : severity;
}

AnomalyRow
verdict_of_cell(const Grid *grid, const Fit *fit, size_t t, double score, double quantile, size_t n_cells,
                const AnomalyOptions *o)
{
    AnomalyRow row = verdict_none(grid, t);
    const Spread *s = &fit->spread;
    double half = grid->kind == GRID_FINE ? FINE_RANK_HALF : RANK_HALF;

    if (!fit->expectation.usable || grid->closed[t])
        return row;
    row.expected = expectation_at(&fit->expectation, grid, t);
    if (isnan(row.expected))
        return row;
    row.lower = spread_inverse(s, -BOUND_Z / o->sensitivity, row.expected);
    row.upper = spread_inverse(s, BOUND_Z / o->sensitivity, row.expected);
    /* A trailing level lags behind a trend, as the usual residual tells. */
    if (fit->trailing && grid->expectation == NULL)
        row.expected = spread_inverse(s, 0, row.expected);
    row.deviation = row.actual - row.expected;
    if (row.expected != 0 && fabs(row.expected) >= s->offset)
        row.deviation_pct = 100 * row.deviation / row.expected;
    row.z = fit->z[t - fit->from];
    row.judged = !isnan(row.z) && (!isnan(score) || fabs(row.z) < o->score_from);
    if (!row.judged)
        return row;
    row.beside_closure = beside_closure(grid, &fit->expectation, t);
    row.direction = row.deviation > 0 ? ANOMALY_SPIKE : row.deviation < 0 ? ANOMALY_DROP : ANOMALY_BOTH;
    if (isnan(score))
        return row;
    row.score = score;
    row.quantile = quantile;
    row.rank_score = score + fabs(row.z) / (fabs(row.z) + half);
    row.severity = alert_of_row(&row, n_cells, o);
    return row;
}

void
verdict_episodes(const Grid *grid, AnomalyRow *rows, size_t n)
{
    int64_t last[2] = {0, 0};
    size_t episode[2] = {0, 0}, n_episodes = 0;

    for (size_t i = 0; i < n; i++) {
        size_t d = rows[i].direction == ANOMALY_SPIKE;
        /* Fine rows lie within half a step of their cells. */
        int64_t reach = 2 * grid->step + (grid->kind == GRID_FINE ? grid->step / 2 : 0);

        if (rows[i].severity == ANOMALY_NONE)
            continue;
        if (episode[d] == 0 || rows[i].moment - last[d] > reach)
            episode[d] = ++n_episodes;
        rows[i].episode = episode[d];
        last[d] = rows[i].moment;
    }
}
