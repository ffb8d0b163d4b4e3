/*
 * holiday.h - the public holidays of countries, shipped with the extension.
 *
 * Reference data for the years HOLIDAY_FIRST_YEAR to HOLIDAY_LAST_YEAR: the days off that hold in a whole
 * country, with substitute days; for GB those of England and Wales. calendar.c names the source; countries
 * whose source covers fewer years are listed in doc/holiday.md.
 */
#ifndef BI_ML_HOLIDAY_HOLIDAY_H
#define BI_ML_HOLIDAY_HOLIDAY_H

#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"
#include "kit/status.h"

#define HOLIDAY_FIRST_YEAR 2000
#define HOLIDAY_LAST_YEAR  2040

typedef struct Holiday {
    int64_t day;      /* day number of kit/civil.h */
    const char *name; /* ASCII, lives for ever */
} Holiday;

/*
 * All holidays of a country, an ISO 3166-1 code of two letters in either case, by day and name. A day may
 * have several, a name several days of a year. BAD_VALUE for one that is not shipped.
 */
Status holidays_of_country(Env *env, const char *country, Holiday **holidays, size_t *n, Failure *failure);

/* The shipped codes in alphabetical order; NULL from the end on. */
const char *holiday_country(size_t i);

#endif
