/* Checked heap memory for cold code (parsers, fits, reports). Out of memory ends the program with a
 * clear line and exit code 70: no research run can go on without it. The data plane uses arenas. */
#ifndef HB_BASE_MEM_H
#define HB_BASE_MEM_H

#include <stddef.h>

/* count * size bytes, zeroed, 64-byte aligned, never NULL (count 0 gives one byte). Freed by
 * hb_free. */
void *hb_alloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Grows an array from hb_alloc/hb_grow to count elements; new elements are not initialised. */
void *hb_grow(void *old, size_t old_count, size_t count, size_t size)
    __attribute__((returns_nonnull));
void hb_free(void *p); /* NULL allowed */
char *hb_strdup(const char *s) __attribute__((malloc, returns_nonnull));

/* True when the product overflows; otherwise *out = a * b. */
static inline _Bool hb_mul_overflows(size_t a, size_t b, size_t *out)
{
    return __builtin_mul_overflow(a, b, out);
}

#endif
