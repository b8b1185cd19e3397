/* Latency histogram: log-linear buckets (32 sub-buckets an octave: relative error <= 1/32), fixed
 * memory, no allocation, O(1) record. Values are nanoseconds. */
#ifndef HB_BASE_HIST_H
#define HB_BASE_HIST_H

#include <stdint.h>

#define HB_HIST_SUB_BITS 5
#define HB_HIST_BUCKETS  ((64 - HB_HIST_SUB_BITS + 1) << HB_HIST_SUB_BITS)

typedef struct {
    uint64_t count;
    uint64_t sum_ns;
    uint64_t max_ns;
    uint32_t buckets[HB_HIST_BUCKETS];
} hb_hist_t;

void hb_hist_record(hb_hist_t *hist, uint64_t value_ns);
/* Smallest recorded bucket's upper edge with at least q of the mass below, at most max_ns; 0 when
 * empty. q is clamped to [0,1]. */
uint64_t hb_hist_quantile_ns(const hb_hist_t *hist, double q);
void hb_hist_reset(hb_hist_t *hist);

#endif
