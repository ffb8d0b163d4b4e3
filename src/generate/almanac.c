/*
 * almanac.c - weekdays, Easter, and the days on which the shop is closed.
 *
 * Closed: Saturdays, 24 December to 3 January, Good Friday, Easter Sunday and Monday, the three other bank
 * holidays of England (first and last Monday in May, last Monday in August), and 29 April 2011 (a royal
 * wedding). Easter: the anonymous Gregorian algorithm (Nature, 20 April 1876).
 */
#include "generate/generate_internal.h"

#include "kit/civil.h"

int
almanac_weekday(int32_t day)
{
    /* 2000-01-01 was a Saturday. */
    return 1 + (day % 7 + 12) % 7;
}

int32_t
almanac_easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4;
    int f = (b + 8) / 25, g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
    int sum = h + l - 7 * m + 114;

    return (int32_t)civil_day_number((CivilDate){.year = year, .month = sum / 31, .day = sum % 31 + 1});
}

static bool
is_bank_holiday(CivilDate date, int weekday)
{
    if (weekday != 1)
        return date.year == 2011 && date.month == 4 && date.day == 29;
    return (date.month == 5 && (date.day <= 7 || date.day > 24)) || (date.month == 8 && date.day > 24);
}

bool
almanac_is_open(int32_t day)
{
    CivilDate date = civil_date(day);
    int weekday = almanac_weekday(day);
    int32_t from_easter;

    if (weekday == 6 || (date.month == 12 && date.day >= 24) || (date.month == 1 && date.day <= 3))
        return false;
    from_easter = day - almanac_easter((int)date.year);
    return !(from_easter == -2 || from_easter == 0 || from_easter == 1) && !is_bank_holiday(date, weekday);
}
