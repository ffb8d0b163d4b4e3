/* days.c - see days.h. */
#include "generate/days.h"

#include "kit/civil.h"

int32_t
days_of_date(int year, int month, int day)
{
    return (int32_t)(civil_day_number((CivilDate){year, month, day}) - CIVIL_UNIX_EPOCH_DAY);
}

Civil
days_to_date(int32_t day)
{
    CivilDate date = civil_date((int64_t)day + CIVIL_UNIX_EPOCH_DAY);

    return (Civil){.year = (int)date.year, .month = date.month, .day = date.day};
}

int
days_weekday(int32_t day)
{
    /* 1970-01-01 was a Thursday. */
    int32_t from_monday = (day + 3) % 7;

    return 1 + (from_monday + 7) % 7;
}

int32_t
days_of_easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4;
    int f = (b + 8) / 25, g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
    int sum = h + l - 7 * m + 114;

    return days_of_date(year, sum / 31, sum % 31 + 1);
}
