/* The real clocks of the machine, behind the interface that tests and simulation replace. */
#include "os_clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int64_t real_mono_ns(void *ctx)
{
    (void)ctx;
    return read_ns(CLOCK_MONOTONIC);
}

static int64_t real_utc_ns(void *ctx)
{
    (void)ctx;
    return read_ns(CLOCK_REALTIME);
}

hb_clock_t hb_os_clock_real(void)
{
    return (hb_clock_t){.mono_ns = real_mono_ns, .utc_ns = real_utc_ns, .ctx = NULL};
}
