/*
 * parse.c - see parse.h. Hand-written, since the server's own input functions depend on DateStyle and raise
 * an error where a line must be kept with a reason.
 */
#include "warehouse/parse.h"

#include <string.h>

#include "kit/civil.h"
#include "warehouse/line.h"

static inline bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal number split into its parts: mantissa digits, where the point stands, the exponent. */
typedef struct Decimal {
    bool negative;
    const char *digits; /* start of the mantissa, which may hold one '.' */
    const char *digits_end;
    int point;    /* number of digits before the point */
    int n_digits; /* all digits of the mantissa */
    int exponent;
} Decimal;

static const char *
scan_exponent(const char *p, const char *end, int *exponent)
{
    bool negative = false;
    int value = 0, n = 0;

    if (p < end && (*p == '+' || *p == '-'))
        negative = *p++ == '-';
    for (; p < end && is_digit(*p); p++, n++)
        if (value < 1000)
            value = value * 10 + (*p - '0');
    if (n == 0 || p < end)
        return "is not a number";
    *exponent = negative ? -value : value;
    return NULL;
}

static const char *
scan_decimal(const char *text, size_t length, Decimal *d)
{
    const char *p = text, *end = text + length;
    bool seen_point = false;

    memset(d, 0, sizeof(*d));
    if (p < end && (*p == '+' || *p == '-'))
        d->negative = *p++ == '-';
    d->digits = p;
    for (; p < end && (is_digit(*p) || (*p == '.' && !seen_point)); p++) {
        if (*p == '.') {
            seen_point = true;
            continue;
        }
        d->n_digits++;
        if (!seen_point)
            d->point++;
    }
    d->digits_end = p;
    if (d->n_digits == 0)
        return "is not a number";
    if (p < end && (*p == 'e' || *p == 'E'))
        return scan_exponent(p + 1, end, &d->exponent);
    if (p < end)
        return *p == ',' ? "has a comma: write numbers with a decimal point and no thousands separator"
                         : "is not a number";
    return NULL;
}

const char *
parse_decimal(const char *text, size_t length, int scale, int64_t limit, int64_t *value)
{
    Decimal d;
    const char *problem = scan_decimal(text, length, &d);
    int64_t result = 0;
    int left, index = 0;
    bool round_up = false;

    if (problem != NULL)
        return problem;
    /* `left` digits make the integer result; the next one decides the rounding. */
    left = d.point + d.exponent + scale;
    for (const char *p = d.digits; p < d.digits_end && index <= left; p++) {
        if (*p == '.')
            continue;
        if (index == left) {
            round_up = *p >= '5';
            break;
        }
        /* asked before the digit is added: one more might not fit into 64 bits */
        if (result > limit / 10)
            return "is out of range";
        result = result * 10 + (*p - '0');
        index++;
    }
    for (; index < left && result > 0; index++) {
        if (result > limit / 10)
            return "is out of range";
        result *= 10;
    }
    result += round_up;
    if (result >= limit)
        return "is out of range";
    *value = d.negative ? -result : result;
    return NULL;
}

const char *
parse_integer(const char *text, size_t length, int64_t limit, int64_t *value)
{
    Decimal d;
    const char *problem = scan_decimal(text, length, &d);
    int index = 0;

    if (problem != NULL)
        return problem;
    for (const char *p = d.digits; p < d.digits_end; p++) {
        if (*p == '.')
            continue;
        if (index++ >= d.point + d.exponent && *p != '0')
            return "is not a whole number";
    }
    return parse_decimal(text, length, 0, limit, value);
}

/* Reads min..max digits; the cursor moves past them. */
static bool
scan_number(const char **p, const char *end, int min, int max, int *value)
{
    int n = 0;

    *value = 0;
    for (; *p < end && n < max && is_digit(**p); (*p)++, n++)
        *value = *value * 10 + (**p - '0');
    return n >= min;
}

static bool
scan_char(const char **p, const char *end, char c)
{
    if (*p < end && **p == c) {
        (*p)++;
        return true;
    }
    return false;
}

