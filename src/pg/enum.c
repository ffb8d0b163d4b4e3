#include "pg/enum.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "utils/syscache.h"

Datum
enum_value(Oid type, const char *label)
{
    HeapTuple tuple = SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(label));
    Oid value;

    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "enum type %u has no label \"%s\"", type, label);
    value = ((Form_pg_enum)GETSTRUCT(tuple))->oid;
    ReleaseSysCache(tuple);
    return ObjectIdGetDatum(value);
}
