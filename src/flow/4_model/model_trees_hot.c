/* Evaluator of oblivious trees. Called once a bar by the engine and over whole parts by the fit.
 * Invariant: a row's leaf values are added in tree order, in double, starting from 0, so that a row
 * alone and a row in a block give the same bits. Leaf rule and order are CatBoost's. */
#include "model_trees.h"

#include "base_assert.h"

#define BLOCK_ROWS 64u /* rows that walk one tree together: its leaves stay in the cache */

/* NaN compares false: it counts as below every border. */
static uint32_t leaf_find(const uint32_t *features, const float *borders, uint32_t depth,
                          const float *x)
{
    uint32_t leaf = 0;
    for (uint32_t j = 0; j < depth; j++) {
        leaf |= (uint32_t)(x[features[j]] > borders[j]) << j;
    }
    return leaf;
}

double hb_trees_eval(const hb_trees_t *trees, const float *x)
{
    double raw;
    hb_trees_eval_rows(trees, x, 1, &raw);
    return raw;
}

static void block_eval(const hb_trees_t *trees, const float *x, uint32_t rows, double *raw)
{
    double sum[BLOCK_ROWS] = {0};
    const uint32_t *features = trees->split_features;
    const float *borders = trees->split_borders;
    const double *leaves = trees->leaf_values;
    for (uint32_t t = 0; t < trees->tree_count; t++) {
        const uint32_t depth = trees->depths[t];
        for (uint32_t i = 0; i < rows; i++) {
            const float *row = x + (uint64_t)i * trees->feature_count;
            sum[i] += leaves[leaf_find(features, borders, depth, row)];
        }
        features += depth;
        borders += depth;
        leaves += (uint64_t)1 << depth;
    }
    for (uint32_t i = 0; i < rows; i++) raw[i] = trees->bias + trees->scale * sum[i];
}

void hb_trees_eval_rows(const hb_trees_t *trees, const float *x, uint32_t rows, double *raw)
{
    for (uint32_t begin = 0; begin < rows; begin += HB_MIN(BLOCK_ROWS, rows - begin)) {
        block_eval(trees, x + (uint64_t)begin * trees->feature_count,
                   HB_MIN(BLOCK_ROWS, rows - begin), raw + begin);
    }
}
