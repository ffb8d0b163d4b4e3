#include "iforest/reservoir.h"

#include <string.h>

#include "kit/rng.h"

#define KEPT_BYTES              33554432
#define LEAST_CAPACITY          1024
#define MOST_CAPACITY           1048576
#define MAX_LEVEL               63
#define STREAM                  UINT64_C(0x726573657276) /* keeps these hashes apart from the sampler's */
#define STEPS_BETWEEN_QUESTIONS 65536

size_t
reservoir_capacity(size_t row_bytes)
{
    size_t n = KEPT_BYTES / row_bytes;

    return n < LEAST_CAPACITY ? LEAST_CAPACITY : n > MOST_CAPACITY ? MOST_CAPACITY : n;
}

/* Memory that nobody has read or written yet costs nothing: it is not set to zero. */
static void *
room(Env *env, size_t n, size_t size)
{
    return n <= SIZE_MAX / 2 / size ? env->alloc(env, n * size) : NULL;
}

Status
reservoir_init(Reservoir *r, Env *env, size_t width, size_t capacity, int64_t seed, Failure *failure)
{
    memset(r, 0, sizeof(*r));
    r->env = env;
    r->width = width;
    r->capacity = capacity;
    r->seed = rng_hash((uint64_t)seed, STREAM);
    r->n_slots = 16;
    while (r->n_slots < 2 * capacity)
        r->n_slots *= 2;
    r->words = room(env, capacity * width, sizeof(uint64_t));
    r->hashes = room(env, capacity, sizeof(uint64_t));
    r->counts = room(env, capacity, sizeof(uint64_t));
    r->slots = ENV_NEW(env, r->n_slots, uint32_t);
    if (r->words == NULL || r->hashes == NULL || r->counts == NULL || r->slots == NULL)
        return fail_out_of_memory(failure);
    return STATUS_SUCCESS;
}

static bool
passes(uint64_t hash, uint32_t level)
{
    return level == 0 || hash >> (64 - level) == 0;
}

static uint64_t
hash_of(const Reservoir *r, const uint64_t *row)
{
    uint64_t hash = r->seed;

    for (size_t j = 0; j < r->width; j++)
        hash = rng_mix((hash ^ row[j]) + UINT64_C(0x9e3779b97f4a7c15));
    return hash;
}

/* The slot of a row, or the empty one where it would go. */
static uint32_t *
find_slot(const Reservoir *r, const uint64_t *row, uint64_t hash)
{
    size_t at = (size_t)hash & (r->n_slots - 1);

    while (r->slots[at] != 0) {
        size_t place = r->slots[at] - 1;

        if (r->hashes[place] == hash &&
            memcmp(r->words + place * r->width, row, r->width * sizeof(uint64_t)) == 0)
            break;
        at = (at + 1) & (r->n_slots - 1);
    }
    return &r->slots[at];
}

void
reservoir_raise(Reservoir *r, uint32_t level)
{
    size_t n = 0;

    if (level <= r->level)
        return;
    r->level = level;
    memset(r->slots, 0, r->n_slots * sizeof(*r->slots));
    for (size_t i = 0; i < r->n; i++) {
        if (!passes(r->hashes[i], level))
            continue;
        r->hashes[n] = r->hashes[i];
        r->counts[n] = r->counts[i];
        memmove(r->words + n * r->width, r->words + i * r->width, r->width * sizeof(uint64_t));
        *find_slot(r, r->words + n * r->width, r->hashes[n]) = (uint32_t)n + 1;
        n++;
    }
    r->n = n;
}

bool
reservoir_add(Reservoir *r, const uint64_t *row, uint64_t count)
{
    uint64_t hash = hash_of(r, row);
    uint32_t *slot;

    r->n_rows += count;
    if (!passes(hash, r->level))
        return false;
    slot = find_slot(r, row, hash);
    if (*slot != 0) {
        r->counts[*slot - 1] += count;
        return true;
    }
    while (r->n == r->capacity) {
        if (r->level >= MAX_LEVEL)
            return false;
        reservoir_raise(r, r->level + 1);
        if (!passes(hash, r->level))
            return false;
        slot = find_slot(r, row, hash);
    }
    memcpy(r->words + r->n * r->width, row, r->width * sizeof(uint64_t));
    r->hashes[r->n] = hash;
    r->counts[r->n] = count;
    *slot = (uint32_t)++r->n;
    return true;
}

/* The lowest level at which at most `limit` of all repetitions pass. */
static Status
level_for(const Reservoir *r, Env *env, size_t limit, uint32_t *level, Failure *failure)
{
    uint64_t n_at[MAX_LEVEL + 1] = {0}, n_left = 0, n_steps = 0;

    for (size_t i = 0; i < r->n; i++) {
        for (uint64_t k = 0; k < r->counts[i]; k++) {
            uint64_t key = rng_hash(r->hashes[i], k);

            n_at[key == 0 ? MAX_LEVEL : __builtin_clzll(key)]++;
            if (++n_steps % STEPS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
                return fail_cancelled(failure);
        }
        n_left += r->counts[i];
    }
    for (*level = 0; n_left > limit && *level < MAX_LEVEL; (*level)++)
        n_left -= n_at[*level];
    return STATUS_SUCCESS;
}

Status
reservoir_expand(const Reservoir *r, Env *env, size_t limit, uint64_t **words, size_t *n, Failure *failure)
{
    uint64_t n_steps = 0;
    size_t n_taken = 0;
    uint32_t level;

    *words = room(env, limit * r->width, sizeof(uint64_t));
    if (*words == NULL)
        return fail_out_of_memory(failure);
    RETURN_IF_FAILED(level_for(r, env, limit, &level, failure));
    for (size_t i = 0; i < r->n; i++)
        for (uint64_t k = 0; k < r->counts[i] && n_taken < limit; k++) {
            if (++n_steps % STEPS_BETWEEN_QUESTIONS == 0 && env_cancelled(env))
                return fail_cancelled(failure);
            if (!passes(rng_hash(r->hashes[i], k), level))
                continue;
            memcpy(*words + n_taken++ * r->width, r->words + i * r->width, r->width * sizeof(uint64_t));
        }
    *n = n_taken;
    return STATUS_SUCCESS;
}
