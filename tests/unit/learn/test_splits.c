/* Splits: groups, schemes, roles, refusals and the cut of a training tail. */
#include <stdbool.h>
#include <string.h>

#include "learn_metrics.h"
#include "learn_splits.h"
#include "th.h"

enum { ROWS = 23 };

static uint32_t t0[ROWS], t1[ROWS];

static int fill(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < ROWS; i++) {
        t0[i] = i;
        t1[i] = i + 2;
    }
    return 0;
}

static hb_splits_t make(hb_split_params_t params)
{
    hb_splits_t splits;
    hb_err_t err = {0};
    assert_int_equal(hb_splits_make(t0, t1, ROWS, &params, &splits, &err), HB_OK);
    return splits;
}

/* role as text: . none, T train, x test, p purged, e embargoed */
static void expect_roles(const hb_fold_t *fold, const char *want)
{
    char got[ROWS + 1] = {0};
    for (uint32_t i = 0; i < ROWS; i++) got[i] = ".Txpe"[fold->role[i]];
    assert_string_equal(got, want);
}

static void groups_are_even_with_the_longer_first(void **state)
{
    (void)state;
    hb_splits_t splits =
        make((hb_split_params_t){.scheme = HB_SPLIT_PURGED_KFOLD, .folds = 4, .seed_rows = 5});
    static const uint32_t ends[] = {10, 15, 19, 23};
    assert_int_equal(splits.group_count, 4);
    assert_int_equal(splits.rows, ROWS);
    for (uint32_t g = 0; g < 4; g++) {
        assert_int_equal(splits.group_begin[g], g ? ends[g - 1] : 5);
        assert_int_equal(splits.group_end[g], ends[g]);
    }
    hb_splits_free(&splits);
    assert_null(splits.folds);
    hb_splits_free(&splits);
}

static void kfold_roles(void **state)
{
    (void)state;
    hb_splits_t splits = make((hb_split_params_t){
        .scheme = HB_SPLIT_PURGED_KFOLD, .folds = 3, .embargo_bars = 2, .seed_rows = 5});
    assert_int_equal(splits.fold_count, 3);
    assert_int_equal(splits.path_count, 1);
    expect_roles(&splits.folds[0], "TTTppxxxxxxppeeTTTTTTTT");
    expect_roles(&splits.folds[1], "TTTTTTTTTppxxxxxxppeeTT");
    expect_roles(&splits.folds[2], "TTTTTTTTTTTTTTTppxxxxxx");
    const hb_fold_t *fold = &splits.folds[1];
    assert_int_equal(fold->train_rows, 11);
    assert_int_equal(fold->test_rows, 6);
    assert_int_equal(fold->purged_rows, 4);
    assert_int_equal(fold->embargoed_rows, 2);
    assert_int_equal(fold->path_ids[0], 0);
    hb_splits_free(&splits);
}

static void purge_bars_widen_both_sides(void **state)
{
    (void)state;
    hb_splits_t splits = make((hb_split_params_t){.scheme = HB_SPLIT_PURGED_KFOLD,
                                                  .folds = 3,
                                                  .purge_bars = 1,
                                                  .embargo_bars = 1,
                                                  .seed_rows = 5});
    expect_roles(&splits.folds[0], "TTpppxxxxxxpppeTTTTTTTT");
    hb_splits_free(&splits);
    /* Wider than the data: nothing to train on, and no wrap around either end. */
    splits = make((hb_split_params_t){.scheme = HB_SPLIT_PURGED_KFOLD,
                                      .folds = 3,
                                      .purge_bars = UINT32_MAX,
                                      .embargo_bars = UINT32_MAX,
                                      .seed_rows = 5});
    assert_int_equal(splits.folds[1].train_rows, 0);
    hb_splits_free(&splits);
}

static void cpcv_purges_by_runs(void **state)
{
    (void)state;
    hb_splits_t splits =
        make((hb_split_params_t){.folds = 4, .held_out = 2, .embargo_bars = 1, .seed_rows = 3});
    assert_int_equal(splits.fold_count, 6);
    assert_int_equal(splits.path_count, 3);
    expect_roles(&splits.folds[0], "TppxxxxxxxxxxppeTTTTTTT"); /* groups 0, 1: one run */
    expect_roles(&splits.folds[1], "TppxxxxxppeppxxxxxppeTT"); /* groups 0, 2 */
    expect_roles(&splits.folds[5], "TTTTTTTTTTTppxxxxxxxxxx"); /* groups 2, 3 */
    hb_splits_free(&splits);
}

static void walk_forward_trains_on_the_past(void **state)
{
    (void)state;
    hb_split_params_t params = {
        .scheme = HB_SPLIT_WALK_FORWARD, .folds = 3, .embargo_bars = 5, .seed_rows = 5};
    hb_splits_t splits = make(params);
    assert_int_equal(splits.fold_count, 3);
    assert_int_equal(splits.path_count, 1);
    expect_roles(&splits.folds[0], "TTTppxxxxxx............");
    expect_roles(&splits.folds[2], "TTTTTTTTTTTTTTTppxxxxxx");
    hb_splits_free(&splits);
    params.seed_rows = 0;
    splits = make(params);
    assert_int_equal(splits.fold_count, 2);
    assert_int_equal(splits.folds[0].test_groups[0], 1);
    expect_roles(&splits.folds[0], "TTTTTTppxxxxxxxx.......");
    hb_splits_free(&splits);
}

static void refuse(hb_split_params_t params, hb_status_t status, const char *part)
{
    hb_splits_t splits = {.rows = 77};
    hb_err_t err = {0};
    assert_int_equal(hb_splits_make(t0, t1, ROWS, &params, &splits, &err), status);
    if (!strstr(err.message, part)) fail_msg("'%s' is not in '%s'", part, err.message);
    assert_int_equal(splits.rows, 77);
}

