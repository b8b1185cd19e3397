/* Kernels over neighbours and what they say of the outcome.
 *
 * RQ (1 + r^2/(2 a l^2))^-a; periodic exp(-2 sin^2(pi tau/p)/l^2); locally periodic SE(r) * periodic.
 * Exponents are clamped to [-40, 40], weight sums floored at 1e-12. Score = sum w y / sum w with y in
 * {-1, +1}; eff_k = (sum w)^2 / sum w^2. Scores are shrunk nowhere here; the row carries both.
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
    double rq_alpha, rq_ell;             /* ell in units of distance */
    double period_bars, periodic_ell;
    double lp_se_ell, lp_periodic_ell;
    double mkl_weights[HB_KERNEL_COUNT]; /* on the simplex */
    uint32_t bandwidth;                  /* hb_bandwidth_t: balloon scales ell by the k-th distance */
    uint32_t tau_phase;                  /* 1: tau = phase difference in the session; 0: time_diff_bars */
    double base_prob;                    /* share of label 1 among training rows */
    double kth_dist_limit;               /* out-of-domain: 0.995 quantile of training k-th distances */
    double winsor_lo[HB_ROW_DIM_MAX], winsor_hi[HB_ROW_DIM_MAX]; /* of row features, training rows */
    uint32_t rows_min;                   /* admissible rows needed, default 8 * k */
    uint32_t reserved;
} hb_kernels_t;
hb_kernels_t hb_kernels_default(void);

typedef struct {
    double score, weight_sum, eff_k;
} hb_nw_t;
/* Weights w[n] of one kernel for distances r[n] and lags tau_bars[n]. */
void hb_kernel_weights(const hb_kernels_t *kernels, uint32_t kernel, const double *r,
                       const double *tau_bars, uint32_t n, double *w);
/* Nadaraya-Watson over y[n] (any real outcome), vote[n] extra weights or NULL. */
hb_nw_t hb_kernel_nw(const double *w, const double *vote, const double *y, uint32_t n);

typedef struct {
    const char *name;
    const char *what;
} hb_row_feature_t;
/* Names of all row features: the state's (hb_state names are copied in at first use by the caller through
 * state_dim) followed by the neighbourhood's. */
extern const hb_row_feature_t hb_row_near_schema[];
extern const uint32_t hb_row_near_dim;

/* State + neighbours > feature row: x = state features [state_dim], then neighbourhood features
 * [hb_row_near_dim], winsorised. Sets reasons (warm-up, not finite, memory short, out of domain).
 * hot: no allocation, cannot fail. */
void hb_row_build(const hb_kernels_t *kernels, const hb_near_index_t *index, const hb_state_t *state,
                  uint32_t state_dim, const hb_point_t *point, const hb_near_t *near, hb_row_t *out);

HB_CHECKED hb_status_t hb_kernels_save(const hb_kernels_t *kernels, const char *path, hb_err_t *err);
HB_CHECKED hb_status_t hb_kernels_load(const char *path, hb_kernels_t *out, hb_err_t *err);

#endif
