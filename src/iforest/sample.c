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
 * Rows that may have equals, for a sieve has seen their hash before, are thrown by the hash of their values,
 * so that equal ones meet and can be numbered; then all are by their keys. Cost: O(n d) for the hashes,
 * O(sample) a tree; 12 bytes a row and at most 4 MB. Rows made to collide in the 64-bit hash on purpose make
 * it slower (n log n), never wrong.
 */
#include "iforest/iforest_internal.h"

#include <math.h>
#include <string.h>

#define ROWS_BETWEEN_QUESTIONS 4096
#define MAX_BUCKETS            1048576
#define SIEVE_CELLS            4  /* a row, up to twice as many: no more than 2 bytes */
#define INSERTION_UP_TO        12 /* rows in a bucket; beyond, a heap sort */

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

static bool
comes_before(const Sampler *s, uint32_t a, uint32_t b)
{
    if (s->keys[a] != s->keys[b])
        return s->keys[a] < s->keys[b];
    return row_compare(s->x + a * s->d, s->x + b * s->d, s->d) < 0;
}

static void
insertion_sort(const Sampler *s, uint32_t *rows, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t row = rows[i];
        size_t at = i;

        for (; at > 0 && comes_before(s, row, rows[at - 1]); at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
    }
}

static void
sift_down(const Sampler *s, uint32_t *rows, size_t at, size_t n)
{
    uint32_t row = rows[at];

    while (2 * at + 1 < n) {
        size_t child = 2 * at + 1;

        if (child + 1 < n && comes_before(s, rows[child], rows[child + 1]))
            child++;
        if (!comes_before(s, row, rows[child]))
            break;
        rows[at] = rows[child];
        at = child;
    }
    rows[at] = row;
}

static void
heap_sort(const Sampler *s, uint32_t *rows, size_t n)
{
    for (size_t i = n / 2; i > 0; i--)
        sift_down(s, rows, i - 1, n);
    for (size_t i = n - 1; i > 0; i--) {
        uint32_t last = rows[i];

        rows[i] = rows[0];
        rows[0] = last;
        sift_down(s, rows, 0, i);
    }
}

