#include "metric/metric.h"

#include <math.h>
#include <stdbool.h>

/* The numbers of a row by place; what stands there depends on the kind. */
enum { Y, YHAT, LOWER = YHAT, SCALE, QUANTILE = SCALE, UPPER = SCALE, WIDTH };

int
metric_n_arguments(MetricKind kind)
{
    switch (kind) {
    case METRIC_MASE:
    case METRIC_COVERAGE:
    case METRIC_PINBALL:
        return 3;
    case METRIC_WINKLER:
        return 4;
    default:
        return 2;
    }
}

static Status
check_finite(const char *argument, double value, Failure *failure)
{
    if (isfinite(value))
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, "Leave such rows out with FILTER (WHERE ...).",
                "argument \"%s\" must be finite, not %g", argument, value);
}

static Status
check_probability(const char *argument, double value, const char *hint, Failure *failure)
{
    if (value > 0 && value < 1)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, hint, "argument \"%s\" must be above 0 and below 1, not %g",
                argument, value);
}

static Status
check_row(MetricKind kind, const double *row, Failure *failure)
{
    RETURN_IF_FAILED(check_finite("y", row[Y], failure));
    if (kind == METRIC_COVERAGE)
        return STATUS_SUCCESS;
    if (kind != METRIC_WINKLER)
        RETURN_IF_FAILED(check_finite("yhat", row[YHAT], failure));
    if (kind == METRIC_MASE && !(row[SCALE] >= 0 && isfinite(row[SCALE])))
        return fail(failure, STATUS_BAD_VALUE,
                    "It is the mean absolute error of a naive forecast in training.",
                    "argument \"scale\" must be finite and at least 0, not %g", row[SCALE]);
    if (kind == METRIC_PINBALL)
        return check_probability("quantile", row[QUANTILE], "Pass for example 0.9.", failure);
    if (kind != METRIC_WINKLER)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(check_finite("yhat_lower", row[LOWER], failure));
    RETURN_IF_FAILED(check_finite("yhat_upper", row[UPPER], failure));
    if (row[LOWER] > row[UPPER])
        return fail(failure, STATUS_BAD_VALUE, "Swap the bounds, or leave such rows out.",
                    "argument \"yhat_lower\" must not exceed yhat_upper, but %g > %g", row[LOWER],
                    row[UPPER]);
    return check_probability("interval_width", row[WIDTH],
                             "It is the probability that the interval covers, such as 0.8.", failure);
}

static double
term_of(MetricKind kind, const double *row)
{
    double y = row[Y], e = y - row[YHAT];

    switch (kind) {
    case METRIC_MAE:
    case METRIC_WAPE:
        return fabs(e);
    case METRIC_RMSE:
        return e * e;
    case METRIC_BIAS:
        return -e;
    case METRIC_MAPE:
        return fabs(e / y);
    case METRIC_SMAPE:
        return e == 0 ? 0 : fabs(e) / (fabs(y) / 2 + fabs(row[YHAT]) / 2);
    case METRIC_MASE:
        return fabs(e) / row[SCALE];
    case METRIC_COVERAGE:
        return row[LOWER] <= y && y <= row[UPPER];
    case METRIC_PINBALL:
        return fmax(row[QUANTILE] * e, (row[QUANTILE] - 1) * e);
    default:
        return row[UPPER] - row[LOWER] +
               2 / (1 - row[WIDTH]) * (fmax(row[LOWER] - y, 0) + fmax(y - row[UPPER], 0));
    }
}

/* Rows without the number that the term is divided by. */
static bool
is_left_out(MetricKind kind, const double *row)
{
    return (kind == METRIC_MAPE && row[Y] == 0) || (kind == METRIC_MASE && row[SCALE] == 0);
}

Status
metric_add(MetricState *state, const double *row, Failure *failure)
{
    double term;

    for (int i = 0; i < metric_n_arguments(state->kind); i++) {
        if (isnan(row[i]))
            return STATUS_SUCCESS;
    }
    RETURN_IF_FAILED(check_row(state->kind, row, failure));
    if (is_left_out(state->kind, row))
        return STATUS_SUCCESS;
    term = term_of(state->kind, row);
    if (!isfinite(term))
        return fail(failure, STATUS_BAD_DATA,
                    "Divide the numbers by a constant first, or leave such rows out.",
                    "the error of the forecast %g of %g exceeds double precision", row[YHAT], row[Y]);
    exact_sum_add(&state->sum, term);
    if (state->kind == METRIC_WAPE)
        exact_sum_add(&state->weight, fabs(row[Y]));
    state->n++;
    return STATUS_SUCCESS;
}

void
metric_merge(MetricState *to, const MetricState *from)
{
    to->n += from->n;
    exact_sum_merge(&to->sum, &from->sum);
    exact_sum_merge(&to->weight, &from->weight);
}

double
metric_value(const MetricState *state)
{
    int exponent, exponent_of_weight = 0;
    double fraction = exact_sum_fraction(&state->sum, &exponent);
    double divisor = state->kind == METRIC_WAPE ? exact_sum_fraction(&state->weight, &exponent_of_weight)
                                                : (double)state->n;
    double mean;

    if (divisor == 0)
        return NAN;
    mean = ldexp(fraction / divisor, exponent - exponent_of_weight);
    return state->kind == METRIC_RMSE ? sqrt(mean) : mean;
}
