/* Fuzzes fits and forecasts of series of any shape. */
#define TARGET 2
#include "prophet_harness.h"
