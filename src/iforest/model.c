/*
 * model.c - a forest as bytes, and back with every byte checked.
 *
 * Layout, little endian (kit/codec.h): magic "BIIF", version; options and sizes; per feature range, missing
 * count, name and dictionary; threshold and quantiles; then each tree: the rows it saw, its birth, its nodes
 * in preorder. A node is its kind (u8) and value (f64), and unless it is a leaf its left share (f32) and its
 * feature (u16) or its terms, each feature (u16), weight and centre (f64). Right children are not stored:
 * preorder implies them, so no byte can point outside its tree. CRC-32C at the end. About 12 bytes a node:
 * 100 trees of 256 rows take 0.1 to 0.25 MB.
 *
 * The CRC finds accidents; everything is checked again by value (sane.c), since an author of bytes can
 * compute a CRC.
 */
#include "iforest/iforest_internal.h"

#include <math.h>
#include <string.h>

#define MAGIC   UINT32_C(0x46494942) /* "BIIF" */
#define VERSION 2

#define MIN_NODE_BYTES   9
#define MIN_TERM_BYTES   18
#define MIN_TREE_BYTES   (12 + MIN_NODE_BYTES)
#define MIN_COLUMN_BYTES 29
#define NUMBER           0 /* of a column: or */
#define CATEGORIES       1
#define WITH_REST        2

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
encode_node(Writer *w, const IForest *f, const IForestNode *node)
{
    write_u8(w, node->kind);
    write_f64(w, node->value);
    if (node->kind == IFOREST_LEAF)
        return;
    write_f32(w, node->left_share);
    if (node->kind != IFOREST_SUM) {
        write_u16(w, (uint16_t)node->feature);
        return;
    }
    write_u8(w, node->n_terms);
    for (size_t i = 0; i < node->n_terms; i++) {
        write_u16(w, (uint16_t)f->terms[node->feature + i].feature);
        write_f64(w, f->terms[node->feature + i].weight);
        write_f64(w, f->terms[node->feature + i].centre);
    }
}

static void
encode_column(Writer *w, const IForestColumn *c)
{
    write_f64(w, c->min);
    write_f64(w, c->max);
    write_u64(w, c->n_missing);
    write_text(w, c->name);
    write_u8(w, !c->categorical ? NUMBER : c->levels.rest ? WITH_REST : CATEGORIES);
    if (!c->categorical)
        return;
    write_u32(w, c->levels.n);
    for (uint32_t i = 0; i < c->levels.n; i++)
        write_text(w, c->levels.texts[i]);
}

void
iforest_encode(Writer *w, const IForest *f)
{
    write_u32(w, MAGIC);
    write_u8(w, VERSION);
    write_u8(w, (uint8_t)f->missing);
    write_u8(w, (uint8_t)f->categ_split);
    write_u8(w, f->standardize);
    write_u8(w, f->subsampled);
    write_u32(w, f->ndim);
    write_u32(w, f->n_updates);
    write_u32(w, f->n_trees);
    write_u32(w, f->sample_size);
    write_u32(w, f->max_depth);
    write_i64(w, f->seed);
    write_f64(w, f->contamination);
    write_f64(w, f->threshold);
    write_u64(w, f->n_rows);
    write_u64(w, f->n_skipped);
    write_u32(w, f->n_categorical);
    write_u32(w, f->n_features);
    for (uint32_t j = 0; j < f->n_features; j++)
        encode_column(w, &f->columns[j]);
    for (size_t q = 0; q < IFOREST_QUANTILES; q++)
        write_f64(w, f->quantiles[q]);
    for (uint32_t t = 0; t < f->n_trees; t++) {
        write_u32(w, f->samples[t]);
        write_u32(w, f->births[t]);
        write_u32(w, (uint32_t)(f->roots[t + 1] - f->roots[t]));
        for (size_t i = f->roots[t]; i < f->roots[t + 1]; i++)
            encode_node(w, f, &f->nodes[i]);
    }
    write_crc(w);
}

/* A byte that is 0 or 1, so that what is read is written back the same. */
static bool
read_flag(Reader *r)
{
    uint8_t v = read_u8(r);

    r->failed |= v > 1;
    return v == 1;
}

static void
read_header(Reader *r, IForest *f)
{
    f->missing = (IForestMissing)read_u8(r);
    f->categ_split = (IForestCategSplit)read_u8(r);
    f->standardize = read_flag(r);
    f->subsampled = read_flag(r);
    f->ndim = read_u32(r);
    f->n_updates = read_u32(r);
    f->n_trees = read_u32(r);
    f->sample_size = read_u32(r);
    f->max_depth = read_u32(r);
    f->seed = read_i64(r);
    f->contamination = read_finite(r);
    f->threshold = read_finite(r);
    f->n_rows = read_u64(r);
    f->n_skipped = read_u64(r);
    f->n_categorical = read_u32(r);
    f->n_features = (uint32_t)read_count(r, MIN_COLUMN_BYTES, IFOREST_MAX_FEATURES);
}

static void
read_terms(Reader *r, IForest *f, IForestNode *node)
{
    node->n_terms = read_u8(r);
    node->feature = (uint32_t)f->n_terms;
    for (size_t i = 0; i < node->n_terms && !r->failed; i++) {
        IForestTerm *term = &f->terms[f->n_terms];

        term->feature = read_u16(r);
        term->weight = read_finite(r);
        term->centre = read_finite(r);
        f->n_terms += !r->failed;
    }
}

