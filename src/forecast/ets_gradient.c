/*
 * ets_gradient.c - derivatives of the errors, forward along the recursion, one column for each unknown.
 *
 * The columns stand side by side in lanes, four to a block, and go through the recursion together; the number
 * of blocks and the kind of season are constants of each copy of the loop. Rows of derivatives are collected
 * and added to the Gram matrix several at a time. Every sum is of one column alone, from the first row to the
 * last, so that the bits do not depend on the width of the machine's registers.
 */
#include <string.h>

#include "forecast/ets_gradient.h"

#define LANES    4
#define N_BLOCKS (ETS_GRAM_WIDTH / LANES)
#define N_ROWS   8
#define IN_LOOP  static inline __attribute__((always_inline))

/* Where the loader can choose, four lanes of the machine's. No other instructions than those of the default:
 * the same bits. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define WIDEST __attribute__((target_clones("avx2", "default")))
#else
#define WIDEST
#endif

typedef double Lanes __attribute__((vector_size(LANES * sizeof(double))));

EtsColumns
ets_columns(const EtsForm *form, bool states_only)
{
    EtsColumns c = {{-1, -1, -1, -1}, -1, -1, -1, 0};

    if (!states_only) {
        c.smoothing[ETS_ALPHA] = (int)c.n++;
        if (form->trend != ETS_NO_TREND)
            c.smoothing[ETS_BETA] = (int)c.n++;
        if (form->season != ETS_NO_SEASON)
            c.smoothing[ETS_GAMMA] = (int)c.n++;
        if (form->trend == ETS_DAMPED)
            c.smoothing[ETS_PHI] = (int)c.n++;
    }
    c.level = (int)c.n++;
    if (form->trend != ETS_NO_TREND)
        c.trend = (int)c.n++;
    if (form->season != ETS_NO_SEASON) {
        c.season = (int)c.n;
        c.n += form->m;
    }
    return c;
}

/* The derivatives of the states, and what the parameters themselves do to them: level and slope move by
 * `to_level` and `to_slope` times the error, the season by to_season times its own, the slope by `damped`
 * times itself. All parameters stand in the first block. */
typedef struct Tangents {
    Lanes l[N_BLOCKS], b[N_BLOCKS], s[ETS_LONGEST_SEASON][N_BLOCKS];
    Lanes to_level, to_slope, to_season, damped;
} Tangents;

typedef struct Rows {
    Lanes de[N_ROWS][N_BLOCKS];
    double e[N_ROWS];
    size_t n;
} Rows;

typedef struct Sums {
    Lanes gram[ETS_MOST_UNKNOWNS][N_BLOCKS], slope[N_BLOCKS], logs[N_BLOCKS];
    double sse, n;
} Sums;

static void
put(Lanes *block, int column, double value)
{
    if (column >= 0)
        block[column / LANES][column % LANES] = value;
}

static void
tangents_start(const EtsFit *fit, const EtsColumns *c, size_t blocks, Tangents *d)
{
    const int *u = c->smoothing;

    memset(d->l, 0, blocks * sizeof(Lanes));
    memset(d->b, 0, blocks * sizeof(Lanes));
    d->to_level = d->to_slope = d->to_season = d->damped = (Lanes){0};
    put(d->l, c->level, 1);
    put(d->b, c->trend, 1);
    for (size_t j = 0; j < fit->form.m; j++) {
        memset(d->s[j], 0, blocks * sizeof(Lanes));
        put(d->s[j], c->season < 0 ? -1 : c->season + (int)j, 1);
    }
    put(&d->to_level, u[ETS_ALPHA], 1);
    if (u[ETS_BETA] >= 0) {
        put(&d->to_slope, u[ETS_ALPHA], fit->beta / fit->alpha);
        put(&d->to_slope, u[ETS_BETA], fit->alpha);
    }
    if (u[ETS_GAMMA] >= 0) {
        put(&d->to_season, u[ETS_ALPHA], -fit->gamma / (1 - fit->alpha));
        put(&d->to_season, u[ETS_GAMMA], 1 - fit->alpha);
    }
    put(&d->damped, u[ETS_PHI], 1);
}

/* The Gram matrix by blocks of its lower triangle. */
IN_LOOP void
add_rows(Rows *rows, size_t p, size_t blocks, Sums *sums)
{
    for (size_t i = 0; i < p; i++)
        for (size_t k = 0; k <= i / LANES; k++) {
            Lanes sum = sums->gram[i][k];

            for (size_t r = 0; r < rows->n; r++)
                sum += rows->de[r][i / LANES][i % LANES] * rows->de[r][k];
            sums->gram[i][k] = sum;
        }
    for (size_t k = 0; k < blocks; k++)
        for (size_t r = 0; r < rows->n; r++)
            sums->slope[k] += rows->de[r][k] * rows->e[r];
    rows->n = 0;
}

