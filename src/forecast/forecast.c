/*
 * forecast.c - a forecast from an origin: view, candidates, backtest, choice, band.
 */
#include "forecast/forecast.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "forecast/outcome.h"

#define ENOUGH_ORIGINS   10 /* of residuals for a band */
#define CHOICE_INFLATION 0.30
#define FIXED_INFLATION  0.15

void
forecast_options_init(ForecastOptions *options)
{
    *options = (ForecastOptions){
        .horizon = 7,
        .method = FORECAST_AUTO,
        .infer_step = true,
        .interval_width = 0.8,
        .lower_limit = -INFINITY,
        .upper_limit = INFINITY,
    };
}

static Status
check_limit(const char *name, double limit, double none, Failure *failure)
{
    if (isfinite(limit) || limit == none)
        return STATUS_SUCCESS;
    return fail(failure, STATUS_BAD_VALUE, "NULL sets no limit.",
                "argument \"%s\" must be a finite number, not %g", name, limit);
}

Status
forecast_options_check(const ForecastOptions *o, Failure *failure)
{
    if (o->horizon < 1 || o->horizon > FORECAST_MAX_HORIZON)
        return fail(failure, STATUS_BAD_VALUE, "It is a number of steps.",
                    "argument \"horizon\" must be between 1 and %d, not %zu", FORECAST_MAX_HORIZON,
                    o->horizon);
    if (!(o->interval_width > 0 && o->interval_width < 1))
        return fail(failure, STATUS_BAD_VALUE,
                    "It is the probability that the interval covers, 0.8 by default.",
                    "argument \"interval_width\" must be above 0 and below 1, not %g", o->interval_width);
    if (o->season > FORECAST_MAX_SEASON)
        return fail(failure, STATUS_BAD_VALUE, "It is the number of steps of a cycle; 1 is none.",
                    "argument \"season\" must be between 1 and %d, not %zu", FORECAST_MAX_SEASON, o->season);
    if (!o->infer_step && o->step.months > 0 && o->step.micros > 0)
        return fail(failure, STATUS_BAD_VALUE, "Pass whole months, or days and hours.",
                    "argument \"frequency\" must not mix months with days or hours");
    RETURN_IF_FAILED(check_limit("lower_limit", o->lower_limit, -INFINITY, failure));
    RETURN_IF_FAILED(check_limit("upper_limit", o->upper_limit, INFINITY, failure));
    if (o->lower_limit > o->upper_limit)
        return fail(failure, STATUS_BAD_VALUE, "NULL sets no limit.",
                    "argument \"lower_limit\", %g, must not be above \"upper_limit\", %g", o->lower_limit,
                    o->upper_limit);
    return STATUS_SUCCESS;
}

const char *
forecast_remark_text(ForecastRemark remark)
{
    static const char *const texts[] = {"ok", "closed", "ok, the method's own interval",
                                        "too short to choose", "constant"};

    return texts[remark];
}

static Status
ahead_new(Env *env, size_t h, Ahead *ahead, Failure *failure)
{
    ahead->h = h;
    ahead->mean = ENV_NEW(env, h, double);
    ahead->sd = ENV_NEW(env, h, double);
    return ahead->mean == NULL || ahead->sd == NULL ? fail_out_of_memory(failure) : STATUS_SUCCESS;
}

static double
normal_quantile(const ForecastOptions *options)
{
    return gsl_cdf_ugaussian_Pinv((1 + options->interval_width) / 2);
}

/* From the steps of a method to the cells of the horizon. */
static void
spread_out(const ForecastOptions *options, const Ahead *ahead, Outcome *o)
{
    double z = normal_quantile(options);

    for (size_t i = 0; i < o->view.horizon; i++) {
        size_t place = o->view.place[i];

        o->yhat[i] = place == CLOSED_CELL ? 0 : ahead->mean[place];
        o->half[i] = place == CLOSED_CELL ? 0 : z * ahead->sd[place];
    }
}

