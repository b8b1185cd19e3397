/* Golden vectors g07: spatial medians, the normalised Tyler shape, its invariant, n < p, choices of
 * rho. */
#include "th.h"

#include <math.h>
#include <string.h>

#include "math_linalg.h"
#include "math_stats.h"
#include "math_tyler.h"

static void read_matrix(const json_t *rows, uint32_t n, uint32_t p, double *out)
{
    assert_int_equal(json_array_size(rows), n);
    for (uint32_t i = 0; i < n; i++) th_nums(json_array_get(rows, i), out + i * p, p);
}

static const json_t *key(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!value) fail_msg("golden file lacks %s", name);
    return value;
}

static void median_of_first_case(void **state)
{
    (void)state;
    json_t *root = th_golden("g07_tyler_median.json");
    const json_t *median = key(root, "median");
    double x[8 * 3], want[3], m[3];
    read_matrix(key(median, "X"), 8, 3, x);
    th_nums(key(median, "spatial_median"), want, 3);
    uint32_t iterations = 0;
    hb_err_t err = {0};
    assert_int_equal(hb_spatial_median(x, 8, 3, m, &iterations, &err), HB_OK);
    for (int j = 0; j < 3; j++) th_close(m[j], want[j], 1e-9);
    assert_true(iterations > 0);
    for (int j = 0; j < 3; j++) {
        double column[8];
        for (int i = 0; i < 8; i++) column[i] = x[i * 3 + j];
        th_close(hb_median(column, 8),
                 th_num(json_array_get(key(median, "coordinate_median"), (size_t)j)), 1e-15);
    }
    json_decref(root);
}

static void median_at_data_points(void **state)
{
    (void)state;
    json_t *root = th_golden("g07_tyler_median.json");
    const json_t *cases = key(root, "median_cases");
    assert_int_equal(json_array_size(cases), 3);
    for (size_t c = 0; c < 3; c++) {
        const json_t *one = json_array_get(cases, c);
        double x[5 * 2], want[2], m[2];
        read_matrix(key(one, "X"), 5, 2, x);
        th_nums(key(one, "median"), want, 2);
        hb_err_t err = {0};
        assert_int_equal(hb_spatial_median(x, 5, 2, m, NULL, &err), HB_OK);
        th_close(m[0], want[0], 1e-9);
        th_close(m[1], want[1], 1e-9);
    }
    json_decref(root);
}

/* Rows of g07 less the spatial median, as the golden file has it. */
static void centred_rows(const json_t *root, double *x)
{
    const json_t *median = key(root, "median");
    double m[3];
    read_matrix(key(median, "X"), 8, 3, x);
    th_nums(key(median, "spatial_median"), m, 3);
    for (int i = 0; i < 24; i++) x[i] -= m[i % 3];
}

static void shape_and_whitening(void **state)
{
    (void)state;
    json_t *root = th_golden("g07_tyler_median.json");
    const json_t *cases = key(root, "tyler");
    double x[24];
    centred_rows(root, x);
    assert_int_equal(json_array_size(cases), 3);
    for (size_t c = 0; c < 3; c++) {
        const json_t *one = json_array_get(cases, c), *part = key(one, "trace_normalised");
        double want[9], eig[3], z_want[9], s[9], rootm[9], z[3];
        read_matrix(key(part, "Sigma"), 3, 3, want);
        th_nums(key(part, "eig"), eig, 3);
        hb_tyler_params_t params = {th_num(key(one, "rho")), 1e-13, 2000};
        hb_tyler_report_t report;
        hb_err_t err = {0};
        assert_int_equal(hb_tyler_fit(x, 8, 3, &params, s, &report, &err), HB_OK);
        for (int k = 0; k < 9; k++) th_close(s[k], want[k], 1e-9);
        th_close(report.eigmin, eig[0], 1e-9);
        th_close(report.eigmax, eig[2], 1e-9);
        th_close(report.trace, 3.0, 1e-12);
        assert_true(report.converged);
        assert_false(report.rho_raised);
        assert_true(report.fixed_point_error < 1e-11);
        assert_int_equal(report.rows_used, 8);
        if (!json_object_get(one, "whitened_symmetric_first3")) continue;
        read_matrix(key(one, "whitened_symmetric_first3"), 3, 3, z_want);
        hb_sym_power(s, 3, -0.5, rootm);
        for (int i = 0; i < 3; i++) {
            hb_mat_vec(rootm, 3, 3, &x[i * 3], z);
            for (int j = 0; j < 3; j++) th_close(z[j], z_want[i * 3 + j], 1e-9);
        }
    }
    json_decref(root);
}