static bool
bit_is_set(const uint64_t *bits, size_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

/* The rows, or those of them whose bit is set in `only`, by bucket of their key, in no order within one. */
static void
fill_buckets(Sampler *s, const uint64_t *only)
{
    uint64_t mask = s->n_buckets - 1;

    memset(s->starts, 0, (s->n_buckets + 1) * sizeof(*s->starts));
    for (size_t i = 0; i < s->n_rows; i++)
        if (only == NULL || bit_is_set(only, i))
            s->starts[(s->keys[i] & mask) + 1]++;
    for (size_t b = 0; b < s->n_buckets; b++)
        s->starts[b + 1] += s->starts[b];
    for (size_t i = 0; i < s->n_rows; i++)
        if (only == NULL || bit_is_set(only, i))
            s->order[s->starts[s->keys[i] & mask]++] = (uint32_t)i;
    /* Each start has moved to its bucket's end, the next one's start. */
    memmove(s->starts + 1, s->starts, s->n_buckets * sizeof(*s->starts));
    s->starts[0] = 0;
}

/* A bucket's rows by key and content, where they are many. */
static Status
sort_large_buckets(Env *env, const Sampler *s, Failure *failure)
{
    for (size_t b = 0; b < s->n_buckets; b++) {
        size_t n = s->starts[b + 1] - s->starts[b];

        if (n > INSERTION_UP_TO)
            heap_sort(s, s->order + s->starts[b], n);
        if ((n > ROWS_BETWEEN_QUESTIONS || b % ROWS_BETWEEN_QUESTIONS == 0) && env_cancelled(env))
            return fail_cancelled(failure);
    }
    return STATUS_SUCCESS;
}

/* The others are sorted when they are looked at; most never are. */
static void
sort_small_bucket(const Sampler *s, size_t bucket)
{
    size_t n = s->starts[bucket + 1] - s->starts[bucket];

    if (n > 1 && n <= INSERTION_UP_TO)
        insertion_sort(s, s->order + s->starts[bucket], n);
}

/* Rows that may have equals get their bit; of the others a sieve of SIEVE_CELLS a row has seen no two, and
 * they get their keys. The sieve is zeros, 4 bytes a row and 4 more. */
static Status
find_lookalikes(Env *env, Sampler *s, uint64_t *sieve, uint64_t *lookalikes, Failure *failure)
{
    enum { CELLS_A_WORD = 32 }; /* of two bits: hit, hit again */
    size_t n_cells = CELLS_A_WORD;

    while (n_cells < SIEVE_CELLS * s->n_rows)
        n_cells *= 2;
    for (size_t i = 0; i < s->n_rows; i++) {
        size_t cell = s->keys[i] & (n_cells - 1), at = cell % CELLS_A_WORD * 2;
        uint64_t *word = &sieve[cell / CELLS_A_WORD];

        *word |= (*word & UINT64_C(1) << at) << 1 | UINT64_C(1) << at;
        if (i % ROWS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    for (size_t i = 0; i < s->n_rows; i++) {
        size_t cell = s->keys[i] & (n_cells - 1);

        if (bit_is_set(sieve, cell * 2 + 1))
            lookalikes[i / 64] |= UINT64_C(1) << i % 64;
        else
            s->keys[i] = rng_hash(s->keys[i], 0);
        if (i % ROWS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    return STATUS_SUCCESS;
}

/* From hashes of content to keys, of the rows in the buckets: equal ones are told apart by number. */
static void
number_equal_rows(Sampler *s)
{
    for (size_t b = 0; b < s->n_buckets; b++) {
        const uint32_t *rows = s->order + s->starts[b];
        uint64_t previous = 0, number = 0;

        sort_small_bucket(s, b);
        for (size_t i = 0; i < s->starts[b + 1] - s->starts[b]; i++) {
            uint64_t hash = s->keys[rows[i]];

            number = i > 0 && hash == previous &&
                             row_compare(s->x + rows[i - 1] * s->d, s->x + rows[i] * s->d, s->d) == 0
                         ? number + 1
                         : 0;
            s->keys[rows[i]] = rng_hash(hash, number);
            previous = hash;
        }
    }
}

Status
sampler_init(Env *env, const double *x, size_t n, size_t d, int64_t seed, Sampler *sampler, Failure *failure)
{
    Sampler s = {.x = x, .d = d, .n_rows = n, .n_buckets = 1};
    uint64_t *lookalikes, *order;

    while (s.n_buckets < n && s.n_buckets < MAX_BUCKETS)
        s.n_buckets *= 2;
    s.keys = ENV_NEW(env, n, uint64_t);
    order = ENV_NEW(env, n / 2 + 1, uint64_t);
    s.order = (uint32_t *)(void *)order;
    s.starts = ENV_NEW(env, s.n_buckets + 1, uint32_t);
    lookalikes = ENV_NEW(env, n / 64 + 1, uint64_t);
    if (s.keys == NULL || order == NULL || s.starts == NULL || lookalikes == NULL)
        return fail_out_of_memory(failure);
    for (size_t i = 0; i < n; i++) {
        s.keys[i] = row_hash(x + i * d, d, (uint64_t)seed);
        if (i % ROWS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
            return fail_cancelled(failure);
    }
    /* The sieve lies where the order will be. */
    RETURN_IF_FAILED(find_lookalikes(env, &s, order, lookalikes, failure));
    fill_buckets(&s, lookalikes);
    RETURN_IF_FAILED(sort_large_buckets(env, &s, failure));
    number_equal_rows(&s);
    fill_buckets(&s, NULL);
    RETURN_IF_FAILED(sort_large_buckets(env, &s, failure));
    *sampler = s;
    return STATUS_SUCCESS;
}

/* Takes a bucket's rows until there are n_wanted; returns how many there are then. */
static size_t
take_bucket(const Sampler *s, size_t bucket, size_t n, size_t n_wanted, uint32_t *rows)
{
    sort_small_bucket(s, bucket);
    for (uint32_t i = s->starts[bucket]; i < s->starts[bucket + 1] && n < n_wanted; i++)
        rows[n++] = s->order[i];
    return n;
}

void
sampler_draw(const Sampler *sampler, Rng *rng, size_t n_wanted, uint32_t *rows)
{
    uint64_t stride = rng_next(rng) | 1, bucket = rng_next(rng);
    size_t n = 0;

    for (; n < n_wanted; bucket += stride)
        n = take_bucket(sampler, (size_t)(bucket & (sampler->n_buckets - 1)), n, n_wanted, rows);
}

void
sampler_first(const Sampler *sampler, size_t n_wanted, uint32_t *rows)
{
    size_t n = 0;

    for (size_t b = 0; n < n_wanted; b++)
        n = take_bucket(sampler, b, n, n_wanted, rows);
}
