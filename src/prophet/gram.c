/*
 * gram.c - inner products of all columns in one pass over the rows that never touches a hinge column.
 *
 * Method: between two changepoints a hinge max(0, t - s) is 0 or linear, so that every product with a hinge
 * follows from sums of z, t z, y, t y, t, t^2 within segments:
 *     <h_j, z> = T_z(j) - s_j O_z(j),   <h_j, h_l> = T_t - (s_j + s_l) T_1 + s_j s_l O_1  over the rows after
 * s_l, l >= j, where O and T are the sums of z and t z over all rows after the changepoint. Only the (K +
 * 3)^2 / 2 products of [1, t, X, y] remain per row. Blocks of rows are multiplied in 4 x 4 tiles held in
 * registers, two lanes wide, in a fixed order: the same bits with any compiler. Cost: n (K + 3)^2 / 2 + S^2.
 *
 * The tangent of a model with a ratio or a logistic trend has the same form with weights: the columns of the
 * trend are g' (1 + M) [1, t, h], those of multiplicative components g X. The second derivatives
 * of the mean touch products with trend columns only, so that J'J and the Hessian differ in the right-hand
 * factors of two rows of sums (`left` and `right` below).
 * Hazard: <h_j, h_l> cancels for a hinge with few rows behind it; its error is a few eps n, against a value
 * of rows times (1 - s)^2: harmless beside the ridge and lasso terms.
 */
#include <string.h>

#include "prophet/prophet_internal.h"

#define TILE       4
#define BLOCK_ROWS 64

typedef double Lanes __attribute__((vector_size(2 * sizeof(double))));

typedef struct Pass {
    size_t stride; /* columns 1, t, X, y, padded with zeros to whole tiles */
    size_t n_z;    /* without y and padding */
    double *block; /* BLOCK_ROWS x stride */
    double *left;  /* BLOCK_ROWS x 2 and BLOCK_ROWS x stride: factors of the products with 1 and t; NULL */
    double *right; /* where those are the block itself */
    double *sums;  /* stride x stride: tiles of the upper triangle, without the first tile row */
    double *top;   /* TILE x stride: the first tile row of the current segment */
    double *after; /* (S + 1) x 2 x stride: per segment the sums of z and of t z */
    double *total; /* TILE x stride */
} Pass;

/* sums[a..a+3][b..b+3] += the products of these columns over the block's rows. */
static void
add_tile(const double *block, size_t n_rows, size_t stride, size_t a, size_t b, double *sums)
{
    Lanes low[TILE] = {{0}}, high[TILE] = {{0}};

    for (size_t i = 0; i < n_rows; i++) {
        const double *row = block + i * stride;
        Lanes right_low, right_high;

        memcpy(&right_low, row + b, sizeof(Lanes));
        memcpy(&right_high, row + b + 2, sizeof(Lanes));
        for (size_t r = 0; r < TILE; r++) {
            Lanes left = {row[a + r], row[a + r]};

            low[r] += left * right_low;
            high[r] += left * right_high;
        }
    }
    for (size_t r = 0; r < TILE; r++) {
        for (size_t c = 0; c < 2; c++) {
            sums[r * stride + b + c] += low[r][c];
            sums[r * stride + b + 2 + c] += high[r][c];
        }
    }
}

/* The two top rows of sums from their own factors. */
static void
add_top(const Pass *pass, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        const double *right = pass->right + i * pass->stride;

        for (size_t side = 0; side < DESIGN_BASE; side++) {
            double left = pass->left[DESIGN_BASE * i + side], *to = pass->top + side * pass->stride;

            for (size_t c = 0; c < pass->stride; c++)
                to[c] += left * right[c];
        }
    }
}

