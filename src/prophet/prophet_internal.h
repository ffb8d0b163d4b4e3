/*
 * prophet_internal.h - what the files of prophet/ share.
 *
 * A design row is z = [1, t, X_1 .. X_K]; the hinges max(0, t - s_j) are never stored.
 */
#ifndef BI_ML_PROPHET_PROPHET_INTERNAL_H
#define BI_ML_PROPHET_PROPHET_INTERNAL_H

#include "prophet/prophet.h"

#define DESIGN_BASE 2     /* columns before X: 1 and t */
#define MODERATE    1e100 /* no product of a forecast of scaled numbers below it overflows */

/* options.c: positive, and so that its precision 1/scale^2 is an ordinary number. */
bool prior_scale_is_valid(double scale);

/* names.c: reserved by the output's columns or the series' own (Prophet's list). */
bool name_is_reserved(const char *name);
/* 1..PROPHET_MAX_NAME bytes. */
bool name_is_valid(const char *name);
/* The name's position, or PROPHET_NO_COLUMN. */
size_t name_find(const char *const *names, size_t n, const char *name);
/* A copy; NULL when there is no memory. */
char *name_copy(Env *env, const char *name);

/* components.c: all components of the options, without beta. */
Status components_build(Env *env, const ProphetOptions *options, const Series *series, ProphetModel *model,
                        Failure *failure);
bool components_sane(const ProphetModel *model);

/* season.c: the seasonalities, appended to the model's components. */
void season_append(const ProphetOptions *options, const Series *series, ProphetModel *model);
/* Days. */
double season_period(ProphetSeason season);
/* sin, cos of 1..order cycles at a moment. */
void season_columns(const ProphetComponent *component, int64_t ds, double *columns);

/* holiday.c: the holidays, by name. */
Status holiday_append(Env *env, const ProphetOptions *options, ProphetModel *model, Failure *failure);
/* The offsets and n_columns of a component with its dates. */
Status holiday_offsets(Env *env, ProphetComponent *component, Failure *failure);
/* The model's calendar, from all its holidays. */
Status holiday_hits(Env *env, ProphetModel *model, Failure *failure);
/* Sets the columns (all 0 before) of the moment's day to 1. */
void holiday_columns(const ProphetModel *model, int64_t ds, double *columns);

/* regressor.c: the extra regressors, in the order given. */
void regressor_append(const ProphetOptions *options, ProphetModel *model);
/* Mean and sd from the observed rows. */
Status regressor_scale(const Series *history, ProphetComponent *component, Failure *failure);

/* trend.c */
double scaled_time(const ProphetModel *model, int64_t ds);
/* Orders int64_t, for sorting. */
int compare_moments(const void *a, const void *b);
/* Places the changepoints; n observed moments. */
Status trend_place_changepoints(Env *env, const ProphetOptions *options, const int64_t *ds, size_t n,
                                ProphetModel *model, Failure *failure);
/* u(t) of prophet.h; m where growth is flat. */
double trend_argument(const ProphetModel *model, double t);
/* The scaled trend from u, at a scaled cap (unread unless growth is logistic). */
double trend_value(const ProphetModel *model, double u, double cap);

/* rows.c: BAD_DATA unless every column that the model uses has a proper value in every row. */
Status rows_check(const ProphetModel *model, const Series *rows, Failure *failure);
/* The floor of a row, in units of y, and its scaled cap (NaN unless growth is logistic). */
double row_floor(const ProphetModel *model, const Series *rows, size_t i);
double row_cap(const ProphetModel *model, const Series *rows, size_t i);

/* design.c: the observed rows, scaled. */
typedef struct Observed {
    Series rows;    /* without y */
    double *y;      /* scaled */
    double *design; /* the rows of z, where they are kept; NULL */
    size_t n_z;
} Observed;

/* Keeps the design rows, which curved models pass over in every round, unless they are too many. */
Status observed_keep_design(Env *env, const ProphetModel *model, Observed *observed, Failure *failure);
/* The design row of an observation: kept, or made in scratch. */
const double *observed_design(const ProphetModel *model, const Observed *observed, size_t i, double *scratch);

Status observed_rows(Env *env, const ProphetModel *model, Observed *observed, Failure *failure);
/* Fills z for a row: DESIGN_BASE + n_columns numbers. */
void design_row(const ProphetModel *model, const Series *rows, size_t i, double *z);
/* The prior precisions 1/sd^2 of the coefficients of z. */
void design_precision(const ProphetModel *model, double *precision);

/*
 * point.c: parameters, and where they put each observed row.
 *
 * z: the value at t = 0 and the slope of u, beta; delta belongs to the hinges max(0, t - s_j) at the moments
 * `hinges`: the changepoints, or one at the start where a trend has none, or none where the trend is flat.
 */
typedef struct Parameters {
    double *z;     /* DESIGN_BASE + n_columns */
    double *delta; /* n_hinges */
} Parameters;

typedef struct Point {
    double *u;        /* of the trend, n_observed */
    double *ratio;    /* 1 + X_m beta_m */
    double *residual; /* y - mean */
    double rss;
} Point;

Status parameters_init(Env *env, size_t n_z, size_t n_hinges, Parameters *parameters, Failure *failure);
Status point_init(Env *env, size_t n, Point *point, Failure *failure);
/* Everything above at these parameters. O(n (K + 1)). */
Status point_evaluate(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
                      size_t n_hinges, const Parameters *parameters, double *scratch_z, Point *point,
                      Failure *failure);
