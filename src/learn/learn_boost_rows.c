/* Rows during training: their log-odds, probabilities and loss, and the leaf values that move them.
 *
 * Invariant: sums over rows are taken block by block and the blocks added in order, so that the
 * thread count does not show. Derivatives of the log loss: y - p and p (1 - p), times the weight.
 * Leaf values are Newton steps G / (H + l2) on all rows; with more than one step a step must lower
 * the loss, else it is halved, and each halving uses one of the steps up (CatBoost's
 * AnyImprovement). */
#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "learn_boost_int.h"
#include "num_fn.h"
#include "os_thread.h"

#define BLOCK_ROWS   4096u
#define ROWS_TO_FORK 16384u /* below, starting a thread costs more than it saves */

static uint32_t block_count(const hb_boost_rows_t *rows)
{
    return rows->rows / BLOCK_ROWS + (rows->rows % BLOCK_ROWS != 0);
}

static void blocks_run(const hb_boost_rows_t *rows, uint32_t threads, hb_range_fn fn, void *ctx)
{
    hb_os_parallel(block_count(rows), 1, rows->rows < ROWS_TO_FORK ? 1 : threads, fn, ctx);
}

/* Power of two so large that fewer than 2^51 of it make up rows * weight_max. */
static double grid_unit(uint32_t rows, double weight_max)
{
    int exponent;
    (void)frexp((double)rows * weight_max, &exponent);
    return ldexp(1.0, exponent - 50);
}

/* To the nearest multiple of the grid, by adding what pushes the rest out of the mantissa. */
static double grid_round(double v, double grid)
{
    const double shift = 0x1.8p52 * grid;
    return (v + shift) - shift;
}

static void weights_set(const hb_boost_data_t *data, hb_boost_rows_t *out)
{
    double most = data->weight ? 0 : 1;
    for (uint32_t i = 0; data->weight && i < data->rows; i++) {
        most = HB_MAX(most, (double)data->weight[i]);
    }
    out->grid = grid_unit(data->rows, most);
    for (uint32_t i = 0; i < data->rows; i++) {
        out->weight[i] = data->weight ? grid_round(data->weight[i], out->grid) : 1.0;
        out->weight_sum += out->weight[i];
    }
}

void hb_boost_rows_init(const hb_boost_data_t *data, const hb_boost_borders_t *borders,
                        uint32_t threads, hb_boost_rows_t *out)
{
    *out = (hb_boost_rows_t){.rows = data->rows, .y = data->y};
    out->weight = hb_alloc(data->rows, sizeof *out->weight);
    out->bins = hb_alloc((size_t)data->rows * data->feature_count, 1);
    out->log_odds = hb_alloc(data->rows, sizeof *out->log_odds);
    out->p = hb_alloc(data->rows, sizeof *out->p);
    out->leaf = hb_alloc(data->rows, sizeof *out->leaf);
    out->block_sums = hb_alloc(2 * (size_t)block_count(out), sizeof *out->block_sums);
    weights_set(data, out);
    hb_boost_bins_make(data, borders, threads, out->bins);
}

void hb_boost_rows_free(hb_boost_rows_t *rows)
{
    hb_free(rows->weight);
    hb_free(rows->bins);
    hb_free(rows->log_odds);
    hb_free(rows->p);
    hb_free(rows->leaf);
    hb_free(rows->block_sums);
    *rows = (hb_boost_rows_t){0};
}

typedef struct {
    hb_boost_rows_t *rows;
    const double *value; /* added by leaf */
    bool keep;           /* writes log_odds; else only p and the sums see the values */
} move_job_t;

static void block_move(const move_job_t *job, uint64_t block)
{
    hb_boost_rows_t *rows = job->rows;
    const uint32_t begin = (uint32_t)(block * BLOCK_ROWS);
    const uint32_t end = begin + HB_MIN(BLOCK_ROWS, rows->rows - begin);
    double loss = 0, slope_sq = 0;
    for (uint32_t i = begin; i < end; i++) {
        const double odds = rows->log_odds[i] + job->value[rows->leaf[i]];
        const double e = hb_exp(-fabs(odds)); /* no overflow on either side */
        const double p = (odds >= 0 ? 1.0 : e) / (1.0 + e);
        const double wrong = rows->y[i] ? -odds : odds;
        const double slope = rows->weight[i] * (rows->y[i] - p);
        loss += rows->weight[i] * (HB_MAX(wrong, 0.0) + hb_log1p(e));
        slope_sq += slope * slope;
        rows->p[i] = p;
        if (job->keep) rows->log_odds[i] = odds;
    }
    rows->block_sums[2 * block] = loss;
    rows->block_sums[2 * block + 1] = slope_sq;
}

static void move_range(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    for (uint64_t block = begin; block < end; block++) block_move(ctx, block);
}

