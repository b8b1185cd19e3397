/* Metrics of paths with block-bootstrap intervals. Every sort happens once, before resampling: a
 * resample is a count per time row, and each metric is one pass over rows that stand in sorted
 * order already. Invariant: resample b draws from its own random stream and writes only its own
 * results, so the outcome is the same on any number of threads. The point estimate runs the same
 * code with every count 1.
 * source: Politis & Romano 1994 (stationary bootstrap); Politis & White 2004 (block length). */
#include <stdbool.h>
#include <string.h>

#include "base_mem.h"
#include "learn_metrics.h"
#include "learn_metrics_int.h"
#include "math_stats.h"
#include "os_thread.h"

/* A row in sorted order: position on the time axis, whether it is the last of its ties, its
 * label. */
enum { LABEL_BIT = 1u, TIE_END_BIT = 2u, ROW_SHIFT = 2 };
enum { SEGMENTS_MAX = HB_ECE_BINS + 1 }; /* one bin may be cut in two at p = 1/2 */

typedef struct {
    uint32_t count;
    uint32_t *at; /* [count] packed rows, ascending by p_raw */
} ranked_t;

/* A run of one ECE bin on one side of p = 1/2. */
typedef struct {
    uint32_t begin, end, bin;
    bool up;
} segment_t;

typedef struct {
    bool undefined; /* a score is NaN */
    uint32_t cell_count, count, segment_count;
    ranked_t *cells;
    segment_t segments[SEGMENTS_MAX];
    uint32_t *at; /* [count] packed rows of all cells, ascending by p */
    double *gap;  /* y - p */
    double *loss;
} path_t;

typedef struct {
    path_t *paths;
    uint32_t path_count, axis_rows, resamples;
    uint64_t seed;
    double restart_prob;
    uint32_t *scratch; /* [threads][2][axis_rows]: indices, counts */
    double *draws;     /* [HB_METRIC_COUNT][resamples] */
} boot_t;

/* order: rows ascending by key. */
static void pack_rows(const uint32_t *order, const double *key, const uint32_t *row,
                      const uint8_t *y, uint32_t count, uint32_t *at)
{
    for (uint32_t i = 0; i < count; i++) {
        const bool tie_end = i + 1 == count || key[order[i + 1]] != key[order[i]];
        at[i] = row[order[i]] << ROW_SHIFT | (tie_end ? TIE_END_BIT : 0u) |
                (y[order[i]] ? LABEL_BIT : 0u);
    }
}

static void rank_cell(const hb_cell_t *cell, ranked_t *out)
{
    uint32_t *order = hb_alloc(cell->count, sizeof *order);
    hb_argsort(cell->p_raw, cell->count, order);
    out->count = cell->count;
    out->at = hb_alloc(cell->count, sizeof *out->at);
    pack_rows(order, cell->p_raw, cell->row, cell->y, cell->count, out->at);
    hb_free(order);
}

/* cut: first sorted row with p >= 1/2. */
static void cut_segments(path_t *path, uint32_t cut)
{
    for (uint32_t b = 0; b < HB_ECE_BINS; b++) {
        const uint32_t begin = hb_mass_bin_begin(b, path->count, HB_ECE_BINS);
        const uint32_t end = hb_mass_bin_begin(b + 1, path->count, HB_ECE_BINS);
        if (begin < cut) {
            path->segments[path->segment_count++] =
                (segment_t){.begin = begin, .end = HB_MIN(end, cut), .bin = b};
        }
        if (end > cut) {
            path->segments[path->segment_count++] =
                (segment_t){.begin = HB_MAX(begin, cut), .end = end, .bin = b, .up = true};
        }
    }
}

