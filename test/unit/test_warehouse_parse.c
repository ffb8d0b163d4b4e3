/*
 * Unit tests of warehouse/parse.h: numbers and times as people and spreadsheets write them.
 *
 * Provenance: times as microseconds since 2000-01-01 come from Python's datetime; the rest follows from the
 * contract.
 */
#include <stdio.h>
#include <string.h>

#include "kit/civil.h"
#include "unit.h"
#include "warehouse/line.h"
#include "warehouse/parse.h"

#define BIG INT64_C(1000000000000000000)

/* A number, or nothing when `problem` is part of the complaint that is expected. */
typedef struct NumberCase {
    const char *text;
    int64_t value;
    const char *problem;
} NumberCase;

static void
check_number(const NumberCase *c, const char *problem, int64_t value)
{
    if (c->problem != NULL)
        unit_check(problem != NULL && strstr(problem, c->problem) != NULL, __FILE__, __LINE__,
                   "\"%s\": \"%s\", expected \"%s\"", c->text, problem ? problem : "no complaint",
                   c->problem);
    else
        unit_check(problem == NULL && value == c->value, __FILE__, __LINE__,
                   "\"%s\": %lld (%s), expected %lld", c->text, (long long)value, problem ? problem : "fine",
                   (long long)c->value);
}

