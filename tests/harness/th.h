/* Test harness: golden files, temporary folders, tolerances. Every test is a cmocka program. */
#ifndef HB_TH_H
#define HB_TH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

/* Parses tests/golden/data/<name>; fails the test when it cannot. gives: json_decref. */
json_t *th_golden(const char *name);
/* Number at a path of object keys, e.g. th_num(j, "ha", "open"); arrays by th_array. */
double th_num(const json_t *value);
/* Copies an array of numbers into out (count must match). */
void th_nums(const json_t *array, double *out, size_t count);

/* |a - b| <= tol * max(1, |b|); prints both on failure. */
#define th_close(a, b, tol) th_close_at((a), (b), (tol), __FILE__, __LINE__)
void th_close_at(double a, double b, double tol, const char *file, int line);

/* A fresh folder below $TMPDIR, removed by th_temp_remove. */
void th_temp_make(char path[256]);
void th_temp_remove(const char *path);

/* Seed of a property test: HYPERBAR_TEST_SEED or fallback; printed. */
uint64_t th_seed(uint64_t fallback);

#endif
