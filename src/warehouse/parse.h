/*
 * parse.h - numbers and times of a raw line, as people and spreadsheets write them.
 *
 * Every function takes trimmed bytes and returns NULL on success, or a constant sentence that says what is
 * wrong.
 */
#ifndef BI_ML_WAREHOUSE_PARSE_H
#define BI_ML_WAREHOUSE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A decimal number times 10^scale, rounded half away from zero, |value| < limit.
 * Reads [+-]digits[.digits][e[+-]digits]; no currency signs, no thousands separators.
 */
const char *parse_decimal(const char *text, size_t length, int scale, int64_t limit, int64_t *value);

/* An integer, |value| < limit; a fraction of zeros is allowed ("17850.0"), any other is refused. */
const char *parse_integer(const char *text, size_t length, int64_t limit, int64_t *value);

/*
 * A time in microseconds since 2000-01-01 (kit/civil.h). Reads YYYY-MM-DD and M/D/YYYY (month first, whatever
 * DateStyle says), alone or followed by a blank or 'T' and H:MM[:SS[.ffffff]], then AM or PM, and for ISO
 * dates Z or +HH[:MM]. *has_zone tells that an offset was given: *value is then UTC.
 */
const char *parse_time(const char *text, size_t length, int64_t *value, bool *has_zone);

#endif
