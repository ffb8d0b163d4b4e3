/*
 * series_internal.h - what the files of series/ share.
 */
#ifndef BI_ML_SERIES_SERIES_INTERNAL_H
#define BI_ML_SERIES_SERIES_INTERNAL_H

#include "series/series.h"

/* An empty frame of the given size; TOO_BIG over the limits of series.h. */
Status series_new(Env *env, size_t n, size_t n_columns, Series *out, Failure *failure);

#endif
