/* An independent checker over random intervals: every training row against every test row. */
#include <stdbool.h>
#include <stdlib.h>

#include "base_mem.h"
#include "base_rng.h"
#include "learn_splits.h"
#include "th.h"

enum { ROWS_MAX = 160, ROUNDS = 150 };

typedef struct {
    uint32_t t0[ROWS_MAX], t1[ROWS_MAX], rows;
    hb_split_params_t params;
} trial_t;

static void draw(hb_rng_t *rng, trial_t *trial)
{
    uint32_t bar = (uint32_t)hb_rng_below(rng, 3);
    trial->rows = 40 + (uint32_t)hb_rng_below(rng, ROWS_MAX - 40);
    const uint32_t longest = 1 + (uint32_t)hb_rng_below(rng, 12);
    for (uint32_t i = 0; i < trial->rows; i++) {
        trial->t0[i] = bar;
        trial->t1[i] = bar + (uint32_t)hb_rng_below(rng, longest);
        bar += (uint32_t)hb_rng_below(rng, 3); /* several rows may share a bar */
    }
    trial->params = (hb_split_params_t){
        .scheme = (hb_split_scheme_t)hb_rng_below(rng, 3),
        .folds = 2 + (uint32_t)hb_rng_below(rng, 6),
        .embargo_bars = (uint32_t)hb_rng_below(rng, 10),
        .purge_bars = (uint32_t)hb_rng_below(rng, 3),
        .seed_rows = hb_rng_below(rng, 2) ? (uint32_t)hb_rng_below(rng, 20) : 0,
    };
    trial->params.held_out = 1 + (uint32_t)hb_rng_below(rng, trial->params.folds - 1);
}

/* First bar after the run of test groups that holds row i, widened by the purge; by brute force. */
static uint64_t run_end(const trial_t *trial, const uint8_t *role, uint32_t i)
{
    uint64_t end = 0;
    uint32_t begin = i;
    while (begin > 0 && role[begin - 1] == HB_ROLE_TEST) begin--;
    for (; begin < trial->rows && role[begin] == HB_ROLE_TEST; begin++) {
        if (trial->t1[begin] > end) end = trial->t1[begin];
    }
    return end + trial->params.purge_bars;
}

/* Whether row i may train beside test row j. */
static bool allowed(const trial_t *trial, const uint8_t *role, uint32_t i, uint32_t j)
{
    const int64_t purge = trial->params.purge_bars;
    if ((int64_t)trial->t0[i] <= (int64_t)trial->t1[j] + purge &&
        (int64_t)trial->t1[i] >= (int64_t)trial->t0[j] - purge) {
        return false;
    }
    const uint64_t end = run_end(trial, role, j);
    return !(trial->t0[i] > end && trial->t0[i] <= end + trial->params.embargo_bars);
}

static void check_fold(const trial_t *trial, const hb_fold_t *fold, uint8_t *tested)
{
    uint32_t counts[HB_ROLE_EMBARGOED + 1] = {0};
    for (uint32_t i = 0; i < trial->rows; i++) {
        counts[fold->role[i]]++;
        if (i < trial->params.seed_rows) assert_int_not_equal(fold->role[i], HB_ROLE_TEST);
        if (fold->role[i] == HB_ROLE_TEST) tested[i]++;
        if (fold->role[i] != HB_ROLE_TRAIN) continue;
        for (uint32_t j = 0; j < trial->rows; j++) {
            if (fold->role[j] != HB_ROLE_TEST) continue;
            assert_true(allowed(trial, fold->role, i, j));
            if (trial->params.scheme == HB_SPLIT_WALK_FORWARD) assert_true(i < j);
        }
    }
    assert_int_equal(counts[HB_ROLE_TRAIN], fold->train_rows);
    assert_int_equal(counts[HB_ROLE_TEST], fold->test_rows);
    assert_int_equal(counts[HB_ROLE_PURGED], fold->purged_rows);
    assert_int_equal(counts[HB_ROLE_EMBARGOED], fold->embargoed_rows);
}

