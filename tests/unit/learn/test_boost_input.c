/* What the trainer is handed: parameters and rows that it must refuse in clear words, and odd but
 * legal columns and settings that it must get through. */
#include "th.h"

#include "boost_make.h"

static void param_refused(const hb_boost_params_t *params, const char *name)
{
    hb_err_t err = {0};
    assert_int_equal(hb_boost_params_check(params, &err), HB_E_CONFIG);
    assert_string_equal(err.where, name);
    assert_non_null(strstr(err.message, name));
    assert_non_null(strstr(err.hint, name));
}

#define REFUSED(field, value)                                                                      \
    do {                                                                                           \
        hb_boost_params_t params_ = hb_boost_params_default();                                     \
        params_.field = (value);                                                                   \
        param_refused(&params_, #field);                                                           \
    } while (0)

static void params_bounds(void **state)
{
    (void)state;
    const hb_boost_params_t good = hb_boost_params_default();
    hb_err_t err = {0};
    assert_int_equal(hb_boost_params_check(&good, &err), HB_OK);
    REFUSED(depth, 0);
    REFUSED(depth, 17);
    REFUSED(learning_rate, 0);
    REFUSED(learning_rate, 1.01);
    REFUSED(learning_rate, NAN);
    REFUSED(iterations, 0);
    REFUSED(iterations, 100001);
    REFUSED(l2_leaf_reg, -1);
    REFUSED(l2_leaf_reg, INFINITY);
    REFUSED(subsample, 0);
    REFUSED(subsample, 1.5);
    REFUSED(rsm, 0);
    REFUSED(rsm, 2);
    REFUSED(random_strength, -1);
    REFUSED(border_count, 0);
    REFUSED(border_count, 255);
    REFUSED(early_stopping_rounds, 100001);
    REFUSED(leaf_estimation_iterations, 0);
    REFUSED(min_data_in_leaf, 0);
    REFUSED(threads, 0);
}

static void fit_refused(const hb_boost_data_t *learn, const hb_boost_data_t *eval,
                        const hb_boost_params_t *params, hb_status_t status, const char *text)
{
    hb_trees_t trees;
    hb_boost_report_t report;
    memset(&trees, 0x5a, sizeof trees);
    memset(&report, 0x5a, sizeof report);
    const hb_trees_t trees_before = trees;
    const hb_boost_report_t report_before = report;
    hb_err_t err = {0};
    assert_int_equal(hb_boost_fit(learn, eval, params, NULL, NULL, &trees, &report, &err), status);
    if (!strstr(err.message, text)) fail_msg("\"%s\" says nothing of %s", err.message, text);
    assert_memory_equal(&trees, &trees_before, sizeof trees);
    assert_memory_equal(&report, &report_before, sizeof report);
}

static void rows_refused(void **state)
{
    (void)state;
    boost_set_t set = set_make(1, 50, 2, false);
    const hb_boost_params_t params = params_plain(2, 3);
    const hb_boost_data_t good = set_data(&set);
    hb_boost_data_t data = good;
    data.rows = 0;
    fit_refused(&data, NULL, &params, HB_E_NUMERIC, "0 rows");
    fit_refused(&good, &data, &params, HB_E_NUMERIC, "eval rows has 0 rows");
    data = good;
    data.feature_count = 0;
    fit_refused(&data, NULL, &params, HB_E_NUMERIC, "0 features");
    data.feature_count = 1;
    fit_refused(&good, &data, &params, HB_E_NUMERIC, "1 features");
    hb_boost_params_t bad = params;
    bad.depth = 99;
    fit_refused(&good, NULL, &bad, HB_E_CONFIG, "depth is 99");
    set.y[7] = 2;
    fit_refused(&good, NULL, &params, HB_E_NUMERIC, "row 7 has label 2");
    set.y[7] = 1;
    set.x[2 * 9 + 1] = -INFINITY;
    fit_refused(&good, NULL, &params, HB_E_NUMERIC, "row 9 feature 1 is infinite");
    set_free(&set);
}

static void classes_refused(void **state)
{
    (void)state;
    boost_set_t set = set_make(1, 50, 2, false);
    const hb_boost_params_t params = params_plain(2, 3);
    const hb_boost_data_t data = set_data(&set);
    memset(set.y, 0, 50);
    fit_refused(&data, NULL, &params, HB_E_NUMERIC, "class 1");
    memset(set.y, 1, 50);
    fit_refused(&data, NULL, &params, HB_E_NUMERIC, "class 0");
    set.y[3] = 0; /* one row of the class is enough, but not when it weighs nothing */
    boost_model_t model = model_fit(&data, NULL, &params);
    model_free(&model);
    hb_boost_data_t weighted = data;
    weighted.weight = set.weight;
    set.weight[3] = 0;
    fit_refused(&weighted, NULL, &params, HB_E_NUMERIC, "class 0");
    for (int i = 0; i < 100; i++) set.x[i] = i % 2 ? 3.5f : NAN;
    fit_refused(&data, NULL, &params, HB_E_NUMERIC, "all 2 features are constant");
    set_free(&set);
}

static void weights_refused(void **state)
{
    (void)state;
    boost_set_t set = set_make(1, 50, 2, false);
    const hb_boost_params_t params = params_plain(2, 3);
    hb_boost_data_t data = set_data(&set);
    data.weight = set.weight;
    const float bad[] = {-1, NAN, INFINITY};
    for (int i = 0; i < 3; i++) {
        set.weight[4] = bad[i];
        fit_refused(&data, NULL, &params, HB_E_NUMERIC, "row 4 has weight");
    }
    memset(set.weight, 0, 50 * sizeof *set.weight);
    fit_refused(&data, NULL, &params, HB_E_NUMERIC, "no row with a weight");
    set_free(&set);
}

/* Extreme but legal weights leave a finite model. */
static void weights_extreme(void **state)
{
    (void)state;
    boost_set_t set = set_make(2, 300, 3, false);
    hb_boost_data_t data = set_data(&set);
    data.weight = set.weight;
    const hb_boost_params_t params = params_plain(4, 5);
    const float scales[] = {1e-38f, 1e-20f, 1e20f, 1e38f};
    boost_set_t plain = set_make(2, 300, 3, false);
    hb_boost_data_t plain_data = set_data(&plain);
    plain_data.weight = plain.weight;
    boost_model_t base = model_fit(&plain_data, NULL, &params);
    for (int k = 0; k < 4; k++) {
        for (uint32_t i = 0; i < 300; i++) set.weight[i] = plain.weight[i] * scales[k];
        boost_model_t model = model_fit(&data, NULL, &params);
        th_close(model.report.learn_log_loss, base.report.learn_log_loss, 1e-5);
        model_free(&model);
    }
    model_free(&base);
    set_free(&set);
    set_free(&plain);
}

/* Column 0 tells by being NaN, column 1 is constant, column 2 is always NaN. */
static void nan_and_constant_columns(void **state)
{
    (void)state;
    boost_set_t set = set_alloc(400, 4);
    hb_rng_t rng = hb_rng_init(3);
    for (uint32_t i = 0; i < 400; i++) {
        float *x = set.x + (size_t)4 * i;
        set.y[i] = hb_rng_below(&rng, 2) == 1;
        x[0] = set.y[i] ? NAN : lattice(hb_rng_next(&rng));
        x[1] = 7;
        x[2] = NAN;
        x[3] = lattice(hb_rng_next(&rng));
    }
    const hb_boost_data_t data = set_data(&set);
    hb_boost_params_t params = params_plain(3, 60);
    params.learning_rate = 0.5;
    boost_model_t model = model_fit(&data, NULL, &params);
    assert_true(model.report.learn_log_loss < 0.03);
    for (uint64_t i = 0; i < model.trees.split_count; i++) {
        assert_true(model.trees.split_features[i] == 0 || model.trees.split_features[i] == 3);
    }
    th_close(log_loss(&model.trees, &data), model.report.learn_log_loss, 1e-9);
    const float unknown[] = {NAN, NAN, NAN, NAN}, known[] = {0.3f, 8, 1, 0};
    assert_true(hb_trees_eval(&model.trees, unknown) > 1);
    assert_true(hb_trees_eval(&model.trees, known) < -1);
    assert_true(model.report.importance[1] == 0 && model.report.importance[2] == 0);
    model_free(&model);
    set_free(&set);
}

/* NaN where the learn rows had none goes with the smallest values. */
static void nan_only_in_eval(void **state)
{
    (void)state;
    boost_set_t set = set_make(4, 500, 2, false), stop = set_make(5, 200, 2, false);
    for (uint32_t i = 0; i < 400; i += 3) stop.x[i] = NAN;
    const hb_boost_data_t data = set_data(&set), eval = set_data(&stop);
    const hb_boost_params_t params = params_plain(3, 10);
    boost_model_t model = model_fit(&data, &eval, &params);
    th_close(model.report.eval_log_loss, log_loss(&model.trees, &eval), 1e-9);
    model_free(&model);
    set_free(&set);
    set_free(&stop);
}

/* Two rows, one feature, deep trees: one border cuts, then nothing is left to cut. */
static void tree_ends_early(void **state)
{
    (void)state;
    const float x[] = {1, 2};
    const uint8_t y[] = {0, 1};
    const hb_boost_data_t data = {x, y, NULL, 2, 1};
    hb_boost_params_t params = params_plain(16, 3);
    boost_model_t model = model_fit(&data, NULL, &params);
    for (uint32_t t = 0; t < 3; t++) assert_int_equal(model.trees.depths[t], 1);
    assert_true(model.trees.split_borders[0] == 1.5f);
    assert_true(hb_trees_eval(&model.trees, x) < 0 && hb_trees_eval(&model.trees, x + 1) > 0);
    model_free(&model);
    params.min_data_in_leaf = 2; /* now the only border may not cut either */
    model = model_fit(&data, NULL, &params);
    for (uint32_t t = 0; t < 3; t++) assert_int_equal(model.trees.depths[t], 0);
    assert_int_equal(model.trees.leaf_count, 3);
    model_free(&model);
}

/* Draws that leave a tree without rows or without features. */
static void draws_come_out_empty(void **state)
{
    (void)state;
    boost_set_t set = set_make(6, 8, 2, false);
    set.y[0] = 0;
    set.y[1] = 1;
    const hb_boost_data_t data = set_data(&set);
    hb_boost_params_t params = params_plain(4, 200);
    params.subsample = 0.02;
    params.rsm = 0.1;
    boost_model_t model = model_fit(&data, NULL, &params);
    uint32_t flat = 0;
    for (uint32_t t = 0; t < model.trees.tree_count; t++) flat += model.trees.depths[t] == 0;
    assert_true(flat > 100);
    model_free(&model);
    set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(params_bounds),       cmocka_unit_test(rows_refused),
        cmocka_unit_test(classes_refused),     cmocka_unit_test(weights_refused),
        cmocka_unit_test(weights_extreme),     cmocka_unit_test(nan_and_constant_columns),
        cmocka_unit_test(nan_only_in_eval),    cmocka_unit_test(tree_ends_early),
        cmocka_unit_test(draws_come_out_empty)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
