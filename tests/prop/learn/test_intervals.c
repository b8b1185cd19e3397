/* Resampled metrics against rows that are really copied, independence of threads, and the coverage
 * of the AUC interval on labels that overlap. */
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "base_rng.h"
#include "learn_metrics.h"
#include "math_stats.h"
#include "num_fn.h"
#include "th.h"

enum { ROWS = 90, GROUPS = 3, PATHS = 2, RESAMPLES = 40 };

typedef struct {
    uint32_t row[ROWS];
    uint8_t y[ROWS];
    double p[PATHS][ROWS], p_raw[PATHS][ROWS];
    hb_cell_t cells[PATHS * GROUPS];
} data_t;

/* Scores on a grid, so that there are many ties; one in ten rows is not scored. */
static void draw(hb_rng_t *rng, data_t *data)
{
    uint32_t bar = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        data->row[i] = bar;
        bar += 1 + (hb_rng_below(rng, 10) == 0);
        data->y[i] = hb_rng_uniform(rng) < 0.45;
        for (uint32_t k = 0; k < PATHS; k++) {
            data->p[k][i] = (double)(1 + hb_rng_below(rng, 15)) / 16;
            data->p_raw[k][i] = data->p[k][i] + (hb_rng_below(rng, 2) ? 0.01 : 0.0);
        }
    }
    for (uint32_t k = 0; k < PATHS; k++) {
        for (uint32_t g = 0; g < GROUPS; g++) {
            const uint32_t begin = g * ROWS / GROUPS, end = (g + 1) * ROWS / GROUPS;
            data->cells[k * GROUPS + g] = (hb_cell_t){.path_id = k,
                                                      .fold_id = g,
                                                      .group_id = g,
                                                      .count = end - begin,
                                                      .row = data->row + begin,
                                                      .y = data->y + begin,
                                                      .p = data->p[k] + begin,
                                                      .p_raw = data->p_raw[k] + begin};
        }
    }
}

/* A path's rows, each as often as the resample drew its bar. */
typedef struct {
    uint32_t n;
    uint8_t y[ROWS * 20];
    double p[ROWS * 20], p_raw[ROWS * 20];
} copies_t;

static void add_copies(const hb_cell_t *cell, const uint32_t *counts, copies_t *out)
{
    for (uint32_t i = 0; i < cell->count; i++) {
        for (uint32_t c = 0; c < counts[cell->row[i]]; c++) {
            assert_true(out->n < ROWS * 20);
            out->y[out->n] = cell->y[i];
            out->p[out->n] = cell->p[i];
            out->p_raw[out->n++] = cell->p_raw[i];
        }
    }
}

static double copied_auc(const hb_cell_t *cells, const uint32_t *counts)
{
    double sum = 0, rows = 0;
    for (uint32_t g = 0; g < GROUPS; g++) {
        copies_t copies = {0};
        add_copies(&cells[g], counts, &copies);
        const double auc = hb_auc(copies.p_raw, copies.y, copies.n);
        if (isnan(auc)) continue;
        sum += auc * copies.n;
        rows += copies.n;
    }
    return rows > 0 ? sum / rows : NAN;
}

/* ECE of one path with bins cut on the sample before resampling. */
static double copied_ece(const hb_cell_t *cells, const uint32_t *counts)
{
    double p[ROWS], gap_sum = 0, rows = 0;
    uint32_t order[ROWS], n = 0;
    uint8_t y[ROWS];
    uint32_t weight[ROWS];
    for (uint32_t g = 0; g < GROUPS; g++) {
        for (uint32_t i = 0; i < cells[g].count; i++, n++) {
            p[n] = cells[g].p[i];
            y[n] = cells[g].y[i];
            weight[n] = counts[cells[g].row[i]];
            rows += weight[n];
        }
    }
    hb_argsort(p, n, order);
    for (uint32_t b = 0, at = 0; b < 10; b++) {
        double gap = 0;
        for (uint32_t i = 0; i < n / 10 + (b < n % 10); i++, at++) {
            gap += weight[order[at]] * (y[order[at]] - p[order[at]]);
        }
        gap_sum += fabs(gap);
    }
    return gap_sum / rows;
}

