/* Order statistics, distributions, isotonic fits, bootstrap and simplex: values known in closed
 * form, edge cases, and brute force. */
#include "th.h"

#include <math.h>
#include <stdlib.h>

#include "base_mem.h"
#include "math_stats.h"
#include "num_fn.h"

static void quantiles(void **state)
{
    (void)state;
    const double v[5] = {1, 2, 4, 8, 16};
    assert_true(hb_quantile_sorted(v, 5, 0.0) == 1);
    assert_true(hb_quantile_sorted(v, 5, 1.0) == 16);
    assert_true(hb_quantile_sorted(v, 5, 0.5) == 4);
    th_close(hb_quantile_sorted(v, 5, 0.1), 1.4, 1e-15);
    th_close(hb_quantile_sorted(v, 5, 0.9), 12.8, 1e-15);
    assert_true(hb_quantile_sorted(v, 1, 0.7) == 1);
    assert_true(hb_quantile_sorted(v, 5, -3.0) == 1); /* clamped, never out of bounds */
    assert_true(hb_quantile_sorted(v, 5, 9.0) == 16);
    const double same[3] = {INFINITY, INFINITY, INFINITY};
    assert_true(isinf(hb_quantile_sorted(same, 3, 0.3))); /* no inf - inf */
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sorts(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(5);
    for (uint32_t n = 0; n < 300; n += n < 40 ? 1 : 37) {
        double a[300], b[300], keys[300];
        uint32_t order[300];
        for (uint32_t i = 0; i < n; i++) a[i] = b[i] = keys[i] = (double)hb_rng_below(&rng, 50);
        hb_sort_doubles(a, n);
        qsort(b, n, sizeof *b, compare);
        for (uint32_t i = 0; i < n; i++) assert_true(a[i] == b[i]);
        hb_argsort(keys, n, order);
        for (uint32_t i = 0; i < n; i++) {
            assert_true(keys[order[i]] == a[i]);
            if (i && a[i] == a[i - 1]) assert_true(order[i] > order[i - 1]); /* stable */
        }
    }
}

static void nan_sorts_last(void **state)
{
    (void)state;
    double v[40];
    for (int i = 0; i < 40; i++) v[i] = i % 5 == 0 ? NAN : 40 - i;
    v[7] = INFINITY;
    hb_sort_doubles(v, 40);
    for (int i = 1; i < 32; i++) assert_true(v[i - 1] <= v[i]);
    assert_true(isinf(v[31]));
    for (int i = 32; i < 40; i++) assert_true(isnan(v[i]));
    const double keys[4] = {NAN, 1, NAN, 0};
    uint32_t order[4];
    hb_argsort(keys, 4, order);
    assert_true(order[0] == 3 && order[1] == 1 && order[2] == 0 && order[3] == 2);
}

static void medians(void **state)
{
    (void)state;
    double odd[5] = {9, 1, 5, 3, 7}, even[4] = {4, 1, 3, 2}, one[1] = {6}, median = 0;
    assert_true(hb_median(odd, 5) == 5);
    assert_true(hb_median(even, 4) == 2.5);
    assert_true(hb_median(one, 1) == 6);
    assert_true(hb_mad(one, 1, NULL) == 0.0);
    double huge[2] = {1.7e308, 1.7e308};
    assert_true(hb_median(huge, 2) == 1.7e308); /* the mean of the middle two does not overflow */
    hb_rng_t rng = hb_rng_init(3);
    for (uint32_t n = 1; n < 60; n++) {
        double v[60], gap[60];
        for (uint32_t i = 0; i < n; i++) v[i] = (double)hb_rng_below(&rng, 20) * 0.5;
        const double mad = hb_mad(v, n, &median);
        for (uint32_t i = 0; i < n; i++) gap[i] = fabs(v[i] - median);
        th_close(mad, hb_median(gap, n) * 1.4826022185056018, 1e-14);
        assert_true(median == hb_median(v, n));
    }
}

static void normal(void **state)
{
    (void)state;
    const struct {
        double z, p;
    } known[] = {{0.0, 0.5},
                 {1.0, 0.84134474606854294859},
                 {-1.0, 0.15865525393145705141},
                 {1.9599639845400542355, 0.975},
                 {-2.3263478740408411009, 0.01},
                 {-5.0, 2.8665157187919391168e-07},
                 {-10.0, 7.6198530241605260660e-24},
                 {-37.0, 5.7255712225245768e-300}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_true(fabs(hb_norm_cdf(known[i].z) / known[i].p - 1.0) < 1e-12);
        th_close(hb_norm_quantile(known[i].p), known[i].z, 1e-9);
        if (known[i].z > -20) th_close(hb_norm_quantile(known[i].p), known[i].z, 1e-13);
    }
    for (double p = 0.001; p < 1.0; p += 0.007) {
        th_close(hb_norm_cdf(hb_norm_quantile(p)), p, 1e-14);
        th_close(hb_norm_quantile(1.0 - p), -hb_norm_quantile(p), 1e-11);
    }
    assert_true(isinf(hb_norm_quantile(0.0)) && hb_norm_quantile(0.0) < 0);
    assert_true(isinf(hb_norm_quantile(1.0)) && hb_norm_quantile(1.0) > 0);
    assert_true(isinf(hb_norm_quantile(-0.1)) && isinf(hb_norm_quantile(1.1)));
    assert_true(isnan(hb_norm_quantile(NAN)));
}

/* For even degrees the cdf is a finite Poisson sum. */
static double chi2_even(double x, int df)
{
    double term = exp(-x / 2), sum = 0.0;
    for (int k = 0; k < df / 2; k++) {
        sum += term;
        term *= x / 2 / (k + 1);
    }
    return 1.0 - sum;
}

static void chi_square(void **state)
{
    (void)state;
    for (int df = 2; df <= 40; df += 2) {
        for (double x = 0.05; x < 120; x *= 1.3)
            th_close(hb_chi2_cdf(x, df), chi2_even(x, df), 1e-12);
    }
    for (double x = 1e-6; x < 60; x *= 2) th_close(hb_chi2_cdf(x, 1), erf(sqrt(x / 2)), 1e-12);
    th_close(hb_chi2_quantile(0.5, 1), 0.45493642311957283, 1e-12);
    th_close(hb_chi2_quantile(0.5, 20), 19.337429229428262, 1e-12);
    th_close(hb_chi2_quantile(0.95, 3), 7.814727903251178, 1e-12);
    th_close(hb_chi2_quantile(0.99, 10), 23.209251158954356, 1e-12);
    for (double p = 1e-8; p < 1.0; p += 0.037) {
        th_close(hb_chi2_quantile(p, 2), -2 * log1p(-p), 1e-11);
        for (double df = 0.5; df < 300; df *= 2.1) {
            th_close(hb_chi2_cdf(hb_chi2_quantile(p, df), df), p, 1e-10);
        }
    }
    assert_true(hb_chi2_cdf(0.0, 3) == 0.0 && hb_chi2_cdf(-1.0, 3) == 0.0);
    assert_true(hb_chi2_cdf(INFINITY, 3) == 1.0 && hb_chi2_cdf(1e5, 3) == 1.0);
    assert_true(isnan(hb_chi2_cdf(NAN, 3)) && isnan(hb_chi2_quantile(NAN, 3)));
    assert_true(hb_chi2_quantile(0.0, 3) == 0.0 && isinf(hb_chi2_quantile(1.0, 3)));
    assert_true(hb_chi2_quantile(1e-300, 0.1) >= 0.0); /* underflows rather than failing */
}

static void isotonic_edges(void **state)
{
    (void)state;
    double y[4] = {4, 3, 2, 1}, w[4] = {1, 1, 1, 1}, fit[4];
    hb_isotonic(y, w, 4, fit);
    for (int i = 0; i < 4; i++) assert_true(fit[i] == 2.5);
    hb_isotonic(y, NULL, 4, fit);
    for (int i = 0; i < 4; i++) assert_true(fit[i] == 2.5);
    const double none[4] = {0, 0, 0, 0};
    hb_isotonic(y, none, 4, fit); /* no weight at all: plain means, not 0/0 */
    for (int i = 0; i < 4; i++) assert_true(fit[i] == 2.5);
    hb_isotonic(y, w, 0, fit);
    hb_isotonic(y, w, 4, y); /* in place */
    assert_true(y[0] == 2.5 && y[3] == 2.5);
}

static void bootstrap_edges(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(1);
    uint32_t idx[1000];
    hb_bootstrap_stationary(&rng, 1000, 0.0, idx); /* one block, wrapped */
    for (uint32_t i = 1; i < 1000; i++) assert_int_equal(idx[i], (idx[i - 1] + 1) % 1000);
    hb_bootstrap_stationary(&rng, 1000, 0.1, idx);
    uint32_t restarts = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        assert_true(idx[i] < 1000);
        restarts += i > 0 && idx[i] != (idx[i - 1] + 1) % 1000;
    }
    assert_in_range(restarts, 60, 140);
    hb_bootstrap_stationary(&rng, 1, 0.5, idx);
    assert_int_equal(idx[0], 0);
}

