#include "kit/json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/civil.h"

#define MOST_SHORT 1e15 /* 15 digits */

void
json_put(Writer *w, const char *verbatim)
{
    write_bytes(w, verbatim, strlen(verbatim));
}

void
json_put_text(Writer *w, const char *text)
{
    json_put(w, "\"");
    for (; *text != '\0'; text++) {
        char escape[8];

        if (*text == '"' || *text == '\\')
            snprintf(escape, sizeof(escape), "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*text);
        else
            snprintf(escape, sizeof(escape), "%c", *text);
        json_put(w, escape);
    }
    json_put(w, "\"");
}

void
json_put_key(Writer *w, const char *key)
{
    json_put(w, ",\"");
    json_put(w, key);
    json_put(w, "\":");
}

void
json_put_member(Writer *w, const char *key, double v)
{
    json_put_key(w, key);
    json_put_double(w, v);
}

void
json_put_integer(Writer *w, int64_t v)
{
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)v);
    json_put(w, text);
}

void
json_put_boolean(Writer *w, bool v)
{
    json_put(w, v ? "true" : "false");
}

/* A number of at most 15 significant digits, as data mostly are, without the long arithmetic of printf:
 * digits and powers of ten below 2^53 are exact, so that their quotient is the number that the decimals mean.
 * False for others, and where %g writes an exponent. */
static bool
put_short_double(Writer *w, double v)
{
    double magnitude = fabs(v), power = 1;
    char text[40], *at = text + sizeof(text);
    int places = 0;
    uint64_t digits;

    if (magnitude != 0 && magnitude < 1e-4)
        return false;
    for (;; places++, power *= 10) {
        double shifted = magnitude * power;

        if (!(shifted < MOST_SHORT))
            return false;
        digits = (uint64_t)(shifted + 0.5);
        if ((double)digits / power == magnitude)
            break;
    }
    *--at = '\0';
    for (int written = 0; written <= places || digits > 0; written++, digits /= 10) {
        if (places > 0 && written == places)
            *--at = '.';
        *--at = (char)('0' + digits % 10);
    }
    if (signbit(v))
        *--at = '-';
    json_put(w, at);
    return true;
}

void
json_put_double(Writer *w, double v)
{
    char text[40];

    if (isnan(v)) {
        json_put(w, "null");
        return;
    }
    if (isinf(v)) {
        json_put(w, v > 0 ? "\"Infinity\"" : "\"-Infinity\"");
        return;
    }
    if (put_short_double(w, v))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    json_put(w, text);
}

void
json_put_moment(Writer *w, int64_t moment)
{
    char text[CIVIL_TEXT];

    civil_format(moment, text);
    json_put(w, "\"");
    json_put(w, text);
    json_put(w, "\"");
}

void
json_put_doubles(Writer *w, const double *v, size_t n)
{
    json_put(w, "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            json_put(w, ",");
        json_put_double(w, v[i]);
    }
    json_put(w, "]");
}

void
json_put_moments(Writer *w, const int64_t *v, size_t n)
{
    json_put(w, "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            json_put(w, ",");
        json_put_moment(w, v[i]);
    }
    json_put(w, "]");
}

void
json_init(JsonReader *r, const char *text)
{
    r->begin = r->at = text;
    r->expected = NULL;
    r->failed = false;
    r->first = true;
}

void
json_expected(JsonReader *r, const char *what)
{
    if (r->failed)
        return;
    r->failed = true;
    r->expected = what;
}

static void
skip_blanks(JsonReader *r)
{
    while (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')
        r->at++;
}

void
json_open(JsonReader *r, char bracket)
{
    skip_blanks(r);
    if (r->failed || *r->at != bracket) {
        json_expected(r, bracket == '{' ? "\"{\"" : "\"[\"");
        return;
    }
    r->at++;
    r->first = true;
}

bool
json_next(JsonReader *r, char close)
{
    if (r->failed)
        return false;
    skip_blanks(r);
    if (*r->at == close) {
        r->at++;
        r->first = false;
        return false;
    }
    if (!r->first) {
        if (*r->at != ',') {
            json_expected(r, "\",\" or the closing bracket");
            return false;
        }
        r->at++;
    }
    r->first = false;
    return true;
}

/* The character that the escape at *at stands for, of which the last byte is then *at; 0 when it is none that
 * is read here. */
static char
escaped(const char **at)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *p = *at + 1, *name = *p != '\0' ? strchr(names, *p) : NULL;
    unsigned code = 0;

    if (name != NULL) {
        *at = p;
        return values[name - names];
    }
    if (*p != 'u')
        return 0;
    for (int i = 0; i < 4; i++) {
        p++;
        if (*p >= '0' && *p <= '9')
            code = 16 * code + (unsigned)(*p - '0');
        else if (*p >= 'a' && *p <= 'f')
            code = 16 * code + (unsigned)(*p - 'a' + 10);
        else
            return 0;
    }
    *at = p;
    return code < 0x80 ? (char)code : 0;
}

void
json_text(JsonReader *r, char text[JSON_TEXT])
{
    size_t n = 0;

    text[0] = '\0';
    skip_blanks(r);
    if (r->failed || *r->at != '"') {
        json_expected(r, "a string");
        return;
    }
    for (r->at++; *r->at != '"'; r->at++) {
        char c = *r->at == '\\' ? escaped(&r->at) : *r->at;

        if ((unsigned char)*r->at < 0x20 || c == '\0' || n + 1 >= JSON_TEXT) {
            json_expected(r, "a short string with plain escapes");
            text[0] = '\0';
            return;
        }
        text[n++] = c;
    }
    r->at++;
    text[n] = '\0';
}

