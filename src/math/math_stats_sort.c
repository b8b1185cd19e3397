/* Order statistics: stable merge sort, argsort, quantiles, median and MAD.
 *
 * Invariant: the result depends on the values alone; the C library's sort (whose order of equal
 * keys is unspecified) is not used, so that artifacts are the same wherever they are made.
 */
#include "math_stats.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

#define RUN_LEN      16u                /* insertion-sorted before merging */
#define MAD_TO_STDEV 1.4826022185056018 /* 1 / Phi^-1(3/4) */

/* Strict order with NaN above everything. */
static inline bool is_less(double a, double b)
{
    return a < b || (isnan(b) && !isnan(a));
}

static void merge_doubles(const double *from, size_t mid, size_t n, double *to)
{
    size_t a = 0, b = mid;
    for (size_t i = 0; i < n; i++) {
        const bool right = a == mid || (b < n && is_less(from[b], from[a]));
        to[i] = right ? from[b++] : from[a++];
    }
}

static void insertion_doubles(double *values, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const double v = values[i];
        size_t j = i;
        for (; j > 0 && is_less(v, values[j - 1]); j--) values[j] = values[j - 1];
        values[j] = v;
    }
}

void hb_sort_doubles(double *values, uint32_t n)
{
    for (size_t at = 0; at < n; at += RUN_LEN) {
        insertion_doubles(values + at, HB_MIN((size_t)RUN_LEN, n - at));
    }
    if (n <= RUN_LEN) return;
    double *scratch = hb_alloc(n, sizeof *scratch);
    double *from = values, *to = scratch;
    for (size_t width = RUN_LEN; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            const size_t len = HB_MIN(2 * width, n - at);
            merge_doubles(from + at, HB_MIN(width, len), len, to + at);
        }
        double *swap = from;
        from = to;
        to = swap;
    }
    if (from != values) memcpy(values, from, (size_t)n * sizeof *values);
    hb_free(scratch);
}

static void merge_order(const double *keys, const uint32_t *from, size_t mid, size_t n,
                        uint32_t *to)
{
    size_t a = 0, b = mid;
    for (size_t i = 0; i < n; i++) {
        const bool right = a == mid || (b < n && is_less(keys[from[b]], keys[from[a]]));
        to[i] = right ? from[b++] : from[a++];
    }
}

void hb_argsort(const double *keys, uint32_t n, uint32_t *order)
{
    for (uint32_t i = 0; i < n; i++) order[i] = i;
    if (n < 2) return;
    uint32_t *scratch = hb_alloc(n, sizeof *scratch);
    uint32_t *from = order, *to = scratch;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            const size_t len = HB_MIN(2 * width, n - at);
            merge_order(keys, from + at, HB_MIN(width, len), len, to + at);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order) memcpy(order, from, (size_t)n * sizeof *order);
    hb_free(scratch);
}

double hb_quantile_sorted(const double *sorted, uint32_t n, double q)
{
    HB_ASSERT(n > 0);
    const double at = HB_CLAMP(q, 0.0, 1.0) * (double)(n - 1);
    const uint32_t below = (uint32_t)floor(at);
    if (below + 1 >= n) return sorted[n - 1];
    const double t = at - floor(at), lo = sorted[below], hi = sorted[below + 1];
    if (t == 0.0 || lo == hi) return lo;
    return t < 0.5 ? lo + (hi - lo) * t : hi - (hi - lo) * (1.0 - t);
}

static double median_of_sorted(const double *sorted, uint32_t n)
{
    const double upper = sorted[n / 2];
    return n % 2 ? upper : 0.5 * sorted[n / 2 - 1] + 0.5 * upper;
}

double hb_median(double *values, uint32_t n)
{
    HB_ASSERT(n > 0);
    hb_sort_doubles(values, n);
    return median_of_sorted(values, n);
}

double hb_mad(double *values, uint32_t n, double *median)
{
    const double center = hb_median(values, n);
    if (median) *median = center;
    /* Distances from the center grow outward on both sides of it, so the middle ones are reached by
     * walking outward: no second sort. */
    uint32_t right = 0;
    while (right < n && values[right] < center) right++;
    uint32_t left = right;
    double last = 0.0, before = 0.0;
    for (uint32_t taken = 0; taken <= n / 2; taken++) {
        const bool go_left =
            right == n || (left > 0 && center - values[left - 1] <= values[right] - center);
        before = last;
        last = go_left ? center - values[--left] : values[right++] - center;
    }
    return (n % 2 ? last : 0.5 * before + 0.5 * last) * MAD_TO_STDEV;
}
