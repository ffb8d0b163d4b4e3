/*
 * sample.c - drawing a tree's rows by content, not by position.
 *
 * SQL gives rows in no order, and parallel plans permute them, so a draw by position would give other trees
 * on every run. Each row gets a key: a hash of its canonical values (one zero, one NaN) and of its number
 * among equal rows. Keys throw the rows into about n buckets. A tree visits the buckets along its own
 * arithmetic progression (odd stride, so that it meets all) and takes rows until it has enough. Given a
 * random hash, every subset is equally likely; one row more or less changes only the trees that would have
 * met it, so that a model does not jump when a day is added.
 *
 * Cost: O(n d) for the keys, O(sample) a tree; 24 bytes a row. Rows made to collide in the 64-bit hash on
 * purpose make the search for equal rows slow, never wrong: it asks for cancellation.
 */
#include "iforest/iforest_internal.h"

#include <math.h>
#include <string.h>

#define ROWS_BETWEEN_QUESTIONS  4096
#define STEPS_BETWEEN_QUESTIONS 65536

static uint64_t
canonical_bits(double v)
{
    uint64_t bits;

    if (isnan(v))
        return UINT64_C(0x7ff8000000000000);
    v += 0.0; /* -0 becomes +0 */
    memcpy(&bits, &v, sizeof(bits));
    return bits;
}

static uint64_t
row_hash(const double *row, size_t d, uint64_t seed)
{
    uint64_t hash = rng_hash(seed, d);

    for (size_t j = 0; j < d; j++)
        hash = rng_mix((hash ^ canonical_bits(row[j])) + UINT64_C(0x9e3779b97f4a7c15));
    return hash;
}

/* Negative, zero or positive, as memcmp on the canonical values would say. */
static int
row_compare(const double *a, const double *b, size_t d)
{
    for (size_t j = 0; j < d; j++) {
        uint64_t left = canonical_bits(a[j]), right = canonical_bits(b[j]);

        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}

/* Slots of an open-addressing table of the different rows met so far. */
typedef struct Slot {
    uint32_t row; /* plus one; 0: empty */
    uint32_t count;
} Slot;

static Status
number_equal_rows(Env *env, const double *x, size_t n, size_t d, const uint64_t *hashes, uint32_t *numbers,
                  Failure *failure)
{
    size_t n_slots = 16, n_steps = 0;
    Slot *slots;

    while (n_slots < n + n / 2)
        n_slots *= 2;
    slots = ENV_NEW(env, n_slots, Slot);
    if (slots == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)hashes[i] & (n_slots - 1);

        while (slots[at].row != 0) {
            size_t other = slots[at].row - 1;

            if (hashes[other] == hashes[i] && row_compare(x + other * d, x + i * d, d) == 0)
                break;
            at = (at + 1) & (n_slots - 1);
            if (++n_steps % STEPS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
                return fail_cancelled(failure);
        }
        if (slots[at].row == 0)
            slots[at].row = (uint32_t)i + 1;
        numbers[i] = slots[at].count++;
        if (i % ROWS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    return STATUS_SUCCESS;
}

static bool
comes_before(const Sampler *s, const double *x, size_t d, uint32_t a, uint32_t b)
{
    if (s->keys[a] != s->keys[b])
        return s->keys[a] < s->keys[b];
    return row_compare(x + a * d, x + b * d, d) < 0;
}

/* Counting sort into buckets, then insertion within each: a bucket holds one row on average. */
static Status
fill_buckets(Env *env, Sampler *s, const double *x, size_t d, Failure *failure)
{
    uint64_t mask = s->n_buckets - 1;
    size_t n_steps = 0;

    for (size_t i = 0; i < s->n_rows; i++)
        s->starts[(s->keys[i] & mask) + 1]++;
    for (size_t b = 0; b < s->n_buckets; b++)
        s->starts[b + 1] += s->starts[b];
    memset(s->order, 0xff, s->n_rows * sizeof(*s->order));
    for (size_t i = 0; i < s->n_rows; i++) {
        size_t start = s->starts[s->keys[i] & mask], at = start;

        while (s->order[at] != UINT32_MAX)
            at++;
        while (at > start && comes_before(s, x, d, (uint32_t)i, s->order[at - 1])) {
            s->order[at] = s->order[at - 1];
            at--;
        }
        s->order[at] = (uint32_t)i;
        n_steps += at - start + 1;
        if (n_steps >= STEPS_BETWEEN_QUESTIONS) {
            n_steps = 0;
            if (env_cancelled(env))
                return fail_cancelled(failure);
        }
    }
    return STATUS_SUCCESS;
}

Status
sampler_init(Env *env, const double *x, size_t n, size_t d, int64_t seed, Sampler *sampler, Failure *failure)
{
    Sampler s = {.n_rows = n, .n_buckets = 1};

    while (s.n_buckets < n)
        s.n_buckets *= 2;
    s.keys = ENV_NEW(env, n, uint64_t);
    s.order = ENV_NEW(env, n, uint32_t);
    s.starts = ENV_NEW(env, s.n_buckets + 1, uint32_t);
    if (s.keys == NULL || s.order == NULL || s.starts == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++) {
        s.keys[i] = row_hash(x + i * d, d, (uint64_t)seed);
        if (i % ROWS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    /* order serves as the rows' numbers until the keys are made of them. */
    RETURN_IF_FAILED(number_equal_rows(env, x, n, d, s.keys, s.order, failure));
    for (size_t i = 0; i < n; i++)
        s.keys[i] = rng_hash(s.keys[i], s.order[i]);
    RETURN_IF_FAILED(fill_buckets(env, &s, x, d, failure));
    *sampler = s;
    return STATUS_SUCCESS;
}

void
sampler_draw(const Sampler *sampler, Rng *rng, size_t n_wanted, uint32_t *rows)
{
    uint64_t stride = rng_next(rng) | 1, bucket = rng_next(rng);
    size_t n = 0;

    while (n < n_wanted) {
        size_t b = (size_t)(bucket & (sampler->n_buckets - 1));

        for (uint32_t i = sampler->starts[b]; i < sampler->starts[b + 1] && n < n_wanted; i++)
            rows[n++] = sampler->order[i];
        bucket += stride;
    }
}
