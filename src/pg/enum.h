/*
 * enum.h - values of an enum type as Datums.
 */
#ifndef BI_ML_PG_ENUM_H
#define BI_ML_PG_ENUM_H

#include "postgres.h"

/* The value of an enum type with this label; it must exist. */
Datum enum_value(Oid type, const char *label);

#endif
