/* The feature row: state features, then what the neighbourhood says.
 *
 * Invariant: the row holds no NaN and nothing beyond the winsor limits of training rows; every way
 * in which it is not to be traded has its bit in reasons. It reads only rows that the search
 * admitted. The same function serves training, validation and live decisions.
 */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "near_int.h"
#include "num_dist.h"
#include "num_fn.h"
#include "rec_reason.h"

#define SHRINK_VOTES  5.0  /* prior votes of the shrunk vote */
#define SKEW_MAX      5.0  /* of a few dozen outcomes: beyond it only one outlier speaks */
#define DENSITY_MAX   20.0 /* log units */
#define DIST_UNIT_MIN 1e-12

/* X(enumerator, name in the schema, what it is) in row order. */
#define ROW_TABLE(X)                                                                               \
    X(DIST_MEAN, "near_dist_mean", "mean distance of the neighbours")                              \
    X(DIST_MEDIAN, "near_dist_median", "median distance of the neighbours")                        \
    X(DIST_STD, "near_dist_std", "standard deviation of the distances")                            \
    X(DIST_MIN, "near_dist_min", "distance to the nearest")                                        \
    X(DIST_MAX, "near_dist_max", "distance to the k-th neighbour")                                 \
    X(DIST_RATIO, "near_dist_ratio", "nearest over k-th distance")                                 \
    X(DENSITY, "near_log_density", "minus log of the k-th distance over its training median")      \
    X(COS_MEAN, "near_cos_mean", "mean cosine between the point and its neighbours")               \
    X(COS_STD, "near_cos_std", "standard deviation of these cosines")                              \
    X(RQ_SCORE, "near_rq_score", "kernel vote in -1..1, rational quadratic")                       \
    X(PER_SCORE, "near_per_score", "kernel vote in -1..1, periodic")                               \
    X(LP_SCORE, "near_lp_score", "kernel vote in -1..1, locally periodic")                         \
    X(RQ_LOG_SUM, "near_rq_log_sum", "log of the weight sum, rational quadratic")                  \
    X(PER_LOG_SUM, "near_per_log_sum", "log of the weight sum, periodic")                          \
    X(LP_LOG_SUM, "near_lp_log_sum", "log of the weight sum, locally periodic")                    \
    X(RQ_EFF, "near_rq_eff_ratio", "effective share of the votes, rational quadratic")             \
    X(PER_EFF, "near_per_eff_ratio", "effective share of the votes, periodic")                     \
    X(LP_EFF, "near_lp_eff_ratio", "effective share of the votes, locally periodic")               \
    X(MKL_SCORE, "near_mkl_score", "kernel votes blended by the learned weights")                  \
    X(LABEL_MEAN, "near_label_mean", "plain mean of the labels in -1..1")                          \
    X(OUT_MEAN, "near_outcome_mean", "mean outcome in ATR")                                        \
    X(OUT_STD, "near_outcome_std", "standard deviation of the outcomes in ATR")                    \
    X(OUT_SKEW, "near_outcome_skew", "skewness of the outcomes, clipped to -5..5")                 \
    X(OUT_UP, "near_outcome_up", "share of outcomes above 0")                                      \
    X(OUT_RQ_MEAN, "near_outcome_rq_mean", "kernel-weighted mean outcome in ATR")                  \
    X(AGE, "near_log_age", "log of 1 + median age of the neighbours in bars")                      \
    X(VOL_SAME, "near_vol_same", "share of neighbours in the state's volatility bucket")           \
    X(VOTE_SHRUNK, "near_vote_shrunk", "kernel share of label 1, shrunk to the base rate")

enum {
#define ROW_ENUM(id, name, what) ROW_##id,
    ROW_TABLE(ROW_ENUM)
#undef ROW_ENUM
        ROW_NEAR_DIM
};
_Static_assert(ROW_NEAR_DIM + HB_STATE_DIM_MAX <= HB_ROW_DIM_MAX, "a full state fits");

const hb_row_feature_t hb_row_near_schema[] = {
#define ROW_ENTRY(id, name, what) {name, what},
    ROW_TABLE(ROW_ENTRY)
#undef ROW_ENTRY
};
const uint32_t hb_row_near_dim = ROW_NEAR_DIM;

