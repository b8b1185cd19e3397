/* Brute force in double, row by row, then a full sort: slow and plainly right. */
#include "learn_recall.h"

#include <math.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_stats.h"
#include "os_clock.h"

/* Monotone in the metric: squared L2, minus dot, or q of d_L. */
static double pair_value(const hb_near_index_t *index, const hb_point_t *query, uint32_t row)
{
    const float *w = &index->z[(size_t)row * index->dim];
    double l2 = 0, cross = 0, dot = 0, query_sq = 0, row_sq = 0;
    for (uint32_t j = 0; j < index->dim; j++) {
        const double a = query->z[j], b = w[j];
        l2 += (a - b) * (a - b);
        cross += (a - b) * (a + b);
        dot += a * b;
        query_sq += a * a;
        row_sq += b * b;
    }
    if (index->params.metric == HB_METRIC_IP) return -dot;
    if (index->params.metric == HB_METRIC_L2) return l2;
    const double du = cross / (sqrt(1 + query_sq) + sqrt(1 + row_sq));
    return l2 - du * du;
}

/* The k-th smallest value among admissible rows, or NAN when there are fewer. values: scratch
 * [rows]. */
static double brute_kth(const hb_near_index_t *index, const hb_point_t *query, int64_t at_ns,
                        double *values)
{
    uint32_t n = 0;
    for (uint32_t row = 0; row < index->rows; row++) {
        if (index->meta[row].end_utc_at_ns < at_ns) values[n++] = pair_value(index, query, row);
    }
    if (n < index->params.k) return NAN;
    hb_sort_doubles(values, n);
    return values[index->params.k - 1];
}

void hb_recall_measure(const hb_near_index_t *index, const hb_point_t *queries,
                       const int64_t *query_utc_at_ns, uint32_t count, hb_near_scratch_t *scratch,
                       hb_recall_t *out)
{
    const hb_clock_t clock = hb_os_clock_real();
    double *values = hb_alloc(index->rows, sizeof *values);
    double *search_ns = hb_alloc(count, sizeof *search_ns);
    double *brute_ns = hb_alloc(count, sizeof *brute_ns);
    uint32_t n = 0;
    double hits = 0;
    for (uint32_t i = 0; i < count; i++) {
        hb_near_t near;
        const int64_t began = clock.mono_ns(clock.ctx);
        hb_near_search(index, &queries[i], query_utc_at_ns[i], scratch, &near);
        const int64_t searched = clock.mono_ns(clock.ctx);
        const double kth = brute_kth(index, &queries[i], query_utc_at_ns[i], values);
        const int64_t scanned = clock.mono_ns(clock.ctx);
        if (isnan(kth)) continue;
        search_ns[n] = (double)(searched - began);
        brute_ns[n] = (double)(scanned - searched);
        n++;
        uint32_t hit = 0;
        const double limit = kth + 1e-6 * (1 + fabs(kth));
        for (uint32_t j = 0; j < near.count; j++) {
            hit += pair_value(index, &queries[i], near.ids[j]) <= limit;
        }
        hits += (double)hit / index->params.k;
    }
    *out = (hb_recall_t){.recall = n ? hits / n : NAN, .queries = n, .speedup = NAN};
    if (n > 0) {
        hb_sort_doubles(search_ns, n);
        hb_sort_doubles(brute_ns, n);
        out->search_ns_p50 = (int64_t)hb_quantile_sorted(search_ns, n, 0.5);
        out->search_ns_p95 = (int64_t)hb_quantile_sorted(search_ns, n, 0.95);
        out->speedup = hb_quantile_sorted(brute_ns, n, 0.5) / fmax(1.0, (double)out->search_ns_p50);
    }
    hb_free(values);
    hb_free(search_ns);
    hb_free(brute_ns);
}
