/*
 * model.c - a forest as bytes, and back with every byte checked.
 *
 * Layout, little endian (kit/codec.h): magic "BIIF", version; options and sizes; per feature range, missing
 * count and name; threshold and quantiles; then each tree in preorder: a node is its feature (u16) with
 * threshold (f64) and left share (f32), or LEAF with its value (f64). Right children are not stored: preorder
 * implies them, so no byte can point outside its tree. CRC-32C at the end.
 * About 12 bytes a node: 100 trees of 256 rows take 0.1 to 0.25 MB.
 *
 * The CRC finds accidents; everything is checked again by value, since an author of bytes can compute a CRC.
 */
#include "iforest/iforest_internal.h"

#include <math.h>
#include <string.h>

#define MAGIC   UINT32_C(0x46494942) /* "BIIF" */
#define VERSION 1
#define LEAF    UINT16_C(0xffff)

#define MIN_NODE_BYTES   10
#define MIN_COLUMN_BYTES 28
/* c(n) - c(sample) + depth of any sane leaf lies far inside. */
#define MAX_LEAF_VALUE 1000.0

static void
write_f32(Writer *w, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof(bits));
    write_u32(w, bits);
}

static float
read_f32(Reader *r)
{
    uint32_t bits = read_u32(r);
    float v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

static void
encode_tree(Writer *w, const IForestNode *tree, size_t n_nodes)
{
    write_u32(w, (uint32_t)n_nodes);
    for (size_t i = 0; i < n_nodes; i++) {
        if (tree[i].right == 0) {
            write_u16(w, LEAF);
            write_f64(w, tree[i].value);
        } else {
            write_u16(w, (uint16_t)tree[i].feature);
            write_f64(w, tree[i].value);
            write_f32(w, tree[i].left_share);
        }
    }
}

void
iforest_encode(Writer *w, const IForest *f)
{
    write_u32(w, MAGIC);
    write_u8(w, VERSION);
    write_u8(w, (uint8_t)f->missing);
    write_u32(w, f->n_trees);
    write_u32(w, f->sample_size);
    write_u32(w, f->max_depth);
    write_i64(w, f->seed);
    write_f64(w, f->contamination);
    write_f64(w, f->threshold);
    write_u64(w, f->n_rows);
    write_u64(w, f->n_skipped);
    write_u32(w, f->n_features);
    for (uint32_t j = 0; j < f->n_features; j++) {
        write_f64(w, f->columns[j].min);
        write_f64(w, f->columns[j].max);
        write_u64(w, f->columns[j].n_missing);
        write_text(w, f->columns[j].name);
    }
    for (size_t q = 0; q < IFOREST_QUANTILES; q++)
        write_f64(w, f->quantiles[q]);
    for (uint32_t t = 0; t < f->n_trees; t++)
        encode_tree(w, f->nodes + f->roots[t], f->roots[t + 1] - f->roots[t]);
    write_crc(w);
}

static void
read_header(Reader *r, IForest *f)
{
    r->failed |= read_u32(r) != MAGIC;
    r->failed |= read_u8(r) != VERSION;
    f->missing = (IForestMissing)read_u8(r);
    f->n_trees = read_u32(r);
    f->sample_size = read_u32(r);
    f->max_depth = read_u32(r);
    f->seed = read_i64(r);
    f->contamination = read_finite(r);
    f->threshold = read_finite(r);
    f->n_rows = read_u64(r);
    f->n_skipped = read_u64(r);
    f->n_features = (uint32_t)read_count(r, MIN_COLUMN_BYTES, IFOREST_MAX_FEATURES);
}

static bool
header_sane(const IForest *f)
{
    return f->missing <= IFOREST_FAIL && f->n_trees >= 1 && f->n_trees <= IFOREST_MAX_TREES &&
           f->sample_size >= 1 && f->sample_size <= IFOREST_MAX_SAMPLE && f->max_depth <= IFOREST_MAX_DEPTH &&
           f->contamination >= 0 && f->contamination <= 0.5 && f->threshold >= 0 && f->threshold <= 1 &&
           f->n_rows >= f->sample_size && f->n_features >= 1 && f->n_features <= IFOREST_MAX_FEATURES;
}

static bool
columns_sane(const IForest *f)
{
    for (uint32_t j = 0; j < f->n_features; j++) {
        const IForestColumn *c = &f->columns[j];

        if (!isfinite(c->min) || !isfinite(c->max) || c->min > c->max || c->n_missing > f->n_rows ||
            (c->name == NULL) != (f->columns[0].name == NULL))
            return false;
    }
    for (size_t q = 0; q < IFOREST_QUANTILES; q++)
        if (!(f->quantiles[q] >= (q > 0 ? f->quantiles[q - 1] : 0) && f->quantiles[q] <= 1))
            return false;
    return true;
}

/* One node's bytes; the children are linked by decode_tree. */
static void
read_node(Reader *r, IForestNode *node, bool *leaf)
{
    uint16_t feature = read_u16(r);

    memset(node, 0, sizeof(*node));
    *leaf = feature == LEAF;
    node->value = read_finite(r);
    if (!*leaf) {
        node->feature = feature;
        node->left_share = read_f32(r);
    }
}

/* Reads one tree and links right children: in preorder a node after a leaf belongs to the latest open parent.
 */
static bool
decode_tree(Reader *r, IForestNode *tree, size_t n_nodes)
{
    size_t open[IFOREST_MAX_DEPTH + 1], n_open = 0;
    bool leaf = false;

    for (size_t i = 0; i < n_nodes; i++) {
        if (i > 0 && leaf) {
            if (n_open == 0)
                return false;
            tree[open[--n_open]].right = (uint32_t)i;
        }
        read_node(r, &tree[i], &leaf);
        if (r->failed)
            return false;
        if (!leaf) {
            if (n_open > IFOREST_MAX_DEPTH)
                return false;
            open[n_open++] = i;
        }
    }
    return leaf && n_open == 0;
}

/* Whether the tree is one that training could have made: depth, features, values, and the order of the
 * thresholds where one feature makes it checkable (the step function relies on it). */
static bool
tree_sane(const IForest *f, const IForestNode *tree, size_t n_nodes)
{
    struct {
        size_t right;
        double threshold;
        uint32_t level;
    } open[IFOREST_MAX_DEPTH + 1];
    size_t n_open = 0;
    uint32_t level = 0;
    double passed = -INFINITY;

    for (size_t i = 0; i < n_nodes; i++) {
        const IForestNode *node = &tree[i];

        if (!isfinite(node->value))
            return false;
        if (node->right != 0) {
            if (level >= f->max_depth || node->feature >= f->n_features ||
                !(node->left_share >= 0 && node->left_share <= 1))
                return false;
            open[n_open].right = node->right;
            open[n_open].threshold = node->value;
            open[n_open++].level = ++level;
            continue;
        }
        if (fabs(node->value) > MAX_LEAF_VALUE)
            return false;
        if (n_open == 0)
            return i + 1 == n_nodes;
        n_open--;
        if (open[n_open].right != i + 1 || (f->n_features == 1 && !(open[n_open].threshold > passed)))
            return false;
        passed = open[n_open].threshold;
        level = open[n_open].level;
    }
    return false;
}

bool
iforest_sane(const IForest *f)
{
    if (!header_sane(f) || !columns_sane(f) || f->roots[0] != 0)
        return false;
    for (uint32_t t = 0; t < f->n_trees; t++)
        if (f->roots[t + 1] <= f->roots[t] ||
            !tree_sane(f, f->nodes + f->roots[t], f->roots[t + 1] - f->roots[t]))
            return false;
    return true;
}

static Status
corrupt(Failure *failure)
{
    return fail(failure, STATUS_CORRUPT, "Take the value from a column or a dump, unchanged, or train again.",
                "the bytes are not a model of type iforest");
}

static Status
read_columns(Env *env, Reader *r, IForest *f, Failure *failure)
{
    f->columns = ENV_NEW(env, f->n_features, IForestColumn);
    f->quantiles = ENV_NEW(env, IFOREST_QUANTILES, double);
    if (f->columns == NULL || f->quantiles == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t j = 0; j < f->n_features; j++) {
        f->columns[j].min = read_finite(r);
        f->columns[j].max = read_finite(r);
        f->columns[j].n_missing = read_u64(r);
        f->columns[j].name = read_text(r, env, IFOREST_MAX_NAME);
    }
    for (size_t q = 0; q < IFOREST_QUANTILES; q++)
        f->quantiles[q] = read_finite(r);
    return r->failed ? corrupt(failure) : STATUS_SUCCESS;
}

/* All trees into one array: its size is known from the bytes left, since no node takes fewer than
 * MIN_NODE_BYTES. */
static Status
read_trees(Env *env, Reader *r, IForest *f, Failure *failure)
{
    size_t capacity = (r->length - r->at) / MIN_NODE_BYTES, n_nodes = 0;

    if (capacity / f->n_trees < 1)
        return corrupt(failure);
    f->roots = ENV_NEW(env, f->n_trees + 1, size_t);
    f->nodes = ENV_NEW(env, capacity, IForestNode);
    if (f->roots == NULL || f->nodes == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t t = 0; t < f->n_trees; t++) {
        size_t n = read_count(r, MIN_NODE_BYTES, capacity - n_nodes);

        f->roots[t] = n_nodes;
        if (r->failed || !decode_tree(r, f->nodes + n_nodes, n))
            return corrupt(failure);
        n_nodes += n;
        if (env_cancelled(env))
            return fail_cancelled(failure);
    }
    f->roots[f->n_trees] = n_nodes;
    return read_at_end(r) ? STATUS_SUCCESS : corrupt(failure);
}

Status
iforest_decode(Env *env, const void *bytes, size_t length, IForest **forest, Failure *failure)
{
    IForest *f = ENV_NEW(env, 1, IForest);
    Reader r;

    if (f == NULL)
        return fail_out_of_memory(failure);
    reader_init(&r, bytes, length);
    if (!read_check_crc(&r))
        return corrupt(failure);
    read_header(&r, f);
    if (r.failed || !header_sane(f))
        return corrupt(failure);
    RETURN_IF_FAILED(read_columns(env, &r, f, failure));
    RETURN_IF_FAILED(read_trees(env, &r, f, failure));
    if (!iforest_sane(f))
        return corrupt(failure);
    *forest = f;
    return STATUS_SUCCESS;
}
