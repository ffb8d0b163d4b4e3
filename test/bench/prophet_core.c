/*
 * The pure core of prophet without a server: CPU time of a fit at several lengths, of a forecast of 365 days
 * with 1000 samples, and the process's peak memory.
 *
 * usage: prophet_core N...        prints "N fit_seconds predict_seconds peak_mb" for each length, ascending
 */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "kit/arena.h"
#include "kit/civil.h"
#include "kit/rng.h"
#include "prophet/prophet.h"

static double
cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void
require(Status status, const Failure *failure)
{
    if (status == STATUS_SUCCESS)
        return;
    fprintf(stderr, "error: %s\n", failure->message);
    exit(1);
}

/* n days with breaks of trend, a year, a week and noise. */
static Series
make_series(Env *env, size_t n)
{
    Series series = {.n = n, .ds = ENV_NEW(env, n, int64_t), .y = ENV_NEW(env, n, double)};
    Rng rng;

    rng_init(&rng, n, 0);
    for (size_t i = 0; i < n; i++) {
        double day = (double)i;

        series.ds[i] = (int64_t)i * CIVIL_DAY;
        series.y[i] = 8 + day / 2000 - fmax(0, day - 0.4 * (double)n) / 900 + sin(2 * M_PI * day / 365.25) +
                      0.3 * sin(2 * M_PI * day / 7) + 0.5 * rng_normal(&rng);
    }
    return series;
}

static void *
from_malloc(Env *env, size_t size)
{
    (void)env;
    return malloc(size);
}

static void
fit(Env *env, const Series *series, ProphetModel *model)
{
    ProphetOptions options;
    Failure failure;

    prophet_options_init(&options);
    require(prophet_fit(env, series, &options, model, &failure), &failure);
}

static void
predict(Env *env, const ProphetModel *model)
{
    const ProphetStep day = {.micros = CIVIL_DAY};
    Series rows = {.n = 365};
    ProphetForecast forecast;
    Failure failure;

    require(prophet_future(env, &model->history, day, rows.n, &rows.ds, &failure), &failure);
    require(prophet_predict(env, model, &rows, &forecast, &failure), &failure);
    require(prophet_intervals(env, model, 0.8, 1000, 42, &forecast, &failure), &failure);
}

/* Mean CPU time over half a second or 3 runs, after one that is not counted. */
static void
measure(Arena *arena, size_t n)
{
    Env *env = arena->parent;
    Series series = make_series(env, n);
    double fitting = 0, predicting = 0, runs = -1;
    struct rusage usage;

    while (runs < 3 || fitting + predicting < 0.5) {
        double start = cpu_seconds(), between;
        ProphetModel model;

        arena_reset(arena);
        fit(&arena->env, &series, &model);
        between = cpu_seconds();
        predict(&arena->env, &model);
        fitting = runs < 0 ? 0 : fitting + between - start;
        predicting = runs < 0 ? 0 : predicting + cpu_seconds() - between;
        runs++;
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu %.6f %.6f %.1f\n", n, fitting / runs, predicting / runs, (double)usage.ru_maxrss / 1024);
}

int
main(int argc, char **argv)
{
    Env env = {.alloc = from_malloc};
    Arena arena;

    gsl_set_error_handler_off();
    arena_init(&arena, &env);
    for (int i = 1; i < argc; i++)
        measure(&arena, (size_t)strtoull(argv[i], NULL, 10));
    return 0;
}