/* No row is thrown away without need: a purged or embargoed row does conflict with a run. A run's
 * interval may be wider than any one of its rows', so the reason is looked for in the run. */
static void check_need(const trial_t *trial, const hb_fold_t *fold)
{
    for (uint32_t i = 0; i < trial->rows; i++) {
        if (fold->role[i] != HB_ROLE_PURGED && fold->role[i] != HB_ROLE_EMBARGOED) continue;
        bool found = false;
        for (uint32_t j = 0; j < trial->rows && !found; j++) {
            if (fold->role[j] != HB_ROLE_TEST) continue;
            if (j > 0 && fold->role[j - 1] == HB_ROLE_TEST) continue;
            const int64_t purge = trial->params.purge_bars;
            const int64_t end = (int64_t)run_end(trial, fold->role, j);
            found = (int64_t)trial->t1[i] >= (int64_t)trial->t0[j] - purge &&
                    (int64_t)trial->t0[i] <= end + (int64_t)trial->params.embargo_bars;
        }
        assert_true(found);
    }
}

static void no_overlap_ever(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(20240601));
    trial_t *trial = hb_alloc(1, sizeof *trial);
    uint64_t train_rows = 0, purged_rows = 0, embargoed_rows = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        draw(&rng, trial);
        uint8_t tested[ROWS_MAX] = {0};
        hb_splits_t splits;
        hb_err_t err = {0};
        assert_int_equal(
            hb_splits_make(trial->t0, trial->t1, trial->rows, &trial->params, &splits, &err),
            HB_OK);
        for (uint32_t f = 0; f < splits.fold_count; f++) {
            check_fold(trial, &splits.folds[f], tested);
            check_need(trial, &splits.folds[f]);
            train_rows += splits.folds[f].train_rows;
            purged_rows += splits.folds[f].purged_rows;
            embargoed_rows += splits.folds[f].embargoed_rows;
        }
        const bool first_only_trains =
            trial->params.scheme == HB_SPLIT_WALK_FORWARD && trial->params.seed_rows == 0;
        for (uint32_t i = 0; i < trial->rows; i++) {
            const bool seed =
                i < trial->params.seed_rows || (first_only_trains && i < splits.group_end[0]);
            assert_int_equal(tested[i], seed ? 0 : splits.path_count);
        }
        hb_splits_free(&splits);
    }
    /* The checker had something to check. */
    assert_true(train_rows > 1000 && purged_rows > 1000 && embargoed_rows > 100);
    hb_free(trial);
}

static void tail_parts_never_meet(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(77));
    trial_t *trial = hb_alloc(1, sizeof *trial);
    uint32_t kept = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        draw(&rng, trial);
        uint32_t ids[ROWS_MAX], n = 0;
        uint8_t part[ROWS_MAX];
        for (uint32_t i = 0; i < trial->rows; i++) {
            if (hb_rng_below(&rng, 3)) ids[n++] = i;
        }
        const double ratios[] = {0.6, 0.2, hb_rng_uniform(&rng) < 0.2 ? 0.0 : 0.1, 0.1};
        hb_split_tail(trial->t0, trial->t1, ids, n, ratios, 4, trial->params.embargo_bars, part);
        for (uint32_t i = 0; i < n; i++) {
            kept += part[i] != 0xff;
            for (uint32_t j = i + 1; part[i] != 0xff && j < n; j++) {
                if (part[j] == 0xff || part[j] == part[i]) continue;
                assert_true(part[j] > part[i]);
                assert_true((uint64_t)trial->t1[ids[i]] + trial->params.embargo_bars <
                            trial->t0[ids[j]]);
            }
        }
    }
    assert_true(kept > 1000);
    hb_free(trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_overlap_ever),
                                       cmocka_unit_test(tail_parts_never_meet)};
    return cmocka_run_group_tests_name("splits by brute force", tests, NULL, NULL);
}
