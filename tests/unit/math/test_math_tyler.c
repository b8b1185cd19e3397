/* Edge cases of the spatial median and the Tyler shape: degenerate rows, refusals, raised rho,
 * fallback. */
#include "th.h"

#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "math_linalg.h"
#include "math_tyler.h"
#include "num_fn.h"

static void median_of_special_sets(void **state)
{
    (void)state;
    double m[3];
    hb_err_t err = {0};
    const double line[5] = {5, 1, 9, 2, 100};
    assert_int_equal(hb_spatial_median(line, 5, 1, m, NULL, &err), HB_OK);
    assert_true(m[0] == 5.0); /* one column: the ordinary median */
    const double one[3] = {1, 2, 3};
    assert_int_equal(hb_spatial_median(one, 1, 3, m, NULL, &err), HB_OK);
    assert_memory_equal(m, one, sizeof one);
    const double same[8] = {1, 7, 1, 7, 1, 7, 1, 7};
    assert_int_equal(hb_spatial_median(same, 4, 2, m, NULL, &err), HB_OK);
    assert_true(m[0] == 1 && m[1] == 7);
    /* Points on a line in the plane: the middle one, which is a data point. */
    const double straight[10] = {0, 0, 1, 2, 2, 4, 30, 60, 31, 62};
    assert_int_equal(hb_spatial_median(straight, 5, 2, m, NULL, &err), HB_OK);
    th_close(m[0], 2.0, 1e-7);
    th_close(m[1], 4.0, 1e-7);
}

/* The optimum is a data point that is not where the descent starts: the nearest-point test finds
 * it. */
static void median_approaches_a_data_point(void **state)
{
    (void)state;
    const double x[14] = {1.3, 0.7, 1.3, 0.7, 1.3, 0.7, 0, 0, 9, 1, -3, 4, 2, -8};
    double m[2];
    hb_err_t err = {0};
    assert_int_equal(hb_spatial_median(x, 7, 2, m, NULL, &err), HB_OK);
    assert_true(m[0] == 1.3 && m[1] == 0.7);
    const double triangle[8] = {0,   0, 10,  1,
                                -10, 1, 0.1, 0.3}; /* the fourth lies inside the others */
    assert_int_equal(hb_spatial_median(triangle, 4, 2, m, NULL, &err), HB_OK);
    assert_true(m[0] == 0.1 && m[1] == 0.3);
}

static void median_refuses(void **state)
{
    (void)state;
    double m[2] = {5, 5}, x[4] = {1, 2, NAN, 4};
    hb_err_t err = {0};
    assert_int_equal(hb_spatial_median(x, 2, 2, m, NULL, &err), HB_E_NUMERIC);
    assert_non_null(strstr(err.message, "row 1 column 0"));
    assert_int_equal(hb_spatial_median(x, 0, 2, m, NULL, NULL), HB_E_NUMERIC);
    assert_int_equal(hb_spatial_median(x, 2, 0, m, NULL, NULL), HB_E_NUMERIC);
    assert_int_equal(hb_spatial_median(x, 2, 65, m, NULL, NULL), HB_E_NUMERIC);
    const double far[8] = {1e308, 1, -1e308, 1, 5, 1e308, 5, -1e308}; /* distances overflow */
    assert_int_equal(hb_spatial_median(far, 4, 2, m, NULL, NULL), HB_E_NUMERIC);
    assert_true(m[0] == 5 && m[1] == 5);
}