static void rows_move(hb_boost_rows_t *rows, const double *value, bool keep, uint32_t threads)
{
    move_job_t job = {rows, value, keep};
    blocks_run(rows, threads, move_range, &job);
    rows->loss_sum = rows->slope_sq_sum = 0;
    for (uint32_t block = 0; block < block_count(rows); block++) {
        rows->loss_sum += rows->block_sums[2 * block];
        rows->slope_sq_sum += rows->block_sums[2 * block + 1];
    }
}

void hb_boost_rows_start(hb_boost_rows_t *rows, double log_odds, uint32_t threads)
{
    memset(rows->leaf, 0, rows->rows * sizeof *rows->leaf);
    memset(rows->log_odds, 0, rows->rows * sizeof *rows->log_odds);
    rows_move(rows, &log_odds, true, threads);
}

void hb_boost_rows_add(hb_boost_rows_t *rows, const hb_boost_tree_t *tree, uint32_t threads)
{
    rows_move(rows, tree->value, true, threads);
}

double hb_boost_rows_loss(const hb_boost_rows_t *rows)
{
    return rows->loss_sum / rows->weight_sum;
}

typedef struct {
    hb_boost_rows_t *rows;
    const hb_boost_tree_t *tree;
} drop_job_t;

static void drop_range(void *ctx, uint64_t first, uint64_t last, uint32_t worker)
{
    (void)worker;
    const drop_job_t *job = ctx;
    hb_boost_rows_t *rows = job->rows;
    const uint64_t begin = first * BLOCK_ROWS;
    const uint64_t end = HB_MIN(last * BLOCK_ROWS, (uint64_t)rows->rows);
    memset(rows->leaf + begin, 0, (end - begin) * sizeof *rows->leaf);
    for (uint32_t j = 0; j < job->tree->depth; j++) {
        const uint8_t *column = rows->bins + (uint64_t)job->tree->feature[j] * rows->rows;
        const uint32_t bin = job->tree->bin[j];
        for (uint64_t i = begin; i < end; i++) {
            rows->leaf[i] = (uint16_t)(rows->leaf[i] | (uint32_t)(column[i] > bin) << j);
        }
    }
}

void hb_boost_rows_drop(hb_boost_rows_t *rows, const hb_boost_tree_t *tree, uint32_t threads)
{
    drop_job_t job = {rows, tree};
    blocks_run(rows, threads, drop_range, &job);
}

/* One Newton step a leaf at the present p. sums: scratch, two a leaf. */
static void newton_step(const hb_boost_rows_t *rows, uint32_t leaves, double l2, double *sums,
                        double *step)
{
    memset(sums, 0, 2 * (size_t)leaves * sizeof *sums);
    for (uint32_t i = 0; i < rows->rows; i++) {
        double *sum = &sums[2 * (size_t)rows->leaf[i]];
        const double p = rows->p[i];
        sum[0] += rows->weight[i] * (rows->y[i] - p);
        sum[1] += rows->weight[i] * (p * (1.0 - p));
    }
    for (uint32_t k = 0; k < leaves; k++) step[k] = sums[2 * k] / (sums[2 * k + 1] + l2);
}

/* More steps, each taken only where it lowers the loss of all rows. value holds the first. */
static void newton_refine(hb_boost_rows_t *rows, const hb_boost_params_t *params, double l2,
                          double *value, uint32_t leaves)
{
    double *step = hb_alloc(leaves, sizeof *step);
    double *trial = hb_alloc(leaves, sizeof *trial);
    double *sums = hb_alloc(2 * (size_t)leaves, sizeof *sums);
    double least = rows->loss_sum;
    memcpy(step, value, leaves * sizeof *step);
    memset(value, 0, leaves * sizeof *value);
    for (uint32_t k = 0; k < params->leaf_estimation_iterations; k++) {
        for (uint32_t i = 0; i < leaves; i++) trial[i] = value[i] + step[i];
        rows_move(rows, trial, false, params->threads);
        if (rows->loss_sum < least) {
            least = rows->loss_sum;
            memcpy(value, trial, leaves * sizeof *value);
            newton_step(rows, leaves, l2, sums, step);
        } else {
            for (uint32_t i = 0; i < leaves; i++) step[i] *= 0.5;
        }
    }
    hb_free(step);
    hb_free(trial);
    hb_free(sums);
}

void hb_boost_leaves_fit(hb_boost_rows_t *rows, const hb_boost_params_t *params, double l2,
                         hb_boost_tree_t *tree)
{
    const uint32_t leaves = 1u << tree->depth;
    double *sums = hb_alloc(2 * (size_t)leaves, sizeof *sums);
    newton_step(rows, leaves, l2, sums, tree->value);
    hb_free(sums);
    if (params->leaf_estimation_iterations > 1) {
        newton_refine(rows, params, l2, tree->value, leaves);
    }
    for (uint32_t k = 0; k < leaves; k++) tree->value[k] *= params->learning_rate;
}
