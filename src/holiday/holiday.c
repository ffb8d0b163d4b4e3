/*
 * holiday.c - from the rules of calendar.c to days.
 *
 * Easter: Meeus, "Astronomical Algorithms" (1991), chapter 8: the anonymous Gregorian computus, and the
 * Julian one for the Orthodox churches, whose calendar runs 13 days behind from 1900 to 2099.
 */
#include "holiday/holiday_internal.h"

#include <gsl/gsl_heapsort.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kit/civil.h"

#define JULIAN_LAG 13

static int64_t
easter_sunday(int year)
{
    int a = year % 19, b = year / 100, c = year % 100;
    int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    int n = h + l - 7 * ((a + 11 * h + 22 * l) / 451) + 114;

    return civil_day_number((CivilDate){year, n / 31, n % 31 + 1});
}

static int64_t
orthodox_easter_sunday(int year)
{
    int d = (19 * (year % 19) + 15) % 30;
    int n = d + (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7 + 114;

    return civil_day_number((CivilDate){year, n / 31, n % 31 + 1}) + JULIAN_LAG;
}

/* 1 Monday ... 7 Sunday; day 0, 2000-01-01, was a Saturday, and no earlier one is asked for. */
static int
weekday_of(int64_t day)
{
    return (int)((day + 5) % 7) + 1;
}

typedef struct DayRule {
    char anchor; /* 'E', 'O', or 'D' for a date */
    int offset;
    int month, day;
    int weekday; /* 0: the date itself */
} DayRule;

static DayRule
read_day(const char **at)
{
    DayRule rule = {.anchor = 'D'};
    char *end;

    if (**at == 'E' || **at == 'O') {
        rule.anchor = **at;
        rule.offset = (int)strtol(*at + 1, &end, 10);
    } else {
        rule.month = (int)strtol(*at, &end, 10);
        rule.day = (int)strtol(end + 1, &end, 10);
        if (*end == '>')
            rule.weekday = (int)strtol(end + 1, &end, 10);
    }
    *at = end;
    return rule;
}

static int64_t
day_in_year(const DayRule *rule, int year)
{
    int64_t day;

    if (rule->anchor == 'E')
        return easter_sunday(year) + rule->offset;
    if (rule->anchor == 'O')
        return orthodox_easter_sunday(year) + rule->offset;
    day = civil_day_number((CivilDate){year, rule->month, rule->day});
    return rule->weekday == 0 ? day : day + (rule->weekday - weekday_of(day) + 7) % 7;
}

typedef struct YearRange {
    int first, last;
} YearRange;

/* The next range after a slash or a comma. */
static YearRange
read_years(const char **at)
{
    YearRange range;
    char *end;

    range.first = HOLIDAY_FIRST_YEAR + (int)strtol(*at + 1, &end, 10);
    range.last = *end == '-' ? HOLIDAY_FIRST_YEAR + (int)strtol(end + 1, &end, 10) : range.first;
    *at = end;
    return range;
}

typedef struct HolidayList {
    Env *env;
    Holiday *rows;
    size_t n, capacity;
} HolidayList;

static bool
list_add(HolidayList *list, int64_t day, const char *name)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity == 0 ? 1024 : 2 * list->capacity;
        Holiday *rows = ENV_NEW(list->env, capacity, Holiday);

        if (rows == NULL)
            return false;
        if (list->n > 0)
            memcpy(rows, list->rows, list->n * sizeof(Holiday));
        list->rows = rows;
        list->capacity = capacity;
    }
    list->rows[list->n++] = (Holiday){day, name};
    return true;
}

static bool
list_add_range(HolidayList *list, const DayRule *rule, YearRange years, const char *name)
{
    for (int year = years.first; year <= years.last; year++) {
        if (!list_add(list, day_in_year(rule, year), name))
            return false;
    }
    return true;
}

static bool
list_add_rules(HolidayList *list, const HolidayRules *rules)
{
    const char *at = rules->days;

    for (; *at != '\0'; at += *at == ' ') {
        DayRule rule = read_day(&at);
        YearRange years = {HOLIDAY_FIRST_YEAR, HOLIDAY_LAST_YEAR};

        if (*at != '/' && !list_add_range(list, &rule, years, rules->name))
            return false;
        while (*at == '/' || *at == ',') {
            years = read_years(&at);
            if (!list_add_range(list, &rule, years, rules->name))
                return false;
        }
    }
    return true;
}

static int
compare_holidays(const void *left, const void *right)
{
    const Holiday *a = left, *b = right;

    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    return strcmp(a->name, b->name);
}

Status
holidays_of_country(Env *env, const char *country, Holiday **holidays, size_t *n, Failure *failure)
{
    HolidayList list = {.env = env};

    for (size_t i = 0; i < holiday_calendar_size; i++) {
        if (strcasecmp(holiday_calendar[i].country, country) == 0 &&
            !list_add_rules(&list, &holiday_calendar[i]))
            return fail_out_of_memory(failure);
    }
    if (list.n == 0)
        return fail(failure, STATUS_BAD_VALUE,
                    "Pass the ISO code of a country that public_holiday lists; the United Kingdom is 'GB'.",
                    "the holidays of country \"%.40s\" are not known", country);
    gsl_heapsort(list.rows, list.n, sizeof(Holiday), compare_holidays);
    *holidays = list.rows;
    *n = list.n;
    return STATUS_SUCCESS;
}

const char *
holiday_country(size_t i)
{
    size_t rank = 0;

    for (size_t r = 0; r < holiday_calendar_size; r++) {
        if (r > 0 && strcmp(holiday_calendar[r].country, holiday_calendar[r - 1].country) != 0)
            rank++;
        if (rank == i)
            return holiday_calendar[r].country;
    }
    return NULL;
}