static void zero_rows_are_dropped(void **state)
{
    (void)state;
    double x[40 * 3], y[44 * 3], a[9], b[9];
    hb_rng_t rng = hb_rng_init(1);
    for (int k = 0; k < 120; k++) x[k] = hb_rng_normal(&rng);
    memset(y, 0, sizeof y);
    memcpy(&y[3], x, 20 * 3 * sizeof *x); /* zero rows at the start, in the middle and at the end */
    memcpy(&y[23 * 3], &x[20 * 3], 20 * 3 * sizeof *x);
    hb_tyler_params_t params = hb_tyler_params_default();
    params.rho = 0.1;
    hb_tyler_report_t report;
    hb_err_t err = {0};
    assert_int_equal(hb_tyler_fit(x, 40, 3, &params, a, NULL, &err), HB_OK);
    assert_int_equal(hb_tyler_fit(y, 44, 3, &params, b, &report, &err), HB_OK);
    assert_int_equal(report.rows_used, 40);
    assert_memory_equal(a, b, sizeof a);
    assert_true(hb_tyler_rho_cwh(x, 40, 3) == hb_tyler_rho_cwh(y, 44, 3));
    assert_true(hb_tyler_rho_zhang_wiesel(x, 40, 3) == hb_tyler_rho_zhang_wiesel(y, 44, 3));
}

static void only_directions_matter(void **state)
{
    (void)state;
    double x[60 * 4], y[60 * 4], a[16], b[16];
    hb_rng_t rng = hb_rng_init(2);
    for (int i = 0; i < 60; i++) {
        const double scale = i % 3 == 0 ? 1e-200 : i % 3 == 1 ? 1e250 : -1.0;
        for (int j = 0; j < 4; j++) {
            x[i * 4 + j] = hb_rng_normal(&rng);
            y[i * 4 + j] = x[i * 4 + j] * scale;
        }
    }
    const hb_tyler_params_t params = hb_tyler_params_default();
    hb_err_t err = {0};
    assert_int_equal(hb_tyler_fit(x, 60, 4, &params, a, NULL, &err), HB_OK);
    assert_int_equal(hb_tyler_fit(y, 60, 4, &params, b, NULL, &err), HB_OK);
    for (int k = 0; k < 16; k++) th_close(a[k], b[k], 1e-12);
}

static void full_shrinkage_is_the_identity(void **state)
{
    (void)state;
    const double x[6] = {1, 2, 3, -1, 2, 5};
    double s[4];
    hb_tyler_params_t params = hb_tyler_params_default();
    params.rho = 1.0;
    hb_tyler_report_t report;
    hb_err_t err = {0};
    assert_int_equal(hb_tyler_fit(x, 3, 2, &params, s, &report, &err), HB_OK);
    assert_true(s[0] == 1 && s[1] == 0 && s[2] == 0 && s[3] == 1);
    assert_true(report.converged && !report.rho_raised && !report.fallback_identity);
    params.rho = 0.0;
    assert_int_equal(hb_tyler_fit(x, 6, 1, &params, s, &report, &err), HB_OK); /* one column */
    assert_true(s[0] == 1.0);
    assert_true(hb_tyler_rho_cwh(x, 6, 1) == 1.0);
}

/* All rows on one line: the shape is close to singular; rho keeps it away from it. */
static void a_single_direction(void **state)
{
    (void)state;
    double x[50 * 3], s[9];
    for (int i = 0; i < 50; i++) {
        x[i * 3] = i + 1.0;
        x[i * 3 + 1] = 2.0 * (i + 1.0);
        x[i * 3 + 2] = -(i + 1.0);
    }
    hb_tyler_params_t params = hb_tyler_params_default();
    hb_tyler_report_t report;
    hb_err_t err = {0};
    assert_int_equal(hb_tyler_fit(x, 50, 3, &params, s, &report, &err), HB_OK);
    assert_true(report.eigmin > 1e-8 && report.converged);
    th_close(report.trace, 3.0, 1e-12);
    params.rho = 1e-12; /* would leave an eigenvalue of about 1e-12 */
    assert_int_equal(hb_tyler_fit(x, 50, 3, &params, s, &report, &err), HB_OK);
    assert_true(report.eigmin > 1e-8 && report.rho_raised && report.rho > 0.04);
    params.rho = 1e-320; /* the factor itself may fail */
    assert_int_equal(hb_tyler_fit(x, 50, 3, &params, s, &report, &err), HB_OK);
    assert_true(report.eigmin > 1e-8 && report.rho_raised);
}

