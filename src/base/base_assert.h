/* Assertions: a caller's bug stops the program with file, line and expression. HB_ASSERT stays on
 * in production; HB_DASSERT is compiled in debug builds only. Bad input from outside is never
 * asserted. */
#ifndef HB_BASE_ASSERT_H
#define HB_BASE_ASSERT_H

_Noreturn void hb_assert_fail(const char *expr, const char *file, int line);

#define HB_ASSERT(cond) ((cond) ? (void)0 : hb_assert_fail(#cond, __FILE__, __LINE__))
#ifdef NDEBUG
#define HB_DASSERT(cond) ((void)sizeof(cond))
#else
#define HB_DASSERT(cond) HB_ASSERT(cond)
#endif

#define HB_MIN(a, b)        ((a) < (b) ? (a) : (b))
#define HB_MAX(a, b)        ((a) > (b) ? (a) : (b))
#define HB_CLAMP(x, lo, hi) ((x) < (lo) ? (lo) : (x) > (hi) ? (hi) : (x))
#define HB_COUNT(array)     (sizeof(array) / sizeof((array)[0]))

#endif
