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

Status
grower_reserve(Grower *g, void **array, size_t n_used, size_t *capacity, size_t n, size_t size)
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
    RETURN_IF_FAILED(grower_reserve(g, (void **)&g->nodes, g->n_nodes, &g->node_capacity, g->n_nodes + 1,
                                    sizeof(*g->nodes)));
    g->nodes[g->n_nodes++] = node;
    return STATUS_SUCCESS;
}

static bool
is_leaf(const Grower *g, const Job *job)
{
    size_t n = job->end - job->begin;

    return n <= 1 || job->depth >= g->max_depth || (job->depth > 0 && job->weight <= 1) ||
           (n == 2 && job->weight == 2);
}

/*
 * The rows of a node without missing values: the right child's entries stay where the node's begin, the left
 * child's follow. Every entry is written to both sides and one of the two places advances: thresholds are
 * random, so a branch would be mispredicted every other time.
 */
static void
partition_whole(Grower *g, const Job *job, Split *split, Job *right, Job *left)
{
    size_t n = job->end - job->begin, n_right = 0, n_left = 0;
    Entry *entries = g->entries + job->begin;
    double left_weight = 0, right_weight = 0;

    for (size_t i = 0; i < n; i++) {
        Entry e = entries[i];
        bool goes_left = g->values[i] <= split->cut;

        entries[n_right] = e;
        n_right += !goes_left;
        g->aside[n_left] = e;
        n_left += goes_left;
        left_weight += goes_left ? e.weight : 0;
        right_weight += goes_left ? 0 : e.weight;
    }
    memcpy(entries + n_right, g->aside, n_left * sizeof(Entry));
    split->node.left_share = (float)(left_weight / (left_weight + right_weight));
    right->end = left->begin = job->begin + n_right;
    left->end = job->end;
    right->weight = right_weight;
    left->weight = left_weight;
}

/* The share of the weight of the rows that have the value that goes left. */
static float
left_share(const Grower *g, const Job *job, double threshold)
{
    double left = 0, right = 0;

    for (size_t i = 0; i < job->end - job->begin; i++) {
        double v = g->values[i], weight = g->entries[job->begin + i].weight;

        left += v <= threshold ? weight : 0;
        right += v > threshold ? weight : 0;
    }
    return (float)(left / (left + right));
}

/* The entry of a row without the value on one side; weight 0 when it does not go there. */
static Entry
missing_entry(const Grower *g, Entry e, const Split *split, bool to_left)
{
    double share = to_left ? (double)split->node.left_share : 1 - (double)split->node.left_share;

    if (g->options->missing == IFOREST_DIVIDE && e.n_forks < IFOREST_MAX_FORKS) {
        e.weight *= share;
        e.n_forks++;
    } else if (to_left != (split->node.left_share >= 0.5F)) {
        e.weight = 0;
    }
    return e;
}

/* One side's entries of a node with missing values, appended at `at`; returns where they end. */
static size_t
append_side(Grower *g, const Job *job, const Split *split, bool to_left, size_t at, double *weight)
{
    *weight = 0;
    for (size_t i = 0; i < job->end - job->begin; i++) {
        double v = g->values[i];
        Entry e = g->aside[i];

        if (isnan(v))
            e = missing_entry(g, e, split, to_left);
        else if ((v <= split->cut) != to_left)
            continue;
        if (e.weight > 0) {
            g->entries[at++] = e;
            *weight += e.weight;
        }
    }
    return at;
}

static Status
partition_missing(Grower *g, const Job *job, Split *split, Job *right, Job *left)
{
    RETURN_IF_FAILED(grower_reserve(g, (void **)&g->entries, job->end, &g->entry_capacity,
                                    job->end + split->n_missing, sizeof(Entry)));
    split->node.left_share = left_share(g, job, split->cut);
    memcpy(g->aside, g->entries + job->begin, (job->end - job->begin) * sizeof(Entry));
    right->end = left->begin = append_side(g, job, split, false, job->begin, &right->weight);
    left->end = append_side(g, job, split, true, left->begin, &left->weight);
    return STATUS_SUCCESS;
}

/* Replaces the node's entries by those of the right child and, on top of the stack, those of the left, which
 * is grown first. Both sides keep the node's order. */
static Status
partition(Grower *g, const Job *job, Split *split, size_t place, Job *right, Job *left)
{
    *right = (Job){.begin = job->begin, .parent = place, .depth = job->depth + 1, .n_live = job->n_live};
    *left = (Job){.parent = NO_PARENT, .depth = job->depth + 1, .n_live = job->n_live};
    if (split->n_missing > 0)
        return partition_missing(g, job, split, right, left);
    partition_whole(g, job, split, right, left);
    return STATUS_SUCCESS;
}

/* Room for one node's rows. */
static Status
reserve_scratch(Grower *g, size_t n)
{
    size_t capacity = g->aside_capacity;

    RETURN_IF_FAILED(grower_reserve(g, (void **)&g->values, 0, &capacity, n, sizeof(double)));
    capacity = g->aside_capacity;
    if (g->options->ndim > 1)
        RETURN_IF_FAILED(grower_reserve(g, (void **)&g->spare, 0, &capacity, n, sizeof(double)));
    return grower_reserve(g, (void **)&g->aside, 0, &g->aside_capacity, n, sizeof(Entry));
}

/* Makes one node of a job; *split_made tells whether the two children are to be made. */
static Status
make_node(Grower *g, Rng *rng, Job *job, Job *right, Job *left, bool *split_made)
{
    Split split = {.cut = 0};

    RETURN_IF_FAILED(reserve_scratch(g, job->end - job->begin));
    *split_made = false;
    if (!is_leaf(g, job))
        RETURN_IF_FAILED(draw_split(g, rng, job, &split, split_made));
    if (!*split_made)
        return add_node(g, (IForestNode){.value = (iforest_c(job->weight) - g->c_sample) + job->depth});
    RETURN_IF_FAILED(partition(g, job, &split, g->n_nodes, right, left));
    return add_node(g, split.node);
}

Status
tree_grow(Grower *g, Rng *rng, const uint32_t *rows, size_t n)
{
    Job jobs[IFOREST_MAX_DEPTH + 2];
    size_t n_jobs = 1, root = g->n_nodes;

    RETURN_IF_FAILED(grower_reserve(g, (void **)&g->entries, 0, &g->entry_capacity, n, sizeof(Entry)));
    for (size_t i = 0; i < n; i++)
        g->entries[i] = (Entry){.weight = 1, .row = rows[i]};
    for (size_t j = 0; j < g->d; j++)
        g->pool[j] = (uint32_t)j;
    jobs[0] = (Job){.end = n, .parent = NO_PARENT, .weight = (double)n, .n_live = (uint32_t)g->d};
    while (n_jobs > 0) {
        Job job = jobs[--n_jobs], right, left;
        bool split_made;

        if (env_cancelled(g->env))
            return fail_cancelled(g->failure);
        if (job.parent != NO_PARENT)
            g->nodes[job.parent].right = (uint32_t)(g->n_nodes - root);
        RETURN_IF_FAILED(make_node(g, rng, &job, &right, &left, &split_made));
        if (split_made) {
            jobs[n_jobs++] = right;
            jobs[n_jobs++] = left;
        }
    }
    return STATUS_SUCCESS;
}