static void refusals(void **state)
{
    (void)state;
    const hb_split_params_t good = {.folds = 4, .held_out = 2};
    hb_split_params_t bad = good;
    bad.folds = 1;
    refuse(bad, HB_E_CONFIG, "folds is 1");
    bad.folds = HB_SPLIT_GROUPS_MAX + 1;
    refuse(bad, HB_E_CONFIG, "folds is 65");
    bad = good;
    bad.held_out = 0;
    refuse(bad, HB_E_CONFIG, "held_out is 0, must be 1 to 3");
    bad.held_out = 4;
    refuse(bad, HB_E_CONFIG, "held_out is 4");
    bad = (hb_split_params_t){.folds = 64, .held_out = 17};
    refuse(bad, HB_E_CONFIG, "held_out is 17, must be 1 to 16");
    bad = (hb_split_params_t){.folds = 16, .held_out = 8};
    refuse(bad, HB_E_CONFIG, "6435 paths");
    bad = good;
    bad.scheme = (hb_split_scheme_t)9;
    refuse(bad, HB_E_CONFIG, "scheme 9");
    bad = good;
    bad.seed_rows = ROWS;
    refuse(bad, HB_E_CONFIG, "23 only for training");
    bad.seed_rows = ROWS - 3;
    refuse(bad, HB_E_CONFIG, "cannot fill 4 folds");
    bad.seed_rows = ROWS - 4;
    hb_splits_t splits = make(bad);
    hb_splits_free(&splits);
    t1[7] = 6;
    refuse(good, HB_E_DATA, "row 7");
    t1[7] = 9;
    t0[7] = 5;
    refuse(good, HB_E_DATA, "row 7 starts at bar 5");
    t0[7] = 7;
}

static void widest_paths(void **state)
{
    (void)state;
    _Static_assert((int)HB_SPLIT_PATHS_MAX == (int)HB_METRIC_PATHS_MAX, "paths of one report");
    hb_splits_t splits = make((hb_split_params_t){.folds = 10, .held_out = 5});
    assert_int_equal(splits.fold_count, 252);
    assert_int_equal(splits.path_count, 126);
    uint8_t seen[126][10] = {{0}};
    for (uint32_t f = 0; f < splits.fold_count; f++) {
        for (uint32_t g = 0; g < 5; g++) {
            seen[splits.folds[f].path_ids[g]][splits.folds[f].test_groups[g]]++;
        }
    }
    for (int path = 0; path < 126; path++) {
        for (int group = 0; group < 10; group++) assert_int_equal(seen[path][group], 1);
    }
    hb_splits_free(&splits);
}

static void tail_text(const uint8_t *part, uint32_t n, const char *want)
{
    char got[64] = {0};
    for (uint32_t i = 0; i < n; i++) got[i] = part[i] == 0xff ? '-' : (char)('0' + part[i]);
    assert_string_equal(got, want);
}

static void tail(void **state)
{
    (void)state;
    uint32_t ids[12];
    uint8_t part[12];
    for (uint32_t i = 0; i < 12; i++) ids[i] = i < 6 ? i : i + 8; /* a hole, as in CPCV */
    const double half[] = {1, 1}, parts[] = {0.5, 0.25, 0.25}, hole[] = {0.5, 0, 0.5};
    hb_split_tail(t0, t1, ids, 12, half, 2, 0, part);
    tail_text(part, 12, "000000111111");
    hb_split_tail(t0, t1, ids, 12, parts, 3, 0, part);
    tail_text(part, 12, "0000001--222");
    hb_split_tail(t0, t1, ids, 12, parts, 3, 1, part);
    tail_text(part, 12, "000000---222");
    hb_split_tail(t0, t1, ids, 12, parts, 3, 7, part);
    tail_text(part, 12, "00000----222");
    hb_split_tail(t0, t1, ids, 12, hole, 3, 0, part);
    tail_text(part, 12, "000000222222");
    /* An empty middle part does not hide the part behind it. */
    for (uint32_t i = 0; i < 12; i++) ids[i] = i;
    hb_split_tail(t0, t1, ids, 12, hole, 3, 0, part);
    tail_text(part, 12, "0000--222222");
    hb_split_tail(t0, t1, ids, 1, parts, 3, 0, part);
    assert_true(part[0] < 3);
    hb_split_tail(t0, t1, ids, 0, parts, 3, 0, part);
}

/* Labels that end late stay out even when a later row of the same part ends early. */
static void tail_uneven_labels(void **state)
{
    (void)state;
    const uint32_t starts[] = {0, 1, 2, 3, 4, 5}, ends[] = {9, 1, 3, 4, 4, 5};
    const uint32_t ids[] = {0, 1, 2, 3, 4, 5};
    const double ratios[] = {1, 1, 1};
    uint8_t part[6];
    hb_split_tail(starts, ends, ids, 6, ratios, 3, 0, part);
    tail_text(part, 6, "-01-22");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_even_with_the_longer_first),
        cmocka_unit_test(kfold_roles),
        cmocka_unit_test(purge_bars_widen_both_sides),
        cmocka_unit_test(cpcv_purges_by_runs),
        cmocka_unit_test(walk_forward_trains_on_the_past),
        cmocka_unit_test(refusals),
        cmocka_unit_test(widest_paths),
        cmocka_unit_test(tail),
        cmocka_unit_test(tail_uneven_labels),
    };
    return cmocka_run_group_tests_name("splits", tests, fill, NULL);
}
