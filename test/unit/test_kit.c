/*
 * Unit tests of kit/: memory, codec, random numbers, medians.
 *
 * Provenance: CRC-32C of "123456789" is 0xe3069283 (RFC 3720, appendix B.4 gives the polynomial; the check
 * value is in every CRC catalogue). The moments of the random draws are those of their distributions.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/arena.h"
#include "kit/codec.h"
#include "kit/json.h"
#include "kit/quantile.h"
#include "kit/rng.h"
#include "kit/rolling.h"
#include "kit/sort.h"
#include "unit.h"

static void
test_alloc(void)
{
    Env *env = unit_env();
    int *zeros = ENV_NEW(env, 100, int);

    CHECK(zeros != NULL && zeros[0] == 0 && zeros[99] == 0);
    CHECK(env_alloc(env, SIZE_MAX / 4, 16) == NULL);
    CHECK(env_alloc(env, 0, 8) != NULL);
    unit_env_free(env);
}

static void
test_codec(void)
{
    Env *env = unit_env();
    Writer w;
    Reader r;

    CHECK_EQUAL(crc32c(0, "123456789", 9), 0xe3069283);
    writer_init(&w, env);
    write_u8(&w, 7);
    write_u16(&w, 0xabcd);
    write_i64(&w, -5);
    write_f64(&w, 0.1);
    write_text(&w, "naïve");
    write_text(&w, NULL);
    write_u32(&w, 3);
    write_crc(&w);
    reader_init(&r, w.bytes, w.length);
    CHECK(read_check_crc(&r));
    CHECK_EQUAL(read_u8(&r), 7);
    CHECK_EQUAL(read_u16(&r), 0xabcd);
    CHECK_EQUAL(read_i64(&r), -5);
    CHECK(read_finite(&r) == 0.1);
    CHECK_TEXT(read_text(&r, env, 100), "naïve");
    CHECK(read_text(&r, env, 100) == NULL && !r.failed);
    CHECK_EQUAL(read_count(&r, 1, 100), 0);
    CHECK(r.failed && !read_at_end(&r));
    for (size_t i = 0; i < w.length; i++) {
        w.bytes[i] ^= 1;
        reader_init(&r, w.bytes, w.length);
        CHECK(!read_check_crc(&r));
        w.bytes[i] ^= 1;
    }
    unit_env_free(env);
}

static void
test_codec_out_of_memory(void)
{
    Env *env = unit_env_failing(2);
    Writer w;

    writer_init(&w, env);
    for (int i = 0; i < 1000; i++)
        write_f64(&w, i);
    CHECK(w.failed);
    unit_env_free(env);
}

static void
test_rng(void)
{
    enum { N = 200000 };
    Rng a, b;
    double sum = 0, squares = 0, exponential = 0;
    int below[3] = {0};

    rng_init(&a, 42, 1);
    rng_init(&b, 42, 1);
    CHECK(rng_next(&a) == rng_next(&b));
    rng_init(&b, 43, 0);
    CHECK(rng_next(&a) != rng_next(&b));
    for (int i = 0; i < N; i++) {
        double z = rng_normal(&a);

        sum += z;
        squares += z * z;
        exponential += rng_exponential(&a);
        below[rng_below(&a, 3)]++;
    }
    CHECK_NEAR(sum / N, 0, 0.01);
    CHECK_NEAR(squares / N, 1, 0.02);
    CHECK_NEAR(exponential / N, 1, 0.02);
    CHECK_NEAR(below[0] / (double)N, 1.0 / 3, 0.01);
    CHECK(rng_to_open(0) > 0 && rng_to_open(UINT64_MAX) < 1);
}

static void
test_quantiles(void)
{
    double v[] = {4, 1, 3, 2}, sorted[] = {1, 2, 3, 4}, odd[] = {9, 1, 5};

    CHECK_NEAR(median_in_place(v, 4), 2.5, 1e-15);
    CHECK_NEAR(median_in_place(odd, 3), 5, 0);
    CHECK_NEAR(quantile_sorted(sorted, 4, 0.25), 1.75, 1e-15);
    CHECK(quantile_sorted(sorted, 4, 0) == 1 && quantile_sorted(sorted, 4, 1) == 4);
    CHECK(quantile_sorted(sorted, 1, 0.3) == 1);
}

static void
test_arena(void)
{
    Env *env = unit_env();
    Arena arena;
    size_t n_allocations = 0;

    arena_init(&arena, env);
    for (int round = 0; round < 50; round++) {
        arena_reset(&arena);
        for (int i = 0; i < 100; i++) {
            double *v = ENV_NEW(&arena.env, 1000, double);

            CHECK(v != NULL && (uintptr_t)v % _Alignof(max_align_t) == 0);
            v[999] = i;
        }
        CHECK(ENV_NEW(&arena.env, 300000, char) != NULL);
        if (round == 0)
            n_allocations = unit_env_allocations(env);
    }
    CHECK_EQUAL(unit_env_allocations(env), n_allocations);
    CHECK(env_alloc(&arena.env, SIZE_MAX / 3, 1) == NULL);
    unit_env_free(env);
}

/* The rolling median is the median of what is in the window. */
static void
test_rolling(void)
{
    Env *env = unit_env();
    Rolling rolling = rolling_new(env, 20);
    double values[400], window[20];
    Rng rng;

    rng_init(&rng, 3, 3);
    CHECK(isnan(rolling_median(&rolling)));
    for (size_t i = 0; i < 400; i++) {
        size_t width = i < 20 ? i + 1 : 20, n = 0;

        values[i] = i % 9 == 4 ? NAN : floor(10 * rng_normal(&rng));
        if (i >= 20)
            rolling_remove(&rolling, values[i - 20]);
        rolling_add(&rolling, values[i]);
        for (size_t j = i + 1 - width; j <= i; j++)
            if (!isnan(values[j]))
                window[n++] = values[j];
        CHECK(rolling_median(&rolling) == median_in_place(window, n));
    }
    unit_env_free(env);
}

