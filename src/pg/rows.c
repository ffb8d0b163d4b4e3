#include "pg/rows.h"

#include <math.h>

#include "funcapi.h"
#include "utils/tuplestore.h"

ReturnSetInfo *
rows_begin(FunctionCallInfo fcinfo)
{
    InitMaterializedSRF(fcinfo, 0);
    return (ReturnSetInfo *)fcinfo->resultinfo;
}

void
rows_put(ReturnSetInfo *rows, const Datum *values, const bool *nulls)
{
    tuplestore_putvalues(rows->setResult, rows->setDesc, (Datum *)values, (bool *)nulls);
}

void
rows_number(Datum *values, bool *nulls, int column, double number)
{
    nulls[column] = isnan(number);
    values[column] = Float8GetDatum(nulls[column] ? 0 : number);
}
