/*
 * Unit tests of holiday/: the shipped calendar.
 *
 * Provenance: holiday_sums.h, made from the package's own rows and not from the rules of calendar.c; dates of
 * Easter from the tables of the Astronomical Applications Department of the U.S. Naval Observatory; bank
 * holidays of England and Wales as published on gov.uk.
 */
#include <stdio.h>
#include <string.h>

#include "holiday/holiday.h"
#include "kit/civil.h"
#include "kit/codec.h"
#include "holiday_sums.h"
#include "unit.h"

static Holiday *
country_holidays(Env *env, const char *country, size_t *n)
{
    Holiday *holidays = NULL;

    *n = 0;
    CHECK_STATUS(holidays_of_country(env, country, &holidays, n, NULL), STATUS_SUCCESS);
    return holidays;
}

static uint32_t
sum_of(const Holiday *holidays, size_t n)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < n; i++) {
        CivilDate date = civil_date(holidays[i].day);
        char line[200];
        int length = snprintf(line, sizeof(line), "%04d-%02d-%02d %s\n", (int)date.year, date.month, date.day,
                              holidays[i].name);

        crc = crc32c(crc, line, (size_t)length);
    }
    return crc;
}

static void
test_every_row_is_the_package_s(void)
{
    size_t n_countries = sizeof(holiday_sums) / sizeof(holiday_sums[0]);

    for (size_t c = 0; c < n_countries; c++) {
        Env *env = unit_env();
        size_t n;
        Holiday *holidays = country_holidays(env, holiday_sums[c].country, &n);

        CHECK_TEXT(holiday_country(c), holiday_sums[c].country);
        CHECK_EQUAL(n, holiday_sums[c].n);
        CHECK_EQUAL(sum_of(holidays, n), holiday_sums[c].crc);
        unit_env_free(env);
    }
    CHECK(holiday_country(n_countries) == NULL);
}

static const char *
name_on(const Holiday *holidays, size_t n, int year, int month, int day)
{
    int64_t wanted = civil_day_number((CivilDate){year, month, day});

    for (size_t i = 0; i < n; i++) {
        if (holidays[i].day == wanted)
            return holidays[i].name;
    }
    return "none";
}

static void
test_known_days(void)
{
    Env *env = unit_env();
    size_t n;
    Holiday *gb = country_holidays(env, "gb", &n);

    CHECK_TEXT(name_on(gb, n, 2000, 4, 24), "Easter Monday");
    CHECK_TEXT(name_on(gb, n, 2008, 3, 24), "Easter Monday");
    CHECK_TEXT(name_on(gb, n, 2038, 4, 26), "Easter Monday");
    CHECK_TEXT(name_on(gb, n, 2011, 4, 29), "Wedding of William and Catherine");
    CHECK_TEXT(name_on(gb, n, 2011, 8, 29), "Late Summer Bank Holiday");
    CHECK_TEXT(name_on(gb, n, 2011, 8, 28), "none");
    CHECK_TEXT(name_on(gb, n, 2020, 5, 4), "none");
    CHECK_TEXT(name_on(gb, n, 2020, 5, 8), "May Day");
    CHECK_TEXT(name_on(gb, n, 2022, 6, 2), "Spring Bank Holiday");
    CHECK_TEXT(name_on(gb, n, 2023, 5, 8), "Coronation of Charles III");
    unit_env_free(env);
}

static void
test_unknown(void)
{
    const char *const codes[] = {"UK", "", "G", "GBR", "united kingdom", "XX"};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        Env *env = unit_env();
        Holiday *holidays;
        size_t n;
        Failure failure = {0};

        CHECK_STATUS(holidays_of_country(env, codes[i], &holidays, &n, &failure), STATUS_BAD_VALUE);
        CHECK(strstr(failure.hint, "public_holiday") != NULL);
        unit_env_free(env);
    }
}

static void
test_no_memory(void)
{
    for (size_t n = 1;; n++) {
        Env *env = unit_env_failing(n);
        Holiday *holidays;
        size_t n_rows;
        Status status = holidays_of_country(env, "TH", &holidays, &n_rows, NULL);

        unit_env_free(env);
        if (status == STATUS_SUCCESS) {
            CHECK(n > 1);
            break;
        }
        CHECK_STATUS(status, STATUS_OUT_OF_MEMORY);
    }
}

int
main(void)
{
    unit_begin("holiday");
    test_every_row_is_the_package_s();
    test_known_days();
    test_unknown();
    test_no_memory();
    return unit_end();
}
