/* The validation report: metrics with intervals, baselines on the same rows with paired
 * differences, what each fold did, and the curves that the page draws. */
#include <math.h>
#include <string.h>

#include "base_mem.h"
#include "learn_curves.h"
#include "learn_validate_int.h"
#include "math_stats.h"

/* All cells of the run, as metrics take them, for the system or one of its rivals. */
typedef struct {
    hb_cell_t *cells;
    uint32_t count;
    uint32_t axis_rows;
    uint64_t scored_rows; /* over all cells */
} cells_t;

enum { OURS = -1, ALL_PATHS = -1 };

static cells_t collect_cells(const hb_validate_t *run, int rival, int path)
{
    const uint32_t seed_rows = run->params->split.seed_rows;
    cells_t out = {.axis_rows = run->data->rows - seed_rows};
    out.cells = hb_alloc((size_t)run->splits.fold_count * 16, sizeof *out.cells);
    for (uint32_t f = 0; f < run->splits.fold_count; f++) {
        for (uint32_t g = 0; g < run->splits.folds[f].test_group_count; g++) {
            const hb_cell_rows_t *rows = &run->results[f].cells[g];
            if (rows->count == 0 || (path != ALL_PATHS && rows->path_id != (uint32_t)path))
                continue;
            uint32_t *axis = hb_alloc(rows->count, sizeof *axis);
            for (uint32_t i = 0; i < rows->count; i++) axis[i] = rows->row[i] - seed_rows;
            out.cells[out.count++] = (hb_cell_t){
                .path_id = path == ALL_PATHS ? rows->path_id : 0,
                .fold_id = rows->fold_id,
                .group_id = rows->group_id,
                .count = rows->count,
                .row = axis,
                .y = rows->y,
                .p = rival == OURS ? rows->p : rows->rival_p[rival],
                .p_raw = rival == OURS ? rows->p_raw : rows->rival_p[rival],
            };
            out.scored_rows += rows->count;
        }
    }
    return out;
}

static void cells_free(cells_t *cells)
{
    for (uint32_t i = 0; i < cells->count; i++) {
        union {
            const uint32_t *in;
            void *out;
        } axis = {.in = cells->cells[i].row};
        hb_free(axis.out);
    }
    hb_free(cells->cells);
}

static json_t *interval(double lo, double hi)
{
    return json_pack("[f,f]", lo, hi);
}

static json_t *summary_json(const hb_metric_summary_t *summary)
{
    return json_pack("{s:f,s:f,s:o}", "mean", summary->mean, "std", summary->std, "ci95",
                     interval(summary->lo, summary->hi));
}

/* Mean and 95 % interval of ours minus theirs over the same resamples of time. */
static json_t *difference_json(const double *ours, const double *theirs, uint32_t n, double mean)
{
    double *difference = hb_alloc(n, sizeof *difference);
    for (uint32_t i = 0; i < n; i++) difference[i] = ours[i] - theirs[i];
    hb_sort_doubles(difference, n);
    json_t *out = json_pack("{s:f,s:o}", "mean", mean, "ci95",
                            interval(hb_quantile_sorted(difference, n, 0.025),
                                     hb_quantile_sorted(difference, n, 0.975)));
    hb_free(difference);
    return out;
}

typedef struct {
    hb_metric_summary_t ours[HB_METRIC_COUNT];
    double *draws; /* [HB_METRIC_COUNT][resamples] */
    double block_rows;
} scored_t;

