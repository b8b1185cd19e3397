/* The end of a failed assertion: one line on stderr, then abort, so that a core file shows the
 * caller. Nothing here allocates, because the heap may be what is broken. */
#include "base_assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void hb_assert_fail(const char *expr, const char *file, int line)
{
    (void)fprintf(stderr, "hyperbar: %s:%d: assertion failed: %s\n", file, line, expr);
    (void)fflush(stderr);
    abort();
}
