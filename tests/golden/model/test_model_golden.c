/* The calibrator's and the conformal set's golden vectors (g05, g06): thresholds and knots as given
 * there, probabilities and sets as they must come out. */
#include "th.h"

#include <math.h>
#include <string.h>

#include "model_calib.h"

static hb_calib_t calib;

static uint32_t set_bits(const json_t *classes)
{
    uint32_t bits = 0;
    size_t i;
    json_t *value;
    json_array_foreach(classes, i, value) bits |= 1u << json_integer_value(value);
    return bits;
}

static void conformal_sets(void **state)
{
    (void)state;
    json_t *root = th_golden("g06_conformal.json");
    const json_t *tests = json_object_get(root, "test");
    const char *const alphas[] = {"0.1", "0.2"};
    const char *const keys[] = {"set_alpha_0.1", "set_alpha_0.2"};
    assert_true(json_array_size(tests) > 0);
    for (int a = 0; a < 2; a++) {
        const json_t *limits = json_object_get(json_object_get(root, "thresholds"), alphas[a]);
        const hb_conformal_t conformal = {.threshold = {th_num(json_object_get(limits, "0")),
                                                        th_num(json_object_get(limits, "1"))}};
        size_t i;
        json_t *test;
        json_array_foreach(tests, i, test)
        {
            const double p = th_num(json_object_get(test, "p"));
            assert_int_equal(hb_conformal_set(&conformal, p),
                             set_bits(json_object_get(test, keys[a])));
        }
    }
    json_decref(root);
}

/* Few calibration rows: the threshold is infinite and every class stays. */
static void conformal_infinite(void **state)
{
    (void)state;
    json_t *root = th_golden("g06_conformal.json");
    const json_t *limits = json_object_get(json_object_get(root, "thresholds"), "0.05");
    const hb_conformal_t conformal = {
        .threshold = {th_num(json_object_get(limits, "0")), th_num(json_object_get(limits, "1"))}};
    for (int i = 0; i <= 10; i++) {
        assert_int_equal(hb_conformal_set(&conformal, i / 10.0), HB_SET_DOWN | HB_SET_UP);
    }
    json_decref(root);
}

/* The golden fit is per row; its knots are the distinct x. */
static void isotonic_interpolation(void **state)
{
    (void)state;
    json_t *root = th_golden("g05_calibration.json");
    const json_t *iso = json_object_get(root, "isotonic");
    const json_t *x = json_object_get(iso, "x"), *fit = json_object_get(iso, "fit");
    const json_t *unique = json_object_get(iso, "unique_x");
    const json_t *query = json_object_get(iso, "query"),
                 *out = json_object_get(iso, "linear_interp");
    memset(&calib, 0, sizeof calib);
    calib.method = HB_CALIB_ISOTONIC;
    calib.rows_fitted = UINT32_MAX;
    const size_t knots = json_array_size(unique);
    const int per_row = json_array_size(fit) == json_array_size(x);
    for (size_t i = 0; i < (per_row ? json_array_size(x) : knots); i++) {
        const double at = th_num(json_array_get(per_row ? x : unique, i));
        if (calib.knot_count > 0 && calib.knot_x[calib.knot_count - 1] == at) continue;
        calib.knot_x[calib.knot_count] = at;
        calib.knot_y[calib.knot_count++] = th_num(json_array_get(fit, i));
    }
    assert_int_equal(calib.knot_count, knots);
    const double edge = 1 / (UINT32_MAX + 2.0); /* and then 1/(n+2) is all that the clip does */
    for (size_t i = 0; i < json_array_size(query); i++) {
        const double p = hb_calib_apply(&calib, 0, th_num(json_array_get(query, i)));
        const double golden = th_num(json_array_get(out, i));
        th_close(p, fmin(fmax(golden, edge), 1 - edge), 1e-12);
    }
    json_decref(root);
}

/* Golden coefficients have a gradient of zero at the regularised targets: sum(p - t) = 0. */
static void platt_stationary(void **state)
{
    (void)state;
    json_t *root = th_golden("g05_calibration.json");
    const json_t *platt = json_object_get(root, "platt");
    const json_t *f = json_object_get(platt, "f"), *y = json_object_get(platt, "y");
    const double up = th_num(json_object_get(platt, "target_pos"));
    const double down = th_num(json_object_get(platt, "target_neg"));
    memset(&calib, 0, sizeof calib);
    calib.method = HB_CALIB_PLATT;
    calib.platt_a = th_num(json_object_get(platt, "A"));
    calib.platt_b = th_num(json_object_get(platt, "B"));
    double sum = 0, sum_f = 0;
    for (size_t i = 0; i < json_array_size(f); i++) {
        const double raw = th_num(json_array_get(f, i));
        const double target = json_integer_value(json_array_get(y, i)) ? up : down;
        const double wrong = hb_calib_apply(&calib, raw, 0.5) - target;
        sum += wrong;
        sum_f += wrong * raw;
    }
    th_close(sum, 0, 1e-12);
    th_close(sum_f, 0, 1e-12);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conformal_sets), cmocka_unit_test(conformal_infinite),
        cmocka_unit_test(isotonic_interpolation), cmocka_unit_test(platt_stationary)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