static void rho_is_raised_without_convergence(void **state)
{
    (void)state;
    const double x[15] = {1, 2, 0, 1, -1, 0, 1, 1, -2, 2, 3, 0, -1, 1, 0};
    double s[25];
    hb_tyler_params_t params = {.rho = 0.01, .tol = 1e-12, .iterations_max = 500};
    hb_tyler_report_t report;
    hb_err_t err = {0};
    assert_int_equal(hb_tyler_fit(x, 3, 5, &params, s, &report, &err), HB_OK);
    assert_true(report.rho_raised);
    assert_true(report.iterations > 300 && report.iterations <= 500);
    assert_true(report.eigmin > 1e-8 && fabs(report.trace - 5.0) <= 1e-6);
    params.iterations_max = 1; /* no time for anything: the identity, and it says so */
    assert_int_equal(hb_tyler_fit(x, 3, 5, &params, s, &report, &err), HB_OK);
    assert_true(report.fallback_identity && report.rho == 1.0);
    for (int k = 0; k < 25; k++) assert_true(s[k] == (k % 6 == 0 ? 1.0 : 0.0));
}

static void tyler_refuses(void **state)
{
    (void)state;
    double x[8] = {1, 2, 3, 4, 5, 6, 7, 9}, s[4] = {7, 7, 7, 7};
    hb_tyler_params_t params = hb_tyler_params_default();
    hb_tyler_report_t report;
    assert_int_equal(hb_tyler_fit(x, 4, 0, &params, s, &report, NULL), HB_E_NUMERIC);
    assert_int_equal(hb_tyler_fit(x, 4, 65, &params, s, &report, NULL), HB_E_NUMERIC);
    assert_int_equal(hb_tyler_fit(x, 1, 2, &params, s, &report, NULL), HB_E_NUMERIC);
    params.rho = 1.01;
    assert_int_equal(hb_tyler_fit(x, 4, 2, &params, s, &report, NULL), HB_E_CONFIG);
    params.rho = NAN;
    assert_int_equal(hb_tyler_fit(x, 4, 2, &params, s, &report, NULL), HB_E_CONFIG);
    params = hb_tyler_params_default();
    params.tol = 0.0;
    assert_int_equal(hb_tyler_fit(x, 4, 2, &params, s, &report, NULL), HB_E_CONFIG);
    params.tol = INFINITY;
    assert_int_equal(hb_tyler_fit(x, 4, 2, &params, s, &report, NULL), HB_E_CONFIG);
    params = hb_tyler_params_default();
    params.iterations_max = 0;
    assert_int_equal(hb_tyler_fit(x, 4, 2, &params, s, &report, NULL), HB_E_CONFIG);
    params = hb_tyler_params_default();
    x[3] = INFINITY;
    assert_int_equal(hb_tyler_fit(x, 4, 2, &params, s, &report, NULL), HB_E_NUMERIC);
    memset(x, 0, sizeof x);
    x[0] = 1.0;
    assert_int_equal(hb_tyler_fit(x, 4, 2, &params, s, &report, NULL), HB_E_NUMERIC);
    assert_true(hb_tyler_rho_cwh(x + 2, 3, 2) == 1.0 &&
                hb_tyler_rho_zhang_wiesel(x + 2, 3, 2) == 1.0);
    for (int k = 0; k < 4; k++) assert_true(s[k] == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_special_sets),
        cmocka_unit_test(median_approaches_a_data_point),
        cmocka_unit_test(median_refuses),
        cmocka_unit_test(zero_rows_are_dropped),
        cmocka_unit_test(only_directions_matter),
        cmocka_unit_test(full_shrinkage_is_the_identity),
        cmocka_unit_test(a_single_direction),
        cmocka_unit_test(rho_is_raised_without_convergence),
        cmocka_unit_test(tyler_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
