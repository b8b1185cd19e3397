/* Growth of one oblivious tree: draw rows, then level by level the split with the best score.
 *
 * Invariant: row[] holds the sampled rows leaf by leaf; a level turns leaf k into k and k +
 * 2^level, CatBoost's numbering. A feature's best border is chosen with the noise of its borders;
 * between features the noise-free score plus one new normal counts, the first of equals wins. The
 * tree ends early when no border cuts any leaf. Noise shrinks as exp(ln n - iteration * learning
 * rate) does. */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "learn_boost_int.h"
#include "num_fn.h"

/* A level keeps its histograms while its leaves have this many rows on average... */
#define HIST_ROWS_LEAF_MIN 256u
/* ...and all of them fit in this many bytes. */
#define HIST_BYTES_MAX ((uint64_t)256 << 20)

static void hist_plan(hb_boost_grow_t *grow)
{
    const hb_boost_borders_t *borders = grow->borders;
    const uint64_t bins = (uint64_t)borders->first[borders->feature_count] + grow->feature_count;
    uint64_t leaves = 1;
    uint32_t levels = 0;
    while (levels < grow->params->depth && grow->rows->rows / leaves >= HIST_ROWS_LEAF_MIN &&
           leaves * bins * sizeof(hb_boost_cell_t) <= HIST_BYTES_MAX) {
        levels++;
        leaves *= 2;
    }
    grow->hist_levels = levels;
    grow->hist_first = hb_alloc(borders->feature_count, sizeof *grow->hist_first);
    grow->hist_level = hb_alloc(borders->feature_count, sizeof *grow->hist_level);
    if (levels == 0) return;
    uint64_t cells = 0;
    for (uint32_t i = 0; i < grow->feature_count; i++) {
        const uint32_t f = grow->feature[i];
        grow->hist_first[f] = cells;
        cells += (leaves / 2) * (borders->first[f + 1] - borders->first[f] + 1);
    }
    grow->hist = hb_alloc(cells, sizeof *grow->hist);
}

void hb_boost_grow_init(const hb_boost_params_t *params, const hb_boost_borders_t *borders,
                        const hb_boost_rows_t *rows, hb_boost_grow_t *out)
{
    const uint32_t leaves = 1u << params->depth;
    *out = (hb_boost_grow_t){.params = params, .borders = borders, .rows = rows};
    const double mean_weight = rows->weight_sum / rows->rows;
    out->l2 = HB_MAX(params->l2_leaf_reg, 1e-20) * mean_weight;
    out->weight_min = params->min_data_in_leaf > 1 ? params->min_data_in_leaf * mean_weight : 0;
    out->feature = hb_alloc(borders->feature_count, sizeof *out->feature);
    for (uint32_t f = 0; f < borders->feature_count; f++) {
        if (borders->first[f + 1] > borders->first[f]) out->feature[out->feature_count++] = f;
    }
    out->row = hb_alloc(rows->rows, sizeof *out->row);
    out->row_next = hb_alloc(rows->rows, sizeof *out->row_next);
    out->cell = hb_alloc(rows->rows, sizeof *out->cell);
    out->cell_next = hb_alloc(rows->rows, sizeof *out->cell_next);
    out->begin = hb_alloc(leaves, sizeof *out->begin);
    out->count = hb_alloc(leaves, sizeof *out->count);
    out->total = hb_alloc(leaves, sizeof *out->total);
    out->best = hb_alloc(borders->feature_count, sizeof *out->best);
    out->tried = hb_alloc(borders->feature_count, sizeof *out->tried);
    hist_plan(out);
}

void hb_boost_grow_free(hb_boost_grow_t *grow)
{
    hb_free(grow->feature);
    hb_free(grow->row);
    hb_free(grow->row_next);
    hb_free(grow->cell);
    hb_free(grow->cell_next);
    hb_free(grow->begin);
    hb_free(grow->count);
    hb_free(grow->total);
    hb_free(grow->best);
    hb_free(grow->tried);
    hb_free(grow->hist);
    hb_free(grow->hist_first);
    hb_free(grow->hist_level);
    *grow = (hb_boost_grow_t){0};
}