/* Rows of all the path's cells in one vector, sorted by p. */
static void pool_path(const hb_cell_t *cells, uint32_t cell_count, uint32_t path_id, path_t *path)
{
    const uint32_t n = path->count;
    double *p = hb_alloc(n, sizeof *p);
    uint8_t *y = hb_alloc(n, sizeof *y);
    uint32_t *row = hb_alloc(n, sizeof *row), *order = hb_alloc(n, sizeof *order);
    uint32_t used = 0, cut = 0;
    for (uint32_t c = 0; c < cell_count; c++) {
        if (cells[c].path_id != path_id || cells[c].count == 0) continue;
        memcpy(&p[used], cells[c].p, cells[c].count * sizeof *p);
        memcpy(&y[used], cells[c].y, cells[c].count * sizeof *y);
        memcpy(&row[used], cells[c].row, cells[c].count * sizeof *row);
        used += cells[c].count;
    }
    hb_argsort(p, n, order);
    path->at = hb_alloc(n, sizeof *path->at);
    path->gap = hb_alloc(n, sizeof *path->gap);
    path->loss = hb_alloc(n, sizeof *path->loss);
    pack_rows(order, p, row, y, n, path->at);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t from = order[i];
        path->gap[i] = (y[from] != 0) - p[from];
        path->loss[i] = hb_loss_of(p[from], y[from]);
        path->undefined |= isnan(p[from]);
        cut += p[from] < 0.5;
    }
    cut_segments(path, cut);
    hb_free(p);
    hb_free(y);
    hb_free(row);
    hb_free(order);
}

static void build_path(const hb_cell_t *cells, uint32_t cell_count, uint32_t path_id, path_t *path)
{
    path->cells = hb_alloc(cell_count, sizeof *path->cells);
    for (uint32_t c = 0; c < cell_count; c++) {
        const hb_cell_t *cell = &cells[c];
        if (cell->path_id != path_id || cell->count == 0) continue;
        rank_cell(cell, &path->cells[path->cell_count++]);
        path->count += cell->count;
        for (uint32_t i = 0; i < cell->count; i++) path->undefined |= isnan(cell->p_raw[i]);
    }
    pool_path(cells, cell_count, path_id, path);
}

static void path_free(path_t *path)
{
    for (uint32_t c = 0; c < path->cell_count; c++) hb_free(path->cells[c].at);
    hb_free(path->cells);
    hb_free(path->at);
    hb_free(path->gap);
    hb_free(path->loss);
}

/* Weighted AUC by the walk up the scores: an up row wins over each down row below it, half over
 * a tied one. Integers and masks: no branch follows the data. NaN when the counts leave one
 * class. */
static double ranked_auc(const ranked_t *cell, const uint32_t *counts, double *rows)
{
    uint64_t won_twice = 0, down = 0, total = 0, tie_up = 0, tie_down = 0;
    for (uint32_t i = 0; i < cell->count; i++) {
        const uint32_t at = cell->at[i];
        const uint64_t w = counts[at >> ROW_SHIFT];
        const uint64_t is_up = 0 - (uint64_t)(at & LABEL_BIT);
        const uint64_t is_end = 0 - (uint64_t)(at >> 1 & 1u);
        total += w;
        tie_up += w & is_up;
        tie_down += w & ~is_up;
        won_twice += is_end & (tie_up * (2 * down + tie_down));
        down += is_end & tie_down;
        tie_up &= ~is_end;
        tie_down &= ~is_end;
    }
    *rows = (double)total;
    if (down == 0 || down == total) return NAN;
    return 0.5 * (double)won_twice / ((double)(total - down) * (double)down);
}

static double path_auc(const path_t *path, const uint32_t *counts)
{
    double sum = 0, rows_sum = 0;
    for (uint32_t c = 0; c < path->cell_count; c++) {
        double rows;
        const double auc = ranked_auc(&path->cells[c], counts, &rows);
        if (isnan(auc)) continue;
        sum += rows * auc;
        rows_sum += rows;
    }
    return rows_sum > 0 ? sum / rows_sum : NAN;
}

typedef struct {
    uint64_t rows, up;
    double gap, gap_sq, loss;
} sums_t;

static sums_t segment_sums(const path_t *path, const segment_t *segment, const uint32_t *counts)
{
    sums_t s = {0};
    for (uint32_t i = segment->begin; i < segment->end; i++) {
        const uint32_t at = path->at[i], count = counts[at >> ROW_SHIFT];
        const double w = count, gap = path->gap[i];
        s.rows += count;
        s.up += count & (0u - (at & LABEL_BIT));
        s.gap += w * gap;
        s.gap_sq += w * gap * gap;
        s.loss += w * path->loss[i];
    }
    return s;
}

