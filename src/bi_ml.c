/*
 * bi_ml.c - the library's entry: magic and start-up.
 *
 * GSL's default error handler aborts the process, which in a backend takes the whole server down; it is
 * switched off here, and every GSL return value is checked where it is used.
 */
#include "postgres.h"

#include <gsl/gsl_errno.h>

#include "pg/compat.h"

#if PG_VERSION_NUM >= 180000
PG_MODULE_MAGIC_EXT(.name = "bi_ml", .version = BI_ML_VERSION);
#else
PG_MODULE_MAGIC;
#endif

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
    gsl_set_error_handler_off();
}
