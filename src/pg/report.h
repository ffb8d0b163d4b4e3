/*
 * report.h - from the core's Status and Failure to ereport: one table of errcodes for the whole extension.
 */
#ifndef BI_ML_PG_REPORT_H
#define BI_ML_PG_REPORT_H

#include "postgres.h"

#include "kit/status.h"

/* Raises the failure as an ERROR unless status is STATUS_SUCCESS; a cancelled core gives way to
 * CHECK_FOR_INTERRUPTS. */
void report_failure(Status status, const Failure *failure);

/* The SQLSTATE, as MAKE_SQLSTATE packs it, of a status. */
int report_sqlstate(Status status);

#endif
