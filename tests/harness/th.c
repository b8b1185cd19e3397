#include "th.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *th_golden(const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/golden/data/%s", HB_SOURCE_DIR, name);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root) fail_msg("%s: %s (line %d)", path, error.text, error.line);
    return root;
}

double th_num(const json_t *value)
{
    if (json_is_string(value) && strcmp(json_string_value(value), "inf") == 0) return INFINITY;
    if (!json_is_number(value)) fail_msg("not a number in a golden file");
    return json_number_value(value);
}

void th_nums(const json_t *array, double *out, size_t count)
{
    if (json_array_size(array) != count) {
        fail_msg("golden array has %zu numbers, expected %zu", json_array_size(array), count);
    }
    for (size_t i = 0; i < count; i++) out[i] = th_num(json_array_get(array, i));
}

void th_close_at(double a, double b, double tol, const char *file, int line)
{
    if (a == b) return;
    if (fabs(a - b) <= tol * fmax(1.0, fabs(b))) return;
    fail_msg("%s:%d: %.17g is not %.17g (difference %g, tolerance %g)", file, line, a, b,
             fabs(a - b), tol);
}

void th_temp_make(char path[256])
{
    const char *base = getenv("TMPDIR");
    snprintf(path, 256, "%s/hbtest.XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(path)) fail_msg("cannot make %s", path);
}

void th_temp_remove(const char *path)
{
    char command[512];
    snprintf(command, sizeof command, "rm -rf -- '%s'", path);
    if (system(command) != 0) fail_msg("cannot remove %s", path);
}

uint64_t th_seed(uint64_t fallback)
{
    const char *text = getenv("HYPERBAR_TEST_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 0) : fallback;
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}
