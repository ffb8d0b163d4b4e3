#include "kit/civil.h"

#define DAYS_OF_ERA   146097 /* 400 years */
#define EPOCH_IN_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

int32_t
civil_to_day(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_OF_ERA + day_of_era - EPOCH_IN_DAYS;
}

Civil
civil_from_day(int32_t day)
{
    int32_t z = day + EPOCH_IN_DAYS;
    int era = (z >= 0 ? z : z - (DAYS_OF_ERA - 1)) / DAYS_OF_ERA;
    int day_of_era = z - era * DAYS_OF_ERA;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_OF_ERA - 1)) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    Civil civil = {.year = year_of_era + era * 400,
                   .month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9,
                   .day = day_of_year - (153 * month_from_march + 2) / 5 + 1};

    if (civil.month <= 2)
        civil.year++;
    return civil;
}

int
civil_weekday(int32_t day)
{
    /* 1970-01-01 was a Thursday. */
    int32_t from_monday = (day + 3) % 7;

    return 1 + (from_monday + 7) % 7;
}

int32_t
civil_easter(int year)
{
    int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4;
    int f = (b + 8) / 25, g = (b - f + 1) / 3, h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
    int sum = h + l - 7 * m + 114;

    return civil_to_day(year, sum / 31, sum % 31 + 1);
}
