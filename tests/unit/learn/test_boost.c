/* The trainer as a whole: it learns, stops, reports, repeats to the last bit, and refuses what it
 * cannot train on. */
#include "th.h"

#include "boost_make.h"

static void learns(bool is_xor, double bound)
{
    boost_set_t learn = set_make(1, 3000, 5, is_xor), test = set_make(2, 2000, 5, is_xor);
    const hb_boost_data_t learn_data = set_data(&learn), test_data = set_data(&test);
    hb_boost_params_t params = hb_boost_params_default();
    params.depth = 4;
    params.iterations = 120;
    boost_model_t model = model_fit(&learn_data, NULL, &params);
    assert_int_equal(model.report.trees_kept, 120);
    assert_int_equal(model.trees.tree_count, 120);
    assert_true(log_loss(&model.trees, &test_data) < bound);
    th_close(model.report.learn_log_loss, log_loss(&model.trees, &learn_data), 1e-9);
    assert_true(isnan(model.report.eval_log_loss));
    assert_true(model.report.importance[0] + model.report.importance[1] > 0.8);
    model_free(&model);
    set_free(&learn);
    set_free(&test);
}

/* The odds that made the labels have a log loss of 0.45 and 0.09 on such rows; the bias alone 0.69.
 */
static void learns_linear(void **state)
{
    (void)state;
    learns(false, 0.50);
}

static void learns_xor(void **state)
{
    (void)state;
    learns(true, 0.16);
}

static void repeats(void **state)
{
    (void)state;
    boost_set_t set = set_make(3, 20000, 6, false), eval_set = set_make(4, 9000, 6, false);
    for (uint32_t i = 0; i < 20000 * 6; i += 7) set.x[i] = NAN;
    hb_boost_data_t data = set_data(&set), eval = set_data(&eval_set);
    data.weight = set.weight;
    hb_boost_params_t params = hb_boost_params_default();
    params.depth = 6;
    params.iterations = 6;
    params.rsm = 0.7;
    params.leaf_estimation_iterations = 3;
    boost_model_t one = model_fit(&data, &eval, &params), again = model_fit(&data, &eval, &params);
    params.threads = 2;
    boost_model_t two = model_fit(&data, &eval, &params);
    params.threads = 7;
    boost_model_t seven = model_fit(&data, &eval, &params);
    params.random_seed = 43;
    boost_model_t other = model_fit(&data, &eval, &params);
    assert_true(trees_same(&one.trees, &again.trees));
    assert_true(trees_same(&one.trees, &two.trees));
    assert_true(trees_same(&one.trees, &seven.trees));
    assert_false(trees_same(&one.trees, &other.trees));
    assert_memory_equal(one.report.importance, two.report.importance, 6 * sizeof(double));
    assert_true(one.report.learn_log_loss == two.report.learn_log_loss);
    assert_true(one.report.eval_log_loss == seven.report.eval_log_loss);
    model_free(&one);
    model_free(&again);
    model_free(&two);
    model_free(&seven);
    model_free(&other);
    set_free(&set);
    set_free(&eval_set);
}

/* Without sampling and noise the seed has nothing to decide. */
static void seed_only_draws(void **state)
{
    (void)state;
    boost_set_t set = set_make(5, 500, 3, true);
    const hb_boost_data_t data = set_data(&set);
    hb_boost_params_t params = params_plain(3, 5);
    boost_model_t a = model_fit(&data, NULL, &params);
    params.random_seed = 7;
    boost_model_t b = model_fit(&data, NULL, &params);
    params.random_strength = 2;
    boost_model_t c = model_fit(&data, NULL, &params);
    params.random_strength = 0;
    params.subsample = 0.5;
    boost_model_t d = model_fit(&data, NULL, &params);
    assert_true(trees_same(&a.trees, &b.trees));
    assert_false(trees_same(&a.trees, &c.trees));
    assert_false(trees_same(&a.trees, &d.trees));
    model_free(&a);
    model_free(&b);
    model_free(&c);
    model_free(&d);
    set_free(&set);
}

/* From odds of 1 in 100 a leaf that is half and half: one Newton step overshoots by far and, taken
 * as it is, raises the loss; several steps must halve it and end where the leaf is. */
