/* Trainer of oblivious trees: Plain boosting on quantised features, logloss, CatBoost's parameter
 * names.
 *
 * Deterministic for a seed whatever the thread count. Training starts from the log-odds of the
 * learn rows, which become the model's bias; scale is 1. Ordered boosting is refused until it is
 * built.
 */
#ifndef HB_LEARN_BOOST_H
#define HB_LEARN_BOOST_H

#include "base_status.h"
#include "model_trees.h"

typedef struct {
    uint32_t depth;                 /* 1..16, default 8 */
    double learning_rate;           /* 0.06 */
    uint32_t iterations;            /* 2000 */
    double l2_leaf_reg;             /* 3 */
    double subsample;               /* 0.8: Bernoulli, one draw a tree */
    double rsm;                     /* 1: share of features a level */
    double random_strength;         /* 1: score noise as in CatBoost, shrinking with iterations */
    uint32_t border_count;          /* 254 */
    uint64_t random_seed;           /* 42 */
    uint32_t early_stopping_rounds; /* 50; 0 = off */
    uint32_t leaf_estimation_iterations; /* Newton steps, 1 */
    /* 1: no split leaves a part with fewer sampled rows, each counted by weight / mean weight. */
    uint32_t min_data_in_leaf;
    uint32_t threads; /* 1 */
} hb_boost_params_t;
hb_boost_params_t hb_boost_params_default(void);
HB_CHECKED hb_status_t hb_boost_params_check(const hb_boost_params_t *params, hb_err_t *err);

typedef struct {
    const float *x;      /* [rows * feature_count], NaN allowed, infinity refused */
    const uint8_t *y;    /* [rows] 0/1 */
    const float *weight; /* [rows] finite, not negative; or NULL */
    uint32_t rows, feature_count;
} hb_boost_data_t;

typedef struct {
    uint32_t iterations_run, trees_kept;  /* kept: best iteration on eval (use_best_model) */
    double learn_log_loss, eval_log_loss; /* at the kept length; eval NaN without eval rows */
    double base_log_odds;                 /* the bias */
    /* [feature_count] split-gain share, sums to 1; zeros where nothing was gained, as with no tree
     * kept. gives: hb_free */
    double *importance;
} hb_boost_report_t;

/* Called after each tree with how far it is; may be NULL. iteration from 1; eval NaN without eval.
 */
typedef void (*hb_boost_progress_fn)(void *ctx, uint32_t iteration, uint32_t iterations,
                                     double learn_log_loss, double eval_log_loss);

/* eval: NULL or rows on which early stopping looks (purged tail). The best length on them is kept,
 * which may be no tree at all. error: HB_E_NUMERIC for zero rows, one class, a label or weight out
 * of range, an infinite value, all features constant; HB_E_CONFIG for parameters. gives:
 * hb_trees_close, importance. cost: time rows * features * depth / 2 a tree, memory rows *
 * (features + 80) bytes and at most 256 MiB of histograms. */
HB_CHECKED hb_status_t hb_boost_fit(const hb_boost_data_t *learn, const hb_boost_data_t *eval,
                                    const hb_boost_params_t *params, hb_boost_progress_fn progress,
                                    void *ctx, hb_trees_t *out, hb_boost_report_t *report,
                                    hb_err_t *err);

#endif
