/*
 * civil.h - the proleptic Gregorian calendar as day numbers.
 *
 * A day is the number of days since 1970-01-01. Method: the usual count of days in 400-year eras that begin
 * in March (Hinnant, "chrono-compatible low-level date algorithms"). Easter: the anonymous Gregorian
 * algorithm (Nature, 20 April 1876).
 */
#ifndef BI_ML_KIT_CIVIL_H
#define BI_ML_KIT_CIVIL_H

#include <stdint.h>

typedef struct Civil {
    int year, month, day; /* month 1..12, day 1..31 */
} Civil;

int32_t civil_to_day(int year, int month, int day);
Civil civil_from_day(int32_t day);

/* ISO: 1 = Monday ... 7 = Sunday. */
int civil_weekday(int32_t day);

/* Easter Sunday of a year from 1583 on. */
int32_t civil_easter(int year);

#endif