static void resampled_equals_copied(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(404));
    for (uint32_t round = 0; round < 5; round++) {
        data_t data;
        draw(&rng, &data);
        const uint32_t axis = data.row[ROWS - 1] + 1;
        double draws[HB_METRIC_COUNT][RESAMPLES];
        const hb_interval_params_t params = {.resamples = RESAMPLES,
                                             .block_rows_fixed = 3.0 + round,
                                             .seed = 900 + round,
                                             .threads = 1,
                                             .draws = &draws[0][0]};
        hb_metric_summary_t out[HB_METRIC_COUNT];
        hb_metrics_summary(data.cells, PATHS * GROUPS, axis, PATHS, &params, out, NULL);
        for (uint32_t b = 0; b < RESAMPLES; b++) {
            uint32_t idx[2 * ROWS], counts[2 * ROWS] = {0};
            double want[HB_METRIC_COUNT] = {0};
            hb_rng_t stream = hb_rng_stream(params.seed, b);
            hb_bootstrap_stationary(&stream, axis, 1.0 / params.block_rows_fixed, idx);
            for (uint32_t i = 0; i < axis; i++) counts[idx[i]]++;
            for (uint32_t k = 0; k < PATHS; k++) {
                const hb_cell_t *cells = &data.cells[k * GROUPS];
                copies_t all = {0};
                for (uint32_t g = 0; g < GROUPS; g++) add_copies(&cells[g], counts, &all);
                want[HB_METRIC_ACCURACY] += hb_accuracy(all.p, all.y, all.n) / PATHS;
                want[HB_METRIC_F1] += hb_f1(all.p, all.y, all.n) / PATHS;
                want[HB_METRIC_ROC_AUC] += copied_auc(cells, counts) / PATHS;
                want[HB_METRIC_LOG_LOSS] += hb_log_loss(all.p, all.y, all.n) / PATHS;
                want[HB_METRIC_BRIER] += hb_brier(all.p, all.y, all.n) / PATHS;
                want[HB_METRIC_ECE] += copied_ece(cells, counts) / PATHS;
            }
            for (int id = 0; id < HB_METRIC_COUNT; id++) th_close(draws[id][b], want[id], 1e-12);
        }
        for (int id = 0; id < HB_METRIC_COUNT; id++) {
            hb_sort_doubles(draws[id], RESAMPLES);
            assert_true(out[id].lo == hb_quantile_sorted(draws[id], RESAMPLES, 0.025));
            assert_true(out[id].hi == hb_quantile_sorted(draws[id], RESAMPLES, 0.975));
        }
    }
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(405));
    data_t data;
    draw(&rng, &data);
    const uint32_t axis = data.row[ROWS - 1] + 1;
    double draws[2][HB_METRIC_COUNT * RESAMPLES];
    hb_metric_summary_t out[2][HB_METRIC_COUNT];
    for (uint32_t k = 0; k < 2; k++) {
        const hb_interval_params_t params = {.resamples = RESAMPLES,
                                             .block_bars_min = 4,
                                             .seed = 6,
                                             .threads = k ? 3 : 0,
                                             .draws = draws[k]};
        hb_metrics_summary(data.cells, PATHS * GROUPS, axis, PATHS, &params, out[k], NULL);
    }
    assert_memory_equal(draws[0], draws[1], sizeof draws[0]);
    assert_memory_equal(out[0], out[1], sizeof out[0]);
}

enum { LONG_ROWS = 1200, HORIZON = 5, REPEATS = 100, LONG_RESAMPLES = 250 };

/* Labels over windows of HORIZON returns, so that neighbours share most of them, and a score that
 * is as slow but knows nothing. */
static void draw_useless(hb_rng_t *rng, uint32_t *row, uint8_t *y, double *p)
{
    double shock[LONG_ROWS + HORIZON], level = 0;
    for (uint32_t i = 0; i < LONG_ROWS + HORIZON; i++) shock[i] = hb_rng_normal(rng);
    for (uint32_t i = 0; i < LONG_ROWS; i++) {
        double sum = 0;
        for (uint32_t j = 1; j <= HORIZON; j++) sum += shock[i + j - 1];
        level = 0.8 * level + hb_rng_normal(rng);
        row[i] = i;
        y[i] = sum > 0;
        p[i] = 1.0 / (1.0 + hb_exp(-0.2 * level));
    }
}

static void interval_covers_no_skill(void **state)
{
    (void)state;
    const uint64_t seed = th_seed(406);
    uint32_t *row = hb_alloc(LONG_ROWS, sizeof *row);
    uint8_t *y = hb_alloc(LONG_ROWS, 1);
    double *p = hb_alloc(LONG_ROWS, sizeof *p);
    uint32_t covered = 0;
    double width = 0;
    for (uint32_t r = 0; r < REPEATS; r++) {
        hb_rng_t rng = hb_rng_stream(seed, r);
        draw_useless(&rng, row, y, p);
        const hb_cell_t cell = {.count = LONG_ROWS, .row = row, .y = y, .p = p, .p_raw = p};
        const hb_interval_params_t params = {
            .resamples = LONG_RESAMPLES, .block_bars_min = 2 * HORIZON, .seed = r, .threads = 2};
        hb_metric_summary_t out[HB_METRIC_COUNT];
        hb_metrics_summary(&cell, 1, LONG_ROWS, 1, &params, out, NULL);
        const hb_metric_summary_t *auc = &out[HB_METRIC_ROC_AUC];
        covered += auc->lo <= 0.5 && 0.5 <= auc->hi;
        width += (auc->hi - auc->lo) / REPEATS;
    }
    print_message("covered %u of %d, mean width %.3f\n", covered, REPEATS, width);
    assert_true(covered >= 88);
    assert_true(width < 0.25); /* an interval that says nothing covers too */
    hb_free(row);
    hb_free(y);
    hb_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(resampled_equals_copied),
                                       cmocka_unit_test(threads_do_not_matter),
                                       cmocka_unit_test(interval_covers_no_skill)};
    return cmocka_run_group_tests_name("intervals", tests, NULL, NULL);
}