/* The last value or cycle, for series that allow no more. */
static Status
fall_back(Env *env, const ForecastOptions *options, Outcome *o, Failure *failure)
{
    const Train *train = &o->view.train;
    bool single = train->n == 1 || o->view.is_constant, usable;
    Ahead ahead;

    RETURN_IF_FAILED(ahead_new(env, o->view.n_steps, &ahead, failure));
    o->method = !single && train->season > 1 ? METHOD_SEASONAL_NAIVE : METHOD_NAIVE;
    o->remark = train->n > 1 && single ? FORECAST_CONSTANT : FORECAST_TOO_SHORT;
    o->reason = forecast_remark_text(o->remark);
    RETURN_IF_FAILED(method_run(env, o->method, train, NULL, &ahead, &usable, failure));
    for (size_t i = 0; single && i < ahead.h; i++)
        ahead.sd[i] = 0;
    spread_out(options, &ahead, o);
    return STATUS_SUCCESS;
}

static Status
fail_unusable(ForecastMethod method, const Train *train, Failure *failure)
{
    return fail(failure, STATUS_BAD_DATA,
                "Pass more history, or method => 'auto', which takes what suits the series.",
                "method \"%s\" cannot forecast this series of %zu values with a season of %zu",
                forecast_method_name(method), train->n, train->season);
}

/* Forecasts of the candidates from here, whose fits go on from those of the backtest. One that is not usable
 * here counts as one that was not in the past. */
static Status
run_finals(Env *env, Outcome *o, Ahead *finals, Failure *failure)
{
    Backtest *b = &o->backtest;

    for (size_t c = 0; c < b->n_candidates; c++) {
        bool usable;

        b->warm[c].improve = true;
        RETURN_IF_FAILED(ahead_new(env, o->view.n_steps, &finals[c], failure));
        RETURN_IF_FAILED(
            method_run(env, b->methods[c], &o->view.train, &b->warm[c], &finals[c], &usable, failure));
        if (!usable)
            b->mae[c] = NAN;
    }
    return STATUS_SUCCESS;
}

static void
mix(const Backtest *b, const Ahead *finals, Ahead *ensemble)
{
    for (size_t i = 0; i < ensemble->h; i++) {
        double mean = 0, variance = 0;

        for (size_t c = 0; c < b->n_candidates; c++)
            if (b->weight[c] > 0) {
                mean += b->weight[c] * finals[c].mean[i];
                variance += b->weight[c] * finals[c].sd[i] * finals[c].sd[i];
            }
        ensemble->mean[i] = mean;
        ensemble->sd[i] = sqrt(variance);
    }
}

