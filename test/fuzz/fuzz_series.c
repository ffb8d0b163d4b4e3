/* Fuzzes the binary form of a series. */
#define TARGET 3
#include "prophet_harness.h"
