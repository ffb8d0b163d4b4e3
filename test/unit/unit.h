/*
 * unit.h - the harness of the unit tests: checks that count, an arena that can be told to fail.
 *
 * A test program is one file test_<topic>.c with main() { unit_begin("topic"); ... return unit_end(); }.
 * The run script adds up the "ok N failed M" lines of all programs.
 */
#ifndef BI_ML_UNIT_H
#define BI_ML_UNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "kit/env.h"
#include "kit/status.h"

void unit_begin(const char *topic);
int unit_end(void);

void unit_check(bool ok, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define CHECK(condition)           unit_check((condition), __FILE__, __LINE__, "%s", #condition)
#define CHECK_STATUS(got, want)    unit_check_status((got), (want), __FILE__, __LINE__)
#define CHECK_NEAR(got, want, tol) unit_check_near((got), (want), (tol), __FILE__, __LINE__)
#define CHECK_TEXT(got, want)      unit_check_text((got), (want), __FILE__, __LINE__)
#define CHECK_EQUAL(got, want)     unit_check_equal((long long)(got), (long long)(want), __FILE__, __LINE__)

void unit_check_status(Status got, Status want, const char *file, int line);
/* |got - want| <= tol * max(1, |want|); two NaNs are near. */
void unit_check_near(double got, double want, double tol, const char *file, int line);
void unit_check_text(const char *got, const char *want, const char *file, int line);
void unit_check_equal(long long got, long long want, const char *file, int line);

/* An Env over malloc whose allocations are freed together by unit_env_free. */
Env *unit_env(void);
/* The same, but allocation number n (1, 2, ...) and all after it return NULL. */
Env *unit_env_failing(size_t n);
/* The same, but cancelled() is true from its n-th question on. */
Env *unit_env_cancelling(size_t n);
/* How many allocations were asked for. */
size_t unit_env_allocations(const Env *env);
void unit_env_free(Env *env);

/* The shared fixtures' folder ($BI_ML_FIXTURES), or NULL where it is absent: print that the test is skipped.
 */
const char *unit_fixtures(void);

#endif
