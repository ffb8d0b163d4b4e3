/*
 * args.h - arguments of functions that are not STRICT: by name, checked, with one sentence per mistake.
 */
#ifndef BI_ML_PG_ARGS_H
#define BI_ML_PG_ARGS_H

#include "postgres.h"
#include "fmgr.h"

/* Raises 22004 naming the argument; arg_require only if it is NULL. */
void arg_is_null(const char *name) pg_attribute_noreturn();
void arg_require(FunctionCallInfo fcinfo, int i, const char *name);

/* Raise 22004 on NULL, 22023 outside least..most (both included). */
int arg_integer(FunctionCallInfo fcinfo, int i, const char *name, int least, int most);
double arg_number(FunctionCallInfo fcinfo, int i, const char *name);
bool arg_boolean(FunctionCallInfo fcinfo, int i, const char *name);
char *arg_text(FunctionCallInfo fcinfo, int i, const char *name);

/* The position of the text among the n words (any case); 22023 listing them otherwise. */
int arg_word(FunctionCallInfo fcinfo, int i, const char *name, const char *const *words, int n);
/* The same for a text that was read before. */
int arg_word_of(const char *text, const char *name, const char *const *words, int n);

#endif
