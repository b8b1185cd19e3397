/* Clocks, handed in as a function pointer so that tests and simulation choose their own. */
#ifndef HB_OS_CLOCK_H
#define HB_OS_CLOCK_H

#include <stdint.h>

typedef struct {
    int64_t (*mono_ns)(void *ctx); /* monotonic, for durations */
    int64_t (*utc_ns)(void *ctx);  /* wall clock, UTC epoch */
    void *ctx;
} hb_clock_t;

hb_clock_t hb_os_clock_real(void);

#endif
