/* Calibration, conformal set and score: rules, closed failure, and the file against every damage.
 */
#include "th.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_calib.h"
#include "rec_reason.h"
#include "store_file.h"

static hb_calib_t calib; /* 64 KB: not on the stack */
static hb_calib_t other;
static char folder[256];
static char file_path[300];

static void calib_isotonic(void)
{
    memset(&calib, 0, sizeof calib);
    calib.method = HB_CALIB_ISOTONIC;
    calib.rows_fitted = 98;
    calib.knot_count = 4;
    const double x[] = {0.2, 0.4, 0.5, 0.9}, y[] = {0.0, 0.3, 0.3, 1.0};
    memcpy(calib.knot_x, x, sizeof x);
    memcpy(calib.knot_y, y, sizeof y);
}

static hb_conformal_t conformal_make(void)
{
    return (hb_conformal_t){
        .alpha = 0.1, .threshold = {0.7, 0.6}, .rows_class = {40, 50}, .coverage = {0.9, 0.92}};
}

static void apply_isotonic(void **state)
{
    (void)state;
    calib_isotonic();
    th_close(hb_calib_apply(&calib, 0, 0.3), 0.15, 1e-12);
    th_close(hb_calib_apply(&calib, 0, 0.45), 0.3, 1e-12);
    th_close(hb_calib_apply(&calib, 0, 0.7), 0.65, 1e-12);
    assert_true(hb_calib_apply(&calib, 0, 0.4) == 0.3);
    assert_true(hb_calib_apply(&calib, 0, 0.0) == 0.01); /* 1 / (98 + 2) */
    assert_true(hb_calib_apply(&calib, 0, 0.2) == 0.01);
    assert_true(hb_calib_apply(&calib, 0, 1.0) == 1 - 0.01);
    double before = 0;
    for (int i = 0; i <= 1000; i++) {
        const double p = hb_calib_apply(&calib, 0, i / 1000.0);
        assert_true(p >= before);
        before = p;
    }
    calib.knot_count = 1;
    assert_true(hb_calib_apply(&calib, 0, 0.1) == 0.01);
    calib.knot_y[0] = 0.5;
    assert_true(hb_calib_apply(&calib, 0, 0.9) == 0.5);
    calib.knot_count = 0; /* never fitted: as it came */
    assert_true(hb_calib_apply(&calib, 0, 0.9) == 0.9);
}

static void apply_others(void **state)
{
    (void)state;
    memset(&calib, 0, sizeof calib);
    assert_true(hb_calib_apply(&calib, 1, 0.73) == 0.73);
    calib.method = HB_CALIB_PLATT;
    calib.platt_a = -2;
    calib.platt_b = 0.5;
    th_close(hb_calib_apply(&calib, 1, 0), 1 / (1 + exp(-1.5)), 1e-14);
    th_close(hb_calib_apply(&calib, DBL_MAX, 1), 1, 0);
    th_close(hb_calib_apply(&calib, -DBL_MAX, 0), 0, 0);
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        assert_true(hb_calib_apply(&calib, bad[i], 0.9) == 0.5);
        assert_true(hb_calib_apply(&calib, 1, bad[i]) == 0.5);
    }
}

static void set_bounds(void **state)
{
    (void)state;
    hb_conformal_t c = conformal_make();
    assert_int_equal(hb_conformal_set(&c, 0.1), HB_SET_DOWN);
    assert_int_equal(hb_conformal_set(&c, 0.5), HB_SET_DOWN | HB_SET_UP);
    assert_int_equal(hb_conformal_set(&c, 0.7), HB_SET_DOWN | HB_SET_UP); /* equal is kept */
    assert_int_equal(hb_conformal_set(&c, 0.71), HB_SET_UP);
    assert_int_equal(hb_conformal_set(&c, NAN), 0);
    c.threshold[0] = c.threshold[1] = 0.2;
    assert_int_equal(hb_conformal_set(&c, 0.5), 0);
    c.threshold[0] = c.threshold[1] = INFINITY;
    assert_int_equal(hb_conformal_set(&c, 0.0), HB_SET_DOWN | HB_SET_UP);
}