IN_LOOP void
differentiate(const EtsData *data, const EtsFit *fit, size_t p, size_t blocks, EtsSeason season, Tangents *d,
              Sums *sums)
{
    bool relative = fit->form.multiplicative_error;
    double alpha = fit->alpha, beta = fit->beta, gamma = fit->gamma, phi = fit->phi;
    EtsState state = fit->first;
    Rows rows = {.n = 0};

    for (size_t t = 0, j = 0; t < data->n; t++, j = j + 1 == fit->form.m ? 0 : j + 1) {
        double q = state.l + phi * state.b, s = state.s[j], f, e, to_l, to_s, weight;
        Lanes dq[N_BLOCKS], df[N_BLOCKS], *ds = d->s[j];

        f = season == ETS_NO_SEASON ? q : season == ETS_ADDITIVE ? q + s : q * s;
        for (size_t i = 0; i < blocks; i++)
            dq[i] = d->l[i] + phi * d->b[i];
        dq[0] += d->damped * state.b;
        if (data->known != NULL && !data->known[t]) {
            for (size_t i = 0; i < blocks; i++) {
                d->l[i] = dq[i];
                d->b[i] *= phi;
            }
            d->b[0] += d->damped * state.b;
            state.l = q;
            state.b *= phi;
            continue;
        }
        for (size_t i = 0; i < blocks; i++)
            df[i] = season == ETS_NO_SEASON  ? dq[i]
                    : season == ETS_ADDITIVE ? dq[i] + ds[i]
                                             : dq[i] * s + q * ds[i];
        e = data->y[t] - f;
        to_l = season == ETS_MULTIPLICATIVE ? e / s : e;
        to_s = season == ETS_MULTIPLICATIVE ? e / q : e;
        weight = relative ? data->y[t] / (f * f) : 1;
        rows.e[rows.n] = relative ? e / f : e;
        sums->sse += rows.e[rows.n] * rows.e[rows.n];
        sums->n++;
        for (size_t i = 0; i < blocks; i++) {
            Lanes to_level = season == ETS_MULTIPLICATIVE ? -(df[i] + to_l * ds[i]) / s : -df[i];

            rows.de[rows.n][i] = -weight * df[i];
            if (relative)
                sums->logs[i] += df[i] / f;
            d->l[i] = dq[i] + alpha * to_level;
            d->b[i] = phi * d->b[i] + beta * to_level;
            if (season == ETS_ADDITIVE)
                ds[i] -= gamma * df[i];
            if (season == ETS_MULTIPLICATIVE)
                ds[i] -= gamma / q * (df[i] + to_s * dq[i]);
        }
        d->l[0] += d->to_level * to_l;
        d->b[0] += d->to_slope * to_l + d->damped * state.b;
        if (season != ETS_NO_SEASON)
            ds[0] += d->to_season * to_s;
        state.l = q + alpha * to_l;
        state.b = phi * state.b + beta * to_l;
        if (season != ETS_NO_SEASON)
            state.s[j] = s + gamma * to_s;
        if (++rows.n == N_ROWS)
            add_rows(&rows, p, blocks, sums);
    }
    add_rows(&rows, p, blocks, sums);
}

WIDEST static void
differentiate_level(const EtsData *data, const EtsFit *fit, size_t p, Tangents *d, Sums *sums)
{
    if (p <= LANES)
        differentiate(data, fit, p, 1, ETS_NO_SEASON, d, sums);
    else
        differentiate(data, fit, p, 2, ETS_NO_SEASON, d, sums);
}

WIDEST static void
differentiate_additive(const EtsData *data, const EtsFit *fit, size_t p, Tangents *d, Sums *sums)
{
    if (p <= 2 * LANES)
        differentiate(data, fit, p, 2, ETS_ADDITIVE, d, sums);
    else if (p <= 3 * LANES)
        differentiate(data, fit, p, 3, ETS_ADDITIVE, d, sums);
    else if (p <= 4 * LANES)
        differentiate(data, fit, p, 4, ETS_ADDITIVE, d, sums);
    else
        differentiate(data, fit, p, N_BLOCKS, ETS_ADDITIVE, d, sums);
}

WIDEST static void
differentiate_multiplicative(const EtsData *data, const EtsFit *fit, size_t p, Tangents *d, Sums *sums)
{
    if (p <= 2 * LANES)
        differentiate(data, fit, p, 2, ETS_MULTIPLICATIVE, d, sums);
    else if (p <= 3 * LANES)
        differentiate(data, fit, p, 3, ETS_MULTIPLICATIVE, d, sums);
    else if (p <= 4 * LANES)
        differentiate(data, fit, p, 4, ETS_MULTIPLICATIVE, d, sums);
    else
        differentiate(data, fit, p, N_BLOCKS, ETS_MULTIPLICATIVE, d, sums);
}

/* For multiplicative errors the mean derivative of ln f is added to each row. */
static void
add_scale(const double *mean_log, double sse, size_t p, EtsGradient *g)
{
    for (size_t i = 0; i < p; i++)
        for (size_t k = 0; k <= i; k++)
            g->gram[i][k] +=
                g->slope[i] * mean_log[k] + mean_log[i] * g->slope[k] + sse * mean_log[i] * mean_log[k];
    for (size_t i = 0; i < p; i++)
        g->slope[i] += sse * mean_log[i];
}

void
ets_gradient(const EtsData *data, const EtsFit *fit, const EtsColumns *c, EtsGradient *g)
{
    double mean_log[ETS_GRAM_WIDTH];
    Tangents d;
    Sums sums;

    memset(&sums, 0, sizeof(sums));
    tangents_start(fit, c, N_BLOCKS, &d);
    if (fit->form.season == ETS_NO_SEASON)
        differentiate_level(data, fit, c->n, &d, &sums);
    else if (fit->form.season == ETS_ADDITIVE)
        differentiate_additive(data, fit, c->n, &d, &sums);
    else
        differentiate_multiplicative(data, fit, c->n, &d, &sums);
    for (size_t k = 0; k < ETS_GRAM_WIDTH; k++) {
        g->slope[k] = sums.slope[k / LANES][k % LANES];
        for (size_t i = 0; i < ETS_MOST_UNKNOWNS; i++)
            g->gram[i][k] = sums.gram[i][k / LANES][k % LANES];
    }
    if (!fit->form.multiplicative_error)
        return;
    for (size_t i = 0; i < c->n; i++)
        mean_log[i] = sums.logs[i / LANES][i % LANES] / sums.n;
    add_scale(mean_log, sums.sse, c->n, g);
}
