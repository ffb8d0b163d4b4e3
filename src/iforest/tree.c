/*
 * tree.c - growing one isolation tree.
 *
 * Method: Liu, Ting and Zhou (2008): cut the rows at a uniform threshold of a uniform feature until each is
 * alone or the depth limit is reached; a leaf's path length is its depth + c(its weight). Details and
 * departures:
 * - The feature is uniform among those that vary in this node. It is drawn from a pool; one found constant is
 *   dropped for the whole sub-tree (Cortes, isotree), so it is never looked at again and no depth is lost.
 * - Rows with x <= threshold go left; the threshold lies in [min, max), so both sides have rows and equal
 * values stay together. Halved arithmetic keeps a range of 2 * DBL_MAX finite.
 * - Two whole rows make a leaf at once: c(2) = 1 is exactly the depth that one more cut would add.
 * - Missing values (Cortes 2019): the cut is drawn from the rows that have the value; the others go both
 * ways, their weight divided as the weight of those rows was. After IFOREST_MAX_FORKS forks of one row they
 *   follow the larger side, which bounds the work. A node of weight <= 1 below the root is a leaf.
 * - Leaf values are kept relative to c(sample): a forest that found nothing to cut sums to exactly 0, and
 *   its score to exactly 0.5.
 *
 * Nodes come in preorder, the left child right after its parent. Thresholds come from minima and maxima and
 * weights are summed in the sampler's order, so the bits do not depend on the order of the input.
 * Cost: O(sample * depth) reads a tree; memory 24 bytes a node, 16 bytes a row of the open nodes.
 */
#include "iforest/iforest_internal.h"

#include <math.h>
#include <string.h>

#define NO_PARENT       SIZE_MAX
#define MAX_TOTAL_NODES (2 * (size_t)IFOREST_MAX_SAMPLED)

/* A node still to be made: its entries, and what it inherits. */
typedef struct Job {
    size_t begin, end;
    size_t parent; /* whose right child it is; NO_PARENT for a left child or the root */
    uint32_t depth;
    uint32_t n_live;
} Job;

typedef struct Split {
    uint32_t feature;
    double threshold;
    float left_share;
    size_t n_left, n_missing;
} Split;

/* Room for n elements of `size` bytes, keeping the first n_used; doubles, since env never frees. */
static Status
reserve(Grower *g, void **array, size_t n_used, size_t *capacity, size_t n, size_t size)
{
    size_t wanted = *capacity > 0 ? *capacity : 1024;
    void *larger;

    if (n <= *capacity)
        return STATUS_SUCCESS;
    while (wanted < n)
        wanted *= 2;
    larger = g->env->alloc(g->env, wanted * size);
    if (larger == NULL)
        return fail_out_of_memory(g->failure);
    if (n_used > 0)
        memcpy(larger, *array, n_used * size);
    *array = larger;
    *capacity = wanted;
    return STATUS_SUCCESS;
}

static Status
add_node(Grower *g, IForestNode node)
{
    if (g->n_nodes >= MAX_TOTAL_NODES)
        return fail(g->failure, STATUS_TOO_BIG, "Use fewer trees or a smaller sample_size.",
                    "the forest would have more than %zu nodes", MAX_TOTAL_NODES);
    RETURN_IF_FAILED(
        reserve(g, (void **)&g->nodes, g->n_nodes, &g->node_capacity, g->n_nodes + 1, sizeof(*g->nodes)));
    g->nodes[g->n_nodes++] = node;
    return STATUS_SUCCESS;
}

static double
job_weight(const Grower *g, const Job *job)
{
    double weight = 0;

    for (size_t i = job->begin; i < job->end; i++)
        weight += g->entries[i].weight;
    return weight;
}

static bool
is_leaf(const Grower *g, const Job *job, double weight)
{
    size_t n = job->end - job->begin;

    return n <= 1 || job->depth >= g->max_depth || (job->depth > 0 && weight <= 1) || (n == 2 && weight == 2);
}

static double
draw_threshold(Rng *rng, double min, double max)
{
    double p = 2 * (min / 2 + rng_uniform(rng) * (max / 2 - min / 2));

    if (p >= max)
        p = nextafter(max, -INFINITY);
    /* Halving a denormal may round below the minimum. -0 + 0 is +0: one zero, whichever row came first. */
    return (p < min ? min : p) + 0.0;
}

/* A feature that varies in the node, and a threshold; false when none does. */
static bool
draw_split(const Grower *g, Rng *rng, Job *job, Split *split)
{
    while (job->n_live > 0) {
        uint32_t at = (uint32_t)rng_below(rng, job->n_live);
        uint32_t feature = g->pool[at];
        double min = INFINITY, max = -INFINITY;

        for (size_t i = job->begin; i < job->end; i++) {
            double v = g->x[g->entries[i].row * g->d + feature];

            /* Comparisons with NaN are false, so missing values leave both alone. */
            min = v < min ? v : min;
            max = v > max ? v : max;
        }
        if (min < max) {
            split->feature = feature;
            split->threshold = draw_threshold(rng, min, max);
            return true;
        }
        g->pool[at] = g->pool[--job->n_live];
        g->pool[job->n_live] = feature;
    }
    return false;
}

