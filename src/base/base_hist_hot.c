/* Log-linear latency histogram. Invariant: values below 32 have a bucket each; above, every octave
 * has 32 buckets, so a bucket is at most 1/32 of its lower edge wide. Counters saturate, never
 * wrap. Method: the bucket layout of HdrHistogram with 5 bits of precision. */
#include "base_hist.h"

#include <string.h>

#include "base_assert.h"

#define SUB_COUNT (1u << HB_HIST_SUB_BITS)

static uint32_t bucket_of(uint64_t value_ns)
{
    if (value_ns < SUB_COUNT) return (uint32_t)value_ns;
    uint32_t exponent = 63u - (uint32_t)__builtin_clzll(value_ns);
    uint32_t shift = exponent - HB_HIST_SUB_BITS;
    uint32_t sub = (uint32_t)(value_ns >> shift) & (SUB_COUNT - 1);
    return ((shift + 1) << HB_HIST_SUB_BITS) + sub;
}

/* Largest value that falls into the bucket. */
static uint64_t upper_edge_ns(uint32_t bucket)
{
    if (bucket < SUB_COUNT) return bucket;
    uint32_t shift = (bucket >> HB_HIST_SUB_BITS) - 1;
    uint64_t lower = (uint64_t)(SUB_COUNT + (bucket & (SUB_COUNT - 1))) << shift;
    return lower + (((uint64_t)1 << shift) - 1);
}

void hb_hist_record(hb_hist_t *hist, uint64_t value_ns)
{
    uint32_t *slot = &hist->buckets[bucket_of(value_ns)];
    if (*slot != UINT32_MAX) (*slot)++;
    hist->count++;
    if (__builtin_add_overflow(hist->sum_ns, value_ns, &hist->sum_ns)) hist->sum_ns = UINT64_MAX;
    if (value_ns > hist->max_ns) hist->max_ns = value_ns;
}

uint64_t hb_hist_quantile_ns(const hb_hist_t *hist, double q)
{
    if (hist->count == 0) return 0;
    double mass = HB_CLAMP(q, 0.0, 1.0) * (double)hist->count;
    uint64_t rank = (uint64_t)mass;
    if ((double)rank < mass || rank == 0) rank++;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HB_HIST_BUCKETS; i++) {
        seen += hist->buckets[i];
        if (seen >= rank) return HB_MIN(upper_edge_ns(i), hist->max_ns);
    }
    return hist->max_ns;
}

void hb_hist_reset(hb_hist_t *hist)
{
    memset(hist, 0, sizeof *hist);
}