/* True when the mean is linear in the parameters: no logistic growth, no multiplicative component. */
bool model_is_linear(const ProphetModel *model);
/* The first and the second derivative of the trend by u. */
typedef struct TrendSlope {
    double value, first, second;
} TrendSlope;
TrendSlope trend_slope(const ProphetModel *model, double u, double cap);

/*
 * gram.c: all inner products of the columns of the tangent model and the residual.
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

Status gram_init(Env *env, size_t n_z, size_t n_hinges, Gram *gram, Failure *failure);
/* A linear model: J'J, J'y, y'y. */
Status gram_build(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
                  Gram *gram, Failure *failure);
/* Any model at a point: J'J with the Jacobian J there, J'r and r'r with the residuals r; with curvature J'J
 * becomes the Hessian of r'r / 2. */
Status gram_tangent(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
                    const Point *point, bool curvature, Gram *gram, Failure *failure);

/* Of a logistic tangent: from the value and the slope of u = k (t - m) to m and k. */
void gram_to_rate_and_offset(const ProphetModel *model, Gram *gram);

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

/*
 * subproblem.c: the maximum of a posterior with a quadratic sum of squares, for a given variance.
 */
typedef struct LinePrior {
    double offset, both, slope; /* H */
    double pull[DESIGN_BASE];
} LinePrior;

typedef struct Subproblem {
    Gram gram;
    LinePrior line; /* the prior of z[0] and z[1]: z'Hz / 2 - pull'z */
    Lasso lasso;
    Parameters solution; /* delta is the lasso's x */
    double *precision;   /* of z's coefficients */
    double *factor;      /* P x P */
    double *hinges;      /* P x S: L^-1 zh */
    double *schur;       /* S x S */
    double *target;      /* S */
    double *reduced;     /* P: L^-1 zy */
    size_t n_dropped;    /* columns without curvature in the last solve */
} Subproblem;

/* Room for it, the Gram matrix included, and the prior. */
Status subproblem_init(Env *env, const ProphetModel *model, size_t n_hinges, Subproblem *problem,
                       Failure *failure);
/* The variance that weighs the priors in a solve: never so small that they drown in the rounding of n terms.
 */
double solving_variance(double variance, size_t n);
/* The expansion of the prior of m = -z[0] / z[1] and k, of logistic growth, at z; without curvature a convex
 * one. */
LinePrior logistic_line_prior(const double *precision, const double *z, bool curvature);
Status subproblem_solve(Env *env, const ProphetModel *model, Subproblem *problem, double variance,
                        Failure *failure);
/* yy - 2 c'x + x'Gx at the solution. */
double subproblem_rss(const Subproblem *problem);
/* The greatest variance for a residual sum of squares: 4 v^2 + n v - rss = 0. */
double best_variance(double rss, size_t n);
/* The negative logarithm of the priors of m, k, beta and delta. */
double prior_penalty(const ProphetModel *model, const double *precision, size_t n_z, size_t n_hinges,
                     const Parameters *parameters);
/* Of Taylor and Letham's Stan program: constants dropped, no Jacobian for sigma. */
double log_posterior(double penalty, double variance, double rss, size_t n);

/* start.c: Prophet's initial values; delta stays as it is. */
void start_values(const ProphetModel *model, const Observed *observed, Parameters *start);
/* The parameters of a previous model, carried over; false when its structure is another. */
bool start_from_previous(const ProphetModel *previous, const ProphetModel *model, Parameters *start);

/*
 * newton.c: a maximum of any model, by steps up from a start until the squared Newton decrement, in log
 * units, is `enough`; or until it is clear that the way ends no higher than the rival (NULL: none). The
 * subproblem must be initialised.
 */
typedef struct Optimum {
    Parameters parameters;
    double variance, height; /* the log posterior */
    bool converged;
    bool straight; /* every step was a whole one of the full expansion */
    uint32_t n_iterations;
} Optimum;

Status newton_fit(Env *env, const ProphetModel *model, const Observed *observed, const int64_t *hinges,
                  const Parameters *start, double enough, const Optimum *rival, Subproblem *problem,
                  Optimum *optimum, Failure *failure);

/* curved.c: the maximum of a model that is not linear; previous may be NULL. */
Status curved_fit(Env *env, const ProphetModel *previous, const ProphetModel *model, const Observed *observed,
                  const int64_t *hinges, Subproblem *problem, Optimum *optimum, Failure *failure);

/* map_fit.c: fills the parameters of a model whose structure stands; previous may be NULL. */
Status map_fit(Env *env, const ProphetModel *previous, ProphetModel *model, Failure *failure);

/* model_json.c: the members of the text form but for the history, without braces. */
void model_write_parameters(const ProphetModel *model, Writer *w);
/* identified.c: which rows the data determine. */
typedef struct Laplace {
    size_t n_z, n_hinges, n;
    int64_t *hinges;
    double *factor; /* n x n */
    double *row;    /* n */
} Laplace;

Status laplace_build(Env *env, const ProphetModel *model, Laplace *laplace, Failure *failure);
/* z: the design row of row i. */
bool is_identified(const ProphetModel *model, Laplace *laplace, const Series *rows, size_t i,
                   const double *z);

/* A hash of all ds, y and further columns. */
uint64_t model_content(const Series *history);

#endif
