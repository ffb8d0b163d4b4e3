/*
 * output.h - the text output of a type from what the core wrote.
 */
#ifndef BI_ML_PG_OUTPUT_H
#define BI_ML_PG_OUTPUT_H

#include "postgres.h"

#include "kit/codec.h"

/* Ends the text and returns it; raises 54000 where it cannot be one SQL value, 53200 on lack of memory. */
char *output_text(Writer *w, const char *type);

#endif
