/* Training and validation with their files and progress. */
#include "app_train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "engine_artifact.h"
#include "learn_fit.h"
#include "learn_recall.h"
#include "learn_validate.h"
#include "os_file.h"

typedef struct {
    app_t *app;
    const app_bars_t *bars;
    const char *validation; /* folder, or NULL */
    app_progress_t boost_progress;
} train_ctx_t;

static void show_boost(void *ctx, uint32_t iteration, uint32_t iterations, double learn,
                       double eval)
{
    (void)learn;
    (void)eval;
    train_ctx_t *train = ctx;
    app_progress_show(&train->boost_progress, iteration, iterations);
}

/* The report that speaks for an artifact lies beside it, under the same manifest. */
static hb_status_t keep_validation(const char *from, const char *dir, hb_err_t *err)
{
    char path[4400];
    json_t *report = NULL;
    HB_TRY(hb_os_join(path, sizeof path, from, "validation.json", err));
    HB_TRY(app_json_read(path, &report, err));
    hb_status_t status = hb_os_join(path, sizeof path, dir, "validation.json", err);
    if (status == HB_OK) status = app_json_write(path, report, err);
    json_decref(report);
    return status;
}

static hb_status_t add_files(void *ctx, const char *dir, const hb_fit_report_t *report,
                             hb_err_t *err)
{
    (void)report;
    const train_ctx_t *train = ctx;
    char path[4400];
    HB_TRY(app_config_copies(train->app, dir, err));
    HB_TRY(hb_os_join(path, sizeof path, dir, "metadata.json", err));
    json_t *metadata = app_metadata(train->app, train->bars);
    const hb_status_t status = app_json_write(path, metadata, err);
    json_decref(metadata);
    HB_TRY(status);
    return train->validation ? keep_validation(train->validation, dir, err) : HB_OK;
}

static json_t *held_out_json(const hb_fit_report_t *report)
{
    json_t *out = json_object();
    for (uint32_t id = 0; id < HB_METRIC_COUNT; id++) {
        const double value = report->held_out[id];
        json_object_set_new(out, hb_metric_name(id),
                            isfinite(value) ? json_real(value) : json_null());
    }
    json_object_set_new(out, "rows", json_integer(report->part_rows[HB_PART_CONFORMAL]));
    return out;
}

/* Recall of the sealed index on rows of its own, by the causal filter as live. */
static hb_status_t sealed_recall(const char *dir, hb_recall_t *recall, hb_err_t *err)
{
    hb_model_set_t *set = hb_alloc(1, sizeof *set);
    hb_status_t status = hb_model_set_open(dir, set, err);
    if (status == HB_OK) {
        enum { QUERIES = 200 };
        hb_point_t *points = hb_alloc(QUERIES, sizeof *points);
        int64_t at_ns[QUERIES];
        for (uint32_t i = 0; i < QUERIES; i++) {
            /* The later half: its queries have a past. */
            const uint32_t row =
                set->index.rows / 2 + (uint32_t)((uint64_t)i * (set->index.rows / 2) / QUERIES);
            points[i].dim = set->index.dim;
            points[i].lift = set->index.lift[row];
            points[i].finite = true;
            memcpy(points[i].z, &set->index.z[(size_t)row * set->index.dim],
                   set->index.dim * sizeof(float));
            at_ns[i] = set->index.meta[row].start_utc_at_ns;
        }
        void *memory = hb_alloc(1, hb_near_scratch_footprint(&set->index.params));
        hb_recall_measure(&set->index, points, at_ns, QUERIES,
                          hb_near_scratch_init(memory, &set->index.params), recall);
        hb_free(memory);
        hb_free(points);
        hb_model_set_close(set);
    }
    hb_free(set);
    return status;
}

static void describe(app_t *app, const hb_fit_report_t *report, const hb_recall_t *recall,
                     const char *dir, json_t *out)
{
    json_t *seconds = json_object();
    for (uint32_t i = 0; i < HB_FIT_STAGE_COUNT; i++) {
        json_object_set_new(seconds, hb_fit_stage_name(i), json_real(report->seconds[i]));
    }
    json_object_set_new(seconds, "total", json_real(app_seconds(app)));
    const hb_tyler_report_t *tyler = &report->whiten.tyler;
    json_t *keys = json_pack(
        "{s:s,s:s,s:i,s:i,s:o,s:{s:s,s:f,s:f},s:{s:i,s:b,s:f,s:f,s:f,s:b},s:{s:s,s:s,s:f,s:f},s:o}",
        "artifact", dir, "artifact_sha256", report->sha256, "rows", (int)report->rows, "features",
        (int)report->feature_count, "metrics", held_out_json(report), "calibration", "method",
        hb_conf_text(app->conf, "model.calibration.method"), "before_ece", report->ece_before,
        "after_ece", report->ece_after, "tyler", "iterations", (int)tyler->iterations, "converged",
        tyler->converged, "rho", tyler->rho, "trace", tyler->trace, "eigmin", tyler->eigmin,
        "fallback_identity", tyler->fallback_identity, "near", "backend", "exact", "metric",
        hb_conf_text(app->conf, "model.ann.metric"), "recall", recall->recall, "speedup_vs_exact",
        recall->speedup, "seconds", seconds);
    HB_ASSERT(keys);
    json_object_update(out, keys);
    json_decref(keys);
    json_object_set_new(out, "trees", json_integer(report->boost.trees_kept));
    json_object_set_new(out, "dimensions",
                        json_pack("{s:i,s:i}", "dropped_columns",
                                  (int)report->whiten.dropped_columns, "rows_memory_short",
                                  (int)report->rows_memory_short));
    json_object_set_new(out, "hubness",
                        json_pack("{s:f,s:f,s:f}", "skew", report->hubness.skew, "never_ratio",
                                  report->hubness.never_ratio, "top1_ratio",
                                  report->hubness.top1_ratio));
    app_say(app, "artifact %s", dir);
    app_say(app, "  %.16s  %u rows in memory, %u features, %u trees", report->sha256, report->rows,
            report->feature_count, report->boost.trees_kept);
    app_say(app, "  held out (%u rows): AUC %.4f, accuracy %.4f, log loss %.4f, ECE %.4f",
            report->part_rows[HB_PART_CONFORMAL], report->held_out[HB_METRIC_ROC_AUC],
            report->held_out[HB_METRIC_ACCURACY], report->held_out[HB_METRIC_LOG_LOSS],
            report->ece_after);
    app_say(app, "  Tyler %s in %u iterations, rho %.4f; recall %.4f; hubs: top 1 %% hold %.1f %%",
            tyler->converged ? "converged" : "did not converge", tyler->iterations, tyler->rho,
            recall->recall, report->hubness.top1_ratio * 100);
}

