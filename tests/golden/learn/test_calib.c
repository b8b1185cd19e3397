/* Isotonic, Platt, prior shift and conformal thresholds against the golden vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "learn_calib.h"
#include "th.h"

enum { COPIES = 100 };

static void isotonic(void **state)
{
    (void)state;
    json_t *root = th_golden("g05_calibration.json");
    const json_t *iso = json_object_get(root, "isotonic");
    double x[12], y_values[12], unique[10], fit[10], query[8], want[8];
    th_nums(json_object_get(iso, "x"), x, 12);
    th_nums(json_object_get(iso, "y"), y_values, 12);
    th_nums(json_object_get(iso, "unique_x"), unique, 10);
    th_nums(json_object_get(iso, "fit"), fit, 10);
    th_nums(json_object_get(iso, "query"), query, 8);
    th_nums(json_object_get(iso, "linear_interp"), want, 8);
    /* The same rows many times over: the fit stays, and there are rows enough. */
    double *p_raw = hb_alloc((size_t)12 * COPIES, sizeof *p_raw);
    uint8_t *y = hb_alloc((size_t)12 * COPIES, 1);
    for (int i = 0; i < 12 * COPIES; i++) {
        p_raw[i] = x[i % 12];
        y[i] = y_values[i % 12] != 0;
    }
    hb_calib_t *calib = hb_alloc(1, sizeof *calib);
    hb_err_t err = {0};
    assert_int_equal(hb_calib_fit(HB_CALIB_ISOTONIC, p_raw, p_raw, y, 12 * COPIES, calib, &err),
                     HB_OK);
    const double edge = 1.0 / (12 * COPIES + 2);
    for (int i = 0; i < 10; i++) {
        th_close(hb_calib_apply(calib, 0.0, unique[i]), fmin(fmax(fit[i], edge), 1 - edge), 1e-12);
    }
    for (int i = 0; i < 8; i++) {
        th_close(hb_calib_apply(calib, 0.0, query[i]), fmin(fmax(want[i], edge), 1 - edge), 1e-12);
    }
    /* The middles of the two runs of three are gone: 0.4 and 0.7. */
    assert_int_equal(calib->knot_count, 8);
    hb_free(calib);
    hb_free(p_raw);
    hb_free(y);
    json_decref(root);
}

static void platt(void **state)
{
    (void)state;
    json_t *root = th_golden("g05_calibration.json");
    const json_t *want = json_object_get(root, "platt");
    double f[10], y_values[10], a, b;
    uint8_t y[10];
    th_nums(json_object_get(want, "f"), f, 10);
    th_nums(json_object_get(want, "y"), y_values, 10);
    for (int i = 0; i < 10; i++) y[i] = y_values[i] != 0;
    assert_int_equal(hb_platt_fit(f, y, 10, &a, &b, NULL), HB_OK);
    th_close(a, th_num(json_object_get(want, "A")), 1e-9);
    th_close(b, th_num(json_object_get(want, "B")), 1e-9);
    json_decref(root);
}

static void prior_shift(void **state)
{
    (void)state;
    json_t *root = th_golden("g05_calibration.json");
    size_t at;
    const json_t *one;
    json_array_foreach(json_object_get(json_object_get(root, "prior_shift"), "cases"), at, one)
    {
        const double got = hb_prior_shift(th_num(json_object_get(one, "p")),
                                          th_num(json_object_get(one, "pi_train")),
                                          th_num(json_object_get(one, "pi_live")));
        th_close(got, th_num(json_object_get(one, "p_live")), 1e-12);
    }
    assert_int_equal(at, 4);
    json_decref(root);
}

static void check_sets(const json_t *tests, const char *key, const hb_conformal_t *conformal)
{
    size_t at, k;
    const json_t *one, *class;
    json_array_foreach(tests, at, one)
    {
        uint32_t want = 0;
        json_array_foreach(json_object_get(one, key), k, class)
        {
            want |= json_integer_value(class) ? HB_SET_UP : HB_SET_DOWN;
        }
        assert_int_equal(hb_conformal_set(conformal, th_num(json_object_get(one, "p"))), want);
    }
    assert_int_equal(at, 8);
}

static void conformal(void **state)
{
    (void)state;
    json_t *root = th_golden("g06_conformal.json");
    double p[64];
    uint8_t y[64];
    uint32_t n = 0;
    size_t at;
    const json_t *row;
    json_array_foreach(json_object_get(root, "calibration"), at, row)
    {
        p[n] = th_num(json_object_get(row, "p1"));
        y[n++] = json_integer_value(json_object_get(row, "y")) != 0;
    }
    const char *alpha;
    json_t *thresholds = json_object_get(root, "thresholds"), *want;
    uint32_t cases = 0;
    json_object_foreach(thresholds, alpha, want)
    {
        hb_conformal_t got;
        hb_conformal_fit(strtod(alpha, NULL), p, y, n, &got);
        th_close(got.threshold[0], th_num(json_object_get(want, "0")), 1e-12);
        th_close(got.threshold[1], th_num(json_object_get(want, "1")), 1e-12);
        char key[32];
        snprintf(key, sizeof key, "set_alpha_%s", alpha);
        const json_t *tests = json_object_get(root, "test");
        if (json_object_get(json_array_get(tests, 0), key)) {
            check_sets(tests, key, &got);
            cases++;
        }
    }
    assert_int_equal(cases, 2);
    json_decref(root);
}

/* One row fewer than the smallest count that gives a finite threshold keeps the class always. */
static void conformal_least_rows(void **state)
{
    (void)state;
    json_t *root = th_golden("g06_conformal.json"), *want;
    const char *alpha;
    json_object_foreach(json_object_get(root, "min_class_count"), alpha, want)
    {
        double p[128];
        uint8_t y[128];
        const uint32_t least = (uint32_t)json_integer_value(want);
        for (uint32_t i = 0; i < least; i++) {
            p[i] = 0.5 + 0.001 * i;
            y[i] = 1;
        }
        hb_conformal_t got;
        hb_conformal_fit(strtod(alpha, NULL), p, y, least, &got);
        assert_true(isfinite(got.threshold[1]));
        hb_conformal_fit(strtod(alpha, NULL), p, y, least - 1, &got);
        assert_true(isinf(got.threshold[1]));
    }
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(isotonic),
        cmocka_unit_test(platt),
        cmocka_unit_test(prior_shift),
        cmocka_unit_test(conformal),
        cmocka_unit_test(conformal_least_rows),
    };
    return cmocka_run_group_tests_name("golden calib", tests, NULL, NULL);
}
