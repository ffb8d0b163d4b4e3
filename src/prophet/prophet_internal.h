/*
 * prophet_internal.h - what the files of prophet/ share.
 *
 * A design row is z = [1, t, X_1 .. X_K]; the hinges max(0, t - s_j) are never stored.
 */
#ifndef BI_ML_PROPHET_PROPHET_INTERNAL_H
#define BI_ML_PROPHET_PROPHET_INTERNAL_H

#include "prophet/prophet.h"

#define DESIGN_BASE 2 /* columns before X: 1 and t */

/* prophet.c: positive, and so that its precision 1/scale^2 is an ordinary number. */
bool prior_scale_is_valid(double scale);

/* season.c: which seasonalities are on, from the options and the n observed moments. */
void season_choose(const ProphetOptions *options, const int64_t *ds, size_t n, ProphetModel *model);
double season_period(ProphetSeason season);
/* sin, cos of 1..order cycles at a moment. */
void season_columns(const ProphetComponent *component, int64_t ds, double *columns);

/* trend.c */
double scaled_time(const ProphetModel *model, int64_t ds);
/* Places the changepoints; n observed moments. */
Status trend_place_changepoints(Env *env, const ProphetOptions *options, const int64_t *ds, size_t n,
                                ProphetModel *model, Failure *failure);
/* In scaled units. */
double trend_at(const ProphetModel *model, double t);

/* design.c: the observed rows, scaled. */
typedef struct Observed {
    size_t n;
    int64_t *ds;
    double *y; /* scaled */
} Observed;

Status observed_rows(Env *env, const ProphetModel *model, Observed *observed, Failure *failure);
/* Fills z at a moment: DESIGN_BASE + n_columns numbers. */
void design_row(const ProphetModel *model, int64_t ds, double *z);
/* The prior precisions 1/sd^2 of the coefficients of z. */
void design_precision(const ProphetModel *model, double *precision);

/*
 * gram.c: all inner products of the design columns, the hinges and y.
 * P = DESIGN_BASE + K columns of z, S hinges at the moments `hinges`.
 */
typedef struct Gram {
    size_t n_rows, n_z, n_hinges;
    double *zz; /* P x P, both triangles */
    double *zh; /* P x S */
    double *hh; /* S x S, both triangles */
    double *zy; /* P */
    double *hy; /* S */
    double yy;
} Gram;

Status gram_build(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
                  size_t n_hinges, Gram *gram, Failure *failure);

/*
 * lasso.c: minimises x' Q x / 2 - b' x + lambda sum |x_j| exactly, from the given x (warm start).
 * Q: n x n, symmetric, positive semidefinite. Scratch is kept between calls.
 */
typedef struct Lasso {
    size_t n;
    size_t n_active;
    size_t *active; /* indices */
    double *sign;   /* by index */
    double *x;      /* by index, 0 where inactive */
    double *factor, *step;
    bool *barred; /* collinear with active ones */
} Lasso;

Status lasso_init(Env *env, size_t n, Lasso *lasso, Failure *failure);
Status lasso_solve(Env *env, Lasso *lasso, const double *q, const double *b, double lambda, Failure *failure);

/* map_fit.c: fills the parameters of a model whose structure stands. */
Status map_fit(Env *env, ProphetModel *model, Failure *failure);

/* A hash of all ds and y. */
uint64_t model_content(const Series *history);

#endif
