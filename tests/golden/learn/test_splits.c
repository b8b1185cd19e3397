/* Counts, paths, purge and embargo against the golden vectors, and the leak of the common rule. */
#include <stdbool.h>
#include <string.h>

#include "learn_splits.h"
#include "th.h"

enum { ROWS = 12 };

static void counts(void **state)
{
    (void)state;
    json_t *root = th_golden("g01_cpcv.json");
    size_t at;
    const json_t *want;
    json_array_foreach(json_object_get(root, "counts"), at, want)
    {
        const hb_split_params_t params = {
            .folds = (uint32_t)json_integer_value(json_object_get(want, "N")),
            .held_out = (uint32_t)json_integer_value(json_object_get(want, "k")),
        };
        uint64_t splits, paths;
        assert_int_equal(hb_splits_count(&params, &splits, &paths, NULL), HB_OK);
        assert_int_equal(splits, json_integer_value(json_object_get(want, "n_splits")));
        assert_int_equal(paths, json_integer_value(json_object_get(want, "n_paths")));
        th_close(1.0 - (double)params.held_out / params.folds,
                 th_num(json_object_get(want, "train_fraction")), 1e-12);
    }
    assert_int_equal(at, 10);
    json_decref(root);
}

static void paths(void **state)
{
    (void)state;
    json_t *root = th_golden("g01_cpcv.json");
    uint32_t t[60];
    for (uint32_t i = 0; i < 60; i++) t[i] = i;
    const hb_split_params_t params = {.folds = 6, .held_out = 2};
    hb_splits_t splits;
    assert_int_equal(hb_splits_make(t, t, 60, &params, &splits, NULL), HB_OK);
    const json_t *all = json_object_get(root, "paths_N6_k2");
    assert_int_equal(json_array_size(all), splits.fold_count);
    assert_int_equal(splits.path_count, 5);
    for (uint32_t f = 0; f < splits.fold_count; f++) {
        const json_t *pairs = json_object_get(json_array_get(all, f), "group_and_path");
        assert_int_equal(splits.folds[f].id, f);
        assert_int_equal(splits.folds[f].test_group_count, 2);
        for (uint32_t g = 0; g < 2; g++) {
            const json_t *pair = json_array_get(pairs, g);
            assert_int_equal(splits.folds[f].test_groups[g],
                             json_integer_value(json_array_get(pair, 0)));
            assert_int_equal(splits.folds[f].path_ids[g],
                             json_integer_value(json_array_get(pair, 1)));
        }
    }
    hb_splits_free(&splits);
    json_decref(root);
}

/* The fold of splits that tests exactly these groups. */
static const hb_fold_t *find_fold(const hb_splits_t *splits, const json_t *groups)
{
    for (uint32_t f = 0; f < splits->fold_count; f++) {
        const hb_fold_t *fold = &splits->folds[f];
        bool same = fold->test_group_count == json_array_size(groups);
        for (uint32_t g = 0; same && g < fold->test_group_count; g++) {
            same = fold->test_groups[g] == json_integer_value(json_array_get(groups, g));
        }
        if (same) return fold;
    }
    return NULL;
}

static void check_train(const hb_fold_t *fold, const json_t *train)
{
    uint32_t next = 0, rows = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        if (fold->role[i] != HB_ROLE_TRAIN) continue;
        assert_int_equal(i, json_integer_value(json_array_get(train, next++)));
        rows++;
    }
    assert_int_equal(rows, json_array_size(train));
    assert_int_equal(rows, fold->train_rows);
}

static void check_cases(const json_t *block, size_t cases)
{
    uint32_t t0[ROWS], t1[ROWS];
    double want_t1[ROWS];
    th_nums(json_object_get(block, "t1"), want_t1, ROWS);
    for (uint32_t i = 0; i < ROWS; i++) {
        t0[i] = i;
        t1[i] = (uint32_t)want_t1[i];
    }
    size_t at;
    const json_t *one;
    json_array_foreach(json_object_get(block, "cases"), at, one)
    {
        const json_t *groups = json_object_get(one, "test_groups");
        const hb_split_params_t params = {
            .folds = 3,
            .held_out = (uint32_t)json_array_size(groups),
            .embargo_bars = (uint32_t)json_integer_value(json_object_get(one, "embargo_bars")),
        };
        hb_splits_t splits;
        assert_int_equal(hb_splits_make(t0, t1, ROWS, &params, &splits, NULL), HB_OK);
        const hb_fold_t *fold = find_fold(&splits, groups);
        assert_non_null(fold);
        check_train(fold, json_object_get(one, "train"));
        hb_splits_free(&splits);
    }
    assert_int_equal(at, cases);
}

static void fixed_horizon(void **state)
{
    (void)state;
    json_t *root = th_golden("g01_cpcv.json");
    check_cases(json_object_get(root, "fixed_horizon"), 12);
    json_decref(root);
}

static void variable_horizon(void **state)
{
    (void)state;
    json_t *root = th_golden("g01_cpcv.json");
    check_cases(json_object_get(root, "variable_horizon"), 4);
    json_decref(root);
}

/* Rows that the rule "from t1 of the first test row" lets through are gone here, nothing else. */
static void common_leak_is_absent(void **state)
{
    (void)state;
    json_t *root = th_golden("g01_cpcv.json");
    const json_t *bug = json_object_get(root, "reference_bug");
    const json_t *fixed = json_object_get(root, "fixed_horizon");
    uint32_t t0[ROWS], t1[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) {
        t0[i] = i;
        t1[i] = (uint32_t)json_integer_value(json_array_get(json_object_get(fixed, "t1"), i));
    }
    const hb_split_params_t params = {.scheme = HB_SPLIT_PURGED_KFOLD, .folds = 3};
    hb_splits_t splits;
    assert_int_equal(hb_splits_make(t0, t1, ROWS, &params, &splits, NULL), HB_OK);
    size_t at;
    const json_t *row;
    json_array_foreach(json_object_get(bug, "test"), at, row)
    {
        assert_int_equal(splits.folds[1].role[json_integer_value(row)], HB_ROLE_TEST);
    }
    json_array_foreach(json_object_get(bug, "leaked"), at, row)
    {
        assert_int_equal(splits.folds[1].role[json_integer_value(row)], HB_ROLE_PURGED);
    }
    check_train(&splits.folds[1], json_object_get(bug, "train_correct"));
    hb_splits_free(&splits);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(paths),
        cmocka_unit_test(fixed_horizon),
        cmocka_unit_test(variable_horizon),
        cmocka_unit_test(common_leak_is_absent),
    };
    return cmocka_run_group_tests_name("golden splits", tests, NULL, NULL);
}
