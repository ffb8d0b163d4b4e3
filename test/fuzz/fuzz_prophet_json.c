/* Fuzzes the text forms of a model and of a series. */
#define TARGET 1
#include "prophet_harness.h"
