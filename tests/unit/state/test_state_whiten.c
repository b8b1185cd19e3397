/* The whitening: what the fit guarantees, what it refuses, what the hot path does with bad numbers.
 */
#include "th.h"

#include <math.h>
#include <string.h>

#include "make_rows.h"
#include "math_linalg.h"
#include "math_stats.h"
#include "num_dist.h"

static double norm_sq_of(const hb_point_t *point, const hb_whiten_t *whiten)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < whiten->out_dim; i++) sum += (double)point->z[i] * point->z[i];
    return sum * whiten->temperature;
}

static void guarantees_of_the_fit(void **state)
{
    (void)state;
    double *x = make_rows(1, ROWS), *norms = hb_alloc(ROWS, sizeof *norms);
    const hb_whiten_params_t params = hb_whiten_params_default();
    hb_whiten_report_t report;
    const hb_whiten_t whiten = fit_ok(x, ROWS, &params, &report);
    assert_int_equal(whiten.kept_dim, 6);
    assert_int_equal(whiten.out_dim, 6);
    assert_int_equal(report.dropped_columns, 1);
    assert_int_equal(report.rows, ROWS);
    assert_true(fabs(report.tyler.trace - 6.0) <= 1e-6);
    assert_true(report.tyler.eigmin > 1e-8);
    assert_true(report.tyler.converged);
    assert_true(report.tyler.fixed_point_error < 1e-4);
    assert_true(whiten.rho >= 0.01 && whiten.rho <= 1.0);
    assert_true(whiten.temperature == 6.0);
    th_close(report.median_norm_sq, hb_chi2_quantile(0.5, 6), 1e-12);
    for (uint32_t i = 0; i < ROWS; i++) {
        hb_point_t point;
        hb_whiten_apply(&whiten, x + (size_t)i * COLS, &point);
        assert_true(point.finite);
        assert_int_equal(point.dim, 16);
        th_close(point.lift, sqrt(1.0 + norm_sq_of(&point, &whiten) / whiten.temperature), 1e-6);
        for (uint32_t j = 6; j < HB_STATE_DIM_MAX; j++) assert_true(point.z[j] == 0.0f);
        norms[i] = norm_sq_of(&point, &whiten);
    }
    th_close(hb_median(norms, ROWS), hb_chi2_quantile(0.5, 6), 1e-5);
    hb_free(norms);
    hb_free(x);
}

/* (p/n) sum zz'/(z'z) of the whitened rows is (cI - rho S^-1)/(1 - rho); S^-1 is root'root up to
 * scale. */
static void fixed_point_identity(void **state)
{
    (void)state;
    double *x = make_rows(2, ROWS);
    hb_whiten_params_t params = hb_whiten_params_default();
    params.tyler.tol = 1e-11;
    params.tyler.rho = 0.2;
    hb_whiten_report_t report;
    const hb_whiten_t whiten = fit_ok(x, ROWS, &params, &report);
    assert_true(report.tyler.fixed_point_error < 1e-9);
    const uint32_t p = 6;
    double lhs[36] = {0}, inverse[36] = {0}, trace = 0.0;
    for (uint32_t i = 0; i < ROWS; i++) {
        hb_point_t point;
        hb_whiten_apply(&whiten, x + (size_t)i * COLS, &point);
        const double sq = norm_sq_of(&point, &whiten) / whiten.temperature;
        for (uint32_t k = 0; k < 36; k++) {
            lhs[k] += (double)p / ROWS * point.z[k / p] * point.z[k % p] / sq;
        }
    }
    for (uint32_t k = 0; k < 36; k++) {
        for (uint32_t l = 0; l < p; l++) {
            inverse[k] += whiten.root[k / p * p + l] * whiten.root[l * p + k % p];
        }
    }
    /* root = f S^-1/2; f^2 from the trace of S = p. */
    double shape[36];
    hb_sym_power(inverse, p, -1.0, shape);
    for (uint32_t k = 0; k < p; k++) trace += shape[k * p + k];
    const double f_sq = p / trace;
    double lhs_trace = 0.0, inverse_trace = 0.0;
    for (uint32_t k = 0; k < p; k++) {
        lhs_trace += lhs[k * p + k];
        inverse_trace += inverse[k * p + k] / f_sq;
    }
    const double c = ((1.0 - 0.2) * lhs_trace + 0.2 * inverse_trace) / p;
    for (uint32_t k = 0; k < 36; k++) {
        const double rhs = ((k / p == k % p ? c : 0.0) - 0.2 * inverse[k] / f_sq) / 0.8;
        th_close(lhs[k], rhs, 1e-6);
    }
    hb_free(x);
}

