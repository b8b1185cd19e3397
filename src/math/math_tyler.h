/* Robust location and shape: spatial median and regularised Tyler scatter.
 * source: Vardi & Zhang 2000 (median); Chen, Wiesel & Hero 2011 (normalised iteration);
 * Zhang & Wiesel 2016 (choice of rho). */
#ifndef HB_MATH_TYLER_H
#define HB_MATH_TYLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base_status.h"

/* Spatial median of n points x[n*p]: Weiszfeld with the Vardi-Zhang step at data points, from the
 * columns' medians, run until |sum of unit vectors| <= 1e-11 n (or a data point is optimal); after
 * 2000 steps 1e-8 n is accepted. p = 1: the ordinary median. out: m[p], iterations (NULL allowed).
 * error: HB_E_NUMERIC for no rows, p outside 1..64, a value that is not finite, no convergence. */
HB_CHECKED hb_status_t hb_spatial_median(const double *x, uint32_t n, uint32_t p, double *m,
                                         uint32_t *iterations, hb_err_t *err);

typedef struct {
    double rho; /* in (0, 1]; <= 0 means auto (Zhang-Wiesel, floor 0.01) */
    double tol; /* max |S' - S| entry, default 1e-6 */
    /* Default 500. Not converged after three fifths of them (300): rho <- min(1, 1.5 rho + 0.05),
     * and again after every further twentieth; rho = 1 always converges (identity). */
    uint32_t iterations_max;
} hb_tyler_params_t;
hb_tyler_params_t hb_tyler_params_default(void);

typedef struct {
    double rho; /* as used at the end */
    uint32_t iterations;
    bool converged;
    bool rho_raised;          /* not converged by 300, or an eigenvalue <= 1e-8 */
    bool fallback_identity;   /* last resort: shape shrunk to I; rho = 1 then */
    double trace;             /* = p within 1e-6 */
    double eigmin, eigmax;    /* eigmin > 1e-8 */
    double fixed_point_error; /* max entry of (p/n) sum zz'/(z'z) - (cI - rho S^-1)/(1-rho) */
    uint32_t rows_used;       /* zero rows are dropped */
} hb_tyler_report_t;

/* Shape S[p*p], trace p, of centred rows x[n*p], normalised at every step:
 * S' = (1-rho)(p/n) sum xx'/(x'S^-1x) + rho I, then trace S = p. Cholesky solves. Parallelism: none
 * (a fixed summation order). report: NULL allowed. error: HB_E_NUMERIC when fewer than 2 non-zero
 * rows, non-finite input or p outside 1..64; HB_E_CONFIG for params out of range. */
HB_CHECKED hb_status_t hb_tyler_fit(const double *x, uint32_t n, uint32_t p,
                                    const hb_tyler_params_t *params, double *shape,
                                    hb_tyler_report_t *report, hb_err_t *err);

/* Plug-in choices of rho from the sign covariance, clipped to [0, 1]; zero rows are dropped. */
double hb_tyler_rho_zhang_wiesel(const double *x, uint32_t n, uint32_t p);
double hb_tyler_rho_cwh(const double *x, uint32_t n, uint32_t p);

#endif