static Status
add_block(Env *env, Pass *pass, size_t n_rows, Failure *failure)
{
    for (size_t b = 0; b < pass->stride; b += TILE)
        add_tile(pass->block, n_rows, pass->stride, 0, b, pass->top);
    if (pass->right != NULL)
        add_top(pass, n_rows);
    for (size_t a = TILE; a < pass->stride; a += TILE) {
        for (size_t b = a; b < pass->stride; b += TILE)
            add_tile(pass->block, n_rows, pass->stride, a, b, pass->sums + a * pass->stride);
        if (a % 64 == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    return env_cancelled(env) ? fail_cancelled(failure) : STATUS_SUCCESS;
}

static void
end_segment(Pass *pass, size_t segment)
{
    size_t stride = pass->stride;

    memcpy(pass->after + 2 * segment * stride, pass->top, 2 * stride * sizeof(double));
    for (size_t i = 0; i < TILE * stride; i++)
        pass->total[i] += pass->top[i];
    memset(pass->top, 0, TILE * stride * sizeof(double));
}

/* The block's row of a linear model. */
static void
fill_row(const ProphetModel *model, const Observed *observed, size_t i, Pass *pass, size_t at)
{
    double *row = pass->block + at * pass->stride;

    design_row(model, &observed->rows, i, row);
    row[pass->n_z] = observed->y[i];
}

/* The weights of one row of the tangent: of trend columns, of multiplicative and additive ones beside them,
 * and of the trend's own products. */
typedef struct Weights {
    double trend, with_ratio, with_additive, own;
} Weights;

static Weights
weights_at(const Point *point, bool curvature, TrendSlope slope, size_t i)
{
    double ratio = point->ratio[i], residual = curvature ? point->residual[i] : 0;
    /* second / first is bounded where first vanishes; both are then 0. */
    double bend = slope.first > 0 ? slope.second / slope.first : 0;

    return (Weights){.trend = slope.first,
                     .with_ratio = ratio * slope.value - residual,
                     .with_additive = ratio,
                     .own = ratio * ratio * slope.first - residual * ratio * bend};
}

/* The block's row of the tangent, its columns of the trend left 0, and the factors of those. */
static void
fill_tangent_row(const ProphetModel *model, const Observed *observed, const Point *point, bool curvature,
                 size_t i, Pass *pass, size_t at)
{
    double *row = pass->block + at * pass->stride, *right = pass->right + at * pass->stride;
    double cap = row_cap(model, &observed->rows, i);
    TrendSlope slope = trend_slope(model, point->u[i], cap);
    Weights weights = weights_at(point, curvature, slope, i);
    const double *z = observed_design(model, observed, i, row);

    pass->left[DESIGN_BASE * at] = weights.trend;
    pass->left[DESIGN_BASE * at + 1] = weights.trend * z[1];
    right[0] = weights.own;
    right[1] = weights.own * z[1];
    for (size_t c = 0; c < model->n_components; c++) {
        const ProphetComponent *component = &model->components[c];
        size_t from = DESIGN_BASE + component->first, to = from + component->n_columns;
        bool additive = component->mode == PROPHET_ADDITIVE;

        double to_right = additive ? weights.with_additive : weights.with_ratio;
        double to_row = additive ? 1 : slope.value;

        for (size_t l = from; l < to; l++) {
            right[l] = z[l] * to_right;
            row[l] = z[l] * to_row;
        }
    }
    row[0] = row[1] = 0;
    row[pass->n_z] = point->residual[i];
    right[pass->n_z] = point->ratio[i] * point->residual[i];
}

/* point: NULL for a linear model. */
static Status
pass_rows(Env *env, Pass *pass, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
          size_t n_hinges, const Point *point, bool curvature, Failure *failure)
{
    size_t segment = 0, filled = 0;

    for (size_t i = 0; i < observed->rows.n; i++) {
        bool leaves = segment < n_hinges && observed->rows.ds[i] > hinges[segment];

        if (filled > 0 && (leaves || filled == BLOCK_ROWS)) {
            RETURN_IF_FAILED(add_block(env, pass, filled, failure));
            filled = 0;
        }
        for (; segment < n_hinges && observed->rows.ds[i] > hinges[segment]; segment++)
            end_segment(pass, segment);
        if (point == NULL)
            fill_row(model, observed, i, pass, filled++);
        else
            fill_tangent_row(model, observed, point, curvature, i, pass, filled++);
    }
    RETURN_IF_FAILED(add_block(env, pass, filled, failure));
    for (; segment <= n_hinges; segment++)
        end_segment(pass, segment);
    return STATUS_SUCCESS;
}

/* Turns the sums within segments into sums over all rows after each changepoint. */
static void
accumulate_after(Pass *pass, size_t n_hinges)
{
    size_t width = 2 * pass->stride;

    for (size_t j = n_hinges; j > 0; j--) {
        for (size_t i = 0; i < width; i++)
            pass->after[(j - 1) * width + i] += pass->after[j * width + i];
    }
}

static void
gram_hinges(const Pass *pass, const ProphetModel *model, const int64_t *hinges, Gram *gram)
{
    size_t n_hinges = gram->n_hinges, width = 2 * pass->stride;

    for (size_t j = 0; j < n_hinges; j++) {
        const double *ones = pass->after + (j + 1) * width, *times = ones + pass->stride;
        double s = scaled_time(model, hinges[j]);

        for (size_t p = 0; p < gram->n_z; p++)
            gram->zh[p * n_hinges + j] = times[p] - s * ones[p];
        gram->hy[j] = times[pass->n_z] - s * ones[pass->n_z];
        for (size_t l = 0; l <= j; l++) {
            double sl = scaled_time(model, hinges[l]);

            gram->hh[j * n_hinges + l] = gram->hh[l * n_hinges + j] =
                times[1] - (s + sl) * ones[1] + s * sl * ones[0];
        }
    }
}

static void
gram_columns(const Pass *pass, Gram *gram)
{
    size_t n_z = gram->n_z;

    for (size_t a = 0; a <= n_z; a++) {
        const double *row = a < TILE ? pass->total + a * pass->stride : pass->sums + a * pass->stride;

        for (size_t b = a; b < n_z; b++)
            gram->zz[a * n_z + b] = gram->zz[b * n_z + a] = row[b];
        if (a < n_z)
            gram->zy[a] = row[n_z];
        else
            gram->yy = row[n_z];
    }
}

static Status
pass_init(Env *env, size_t n_z, size_t n_hinges, bool tangent, Pass *pass, Failure *failure)
{
    size_t stride = (n_z + TILE) / TILE * TILE; /* room for y */

    pass->stride = stride;
    pass->n_z = n_z;
    pass->block = ENV_NEW(env, BLOCK_ROWS * stride, double);
    pass->left = tangent ? ENV_NEW(env, BLOCK_ROWS * DESIGN_BASE, double) : NULL;
    pass->right = tangent ? ENV_NEW(env, BLOCK_ROWS * stride, double) : NULL;
    pass->sums = ENV_NEW(env, stride * stride, double);
    pass->top = ENV_NEW(env, TILE * stride, double);
    pass->total = ENV_NEW(env, TILE * stride, double);
    pass->after = ENV_NEW(env, (n_hinges + 1) * 2 * stride, double);
    if (pass->block == NULL || pass->sums == NULL || pass->top == NULL || pass->total == NULL ||
        pass->after == NULL || (tangent && (pass->left == NULL || pass->right == NULL)))
        return fail_out_of_memory(failure);
    return STATUS_SUCCESS;
}

Status
gram_init(Env *env, size_t n_z, size_t n_hinges, Gram *gram, Failure *failure)
{
    gram->n_z = n_z;
    gram->n_hinges = n_hinges;
    gram->zz = ENV_NEW(env, n_z * n_z, double);
    gram->zh = ENV_NEW(env, n_z * n_hinges, double);
    gram->hh = ENV_NEW(env, n_hinges * n_hinges, double);
    gram->zy = ENV_NEW(env, n_z, double);
    gram->hy = ENV_NEW(env, n_hinges, double);
    if (gram->zz == NULL || gram->zh == NULL || gram->hh == NULL || gram->zy == NULL || gram->hy == NULL)
        return fail_out_of_memory(failure);
    return STATUS_SUCCESS;
}

static Status
gram_fill(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
          const Point *point, bool curvature, Gram *gram, Failure *failure)
{
    Pass pass;

    RETURN_IF_FAILED(pass_init(env, gram->n_z, gram->n_hinges, point != NULL, &pass, failure));
    gram->n_rows = observed->rows.n;
    RETURN_IF_FAILED(
        pass_rows(env, &pass, model, observed, hinges, gram->n_hinges, point, curvature, failure));
    accumulate_after(&pass, gram->n_hinges);
    gram_hinges(&pass, model, hinges, gram);
    gram_columns(&pass, gram);
    return STATUS_SUCCESS;
}

Status
gram_build(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges, Gram *gram,
           Failure *failure)
{
    return gram_fill(env, model, observed, hinges, NULL, false, gram, failure);
}

/* a becomes rate * a, b becomes b - m a, for the two leading rows of a matrix. */
static void
mix_rows(double *a, double *b, size_t n, double rate, double m)
{
    for (size_t i = 0; i < n; i++) {
        b[i] -= m * a[i];
        a[i] *= rate;
    }
}

void
gram_to_rate_and_offset(const ProphetModel *model, Gram *gram)
{
    size_t n_z = gram->n_z;

    mix_rows(gram->zz, gram->zz + n_z, n_z, -model->k, model->m);
    for (size_t i = 0; i < n_z; i++)
        mix_rows(gram->zz + i * n_z, gram->zz + i * n_z + 1, 1, -model->k, model->m);
    mix_rows(gram->zh, gram->zh + gram->n_hinges, gram->n_hinges, -model->k, model->m);
}

Status
gram_tangent(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
             const Point *point, bool curvature, Gram *gram, Failure *failure)
{
    return gram_fill(env, model, observed, hinges, point, curvature, gram, failure);
}