/* out[HB_METRIC_COUNT] of one path with these counts a time row. */
static void path_metrics(const path_t *path, const uint32_t *counts, double *out)
{
    double bin_gap[HB_ECE_BINS] = {0};
    sums_t all = {0};
    double right = 0, hit = 0, called = 0, ece = 0;
    for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) out[id] = NAN;
    if (path->undefined) return;
    for (uint32_t k = 0; k < path->segment_count; k++) {
        const segment_t *segment = &path->segments[k];
        const sums_t s = segment_sums(path, segment, counts);
        bin_gap[segment->bin] += s.gap;
        all.rows += s.rows;
        all.up += s.up;
        all.gap_sq += s.gap_sq;
        all.loss += s.loss;
        right += (double)(segment->up ? s.up : s.rows - s.up);
        if (segment->up) {
            hit += (double)s.up;
            called += (double)s.rows;
        }
    }
    if (all.rows == 0) return;
    const double rows = (double)all.rows, positive = called + (double)all.up;
    for (uint32_t b = 0; b < HB_ECE_BINS; b++) ece += fabs(bin_gap[b]);
    out[HB_METRIC_ACCURACY] = right / rows;
    out[HB_METRIC_F1] = positive > 0 ? 2.0 * hit / positive : 0.0;
    out[HB_METRIC_ROC_AUC] = path_auc(path, counts);
    out[HB_METRIC_LOG_LOSS] = all.loss / rows;
    out[HB_METRIC_BRIER] = all.gap_sq / rows;
    out[HB_METRIC_ECE] = ece / rows;
}

/* Mean of the values that are defined; NaN when none is. */
static double mean_defined(const double *values, uint32_t n, uint32_t stride, uint32_t *defined)
{
    double sum = 0;
    *defined = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(values[(size_t)i * stride])) continue;
        sum += values[(size_t)i * stride];
        ++*defined;
    }
    return *defined ? sum / *defined : NAN;
}

static void run_resamples(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    const boot_t *boot = ctx;
    uint32_t *idx = &boot->scratch[(size_t)worker * 2 * boot->axis_rows];
    uint32_t *counts = idx + boot->axis_rows;
    double values[HB_METRIC_PATHS_MAX][HB_METRIC_COUNT];
    for (uint64_t b = begin; b < end; b++) {
        hb_rng_t rng = hb_rng_stream(boot->seed, b);
        hb_bootstrap_stationary(&rng, boot->axis_rows, boot->restart_prob, idx);
        memset(counts, 0, boot->axis_rows * sizeof *counts);
        for (uint32_t i = 0; i < boot->axis_rows; i++) counts[idx[i]]++;
        for (uint32_t k = 0; k < boot->path_count; k++) {
            path_metrics(&boot->paths[k], counts, values[k]);
        }
        for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) {
            uint32_t defined;
            boot->draws[(size_t)id * boot->resamples + b] =
                mean_defined(&values[0][id], boot->path_count, HB_METRIC_COUNT, &defined);
        }
    }
}

/* Log loss averaged over paths and label of each time row that is scored at all. */
static double auto_block(const hb_cell_t *cells, uint32_t cell_count, uint32_t axis_rows,
                         uint32_t block_min)
{
    double *loss = hb_alloc(axis_rows, sizeof *loss), *up = hb_alloc(axis_rows, sizeof *up);
    uint32_t *hits = hb_alloc(axis_rows, sizeof *hits);
    uint32_t n = 0;
    double up_mean = 0;
    for (uint32_t c = 0; c < cell_count; c++) {
        for (uint32_t i = 0; i < cells[c].count; i++) {
            const uint32_t row = cells[c].row[i];
            loss[row] += hb_loss_of(cells[c].p[i], cells[c].y[i]);
            up[row] += cells[c].y[i] != 0;
            hits[row]++;
        }
    }
    for (uint32_t row = 0; row < axis_rows; row++) {
        if (hits[row] == 0) continue;
        loss[n] = loss[row] / hits[row];
        up[n] = up[row] / hits[row];
        up_mean += up[n++];
    }
    for (uint32_t i = 0; i < n; i++) up[i] -= up_mean / n;
    const double by_loss = hb_block_length_auto(loss, n), by_label = hb_block_length_auto(up, n);
    double block = block_min;
    if (by_loss > block) block = by_loss; /* false for NaN */
    if (by_label > block) block = by_label;
    hb_free(loss);
    hb_free(up);
    hb_free(hits);
    return HB_MIN(block, axis_rows / 5.0);
}

