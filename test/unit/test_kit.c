/*
 * Unit tests of kit/: memory, codec, random numbers.
 *
 * Provenance: CRC-32C of "123456789" is 0xe3069283 (RFC 3720, appendix B.4 gives the polynomial; the check
 * value is in every CRC catalogue). The moments of the random draws are those of their distributions.
 */
#include <math.h>
#include <stdint.h>

#include "kit/codec.h"
#include "kit/rng.h"
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

int
main(void)
{
    unit_begin("kit");
    test_alloc();
    test_codec();
    test_codec_out_of_memory();
    test_rng();
    return unit_end();
}