static void score_reasons(void **state)
{
    (void)state;
    memset(&calib, 0, sizeof calib);
    hb_conformal_t c = conformal_make();
    hb_score_t score;
    hb_score_make(&calib, &c, 2, HB_REASON_WARMUP, &score);
    th_close(score.p_raw, 1 / (1 + exp(-2.0)), 1e-14);
    assert_true(score.raw == 2 && score.p == score.p_raw);
    assert_int_equal(score.set, HB_SET_UP);
    assert_int_equal(score.reasons, HB_REASON_WARMUP);
    hb_score_make(&calib, &c, -2, 0, &score);
    assert_int_equal(score.set, HB_SET_DOWN);
    assert_int_equal(score.reasons, 0);
    hb_score_make(&calib, &c, 0, 0, &score);
    assert_true(score.p == 0.5);
    assert_int_equal(score.reasons, HB_REASON_AMBIGUOUS);
    c.threshold[0] = c.threshold[1] = 0.1;
    hb_score_make(&calib, &c, 0, HB_REASON_OUT_OF_DOMAIN, &score);
    assert_int_equal(score.set, 0);
    assert_int_equal(score.reasons, HB_REASON_OUT_OF_DOMAIN | HB_REASON_EMPTY_SET);
}

static void score_not_finite(void **state)
{
    (void)state;
    memset(&calib, 0, sizeof calib);
    hb_conformal_t c = conformal_make();
    c.threshold[0] = c.threshold[1] = INFINITY;
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        hb_score_t score;
        hb_score_make(&calib, &c, bad[i], HB_REASON_WARMUP, &score);
        assert_true(score.p == 0.5 && score.p_raw == 0.5);
        assert_int_equal(score.set, 0);
        assert_int_equal(score.reasons, HB_REASON_WARMUP | HB_REASON_STATE_NOT_FINITE);
    }
    hb_score_t score;
    hb_score_make(&calib, &c, -DBL_MAX, 0, &score);
    assert_true(score.p == 0);
    hb_score_make(&calib, &c, DBL_MAX, 0, &score);
    assert_true(score.p == 1);
}

static int folder_make(void **state)
{
    (void)state;
    th_temp_make(folder);
    (void)snprintf(file_path, sizeof file_path, "%s/calib.hbx", folder);
    return 0;
}

static int folder_remove(void **state)
{
    (void)state;
    th_temp_remove(folder);
    return 0;
}

static void round_trip(void)
{
    hb_err_t err = {0};
    const hb_conformal_t c = conformal_make();
    hb_conformal_t read;
    memset(&other, 0xff, sizeof other);
    assert_int_equal(hb_calib_save(&calib, &c, file_path, &err), HB_OK);
    assert_int_equal(hb_calib_load(file_path, &other, &read, &err), HB_OK);
    assert_memory_equal(&calib, &other, sizeof calib);
    assert_memory_equal(&c, &read, sizeof c);
}

static void save_load(void **state)
{
    (void)state;
    calib_isotonic();
    round_trip();
    calib.knot_count = HB_CALIB_KNOTS_MAX;
    for (uint32_t i = 0; i < HB_CALIB_KNOTS_MAX; i++) {
        calib.knot_x[i] = i / 5000.0;
        calib.knot_y[i] = i / 9000.0;
    }
    round_trip();
    memset(&calib, 0, sizeof calib);
    round_trip();
    calib.method = HB_CALIB_PLATT;
    calib.platt_a = -1.5;
    calib.rows_fitted = 300;
    round_trip();
}

static void save_refused(const hb_conformal_t *c, const char *text)
{
    hb_err_t err = {0};
    assert_int_equal(hb_calib_save(&calib, c, file_path, &err), HB_E_INTERNAL);
    assert_non_null(strstr(err.message, text));
}

static void save_refuses_calib(void **state)
{
    (void)state;
    const hb_conformal_t c = conformal_make();
    calib_isotonic();
    calib.knot_count = HB_CALIB_KNOTS_MAX + 1;
    save_refused(&c, "knots");
    calib.knot_count = 0;
    save_refused(&c, "knots");
    calib_isotonic();
    calib.rows_fitted = 0;
    save_refused(&c, "rows");
    calib_isotonic();
    calib.knot_x[1] = 0.2;
    save_refused(&c, "ascend");
    calib.knot_x[1] = NAN;
    save_refused(&c, "range");
    calib_isotonic();
    calib.knot_y[1] = 1.5;
    save_refused(&c, "range");
    calib.knot_y[1] = -0.5;
    save_refused(&c, "range");
    calib_isotonic();
    calib.knot_y[2] = 0.25;
    save_refused(&c, "descend");
    calib_isotonic();
    calib.method = HB_CALIB_PLATT;
    save_refused(&c, "without");
    calib.method = 3;
    save_refused(&c, "method");
    calib_isotonic();
    calib.platt_a = NAN;
    save_refused(&c, "Platt");
    calib.platt_a = 0;
    calib.platt_b = INFINITY;
    save_refused(&c, "Platt");
    calib_isotonic();
    calib.reserved = 1;
    save_refused(&c, "reserved");
}

