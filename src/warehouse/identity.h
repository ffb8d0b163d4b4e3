/*
 * identity.h - the identity of a line: MD5 of its canonical values (line.h describes them).
 */
#ifndef BI_ML_WAREHOUSE_IDENTITY_H
#define BI_ML_WAREHOUSE_IDENTITY_H

#include "warehouse/line.h"

#define IDENTITY_MAX_NUMBER 32 /* longest canonical number or time, with room to spare */

/* Fills line->hash from the parsed values; the buffer holds the canonical text (line_buffer_size is enough).
 */
void identity_hash(SalesLine *line, char *buffer);

#endif
