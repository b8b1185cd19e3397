/* Splits in time with purge and embargo by label interval: purged k-fold, CPCV, walk-forward.
 *
 * Row i carries the closed interval [t0_i, t1_i] of bar indices. For a run of test rows with a =
 * first t0 and b = max t1, a training row is purged when t0 <= b and t1 >= a, and dropped by the
 * embargo when b < t0 <= b + embargo. Applied per contiguous run of test groups.
 * source: Lopez de Prado 2018, ch. 7 and 12. */
#ifndef HB_LEARN_SPLITS_H
#define HB_LEARN_SPLITS_H

#include <stdint.h>

#include "base_status.h"

enum {
    HB_SPLIT_GROUPS_MAX = 64,
    HB_SPLIT_HELD_OUT_MAX = 16,
    HB_SPLIT_PATHS_MAX = 128 /* more models than anybody can train */
};

typedef enum { HB_SPLIT_CPCV, HB_SPLIT_PURGED_KFOLD, HB_SPLIT_WALK_FORWARD } hb_split_scheme_t;

typedef struct {
    hb_split_scheme_t scheme;
    uint32_t folds;    /* k >= 2: groups, folds or walk-forward steps */
    uint32_t held_out; /* h: CPCV groups held out, 1 <= h < k */
    uint32_t embargo_bars;
    /* Extra bars added to b and taken from a; the label interval always counts. */
    uint32_t purge_bars;
    /* Leading rows that are always trained on and never tested: the memory needs a past before the
     * first test row. */
    uint32_t seed_rows;
} hb_split_params_t;

enum {
    HB_ROLE_NONE = 0,
    HB_ROLE_TRAIN = 1,
    HB_ROLE_TEST = 2,
    HB_ROLE_PURGED = 3,
    HB_ROLE_EMBARGOED = 4
};

typedef struct {
    uint32_t id;
    uint32_t test_group_count;
    uint32_t test_groups[HB_SPLIT_HELD_OUT_MAX];
    uint32_t path_ids[HB_SPLIT_HELD_OUT_MAX]; /* path of each test group in this split */
    uint32_t train_rows, test_rows, purged_rows, embargoed_rows;
    uint8_t *role; /* [rows] HB_ROLE_* */
} hb_fold_t;

typedef struct {
    uint32_t rows, fold_count, path_count, group_count;
    uint32_t group_begin[HB_SPLIT_GROUPS_MAX]; /* row range of each group */
    uint32_t group_end[HB_SPLIT_GROUPS_MAX];
    hb_fold_t *folds;
} hb_splits_t;

/* Groups are rows [seed_rows, rows) cut in order into `folds` runs as equal as possible, the
 * longer ones first. CPCV: splits in lexicographic order, path j takes the j-th appearance of
 * each group. Walk-forward: group g is tested after training on everything before it; with
 * seed_rows = 0 the first group is training only. A fold whose training rows are all purged is no
 * error here: its train_rows is 0.
 * shape: t0, t1 [rows] bar indices, t0 ascending, t1 >= t0.
 * error: HB_E_CONFIG for impossible parameters, HB_E_DATA for intervals out of order.
 * gives: hb_splits_free. */
HB_CHECKED hb_status_t hb_splits_make(const uint32_t *t0, const uint32_t *t1, uint32_t rows,
                                      const hb_split_params_t *params, hb_splits_t *out,
                                      hb_err_t *err);
/* Number of splits and paths of these parameters, before any data is seen; checks them alone. */
HB_CHECKED hb_status_t hb_splits_count(const hb_split_params_t *params, uint64_t *splits,
                                       uint64_t *paths, hb_err_t *err);
void hb_splits_free(hb_splits_t *splits);

/* Cuts training rows (ascending row ids) at time into consecutive parts by ratios, purging at
 * each boundary rows whose interval, widened by the embargo, reaches the first t0 of the next
 * part that has rows: t1 + embargo >= t0. part[i]: 0.. or 0xff (purged).
 * pre: 1 <= parts <= 254, ratios >= 0 with a positive sum. */
void hb_split_tail(const uint32_t *t0, const uint32_t *t1, const uint32_t *ids, uint32_t count,
                   const double *ratios, uint32_t parts, uint32_t embargo_bars, uint8_t *part);

#endif