static void collinear_columns_go(void **state)
{
    (void)state;
    double *x = make_rows(3, ROWS);
    for (uint32_t i = 0; i < ROWS; i++)
        x[(size_t)i * COLS + 4] = 2.0 * x[(size_t)i * COLS + 1] - 7.0;
    hb_whiten_params_t params = hb_whiten_params_default();
    params.winsor_ratio = 0.0; /* limits would bend the line */
    hb_whiten_report_t report;
    const hb_whiten_t whiten = fit_ok(x, ROWS, &params, &report);
    const uint32_t want[5] = {0, 1, 2, 3, 5};
    assert_int_equal(whiten.kept_dim, 5);
    assert_memory_equal(whiten.kept, want, sizeof want);
    assert_int_equal(report.dropped_columns, 2);
    hb_free(x);
}

static void reduction_keeps_the_leading_directions(void **state)
{
    (void)state;
    double *x = make_rows(4, ROWS);
    hb_whiten_params_t params = hb_whiten_params_default();
    const hb_whiten_t full = fit_ok(x, ROWS, &params, NULL);
    params.components = 3;
    const hb_whiten_t cut = fit_ok(x, ROWS, &params, NULL);
    assert_int_equal(cut.out_dim, 3);
    assert_true(cut.temperature == 3.0);
    /* Its rows are orthogonal and shorter than the full root's smallest scale allows: |row|^2 =
     * f^2/lambda, lambda descending. */
    double length[3] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t j = 0; j <= i; j++) {
            double sum = 0.0;
            for (uint32_t k = 0; k < 6; k++) sum += cut.root[i * 6 + k] * cut.root[j * 6 + k];
            if (i == j)
                length[i] = sum;
            else
                th_close(sum, 0.0, 1e-9);
        }
    }
    double values[6], vectors[36], squared[36] = {0};
    for (uint32_t k = 0; k < 36; k++) {
        for (uint32_t l = 0; l < 6; l++)
            squared[k] += full.root[k / 6 * 6 + l] * full.root[l * 6 + k % 6];
    }
    hb_eig_symmetric(squared, 6, values, vectors);
    for (uint32_t i = 0; i < 3; i++) th_close(length[i], values[i], 1e-9);
    params.components = 99;
    const hb_whiten_t all = fit_ok(x, ROWS, &params, NULL);
    assert_memory_equal(&all, &full, sizeof full);
    hb_free(x);
}

static void fit_is_repeatable_and_takes_options(void **state)
{
    (void)state;
    double *x = make_rows(5, ROWS);
    hb_whiten_params_t params = hb_whiten_params_default();
    const hb_whiten_t a = fit_ok(x, ROWS, &params, NULL), b = fit_ok(x, ROWS, &params, NULL);
    assert_memory_equal(&a, &b, sizeof a);
    params.center_median = false;
    params.temperature = 2.5;
    params.norm_cap = 0.5;
    const hb_whiten_t c = fit_ok(x, ROWS, &params, NULL);
    assert_true(c.temperature == 2.5);
    assert_true(c.location[0] != a.location[0]);
    double longest = 0.0;
    for (uint32_t i = 0; i < ROWS; i++) {
        hb_point_t point;
        hb_whiten_apply(&c, x + (size_t)i * COLS, &point);
        longest = fmax(longest, sqrt(norm_sq_of(&point, &c) / c.temperature));
    }
    th_close(longest, 0.5, 1e-6);
    hb_free(x);
}

