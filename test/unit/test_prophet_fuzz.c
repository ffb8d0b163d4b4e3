/*
 * The fuzzers' targets on their seeds and on mutants of these, the same in every run; make fuzz goes on from
 * here.
 *
 * Provenance: no expected numbers; a broken promise aborts.
 */
#include "kit/rng.h"
#include "unit.h"

/* The harnesses of make fuzz link it; a unit test is one program. */
#include "../fuzz/prophet_targets.c" // NOLINT(bugprone-suspicious-include)

/* Changes, drops or repeats some bytes. Returns the new length. */
static size_t
mutate(Rng *rng, unsigned char *bytes, size_t n, size_t capacity)
{
    static const unsigned char telling[] = {0, 1, 0x7f, 0x80, 0xff, '"', ',', '-', '9', 'e', '['};

    for (uint64_t change = 0; change <= rng_below(rng, 4) && n > 0; change++) {
        size_t at = (size_t)rng_below(rng, n), length = 1 + (size_t)rng_below(rng, 8);

        switch (rng_below(rng, 4)) {
        case 0:
            bytes[at] ^= (unsigned char)(1 << rng_below(rng, 8));
            break;
        case 1:
            bytes[at] = telling[rng_below(rng, sizeof(telling))];
            break;
        case 2:
            length = length < n - at ? length : n - at;
            memmove(bytes + at, bytes + at + length, n - at - length);
            n -= length;
            break;
        default:
            if (n + length <= capacity && at + length <= n) {
                memmove(bytes + at + length, bytes + at, n - at);
                n += length;
            }
        }
    }
    return n;
}

static void
test_target(const FuzzTarget *target, int n_mutants)
{
    Env *env = unit_env();
    unsigned char *seed;
    size_t n;
    Rng rng;

    rng_init(&rng, 41, 0);
    for (size_t i = 0; (seed = target->seed(env, i, &n)) != NULL; i++) {
        unsigned char *mutant = env_alloc(env, n + 64, 1);

        CHECK(target->run(seed, n) == 0);
        for (int m = 0; m < n_mutants; m++) {
            memcpy(mutant, seed, n);
            CHECK(target->run(mutant, mutate(&rng, mutant, n, n + 64)) == 0);
        }
    }
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("prophet_fuzz");
    for (const FuzzTarget *target = fuzz_targets; target->name != NULL; target++)
        test_target(target, strcmp(target->name, "prophet_fit") == 0 ? 4 : 150);
    return unit_end();
}
