/*
 * draw.c - what a node is cut by: one feature, or a weighted sum of ndim of them.
 *
 * Features are uniform among those that vary in the node (see tree.c). One feature is cut at a uniform
 * threshold; of categories one that is present goes left ('single'), or each is sent to a side by a coin
 * thrown for (key, category) until both sides have rows ('subset'). A coin is a hash of the category's text,
 * so a model stores the key alone and a category absent from the node has its side all the same.
 *
 * ndim > 1 is the extended forest (Hariri, Carrasco Kind and Brunner 2018; normal weights as in SCiForest,
 * Liu, Ting and Zhou 2010): the sum of ndim features, each weighed by a normal draw over its standard
 * deviation in the node; the threshold is uniform in the range of the sums, so that no side is empty.
 * Categories have a normal draw each. Where the sums do not vary, or overflow, one feature alone is cut.
 */
#include "iforest/iforest_internal.h"
#include "iforest/split.h"
#include "kit/quantile.h"

#define MAX_COIN_ROUNDS 64 /* two categories fall on one side in half of the rounds */

/* What a feature looks like in a node. */
typedef struct Survey {
    double min, max;
    size_t n_missing;
} Survey;

static double
draw_threshold(Rng *rng, double min, double max)
{
    double p = 2 * (min / 2 + rng_uniform(rng) * (max / 2 - min / 2));

    if (p >= max)
        p = nextafter(max, -INFINITY);
    /* Halving a denormal may round below the minimum. -0 + 0 is +0: one zero, whichever row came first. */
    return (p < min ? min : p) + 0.0;
}

/* Range and number of missing ones of the node's values in v. */
static Survey
survey_values(const double *v, size_t n)
{
    Survey s = {.min = INFINITY, .max = -INFINITY};

    for (size_t i = 0; i < n; i++) {
        /* Comparisons with NaN are false, so missing values leave both alone. */
        s.min = v[i] < s.min ? v[i] : s.min;
        s.max = v[i] > s.max ? v[i] : s.max;
        s.n_missing += isnan(v[i]) != 0;
    }
    return s;
}

static void
copy_feature(const Grower *g, const Job *job, uint32_t feature, double *v)
{
    for (size_t i = job->begin; i < job->end; i++)
        v[i - job->begin] = g->x[g->entries[i].row * g->d + feature];
}

/*
 * Draws one of the features that vary in the node, beyond the first n_drawn of the pool: its place there; its
 * values are in v. False when there is none left.
 */
static bool
draw_feature(const Grower *g, Rng *rng, Job *job, uint32_t n_drawn, double *v, Survey *survey,
             uint32_t *place)
{
    while (job->n_live > n_drawn) {
        uint32_t at = n_drawn + (uint32_t)rng_below(rng, job->n_live - n_drawn);
        uint32_t feature = g->pool[at];

        copy_feature(g, job, feature, v);
        *survey = survey_values(v, job->end - job->begin);
        *place = at;
        if (survey->min < survey->max)
            return true;
        g->pool[at] = g->pool[--job->n_live];
        g->pool[job->n_live] = feature;
    }
    return false;
}

static void
swap_places(const Grower *g, uint32_t a, uint32_t b)
{
    uint32_t feature = g->pool[a];

    g->pool[a] = g->pool[b];
    g->pool[b] = feature;
}

/* The codes in v, counted. */
static void
list_codes(Grower *g, const double *v, size_t n)
{
    g->turn++;
    g->n_present = 0;
    for (size_t i = 0; i < n; i++) {
        size_t code;

        if (isnan(v[i]))
            continue;
        code = (size_t)v[i];
        if (g->turns[code] != g->turn) {
            g->turns[code] = g->turn;
            g->counts[code] = 0;
            g->present[g->n_present++] = (uint32_t)code;
        }
        g->counts[code]++;
    }
}

/* A key whose coins send the present codes to both sides; false when none was found. */
static bool
throw_coins(const Grower *g, Rng *rng, const IForestColumn *column, double *key)
{
    for (int round = 0; round < MAX_COIN_ROUNDS; round++) {
        size_t n_heads = 0;

        *key = rng_uniform(rng);
        for (size_t i = 0; i < g->n_present; i++)
            n_heads += level_draw(column, *key, g->present[i]) & 1;
        if (n_heads > 0 && n_heads < g->n_present)
            return true;
    }
    return false;
}

static void
cut_categories(Grower *g, Rng *rng, const Job *job, Split *split)
{
    const IForestColumn *column = &g->columns[split->node.feature];
    size_t n = job->end - job->begin;
    IForestNode *node = &split->node;
    double key;

    list_codes(g, g->values, n);
    if (g->options->categ_split == IFOREST_SUBSET && throw_coins(g, rng, column, &key)) {
        node->kind = IFOREST_SET;
        node->value = key;
    } else {
        node->kind = IFOREST_LEVEL;
        node->value = g->present[rng_below(rng, g->n_present)];
    }
    split->cut = split_cut(node);
    for (size_t i = 0; i < n; i++) {
        const double *row = g->x + g->entries[job->begin + i].row * g->d;
        bool unseen = false;

        g->values[i] = split_value(g->columns, NULL, node, false, row, &unseen);
    }
}

/* A cut by the feature whose values are in g->values. */
static void
cut_feature(Grower *g, Rng *rng, const Job *job, uint32_t feature, const Survey *survey, Split *split)
{
    split->node = (IForestNode){.kind = IFOREST_CUT, .feature = feature};
    split->n_missing = survey->n_missing;
    if (g->columns[feature].categorical) {
        cut_categories(g, rng, job, split);
        return;
    }
    split->node.value = split->cut = draw_threshold(rng, survey->min, survey->max);
}