static void steps_are_halved(void **state)
{
    (void)state;
    boost_set_t set = set_alloc(2000, 1);
    for (uint32_t i = 0; i < 2000; i++) {
        set.x[i] = i < 40;
        set.y[i] = i < 20;
    }
    const hb_boost_data_t data = set_data(&set);
    hb_boost_params_t params = params_plain(1, 1);
    params.learning_rate = 1;
    params.l2_leaf_reg = 0;
    boost_model_t one = model_fit(&data, NULL, &params);
    params.leaf_estimation_iterations = 40;
    boost_model_t many = model_fit(&data, NULL, &params);
    const float above = 1;
    assert_true(hb_trees_eval(&one.trees, &above) > 10);
    assert_true(one.report.learn_log_loss > log_loss(&many.trees, &data));
    assert_true(fabs(hb_trees_eval(&many.trees, &above)) < 0.1);
    model_free(&one);
    model_free(&many);
    set_free(&set);
}

typedef struct {
    uint32_t calls;
    double learn[400], eval[400];
} log_t;

static void log_step(void *ctx, uint32_t iteration, uint32_t iterations, double learn, double eval)
{
    log_t *log = ctx;
    assert_int_equal(iteration, log->calls + 1);
    assert_true(iteration <= iterations && iteration <= 400);
    log->learn[log->calls] = learn;
    log->eval[log->calls++] = eval;
}

static void loss_falls(void **state)
{
    (void)state;
    boost_set_t set = set_make(6, 800, 4, false);
    const hb_boost_data_t data = set_data(&set);
    for (uint32_t steps = 1; steps <= 5; steps += 4) {
        hb_boost_params_t params = params_plain(4, 60);
        params.learning_rate = 0.02;
        params.leaf_estimation_iterations = steps;
        boost_model_t model = {0};
        hb_err_t err = {0};
        log_t log = {0};
        assert_int_equal(
            hb_boost_fit(&data, NULL, &params, log_step, &log, &model.trees, &model.report, &err),
            HB_OK);
        assert_int_equal(log.calls, 60);
        for (uint32_t i = 1; i < log.calls; i++) assert_true(log.learn[i] < log.learn[i - 1]);
        assert_true(isnan(log.eval[0]));
        assert_true(log.learn[59] == model.report.learn_log_loss);
        model_free(&model);
    }
    set_free(&set);
}

static void stops_early(void **state)
{
    (void)state;
    boost_set_t learn = set_make(7, 400, 4, false), stop = set_make(8, 400, 4, false);
    const hb_boost_data_t learn_data = set_data(&learn), stop_data = set_data(&stop);
    hb_boost_params_t params = params_plain(5, 400);
    params.learning_rate = 0.3;
    params.early_stopping_rounds = 10;
    boost_model_t model = {0};
    hb_err_t err = {0};
    log_t log = {0};
    assert_int_equal(hb_boost_fit(&learn_data, &stop_data, &params, log_step, &log, &model.trees,
                                  &model.report, &err),
                     HB_OK);
    const uint32_t kept = model.report.trees_kept;
    assert_int_equal(model.report.iterations_run, kept + 10);
    assert_int_equal(log.calls, kept + 10);
    assert_int_equal(model.trees.tree_count, kept);
    assert_true(kept > 0);
    for (uint32_t i = 0; i < log.calls; i++) {
        if (i < kept - 1) assert_true(log.eval[i] > log.eval[kept - 1]);
        if (i > kept - 1) assert_true(log.eval[i] >= log.eval[kept - 1]);
    }
    assert_true(model.report.eval_log_loss == log.eval[kept - 1]);
    assert_true(model.report.learn_log_loss == log.learn[kept - 1]);
    th_close(model.report.eval_log_loss, log_loss(&model.trees, &stop_data), 1e-9);
    model_free(&model);
    params.early_stopping_rounds = 0; /* off: all trees are made, the best length is kept */
    params.iterations = kept + 40;
    model = model_fit(&learn_data, &stop_data, &params);
    assert_int_equal(model.report.iterations_run, kept + 40);
    assert_int_equal(model.report.trees_kept, kept);
    model_free(&model);
    set_free(&learn);
    set_free(&stop);
}