static void invariant_of_the_whitened_rows(void **state)
{
    (void)state;
    json_t *root = th_golden("g07_tyler_median.json");
    const json_t *one = json_array_get(key(root, "tyler"), 0);
    double x[24], s[9], rootm[9], lhs[9] = {0}, want[9];
    centred_rows(root, x);
    read_matrix(key(key(one, "invariant"), "lhs"), 3, 3, want);
    const hb_tyler_params_t params = {th_num(key(one, "rho")), 1e-13, 2000};
    hb_err_t err = {0};
    assert_int_equal(hb_tyler_fit(x, 8, 3, &params, s, NULL, &err), HB_OK);
    hb_sym_power(s, 3, -0.5, rootm);
    for (int i = 0; i < 8; i++) {
        double z[3];
        hb_mat_vec(rootm, 3, 3, &x[i * 3], z);
        const double norm_sq = z[0] * z[0] + z[1] * z[1] + z[2] * z[2];
        for (int k = 0; k < 9; k++) lhs[k] += 3.0 / 8.0 * z[k / 3] * z[k % 3] / norm_sq;
    }
    for (int k = 0; k < 9; k++) th_close(lhs[k], want[k], 1e-9);
    json_decref(root);
}

static void fewer_rows_than_columns(void **state)
{
    (void)state;
    json_t *root = th_golden("g07_tyler_median.json");
    const json_t *part = key(root, "n_less_than_p"), *cases = key(part, "cases");
    double x[15];
    read_matrix(key(part, "X"), 3, 5, x);
    assert_int_equal(json_array_size(cases), 5);
    for (size_t c = 0; c < 5; c++) {
        const json_t *one = json_array_get(cases, c);
        double want[5], s[25], values[5], vectors[25];
        th_nums(key(one, "cwh_eig"), want, 5);
        const hb_tyler_params_t params = {th_num(key(one, "rho")), 1e-13, 5000};
        hb_tyler_report_t report;
        hb_err_t err = {0};
        assert_int_equal(hb_tyler_fit(x, 3, 5, &params, s, &report, &err), HB_OK);
        assert_false(report.rho_raised);
        hb_eig_symmetric(s, 5, values, vectors);
        for (int k = 0; k < 5; k++) th_close(values[k], want[k], 1e-9);
        assert_true(report.fixed_point_error < 1e-9);
    }
    json_decref(root);
}

static void plug_in_rho(void **state)
{
    (void)state;
    json_t *root = th_golden("g07_tyler_median.json");
    const json_t *rho = key(root, "rho");
    double x[24];
    centred_rows(root, x);
    th_close(hb_tyler_rho_cwh(x, 8, 3), th_num(key(rho, "cwh_plugin")), 1e-10);
    th_close(hb_tyler_rho_zhang_wiesel(x, 8, 3), th_num(key(rho, "zhang_wiesel")), 1e-12);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_of_first_case),    cmocka_unit_test(median_at_data_points),
        cmocka_unit_test(shape_and_whitening),     cmocka_unit_test(invariant_of_the_whitened_rows),
        cmocka_unit_test(fewer_rows_than_columns), cmocka_unit_test(plug_in_rho),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