typedef struct Tagged {
    int key;
    size_t place;
} Tagged;

static int
compare_keys(const void *a, const void *b)
{
    return ((const Tagged *)a)->key - ((const Tagged *)b)->key;
}

/* Of every length: ascending, equal keys in the order they had, nothing lost. */
static void
test_sort(void)
{
    enum { N = 130 };
    Tagged tagged[N];
    const void *pointers[N];
    Failure failure;
    Env *env = unit_env();
    Rng rng;

    rng_init(&rng, 3, 0);
    for (size_t n = 0; n <= N; n++) {
        for (size_t i = 0; i < n; i++) {
            tagged[i] = (Tagged){(int)rng_below(&rng, 20), i};
            pointers[i] = &tagged[i];
        }
        CHECK_STATUS(sort_pointers(env, pointers, n, compare_keys, &failure), STATUS_SUCCESS);
        for (size_t i = 1; i < n; i++) {
            const Tagged *a = pointers[i - 1], *b = pointers[i];

            CHECK(a->key < b->key || (a->key == b->key && a->place < b->place));
        }
    }
    unit_env_free(env);
    env = unit_env_cancelling(1);
    CHECK_STATUS(sort_pointers(env, pointers, N, compare_keys, &failure), STATUS_CANCELLED);
    unit_env_free(env);
}

/* Beside the library's own conversion, with as few digits, from 15 on, as read back the same number. */
static void
check_text(Env *env, double v)
{
    char expected[40];
    Writer w;

    for (int digits = 15; digits <= 17; digits++) {
        snprintf(expected, sizeof(expected), "%.*g", digits, v);
        if (strtod(expected, NULL) == v)
            break;
    }
    writer_init(&w, env);
    json_put_double(&w, v);
    write_u8(&w, 0);
    unit_check(strcmp((char *)w.bytes, expected) == 0, __FILE__, __LINE__, "%s, not %s", expected, w.bytes);
}

static void
test_number_text(void)
{
    static const double edges[] = {0,    -0.0, 1e-4,    0.99e-4, -1e-4, 1e15, 999999999999999,
                                   1e22, 0.1,  1.0 / 3, 5e-324,  1e300};
    Env *env = unit_env();
    Rng rng;

    rng_init(&rng, 5, 0);
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
        check_text(env, edges[i]);
    for (int i = 0; i < 3000; i++) {
        double size = pow(10, (double)rng_below(&rng, 24) - 6), v = size * rng_normal(&rng);
        char few[40];

        check_text(env, v);
        snprintf(few, sizeof(few), "%.*g", 1 + (int)rng_below(&rng, 17), v);
        check_text(env, strtod(few, NULL));
    }
    unit_env_free(env);
}

int
main(void)
{
    unit_begin("kit");
    test_alloc();
    test_codec();
    test_codec_out_of_memory();
    test_rng();
    test_quantiles();
    test_arena();
    test_rolling();
    test_sort();
    test_number_text();
    return unit_end();
}