void
json_key(JsonReader *r, char key[JSON_TEXT])
{
    json_text(r, key);
    skip_blanks(r);
    if (r->failed || *r->at != ':') {
        json_expected(r, "\":\"");
        return;
    }
    r->at++;
}

/* The characters of a number, copied; JSON's grammar, so that neither hex nor "nan" reach strtod. */
static bool
number_text(JsonReader *r, char text[JSON_TEXT])
{
    size_t n = 0;
    const char *p;

    skip_blanks(r);
    p = r->at;
    if (!r->failed && *p == '-')
        text[n++] = *p++;
    if (r->failed || *p < '0' || *p > '9') {
        json_expected(r, "a number");
        return false;
    }
    while (((*p >= '0' && *p <= '9') || *p == '.' || *p == 'e' || *p == 'E' || *p == '+' || *p == '-') &&
           n + 1 < JSON_TEXT)
        text[n++] = *p++;
    text[n] = '\0';
    return true;
}

int64_t
json_integer(JsonReader *r, int64_t least, int64_t most)
{
    char text[JSON_TEXT], *end;
    long long v;

    if (!number_text(r, text))
        return least;
    errno = 0;
    v = strtoll(text, &end, 10);
    if (*end != '\0' || errno != 0 || v < least || v > most) {
        json_expected(r, "an integer in its range");
        return least;
    }
    r->at += strlen(text);
    return v;
}

bool
json_boolean(JsonReader *r)
{
    bool yes;

    skip_blanks(r);
    yes = !r->failed && strncmp(r->at, "true", 4) == 0;
    if (!r->failed && !yes && strncmp(r->at, "false", 5) != 0)
        json_expected(r, "true or false");
    if (!r->failed)
        r->at += yes ? 4 : 5;
    return yes;
}

static double
infinity_text(JsonReader *r)
{
    char text[JSON_TEXT];
    const char *at = r->at;

    json_text(r, text);
    if (strcmp(text, "Infinity") == 0)
        return INFINITY;
    if (strcmp(text, "-Infinity") == 0)
        return -INFINITY;
    r->at = at;
    json_expected(r, "a number, null, \"Infinity\" or \"-Infinity\"");
    return 0;
}

double
json_double(JsonReader *r)
{
    char text[JSON_TEXT], *end;
    double v;

    skip_blanks(r);
    if (!r->failed && strncmp(r->at, "null", 4) == 0) {
        r->at += 4;
        return NAN;
    }
    if (!r->failed && *r->at == '"')
        return infinity_text(r);
    if (!number_text(r, text))
        return 0;
    v = strtod(text, &end);
    if (*end != '\0' || !isfinite(v)) {
        json_expected(r, "a number in the range of double precision");
        return 0;
    }
    r->at += strlen(text);
    return v;
}

int64_t
json_moment(JsonReader *r)
{
    char text[JSON_TEXT];
    int64_t moment = 0;
    const char *at;

    skip_blanks(r);
    at = r->at;
    json_text(r, text);
    if (!r->failed && !civil_parse(text, &moment)) {
        r->at = at;
        json_expected(r, "a timestamp such as \"2010-12-01T08:26:00\"");
        return 0;
    }
    return moment;
}

/* Grows an array of 8-byte elements by doubling; NULL when there is no memory. */
static void *
grow(Env *env, void *old, size_t n, size_t *capacity)
{
    size_t wanted = *capacity > 0 ? *capacity * 2 : 64;
    void *new;

    if (n < *capacity)
        return old;
    new = env_alloc(env, wanted, 8);
    if (new != NULL && n > 0)
        memcpy(new, old, n * 8);
    *capacity = wanted;
    return new;
}

double *
json_doubles(JsonReader *r, Env *env, size_t *n, bool *out_of_memory)
{
    size_t capacity = 0;
    double *v = grow(env, NULL, 0, &capacity);

    *n = 0;
    json_open(r, '[');
    while (v != NULL && json_next(r, ']')) {
        v = grow(env, v, *n, &capacity);
        if (v != NULL)
            v[(*n)++] = json_double(r);
    }
    *out_of_memory = *out_of_memory || v == NULL;
    return r->failed ? NULL : v;
}

int64_t *
json_moments(JsonReader *r, Env *env, size_t *n, bool *out_of_memory)
{
    size_t capacity = 0;
    int64_t *v = grow(env, NULL, 0, &capacity);

    *n = 0;
    json_open(r, '[');
    while (v != NULL && json_next(r, ']')) {
        v = grow(env, v, *n, &capacity);
        if (v != NULL)
            v[(*n)++] = json_moment(r);
    }
    *out_of_memory = *out_of_memory || v == NULL;
    return r->failed ? NULL : v;
}

void
json_end(JsonReader *r)
{
    skip_blanks(r);
    if (!r->failed && *r->at != '\0')
        json_expected(r, "the end");
}

Status
json_failure(const JsonReader *r, const char *type, Failure *failure)
{
    return fail(failure, STATUS_BAD_TEXT, "The text form is the JSON that the type itself writes.",
                "invalid input for type %s: %s expected at byte %zu", type,
                r->expected != NULL ? r->expected : "JSON", (size_t)(r->at - r->begin) + 1);
}
