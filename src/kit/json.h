/*
 * json.h - writing and strictly reading the JSON text form of values.
 *
 * The reader pulls: the caller says what it expects, in any order of keys. After the first failure it stays
 * failed, and json_failure makes the sentence for the user. Strings are short; escapes are read and written,
 * \u0000 and what is not ASCII in \u form excepted. Doubles keep every bit: the shortest of 15 to 17 digits
 * that reads back equal, "Infinity" and "-Infinity" as strings, NaN as null.
 */
#ifndef BI_ML_KIT_JSON_H
#define BI_ML_KIT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/codec.h"
#include "kit/status.h"

/* Longest string (key, date, word) and number that are read, with their NUL. */
#define JSON_TEXT 400

/* The pieces, without commas: the caller writes punctuation with json_put. */
void json_put(Writer *w, const char *verbatim);
/* A quoted string, escaped where it must be; every other byte is left alone. */
void json_put_text(Writer *w, const char *text);
/* A further member of an object: ,"key": and, in the second, its value. The key needs no escape. */
void json_put_key(Writer *w, const char *key);
void json_put_member(Writer *w, const char *key, double v);
void json_put_integer(Writer *w, int64_t v);
void json_put_boolean(Writer *w, bool v);
void json_put_double(Writer *w, double v);
/* A moment (kit/civil.h) as a quoted ISO 8601 text. */
void json_put_moment(Writer *w, int64_t moment);
/* [v1,v2,...] */
void json_put_doubles(Writer *w, const double *v, size_t n);
void json_put_moments(Writer *w, const int64_t *v, size_t n);

typedef struct JsonReader {
    const char *begin; /* ends with NUL */
    const char *at;
    const char *expected; /* what was missing at the first failure, for the message */
    bool failed;
    bool first; /* no element of the innermost open bracket was read yet */
} JsonReader;

void json_init(JsonReader *r, const char *text);
/* Opens '{' or '['. */
void json_open(JsonReader *r, char bracket);
/* True when another element follows; false once the closing bracket was read, or on failure. */
bool json_next(JsonReader *r, char close);
/* A member's name and its colon. */
void json_key(JsonReader *r, char key[JSON_TEXT]);
void json_text(JsonReader *r, char text[JSON_TEXT]);
/* Fails outside least..most. */
int64_t json_integer(JsonReader *r, int64_t least, int64_t most);
bool json_boolean(JsonReader *r);
double json_double(JsonReader *r);
int64_t json_moment(JsonReader *r);
/* Arrays of any length; NULL on failure, and on lack of memory, when *out_of_memory is set. */
double *json_doubles(JsonReader *r, Env *env, size_t *n, bool *out_of_memory);
int64_t *json_moments(JsonReader *r, Env *env, size_t *n, bool *out_of_memory);
/* Fails unless only blanks are left. */
void json_end(JsonReader *r);
/* Makes the reader fail here. */
void json_expected(JsonReader *r, const char *what);
/* The failure of a reader that failed. */
Status json_failure(const JsonReader *r, const char *type, Failure *failure);

#endif