static void
test_decimal(void)
{
    static const NumberCase cases[] = {
        {"2.55", 25500, NULL},
        {"+2.55", 25500, NULL},
        {"-2.55", -25500, NULL},
        {"0", 0, NULL},
        {"-0.00", 0, NULL},
        {"0.001", 10, NULL},
        {".5", 5000, NULL},
        {"5.", 50000, NULL},
        {"00012.5000000000000000000", 125000, NULL},
        {"1e3", 10000000, NULL},
        {"1E+3", 10000000, NULL},
        {"25.5e-1", 25500, NULL},
        {"0e9999999999", 0, NULL},
        {"1e-9999999999", 0, NULL},
        {"1.23454", 12345, NULL},
        {"1.23455", 12346, NULL},
        {"-1.23455", -12346, NULL},
        {"0.00005", 1, NULL},
        {"0.00004999999", 0, NULL},
        {"0.000005", 0, NULL},
        {"99999999.9999", INT64_C(999999999999), NULL},
        {"99999999.99994", INT64_C(999999999999), NULL},
        {"99999999.99995", 0, "out of range"},
        {"100000000", 0, "out of range"},
        {"-100000000", 0, "out of range"},
        {"1e400", 0, "out of range"},
        {"1e9999999999", 0, "out of range"},
        {"99999999999999999999999999999999", 0, "out of range"},
        {"1,234.50", 0, "comma"},
        {"2,55", 0, "comma"},
        {"", 0, "not a number"},
        {".", 0, "not a number"},
        {"-", 0, "not a number"},
        {"+-1", 0, "not a number"},
        {"e5", 0, "not a number"},
        {"1e", 0, "not a number"},
        {"1e+", 0, "not a number"},
        {"1e5.0", 0, "not a number"},
        {"1.2.3", 0, "not a number"},
        {"NaN", 0, "not a number"},
        {"Infinity", 0, "not a number"},
        {"-inf", 0, "not a number"},
        {"0x10", 0, "not a number"},
        {"1_000", 0, "not a number"},
        {"2.55 ", 0, "not a number"},
        {"2 .55", 0, "not a number"},
        {"\xc2\xa3"
         "2.55",
         0, "not a number"},
        {"2.55 GBP", 0, "not a number"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 0;
        const char *problem =
            parse_decimal(cases[i].text, strlen(cases[i].text), 4, INT64_C(1000000000000), &value);

        check_number(&cases[i], problem, value);
    }
}

static void
test_integer(void)
{
    static const NumberCase cases[] = {
        {"17850", 17850, NULL},
        {"17850.0", 17850, NULL},
        {"17850.", 17850, NULL},
        {"-6.000", -6, NULL},
        {"1e3", 1000, NULL},
        {"1.5e1", 15, NULL},
        {"0.5e1", 5, NULL},
        {"100e-2", 1, NULL},
        {"0.000", 0, NULL},
        {"999999999999999999", BIG - 1, NULL},
        {"-999999999999999999", 1 - BIG, NULL},
        {"1000000000000000000", 0, "out of range"},
        {"9999999999999999999", 0, "out of range"},
        {"-9999999999999999999", 0, "out of range"},
        {"9223372036854775808", 0, "out of range"},
        {"18446744073709551617", 0, "out of range"},
        {"99999999999999999999999999999999999999999999", 0, "out of range"},
        {"9.99e18", 0, "out of range"},
        {"9e18", 0, "out of range"},
        {"1e30", 0, "out of range"},
        {"6.5", 0, "whole number"},
        {"0.5", 0, "whole number"},
        {"15e-1", 0, "whole number"},
        {"1e-400", 0, "whole number"},
        {"1,000", 0, "comma"},
        {"NaN", 0, "not a number"},
        {"", 0, "not a number"},
        {"12a", 0, "not a number"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 0;
        const char *problem = parse_integer(cases[i].text, strlen(cases[i].text), BIG, &value);

        check_number(&cases[i], problem, value);
    }
}

typedef struct TimeCase {
    const char *text;
    int64_t value;
    bool has_zone;
} TimeCase;

static void
test_time(void)
{
    static const TimeCase cases[] = {
        {"2010-12-01 08:26:00", INT64_C(344507160000000), false},
        {"2010-12-01T08:26:00", INT64_C(344507160000000), false},
        {"2010-12-01 08:26", INT64_C(344507160000000), false},
        {"2010-12-01   8:26", INT64_C(344507160000000), false},
        {"2010-12-1 8:26", INT64_C(344507160000000), false},
        {"12/1/2010 8:26", INT64_C(344507160000000), false},
        {"12/01/2010 08:26:00", INT64_C(344507160000000), false},
        {"12/1/2010 8:26 AM", INT64_C(344507160000000), false},
        {"12/1/2010 8:26am", INT64_C(344507160000000), false},
        {"12/1/2010 8:26 PM", INT64_C(344550360000000), false},
        {"12/1/2010 12:26 AM", INT64_C(344478360000000), false},
        {"12/1/2010 12:26 pM", INT64_C(344521560000000), false},
        {"2010-12-01 08:26:30.25", INT64_C(344507190250000), false},
        {"2010-12-01 08:26:30.2500009", INT64_C(344507190250000), false},
        {"2010-12-01T08:26:00Z", INT64_C(344507160000000), true},
        {"2010-12-01T08:26:00+00", INT64_C(344507160000000), true},
        {"2010-12-01T09:26:00+01:00", INT64_C(344507160000000), true},
        {"2010-12-01T13:56:00+0530", INT64_C(344507160000000), true},
        {"2010-12-01 00:26-08", INT64_C(344507160000000), true},
        {"1970-01-01", INT64_C(-946684800000000), false},
        {"1/1/1970", INT64_C(-946684800000000), false},
        {"2000-01-01", 0, false},
        {"1999-12-31 23:59:59.999999", -1, false},
        {"2000-02-29", INT64_C(5097600000000), false},
        {"2/29/2012 12:00", INT64_C(383832000000000), false},
        {"2100-12-31 23:59:59.999999", INT64_C(3187295999999999), false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value = 0;
        bool has_zone = !cases[i].has_zone;
        const char *problem = parse_time(cases[i].text, strlen(cases[i].text), &value, &has_zone);

        unit_check(problem == NULL && value == cases[i].value && has_zone == cases[i].has_zone, __FILE__,
                   __LINE__, "\"%s\": %lld, zone %d (%s), expected %lld", cases[i].text, (long long)value,
                   has_zone, problem ? problem : "fine", (long long)cases[i].value);
    }
}

static void
test_bad_time(void)
{
    static const char *const cases[][2] = {
        {"", "not a date"},
        {"soon", "not a date"},
        {"2010", "not a date"},
        {"2010-12", "not a date"},
        {"20101201", "not a date"},
        {"01.12.2010", "not a date"},
        {"1-Dec-2010", "not a date"},
        {"12/1/10 8:26", "not a date"},
        {"12-1-2010", "not a date"},
        {"2010/12/01", "not a date"},
        {"02010-12-01", "not a date"},
        {"2010-12-011", "not a date"},
        {"40513.3514", "not a date"},
        {"-2010-12-01", "not a date"},
        {"13/1/2010 8:26", "month first"},
        {"31/12/2010", "month first"},
        {"0/1/2010", "no such month"},
        {"2010-13-01", "no such month"},
        {"2010-00-01", "no such month"},
        {"2010-12-32", "no such day"},
        {"2010-12-00", "no such day"},
        {"2010-11-31", "no such day"},
        {"2011-02-29", "no such day"},
        {"2100-02-29", "no such day"},
        {"1900-02-28", "years 1970 to 2100"},
        {"1969-12-31", "years 1970 to 2100"},
        {"2101-01-01", "years 1970 to 2100"},
        {"9999-12-31", "years 1970 to 2100"},
        {"2010-12-01T", "cannot be read"},
        {"2010-12-01 8", "cannot be read"},
        {"2010-12-01 8:2", "cannot be read"},
        {"2010-12-01 24:00", "cannot be read"},
        {"2010-12-01 08:60", "cannot be read"},
        {"2010-12-01 08:26:60", "cannot be read"},
        {"2010-12-01 08:26:", "cannot be read"},
        {"2010-12-01 08:26:00.", "cannot be read"},
        {"2010-12-01 08:26.5", "cannot be read"},
        {"2010-12-01TT08:26", "cannot be read"},
        {"2010-12-01 T08:26", "cannot be read"},
        {"12/1/2010T8:26", "cannot be read"},
        {"12/1/2010 T8:26", "cannot be read"},
        {"12/1/2010 0:26 AM", "cannot be read"},
        {"12/1/2010 13:26 PM", "cannot be read"},
        {"12/1/2010 8:26 XM", "cannot be read"},
        {"12/1/2010 8:26 PMx", "cannot be read"},
        {"12/1/2010 8:26 Z", "cannot be read"},
        {"2010-12-01 08:26:00+", "cannot be read"},
        {"2010-12-01 08:26:00+1", "cannot be read"},
        {"2010-12-01 08:26:00+01:", "cannot be read"},
        {"2010-12-01 08:26:00+16:00", "cannot be read"},
        {"2010-12-01 08:26:00+01:60", "cannot be read"},
        {"2010-12-01 08:26:00 GMT", "cannot be read"},
        {"2010-12-01 08:26:00Zulu", "cannot be read"},
        {"2010-12-01 -1:26", "cannot be read"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t value;
        bool has_zone;
        const char *problem = parse_time(cases[i][0], strlen(cases[i][0]), &value, &has_zone);

        unit_check(problem != NULL && strstr(problem, cases[i][1]) != NULL, __FILE__, __LINE__,
                   "\"%s\": \"%s\", expected \"%s\"", cases[i][0], problem ? problem : "no complaint",
                   cases[i][1]);
    }
}

/* Every day of the range reads back, in both forms. */
static void
test_all_days(void)
{
    CivilDate date = {LINE_FIRST_YEAR, 1, 1};
    int n_wrong = 0;

    for (int64_t day = civil_day_number(date); date.year <= LINE_LAST_YEAR; date = civil_date(++day)) {
        char text[32];
        int64_t value = 1;
        bool has_zone;

        snprintf(text, sizeof(text), "%04d-%02d-%02d", (int)date.year, date.month, date.day);
        n_wrong += parse_time(text, strlen(text), &value, &has_zone) != NULL || value != day * CIVIL_DAY;
        snprintf(text, sizeof(text), "%d/%d/%04d", date.month, date.day, (int)date.year);
        n_wrong += parse_time(text, strlen(text), &value, &has_zone) != NULL || value != day * CIVIL_DAY;
    }
    CHECK_EQUAL(n_wrong, 0);
}

int
main(void)
{
    unit_begin("warehouse_parse");
    test_decimal();
    test_integer();
    test_time();
    test_bad_time();
    test_all_days();
    return unit_end();
}