/* Bernoulli: one draw a row. Gradients go to the grid here. */
static void rows_sample(hb_boost_grow_t *grow, hb_rng_t *rng)
{
    const hb_boost_rows_t *rows = grow->rows;
    const double subsample = grow->params->subsample;
    const double shift = 0x1.8p52 * rows->grid;
    hb_boost_cell_t total = {0, 0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->rows; i++) {
        if (subsample < 1 && hb_rng_uniform(rng) >= subsample) continue;
        const double slope = rows->weight[i] * (rows->y[i] - rows->p[i]);
        grow->row[count] = i;
        grow->cell[count] = (hb_boost_cell_t){(slope + shift) - shift, rows->weight[i]};
        total += grow->cell[count++];
    }
    grow->sampled = count;
    grow->begin[0] = 0;
    grow->count[0] = count;
    grow->total[0] = total;
}

/* Rows above the border go to the end of their leaf's stretch, in reverse: sums do not mind. */
static void leaf_divide(hb_boost_grow_t *grow, const uint8_t *column, uint32_t bin, uint32_t leaf)
{
    const uint32_t begin = grow->begin[leaf], count = grow->count[leaf];
    uint32_t *left = grow->row_next + begin, *right = left + count;
    hb_boost_cell_t *left_cell = grow->cell_next + begin, *right_cell = left_cell + count;
    hb_boost_cell_t sum = {0, 0};
    for (uint32_t i = begin; i < begin + count; i++) {
        const uint32_t row = grow->row[i];
        const hb_boost_cell_t cell = grow->cell[i];
        if (column[row] > bin) {
            *--right = row;
            *--right_cell = cell;
            sum += cell;
        } else {
            *left++ = row;
            *left_cell++ = cell;
        }
    }
    const uint32_t other = leaf + (1u << grow->level);
    const uint32_t left_count = (uint32_t)(left - (grow->row_next + begin));
    grow->begin[other] = begin + left_count;
    grow->count[other] = count - left_count;
    grow->count[leaf] = left_count;
    grow->total[other] = sum;
    grow->total[leaf] -= sum;
}

static void level_divide(hb_boost_grow_t *grow, uint32_t feature, uint32_t bin)
{
    const uint8_t *column = grow->rows->bins + (uint64_t)feature * grow->rows->rows;
    for (uint32_t k = 0; k < 1u << grow->level; k++) leaf_divide(grow, column, bin, k);
    uint32_t *row = grow->row;
    hb_boost_cell_t *cell = grow->cell;
    grow->row = grow->row_next;
    grow->cell = grow->cell_next;
    grow->row_next = row;
    grow->cell_next = cell;
    grow->level++;
}

static void features_draw(hb_boost_grow_t *grow, hb_rng_t *rng)
{
    for (uint32_t i = 0; i < grow->feature_count; i++) {
        grow->tried[grow->feature[i]] =
            grow->params->rsm >= 1 || hb_rng_uniform(rng) < grow->params->rsm;
    }
}

/* False when no feature has a border that cuts a leaf. */
static bool feature_choose(hb_boost_grow_t *grow, hb_rng_t *rng, uint32_t *out)
{
    double best = -INFINITY;
    for (uint32_t i = 0; i < grow->feature_count; i++) {
        const uint32_t feature = grow->feature[i];
        if (!grow->best[feature].found) continue;
        double score = grow->best[feature].score;
        if (grow->noise > 0) score += grow->noise * hb_rng_normal(rng);
        if (score > best) {
            best = score;
            *out = feature;
        }
    }
    return best > -INFINITY;
}

static double noise_scale(const hb_boost_grow_t *grow, uint32_t iteration)
{
    const double n = grow->rows->rows;
    const double size = hb_exp(hb_log(n) - iteration * grow->params->learning_rate);
    return grow->params->random_strength * sqrt(grow->rows->slope_sq_sum / n) * size / (1 + size);
}

void hb_boost_grow_tree(hb_boost_grow_t *grow, uint32_t iteration, hb_boost_tree_t *tree)
{
    hb_rng_t rng = hb_rng_stream(grow->params->random_seed, iteration);
    grow->level = 0;
    grow->noise = noise_scale(grow, iteration);
    memset(grow->hist_level, 0, grow->borders->feature_count * sizeof *grow->hist_level);
    rows_sample(grow, &rng);
    while (grow->level < grow->params->depth) {
        const uint32_t level = grow->level;
        const double base = hb_boost_split_base(grow);
        uint32_t feature = 0;
        features_draw(grow, &rng);
        grow->noise_seed = hb_rng_next(&rng);
        hb_boost_split_search(grow);
        if (!feature_choose(grow, &rng, &feature)) break;
        tree->feature[level] = feature;
        tree->bin[level] = grow->best[feature].bin;
        tree->gain[level] = HB_MAX(grow->best[feature].score - base, 0.0);
        level_divide(grow, feature, tree->bin[level]);
    }
    tree->depth = grow->level;
}
