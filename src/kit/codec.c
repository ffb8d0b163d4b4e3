#include "kit/codec.h"

#include <math.h>
#include <string.h>

#define NULL_TEXT    UINT32_C(0xffffffff)
#define CRC_POLY     UINT32_C(0x82f63b78) /* Castagnoli's polynomial, bits reversed */
#define FIRST_BUFFER 256

void
writer_init(Writer *w, Env *env)
{
    memset(w, 0, sizeof(*w));
    w->env = env;
}

static bool
writer_reserve(Writer *w, size_t n)
{
    size_t capacity = w->capacity > 0 ? w->capacity : FIRST_BUFFER;
    unsigned char *bytes;

    if (w->failed || n > SIZE_MAX / 4 - w->length) {
        w->failed = true;
        return false;
    }
    if (w->capacity >= w->length + n)
        return true;
    while (capacity < w->length + n)
        capacity *= 2;
    bytes = w->env->alloc(w->env, capacity);
    if (bytes == NULL) {
        w->failed = true;
        return false;
    }
    if (w->length > 0)
        memcpy(bytes, w->bytes, w->length);
    w->bytes = bytes;
    w->capacity = capacity;
    return true;
}

void
write_bytes(Writer *w, const void *bytes, size_t n)
{
    if (n == 0 || !writer_reserve(w, n))
        return;
    memcpy(w->bytes + w->length, bytes, n);
    w->length += n;
}

static void
write_little_endian(Writer *w, uint64_t v, size_t n)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)(v >> (8 * i));
    write_bytes(w, bytes, n);
}

void
write_u8(Writer *w, uint8_t v)
{
    write_little_endian(w, v, 1);
}

void
write_u16(Writer *w, uint16_t v)
{
    write_little_endian(w, v, 2);
}

void
write_u32(Writer *w, uint32_t v)
{
    write_little_endian(w, v, 4);
}

void
write_u64(Writer *w, uint64_t v)
{
    write_little_endian(w, v, 8);
}

void
write_i64(Writer *w, int64_t v)
{
    write_u64(w, (uint64_t)v);
}

void
write_f64(Writer *w, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof(bits));
    write_u64(w, bits);
}

void
write_text(Writer *w, const char *text)
{
    size_t n = text != NULL ? strlen(text) : 0;

    if (n >= NULL_TEXT) {
        w->failed = true;
        return;
    }
    write_u32(w, text != NULL ? (uint32_t)n : NULL_TEXT);
    write_bytes(w, text, n);
}

void
write_crc(Writer *w)
{
    write_u32(w, crc32c(0, w->bytes, w->length));
}

void
reader_init(Reader *r, const void *bytes, size_t length)
{
    r->bytes = bytes;
    r->length = length;
    r->at = 0;
    r->failed = false;
}

bool
read_bytes(Reader *r, void *to, size_t n)
{
    if (r->failed || n > r->length - r->at) {
        r->failed = true;
        memset(to, 0, n);
        return false;
    }
    memcpy(to, r->bytes + r->at, n);
    r->at += n;
    return true;
}

static uint64_t
read_little_endian(Reader *r, size_t n)
{
    unsigned char bytes[8];
    uint64_t v = 0;

    read_bytes(r, bytes, n);
    for (size_t i = 0; i < n; i++)
        v |= (uint64_t)bytes[i] << (8 * i);
    return v;
}

uint8_t
read_u8(Reader *r)
{
    return (uint8_t)read_little_endian(r, 1);
}

uint16_t
read_u16(Reader *r)
{
    return (uint16_t)read_little_endian(r, 2);
}

uint32_t
read_u32(Reader *r)
{
    return (uint32_t)read_little_endian(r, 4);
}

uint64_t
read_u64(Reader *r)
{
    return read_little_endian(r, 8);
}

int64_t
read_i64(Reader *r)
{
    return (int64_t)read_u64(r);
}

double
read_f64(Reader *r)
{
    uint64_t bits = read_u64(r);
    double v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

double
read_finite(Reader *r)
{
    double v = read_f64(r);

    if (isfinite(v))
        return v;
    r->failed = true;
    return 0;
}

size_t
read_count(Reader *r, size_t size, size_t limit)
{
    size_t n = read_u32(r);

    if (r->failed || n > limit || (size > 0 && n > (r->length - r->at) / size)) {
        r->failed = true;
        return 0;
    }
    return n;
}

char *
read_text(Reader *r, Env *env, size_t limit)
{
    uint32_t n = read_u32(r);
    char *text;

    if (r->failed || n == NULL_TEXT)
        return NULL;
    if (n > limit || n > r->length - r->at || memchr(r->bytes + r->at, 0, n) != NULL) {
        r->failed = true;
        return NULL;
    }
    text = env_alloc(env, n + 1, 1);
    if (text == NULL) {
        r->failed = true;
        return NULL;
    }
    read_bytes(r, text, n);
    return text;
}

bool
read_check_crc(Reader *r)
{
    Reader tail;

    if (r->failed || r->length < r->at + 4) {
        r->failed = true;
        return false;
    }
    reader_init(&tail, r->bytes + r->length - 4, 4);
    if (read_u32(&tail) != crc32c(0, r->bytes, r->length - 4)) {
        r->failed = true;
        return false;
    }
    r->length -= 4;
    return true;
}

bool
read_at_end(const Reader *r)
{
    return !r->failed && r->at == r->length;
}

#define CRC_SLICES     8
#define CRC_TABLE_FROM 4096 /* bytes from which building the tables pays */

static uint32_t
crc_of_byte(uint32_t crc)
{
    for (int bit = 0; bit < 8; bit++)
        crc = (crc >> 1) ^ (CRC_POLY & -(crc & 1));
    return crc;
}

/* Eight bytes a step ("slicing by 8"); the tables are built on the stack, as the core has no globals. */
static uint32_t
crc_by_tables(uint32_t crc, const unsigned char **p, size_t *n)
{
    uint32_t table[CRC_SLICES][256];

    for (uint32_t i = 0; i < 256; i++)
        table[0][i] = crc_of_byte(i);
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < CRC_SLICES; k++)
            table[k][i] = (table[k - 1][i] >> 8) ^ table[0][table[k - 1][i] & 0xff];
    for (; *n >= CRC_SLICES; *n -= CRC_SLICES, *p += CRC_SLICES) {
        const unsigned char *b = *p;
        uint32_t next = 0;

        for (int k = 0; k < CRC_SLICES; k++)
            next ^= table[CRC_SLICES - 1 - k][b[k] ^ (k < 4 ? (crc >> (8 * k)) & 0xff : 0)];
        crc = next;
    }
    return crc;
}

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    crc = ~crc;
    if (n >= CRC_TABLE_FROM)
        crc = crc_by_tables(crc, &p, &n);
    for (size_t i = 0; i < n; i++)
        crc = crc_of_byte(crc ^ p[i]);
    return ~crc;
}