/* The neighbours, gathered from the index. */
typedef struct {
    uint32_t n;
    double r[HB_NEAR_K_MAX];      /* distance, ascending */
    double cosine[HB_NEAR_K_MAX]; /* to the query */
    double age_bars[HB_NEAR_K_MAX];
    double side[HB_NEAR_K_MAX];    /* -1 or 1 */
    double outcome[HB_NEAR_K_MAX]; /* ATR */
    double vote[HB_NEAR_K_MAX];
    uint32_t up_count, vol_same_count;
} near_list_t;

typedef struct {
    double mean, std, skew;
} moments_t;

static moments_t moments_of(const double *values, uint32_t n)
{
    double mean = 0, m2 = 0, m3 = 0;
    for (uint32_t i = 0; i < n; i++) mean += values[i];
    mean /= n;
    for (uint32_t i = 0; i < n; i++) {
        const double d = values[i] - mean;
        m2 += d * d;
        m3 += d * d * d;
    }
    m2 /= n;
    m3 /= n;
    /* Equal values differ from their mean by rounding alone: that is no spread and no skewness. */
    const double noise = 1e-12 * (fabs(mean) + 1e-300);
    if (!(m2 > noise * noise)) return (moments_t){.mean = mean};
    const double skew = m3 / (m2 * sqrt(m2));
    return (moments_t){mean, sqrt(m2), HB_CLAMP(skew, -SKEW_MAX, SKEW_MAX)};
}

static double median_of(const double *values, uint32_t n)
{
    double sorted[HB_NEAR_K_MAX];
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
        for (; at > 0 && sorted[at - 1] > values[i]; at--) sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    return near_median_sorted(sorted, n);
}

static void gather(const hb_near_index_t *index, const hb_state_t *state, const hb_point_t *point,
                   const hb_near_t *near, near_list_t *list)
{
    const double own_sq = hb_num_dot(point->z, point->z, index->dim);
    list->n = near->count;
    list->up_count = list->vol_same_count = 0;
    for (uint32_t i = 0; i < near->count; i++) {
        HB_ASSERT(near->ids[i] < index->rows);
        const hb_near_meta_t *meta = &index->meta[near->ids[i]];
        const float *z = index->z + (size_t)near->ids[i] * index->dim;
        const double norms = sqrt(own_sq * hb_num_dot(z, z, index->dim));
        const double cosine = norms > 0 ? hb_num_dot(point->z, z, index->dim) / norms : 0.0;
        list->r[i] = near->dist[i];
        list->cosine[i] = HB_CLAMP(cosine, -1.0, 1.0);
        list->age_bars[i] = fabs((double)state->bar_clock - (double)meta->bar_clock);
        list->side[i] = meta->label == 1 ? 1.0 : -1.0;
        list->outcome[i] = meta->outcome_atr;
        list->vote[i] = meta->weight;
        list->up_count += meta->label == 1;
        list->vol_same_count += meta->vol_bucket == state->vol_bucket;
    }
}

static void geometry_features(const hb_kernels_t *kernels, const near_list_t *list, double *f)
{
    const uint32_t n = list->n;
    const double base = near_base(list->r, n);
    const double reach = list->r[n - 1] - base;
    const moments_t dist = moments_of(list->r, n);
    const moments_t cosine = moments_of(list->cosine, n);
    const double unit = HB_MAX(kernels->kth_dist_median, DIST_UNIT_MIN);
    const double density = -hb_log(HB_MAX(reach / unit, DIST_UNIT_MIN));
    f[ROW_DIST_MEAN] = dist.mean;
    f[ROW_DIST_MEDIAN] = near_median_sorted(list->r, n);
    f[ROW_DIST_STD] = dist.std;
    f[ROW_DIST_MIN] = list->r[0];
    f[ROW_DIST_MAX] = list->r[n - 1];
    f[ROW_DIST_RATIO] = reach > 0 ? (list->r[0] - base) / reach : 1.0;
    f[ROW_DENSITY] = HB_CLAMP(density, -DENSITY_MAX, DENSITY_MAX);
    f[ROW_COS_MEAN] = cosine.mean;
    f[ROW_COS_STD] = cosine.std;
}

