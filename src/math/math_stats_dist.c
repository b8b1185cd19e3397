/* Normal and chi-square distributions on the reproducible elementary functions.
 *
 * source: normal quantile: Acklam's rational form, one Halley step on the cdf of the smaller tail;
 * incomplete gamma: power series below a + 1, Lentz's continued fraction above it (Press et al.,
 * Numerical Recipes, section 6.2); chi-square quantile: Wilson-Hilferty, then Newton kept in a
 * bracket.
 */
#include "math_stats.h"

#include <math.h>

#include "base_assert.h"
#include "num_fn.h"

#define SQRT_2          1.4142135623730950488
#define SQRT_2PI        2.5066282746310005024
#define GAMMA_STEPS_MAX 100000
#define REFINE_PROB_MIN 1e-290 /* below it exp(z*z/2) overflows: Acklam's form stands as it is */

double hb_norm_cdf(double z)
{
    return 0.5 * hb_erfc(-z / SQRT_2);
}

/* Acklam's approximation for p in (0, 0.5], relative error 1.15e-9. */
static double acklam_lower(double p)
{
    static const double a[6] = {-3.969683028665376e+01, 2.209460984245205e+02,
                                -2.759285104469687e+02, 1.383577518672690e+02,
                                -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[5] = {-5.447609879822406e+01, 1.615858368580409e+02,
                                -1.556989798598866e+02, 6.680131188771972e+01,
                                -1.328068155288572e+01};
    static const double c[6] = {-7.784894002430293e-03, -3.223964580411365e-01,
                                -2.400758277161838e+00, -2.549732539343734e+00,
                                4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[4] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                                3.754408661907416e+00};
    if (p < 0.02425) {
        const double q = sqrt(-2.0 * hb_log(p));
        return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
               ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1.0);
    }
    const double q = p - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1.0);
}

double hb_norm_quantile(double p)
{
    if (isnan(p)) return p;
    if (p <= 0.0) return -INFINITY;
    if (p >= 1.0) return INFINITY;
    if (p > 0.5) return -hb_norm_quantile(1.0 - p); /* 1 - p is exact here */
    const double z = acklam_lower(p);
    if (p < REFINE_PROB_MIN) return z;
    const double u = (hb_norm_cdf(z) - p) * SQRT_2PI * hb_exp(0.5 * z * z);
    return z - u / (1.0 + 0.5 * z * u);
}

/* P(a, x) by its power series: for x < a + 1. */
static double gamma_series(double a, double x, double front)
{
    double term = 1.0 / a, sum = term;
    for (int k = 1; k < GAMMA_STEPS_MAX; k++) {
        term *= x / (a + k);
        sum += term;
        if (term < sum * 1e-17) break;
    }
    return sum * front;
}

/* Q(a, x) by its continued fraction: for x >= a + 1. */
static double gamma_fraction(double a, double x, double front)
{
    double b = x + 1.0 - a, c = 1e300, d = 1.0 / b, h = d;
    for (int k = 1; k < GAMMA_STEPS_MAX; k++) {
        const double an = -(double)k * ((double)k - a);
        b += 2.0;
        d = an * d + b;
        if (fabs(d) < 1e-300) d = 1e-300;
        c = b + an / c;
        if (fabs(c) < 1e-300) c = 1e-300;
        d = 1.0 / d;
        const double step = d * c;
        h *= step;
        if (fabs(step - 1.0) < 1e-16) break;
    }
    return h * front;
}

double hb_chi2_cdf(double x, double df)
{
    HB_ASSERT(df > 0.0);
    if (isnan(x)) return x;
    if (x <= 0.0) return 0.0;
    if (isinf(x)) return 1.0;
    const double a = 0.5 * df, half = 0.5 * x;
    const double front = hb_exp(a * hb_log(half) - half - hb_lgamma(a));
    if (half < a + 1.0) return HB_MIN(1.0, gamma_series(a, half, front));
    return HB_CLAMP(1.0 - gamma_fraction(a, half, front), 0.0, 1.0);
}

static double chi2_density(double x, double df)
{
    const double a = 0.5 * df;
    return 0.5 * hb_exp((a - 1.0) * hb_log(0.5 * x) - 0.5 * x - hb_lgamma(a));
}

static double chi2_start(double p, double df)
{
    const double v = 2.0 / (9.0 * df);
    const double root = 1.0 - v + hb_norm_quantile(p) * sqrt(v);
    const double guess = df * root * root * root;
    if (root > 0.0 && guess > 1e-3 * df) return guess;
    /* Far in the lower tail P(a, x) is about (x/2)^a / Gamma(a + 1). */
    const double a = 0.5 * df;
    return 2.0 * hb_exp((hb_log(p) + hb_lgamma(a + 1.0)) / a);
}

double hb_chi2_quantile(double p, double df)
{
    HB_ASSERT(df > 0.0);
    if (isnan(p)) return p;
    if (p <= 0.0) return 0.0;
    if (p >= 1.0) return INFINITY;
    double lo = 0.0, hi = INFINITY, x = chi2_start(p, df);
    for (int i = 0; i < 200 && x > 0.0; i++) {
        const double miss = hb_chi2_cdf(x, df) - p;
        if (miss > 0.0)
            hi = x;
        else
            lo = x;
        double next = x - miss / chi2_density(x, df);
        if (!(next >= lo && next <= hi)) next = isinf(hi) ? 2.0 * x : 0.5 * (lo + hi);
        const double moved = fabs(next - x);
        x = next;
        if (miss == 0.0 || moved <= 1e-15 * x) break;
    }
    return x;
}
