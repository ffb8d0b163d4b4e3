/* Fuzzes the binary form of a model, its checksums put right. */
#define TARGET 0
#include "prophet_harness.h"
