/*
 * civil.h - calendar arithmetic of the proleptic Gregorian calendar, without time zones.
 *
 * A day number counts from 2000-01-01, a moment is microseconds since 2000-01-01 00:00:00: PostgreSQL's
 * `timestamp`. Exact over its whole range. Years before 1 are astronomical (0 is 1 BC).
 */
#ifndef BI_ML_KIT_CIVIL_H
#define BI_ML_KIT_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CIVIL_SECOND INT64_C(1000000)
#define CIVIL_DAY    (INT64_C(86400) * CIVIL_SECOND)

/* The finite timestamps of PostgreSQL: 4713-11-24 BC (first included) to 294277-01-01 (excluded). */
#define CIVIL_MIN INT64_C(-211813488000000000)
#define CIVIL_END INT64_C(9223371331200000000)

/* 1970-01-01 as a day number. */
#define CIVIL_UNIX_EPOCH_DAY (-10957)

/* Longest text of civil_format, with its NUL. */
#define CIVIL_TEXT 40

typedef struct CivilDate {
    int64_t year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
} CivilDate;

int64_t civil_day_number(CivilDate date);
CivilDate civil_date(int64_t day_number);
int civil_month_length(int64_t year, int month);

/* The day number that a moment falls on, and the microseconds since that midnight. */
int64_t civil_day_of(int64_t moment);
int64_t civil_time_of(int64_t moment);

/* The moment `months` later at the same time of day; a day that the month lacks becomes its last one. With
 * to_month_end the last day is taken always. */
int64_t civil_add_months(int64_t moment, int64_t months, bool to_month_end);
bool civil_is_month_start(int64_t moment);
bool civil_is_month_end(int64_t moment);

/* ISO 8601: 2010-12-01T08:26:00, fractions only where they are not zero, years of four digits or more, a
 * minus sign before astronomical years below 0. */
void civil_format(int64_t moment, char text[CIVIL_TEXT]);
/* Reads what civil_format writes, also a bare date and a blank for the T; false on anything else. */
bool civil_parse(const char *text, int64_t *moment);

#endif
