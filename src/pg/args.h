/*
 * args.h - arguments of functions that are not STRICT: by name, checked, with one sentence per mistake.
 */
#ifndef BI_ML_PG_ARGS_H
#define BI_ML_PG_ARGS_H

#include "postgres.h"
#include "fmgr.h"

/* Raises 22004 naming the argument. */
void arg_require(FunctionCallInfo fcinfo, int i, const char *name);

/* Raise 22004 on NULL, 22023 outside least..most (both included). */
int arg_integer(FunctionCallInfo fcinfo, int i, const char *name, int least, int most);
double arg_number(FunctionCallInfo fcinfo, int i, const char *name);
bool arg_boolean(FunctionCallInfo fcinfo, int i, const char *name);
char *arg_text(FunctionCallInfo fcinfo, int i, const char *name);

/* The position of the text among the n words (any case); 22023 listing them otherwise. */
int arg_word(FunctionCallInfo fcinfo, int i, const char *name, const char *const *words, int n);

#endif
