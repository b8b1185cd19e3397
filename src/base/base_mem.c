/* Heap memory for cold code. Invariant: every block is 64-byte aligned and zeroed, sizes are
 * checked for overflow, and a failure ends the program: no caller ever sees NULL. */
#include "base_mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN_BYTES 64u

static _Noreturn void out_of_memory(size_t count, size_t size)
{
    (void)fprintf(stderr,
                  "hyperbar: out of memory: %zu x %zu bytes. Free memory or use less data.\n",
                  count, size);
    (void)fflush(stderr);
    exit(70);
}

/* The block is not zeroed: growth overwrites most of it at once. */
static void *take(size_t count, size_t size)
{
    size_t bytes;
    if (hb_mul_overflows(count, size, &bytes) || bytes > PTRDIFF_MAX - ALIGN_BYTES) {
        out_of_memory(count, size);
    }
    size_t rounded =
        bytes == 0 ? ALIGN_BYTES : (bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    void *p = aligned_alloc(ALIGN_BYTES, rounded);
    if (!p) out_of_memory(count, size);
    return p;
}

void *hb_alloc(size_t count, size_t size)
{
    void *p = take(count, size);
    size_t bytes = count * size;
    memset(p, 0, bytes ? bytes : 1);
    return p;
}

void *hb_grow(void *old, size_t old_count, size_t count, size_t size)
{
    void *p = take(count, size);
    size_t kept = old_count < count ? old_count : count;
    if (old) memcpy(p, old, kept * size);
    free(old);
    return p;
}

void hb_free(void *p)
{
    free(p);
}

char *hb_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = take(n, 1);
    memcpy(copy, s, n);
    return copy;
}
