/* Length scales, limits and blend weights from training rows alone.
 *
 * Invariant: the result is a plain function of the inputs in their order; no threads, no random
 * draws. Source of the blend: kernel weights on the simplex (multiple kernel learning as in Goenen
 * and Alpaydin, JMLR 12, 2011), here for the squared loss of the blended vote.
 */
#include "near_kernel_fit.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_stats.h"
#include "near_int.h"

#define ELL_OF_MEDIAN  0.8
#define OUT_OF_DOMAIN  0.995
#define GROWN_ROWS_MIN 200u
#define SAMPLE_MAX     (1u << 20) /* distances that the median is taken of */
#define STEPS_MAX      20000
#define STEP_TOLERANCE 1e-13

hb_kernels_t hb_kernels_default(void)
{
    hb_kernels_t kernels = {
        .rq_alpha = 1.0,
        .rq_ell = 1.0,
        .period_bars = 1380.0,
        .periodic_ell = 1.0,
        .lp_se_ell = 1.0,
        .lp_periodic_ell = 1.0,
        .mkl_weights = {0.5, 0.25, 0.25},
        .bandwidth = HB_BANDWIDTH_FIXED,
        .base_prob = 0.5,
        .kth_dist_limit = FLT_MAX,
        .kth_dist_median = 1.0,
    };
    for (uint32_t j = 0; j < HB_ROW_DIM_MAX; j++) {
        kernels.winsor_lo[j] = -(double)FLT_MAX;
        kernels.winsor_hi[j] = FLT_MAX;
    }
    return kernels;
}

/* Median over the lists of distances in units of the bandwidth; 0 when there are none. Lists are
 * taken at an even stride when there are very many. */
static double median_distance(const hb_kernels_t *kernels, const hb_near_t *near, uint32_t count)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) total += near[i].count;
    if (total == 0) return 0.0;
    const uint32_t stride = (uint32_t)(total / SAMPLE_MAX) + 1;
    uint64_t room = 0;
    for (uint32_t i = 0; i < count; i += stride) room += near[i].count;
    double *values = hb_alloc(room, sizeof *values);
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i += stride) {
        double r[HB_NEAR_K_MAX];
        const uint32_t k = near[i].count;
        for (uint32_t j = 0; j < k; j++) r[j] = near[i].dist[j];
        const double base = near_base(r, k);
        const double unit = near_bandwidth_unit(kernels->bandwidth, r, k);
        for (uint32_t j = 0; j < k; j++) values[n++] = (r[j] - base) / unit;
    }
    const double median = n > 0 ? hb_median(values, n) : 0.0;
    hb_free(values);
    return median;
}

/* Limit and median of the k-th distances of full lists. Live queries search the whole memory, so
 * rows that saw less than half of it are left out while enough others remain: their neighbours are
 * far for want of a past, and would make the limit lax. */
static void fit_reach(hb_kernels_t *kernels, uint32_t k, const hb_near_t *near, uint32_t count)
{
    uint32_t rows_needed = count / 2, grown = 0;
    for (uint32_t i = 0; i < count; i++) grown += near[i].admissible_rows >= rows_needed;
    if (grown < GROWN_ROWS_MIN) rows_needed = 0;
    double *kth = hb_alloc(count, sizeof *kth);
    double *reach = hb_alloc(count, sizeof *reach);
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (near[i].count < k || near[i].admissible_rows < rows_needed) continue;
        const double last = near[i].dist[k - 1];
        kth[n] = last;
        reach[n] = last - HB_MIN((double)near[i].dist[0], 0.0);
        n++;
    }
    if (n > 0) {
        hb_sort_doubles(kth, n);
        kernels->kth_dist_limit = hb_quantile_sorted(kth, n, OUT_OF_DOMAIN);
        const double median = hb_median(reach, n);
        if (median > 0) kernels->kth_dist_median = median;
    }
    hb_free(kth);
    hb_free(reach);
}

void hb_kernels_fit_scales(hb_kernels_t *kernels, const hb_near_index_t *index,
                           const hb_near_t *near, uint32_t count)
{
    const hb_kernels_t start = hb_kernels_default();
    const double median = median_distance(kernels, near, count);
    if (kernels->rq_ell <= 0) kernels->rq_ell = median > 0 ? ELL_OF_MEDIAN * median : start.rq_ell;
    if (kernels->lp_se_ell <= 0) {
        kernels->lp_se_ell = median > 0 ? ELL_OF_MEDIAN * median : start.lp_se_ell;
    }
    fit_reach(kernels, index->params.k, near, count);
    uint32_t up_count = 0;
    for (uint32_t row = 0; row < index->rows; row++) up_count += index->meta[row].label == 1;
    kernels->base_prob = index->rows > 0 ? (double)up_count / index->rows : start.base_prob;
    if (kernels->rows_min == 0) kernels->rows_min = 8 * index->params.k;
}

/* The loss is mean y^2 - 2 c'w + w'Gw + lambda |w - w0|^2. */
typedef struct {
    double gram[HB_KERNEL_COUNT][HB_KERNEL_COUNT];
    double cross[HB_KERNEL_COUNT];
} quadratic_t;

static quadratic_t quadratic_of(const double *scores, const double *y, uint32_t count)
{
    quadratic_t sum = {0};
    for (uint32_t i = 0; i < count; i++) {
        const double *s = scores + (size_t)i * HB_KERNEL_COUNT;
        for (uint32_t a = 0; a < HB_KERNEL_COUNT; a++) {
            sum.cross[a] += s[a] * y[i];
            for (uint32_t b = 0; b < HB_KERNEL_COUNT; b++) sum.gram[a][b] += s[a] * s[b];
        }
    }
    for (uint32_t a = 0; a < HB_KERNEL_COUNT; a++) {
        sum.cross[a] /= count;
        for (uint32_t b = 0; b < HB_KERNEL_COUNT; b++) sum.gram[a][b] /= count;
    }
    return sum;
}

void hb_kernels_fit_mkl(const double *scores, const double *y, uint32_t count, double lambda,
                        double weights[HB_KERNEL_COUNT])
{
    double w0[HB_KERNEL_COUNT], w[HB_KERNEL_COUNT];
    hb_simplex_project(weights, HB_KERNEL_COUNT, w0);
    memcpy(w, w0, sizeof w);
    memcpy(weights, w0, sizeof w0);
    if (count == 0) return;
    const quadratic_t loss = quadratic_of(scores, y, count);
    double curvature = lambda;
    for (uint32_t a = 0; a < HB_KERNEL_COUNT; a++) curvature += loss.gram[a][a];
    if (!(curvature > 0)) return; /* every score is 0: the loss does not see the weights */
    for (uint32_t step = 0; step < STEPS_MAX; step++) {
        double moved[HB_KERNEL_COUNT], next[HB_KERNEL_COUNT], change = 0;
        for (uint32_t a = 0; a < HB_KERNEL_COUNT; a++) {
            double slope = lambda * (w[a] - w0[a]) - loss.cross[a];
            for (uint32_t b = 0; b < HB_KERNEL_COUNT; b++) slope += loss.gram[a][b] * w[b];
            moved[a] = w[a] - slope / curvature; /* trace + lambda bounds the largest eigenvalue */
        }
        hb_simplex_project(moved, HB_KERNEL_COUNT, next);
        for (uint32_t a = 0; a < HB_KERNEL_COUNT; a++) change += fabs(next[a] - w[a]);
        memcpy(w, next, sizeof w);
        if (change < STEP_TOLERANCE) break;
    }
    memcpy(weights, w, sizeof w);
}
