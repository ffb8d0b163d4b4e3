/*
 * compat.h - what differs between PostgreSQL 15 and 18, in one place.
 *
 * Included after postgres.h by every file that needs one of these.
 */
#ifndef BI_ML_PG_COMPAT_H
#define BI_ML_PG_COMPAT_H

#include "postgres.h"
#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "bi_ml needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Exported entry point: the library is built with hidden visibility. */
#define BI_ML_FUNCTION(name)                                                                                 \
    PGDLLEXPORT PG_FUNCTION_INFO_V1(name);                                                                   \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS)

#endif