/* Replaces the own band by that of the backtest where it has origins enough. */
static Status
calibrate(Env *env, const ForecastOptions *options, const double *past, Outcome *o, Failure *failure)
{
    double inflation = options->method == FORECAST_AUTO ? CHOICE_INFLATION : FIXED_INFLATION, *half;
    size_t n_origins;

    half = ENV_NEW(env, o->view.horizon, double);
    if (half == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(backtest_band(env, &o->backtest, past, options->interval_width, inflation, half,
                                   &n_origins, failure));
    o->remark = n_origins >= ENOUGH_ORIGINS ? FORECAST_OK : FORECAST_OWN_BAND;
    for (size_t i = 0; o->remark == FORECAST_OK && i < o->view.horizon; i++)
        o->half[i] = o->view.place[i] == CLOSED_CELL ? 0 : half[i];
    return STATUS_SUCCESS;
}

static Status
choose_and_run(Env *env, const CellGrid *grid, const ForecastOptions *options, Outcome *o, Failure *failure)
{
    Backtest *b = &o->backtest;
    Ahead *finals = ENV_NEW(env, FORECAST_MAX_CANDIDATES, Ahead), ensemble;
    size_t chosen;

    if (finals == NULL)
        return fail_out_of_memory(failure);
    b->n_candidates = method_candidates(&o->view.train, b->methods);
    RETURN_IF_FAILED(backtest_run(env, grid, options, b, failure));
    RETURN_IF_FAILED(run_finals(env, o, finals, failure));
    backtest_combine(b);
    chosen = backtest_choose(b, &o->reason);
    if (options->method == FORECAST_ENSEMBLE) {
        chosen = b->n_candidates;
        o->reason = "asked for";
    }
    if (chosen < b->n_candidates) {
        o->method = b->methods[chosen];
        spread_out(options, &finals[chosen], o);
        return calibrate(env, options, b->forecast[chosen], o, failure);
    }
    RETURN_IF_FAILED(ahead_new(env, o->view.n_steps, &ensemble, failure));
    mix(b, finals, &ensemble);
    o->method = FORECAST_ENSEMBLE;
    spread_out(options, &ensemble, o);
    return calibrate(env, options, b->ensemble, o, failure);
}

static Status
run_one(Env *env, const CellGrid *grid, const ForecastOptions *options, Outcome *o, Failure *failure)
{
    Backtest *b = &o->backtest;
    bool usable;
    Ahead ahead;

    b->n_candidates = 1;
    b->methods[0] = options->method;
    RETURN_IF_FAILED(ahead_new(env, o->view.n_steps, &ahead, failure));
    RETURN_IF_FAILED(method_run(env, options->method, &o->view.train, NULL, &ahead, &usable, failure));
    if (!usable)
        return fail_unusable(options->method, &o->view.train, failure);
    o->method = options->method;
    o->reason = "asked for";
    spread_out(options, &ahead, o);
    RETURN_IF_FAILED(backtest_run(env, grid, options, b, failure));
    return calibrate(env, options, b->forecast[0], o, failure);
}

Status
outcome_at(Env *env, const CellGrid *grid, const ForecastOptions *options, size_t n, size_t horizon,
           Outcome *o, Failure *failure)
{
    bool choice = options->method == FORECAST_AUTO || options->method == FORECAST_ENSEMBLE;

    *o = (Outcome){0};
    RETURN_IF_FAILED(view_build(env, grid, options, n, horizon, &o->view, failure));
    o->yhat = ENV_NEW(env, horizon, double);
    o->half = ENV_NEW(env, horizon, double);
    if (o->yhat == NULL || o->half == NULL)
        return fail_out_of_memory(failure);
    backtest_plan(grid, &o->view, n, &o->backtest);
    if (o->view.is_constant || (choice && o->backtest.n_origins < FEWEST_ORIGINS))
        return fall_back(env, options, o, failure);
    return choice ? choose_and_run(env, grid, options, o, failure) : run_one(env, grid, options, o, failure);
}

static double
within(const ForecastOptions *options, double v)
{
    return fmin(fmax(v, options->lower_limit), options->upper_limit);
}

ForecastRow
outcome_row(const CellGrid *grid, const ForecastOptions *options, const Outcome *o, size_t n, size_t i)
{
    bool closed = o->view.place[i] == CLOSED_CELL;
    ForecastRow row = {.ds = grid->ds[n + i], .remark = closed ? FORECAST_CLOSED : o->remark};

    row.yhat = within(options, o->yhat[i]);
    row.lower = isnan(o->half[i]) ? NAN : within(options, o->yhat[i] - o->half[i]);
    row.upper = isnan(o->half[i]) ? NAN : within(options, o->yhat[i] + o->half[i]);
    return row;
}

Status
forecast_run(Env *env, const Series *series, const ForecastOptions *options, ForecastResult *result,
             Failure *failure)
{
    CellGrid grid;
    Outcome o;

    RETURN_IF_FAILED(forecast_options_check(options, failure));
    RETURN_IF_FAILED(cell_grid_build(env, series, options, &grid, failure));
    RETURN_IF_FAILED(outcome_at(env, &grid, options, grid.n, grid.lead + options->horizon, &o, failure));
    result->rows = ENV_NEW(env, options->horizon, ForecastRow);
    if (result->rows == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < options->horizon; i++)
        result->rows[i] = outcome_row(&grid, options, &o, grid.n, grid.lead + i);
    result->n = options->horizon;
    result->method = o.method;
    return STATUS_SUCCESS;
}
