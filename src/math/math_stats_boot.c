/* Stationary bootstrap and its automatic block length.
 *
 * source: Politis & Romano 1994; Politis & White 2004 with the correction of Patton, Politis &
 * White 2009. The correlation test follows the common implementation: the pairs of lag k are
 * normalised by the sums of squares over the same samples less one.
 */
#include "math_stats.h"

#include <math.h>
#include <stdbool.h>

#include "base_assert.h"
#include "base_mem.h"
#include "num_fn.h"

#define BLOCK_ROWS_MIN 10u /* fewer rows say nothing about correlation */

void hb_bootstrap_stationary(hb_rng_t *rng, uint32_t n, double restart_prob, uint32_t *idx)
{
    for (uint32_t t = 0; t < n; t++) {
        const double u = hb_rng_uniform(rng); /* drawn for the first index too */
        if (t == 0 || u < restart_prob) {
            idx[t] = (uint32_t)hb_rng_below(rng, n);
        } else {
            idx[t] = idx[t - 1] + 1 == n ? 0 : idx[t - 1] + 1;
        }
    }
}

static double dot(const double *a, const double *b, uint32_t n)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static double log10_of(double x)
{
    return hb_log(x) / 2.302585092994045684;
}

/* Lags that matter: twice the first lag after which run_len correlations in a row are small; fills
 * the autocovariances. */
static uint32_t bandwidth(const double *eps, uint32_t n, uint32_t run_len, uint32_t lag_max,
                          double *autocov)
{
    const double limit = 2.0 * sqrt(log10_of(n) / n);
    uint32_t small = 0, found = 0;
    bool known = false;
    for (uint32_t k = 0; k <= lag_max; k++) {
        if (k >= run_len && small >= run_len && !known) {
            found = k - run_len;
            known = true;
        }
        const double cross = dot(eps + k, eps, n - k);
        const double head = dot(eps, eps, n - k - 1),
                     tail = dot(eps + k + 1, eps + k + 1, n - k - 1);
        autocov[k] = cross / n;
        small = fabs(cross) < limit * sqrt(head * tail) ? small + 1 : 0;
    }
    return known ? HB_MIN(2 * HB_MAX(found, 1u), lag_max) : lag_max;
}

double hb_block_length_auto(const double *series, uint32_t n)
{
    if (n < BLOCK_ROWS_MIN) return 1.0;
    const uint32_t run_len = HB_MAX(5u, (uint32_t)log10_of(n));
    const uint32_t lag_max = HB_MIN((uint32_t)ceil(sqrt(n)) + run_len, n - 2);
    double *eps = hb_alloc(n, sizeof *eps), *autocov = hb_alloc(lag_max + 1, sizeof *autocov);
    double mean = 0.0, result = 1.0;
    for (uint32_t i = 0; i < n; i++) mean += series[i];
    mean /= n;
    for (uint32_t i = 0; i < n; i++) eps[i] = series[i] - mean;
    const uint32_t m = bandwidth(eps, n, run_len, lag_max, autocov);
    double g = 0.0, variance = autocov[0];
    for (uint32_t k = 1; k <= m; k++) {
        const double ratio = (double)k / m, taper = ratio <= 0.5 ? 1.0 : 2.0 * (1.0 - ratio);
        g += 2.0 * taper * k * autocov[k];
        variance += 2.0 * taper * autocov[k];
    }
    const double cap = ceil(HB_MIN(3.0 * sqrt(n), n / 3.0));
    const double cubed = g * g / (variance * variance) * n;
    if (cubed > 1.0)
        result = HB_MIN(hb_pow(cubed, 1.0 / 3.0), cap); /* false for NaN: constant series */
    hb_free(eps);
    hb_free(autocov);
    return result;
}
