/* Private to learn_metrics*.c: what the plain metrics and the resampled ones must agree on. */
#ifndef HB_LEARN_METRICS_INT_H
#define HB_LEARN_METRICS_INT_H

#include <math.h>
#include <stdint.h>

#include "base_assert.h"
#include "num_fn.h"

enum { HB_ECE_BINS = 10 };

static inline double hb_loss_of(double p, uint8_t y)
{
    const double q = HB_CLAMP(p, 1e-15, 1.0 - 1e-15);
    return -hb_log(y ? q : 1.0 - q);
}

/* Begin of bin b of n sorted rows cut into bins as numpy.array_split does: longer ones first. */
static inline uint32_t hb_mass_bin_begin(uint32_t b, uint32_t n, uint32_t bins)
{
    return b * (n / bins) + HB_MIN(b, n % bins);
}

#endif
