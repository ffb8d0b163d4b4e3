/*
 * records_pg.c - seasonalities, holidays and regressors from arrays of composite values.
 *
 * Attributes are read by name: attributes may be added, and dropped ones stay in the descriptor.
 */
#include "postgres.h"

#include <math.h>

#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"

#include "prophet/prophet_pg.h"

/* One element of an array argument. */
typedef struct Record {
    const char *argument;
    int number; /* from 1 */
    HeapTupleHeader row;
} Record;

static Record *
records_from_arg(FunctionCallInfo fcinfo, int i, const char *argument, size_t *n)
{
    ArrayType *array;
    Record *records;
    Datum *values;
    bool *nulls;
    int n_values;

    *n = 0;
    if (PG_ARGISNULL(i))
        return NULL;
    array = PG_GETARG_ARRAYTYPE_P(i);
    if (ARR_NDIM(array) > 1)
        ereport(ERROR, (errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
                        errmsg("argument \"%s\" must be a one-dimensional array, not of %d dimensions",
                               argument, ARR_NDIM(array)),
                        errhint("Pass a plain list.")));
    deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &values, &nulls, &n_values);
    records = palloc(sizeof(Record) * (size_t)Max(n_values, 1));
    for (int r = 0; r < n_values; r++) {
        if (nulls[r])
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("argument \"%s\": element %d must not be null", argument, r + 1),
                            errhint("Pass a list without NULL.")));
        records[r] = (Record){argument, r + 1, DatumGetHeapTupleHeader(values[r])};
    }
    *n = (size_t)n_values;
    return records;
}

static Datum
attribute(const Record *record, const char *name, bool is_required, bool *is_null)
{
    Datum value = GetAttributeByName(record->row, name, is_null);

    if (*is_null && is_required)
        ereport(ERROR,
                (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                 errmsg("argument \"%s\": element %d has no %s", record->argument, record->number, name),
                 errhint("Leave such elements out.")));
    return value;
}

static char *
text_attribute(const Record *record, const char *name, bool is_required)
{
    bool is_null;
    Datum value = attribute(record, name, is_required, &is_null);

    return is_null ? NULL : TextDatumGetCString(value);
}

static int
integer_attribute(const Record *record, const char *name, bool is_required)
{
    bool is_null;
    Datum value = attribute(record, name, is_required, &is_null);

    return is_null ? 0 : DatumGetInt32(value);
}

/* NaN stands for NULL in the core, so a user's own NaN is refused here. */
static double
number_attribute(const Record *record, const char *name, bool is_required)
{
    bool is_null;
    Datum value = attribute(record, name, is_required, &is_null);

    if (is_null)
        return NAN;
    if (isnan(DatumGetFloat8(value)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument \"%s\": element %d: %s must be a number above 0, not NaN",
                               record->argument, record->number, name),
                        errhint("NULL has the default.")));
    return DatumGetFloat8(value);
}

ProphetMode
mode_from_text(const char *text, const char *where)
{
    for (int mode = PROPHET_ADDITIVE; mode <= PROPHET_MULTIPLICATIVE; mode++) {
        if (pg_strcasecmp(text, prophet_mode_name((ProphetMode)mode)) == 0)
            return (ProphetMode)mode;
    }
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("%s must be 'additive' or 'multiplicative', not \"%s\"", where, text),
                    errhint("Multiplicative parts are shares of the trend.")));
}

static ProphetMode
mode_attribute(const Record *record)
{
    char *text = text_attribute(record, "mode", false);

    return text == NULL ? PROPHET_INHERIT
                        : mode_from_text(text, psprintf("argument \"%s\": element %d: mode", record->argument,
                                                        record->number));
}

static ProphetStandardize
standardize_attribute(const Record *record)
{
    char *text = text_attribute(record, "standardize", false);

    if (text == NULL)
        return PROPHET_STANDARDIZE_AUTO;
    for (int s = PROPHET_STANDARDIZE_AUTO; s <= PROPHET_STANDARDIZE_NO; s++) {
        if (pg_strcasecmp(text, prophet_standardize_name((ProphetStandardize)s)) == 0)
            return (ProphetStandardize)s;
    }
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("argument \"%s\": element %d: standardize must be 'auto', 'true' or 'false', not \"%s\"",
                    record->argument, record->number, text),
             errhint("'auto' leaves columns of 0 and 1 as they are.")));
}

ProphetSeasonalitySpec *
seasonalities_from_arg(FunctionCallInfo fcinfo, int i, double prior_scale, size_t *n)
{
    Record *records = records_from_arg(fcinfo, i, "seasonalities", n);
    ProphetSeasonalitySpec *specs = palloc0(sizeof(ProphetSeasonalitySpec) * Max(*n, 1));

    for (size_t r = 0; r < *n; r++) {
        double own = number_attribute(&records[r], "prior_scale", false);

        specs[r].name = text_attribute(&records[r], "name", true);
        specs[r].period = number_attribute(&records[r], "period", true);
        specs[r].fourier_order = integer_attribute(&records[r], "fourier_order", true);
        specs[r].prior_scale = isnan(own) ? prior_scale : own;
        specs[r].mode = mode_attribute(&records[r]);
        specs[r].condition_name = text_attribute(&records[r], "condition_name", false);
    }
    return specs;
}

ProphetHolidaySpec *
holidays_from_arg(FunctionCallInfo fcinfo, int i, size_t *n)
{
    Record *records = records_from_arg(fcinfo, i, "holidays", n);
    ProphetHolidaySpec *specs = palloc0(sizeof(ProphetHolidaySpec) * Max(*n, 1));

    for (size_t r = 0; r < *n; r++) {
        bool is_null;
        DateADT day = DatumGetDateADT(attribute(&records[r], "ds", true, &is_null));

        if (DATE_NOT_FINITE(day))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("argument \"holidays\": element %zu: ds must be a finite date", r + 1),
                            errhint("List each day of a holiday.")));
        specs[r].holiday = text_attribute(&records[r], "holiday", true);
        specs[r].day = day;
        specs[r].lower_window = integer_attribute(&records[r], "lower_window", false);
        specs[r].upper_window = integer_attribute(&records[r], "upper_window", false);
        specs[r].prior_scale = number_attribute(&records[r], "prior_scale", false);
    }
    return specs;
}

ProphetRegressorSpec *
regressors_from_arg(FunctionCallInfo fcinfo, int i, size_t *n)
{
    Record *records = records_from_arg(fcinfo, i, "regressors", n);
    ProphetRegressorSpec *specs = palloc0(sizeof(ProphetRegressorSpec) * Max(*n, 1));

    for (size_t r = 0; r < *n; r++) {
        specs[r].name = text_attribute(&records[r], "name", true);
        specs[r].prior_scale = number_attribute(&records[r], "prior_scale", false);
        specs[r].standardize = standardize_attribute(&records[r]);
        specs[r].mode = mode_attribute(&records[r]);
    }
    return specs;
}
