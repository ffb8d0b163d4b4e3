/*
 * fields.c - the text of one field: integers, prices, times, as a spreadsheet exports them.
 *
 * Written by hand because this is the inner loop: printf costs more than all random draws of a line.
 */
#include "generate/generate_internal.h"

#include <string.h>

#include "kit/civil.h"

void
field_text(SalesField *field, const char *text)
{
    size_t n = text != NULL ? strlen(text) : 0;

    if (n > SALES_FIELD_SIZE)
        n = SALES_FIELD_SIZE;
    field->is_null = text == NULL;
    field->length = (uint8_t)n;
    if (n > 0)
        memcpy(field->text, text, n);
}

static char *
put_integer(char *at, uint64_t value)
{
    char digits[20];
    int n = 0;

    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static char *
put_two_digits(char *at, int value)
{
    *at++ = (char)('0' + value / 10);
    *at++ = (char)('0' + value % 10);
    return at;
}

static void
finish(SalesField *field, const char *end)
{
    field->is_null = false;
    field->length = (uint8_t)(end - field->text);
}

static char *
put_signed(char *at, int64_t value)
{
    if (value < 0)
        *at++ = '-';
    return put_integer(at, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void
field_integer(SalesField *field, int64_t value)
{
    finish(field, put_signed(field->text, value));
}

void
field_price(SalesField *field, int32_t mills)
{
    char *at = field->text;
    int64_t value = mills;
    int rest;

    if (value < 0) {
        *at++ = '-';
        value = -value;
    }
    at = put_integer(at, (uint64_t)(value / 1000));
    rest = (int)(value % 1000);
    if (rest > 0) {
        *at++ = '.';
        for (int unit = 100; rest > 0; unit /= 10) {
            *at++ = (char)('0' + rest / unit);
            rest %= unit;
        }
    }
    finish(field, at);
}

void
field_time(SalesField *field, int32_t day, int minute)
{
    CivilDate date = civil_date(day);
    char *at = put_integer(field->text, (uint64_t)date.year);

    *at++ = '-';
    at = put_two_digits(at, date.month);
    *at++ = '-';
    at = put_two_digits(at, date.day);
    *at++ = ' ';
    at = put_two_digits(at, minute / 60);
    *at++ = ':';
    at = put_two_digits(at, minute % 60);
    *at++ = ':';
    finish(field, put_two_digits(at, 0));
}

void
field_invoice(SalesField *field, char prefix, int64_t number)
{
    char *at = field->text;

    if (prefix != '\0')
        *at++ = prefix;
    finish(field, put_integer(at, (uint64_t)number));
}
