/* Gradient-boosted oblivious trees: the model and its evaluator.
 *
 * A tree of depth D has D splits (feature, border) and 2^D leaves; bit j of the leaf index is
 * x[feature_j] > border_j (CatBoost's convention and split order), NaN counts as below every border
 * (nan_mode Min). raw = bias + scale * sum of leaf values, summed in tree order in double.
 */
#ifndef HB_MODEL_TREES_H
#define HB_MODEL_TREES_H

#include "base_status.h"
#include "store_file.h"

#define HB_TREE_DEPTH_MAX 16u

/* All arrays are used in place from the mapped file, or owned when built in memory. */
typedef struct {
    uint32_t feature_count;
    uint32_t tree_count;
    double scale, bias;
    const uint32_t *depths;         /* [tree_count] 1..16 (0: one leaf) */
    const uint32_t *split_features; /* [sum of depths], tree by tree */
    const float *split_borders;     /* [sum of depths] */
    const double *leaf_values;      /* [sum of 2^depth] */
    uint64_t split_count, leaf_count;
    hb_store_t store; /* keeps the map when loaded */
    void *owned;      /* heap when built */
} hb_trees_t;

/* Checks every count and index. error: HB_E_ARTIFACT / HB_E_INTERNAL with why. */
HB_CHECKED hb_status_t hb_trees_check(const hb_trees_t *trees, hb_err_t *err);
HB_CHECKED hb_status_t hb_trees_save(const hb_trees_t *trees, const char *path, hb_err_t *err);
HB_CHECKED hb_status_t hb_trees_open(const char *path, hb_trees_t *out, hb_err_t *err);
void hb_trees_close(hb_trees_t *trees); /* zeroed allowed */

/* Raw value (log-odds) of one row x[feature_count]. hot: cannot fail. */
double hb_trees_eval(const hb_trees_t *trees, const float *x);
/* The same for rows of x[rows * feature_count]; same bits. */
void hb_trees_eval_rows(const hb_trees_t *trees, const float *x, uint32_t rows, double *raw);

#endif
