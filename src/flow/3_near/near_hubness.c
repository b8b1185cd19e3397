/* Hubness: how unevenly rows are retrieved. Source: Radovanovic, Nanopoulos, Ivanovic, "Hubs in
 * space", JMLR 11 (2010): the skewness of the k-occurrence N_k, here with the shares that the
 * gates read. */
#include <math.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_stats.h"
#include "near_index.h"

/* Population skewness about a known mean; 0 when all are equal. */
static double skewness(const double *counts, uint32_t rows, double mean)
{
    double m2 = 0, m3 = 0;
    for (uint32_t row = 0; row < rows; row++) {
        const double d = counts[row] - mean;
        m2 += d * d;
        m3 += d * d * d;
    }
    m2 /= rows;
    m3 /= rows;
    return m2 > 0 ? m3 / (m2 * sqrt(m2)) : 0.0;
}

void hb_near_hubness(const uint32_t *ids, uint64_t slots, uint32_t rows, hb_hubness_t *out)
{
    *out = (hb_hubness_t){0};
    if (rows == 0) return;
    double *counts = hb_alloc(rows, sizeof *counts);
    uint64_t filled = 0;
    for (uint64_t i = 0; i < slots; i++) {
        if (ids[i] == UINT32_MAX) continue;
        HB_ASSERT(ids[i] < rows);
        counts[ids[i]] += 1;
        filled++;
    }
    if (filled > 0) {
        uint32_t never = 0;
        double top = 0;
        const uint32_t top_rows = HB_MAX(1u, rows / 100);
        hb_sort_doubles(counts, rows);
        for (uint32_t row = 0; row < rows; row++) never += counts[row] == 0;
        for (uint32_t row = rows - top_rows; row < rows; row++) top += counts[row];
        out->skew = skewness(counts, rows, (double)filled / rows);
        out->never_ratio = (double)never / rows;
        out->top1_ratio = top / (double)filled;
    }
    hb_free(counts);
}
