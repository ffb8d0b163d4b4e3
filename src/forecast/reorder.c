/*
 * reorder.c - safety stock, reorder point, order quantity.
 *
 * Normal: demand + z sd. Slow movers: the k-th smallest error of n past totals, k = ceil((n + 1) p), which
 * covers with probability p or more whatever the distribution; where k > n, or the lead time varies, the
 * quantile of a negative binomial distribution (demand as a Poisson stream of varying rate).
 */
#include "forecast/reorder.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "kit/quantile.h"

#define FEWEST_EMPIRICAL 10
#define ROUNDING         1e-9 /* of a pack: 2.0000000001 packs are 2 */
#define MOST_UNITS       1e15

void
reorder_options_init(ReorderOptions *options)
{
    *options = (ReorderOptions){.service_level = 0.95, .interval_width = 0.8, .pack_size = 1};
}

const char *
reorder_method_text(ReorderMethod method)
{
    static const char *const texts[] = {"normal, past totals", "normal, independent steps", "empirical",
                                        "negative binomial", "poisson"};

    return texts[method];
}

static Status
check_range(const char *name, double value, double least, double most, Failure *failure)
{
    if (value >= least && value <= most)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE,
                "Pass a number within these limits, in steps or units of the forecast.",
                "argument \"%s\" must be between %g and %g, not %g", name, least, most, value);
}

static Status
check_share(const char *name, double value, Failure *failure)
{
    if (value > 0 && value < 1)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, "It is a probability, for example 0.95.",
                "argument \"%s\" must be above 0 and below 1, not %g", name, value);
}

static Status
check_options(const ReorderOptions *o, Failure *failure)
{
    RETURN_IF_FAILED(check_range("lead_time", o->lead_time, 0, REORDER_MAX_PERIODS, failure));
    RETURN_IF_FAILED(check_range("lead_time_sd", o->lead_time_sd, 0, REORDER_MAX_PERIODS, failure));
    RETURN_IF_FAILED(check_range("review_period", o->review_period, 0, REORDER_MAX_PERIODS, failure));
    RETURN_IF_FAILED(check_share("service_level", o->service_level, failure));
    RETURN_IF_FAILED(check_share("interval_width", o->interval_width, failure));
    RETURN_IF_FAILED(check_range("min_order", o->min_order, 0, MOST_UNITS, failure));
    if (!(o->pack_size > 0 && o->pack_size <= MOST_UNITS))
        return fail(failure, STATUS_BAD_VALUE,
                    "It is the number of units that are ordered together; 1 for whole units.",
                    "argument \"pack_size\" must be above 0, not %g", o->pack_size);
    if (isinf(o->on_hand) || isinf(o->on_order))
        return fail(failure, STATUS_BAD_VALUE, "NULL is an unknown stock.", "argument \"%s\" must be finite",
                    isinf(o->on_hand) ? "on_hand" : "on_order");
    return STATUS_SUCCESS;
}

static Status
check_forecast(const Series *f, size_t steps, Failure *failure)
{
    if (f->n_columns == 1)
        return fail(failure, STATUS_BAD_SHAPE, "Pass series_agg(ds, yhat, yhat_lower, yhat_upper).",
                    "argument \"forecast\" must have both bounds or none");
    if (f->n < steps)
        return fail(failure, STATUS_BAD_DATA, "Forecast a longer horizon.",
                    "argument \"forecast\" has %zu steps, lead time and review period take %zu", f->n, steps);
    for (size_t i = 0; i < steps; i++) {
        if (i > 0 && f->ds[i] == f->ds[i - 1])
            return fail(failure, STATUS_BAD_DATA,
                        "Pass the forecast of one series: GROUP BY what tells them apart.",
                        "argument \"forecast\" has two rows of one ds");
        if (!isfinite(f->y[i]))
            return fail(failure, STATUS_BAD_DATA, "Leave out series that could not be forecast.",
                        "argument \"forecast\" has no finite yhat at step %zu", i + 1);
    }
    return STATUS_SUCCESS;
}

/* Sums of the errors of each origin that has them all, into totals; how many. */
static Status
sum_errors(const Series *e, size_t steps, double *totals, size_t *n, Failure *failure)
{
    *n = 0;
    for (size_t i = 0; i < e->n;) {
        size_t from = i;
        double sum = 0;

        for (; i < e->n && e->ds[i] == e->ds[from]; i++)
            sum += e->y[i];
        if (i - from != steps)
            return fail(
                failure, STATUS_BAD_DATA,
                "Pass series_agg(cutoff, y - yhat) over forecast_backtest with horizon => lead time + review "
                "period.",
                "argument \"errors\" has %zu rows of a cutoff, lead time and review period take %zu steps",
                i - from, steps);
        if (isinf(sum))
            return fail(failure, STATUS_BAD_DATA,
                        "Replace infinite values, with NULL where they are unknown.",
                        "argument \"errors\" holds an infinite value");
        if (!isnan(sum))
            totals[(*n)++] = sum;
    }
    return STATUS_SUCCESS;
}

