/* Calibration fits: refusals, knots, degenerate scores, conformal coverage. */
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "base_rng.h"
#include "learn_calib.h"
#include "num_fn.h"
#include "th.h"

enum { ROWS = 400 };

typedef struct {
    double raw[ROWS], p_raw[ROWS];
    uint8_t y[ROWS];
    hb_calib_t out;
} work_t;

/* Log-odds that are twice too bold: the true ones are raw / 2. */
static int setup(void **state)
{
    work_t *w = hb_alloc(1, sizeof *w);
    hb_rng_t rng = hb_rng_init(91);
    for (uint32_t i = 0; i < ROWS; i++) {
        w->raw[i] = 2.0 * hb_rng_normal(&rng);
        w->p_raw[i] = 1.0 / (1.0 + hb_exp(-w->raw[i]));
        w->y[i] = hb_rng_uniform(&rng) < 1.0 / (1.0 + hb_exp(-0.5 * w->raw[i]));
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    hb_free(*state);
    return 0;
}

static void refuse(work_t *w, hb_calib_method_t method, uint32_t n, hb_status_t status,
                   const char *part)
{
    hb_err_t err = {0};
    memset(&w->out, 0x5a, sizeof w->out);
    hb_calib_t *before = hb_alloc(1, sizeof *before);
    memcpy(before, &w->out, sizeof *before);
    assert_int_equal(hb_calib_fit(method, w->raw, w->p_raw, w->y, n, &w->out, &err), status);
    if (!strstr(err.message, part)) fail_msg("'%s' is not in '%s'", part, err.message);
    assert_memory_equal(&w->out, before, sizeof *before);
    hb_free(before);
}

static void refusals(void **state)
{
    work_t *w = *state;
    for (int method = HB_CALIB_ISOTONIC; method <= HB_CALIB_PLATT; method++) {
        refuse(w, (hb_calib_method_t)method, HB_CALIB_ROWS_MIN - 1, HB_E_NUMERIC, "19 rows");
        refuse(w, (hb_calib_method_t)method, 0, HB_E_NUMERIC, "0 rows");
    }
    refuse(w, (hb_calib_method_t)9, ROWS, HB_E_CONFIG, "method 9");
    w->raw[5] = INFINITY;
    w->p_raw[6] = NAN;
    refuse(w, HB_CALIB_PLATT, ROWS, HB_E_NUMERIC, "row 5");
    refuse(w, HB_CALIB_ISOTONIC, ROWS, HB_E_NUMERIC, "row 6");
    w->raw[5] = w->p_raw[6] = 0.5;
    w->raw[5] = 1e300;
    w->raw[6] = -1e300;
    refuse(w, HB_CALIB_PLATT, ROWS, HB_E_NUMERIC, "too large");
    memset(w->y, 1, ROWS);
    refuse(w, HB_CALIB_ISOTONIC, ROWS, HB_E_NUMERIC, "are up");
    memset(w->y, 0, ROWS);
    refuse(w, HB_CALIB_PLATT, ROWS, HB_E_NUMERIC, "are down");
}

static void none_keeps_the_probability(void **state)
{
    work_t *w = *state;
    hb_err_t err = {0};
    assert_int_equal(hb_calib_fit(HB_CALIB_NONE, w->raw, w->p_raw, w->y, 3, &w->out, &err), HB_OK);
    assert_int_equal(w->out.rows_fitted, 3);
    assert_true(hb_calib_apply(&w->out, 1.0, 0.7) == 0.7);
}

/* The slope found is the one that the data were made with. */
static void platt_finds_the_slope(void **state)
{
    work_t *w = *state;
    assert_int_equal(hb_calib_fit(HB_CALIB_PLATT, w->raw, w->p_raw, w->y, ROWS, &w->out, NULL),
                     HB_OK);
    assert_int_equal(w->out.method, HB_CALIB_PLATT);
    assert_true(w->out.platt_a < -0.3 && w->out.platt_a > -0.7);
    assert_true(fabs(w->out.platt_b) < 0.3);
    /* The gradient at the solution, in the targets of Lin, Lin and Weng. */
    double up = 0, grad_a = 0, grad_b = 0;
    for (uint32_t i = 0; i < ROWS; i++) up += w->y[i];
    for (uint32_t i = 0; i < ROWS; i++) {
        const double target = w->y[i] ? (up + 1) / (up + 2) : 1 / (ROWS - up + 2);
        const double p = hb_calib_apply(&w->out, w->raw[i], w->p_raw[i]);
        grad_a += w->raw[i] * (target - p);
        grad_b += target - p;
    }
    assert_true(fabs(grad_a) < 1e-8 && fabs(grad_b) < 1e-8);
}

static void platt_does_not_mind_the_scale(void **state)
{
    work_t *w = *state;
    double a, b, a_far, b_far;
    assert_int_equal(hb_platt_fit(w->raw, w->y, ROWS, &a, &b, NULL), HB_OK);
    for (uint32_t i = 0; i < ROWS; i++) w->raw[i] = 1e6 * w->raw[i] + 3e7;
    assert_int_equal(hb_platt_fit(w->raw, w->y, ROWS, &a_far, &b_far, NULL), HB_OK);
    th_close(a_far * 1e6, a, 1e-7);
    th_close(b_far + 3e7 * a_far, b, 1e-6);
}

static void platt_on_hard_data(void **state)
{
    work_t *w = *state;
    double a, b;
    /* Separable: the corrected targets keep the fit finite. */
    for (uint32_t i = 0; i < ROWS; i++) {
        w->raw[i] = i < ROWS / 2 ? -1.0 - 0.001 * i : 1.0 + 0.001 * i;
        w->y[i] = i >= ROWS / 2;
    }
    assert_int_equal(hb_platt_fit(w->raw, w->y, ROWS, &a, &b, NULL), HB_OK);
    assert_true(isfinite(a) && a < 0 && isfinite(b));
    /* One value only: the base rate. */
    for (uint32_t i = 0; i < ROWS; i++) {
        w->raw[i] = 3.5;
        w->y[i] = i % 4 == 0;
    }
    assert_int_equal(hb_platt_fit(w->raw, w->y, ROWS, &a, &b, NULL), HB_OK);
    const double up = ROWS / 4, down = ROWS - up;
    const double mean =
        (up * (up + 1) / (up + 2) + down / (down + 2)) / ROWS; /* mean of the targets */
    th_close(1.0 / (1.0 + exp(a * 3.5 + b)), mean, 1e-9);
}

static void isotonic_is_monotone_and_clipped(void **state)
{
    work_t *w = *state;
    assert_int_equal(hb_calib_fit(HB_CALIB_ISOTONIC, w->raw, w->p_raw, w->y, ROWS, &w->out, NULL),
                     HB_OK);
    assert_int_equal(w->out.rows_fitted, ROWS);
    assert_true(w->out.knot_count >= 2 && w->out.knot_count < ROWS);
    for (uint32_t i = 1; i < w->out.knot_count; i++) {
        assert_true(w->out.knot_x[i] > w->out.knot_x[i - 1]);
        assert_true(w->out.knot_y[i] >= w->out.knot_y[i - 1]);
    }
    const double edge = 1.0 / (ROWS + 2);
    double last = 0, sum = 0, up = 0;
    for (int i = 0; i <= 100; i++) {
        const double p = hb_calib_apply(&w->out, 0, i / 100.0);
        assert_true(p >= last && p >= edge && p <= 1 - edge);
        last = p;
    }
    for (uint32_t i = 0; i < ROWS; i++) {
        sum += hb_calib_apply(&w->out, 0, w->p_raw[i]);
        up += w->y[i];
    }
    th_close(sum / ROWS, up / ROWS, 2.0 * edge); /* pools keep the mean; clipping moves the ends */
}

static void constant_score_has_one_knot(void **state)
{
    (void)state;
    double x[30], knot_x[HB_CALIB_KNOTS_MAX], knot_y[HB_CALIB_KNOTS_MAX];
    uint8_t y[30];
    for (uint32_t i = 0; i < 30; i++) {
        x[i] = 0.5;
        y[i] = i < 12;
    }
    assert_int_equal(hb_isotonic_knots(x, y, 30, knot_x, knot_y), 1);
    assert_true(knot_x[0] == 0.5);
    th_close(knot_y[0], 0.4, 1e-15);
}

/* More levels than knots: block after block of rows whose shares of ups are the fractions with
 * denominators up to 128 in order (a Farey sequence), so that the isotonic fit keeps them all. */
static void too_many_levels_are_thinned(void **state)
{
    (void)state;
    enum { ORDER = 128, ROWS_MAX = 600000 };
    double *x = hb_alloc(ROWS_MAX, sizeof *x), *knots = hb_alloc(2, HB_CALIB_KNOTS_MAX * sizeof *x);
    uint8_t *y = hb_alloc(ROWS_MAX, 1);
    uint32_t n = 0, levels = 0, a = 0, b = 1, c = 1, d = ORDER; /* neighbours a/b < c/d */
    while (c <= d) {
        assert_true(n + d <= ROWS_MAX);
        for (uint32_t i = 0; i < d; i++) {
            x[n] = levels;
            y[n++] = i < c;
        }
        levels++;
        const uint32_t k = (ORDER + b) / d, c_next = k * c - a, d_next = k * d - b;
        a = c;
        b = d;
        c = c_next;
        d = d_next;
    }
    assert_true(levels > HB_CALIB_KNOTS_MAX);
    double *knot_y = knots + HB_CALIB_KNOTS_MAX;
    assert_int_equal(hb_isotonic_knots(x, y, n, knots, knot_y), HB_CALIB_KNOTS_MAX);
    assert_true(knots[0] == 0 && knots[HB_CALIB_KNOTS_MAX - 1] == levels - 1);
    assert_true(knot_y[0] == 1.0 / ORDER && knot_y[HB_CALIB_KNOTS_MAX - 1] == 1.0);
    for (uint32_t i = 1; i < HB_CALIB_KNOTS_MAX; i++) {
        assert_true(knots[i] > knots[i - 1] && knot_y[i] > knot_y[i - 1]);
    }
    hb_free(x);
    hb_free(y);
    hb_free(knots);
}

static void conformal_covers(void **state)
{
    work_t *w = *state;
    hb_conformal_t got;
    hb_conformal_fit(0.1, w->p_raw, w->y, ROWS, &got);
    assert_int_equal(got.rows_class[0] + got.rows_class[1], ROWS);
    for (uint32_t class = 0; class < 2; class ++) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < ROWS; i++) {
            if (w->y[i] != class) continue;
            kept += (hb_conformal_set(&got, w->p_raw[i]) & (class ? HB_SET_UP : HB_SET_DOWN)) != 0;
        }
        th_close(got.coverage[class], (double)kept / got.rows_class[class], 1e-15);
        assert_true(got.coverage[class] >= 0.9);
        assert_true(got.coverage[class] < 0.9 + 2.0 / got.rows_class[class]);
    }
}

