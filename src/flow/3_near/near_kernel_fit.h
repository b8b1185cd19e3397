/* What of the kernels is learned, on training rows alone: length scales, MKL weights. */
#ifndef HB_NEAR_KERNEL_FIT_H
#define HB_NEAR_KERNEL_FIT_H

#include "near_kernel.h"

/* rq_ell = 0.8 median of sampled neighbour distances when params ask for auto (<= 0), likewise
 * lp_se_ell (in units of the bandwidth's distance); base_prob; kth_dist_limit and kth_dist_median
 * over full lists; rows_min when 0. near[count]: neighbour lists of training rows. What no list
 * can tell (all empty, or all distances 0) stays at its default: ell 1, no limit. */
void hb_kernels_fit_scales(hb_kernels_t *kernels, const hb_near_index_t *index,
                           const hb_near_t *near, uint32_t count);

/* MKL: weights on the simplex minimising mean (y - sum_m w_m s_m)^2 + lambda |w - w0|^2 by
 * projected gradient from w0 = weights as handed in, projected; scores[count][HB_KERNEL_COUNT], y
 * in {-1,+1}. Deterministic. */
void hb_kernels_fit_mkl(const double *scores, const double *y, uint32_t count, double lambda,
                        double weights[HB_KERNEL_COUNT]);

#endif
