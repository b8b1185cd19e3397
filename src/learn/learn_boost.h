/* Trainer of oblivious trees: Plain boosting on quantised features, logloss, CatBoost's parameter names.
 *
 * Deterministic for a seed whatever the thread count. Ordered boosting is refused until it is built.
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
    uint32_t min_data_in_leaf;           /* 1 */
    uint32_t threads;
} hb_boost_params_t;
hb_boost_params_t hb_boost_params_default(void);
HB_CHECKED hb_status_t hb_boost_params_check(const hb_boost_params_t *params, hb_err_t *err);

typedef struct {
    const float *x;      /* [rows * feature_count], NaN allowed */
    const uint8_t *y;    /* [rows] 0/1 */
    const float *weight; /* [rows] or NULL */
    uint32_t rows, feature_count;
} hb_boost_data_t;

typedef struct {
    uint32_t iterations_run, trees_kept;  /* kept: best iteration on eval (use_best_model) */
    double learn_log_loss, eval_log_loss; /* at the kept length */
    double base_log_odds;
    double *importance; /* [feature_count] split-gain share, sums to 1; gives: hb_free */
} hb_boost_report_t;

/* Called after each tree with how far it is; may be NULL. */
typedef void (*hb_boost_progress_fn)(void *ctx, uint32_t iteration, uint32_t iterations,
                                     double learn_log_loss, double eval_log_loss);

/* eval: NULL or rows on which early stopping looks (purged tail). error: HB_E_NUMERIC for zero rows,
 * one class, all features constant; HB_E_CONFIG for parameters. gives: hb_trees_close, importance. */
HB_CHECKED hb_status_t hb_boost_fit(const hb_boost_data_t *learn, const hb_boost_data_t *eval,
                                    const hb_boost_params_t *params, hb_boost_progress_fn progress,
                                    void *ctx, hb_trees_t *out, hb_boost_report_t *report,
                                    hb_err_t *err);

#endif