static void check_cells(const hb_cell_t *cells, uint32_t cell_count, uint32_t axis_rows,
                        uint32_t path_count)
{
    HB_ASSERT(path_count >= 1 && path_count <= HB_METRIC_PATHS_MAX);
    HB_ASSERT(axis_rows < 1u << (32 - ROW_SHIFT));
    for (uint32_t c = 0; c < cell_count; c++) {
        HB_ASSERT(cells[c].path_id < path_count);
        for (uint32_t i = 0; i < cells[c].count; i++) HB_ASSERT(cells[c].row[i] < axis_rows);
    }
}

/* Values of the paths on the sample itself. */
static void point_estimates(const boot_t *boot, hb_metric_summary_t *out)
{
    uint32_t *ones = hb_alloc(boot->axis_rows, sizeof *ones);
    for (uint32_t i = 0; i < boot->axis_rows; i++) ones[i] = 1;
    memset(out, 0, HB_METRIC_COUNT * sizeof *out);
    for (uint32_t k = 0; k < boot->path_count; k++) {
        double values[HB_METRIC_COUNT];
        path_metrics(&boot->paths[k], ones, values);
        for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) out[id].per_path[k] = values[id];
    }
    for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) {
        uint32_t defined;
        double sum_sq = 0;
        out[id].mean = mean_defined(out[id].per_path, boot->path_count, 1, &defined);
        for (uint32_t k = 0; k < boot->path_count; k++) {
            const double gap = out[id].per_path[k] - out[id].mean;
            if (!isnan(gap)) sum_sq += gap * gap;
        }
        out[id].std = defined > 1 ? sqrt(sum_sq / (defined - 1)) : defined ? 0.0 : NAN;
    }
    hb_free(ones);
}

static void percentile_interval(const double *draws, uint32_t n, hb_metric_summary_t *out)
{
    double *sorted = hb_alloc(n, sizeof *sorted);
    uint32_t used = 0;
    for (uint32_t b = 0; b < n; b++) {
        if (!isnan(draws[b])) sorted[used++] = draws[b];
    }
    hb_sort_doubles(sorted, used);
    out->lo = used ? hb_quantile_sorted(sorted, used, 0.025) : NAN;
    out->hi = used ? hb_quantile_sorted(sorted, used, 0.975) : NAN;
    hb_free(sorted);
}

void hb_metrics_summary(const hb_cell_t *cells, uint32_t cell_count, uint32_t axis_rows,
                        uint32_t path_count, const hb_interval_params_t *params,
                        hb_metric_summary_t *out, double *block_rows)
{
    check_cells(cells, cell_count, axis_rows, path_count);
    const uint32_t threads = HB_MAX(params->threads, 1u), resamples = params->resamples;
    double block = params->block_rows_fixed;
    if (!(block > 0)) block = auto_block(cells, cell_count, axis_rows, params->block_bars_min);
    block = HB_MAX(block, 1.0);
    boot_t boot = {
        .paths = hb_alloc(path_count, sizeof *boot.paths),
        .path_count = path_count,
        .axis_rows = axis_rows,
        .resamples = resamples,
        .seed = params->seed,
        .restart_prob = 1.0 / block,
        .scratch = hb_alloc((size_t)threads * 2 * axis_rows, sizeof *boot.scratch),
        .draws = params->draws,
    };
    if (!boot.draws) boot.draws = hb_alloc((size_t)HB_METRIC_COUNT * resamples, sizeof(double));
    for (uint32_t k = 0; k < path_count; k++) build_path(cells, cell_count, k, &boot.paths[k]);

    point_estimates(&boot, out);
    hb_os_parallel(resamples, 8, threads, run_resamples, &boot);
    for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) {
        percentile_interval(&boot.draws[(size_t)id * resamples], resamples, &out[id]);
    }
    if (block_rows) *block_rows = block;

    for (uint32_t k = 0; k < path_count; k++) path_free(&boot.paths[k]);
    hb_free(boot.paths);
    hb_free(boot.scratch);
    if (boot.draws != params->draws) hb_free(boot.draws);
}