static void kernel_features(const hb_kernels_t *kernels, const near_list_t *list, double *f)
{
    double w[HB_NEAR_K_MAX], blend = 0;
    for (uint32_t kernel = 0; kernel < HB_KERNEL_COUNT; kernel++) {
        hb_kernel_weights(kernels, kernel, list->r, list->age_bars, list->n, w);
        const hb_nw_t nw = hb_kernel_nw(w, list->vote, list->side, list->n);
        f[ROW_RQ_SCORE + kernel] = nw.score;
        f[ROW_RQ_LOG_SUM + kernel] = hb_log(nw.weight_sum);
        f[ROW_RQ_EFF + kernel] = nw.eff_k / list->n;
        blend += kernels->mkl_weights[kernel] * nw.score;
        if (kernel != HB_KERNEL_RQ) continue;
        const double ups = 0.5 * (1.0 + nw.score) * nw.weight_sum;
        f[ROW_OUT_RQ_MEAN] = hb_kernel_nw(w, list->vote, list->outcome, list->n).score;
        f[ROW_VOTE_SHRUNK] =
            (ups + SHRINK_VOTES * kernels->base_prob) / (nw.weight_sum + SHRINK_VOTES);
    }
    f[ROW_MKL_SCORE] = blend;
}

static void outcome_features(const near_list_t *list, double *f)
{
    const double n = list->n;
    const moments_t outcome = moments_of(list->outcome, list->n);
    uint32_t above = 0;
    for (uint32_t i = 0; i < list->n; i++) above += list->outcome[i] > 0;
    f[ROW_LABEL_MEAN] = 2.0 * list->up_count / n - 1.0;
    f[ROW_OUT_MEAN] = outcome.mean;
    f[ROW_OUT_STD] = outcome.std;
    f[ROW_OUT_SKEW] = outcome.skew;
    f[ROW_OUT_UP] = above / n;
    f[ROW_AGE] = hb_log1p(median_of(list->age_bars, list->n));
    f[ROW_VOL_SAME] = list->vol_same_count / n;
}

/* Winsorised into the row; what is not finite becomes 0 and a reason. */
static void put(const hb_kernels_t *kernels, uint32_t at, double value, hb_row_t *out)
{
    if (!isfinite(value)) {
        out->x[at] = 0.0f;
        out->reasons |= HB_REASON_STATE_NOT_FINITE;
        return;
    }
    out->x[at] = (float)HB_CLAMP(value, kernels->winsor_lo[at], kernels->winsor_hi[at]);
}

static uint32_t reasons_of(const hb_kernels_t *kernels, const hb_near_index_t *index,
                           const hb_state_t *state, const hb_point_t *point, const hb_near_t *near)
{
    const uint32_t k = index->params.k;
    const uint32_t rows_min = kernels->rows_min > 0 ? kernels->rows_min : 8 * k;
    uint32_t reasons = 0;
    if (!state->ready) reasons |= HB_REASON_WARMUP;
    if (!point->finite) reasons |= HB_REASON_STATE_NOT_FINITE;
    if (near->count < k || near->admissible_rows < rows_min) reasons |= HB_REASON_MEMORY_SHORT;
    /* Not "kth > limit": a distance that is not a number is out of the domain too. */
    if (near->count > 0 && !(near->dist[near->count - 1] <= kernels->kth_dist_limit)) {
        reasons |= HB_REASON_OUT_OF_DOMAIN;
    }
    return reasons;
}

void hb_row_build(const hb_kernels_t *kernels, const hb_near_index_t *index,
                  const hb_state_t *state, uint32_t state_dim, const hb_point_t *point,
                  const hb_near_t *near, hb_row_t *out)
{
    HB_ASSERT(state_dim <= HB_STATE_DIM_MAX && near->count <= HB_NEAR_K_MAX);
    memset(out, 0, sizeof *out);
    out->knn_prob = 0.5f;
    out->reasons = reasons_of(kernels, index, state, point, near);
    for (uint32_t j = 0; j < state_dim; j++) put(kernels, j, state->x[j], out);
    if (near->count == 0 || !point->finite) return;
    near_list_t list;
    double f[ROW_NEAR_DIM] = {0};
    gather(index, state, point, near, &list);
    geometry_features(kernels, &list, f);
    kernel_features(kernels, &list, f);
    outcome_features(&list, f);
    for (uint32_t j = 0; j < ROW_NEAR_DIM; j++) put(kernels, state_dim + j, f[j], out);
    out->knn_prob = (float)list.up_count / (float)list.n;
    out->kth_dist = near->dist[near->count - 1];
}
