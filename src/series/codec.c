/*
 * codec.c - the binary form of a Series.
 *
 * No checksum: every byte string that passes the checks (exact length, order, range, normal NaN and zero) is
 * a sane series, and the form is read at every use of a value, where a CRC would cost more than a small fit.
 */
#include "series/series.h"

#include <string.h>

#include "series/series_internal.h"

static uint64_t
little_endian(uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(v);
#else
    return v;
#endif
}

/* n 8-byte elements between memory and little-endian bytes, either way. */
static unsigned char *
put_words(unsigned char *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word;

        memcpy(&word, (const unsigned char *)from + 8 * i, 8);
        word = little_endian(word);
        memcpy(to + 8 * i, &word, 8);
    }
    return to + 8 * n;
}

#define HEADER_SIZE    8
#define SERIES_VERSION 1

size_t
series_encoded_size(const Series *series)
{
    return HEADER_SIZE + 8 * series->n * (2 + series->n_columns);
}

void
series_encode(const Series *series, unsigned char *bytes)
{
    unsigned char *at = bytes + HEADER_SIZE;

    bytes[0] = SERIES_VERSION;
    bytes[1] = 0;
    bytes[2] = (unsigned char)series->n_columns;
    bytes[3] = (unsigned char)(series->n_columns >> 8);
    for (int i = 0; i < 4; i++)
        bytes[4 + i] = (unsigned char)(series->n >> (8 * i));
    at = put_words(at, series->ds, series->n);
    at = put_words(at, series->y, series->n);
    for (size_t c = 0; c < series->n_columns; c++)
        at = put_words(at, series->columns[c], series->n);
}

static Status
fail_corrupt(Failure *failure, const char *what)
{
    return fail(failure, STATUS_CORRUPT, "The value was damaged or is not of this type; build it again.",
                "invalid binary form of type timeseries: %s", what);
}

Status
series_decode(Env *env, const unsigned char *bytes, size_t length, Series *out, Failure *failure)
{
    Series series;
    Reader r;
    size_t n_columns, n;

    reader_init(&r, bytes, length);
    if (read_u8(&r) != SERIES_VERSION || read_u8(&r) != 0)
        return fail_corrupt(failure, "unknown version");
    n_columns = read_u16(&r);
    n = read_count(&r, 8 * (2 + n_columns), SERIES_MAX_CELLS);
    if (r.failed || length != HEADER_SIZE + 8 * n * (2 + n_columns))
        return fail_corrupt(failure, "wrong length");
    RETURN_IF_FAILED(series_new(env, n, n_columns, &series, failure));
    bytes += HEADER_SIZE;
    put_words((unsigned char *)series.ds, bytes, n);
    put_words((unsigned char *)series.y, bytes + 8 * n, n);
    for (size_t c = 0; c < n_columns; c++)
        put_words((unsigned char *)series.columns[c], bytes + 8 * n * (2 + c), n);
    if (!series_sane(&series))
        return fail_corrupt(failure, "rows out of order or out of range");
    *out = series;
    return STATUS_SUCCESS;
}