static void bad_numbers_clear_finite(void **state)
{
    (void)state;
    double *x = make_rows(6, ROWS);
    const hb_whiten_params_t params = hb_whiten_params_default();
    const hb_whiten_t whiten = fit_ok(x, ROWS, &params, NULL);
    const double values[] = {NAN, INFINITY, -INFINITY};
    for (int v = 0; v < 3; v++) {
        for (uint32_t j = 0; j < 6; j++) {
            double row[COLS];
            memcpy(row, x, sizeof row);
            row[j] = values[v];
            hb_point_t point;
            hb_whiten_apply(&whiten, row, &point);
            assert_false(point.finite);
            for (uint32_t k = 0; k < HB_STATE_DIM_MAX; k++) assert_true(point.z[k] == 0.0f);
        }
    }
    double row[COLS];
    memcpy(row, x, sizeof row);
    row[6] = NAN;   /* a column that was dropped */
    row[0] = 1e300; /* far out, but a number: clipped */
    hb_point_t point;
    hb_whiten_apply(&whiten, row, &point);
    assert_true(point.finite);
    hb_free(x);
}

static void expect_refusal(const double *x, uint32_t rows, uint32_t cols,
                           const hb_whiten_params_t *params, hb_status_t want)
{
    hb_whiten_t whiten;
    memset(&whiten, 0x5a, sizeof whiten);
    hb_whiten_t untouched = whiten;
    hb_err_t err = {0};
    assert_int_equal(hb_whiten_fit(x, rows, cols, params, &whiten, NULL, &err), want);
    assert_true(strlen(err.message) > 10);
    assert_memory_equal(&whiten, &untouched, sizeof whiten);
}

static void refusals_of_the_fit(void **state)
{
    (void)state;
    double *x = make_rows(7, ROWS);
    hb_whiten_params_t params = hb_whiten_params_default();
    expect_refusal(x, 1, COLS, &params, HB_E_NUMERIC);
    expect_refusal(x, ROWS, 0, &params, HB_E_NUMERIC);
    expect_refusal(x, 10, 33, &params, HB_E_NUMERIC);
    const double was = x[5];
    x[5] = NAN;
    expect_refusal(x, ROWS, COLS, &params, HB_E_NUMERIC);
    x[5] = was;
    params.winsor_ratio = 0.5;
    expect_refusal(x, ROWS, COLS, &params, HB_E_CONFIG);
    params = hb_whiten_params_default();
    params.norm_cap = 0.0;
    expect_refusal(x, ROWS, COLS, &params, HB_E_CONFIG);
    params = hb_whiten_params_default();
    params.temperature = NAN;
    expect_refusal(x, ROWS, COLS, &params, HB_E_CONFIG);
    params = hb_whiten_params_default();
    params.tyler.rho = 2.0;
    expect_refusal(x, ROWS, COLS, &params, HB_E_CONFIG);
    params = hb_whiten_params_default();
    for (uint32_t i = 1; i < ROWS; i++) memcpy(x + (size_t)i * COLS, x, COLS * sizeof *x);
    expect_refusal(x, ROWS, COLS, &params, HB_E_NUMERIC); /* nothing varies */
    for (uint32_t i = 0; i < ROWS / 3; i++) x[(size_t)i * COLS] = (double)i;
    expect_refusal(x, ROWS, COLS, &params, HB_E_NUMERIC); /* most rows are one state */
    hb_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guarantees_of_the_fit),
        cmocka_unit_test(fixed_point_identity),
        cmocka_unit_test(collinear_columns_go),
        cmocka_unit_test(reduction_keeps_the_leading_directions),
        cmocka_unit_test(fit_is_repeatable_and_takes_options),
        cmocka_unit_test(bad_numbers_clear_finite),
        cmocka_unit_test(refusals_of_the_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
