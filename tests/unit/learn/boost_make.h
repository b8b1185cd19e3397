/* Data sets and models for the trainer's tests, all from one seed. */
#ifndef BOOST_MAKE_H
#define BOOST_MAKE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base_mem.h"
#include "learn_boost.h"
#include "num_fn.h"

typedef struct {
    float *x;
    uint8_t *y;
    float *weight;
    uint32_t rows, feature_count;
} boost_set_t;

static inline boost_set_t set_alloc(uint32_t rows, uint32_t feature_count)
{
    return (boost_set_t){hb_alloc((size_t)rows * feature_count, sizeof(float)), hb_alloc(rows, 1),
                         hb_alloc(rows, sizeof(float)), rows, feature_count};
}

static inline void set_free(boost_set_t *set)
{
    hb_free(set->x);
    hb_free(set->y);
    hb_free(set->weight);
}

static inline hb_boost_data_t set_data(const boost_set_t *set)
{
    return (hb_boost_data_t){set->x, set->y, NULL, set->rows, set->feature_count};
}

/* Uniform on [-2, 2) in steps that a float holds exactly. */
static inline float lattice(uint64_t word)
{
    return (float)(word >> 40) * 0x1p-22f - 2;
}

/* Log-odds of row x: linear in the first two features, or 4 where their signs differ and -4 else.
 */
static inline double set_odds(const float *x, bool is_xor)
{
    if (is_xor) return (x[0] > 0) != (x[1] > 0) ? 4 : -4;
    return 1.5 * x[0] - x[1];
}

static inline boost_set_t set_make(uint64_t seed, uint32_t rows, uint32_t features, bool is_xor)
{
    hb_rng_t rng = hb_rng_init(seed);
    boost_set_t set = set_alloc(rows, features);
    for (uint32_t i = 0; i < rows; i++) {
        float *x = set.x + (size_t)i * features;
        for (uint32_t f = 0; f < features; f++) x[f] = lattice(hb_rng_next(&rng));
        set.y[i] = hb_rng_uniform(&rng) < 1 / (1 + hb_exp(-set_odds(x, is_xor)));
        set.weight[i] = (float)(1 + hb_rng_below(&rng, 4)) * 0.5f;
    }
    return set;
}

static inline double log_loss(const hb_trees_t *trees, const hb_boost_data_t *data)
{
    double sum = 0, weight_sum = 0;
    for (uint32_t i = 0; i < data->rows; i++) {
        const double raw = hb_trees_eval(trees, data->x + (size_t)i * data->feature_count);
        const double wrong = data->y[i] ? -raw : raw;
        const double weight = data->weight ? data->weight[i] : 1;
        sum += weight * (fmax(wrong, 0) + log1p(exp(-fabs(raw))));
        weight_sum += weight;
    }
    return sum / weight_sum;
}

/* No noise, no sampling: every choice is the best one. */
static inline hb_boost_params_t params_plain(uint32_t depth, uint32_t iterations)
{
    hb_boost_params_t params = hb_boost_params_default();
    params.depth = depth;
    params.iterations = iterations;
    params.subsample = 1;
    params.random_strength = 0;
    return params;
}

typedef struct {
    hb_trees_t trees;
    hb_boost_report_t report;
} boost_model_t;

static inline boost_model_t model_fit(const hb_boost_data_t *learn, const hb_boost_data_t *eval,
                                      const hb_boost_params_t *params)
{
    boost_model_t model = {0};
    hb_err_t err = {0};
    if (hb_boost_fit(learn, eval, params, NULL, NULL, &model.trees, &model.report, &err) != HB_OK) {
        fail_msg("fit: %s", err.message);
    }
    if (hb_trees_check(&model.trees, &err) != HB_OK) fail_msg("check: %s", err.message);
    return model;
}

static inline void model_free(boost_model_t *model)
{
    hb_trees_close(&model->trees);
    hb_free(model->report.importance);
}

static inline bool trees_same(const hb_trees_t *a, const hb_trees_t *b)
{
    if (a->tree_count != b->tree_count || a->split_count != b->split_count ||
        a->leaf_count != b->leaf_count || memcmp(&a->bias, &b->bias, sizeof a->bias) != 0) {
        return false;
    }
    return memcmp(a->depths, b->depths, a->tree_count * sizeof *a->depths) == 0 &&
           memcmp(a->split_features, b->split_features, a->split_count * 4) == 0 &&
           memcmp(a->split_borders, b->split_borders, a->split_count * 4) == 0 &&
           memcmp(a->leaf_values, b->leaf_values, a->leaf_count * sizeof(double)) == 0;
}

#endif
