/*
 * prophet_targets.h - what the fuzzers of prophet and series call: each target takes any bytes and stops the
 * process (abort, or a sanitizer) when a promise of the core is broken.
 */
#ifndef BI_ML_FUZZ_PROPHET_TARGETS_H
#define BI_ML_FUZZ_PROPHET_TARGETS_H

#include <stddef.h>
#include <stdint.h>

#include "kit/env.h"

typedef struct FuzzTarget {
    const char *name;
    int (*run)(const uint8_t *bytes, size_t n);
    /* Seed number i = 0, 1, ... of a corpus; NULL after the last. */
    unsigned char *(*seed)(Env *env, size_t i, size_t *n);
} FuzzTarget;

/* prophet_model, prophet_json, prophet_fit, series; the last has no name. */
extern const FuzzTarget fuzz_targets[];

#endif
