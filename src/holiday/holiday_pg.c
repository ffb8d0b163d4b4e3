/*
 * holiday_pg.c - public_holidays(country).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/formatting.h"

#include "holiday/holiday.h"
#include "pg/compat.h"
#include "pg/env_pg.h"
#include "pg/report.h"
#include "pg/rows.h"

static void
put_country(ReturnSetInfo *rows, const char *country)
{
    Env env;
    Failure failure;
    Holiday *holidays;
    size_t n;

    env_pg_init(&env, CurrentMemoryContext);
    report_failure(holidays_of_country(&env, country, &holidays, &n, &failure), &failure);
    for (size_t i = 0; i < n; i++) {
        Datum values[3] = {CStringGetTextDatum(country), DateADTGetDatum((DateADT)holidays[i].day),
                           CStringGetTextDatum(holidays[i].name)};
        bool nulls[3] = {false, false, false};

        rows_put(rows, values, nulls);
    }
}

BI_ML_FUNCTION(biml_public_holidays)
{
    ReturnSetInfo *rows = rows_begin(fcinfo);
    const char *country;

    if (!PG_ARGISNULL(0)) {
        char *code = text_to_cstring(PG_GETARG_TEXT_PP(0));

        put_country(rows, asc_toupper(code, strlen(code)));
        return (Datum)0;
    }
    for (size_t i = 0; (country = holiday_country(i)) != NULL; i++) {
        CHECK_FOR_INTERRUPTS();
        put_country(rows, country);
    }
    return (Datum)0;
}