static void save_refuses_conformal(void **state)
{
    (void)state;
    calib_isotonic();
    const double alphas[] = {0, 1, -0.1, NAN};
    for (int i = 0; i < 4; i++) {
        hb_conformal_t c = conformal_make();
        c.alpha = alphas[i];
        save_refused(&c, "alpha");
    }
    for (int k = 0; k < 2; k++) {
        hb_conformal_t c = conformal_make();
        c.threshold[k] = NAN;
        save_refused(&c, "threshold");
        c.threshold[k] = -0.01;
        save_refused(&c, "threshold");
        c = conformal_make();
        c.coverage[k] = 1.01;
        save_refused(&c, "coverage");
        c.coverage[k] = NAN;
        save_refused(&c, "coverage");
        c.rows_class[k] = 0; /* no rows: no coverage to speak of */
        hb_err_t err = {0};
        assert_int_equal(hb_calib_save(&calib, &c, file_path, &err), HB_OK);
    }
}

static void load_refused(void)
{
    hb_err_t err = {0};
    hb_conformal_t c = {.alpha = 0.77};
    memset(&other, 0x5a, sizeof other);
    assert_int_equal(hb_calib_load(file_path, &other, &c, &err), HB_E_ARTIFACT);
    assert_true(err.message[0] != '\0' && err.where[0] != '\0');
    assert_true(c.alpha == 0.77);
    for (size_t i = 0; i < sizeof other; i++) {
        assert_int_equal(((const uint8_t *)&other)[i], 0x5a);
    }
}

static void file_write(const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(file_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void every_byte_counts(void **state)
{
    (void)state;
    calib_isotonic();
    const hb_conformal_t c = conformal_make();
    hb_err_t err = {0};
    uint8_t bytes[4096];
    assert_int_equal(hb_calib_save(&calib, &c, file_path, &err), HB_OK);
    FILE *file = fopen(file_path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (uint8_t)(1u << (i % 8));
        file_write(bytes, size);
        load_refused();
        bytes[i] ^= (uint8_t)(1u << (i % 8));
        file_write(bytes, i);
        load_refused();
    }
}

typedef struct {
    uint32_t method, knot_count, rows_fitted, reserved;
    double platt_a, platt_b;
    hb_conformal_t conformal;
} meta_t;

static void content_refused(const meta_t *meta, size_t meta_bytes, uint32_t sections)
{
    const double x[] = {0.1, 0.2}, y[] = {0.3, 0.4};
    const hb_section_t all[] = {
        {"meta", meta, meta_bytes}, {"knot_x", x, sizeof x}, {"knot_y", y, sizeof y}};
    hb_err_t err = {0};
    assert_int_equal(hb_store_write(file_path, "calib", 1, all, sections, &err), HB_OK);
    load_refused();
}

static void sound_file_bad_content(void **state)
{
    (void)state;
    const meta_t good = {HB_CALIB_ISOTONIC, 2, 50, 0, 0, 0, conformal_make()};
    content_refused(&good, sizeof good - 8, 3);
    content_refused(&good, sizeof good, 1);
    content_refused(&good, sizeof good, 2);
    meta_t meta = good;
    meta.knot_count = 1;
    content_refused(&meta, sizeof meta, 3);
    meta.knot_count = UINT32_MAX;
    content_refused(&meta, sizeof meta, 3);
    meta.knot_count = 0;
    content_refused(&meta, sizeof meta, 1);
    content_refused(&meta, sizeof meta, 3);
    meta = good;
    meta.method = 9;
    content_refused(&meta, sizeof meta, 3);
    meta = good;
    meta.conformal.threshold[1] = NAN;
    content_refused(&meta, sizeof meta, 3);
    meta = good;
    meta.reserved = 7;
    content_refused(&meta, sizeof meta, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apply_isotonic),     cmocka_unit_test(apply_others),
        cmocka_unit_test(set_bounds),         cmocka_unit_test(score_reasons),
        cmocka_unit_test(score_not_finite),   cmocka_unit_test(save_load),
        cmocka_unit_test(save_refuses_calib), cmocka_unit_test(save_refuses_conformal),
        cmocka_unit_test(every_byte_counts),  cmocka_unit_test(sound_file_bad_content),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
