/* near_kernel_hot: weights, clamps, bandwidths and the Nadaraya-Watson mean on hand cases. */
#include "near_make.h"

static void test_rational_quadratic(void **state)
{
    (void)state;
    hb_kernels_t kernels = hb_kernels_default();
    kernels.rq_alpha = 2;
    kernels.rq_ell = 0.5;
    const double r[] = {0, 0.5, 3}, tau[] = {0, 7, 9};
    double w[3];
    hb_kernel_weights(&kernels, HB_KERNEL_RQ, r, tau, 3, w);
    for (uint32_t i = 0; i < 3; i++) th_close(w[i], pow(1 + r[i] * r[i] / (4 * 0.25), -2), 1e-13);
}

static void test_locally_periodic_is_a_product(void **state)
{
    (void)state;
    hb_kernels_t kernels = hb_kernels_default();
    kernels.period_bars = 24;
    kernels.lp_se_ell = 0.7;
    kernels.lp_periodic_ell = 1.3;
    kernels.periodic_ell = 1.3;
    const double r[] = {0.1, 0.9, 1.6}, tau[] = {3, 12, 100}, far[] = {0, 0, 0};
    double lp[3], periodic[3], se[3];
    hb_kernel_weights(&kernels, HB_KERNEL_LOCALLY_PERIODIC, r, tau, 3, lp);
    hb_kernel_weights(&kernels, HB_KERNEL_LOCALLY_PERIODIC, r, far, 3, se);
    hb_kernel_weights(&kernels, HB_KERNEL_PERIODIC, r, tau, 3, periodic);
    for (uint32_t i = 0; i < 3; i++) {
        th_close(se[i], exp(-r[i] * r[i] / (2 * 0.49)), 1e-13);
        th_close(lp[i], se[i] * periodic[i], 1e-13);
    }
}

static void test_periodic_repeats(void **state)
{
    (void)state;
    const hb_kernels_t kernels = hb_kernels_default();
    const double r[] = {0, 0, 0}, tau[] = {17, 17 + 1380.0, 17 + 1380.0 * 100000};
    double w[3];
    hb_kernel_weights(&kernels, HB_KERNEL_PERIODIC, r, tau, 3, w);
    assert_true(w[1] == w[0] && w[2] == w[0]);
}

static void test_exponents_are_clamped(void **state)
{
    (void)state;
    hb_kernels_t kernels = hb_kernels_default();
    kernels.rq_alpha = 50;
    kernels.periodic_ell = 1e-6;
    const double r[] = {1e30, 1e9}, tau[] = {690, 690};
    double w[2];
    for (uint32_t kernel = 0; kernel < HB_KERNEL_COUNT; kernel++) {
        hb_kernel_weights(&kernels, kernel, r, tau, 2, w);
        th_close(w[0] / exp(-40), 1, 1e-12);
        th_close(w[1] / exp(-40), 1, 1e-12);
    }
}

static void test_bandwidths(void **state)
{
    (void)state;
    hb_kernels_t kernels = hb_kernels_default();
    const double r[] = {1, 2, 4, 8}, tau[] = {0, 0, 0, 0};
    double w[4];
    kernels.bandwidth = HB_BANDWIDTH_BALLOON; /* unit 8 */
    hb_kernel_weights(&kernels, HB_KERNEL_RQ, r, tau, 4, w);
    for (uint32_t i = 0; i < 4; i++) th_close(w[i], 1 / (1 + r[i] * r[i] / 128), 1e-13);
    kernels.bandwidth = HB_BANDWIDTH_SAMPLE; /* unit 3, the median */
    hb_kernel_weights(&kernels, HB_KERNEL_RQ, r, tau, 4, w);
    for (uint32_t i = 0; i < 4; i++) th_close(w[i], 1 / (1 + r[i] * r[i] / 18), 1e-13);
    hb_kernel_weights(&kernels, HB_KERNEL_RQ, r, tau, 3, w);
    for (uint32_t i = 0; i < 3; i++) th_close(w[i], 1 / (1 + r[i] * r[i] / 8), 1e-13);
    const double same[] = {0, 0, 0, 0}; /* all at distance 0: no division by 0 */
    hb_kernel_weights(&kernels, HB_KERNEL_RQ, same, tau, 4, w);
    for (uint32_t i = 0; i < 4; i++) assert_true(w[i] == 1.0);
    hb_kernel_weights(&kernels, HB_KERNEL_RQ, r, tau, 0, w);
}

static void test_lists_below_zero(void **state)
{
    (void)state;
    const hb_kernels_t kernels = hb_kernels_default();
    const double r[] = {-5, -4, -1}, tau[] = {0, 0, 0};
    double w[3];
    hb_kernel_weights(&kernels, HB_KERNEL_RQ, r, tau, 3, w);
    th_close(w[0], 1, 1e-15);
    th_close(w[1], 1 / 1.5, 1e-13);
    th_close(w[2], 1 / 9.0, 1e-13);
}

static void test_nadaraya_watson(void **state)
{
    (void)state;
    const double w[] = {0.5, 0.25, 1}, y[] = {1, -1, 3}, vote[] = {1, 2, 0};
    const hb_nw_t plain = hb_kernel_nw(w, NULL, y, 3);
    th_close(plain.weight_sum, 1.75, 1e-15);
    th_close(plain.score, 3.25 / 1.75, 1e-15);
    th_close(plain.eff_k, 1.75 * 1.75 / (0.25 + 0.0625 + 1), 1e-15);
    const hb_nw_t voted = hb_kernel_nw(w, vote, y, 3);
    th_close(voted.weight_sum, 1, 1e-15);
    th_close(voted.score, 0, 1e-15);
    th_close(voted.eff_k, 2, 1e-15);
}

static void test_nadaraya_watson_floor(void **state)
{
    (void)state;
    const double w[] = {1, 1}, y[] = {1, 1}, none[] = {0, 0}, tiny[] = {1e-15, 0};
    hb_nw_t nw = hb_kernel_nw(w, none, y, 2);
    assert_true(nw.score == 0 && nw.weight_sum == 1e-12 && nw.eff_k == 0);
    nw = hb_kernel_nw(w, tiny, y, 2);
    th_close(nw.score, 1e-3, 1e-12);
    th_close(nw.eff_k, 1, 1e-12);
    nw = hb_kernel_nw(w, NULL, y, 0);
    assert_true(nw.score == 0 && nw.eff_k == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rational_quadratic),
        cmocka_unit_test(test_locally_periodic_is_a_product),
        cmocka_unit_test(test_periodic_repeats),
        cmocka_unit_test(test_exponents_are_clamped),
        cmocka_unit_test(test_bandwidths),
        cmocka_unit_test(test_lists_below_zero),
        cmocka_unit_test(test_nadaraya_watson),
        cmocka_unit_test(test_nadaraya_watson_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