/* Labels that contradict the learn rows: no tree helps, the bias stays. */
static void keeps_no_tree(void **state)
{
    (void)state;
    boost_set_t learn = set_make(9, 500, 3, true), stop = set_make(9, 500, 3, true);
    uint32_t up = 0;
    for (uint32_t i = 0; i < 500; i++) {
        up += learn.y[i];
        stop.y[i] = !stop.y[i];
    }
    const hb_boost_data_t learn_data = set_data(&learn), stop_data = set_data(&stop);
    hb_boost_params_t params = params_plain(3, 100);
    params.early_stopping_rounds = 5;
    boost_model_t model = model_fit(&learn_data, &stop_data, &params);
    const double odds = log(up / (500.0 - up));
    assert_int_equal(model.report.trees_kept, 0);
    assert_int_equal(model.trees.tree_count, 0);
    assert_int_equal(model.report.iterations_run, 5);
    th_close(model.report.base_log_odds, odds, 1e-12);
    assert_true(hb_trees_eval(&model.trees, learn.x) == model.report.base_log_odds);
    th_close(model.report.eval_log_loss, log_loss(&model.trees, &stop_data), 1e-12);
    for (int f = 0; f < 3; f++) assert_true(model.report.importance[f] == 0);
    model_free(&model);
    set_free(&learn);
    set_free(&stop);
}

static void importance_sums_to_one(void **state)
{
    (void)state;
    boost_set_t set = set_make(10, 1000, 6, false);
    const hb_boost_data_t data = set_data(&set);
    const hb_boost_params_t params = params_plain(4, 20);
    boost_model_t model = model_fit(&data, NULL, &params);
    double sum = 0;
    for (int f = 0; f < 6; f++) {
        assert_true(model.report.importance[f] >= 0);
        sum += model.report.importance[f];
    }
    th_close(sum, 1, 1e-12);
    model_free(&model);
    set_free(&set);
}

/* A row of weight 2 is two rows. Few distinct values, so that the borders are the same. */
static void weight_is_repetition(void **state)
{
    (void)state;
    boost_set_t set = set_make(11, 400, 3, false), twice = set_alloc(800, 3);
    uint32_t rows = 0;
    for (uint32_t i = 0; i < 400; i++) {
        for (int f = 0; f < 3; f++) set.x[3 * i + f] = floorf(set.x[3 * i + f] * 4) / 4;
        set.weight[i] = (float)(1 + i % 2);
        for (uint32_t k = 0; k <= i % 2; k++) {
            memcpy(twice.x + (size_t)3 * rows, set.x + (size_t)3 * i, 3 * sizeof(float));
            twice.y[rows++] = set.y[i];
        }
    }
    hb_boost_data_t weighted = set_data(&set), repeated = set_data(&twice);
    weighted.weight = set.weight;
    repeated.rows = rows;
    hb_boost_params_t params = params_plain(3, 15);
    boost_model_t a = model_fit(&weighted, NULL, &params);
    /* l2 is per mean weight: the same penalty on both sides. */
    params.l2_leaf_reg *= 600.0 / 400.0;
    boost_model_t b = model_fit(&repeated, NULL, &params);
    assert_int_equal(a.trees.split_count, b.trees.split_count);
    assert_memory_equal(a.trees.split_features, b.trees.split_features, a.trees.split_count * 4);
    assert_memory_equal(a.trees.split_borders, b.trees.split_borders, a.trees.split_count * 4);
    for (uint64_t i = 0; i < a.trees.leaf_count; i++) {
        th_close(a.trees.leaf_values[i], b.trees.leaf_values[i], 1e-9);
    }
    model_free(&a);
    model_free(&b);
    set_free(&set);
    set_free(&twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(learns_linear),
                                       cmocka_unit_test(learns_xor),
                                       cmocka_unit_test(repeats),
                                       cmocka_unit_test(seed_only_draws),
                                       cmocka_unit_test(loss_falls),
                                       cmocka_unit_test(stops_early),
                                       cmocka_unit_test(keeps_no_tree),
                                       cmocka_unit_test(importance_sums_to_one),
                                       cmocka_unit_test(weight_is_repetition),
                                       cmocka_unit_test(steps_are_halved)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