static void add_baselines(const hb_validate_t *run, const scored_t *scored, json_t *out)
{
    static const hb_metric_id_t kept[] = {HB_METRIC_ACCURACY, HB_METRIC_ROC_AUC, HB_METRIC_LOG_LOSS,
                                          HB_METRIC_BRIER};
    const uint32_t resamples = run->params->interval.resamples;
    json_t *baselines = json_object();
    double *draws = hb_alloc((size_t)HB_METRIC_COUNT * resamples, sizeof *draws);
    for (uint32_t rival = 0; rival < HB_RIVAL_COUNT; rival++) {
        cells_t cells = collect_cells(run, (int)rival, ALL_PATHS);
        hb_interval_params_t params = run->params->interval;
        params.block_rows_fixed = scored->block_rows;
        params.draws = draws;
        hb_metric_summary_t theirs[HB_METRIC_COUNT];
        hb_metrics_summary(cells.cells, cells.count, cells.axis_rows, run->splits.path_count,
                           &params, theirs, NULL);
        json_t *one = json_object(), *advantage = json_object();
        for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
            const hb_metric_id_t id = kept[i];
            /* A coin's or a class's log loss says nothing where the rival gives no probability. */
            if (rival == HB_RIVAL_PERSISTENCE &&
                (id == HB_METRIC_LOG_LOSS || id == HB_METRIC_BRIER))
                continue;
            json_object_set_new(one, hb_metric_name(id), json_real(theirs[id].mean));
            json_object_set_new(advantage, hb_metric_name(id),
                                difference_json(&scored->draws[(size_t)id * resamples],
                                                &draws[(size_t)id * resamples], resamples,
                                                scored->ours[id].mean - theirs[id].mean));
        }
        json_object_set_new(one, "advantage", advantage);
        json_object_set_new(baselines, hb_rival_name(rival), one);
        if (rival == HB_RIVAL_KNN_EXACT) {
            json_object_set_new(
                out, "relative_accuracy",
                json_real(scored->ours[HB_METRIC_ACCURACY].mean / theirs[HB_METRIC_ACCURACY].mean));
        }
        cells_free(&cells);
    }
    hb_free(draws);
    json_object_set_new(out, "baselines", baselines);
}

static void add_paths(const hb_validate_t *run, const scored_t *scored, json_t *out)
{
    json_t *paths = json_array();
    for (uint32_t path = 0; path < run->splits.path_count; path++) {
        cells_t cells = collect_cells(run, OURS, (int)path);
        hb_interval_params_t params = run->params->interval;
        params.block_rows_fixed = scored->block_rows;
        params.draws = NULL;
        hb_metric_summary_t one[HB_METRIC_COUNT];
        hb_metrics_summary(cells.cells, cells.count, cells.axis_rows, 1, &params, one, NULL);
        json_t *row = json_pack("{s:i}", "path", (int)path);
        for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) {
            json_object_set_new(row, hb_metric_name(id), summary_json(&one[id]));
        }
        json_array_append_new(paths, row);
        cells_free(&cells);
    }
    json_object_set_new(out, "path_metrics", paths);
}

static json_t *fold_metrics(const hb_fold_result_t *result, uint32_t groups)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < groups; g++) n += result->cells[g].count;
    double *p = hb_alloc(n, sizeof *p);
    uint8_t *y = hb_alloc(n, 1);
    double auc_sum = 0, auc_rows = 0;
    uint32_t at = 0;
    for (uint32_t g = 0; g < groups; g++) {
        const hb_cell_rows_t *cell = &result->cells[g];
        memcpy(&p[at], cell->p, cell->count * sizeof *p);
        memcpy(&y[at], cell->y, cell->count);
        at += cell->count;
        const double auc = hb_auc(cell->p_raw, cell->y, cell->count);
        if (isfinite(auc)) {
            auc_sum += auc * cell->count;
            auc_rows += cell->count;
        }
    }
    json_t *out = json_object();
    if (n > 0) {
        json_object_set_new(out, "accuracy", json_real(hb_accuracy(p, y, n)));
        if (auc_rows > 0) json_object_set_new(out, "roc_auc", json_real(auc_sum / auc_rows));
        json_object_set_new(out, "log_loss", json_real(hb_log_loss(p, y, n)));
        json_object_set_new(out, "brier", json_real(hb_brier(p, y, n)));
    }
    hb_free(p);
    hb_free(y);
    return out;
}