static const char *
scan_date(const char **p, const char *end, int64_t *days, bool *is_iso)
{
    int year, month, day;
    const char *start = *p;
    bool ok;

    *is_iso = scan_number(p, end, 4, 4, &year) && scan_char(p, end, '-');
    if (*is_iso) {
        ok = scan_number(p, end, 1, 2, &month) && scan_char(p, end, '-') && scan_number(p, end, 1, 2, &day);
    } else {
        *p = start;
        ok = scan_number(p, end, 1, 2, &month) && scan_char(p, end, '/') && scan_number(p, end, 1, 2, &day) &&
             scan_char(p, end, '/') && scan_number(p, end, 4, 4, &year);
    }
    if (!ok || (*p < end && is_digit(**p)))
        return "is not a date: write YYYY-MM-DD or M/D/YYYY, with or without a time";
    if (month < 1 || month > 12)
        return *is_iso ? "has no such month" : "has no such month: M/D/YYYY has the month first";
    if (day < 1 || day > civil_month_length(year, month))
        return "has no such day";
    if (year < LINE_FIRST_YEAR || year > LINE_LAST_YEAR)
        return "is out of range: years 1970 to 2100";
    *days = civil_day_number((CivilDate){year, month, day});
    return NULL;
}

/* AM or PM after optional blanks, upper or lower case; leaves the cursor alone when there is none. */
static bool
scan_meridiem(const char **p, const char *end, int *hour)
{
    const char *q = *p;
    bool pm;

    while (q < end && *q == ' ')
        q++;
    if (end - q < 2 || (q[1] != 'M' && q[1] != 'm'))
        return true;
    if (*q != 'A' && *q != 'a' && *q != 'P' && *q != 'p')
        return true;
    pm = *q == 'P' || *q == 'p';
    if (*hour < 1 || *hour > 12)
        return false;
    *hour = *hour % 12 + (pm ? 12 : 0);
    *p = q + 2;
    return true;
}

/* SS or SS.ffffff; digits beyond the sixth are dropped. */
static bool
scan_seconds(const char **p, const char *end, int *second, int *micros)
{
    const char *start;

    if (!scan_number(p, end, 2, 2, second))
        return false;
    if (!scan_char(p, end, '.'))
        return true;
    start = *p;
    if (!scan_number(p, end, 1, 6, micros))
        return false;
    for (size_t n = (size_t)(*p - start); n < 6; n++)
        *micros *= 10;
    while (*p < end && is_digit(**p))
        (*p)++;
    return true;
}

static bool
scan_clock(const char **p, const char *end, int64_t *usecs)
{
    int hour, minute, second = 0, micros = 0;

    if (!scan_number(p, end, 1, 2, &hour) || !scan_char(p, end, ':') || !scan_number(p, end, 2, 2, &minute))
        return false;
    if (scan_char(p, end, ':') && !scan_seconds(p, end, &second, &micros))
        return false;
    if (!scan_meridiem(p, end, &hour) || hour > 23 || minute > 59 || second > 59)
        return false;
    *usecs = ((hour * 60 + minute) * INT64_C(60) + second) * CIVIL_SECOND + micros;
    return true;
}

static bool
scan_offset(const char **p, const char *end, int64_t *usecs, bool *has_zone)
{
    int hours, minutes = 0, sign;

    *has_zone = true;
    *usecs = 0;
    if (scan_char(p, end, 'Z') || scan_char(p, end, 'z'))
        return true;
    sign = *p < end && **p == '-' ? -1 : 1;
    if (!scan_char(p, end, '+') && !scan_char(p, end, '-')) {
        *has_zone = false;
        return true;
    }
    if (!scan_number(p, end, 2, 2, &hours))
        return false;
    if ((scan_char(p, end, ':') || *p < end) && !scan_number(p, end, 2, 2, &minutes))
        return false;
    *usecs = sign * (hours * 60 + minutes) * INT64_C(60) * CIVIL_SECOND;
    return hours <= 15 && minutes <= 59;
}

const char *
parse_time(const char *text, size_t length, int64_t *value, bool *has_zone)
{
    static const char bad_time[] = "has a time that cannot be read: write H:MM or HH:MM:SS";
    const char *p = text, *end = text + length, *problem;
    int64_t days = 0, clock = 0, offset = 0;
    bool is_iso;

    problem = scan_date(&p, end, &days, &is_iso);
    if (problem != NULL)
        return problem;
    *has_zone = false;
    if (p < end) {
        if (*p != ' ' && !(is_iso && scan_char(&p, end, 'T')))
            return bad_time;
        while (p < end && *p == ' ')
            p++;
        if (!scan_clock(&p, end, &clock) || (is_iso && !scan_offset(&p, end, &offset, has_zone)) || p < end)
            return bad_time;
    }
    *value = days * CIVIL_DAY + clock - offset;
    return NULL;
}