/* Of one step. Bounds may have been cut on one side. */
static double
step_sd(const Series *f, size_t i, double z)
{
    double lower, upper;

    if (f->n_columns < 2)
        return NAN;
    lower = f->columns[0][i];
    upper = f->columns[1][i];
    return fmax(upper - f->y[i], (upper - lower) / 2) / z;
}

/* The demand of `periods` steps, the last one in part; its variance by the steps' bounds in *variance. */
static double
sum_demand(const Series *f, const ReorderOptions *o, double periods, double *variance)
{
    double demand = 0, z = gsl_cdf_ugaussian_Pinv((1 + o->interval_width) / 2);

    *variance = 0;
    for (size_t i = 0; (double)i < periods; i++) {
        double part = fmin(1, periods - (double)i), sd = step_sd(f, i, z);

        demand += part * f->y[i];
        *variance += part * sd * sd;
    }
    return fmax(demand, 0);
}

static double
mean_square(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] / (double)n * x[i];
    return sum;
}

static double
discrete_cdf(double k, double mean, double variance)
{
    if (k >= 4294967295.0)
        return 1;
    if (variance > mean)
        return gsl_cdf_negative_binomial_P((unsigned)k, mean / variance, mean * mean / (variance - mean));
    return gsl_cdf_poisson_P((unsigned)k, mean);
}

/* The least whole number that demand does not exceed with probability p. */
static double
discrete_quantile(double p, double mean, double variance)
{
    double below = -1, at = 1;

    while (discrete_cdf(at, mean, variance) < p) {
        below = at;
        at *= 2;
    }
    while (at - below > 1) {
        double middle = floor((at + below) / 2);

        if (discrete_cdf(middle, mean, variance) < p)
            below = middle;
        else
            at = middle;
    }
    return at;
}

/* The rank of the error that is not exceeded with probability p; above n where n errors cannot tell. */
static size_t
rank_of(double p, size_t n)
{
    return (size_t)ceil((double)(n + 1) * p - ROUNDING);
}

static double
quantity(const ReorderOptions *o, double reorder_point)
{
    double position = o->on_hand + o->on_order, need = reorder_point - position;

    if (isnan(position))
        return NAN;
    if (need <= 0)
        return 0;
    return ceil(fmax(need, o->min_order) / o->pack_size - ROUNDING) * o->pack_size;
}

/* The level of stock by the method that suits; needs demand and demand_sd. */
static double
level_of_stock(const ReorderOptions *o, double periods, double *totals, size_t n, ReorderPoint *point)
{
    double variance = point->demand_sd * point->demand_sd;
    bool exact = o->lead_time_sd == 0 && periods == floor(periods);

    if (point->demand < REORDER_SLOW) {
        if (exact && n >= FEWEST_EMPIRICAL && rank_of(o->service_level, n) <= n) {
            point->method = REORDER_EMPIRICAL;
            median_in_place(totals, n); /* sorts them */
            return point->demand + totals[rank_of(o->service_level, n) - 1];
        }
        if (point->demand > 0) {
            point->method = variance > point->demand ? REORDER_NEGATIVE_BINOMIAL : REORDER_POISSON;
            return discrete_quantile(o->service_level, point->demand, variance);
        }
    }
    return point->demand + gsl_cdf_ugaussian_Pinv(o->service_level) * point->demand_sd;
}

Status
reorder_point(Env *env, const Series *forecast, const Series *errors, const ReorderOptions *o,
              ReorderPoint *point, Failure *failure)
{
    double periods = o->lead_time + o->review_period, *totals = ENV_NEW(env, errors->n, double);
    double variance, rate, level;
    size_t steps, n;

    if (totals == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(check_options(o, failure));
    steps = (size_t)ceil(periods);
    RETURN_IF_FAILED(check_forecast(forecast, steps, failure));
    RETURN_IF_FAILED(sum_errors(errors, steps, totals, &n, failure));
    point->demand = sum_demand(forecast, o, periods, &variance);
    point->method = n >= REORDER_FEWEST_TOTALS ? REORDER_NORMAL_TOTALS : REORDER_NORMAL_STEPS;
    if (point->method == REORDER_NORMAL_TOTALS)
        variance = steps > 0 ? mean_square(totals, n) * periods / (double)steps : 0;
    if (isnan(variance))
        return fail(failure, STATUS_BAD_DATA,
                    "Pass series_agg(ds, yhat, yhat_lower, yhat_upper), or errors of past forecasts.",
                    "argument \"forecast\" has no bounds, and \"errors\" fewer than %d cutoffs",
                    REORDER_FEWEST_TOTALS);
    rate = periods > 0 ? point->demand / periods : forecast->n > 0 ? forecast->y[0] : 0;
    point->demand_sd = sqrt(variance + rate * rate * o->lead_time_sd * o->lead_time_sd);
    level = level_of_stock(o, periods, totals, n, point);
    point->reorder_point = fmax(level, 0);
    point->safety_stock = point->reorder_point - point->demand;
    point->order_quantity = quantity(o, point->reorder_point);
    if (!isfinite(level) || !isfinite(point->demand_sd) || isinf(point->order_quantity))
        return fail(failure, STATUS_BAD_DATA, "Divide the values by a constant first.",
                    "the reorder point exceeds double precision");
    return STATUS_SUCCESS;
}