/* Mean and standard deviation of the values that are there, in units that cannot overflow. */
static double
standard_deviation(const double *v, size_t n, const Survey *s, double *mean)
{
    double middle = s->min / 2 + s->max / 2, half = s->max / 2 - s->min / 2, sum = 0, squares = 0;
    double count = (double)(n - s->n_missing);

    for (size_t i = 0; i < n; i++)
        sum += isnan(v[i]) ? 0 : (v[i] - middle) / half;
    sum /= count;
    for (size_t i = 0; i < n; i++) {
        double u = isnan(v[i]) ? sum : (v[i] - middle) / half;

        squares += (u - sum) * (u - sum);
    }
    *mean = middle + half * sum;
    return half * sqrt(squares / count);
}

/* The most frequent code of those in v, the first met of equals. */
static double
commonest_code(Grower *g, const double *v, size_t n)
{
    size_t best = 0;

    list_codes(g, v, n);
    for (size_t i = 1; i < g->n_present; i++)
        if (g->counts[g->present[i]] > g->counts[g->present[best]])
            best = i;
    return g->present[best];
}

static double
median_of_present(double *v, size_t n)
{
    size_t n_present = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(v[i]))
            v[n_present++] = v[i];
    return median_in_place(v, n_present);
}

/* The part of a feature, whose values are in v (spoilt), in a weighted sum; false when it has no finite one.
 */
static bool
draw_term(Grower *g, Rng *rng, const Survey *survey, double *v, size_t n, IForestTerm *term)
{
    double deviation;

    if (g->columns[term->feature].categorical) {
        term->weight = rng_uniform(rng);
        term->centre = commonest_code(g, v, n);
        return true;
    }
    deviation = standard_deviation(v, n, survey, &term->centre);
    term->weight = rng_normal(rng);
    if (g->options->standardize)
        term->weight /= deviation;
    if (g->options->missing == IFOREST_IMPUTE)
        term->centre = median_of_present(v, n);
    term->centre += 0.0; /* one zero, whichever row came first */
    return isfinite(term->weight) && isfinite(term->centre) && isfinite(term->weight * survey->min) &&
           isfinite(term->weight * survey->max);
}

/* The node's sums by the first n_terms terms beyond those of the forest, to g->values; false when they do not
 * vary or are not finite. */
static bool
cut_sum(Grower *g, Rng *rng, const Job *job, size_t n_terms, Split *split)
{
    size_t n = job->end - job->begin;
    IForestNode *node = &split->node;
    Survey s;

    *node = (IForestNode){.kind = IFOREST_SUM, .feature = (uint32_t)g->n_terms, .n_terms = (uint8_t)n_terms};
    for (size_t i = 0; i < n; i++) {
        const double *row = g->x + g->entries[job->begin + i].row * g->d;
        bool unseen = false;

        g->values[i] =
            split_value(g->columns, g->terms, node, g->options->missing == IFOREST_IMPUTE, row, &unseen);
    }
    s = survey_values(g->values, n);
    if (!(s.min < s.max) || !isfinite(s.min) || !isfinite(s.max))
        return false;
    node->value = split->cut = draw_threshold(rng, s.min, s.max);
    split->n_missing = s.n_missing;
    return true;
}

/* A split by a sum of up to ndim features, of which the first is drawn and stands at `place` of the pool. */
static Status
draw_sum(Grower *g, Rng *rng, Job *job, const Survey *first, uint32_t place, Split *split, bool *found)
{
    uint32_t n_terms = 0, ndim = (uint32_t)g->options->ndim;
    size_t n = job->end - job->begin;
    Survey survey = *first;

    RETURN_IF_FAILED(grower_reserve(g, (void **)&g->terms, g->n_terms, &g->term_capacity, g->n_terms + ndim,
                                    sizeof(IForestTerm)));
    memcpy(g->spare, g->values, n * sizeof(double));
    *found = false;
    do {
        IForestTerm *term = &g->terms[g->n_terms + n_terms];

        swap_places(g, place, n_terms);
        *term = (IForestTerm){.feature = g->pool[n_terms]};
        if (!draw_term(g, rng, &survey, g->spare, n, term))
            return STATUS_SUCCESS;
        n_terms++;
    } while (n_terms < ndim && draw_feature(g, rng, job, n_terms, g->spare, &survey, &place));
    if (n_terms < 2 || !cut_sum(g, rng, job, n_terms, split))
        return STATUS_SUCCESS;
    g->n_terms += n_terms;
    *found = true;
    return STATUS_SUCCESS;
}

Status
draw_split(Grower *g, Rng *rng, Job *job, Split *split, bool *found)
{
    uint32_t feature, place;
    Survey survey;

    *found = draw_feature(g, rng, job, 0, g->values, &survey, &place);
    if (!*found)
        return STATUS_SUCCESS;
    feature = g->pool[place];
    if (g->options->ndim > 1) {
        RETURN_IF_FAILED(draw_sum(g, rng, job, &survey, place, split, found));
        if (*found)
            return STATUS_SUCCESS;
        /* The sums may have taken the place of the feature's values. */
        copy_feature(g, job, feature, g->values);
    }
    cut_feature(g, rng, job, feature, &survey, split);
    *found = true;
    return STATUS_SUCCESS;
}
