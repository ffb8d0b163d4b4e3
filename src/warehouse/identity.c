/*
 * identity.c - the canonical text of a line and its MD5; line.h gives the format. MD5 is libmd's: a fixed,
 * well-known function of 128 bits is wanted here, not protection against people who forge collisions.
 */
#include "warehouse/identity.h"

#include <md5.h>
#include <string.h>

#include "kit/civil.h"

/* The decimal digits of v at `to`; returns their number. */
static size_t
put_unsigned(char *to, uint64_t v)
{
    char reversed[20];
    size_t n = 0;

    do
        reversed[n++] = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    for (size_t i = 0; i < n; i++)
        to[i] = reversed[n - 1 - i];
    return n;
}

static size_t
put_signed(char *to, int64_t v)
{
    if (v >= 0)
        return put_unsigned(to, (uint64_t)v);
    *to = '-';
    return 1 + put_unsigned(to + 1, -(uint64_t)v);
}

/* Exactly `width` digits, zero-padded. */
static size_t
put_padded(char *to, uint64_t v, size_t width)
{
    for (size_t i = width; i > 0; i--, v /= 10)
        to[i - 1] = (char)('0' + v % 10);
    return width;
}

static size_t
put_price(char *to, int64_t price)
{
    uint64_t magnitude = price < 0 ? -(uint64_t)price : (uint64_t)price;
    size_t n = 0;

    if (price < 0)
        to[n++] = '-';
    n += put_unsigned(to + n, magnitude / LINE_MONEY_SCALE);
    to[n++] = '.';
    return n + put_padded(to + n, magnitude % LINE_MONEY_SCALE, 4);
}

static size_t
put_time(char *to, int64_t ts)
{
    CivilDate date = civil_date(civil_day_of(ts));
    uint64_t usecs = (uint64_t)civil_time_of(ts), seconds = usecs / 1000000;
    size_t n;

    n = put_padded(to, (uint64_t)date.year, 4);
    to[n++] = '-';
    n += put_padded(to + n, (uint64_t)date.month, 2);
    to[n++] = '-';
    n += put_padded(to + n, (uint64_t)date.day, 2);
    to[n++] = ' ';
    n += put_padded(to + n, seconds / 3600, 2);
    to[n++] = ':';
    n += put_padded(to + n, seconds / 60 % 60, 2);
    to[n++] = ':';
    n += put_padded(to + n, seconds % 60, 2);
    to[n++] = '.';
    return n + put_padded(to + n, usecs % 1000000, 6);
}

static char *
put_value(char *to, const char *data, size_t length)
{
    if (data == NULL) {
        *to = '-';
        return to + 1;
    }
    to += put_unsigned(to, length);
    *to++ = ':';
    memcpy(to, data, length);
    return to + length;
}

void
identity_hash(SalesLine *line, char *buffer)
{
    char number[IDENTITY_MAX_NUMBER];
    char *to = buffer;
    MD5_CTX md5;

    to = put_value(to, line->invoice_no.data, line->invoice_no.length);
    to = put_value(to, line->stock_code.data, line->stock_code.length);
    to = put_value(to, line->description.data, line->description.length);
    to = put_value(to, number, put_signed(number, line->quantity));
    to = put_value(to, number, put_time(number, line->order_ts));
    to = put_value(to, number, put_price(number, line->unit_price));
    to = put_value(to, line->has_customer ? number : NULL, put_signed(number, line->customer_id));
    to = put_value(to, line->country.data, line->country.length);
    MD5Init(&md5);
    MD5Update(&md5, (const unsigned char *)buffer, (size_t)(to - buffer));
    MD5Final(line->hash, &md5);
}
