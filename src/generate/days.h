/*
 * days.h - the generator's calendar: days counted from 1970-01-01, over kit/civil.h.
 */
#ifndef BI_ML_GENERATE_DAYS_H
#define BI_ML_GENERATE_DAYS_H

#include <stdint.h>

typedef struct Civil {
    int year, month, day; /* month 1..12, day 1..31 */
} Civil;

int32_t days_of_date(int year, int month, int day);
Civil days_to_date(int32_t day);

/* ISO: 1 = Monday ... 7 = Sunday. */
int days_weekday(int32_t day);

/* Easter Sunday of a year from 1583 on (the anonymous Gregorian algorithm; Nature, 20 April 1876). */
int32_t days_of_easter(int year);

#endif