hb_status_t app_train(app_t *app, const app_bars_t *bars, const char *dir, const char *validation,
                      json_t *out, hb_err_t *err)
{
    hb_label_params_t labels;
    hb_fit_params_t params;
    hb_dataset_t data = {0};
    hb_fit_report_t report = {0};
    uint32_t *rows = NULL;
    hb_status_t status;
    HB_TRY(app_label_params(app, &labels, err));
    HB_TRY(hb_fit_params_from_conf(app->conf, &params, err));
    params.threads = app->threads;
    HB_TRY(hb_dataset_make(&bars->snapshot.bars, &labels, APP_ROWS_MIN, &data, err));
    if (app->dry_run) {
        app_say(app, "dry run: %u rows would be fitted into %s", data.rows, dir);
        hb_dataset_free(&data);
        return HB_OK;
    }
    rows = hb_alloc(data.rows, sizeof *rows);
    for (uint32_t i = 0; i < data.rows; i++) rows[i] = i;
    train_ctx_t ctx = {app, bars, validation, app_progress_begin(app, "boost")};
    const hb_fit_hooks_t hooks = {.boost = show_boost, .extra = add_files, .ctx = &ctx};
    hb_recall_t recall;
    HB_TRY_OUT(hb_fit_artifact(&data, rows, data.rows, &params, dir, &hooks, &report, err));
    app_progress_end(&ctx.boost_progress);
    HB_TRY_OUT(sealed_recall(dir, &recall, err));
    describe(app, &report, &recall, dir, out);
out:
    hb_fit_report_free(&report);
    hb_free(rows);
    hb_dataset_free(&data);
    return status;
}

static void show_folds(void *ctx, uint32_t done, uint32_t folds)
{
    app_progress_show(ctx, done, folds);
}

hb_status_t app_validate(app_t *app, const app_bars_t *bars, const char *dir, json_t **out,
                         hb_err_t *err)
{
    hb_label_params_t labels;
    hb_validate_params_t params;
    hb_dataset_t data = {0};
    json_t *report = NULL;
    char path[4300];
    hb_status_t status;
    HB_TRY(app_label_params(app, &labels, err));
    HB_TRY(hb_dataset_make(&bars->snapshot.bars, &labels, APP_ROWS_MIN, &data, err));
    HB_TRY_OUT(hb_validate_params_from_conf(app->conf, data.rows, app->threads, &params, err));
    int64_t shuffle = 0;
    if (app->verb->opts && app_opt_count(app, "shuffle-labels")) {
        HB_TRY_OUT(app_opt_int(app, "shuffle-labels", 1, 1 << 30, 0, &shuffle, err));
        hb_dataset_shuffle_labels(&data, 10 * labels.horizon_bars, (uint64_t)shuffle);
    }
    if (app->dry_run) {
        app_say(app, "dry run: %u rows would be validated into %s", data.rows, dir);
        *out = json_object();
        goto out;
    }
    HB_TRY_OUT(hb_os_dir_make(dir, err));
    app_progress_t progress = app_progress_begin(app, "folds");
    const double began = app_seconds(app);
    HB_TRY_OUT(hb_validate_run(&data, &params, dir, show_folds, &progress, &report, err));
    app_progress_end(&progress);
    json_object_set_new(report, "shuffled_labels", json_boolean(shuffle != 0));
    json_object_set_new(report, "snapshot_id", json_string(bars->snapshot.id));
    json_object_set_new(report, "bar_size_s", json_integer(bars->snapshot.bars.bar_size_s));
    json_object_set_new(report, "metadata", app_metadata(app, bars));
    json_object_set_new(report, "seconds", json_real(app_seconds(app) - began));
    HB_TRY_OUT(hb_os_join(path, sizeof path, dir, "validation.json", err));
    HB_TRY_OUT(app_json_write(path, report, err));
    HB_TRY_OUT(app_config_copies(app, dir, err));
    *out = json_incref(report);
out:
    json_decref(report);
    hb_dataset_free(&data);
    return status;
}
