#include "forecast/simplex.h"

#include <math.h>
#include <string.h>

#define N_MAX SIMPLEX_MOST_VARIABLES

typedef struct Corner {
    double x[N_MAX], value;
} Corner;

typedef struct Simplex {
    SimplexFunction function;
    void *context;
    size_t n, calls;
    Corner corners[N_MAX + 1]; /* best first */
    double centre[N_MAX];      /* of all but the worst */
} Simplex;

static void
evaluate(Simplex *s, Corner *corner)
{
    corner->value = s->function(s->context, corner->x);
    s->calls++;
}

/* Keeps the corners in ascending order of value; equal ones stay as they stand. */
static void
sort_corners(Simplex *s)
{
    for (size_t i = 1; i <= s->n; i++) {
        Corner c = s->corners[i];
        size_t j = i;

        for (; j > 0 && s->corners[j - 1].value > c.value; j--)
            s->corners[j] = s->corners[j - 1];
        s->corners[j] = c;
    }
}

/* The point at centre + factor (worst - centre). */
static Corner
along(Simplex *s, double factor)
{
    Corner c;

    for (size_t j = 0; j < s->n; j++)
        c.x[j] = s->centre[j] + factor * (s->corners[s->n].x[j] - s->centre[j]);
    evaluate(s, &c);
    return c;
}

static void
shrink(Simplex *s)
{
    for (size_t i = 1; i <= s->n; i++) {
        for (size_t j = 0; j < s->n; j++)
            s->corners[i].x[j] = 0.5 * (s->corners[i].x[j] + s->corners[0].x[j]);
        evaluate(s, &s->corners[i]);
    }
}

static void
advance(Simplex *s)
{
    size_t n = s->n;
    Corner reflected, other;

    for (size_t j = 0; j < n; j++) {
        s->centre[j] = 0;
        for (size_t i = 0; i < n; i++)
            s->centre[j] += s->corners[i].x[j] / (double)n;
    }
    reflected = along(s, -1);
    if (reflected.value < s->corners[0].value) {
        other = along(s, -2);
        s->corners[n] = other.value < reflected.value ? other : reflected;
    } else if (reflected.value < s->corners[n - 1].value) {
        s->corners[n] = reflected;
    } else {
        if (reflected.value < s->corners[n].value)
            s->corners[n] = reflected;
        other = along(s, 0.5);
        if (other.value < s->corners[n].value)
            s->corners[n] = other;
        else
            shrink(s);
    }
    sort_corners(s);
}

static double
width(const Simplex *s)
{
    double most = 0;

    for (size_t i = 1; i <= s->n; i++)
        for (size_t j = 0; j < s->n; j++)
            most = fmax(most, fabs(s->corners[i].x[j] - s->corners[0].x[j]));
    return most;
}

double
simplex_minimise(SimplexFunction function, void *context, size_t n, double *x, double step, double tolerance,
                 size_t most_calls)
{
    Simplex s = {.function = function, .context = context, .n = n};

    for (size_t i = 0; i <= n; i++) {
        memcpy(s.corners[i].x, x, n * sizeof(double));
        if (i > 0)
            s.corners[i].x[i - 1] += step;
        evaluate(&s, &s.corners[i]);
    }
    sort_corners(&s);
    while (s.calls < most_calls && width(&s) > tolerance)
        advance(&s);
    memcpy(x, s.corners[0].x, n * sizeof(double));
    return s.corners[0].value;
}
