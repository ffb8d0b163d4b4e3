/*
 * sort.h - sorting of pointers that can be cancelled.
 */
#ifndef BI_ML_KIT_SORT_H
#define BI_ML_KIT_SORT_H

#include <stddef.h>

#include "kit/env.h"
#include "kit/status.h"

/* Sorts n pointers in place by what they point to: negative, 0 or positive from compare, equals stay in their
 * order. Merge sort, bottom up: O(n log n), n pointers of scratch. */
Status sort_pointers(Env *env, const void **pointers, size_t n, int (*compare)(const void *, const void *),
                     Failure *failure);

#endif
