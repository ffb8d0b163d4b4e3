/*
 * Unit tests of generate/days: day numbers, weekdays, Easter.
 *
 * Provenance: day numbers from the C library's gmtime; Easter dates from published calendars, with the
 * earliest and the latest possible (22 March 1818, 25 April 1943).
 */
#include <time.h>

#include "generate/days.h"
#include "unit.h"

static void
test_against_library(void)
{
    int n_wrong = 0;

    for (int32_t day = -200000; day <= 200000; day += 37) {
        time_t seconds = (time_t)day * 86400;
        Civil civil = days_to_date(day);
        struct tm tm;

        gmtime_r(&seconds, &tm);
        n_wrong += civil.year != tm.tm_year + 1900 || civil.month != tm.tm_mon + 1 || civil.day != tm.tm_mday;
        n_wrong += days_weekday(day) != (tm.tm_wday == 0 ? 7 : tm.tm_wday);
        n_wrong += days_of_date(civil.year, civil.month, civil.day) != day;
    }
    CHECK_EQUAL(n_wrong, 0);
}

static void
test_easter(void)
{
    CHECK_EQUAL(days_of_easter(1818), days_of_date(1818, 3, 22));
    CHECK_EQUAL(days_of_easter(1943), days_of_date(1943, 4, 25));
    CHECK_EQUAL(days_of_easter(2000), days_of_date(2000, 4, 23));
    CHECK_EQUAL(days_of_easter(2011), days_of_date(2011, 4, 24));
    CHECK_EQUAL(days_of_easter(2024), days_of_date(2024, 3, 31));
}

int
main(void)
{
    unit_begin("days");
    test_against_library();
    test_easter();
    return unit_end();
}