/* Counts the sides and the missing values, and weighs the sides. */
static void
weigh_split(const Grower *g, const Job *job, Split *split)
{
    double left = 0, right = 0;

    split->n_left = split->n_missing = 0;
    for (size_t i = job->begin; i < job->end; i++) {
        const Entry *e = &g->entries[i];
        double v = g->x[e->row * g->d + split->feature];

        if (isnan(v)) {
            split->n_missing++;
        } else if (v <= split->threshold) {
            split->n_left++;
            left += e->weight;
        } else {
            right += e->weight;
        }
    }
    split->left_share = (float)(left / (left + right));
}

/* The entry of a row without the value on one side; weight 0 when it does not go there. */
static Entry
missing_entry(const Grower *g, Entry e, const Split *split, bool to_left)
{
    double share = to_left ? (double)split->left_share : 1 - (double)split->left_share;

    if (g->options->missing == IFOREST_DIVIDE && e.n_forks < IFOREST_MAX_FORKS) {
        e.weight *= share;
        e.n_forks++;
    } else if (to_left != (split->left_share >= 0.5F)) {
        e.weight = 0;
    }
    return e;
}

/*
 * Rewrites the node's entries as those of the right child followed by those of the left, each side in the
 * order of the node; *middle is where the left ones begin. The left child is grown first, on top of the
 * stack.
 */
static Status
partition(Grower *g, const Job *job, const Split *split, size_t *middle)
{
    size_t n = job->end - job->begin, at = job->begin;

    RETURN_IF_FAILED(reserve(g, (void **)&g->aside, 0, &g->aside_capacity, n, sizeof(Entry)));
    RETURN_IF_FAILED(reserve(g, (void **)&g->entries, g->n_entries, &g->entry_capacity,
                             job->end + split->n_missing, sizeof(Entry)));
    memcpy(g->aside, g->entries + job->begin, n * sizeof(Entry));
    for (int to_left = 0; to_left <= 1; to_left++) {
        if (to_left)
            *middle = at;
        for (size_t i = 0; i < n; i++) {
            double v = g->x[g->aside[i].row * g->d + split->feature];
            Entry e = g->aside[i];

            if (isnan(v))
                e = missing_entry(g, e, split, to_left != 0);
            else if ((v <= split->threshold) != (to_left != 0))
                continue;
            if (e.weight > 0)
                g->entries[at++] = e;
        }
    }
    g->n_entries = at;
    return STATUS_SUCCESS;
}

/* Makes one node of a job; *split_made tells whether the two children in children[] (right, left) are to be
 * made. */
static Status
make_node(Grower *g, Rng *rng, Job *job, Job children[2], bool *split_made)
{
    double weight = job_weight(g, job);
    Split split;
    size_t middle = 0, place = g->n_nodes;

    *split_made = !is_leaf(g, job, weight) && draw_split(g, rng, job, &split);
    if (!*split_made) {
        IForestNode leaf = {.value = (iforest_c(weight) - g->c_sample) + job->depth};

        g->n_entries = job->begin;
        return add_node(g, leaf);
    }
    weigh_split(g, job, &split);
    RETURN_IF_FAILED(partition(g, job, &split, &middle));
    children[0] = (Job){job->begin, middle, place, job->depth + 1, job->n_live};
    children[1] = (Job){middle, g->n_entries, NO_PARENT, job->depth + 1, job->n_live};
    return add_node(
        g, (IForestNode){.value = split.threshold, .left_share = split.left_share, .feature = split.feature});
}

Status
tree_grow(Grower *g, Rng *rng, const uint32_t *rows, size_t n)
{
    Job jobs[IFOREST_MAX_DEPTH + 2];
    size_t n_jobs = 1, root = g->n_nodes;

    RETURN_IF_FAILED(reserve(g, (void **)&g->entries, 0, &g->entry_capacity, n, sizeof(Entry)));
    for (size_t i = 0; i < n; i++)
        g->entries[i] = (Entry){.weight = 1, .row = rows[i]};
    for (size_t j = 0; j < g->d; j++)
        g->pool[j] = (uint32_t)j;
    g->n_entries = n;
    jobs[0] = (Job){0, n, NO_PARENT, 0, (uint32_t)g->d};
    while (n_jobs > 0) {
        Job job = jobs[--n_jobs], children[2];
        bool split_made;

        if (env_cancelled(g->env))
            return fail_cancelled(g->failure);
        if (job.parent != NO_PARENT)
            g->nodes[job.parent].right = (uint32_t)(g->n_nodes - root);
        RETURN_IF_FAILED(make_node(g, rng, &job, children, &split_made));
        if (split_made) {
            jobs[n_jobs++] = children[0];
            jobs[n_jobs++] = children[1];
        }
    }
    return STATUS_SUCCESS;
}
