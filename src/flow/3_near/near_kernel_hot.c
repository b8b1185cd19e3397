/* Kernel weights and the Nadaraya-Watson mean over them.
 *
 * Invariant: every weight lies in [exp(-40), 1], so that no sum is 0 by underflow and no exponent
 * overflows; exp, log and sin are the reproducible ones. Sources: rational quadratic and periodic
 * kernels as in Rasmussen and Williams, "Gaussian Processes for Machine Learning" (2006), section
 * 4.2; Nadaraya (1964), Watson (1964).
 */
#include <math.h>

#include "base_assert.h"
#include "near_int.h"
#include "num_fn.h"

#define EXPONENT_MAX   40.0
#define WEIGHT_SUM_MIN 1e-12
#define PI             3.14159265358979323846

/* exponent of a kernel that scales its ell, at squared distance in units of the bandwidth. */
static double rq_exponent(const hb_kernels_t *kernels, double r_sq)
{
    const double spread = 2.0 * kernels->rq_alpha * kernels->rq_ell * kernels->rq_ell;
    return -kernels->rq_alpha * hb_log1p(r_sq / spread);
}

static double periodic_exponent(double tau_bars, double period_bars, double ell)
{
    /* Taken modulo the period before the division: exact where both are whole bars. */
    const double phase_bars = tau_bars - period_bars * floor(tau_bars / period_bars);
    const double s = hb_sin(PI * (phase_bars / period_bars));
    return -2.0 * s * s / (ell * ell);
}

static double exponent_of(const hb_kernels_t *kernels, uint32_t kernel, double r_sq,
                          double tau_bars)
{
    switch (kernel) {
    case HB_KERNEL_RQ:
        return rq_exponent(kernels, r_sq);
    case HB_KERNEL_PERIODIC:
        return periodic_exponent(tau_bars, kernels->period_bars, kernels->periodic_ell);
    default:
        return -r_sq / (2.0 * kernels->lp_se_ell * kernels->lp_se_ell) +
               periodic_exponent(tau_bars, kernels->period_bars, kernels->lp_periodic_ell);
    }
}

void hb_kernel_weights(const hb_kernels_t *kernels, uint32_t kernel, const double *r,
                       const double *tau_bars, uint32_t n, double *w)
{
    HB_ASSERT(kernel < HB_KERNEL_COUNT);
    const double base = near_base(r, n);
    const double unit = near_bandwidth_unit(kernels->bandwidth, r, n);
    for (uint32_t i = 0; i < n; i++) {
        const double reach = (r[i] - base) / unit;
        const double exponent = exponent_of(kernels, kernel, reach * reach, tau_bars[i]);
        w[i] = hb_exp(HB_CLAMP(exponent, -EXPONENT_MAX, EXPONENT_MAX));
    }
}

hb_nw_t hb_kernel_nw(const double *w, const double *vote, const double *y, uint32_t n)
{
    double sum = 0, sum_sq = 0, sum_y = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double v = vote ? w[i] * vote[i] : w[i];
        sum += v;
        sum_sq += v * v;
        sum_y += v * y[i];
    }
    const double floored = sum > WEIGHT_SUM_MIN ? sum : WEIGHT_SUM_MIN;
    return (hb_nw_t){
        .score = sum_y / floored,
        .weight_sum = floored,
        .eff_k = sum_sq > 0 ? sum * sum / sum_sq : 0.0,
    };
}