static void block_length_edges(void **state)
{
    (void)state;
    double x[400];
    for (int i = 0; i < 400; i++) x[i] = 3.5;
    assert_true(hb_block_length_auto(x, 400) == 1.0); /* constant: nothing to preserve */
    assert_true(hb_block_length_auto(x, 9) == 1.0);
    assert_true(hb_block_length_auto(x, 0) == 1.0);
    for (int i = 0; i < 400; i++) x[i] = i; /* a trend: as long as allowed */
    assert_true(hb_block_length_auto(x, 400) > 30.0);
    for (int i = 0; i < 400; i++) x[i] = i % 2 ? 1.0 : -1.0; /* never small correlations */
    const double length = hb_block_length_auto(x, 400);
    assert_true(length >= 1.0 && length <= 60.0);
    for (uint32_t n = 10; n < 30; n++) {
        const double l = hb_block_length_auto(x, n);
        assert_true(l >= 1.0 && l <= n);
    }
}

static void simplex_is_nearest(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(9);
    for (int c = 0; c < 200; c++) {
        double v[6], out[6], sum = 0.0;
        for (int i = 0; i < 6; i++) v[i] = 3.0 * hb_rng_normal(&rng);
        hb_simplex_project(v, 6, out);
        for (int i = 0; i < 6; i++) {
            assert_true(out[i] >= 0.0);
            sum += out[i];
        }
        th_close(sum, 1.0, 1e-12);
        /* Optimality: moving mass between two coordinates never brings it closer. */
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 6; j++) {
                if (out[i] > 0.0) assert_true(v[j] - out[j] <= v[i] - out[i] + 1e-12);
            }
        }
    }
    const double one[1] = {-5};
    double out[1];
    hb_simplex_project(one, 1, out);
    assert_true(out[0] == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles),
        cmocka_unit_test(sorts),
        cmocka_unit_test(nan_sorts_last),
        cmocka_unit_test(medians),
        cmocka_unit_test(normal),
        cmocka_unit_test(chi_square),
        cmocka_unit_test(isotonic_edges),
        cmocka_unit_test(bootstrap_edges),
        cmocka_unit_test(block_length_edges),
        cmocka_unit_test(simplex_is_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
