/* Splits in time. Invariant: in every fold no training row's interval meets the interval [a -
 * purge, b + purge] of a run of test groups, nor starts within the embargo after it; in
 * walk-forward no training row comes after its test group.
 * source: Lopez de Prado 2018, ch. 7 (purge, embargo) and 12 (combinatorial paths). Deviation from
 * common code: a run starts at t0 of its first row, not at its t1, which would leak a horizon. */
#include "learn_splits.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"

typedef struct {
    const uint32_t *t0, *t1;
    const hb_split_params_t *params;
} maker_t;

/* n over k; exact for n <= 64, k <= 16. */
static uint64_t choose(uint32_t n, uint32_t k)
{
    uint64_t result = 1;
    for (uint32_t i = 0; i < k; i++) result = result * (n - i) / (i + 1);
    return result;
}

hb_status_t hb_splits_count(const hb_split_params_t *params, uint64_t *splits, uint64_t *paths,
                            hb_err_t *err)
{
    const uint32_t k = params->folds, h = params->held_out;
    if (k < 2 || k > HB_SPLIT_GROUPS_MAX) {
        return hb_err_set(err, HB_E_CONFIG, "folds", NULL, "folds is %u, must be 2 to %d", k,
                          HB_SPLIT_GROUPS_MAX);
    }
    switch (params->scheme) {
    case HB_SPLIT_PURGED_KFOLD:
        *splits = k;
        *paths = 1;
        return HB_OK;
    case HB_SPLIT_WALK_FORWARD:
        *splits = params->seed_rows > 0 ? k : k - 1;
        *paths = 1;
        return HB_OK;
    case HB_SPLIT_CPCV:
        if (h < 1 || h >= k || h > HB_SPLIT_HELD_OUT_MAX) {
            return hb_err_set(err, HB_E_CONFIG, "held_out", NULL,
                              "held_out is %u, must be 1 to %u with %u folds", h,
                              HB_MIN(k - 1, (uint32_t)HB_SPLIT_HELD_OUT_MAX), k);
        }
        *splits = choose(k, h);
        *paths = choose(k - 1, h - 1);
        return HB_OK;
    }
    return hb_err_set(err, HB_E_CONFIG, "scheme", NULL, "unknown split scheme %d",
                      (int)params->scheme);
}

static hb_status_t check_intervals(const maker_t *maker, uint32_t rows, hb_err_t *err)
{
    for (uint32_t i = 0; i < rows; i++) {
        if (maker->t1[i] < maker->t0[i]) {
            return hb_err_set(err, HB_E_DATA, NULL, NULL,
                              "row %u: the label ends at bar %u before it starts at bar %u", i,
                              maker->t1[i], maker->t0[i]);
        }
        if (i > 0 && maker->t0[i] < maker->t0[i - 1]) {
            return hb_err_set(err, HB_E_DATA, NULL, "sort rows by time",
                              "row %u starts at bar %u, before the row above it (bar %u)", i,
                              maker->t0[i], maker->t0[i - 1]);
        }
    }
    return HB_OK;
}

/* The first n % k groups are one row longer. */
static void cut_groups(const hb_split_params_t *params, hb_splits_t *splits)
{
    const uint32_t k = params->folds, n = splits->rows - params->seed_rows;
    uint32_t at = params->seed_rows;
    for (uint32_t g = 0; g < k; g++) {
        splits->group_begin[g] = at;
        at += n / k + (g < n % k);
        splits->group_end[g] = at;
    }
    splits->group_count = k;
}

/* Next k-subset of 0..n-1 in lexicographic order. */
static void next_subset(uint32_t *subset, uint32_t k, uint32_t n)
{
    uint32_t i = k;
    while (i > 0 && subset[i - 1] == n - k + i - 1) i--;
    if (i == 0) return;
    subset[i - 1]++;
    for (; i < k; i++) subset[i] = subset[i - 1] + 1;
}

static void choose_test_groups(const hb_split_params_t *params, hb_splits_t *splits)
{
    uint32_t subset[HB_SPLIT_HELD_OUT_MAX];
    uint32_t seen[HB_SPLIT_GROUPS_MAX] = {0};
    for (uint32_t i = 0; i < HB_SPLIT_HELD_OUT_MAX; i++) subset[i] = i;
    const bool skip_first = params->scheme == HB_SPLIT_WALK_FORWARD && params->seed_rows == 0;
    for (uint32_t f = 0; f < splits->fold_count; f++) {
        hb_fold_t *fold = &splits->folds[f];
        fold->id = f;
        if (params->scheme != HB_SPLIT_CPCV) {
            fold->test_group_count = 1;
            fold->test_groups[0] = f + skip_first;
            continue;
        }
        fold->test_group_count = params->held_out;
        for (uint32_t i = 0; i < params->held_out; i++) {
            fold->test_groups[i] = subset[i];
            fold->path_ids[i] = seen[subset[i]]++;
        }
        next_subset(subset, params->held_out, params->folds);
    }
}