static void add_folds(const hb_validate_t *run, json_t *out)
{
    json_t *folds = json_array();
    for (uint32_t i = 0; i < run->splits.fold_count; i++) {
        const hb_fold_t *fold = &run->splits.folds[i];
        const hb_fold_result_t *result = &run->results[i];
        json_t *groups = json_array();
        for (uint32_t g = 0; g < fold->test_group_count; g++) {
            json_array_append_new(groups, json_integer(fold->test_groups[g]));
        }
        json_array_append_new(
            folds, json_pack("{s:i,s:o,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:o,s:s}", "id", (int)fold->id,
                             "test_groups", groups, "train_rows", (int)fold->train_rows, "val_rows",
                             (int)fold->test_rows, "purged_rows", (int)fold->purged_rows,
                             "embargoed_rows", (int)fold->embargoed_rows, "skipped_memory_short",
                             (int)result->skipped_memory_short, "out_of_domain",
                             (int)result->out_of_domain, "trees", (int)result->fit.boost.trees_kept,
                             "metrics", fold_metrics(result, fold->test_group_count),
                             "artifact_sha256", result->fit.sha256));
    }
    json_object_set_new(out, "folds", folds);
}

static void add_near(const hb_validate_t *run, json_t *out)
{
    const uint32_t n = run->splits.fold_count;
    double *recall = hb_alloc(n, sizeof *recall), *speedup = hb_alloc(n, sizeof *speedup);
    double *p50 = hb_alloc(n, sizeof *p50), *p95 = hb_alloc(n, sizeof *p95);
    hb_hubness_t worst = {0};
    double sum = 0, sum_sq = 0;
    uint32_t queries = 0;
    for (uint32_t i = 0; i < n; i++) {
        const hb_fold_result_t *result = &run->results[i];
        recall[i] = result->recall;
        speedup[i] = result->speedup;
        p50[i] = (double)result->search_ns_p50 * 1e-3;
        p95[i] = (double)result->search_ns_p95 * 1e-3;
        queries += result->recall_queries;
        sum += recall[i];
        sum_sq += recall[i] * recall[i];
        worst.skew = fmax(worst.skew, result->fit.hubness.skew);
        worst.never_ratio = fmax(worst.never_ratio, result->fit.hubness.never_ratio);
        worst.top1_ratio = fmax(worst.top1_ratio, result->fit.hubness.top1_ratio);
    }
    const double mean = sum / n;
    const double half = n > 1 ? 1.96 * sqrt(fmax(0, sum_sq / n - mean * mean) / (n - 1)) : 0;
    json_object_set_new(
        out, "near",
        json_pack("{s:{s:f,s:o},s:i,s:f,s:f,s:f,s:{s:f,s:f,s:f}}", "recall", "mean", mean, "ci95",
                  interval(mean - half, fmin(1.0, mean + half)), "queries", (int)queries,
                  "speedup_vs_exact", hb_median(speedup, n), "p50_us", hb_median(p50, n), "p95_us",
                  hb_median(p95, n), "hubness_worst_fold", "skew", worst.skew, "never_ratio",
                  worst.never_ratio, "top1_ratio", worst.top1_ratio));
    hb_free(recall);
    hb_free(speedup);
    hb_free(p50);
    hb_free(p95);
}

/* Rows a whole label window apart: on overlapping labels the z of independent rows would be a lie.
 */
static double thinned_spiegelhalter(const cells_t *cells, uint32_t step)
{
    double *p = hb_alloc(cells->scored_rows, sizeof *p);
    uint8_t *y = hb_alloc(cells->scored_rows, 1);
    uint32_t n = 0;
    for (uint32_t c = 0; c < cells->count; c++) {
        const hb_cell_t *cell = &cells->cells[c];
        if (cell->path_id != 0) continue;
        for (uint32_t i = 0; i < cell->count; i += step) {
            p[n] = cell->p[i];
            y[n++] = cell->y[i];
        }
    }
    const double z = n ? hb_spiegelhalter_z(p, y, n) : NAN;
    hb_free(p);
    hb_free(y);
    return z;
}

