/*
 * codec.h - a byte format that a hostile writer cannot use against the reader.
 *
 * Little endian, no alignment, no pointers. The reader checks every length by division before it allocates
 * or reads; after the first failure it stays failed and gives zeros, so that a decoder checks once at
 * the end of each part. Values end with a CRC-32C of all bytes before it.
 */
#ifndef BI_ML_KIT_CODEC_H
#define BI_ML_KIT_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"

/* Grows by doubling through env; on lack of memory `failed` is set and further writes do nothing. */
typedef struct Writer {
    Env *env;
    unsigned char *bytes;
    size_t length;
    size_t capacity;
    bool failed;
} Writer;

void writer_init(Writer *w, Env *env);
void write_bytes(Writer *w, const void *bytes, size_t n);
void write_u8(Writer *w, uint8_t v);
void write_u16(Writer *w, uint16_t v);
void write_u32(Writer *w, uint32_t v);
void write_u64(Writer *w, uint64_t v);
void write_i64(Writer *w, int64_t v);
void write_f64(Writer *w, double v);
/* A length (u32) and the bytes; NULL is written as length 0xffffffff. */
void write_text(Writer *w, const char *text);
/* Appends the CRC-32C of everything written so far. */
void write_crc(Writer *w);

typedef struct Reader {
    const unsigned char *bytes;
    size_t length;
    size_t at;
    bool failed;
} Reader;

void reader_init(Reader *r, const void *bytes, size_t length);
bool read_bytes(Reader *r, void *to, size_t n);
uint8_t read_u8(Reader *r);
uint16_t read_u16(Reader *r);
uint32_t read_u32(Reader *r);
uint64_t read_u64(Reader *r);
int64_t read_i64(Reader *r);
double read_f64(Reader *r);
/* As read_f64, but NaN and infinities fail. */
double read_finite(Reader *r);
/* A count (u32) of elements of at least `size` bytes each: fails unless <= limit and that many bytes are
 * left. */
size_t read_count(Reader *r, size_t size, size_t limit);
/* A copy ended by NUL, NULL for a written NULL; fails on lengths over limit, inner NUL, lack of memory. */
char *read_text(Reader *r, Env *env, size_t limit);
/* True if the last four bytes are the CRC-32C of the rest; the reader then ends before them. */
bool read_check_crc(Reader *r);
/* True when all bytes were read and nothing failed. */
bool read_at_end(const Reader *r);

uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

#endif