/* Marks training rows near the test rows [begin, end): purged wins over embargoed. */
static void purge_run(const maker_t *maker, uint32_t begin, uint32_t end, uint32_t rows,
                      uint8_t *role)
{
    const hb_split_params_t *params = maker->params;
    uint32_t last = maker->t1[begin];
    for (uint32_t i = begin + 1; i < end; i++) last = HB_MAX(last, maker->t1[i]);
    /* 64 bits with sign: widening may pass either end of the bars. */
    const int64_t a = (int64_t)maker->t0[begin] - params->purge_bars;
    const int64_t b = (int64_t)last + params->purge_bars;
    const int64_t embargo_end = b + params->embargo_bars;
    for (uint32_t i = 0; i < rows; i++) {
        if (role[i] != HB_ROLE_TRAIN && role[i] != HB_ROLE_EMBARGOED) continue;
        const int64_t t0 = maker->t0[i], t1 = maker->t1[i];
        if (t0 <= b && t1 >= a) {
            role[i] = HB_ROLE_PURGED;
        } else if (t0 > b && t0 <= embargo_end) {
            role[i] = HB_ROLE_EMBARGOED;
        }
    }
}

static void assign_roles(const maker_t *maker, const hb_splits_t *splits, hb_fold_t *fold)
{
    const bool forward = maker->params->scheme == HB_SPLIT_WALK_FORWARD;
    const uint32_t train_end = forward ? splits->group_begin[fold->test_groups[0]] : splits->rows;
    memset(fold->role, HB_ROLE_TRAIN, train_end);
    memset(fold->role + train_end, HB_ROLE_NONE, splits->rows - train_end);
    for (uint32_t g = 0; g < fold->test_group_count; g++) {
        const uint32_t begin = splits->group_begin[fold->test_groups[g]];
        memset(fold->role + begin, HB_ROLE_TEST, splits->group_end[fold->test_groups[g]] - begin);
    }
    for (uint32_t g = 0; g < fold->test_group_count;) {
        uint32_t next = g + 1;
        while (next < fold->test_group_count &&
               fold->test_groups[next] == fold->test_groups[next - 1] + 1) {
            next++;
        }
        purge_run(maker, splits->group_begin[fold->test_groups[g]],
                  splits->group_end[fold->test_groups[next - 1]], splits->rows, fold->role);
        g = next;
    }
    uint32_t counts[HB_ROLE_EMBARGOED + 1] = {0};
    for (uint32_t i = 0; i < splits->rows; i++) counts[fold->role[i]]++;
    fold->train_rows = counts[HB_ROLE_TRAIN];
    fold->test_rows = counts[HB_ROLE_TEST];
    fold->purged_rows = counts[HB_ROLE_PURGED];
    fold->embargoed_rows = counts[HB_ROLE_EMBARGOED];
}

hb_status_t hb_splits_make(const uint32_t *t0, const uint32_t *t1, uint32_t rows,
                           const hb_split_params_t *params, hb_splits_t *out, hb_err_t *err)
{
    const maker_t maker = {.t0 = t0, .t1 = t1, .params = params};
    uint64_t split_count, path_count;
    HB_TRY(hb_splits_count(params, &split_count, &path_count, err));
    if (path_count > HB_SPLIT_PATHS_MAX) {
        return hb_err_set(err, HB_E_CONFIG, "held_out", "hold out fewer groups",
                          "%u folds with %u held out give %llu paths, at most %d are possible",
                          params->folds, params->held_out, (unsigned long long)path_count,
                          HB_SPLIT_PATHS_MAX);
    }
    if (rows <= params->seed_rows || rows - params->seed_rows < params->folds) {
        return hb_err_set(err, HB_E_CONFIG, "folds", "give more rows or fewer folds",
                          "%u rows, of which %u only for training, cannot fill %u folds", rows,
                          params->seed_rows, params->folds);
    }
    HB_TRY(check_intervals(&maker, rows, err));

    hb_splits_t splits = {
        .rows = rows, .fold_count = (uint32_t)split_count, .path_count = (uint32_t)path_count};
    splits.folds = hb_alloc(split_count, sizeof *splits.folds);
    uint8_t *roles = hb_alloc(split_count * rows, sizeof *roles); /* owned by fold 0 */
    cut_groups(params, &splits);
    choose_test_groups(params, &splits);
    for (uint32_t f = 0; f < splits.fold_count; f++) {
        splits.folds[f].role = &roles[(size_t)f * rows];
        assign_roles(&maker, &splits, &splits.folds[f]);
    }
    *out = splits;
    return HB_OK;
}

void hb_splits_free(hb_splits_t *splits)
{
    if (splits->folds) hb_free(splits->folds[0].role);
    hb_free(splits->folds);
    memset(splits, 0, sizeof *splits);
}

void hb_split_tail(const uint32_t *t0, const uint32_t *t1, const uint32_t *ids, uint32_t count,
                   const double *ratios, uint32_t parts, uint32_t embargo_bars, uint8_t *part)
{
    double total = 0, sum = 0;
    for (uint32_t q = 0; q < parts; q++) total += ratios[q];
    HB_ASSERT(parts >= 1 && parts < 0xff && total > 0);
    uint32_t at = 0;
    for (uint32_t q = 0; q < parts; q++) {
        sum += ratios[q];
        const double end = floor(sum / total * count + 0.5);
        const uint32_t stop = q + 1 == parts || end >= count ? count : (uint32_t)end;
        for (; at < stop; at++) part[at] = (uint8_t)q;
    }
    /* From the back, remember where the next part that has rows starts. */
    uint64_t next_t0 = UINT64_MAX;
    for (uint32_t i = count; i-- > 0;) {
        const bool reaches = (uint64_t)t1[ids[i]] + embargo_bars >= next_t0;
        const bool first = i == 0 || part[i - 1] != part[i];
        if (first) next_t0 = t0[ids[i]];
        if (reaches) part[i] = 0xff;
    }
}