static void add_rows(const hb_validate_t *run, const cells_t *cells, json_t *out)
{
    uint64_t skipped = 0, out_of_domain = 0;
    for (uint32_t i = 0; i < run->splits.fold_count; i++) {
        skipped += run->results[i].skipped_memory_short;
        out_of_domain += run->results[i].out_of_domain;
    }
    static const char *const schemes[] = {"CPCV", "PurgedKFold", "WalkForward"};
    json_object_set_new(out, "scheme", json_string(schemes[run->params->split.scheme]));
    json_object_set_new(out, "splits", json_integer(run->splits.fold_count));
    json_object_set_new(out, "paths", json_integer(run->splits.path_count));
    json_object_set_new(out, "rows", json_integer(run->data->rows));
    json_object_set_new(out, "seed_rows", json_integer(run->params->split.seed_rows));
    json_object_set_new(out, "predictions", json_integer((json_int_t)cells->scored_rows));
    json_object_set_new(out, "up_ratio", json_real(run->data->up_ratio));
    json_object_set_new(out, "label",
                        json_string(hb_label_type_name(run->data->label_params.type)));
    json_object_set_new(out, "horizon_bars", json_integer(run->data->label_params.horizon_bars));
    json_object_set_new(
        out, "skipped",
        json_pack("{s:I,s:I,s:I,s:I}", "warmup", (json_int_t)run->data->skipped_warmup, "label",
                  (json_int_t)run->data->skipped_label, "memory_short", (json_int_t)skipped,
                  "out_of_domain_scored", (json_int_t)out_of_domain));
}

/* Conformal coverage where it counts: on test rows, per class. */
static void add_coverage(const hb_validate_t *run, json_t *out)
{
    double rows[2] = {0}, covered[2] = {0}, single = 0;
    for (uint32_t i = 0; i < run->splits.fold_count; i++) {
        const hb_fold_result_t *result = &run->results[i];
        for (int y = 0; y < 2; y++) {
            rows[y] += result->class_rows[y];
            covered[y] += result->class_covered[y];
        }
        single += result->single_sets;
    }
    if (rows[0] == 0 || rows[1] == 0) return;
    json_object_set_new(out, "conformal",
                        json_pack("{s:f,s:[f,f],s:f}", "target",
                                  1 - run->params->fit.conformal_alpha, "coverage",
                                  covered[0] / rows[0], covered[1] / rows[1], "single_class_ratio",
                                  single / (rows[0] + rows[1])));
}

json_t *hb_validate_report(const hb_validate_t *run)
{
    json_t *out = json_pack("{s:s}", "format", "hyperbar-validation-1");
    cells_t cells = collect_cells(run, OURS, ALL_PATHS);
    const uint32_t resamples = run->params->interval.resamples;
    scored_t scored = {.draws = hb_alloc((size_t)HB_METRIC_COUNT * resamples, sizeof(double))};
    hb_interval_params_t params = run->params->interval;
    params.draws = scored.draws;
    hb_metrics_summary(cells.cells, cells.count, cells.axis_rows, run->splits.path_count, &params,
                       scored.ours, &scored.block_rows);
    add_rows(run, &cells, out);
    json_t *metrics = json_object();
    for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) {
        json_object_set_new(metrics, hb_metric_name(id), summary_json(&scored.ours[id]));
    }
    json_object_set_new(out, "metrics", metrics);
    json_object_set_new(out, "interval",
                        json_pack("{s:s,s:i,s:f,s:I}", "method",
                                  "stationary block bootstrap of time, fitted models held fixed",
                                  "resamples", (int)resamples, "block_rows_mean", scored.block_rows,
                                  "seed", (json_int_t)params.seed));
    add_baselines(run, &scored, out);
    add_paths(run, &scored, out);
    add_coverage(run, out);
    add_near(run, out);
    add_folds(run, out);
    const uint32_t step = run->data->label_params.horizon_bars + 1;
    json_object_set_new(out, "spiegelhalter_z", json_real(thinned_spiegelhalter(&cells, step)));
    json_object_set_new(out, "reliability", hb_curve_reliability(cells.cells, cells.count, 10));
    json_object_set_new(out, "roc", hb_curve_roc(cells.cells, cells.count, 51));
    hb_free(scored.draws);
    cells_free(&cells);
    return out;
}
