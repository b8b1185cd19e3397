/* Properties of location and shape on heavy-tailed data (Student t with 1.5 degrees): convergence,
 * the exit guarantees, the fixed point, optimality and equivariance of the median. */
#include "th.h"

#include <math.h>

#include "base_mem.h"
#include "math_linalg.h"
#include "math_tyler.h"
#include "num_fn.h"

/* Rows of a multivariate t(1.5): normal / sqrt(chi-square / 1.5), one factor common to all
 * columns. */
static double *heavy_rows(hb_rng_t *rng, uint32_t n, uint32_t p)
{
    double *x = hb_alloc((size_t)n * p, sizeof *x);
    for (uint32_t i = 0; i < n; i++) {
        /* chi-square with 1.5 degrees: Johnk's gamma(3/4) by rejection, doubled. */
        double u, v;
        do {
            u = hb_pow(1.0 - hb_rng_uniform(rng), 4.0 / 3.0);
            v = hb_pow(1.0 - hb_rng_uniform(rng), 4.0);
        } while (u + v > 1.0 || u == 0.0);
        const double gamma = u / (u + v) * -hb_log(1.0 - hb_rng_uniform(rng));
        const double spread = 1.0 / sqrt(2.0 * gamma / 1.5 + 1e-300);
        const double common = hb_rng_normal(rng);
        for (uint32_t j = 0; j < p; j++) {
            x[(size_t)i * p + j] = spread * (hb_rng_normal(rng) + common) * (1.0 + 0.2 * j);
        }
    }
    return x;
}

static void tyler_converges(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(11));
    const uint32_t rows[] = {40, 100, 400, 3000}, dims[] = {5, 12, 30};
    for (int a = 0; a < 4; a++) {
        for (int b = 0; b < 3; b++) {
            const uint32_t n = rows[a], p = dims[b];
            double *x = heavy_rows(&rng, n, p), s[30 * 30], lower[30 * 30];
            const hb_tyler_params_t params = hb_tyler_params_default();
            hb_tyler_report_t report;
            hb_err_t err = {0};
            assert_int_equal(hb_tyler_fit(x, n, p, &params, s, &report, &err), HB_OK);
            assert_true(report.converged && !report.fallback_identity && !report.rho_raised);
            assert_true(report.rho >= 0.01 && report.rho <= 1.0);
            assert_true(report.eigmin > 1e-8 && fabs(report.trace - p) <= 1e-6);
            assert_true(report.fixed_point_error < 1e-3);
            assert_true(hb_chol_factor(s, p, lower));
            for (uint32_t i = 0; i < p * p; i++) assert_true(s[i] == s[i % p * p + i / p]);
            hb_free(x);
        }
    }
}

static void many_rows_find_the_true_shape(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(12));
    const uint32_t n = 20000, p = 5;
    double *x = heavy_rows(&rng, n, p), s[25], trace = 0.0;
    hb_tyler_params_t params = hb_tyler_params_default();
    hb_tyler_report_t report;
    hb_err_t err = {0};
    assert_int_equal(hb_tyler_fit(x, n, p, &params, s, &report, &err), HB_OK);
    for (uint32_t j = 0; j < p; j++) trace += 2.0 * (1.0 + 0.2 * j) * (1.0 + 0.2 * j);
    for (uint32_t i = 0; i < p; i++) {
        for (uint32_t j = 0; j < p; j++) {
            const double truth =
                (i == j ? 2.0 : 1.0) * (1.0 + 0.2 * i) * (1.0 + 0.2 * j) * p / trace;
            assert_true(fabs(s[i * p + j] - truth) < 0.06);
        }
    }
    hb_free(x);
}

static void fixed_point_at_a_tight_tolerance(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(13));
    for (int c = 0; c < 6; c++) {
        const uint32_t n = 60 + 40 * (uint32_t)c, p = 4 + 2 * (uint32_t)c;
        double *x = heavy_rows(&rng, n, p), s[14 * 14];
        const hb_tyler_params_t params = {
            .rho = 0.05 + 0.1 * c, .tol = 1e-12, .iterations_max = 2000};
        hb_tyler_report_t report;
        hb_err_t err = {0};
        assert_int_equal(hb_tyler_fit(x, n, p, &params, s, &report, &err), HB_OK);
        assert_true(report.fixed_point_error < 1e-9);
        hb_free(x);
    }
}

static double total_distance(const double *x, uint32_t n, uint32_t p, const double *m)
{
    double total = 0.0;
    for (uint32_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (uint32_t j = 0; j < p; j++) sum += (x[i * p + j] - m[j]) * (x[i * p + j] - m[j]);
        total += sqrt(sum);
    }
    return total;
}

static void median_is_the_minimum_and_moves_along(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(14));
    for (int c = 0; c < 20; c++) {
        const uint32_t n = 5 + (uint32_t)hb_rng_below(&rng, 200),
                       p = 2 + (uint32_t)hb_rng_below(&rng, 5);
        double *x = heavy_rows(&rng, n, p), m[8], moved[8];
        hb_err_t err = {0};
        assert_int_equal(hb_spatial_median(x, n, p, m, NULL, &err), HB_OK);
        const double best = total_distance(x, n, p, m);
        for (int k = 0; k < 20; k++) {
            double other[8];
            for (uint32_t j = 0; j < p; j++) other[j] = m[j] + 0.1 * hb_rng_normal(&rng);
            assert_true(total_distance(x, n, p, other) >= best * (1.0 - 1e-12));
        }
        for (size_t k = 0; k < (size_t)n * p; k++) x[k] = 2.0 * x[k] + 3.0;
        assert_int_equal(hb_spatial_median(x, n, p, moved, NULL, &err), HB_OK);
        for (uint32_t j = 0; j < p; j++) th_close(moved[j], 2.0 * m[j] + 3.0, 1e-6);
        hb_free(x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tyler_converges),
        cmocka_unit_test(many_rows_find_the_true_shape),
        cmocka_unit_test(fixed_point_at_a_tight_tolerance),
        cmocka_unit_test(median_is_the_minimum_and_moves_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