/* One node's bytes; the children are linked by decode_tree. */
static void
read_node(Reader *r, IForest *f, IForestNode *node)
{
    memset(node, 0, sizeof(*node));
    node->kind = read_u8(r);
    node->value = read_finite(r);
    r->failed |= node->kind > IFOREST_SUM;
    if (node->kind == IFOREST_LEAF || r->failed)
        return;
    node->left_share = read_f32(r);
    if (node->kind == IFOREST_SUM)
        read_terms(r, f, node);
    else
        node->feature = read_u16(r);
}

/* Reads one tree and links right children: in preorder a node after a leaf belongs to the latest open parent.
 */
static bool
decode_tree(Reader *r, IForest *f, IForestNode *tree, size_t n_nodes)
{
    size_t open[IFOREST_MAX_DEPTH + 1], n_open = 0;
    bool leaf = false;

    for (size_t i = 0; i < n_nodes; i++) {
        if (i > 0 && leaf) {
            if (n_open == 0)
                return false;
            tree[open[--n_open]].right = (uint32_t)i;
        }
        read_node(r, f, &tree[i]);
        if (r->failed)
            return false;
        leaf = tree[i].kind == IFOREST_LEAF;
        if (!leaf) {
            if (n_open > IFOREST_MAX_DEPTH)
                return false;
            open[n_open++] = i;
        }
    }
    return leaf && n_open == 0;
}

static Status
corrupt(Failure *failure)
{
    return fail(failure, STATUS_CORRUPT, "Take the value from a column or a dump, unchanged, or train again.",
                "the bytes are not a model of type iforest");
}

/* A dictionary, if there is one; texts that found no memory count as unreadable. */
static Status
read_levels(Env *env, Reader *r, IForestColumn *c, Failure *failure)
{
    uint8_t kind = read_u8(r);
    IForestLevels levels = {.rest = kind == WITH_REST};

    if (kind == NUMBER)
        return STATUS_SUCCESS;
    levels.n = (uint32_t)read_count(r, 4, IFOREST_STORED_LEVELS);
    if (r->failed || kind > WITH_REST)
        return corrupt(failure);
    levels.texts = ENV_NEW(env, levels.n, char *);
    if (levels.texts == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t i = 0; i < levels.n; i++) {
        levels.texts[i] = read_text(r, env, IFOREST_MAX_LEVEL);
        if (levels.texts[i] == NULL)
            return corrupt(failure);
    }
    return levels_copy(env, &levels, c, failure);
}

static Status
read_column(Env *env, Reader *r, IForestColumn *c, Failure *failure)
{
    c->min = read_finite(r);
    c->max = read_finite(r);
    c->n_missing = read_u64(r);
    c->name = read_text(r, env, IFOREST_MAX_NAME);
    return read_levels(env, r, c, failure);
}

static Status
read_columns(Env *env, Reader *r, IForest *f, Failure *failure)
{
    f->columns = ENV_NEW(env, f->n_features, IForestColumn);
    f->quantiles = ENV_NEW(env, IFOREST_QUANTILES, double);
    if (f->columns == NULL || f->quantiles == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t j = 0; j < f->n_features; j++)
        RETURN_IF_FAILED(read_column(env, r, &f->columns[j], failure));
    for (size_t q = 0; q < IFOREST_QUANTILES; q++)
        f->quantiles[q] = read_finite(r);
    return r->failed ? corrupt(failure) : STATUS_SUCCESS;
}

/* All trees into one array: its size is known from the bytes left, since no node takes fewer than
 * MIN_NODE_BYTES. */
static Status
read_trees(Env *env, Reader *r, IForest *f, Failure *failure)
{
    size_t left = r->length - r->at, capacity = left / MIN_NODE_BYTES, n_nodes = 0;

    if (left / MIN_TREE_BYTES < f->n_trees)
        return corrupt(failure);
    f->terms = ENV_NEW(env, left / MIN_TERM_BYTES + 1, IForestTerm);
    f->samples = ENV_NEW(env, f->n_trees, uint32_t);
    f->births = ENV_NEW(env, f->n_trees, uint32_t);
    f->roots = ENV_NEW(env, f->n_trees + 1, size_t);
    f->nodes = ENV_NEW(env, capacity, IForestNode);
    if (f->roots == NULL || f->nodes == NULL || f->terms == NULL || f->samples == NULL || f->births == NULL)
        return fail_out_of_memory(failure);
    for (uint32_t t = 0; t < f->n_trees; t++) {
        size_t n;

        f->samples[t] = read_u32(r);
        f->births[t] = read_u32(r);
        n = read_count(r, MIN_NODE_BYTES, capacity - n_nodes);
        f->roots[t] = n_nodes;
        if (r->failed || !decode_tree(r, f, f->nodes + n_nodes, n))
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
    unsigned version;
    Reader r;

    if (f == NULL)
        return fail_out_of_memory(failure);
    reader_init(&r, bytes, length);
    if (!read_check_crc(&r) || read_u32(&r) != MAGIC)
        return corrupt(failure);
    version = read_u8(&r);
    if (version != VERSION)
        return fail(failure, STATUS_NOT_SUPPORTED,
                    "Train the model again with this version of the extension.",
                    "a model of type iforest in format %u, where format %u is expected", version, VERSION);
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
