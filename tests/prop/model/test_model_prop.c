/* Random models and calibrators: the evaluator against a plain walk, the file against the memory,
 * and the calibrated probability against its bounds and its order. */
#include "th.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base_mem.h"
#include "base_rng.h"
#include "model_calib.h"
#include "model_trees.h"

enum { FEATURES = 7, TREES_MAX = 12, DEPTH_MAX = 5, ROWS = 150 };

static uint32_t depths[TREES_MAX], features[TREES_MAX * DEPTH_MAX];
static float borders[TREES_MAX * DEPTH_MAX];
static double leaves[TREES_MAX << DEPTH_MAX];

static hb_trees_t model_draw(hb_rng_t *rng)
{
    hb_trees_t trees = {.feature_count = FEATURES, .scale = 1};
    trees.tree_count = (uint32_t)hb_rng_below(rng, TREES_MAX + 1);
    trees.bias = hb_rng_uniform(rng) - 0.5;
    for (uint32_t t = 0; t < trees.tree_count; t++) {
        depths[t] = (uint32_t)hb_rng_below(rng, DEPTH_MAX + 1);
        for (uint32_t j = 0; j < depths[t]; j++) {
            features[trees.split_count] = (uint32_t)hb_rng_below(rng, FEATURES);
            borders[trees.split_count++] = (float)hb_rng_below(rng, 9) - 4;
        }
        for (uint32_t k = 0; k < 1u << depths[t]; k++) {
            leaves[trees.leaf_count++] = hb_rng_uniform(rng) * 2 - 1;
        }
    }
    trees.depths = depths;
    trees.split_features = features;
    trees.split_borders = borders;
    trees.leaf_values = leaves;
    return trees;
}

/* Halves the range of leaves from the last split to the first. */
static double naive_eval(const hb_trees_t *trees, const float *x)
{
    double sum = 0;
    uint32_t split = 0, leaf = 0;
    for (uint32_t t = 0; t < trees->tree_count; t++) {
        uint32_t at = 0, width = 1u << trees->depths[t];
        for (uint32_t j = trees->depths[t]; j-- > 0;) {
            width /= 2;
            const float v = x[trees->split_features[split + j]];
            if (!isnan(v) && v > trees->split_borders[split + j]) at += width;
        }
        sum += trees->leaf_values[leaf + at];
        split += trees->depths[t];
        leaf += 1u << trees->depths[t];
    }
    return trees->bias + sum;
}

static void trees_equal_walk(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(11));
    float x[ROWS * FEATURES];
    double raw[ROWS];
    for (int round = 0; round < 60; round++) {
        const hb_trees_t trees = model_draw(&rng);
        hb_err_t err = {0};
        assert_int_equal(hb_trees_check(&trees, &err), HB_OK);
        for (int i = 0; i < ROWS * FEATURES; i++) {
            const uint64_t kind = hb_rng_below(&rng, 10);
            x[i] = kind == 0 ? NAN : (float)hb_rng_below(&rng, 19) / 2 - 4.5f;
        }
        hb_trees_eval_rows(&trees, x, ROWS, raw);
        for (int i = 0; i < ROWS; i++) {
            assert_true(raw[i] == naive_eval(&trees, x + i * FEATURES));
            assert_true(raw[i] == hb_trees_eval(&trees, x + i * FEATURES));
        }
    }
}

static void file_equals_memory(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(12));
    char folder[256], path[300];
    th_temp_make(folder);
    (void)snprintf(path, sizeof path, "%s/trees", folder);
    for (int round = 0; round < 20; round++) {
        const hb_trees_t trees = model_draw(&rng);
        hb_trees_t read = {0};
        hb_err_t err = {0};
        float x[FEATURES];
        assert_int_equal(hb_trees_save(&trees, path, &err), HB_OK);
        assert_int_equal(hb_trees_open(path, &read, &err), HB_OK);
        for (int i = 0; i < 20; i++) {
            for (int f = 0; f < FEATURES; f++) x[f] = (float)hb_rng_uniform(&rng) * 8 - 4;
            assert_true(hb_trees_eval(&trees, x) == hb_trees_eval(&read, x));
        }
        hb_trees_close(&read);
    }
    th_temp_remove(folder);
}

static void calib_draw(hb_rng_t *rng, hb_calib_t *calib)
{
    calib->method = HB_CALIB_ISOTONIC;
    calib->rows_fitted = 1 + (uint32_t)hb_rng_below(rng, 500);
    calib->knot_count = 1 + (uint32_t)hb_rng_below(rng, 40);
    double x = 0, y = 0;
    for (uint32_t i = 0; i < calib->knot_count; i++) {
        x += (1e-6 + hb_rng_uniform(rng)) * (1 - x) * 0.1;
        y += hb_rng_below(rng, 2) * hb_rng_uniform(rng) * (1 - y) * 0.2;
        calib->knot_x[i] = x;
        calib->knot_y[i] = y;
    }
}

static void isotonic_keeps_order(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(13));
    hb_calib_t *calib = hb_alloc(1, sizeof *calib);
    for (int round = 0; round < 100; round++) {
        calib_draw(&rng, calib);
        const double edge = 1.0 / (calib->rows_fitted + 2.0);
        double before = 0;
        for (int i = 0; i <= 400; i++) {
            const double p = hb_calib_apply(calib, 0, i / 400.0);
            assert_true(p >= before && p >= edge && p <= 1 - edge);
            before = p;
        }
        for (uint32_t i = 0; i < calib->knot_count; i++) {
            const double expected = fmin(fmax(calib->knot_y[i], edge), 1 - edge);
            assert_true(hb_calib_apply(calib, 0, calib->knot_x[i]) == expected);
        }
    }
    hb_free(calib);
}

/* A larger threshold never drops a class. */
static void set_grows(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(14));
    for (int round = 0; round < 2000; round++) {
        hb_conformal_t c = {.threshold = {hb_rng_uniform(&rng), hb_rng_uniform(&rng)}};
        const double p = hb_rng_uniform(&rng);
        const uint32_t before = hb_conformal_set(&c, p);
        c.threshold[hb_rng_below(&rng, 2)] += hb_rng_uniform(&rng);
        assert_int_equal(before & ~hb_conformal_set(&c, p), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_equal_walk), cmocka_unit_test(file_equals_memory),
        cmocka_unit_test(isotonic_keeps_order), cmocka_unit_test(set_grows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
