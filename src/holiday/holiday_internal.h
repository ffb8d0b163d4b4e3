/*
 * holiday_internal.h - the form of calendar.c.
 *
 * `days` holds rules, parted by blanks: DAY or DAY/YEARS. YEARS are two-digit years and ranges such as
 * 00-19,21; without them every year counts. DAY is one of
 *
 *   MM-DD      the date
 *   MM-DD>W    the first weekday W (1 Monday ... 7 Sunday) on or after the date
 *   E+N, E-N   N days after or before Easter Sunday
 *   O+N, O-N   the same from the Easter of the Orthodox churches
 */
#ifndef BI_ML_HOLIDAY_HOLIDAY_INTERNAL_H
#define BI_ML_HOLIDAY_HOLIDAY_INTERNAL_H

#include "holiday/holiday.h"

typedef struct HolidayRules {
    const char *country, *name, *days;
} HolidayRules;

extern const HolidayRules holiday_calendar[]; /* by country, name */
extern const size_t holiday_calendar_size;

#endif
