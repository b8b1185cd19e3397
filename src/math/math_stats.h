/* Statistics used everywhere: quantiles, distributions, isotonic regression, block bootstrap,
 * simplex. */
#ifndef HB_MATH_STATS_H
#define HB_MATH_STATS_H

#include <stdint.h>

#include "base_rng.h"

/* Linear-interpolated quantile (numpy's default) of sorted values; q in [0,1]; pre: n > 0. */
double hb_quantile_sorted(const double *sorted, uint32_t n, double q);
/* Sorts ascending in place; NaN last. Deterministic. */
void hb_sort_doubles(double *values, uint32_t n);
/* Stable argsort ascending by (key, index): order[n]. */
void hb_argsort(const double *keys, uint32_t n, uint32_t *order);
/* Median and median absolute deviation times 1.4826022185056018; values is scratch and is
 * reordered. */
double hb_median(double *values, uint32_t n);
double hb_mad(double *values, uint32_t n, double *median);

double hb_norm_cdf(double z);
double hb_norm_quantile(double p); /* Acklam's rational form refined by one Halley step */
/* Regularised lower incomplete gamma; chi-square cdf and quantile (df > 0). */
double hb_chi2_cdf(double x, double df);
double hb_chi2_quantile(double p, double df);

/* Pool adjacent violators, weighted, values already in order of the regressor: fit[n]. */
void hb_isotonic(const double *y, const double *w, uint32_t n, double *fit);

/* Euclidean projection onto the probability simplex (Duchi et al. 2008). */
void hb_simplex_project(const double *v, uint32_t n, double *out);

/* Stationary bootstrap (Politis-Romano): idx[n] for one resample with restart probability p; draws
 * as in the golden vectors: one u an index, u < p (or first) starts anew at floor(u2 * n), else the
 * next index, wrapped. */
void hb_bootstrap_stationary(hb_rng_t *rng, uint32_t n, double restart_prob, uint32_t *idx);
/* Automatic mean block length (Politis-White 2004, corrected 2009) for the stationary bootstrap. */
double hb_block_length_auto(const double *series, uint32_t n);

#endif
