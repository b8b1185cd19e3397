/* Kernels over neighbours and what they say of the outcome.
 *
 * RQ (1 + r^2/(2 a l^2))^-a; periodic exp(-2 sin^2(pi tau/p)/l^2); locally periodic SE(r) *
 * periodic. Exponents are clamped to [-40, 40], weight sums floored at 1e-12. Score = sum w y /
 * sum w with y in {-1, +1}; eff_k = (sum w)^2 / sum w^2. Scores are shrunk nowhere here; the row
 * carries both.
 *
 * Bandwidth: fixed takes ell as a distance; balloon multiplies ell by the query's k-th distance,
 * sample by the median distance of the query's own list (not the sample-point estimator, which
 * would need a width a stored row). Under balloon and sample ell has no unit. Under metric ip a
 * list may begin below 0: its distances are then counted from the nearest.
 */
#ifndef HB_NEAR_KERNEL_H
#define HB_NEAR_KERNEL_H

#include <stdint.h>

#include "base_status.h"
#include "near_index.h"
#include "rec_near.h"
#include "rec_row.h"
#include "rec_state.h"

enum { HB_KERNEL_RQ, HB_KERNEL_PERIODIC, HB_KERNEL_LOCALLY_PERIODIC, HB_KERNEL_COUNT };
typedef enum { HB_BANDWIDTH_FIXED, HB_BANDWIDTH_BALLOON, HB_BANDWIDTH_SAMPLE } hb_bandwidth_t;

typedef struct {
    double rq_alpha, rq_ell; /* ell in units of distance */
    double period_bars, periodic_ell;
    double lp_se_ell, lp_periodic_ell;
    double mkl_weights[HB_KERNEL_COUNT]; /* on the simplex */
    uint32_t bandwidth;                  /* hb_bandwidth_t */
    /* 1: tau = phase difference in the period; 0: time_diff_bars. Both give the same weights: the
     * periodic kernels take a lag modulo the period anyway. Kept: a file tells its policy. */
    uint32_t tau_phase;
    double base_prob;                 /* share of label 1 among training rows */
    double kth_dist_limit;            /* out-of-domain: 0.995 quantile of training k-th distances */
    double kth_dist_median;           /* of training rows: unit of the density feature */
    double winsor_lo[HB_ROW_DIM_MAX]; /* of row features, training rows */
    double winsor_hi[HB_ROW_DIM_MAX];
    uint32_t rows_min; /* admissible rows needed; 0: 8 * k of the index */
    uint32_t reserved;
} hb_kernels_t;
_Static_assert(sizeof(hb_kernels_t) == 8 * (12 + 2 * HB_ROW_DIM_MAX) + 16,
               "stored as it stands in memory");
/* ell of RQ and SE 1, no limits: fit_scales and the caller set what training rows decide. */
hb_kernels_t hb_kernels_default(void);

typedef struct {
    double score, weight_sum, eff_k;
} hb_nw_t;
/* Weights w[n] of one kernel for distances r[n] and lags tau_bars[n] >= 0. hot.
 * pre: n <= HB_NEAR_K_MAX; r ascending where the bandwidth is not fixed or r[0] < 0. */
void hb_kernel_weights(const hb_kernels_t *kernels, uint32_t kernel, const double *r,
                       const double *tau_bars, uint32_t n, double *w);
/* Nadaraya-Watson over y[n] (any real outcome), vote[n] extra weights or NULL. hot. */
hb_nw_t hb_kernel_nw(const double *w, const double *vote, const double *y, uint32_t n);

typedef struct {
    const char *name;
    const char *what;
} hb_row_feature_t;
/* The neighbourhood's features, in row order; in a row they follow the state's. */
extern const hb_row_feature_t hb_row_near_schema[];
extern const uint32_t hb_row_near_dim;

/* State + neighbours > feature row: x = state features [state_dim], then neighbourhood features
 * [hb_row_near_dim], winsorised. Sets reasons (warm-up, not finite, memory short, out of domain).
 * A row holds no NaN: what is missing is 0, with its reason set. hot: no allocation, cannot fail.
 * pre: state_dim + hb_row_near_dim <= HB_ROW_DIM_MAX; near comes from index. */
void hb_row_build(const hb_kernels_t *kernels, const hb_near_index_t *index,
                  const hb_state_t *state, uint32_t state_dim, const hb_point_t *point,
                  const hb_near_t *near, hb_row_t *out);

/* error: HB_E_NUMERIC naming the field that is out of range. */
HB_CHECKED hb_status_t hb_kernels_save(const hb_kernels_t *kernels, const char *path,
                                       hb_err_t *err);
/* error: HB_E_ARTIFACT for a field out of range or another schema of row features. */
HB_CHECKED hb_status_t hb_kernels_load(const char *path, hb_kernels_t *out, hb_err_t *err);

#endif
