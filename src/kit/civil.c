/*
 * civil.c - day numbers by counting from 1 March 0000 in 400-year eras of 146097 days, so that the leap day
 * ends a year and month lengths follow one linear formula. Reference: E. M. Reingold, N. Dershowitz,
 * "Calendrical Calculations" (the Gregorian chapter). O(1), integers only.
 */
#include "kit/civil.h"

#include <string.h>

#define DAYS_PER_ERA    146097
#define MARCH_0_TO_2000 730425 /* days from 0000-03-01 to 2000-01-01 */

static int64_t
divide_down(int64_t a, int64_t b)
{
    int64_t q = a / b;

    return q - (a % b < 0);
}

int64_t
civil_day_number(CivilDate date)
{
    int64_t year = date.month > 2 ? date.year : date.year - 1;
    int64_t era = divide_down(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t month = (date.month + 9) % 12; /* March is 0 */
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           MARCH_0_TO_2000;
}

CivilDate
civil_date(int64_t day_number)
{
    int64_t days = day_number + MARCH_0_TO_2000;
    int64_t era = divide_down(days, DAYS_PER_ERA);
    int64_t day = days - era * DAYS_PER_ERA;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    CivilDate date;

    date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = era * 400 + year + (date.month <= 2);
    return date;
}

int
civil_month_length(int64_t year, int month)
{
    CivilDate first = {year, month, 1};
    CivilDate next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};

    return (int)(civil_day_number(next) - civil_day_number(first));
}

int64_t
civil_day_of(int64_t moment)
{
    return divide_down(moment, CIVIL_DAY);
}

int64_t
civil_time_of(int64_t moment)
{
    return moment - civil_day_of(moment) * CIVIL_DAY;
}

int64_t
civil_add_months(int64_t moment, int64_t months, bool to_month_end)
{
    CivilDate date = civil_date(civil_day_of(moment));
    int64_t month = date.year * 12 + (date.month - 1) + months;
    int length;

    date.year = divide_down(month, 12);
    date.month = (int)(month - date.year * 12) + 1;
    length = civil_month_length(date.year, date.month);
    if (to_month_end || date.day > length)
        date.day = length;
    return civil_day_number(date) * CIVIL_DAY + civil_time_of(moment);
}

bool
civil_is_month_start(int64_t moment)
{
    return civil_date(civil_day_of(moment)).day == 1;
}

bool
civil_is_month_end(int64_t moment)
{
    CivilDate date = civil_date(civil_day_of(moment));

    return date.day == civil_month_length(date.year, date.month);
}

/* v with n digits or more, then the character `end`; returns where that stands. */
static char *
put_digits(char *at, int64_t v, int n, char end)
{
    int64_t power = 1;

    for (int i = 1; i < n || v / power >= 10; i++)
        power *= 10;
    for (; power > 0; power /= 10)
        *at++ = (char)('0' + v / power % 10);
    *at = end;
    return at;
}

void
civil_format(int64_t moment, char text[CIVIL_TEXT])
{
    CivilDate date = civil_date(civil_day_of(moment));
    int64_t time = civil_time_of(moment);
    int seconds = (int)(time / CIVIL_SECOND), micros = (int)(time % CIVIL_SECOND);
    char *at = text;

    if (date.year < 0)
        *at++ = '-';
    at = put_digits(at, date.year < 0 ? -date.year : date.year, 4, '-') + 1;
    at = put_digits(at, date.month, 2, '-') + 1;
    at = put_digits(at, date.day, 2, 'T') + 1;
    at = put_digits(at, seconds / 3600, 2, ':') + 1;
    at = put_digits(at, seconds / 60 % 60, 2, ':') + 1;
    at = put_digits(at, seconds % 60, 2, micros != 0 ? '.' : '\0');
    if (micros != 0)
        put_digits(at + 1, micros, 6, '\0');
}

/* Up to `most` digits, at least `least`; -1 when there are fewer. */
static int64_t
parse_digits(const char **at, int least, int most)
{
    int64_t value = 0;
    int n = 0;

    for (; n < most && **at >= '0' && **at <= '9'; n++, (*at)++)
        value = value * 10 + (**at - '0');
    return n >= least ? value : -1;
}

static bool
parse_char(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool
parse_fraction(const char **at, int64_t *micros)
{
    int64_t scale = CIVIL_SECOND / 10;

    *micros = 0;
    if (!parse_char(at, '.'))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9' && scale > 0; (*at)++, scale /= 10)
        *micros += scale * (**at - '0');
    return **at < '0' || **at > '9';
}

static bool
parse_time(const char **at, int64_t *time)
{
    int64_t hour, minute, second, micros;

    hour = parse_digits(at, 2, 2);
    if (!parse_char(at, ':'))
        return false;
    minute = parse_digits(at, 2, 2);
    if (!parse_char(at, ':'))
        return false;
    second = parse_digits(at, 2, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
        !parse_fraction(at, &micros))
        return false;
    *time = ((hour * 60 + minute) * 60 + second) * CIVIL_SECOND + micros;
    return true;
}

bool
civil_parse(const char *text, int64_t *moment)
{
    const char *at = text;
    bool negative = parse_char(&at, '-');
    CivilDate date = {parse_digits(&at, 4, 6), 0, 0};
    int64_t time = 0, day;

    if (date.year < 0 || !parse_char(&at, '-'))
        return false;
    date.month = (int)parse_digits(&at, 2, 2);
    if (date.month < 1 || date.month > 12 || !parse_char(&at, '-'))
        return false;
    date.day = (int)parse_digits(&at, 2, 2);
    if (negative)
        date.year = -date.year;
    if (date.day < 1 || date.day > civil_month_length(date.year, date.month))
        return false;
    if ((*at == 'T' || *at == ' ') && (at++, !parse_time(&at, &time)))
        return false;
    day = civil_day_number(date);
    if (*at != '\0' || day < CIVIL_MIN / CIVIL_DAY || day >= CIVIL_END / CIVIL_DAY)
        return false;
    *moment = day * CIVIL_DAY + time;
    return true;
}