static void conformal_edges(void **state)
{
    (void)state;
    const double p[] = {0.9, 0.8, NAN, 0.7};
    const uint8_t y[] = {1, 1, 1, 1};
    hb_conformal_t got;
    hb_conformal_fit(0.5, p, y, 4, &got);
    assert_int_equal(got.rows_class[0], 0);
    assert_true(isinf(got.threshold[0]) && got.coverage[0] == 1.0);
    th_close(got.threshold[1], 0.3, 1e-15); /* third smallest of 0.1, 0.2, 0.3, NaN */
    hb_conformal_fit(0.2, p, y, 4, &got);   /* the fourth is the NaN row: keep always */
    assert_true(isinf(got.threshold[1]));
    hb_conformal_fit(0.0, p, y, 4, &got);
    assert_true(isinf(got.threshold[1]) && got.coverage[1] == 1.0);
    hb_conformal_fit(1.0, p, y, 4, &got);
    th_close(got.threshold[1], 0.1, 1e-15);
    hb_conformal_fit(NAN, p, y, 4, &got);
    assert_true(isinf(got.threshold[1]));
    hb_conformal_fit(0.1, NULL, NULL, 0, &got);
    assert_true(isinf(got.threshold[0]) && isinf(got.threshold[1]));
}

static void prior_shift(void **state)
{
    (void)state;
    th_close(hb_prior_shift(0.37, 0.4, 0.4), 0.37, 1e-15);
    assert_true(hb_prior_shift(0.0, 0.5, 0.2) == 0.0);
    assert_true(hb_prior_shift(1.0, 0.5, 0.2) == 1.0);
    th_close(hb_prior_shift(hb_prior_shift(0.6, 0.5, 0.2), 0.2, 0.5), 0.6, 1e-15);
}

#define fixture_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        fixture_test(refusals),
        fixture_test(none_keeps_the_probability),
        fixture_test(platt_finds_the_slope),
        fixture_test(platt_does_not_mind_the_scale),
        fixture_test(platt_on_hard_data),
        fixture_test(isotonic_is_monotone_and_clipped),
        cmocka_unit_test(constant_score_has_one_knot),
        cmocka_unit_test(too_many_levels_are_thinned),
        fixture_test(conformal_covers),
        cmocka_unit_test(conformal_edges),
        cmocka_unit_test(prior_shift),
    };
    return cmocka_run_group_tests_name("calib", tests, NULL, NULL);
}
