/* Trees, calibrator and conformal set of one fit, and the artifact's files. Each fitted thing looks
 * at its own part of the rows: trees at `fit`, their length at `stop`, the calibrator at
 * `calibration`, the conformal thresholds at `conformal`, which also tells how well the calibrator
 * does on rows it has not seen. */
#include <string.h>

#include "base_mem.h"
#include "engine_artifact.h"
#include "learn_calib.h"
#include "learn_fit_int.h"
#include "learn_metrics.h"
#include "os_file.h"
#include "state_stream.h"
#include "store_artifact.h"

typedef struct {
    float *x;
    uint8_t *y;
    double *raw, *p_raw, *p;
    uint32_t rows;
} part_rows_t;

static part_rows_t take_part(const hb_fit_t *fit, uint8_t part)
{
    const uint32_t n = fit->report->part_rows[part];
    const uint32_t dim = fit->report->feature_count;
    part_rows_t out = {hb_alloc((size_t)n * dim, sizeof(float)),
                       hb_alloc(n, 1),
                       hb_alloc(n, sizeof(double)),
                       hb_alloc(n, sizeof(double)),
                       hb_alloc(n, sizeof(double)),
                       0};
    for (uint32_t i = 0; i < fit->count; i++) {
        if (fit->part[i] != part) continue;
        memcpy(&out.x[(size_t)out.rows * dim], fit->feature_rows[i].x, dim * sizeof(float));
        out.y[out.rows++] = fit->data->y[fit->rows[i]];
    }
    return out;
}

static void part_free(part_rows_t *part)
{
    hb_free(part->x);
    hb_free(part->y);
    hb_free(part->raw);
    hb_free(part->p_raw);
    hb_free(part->p);
}

static void score_part(const hb_fit_t *fit, part_rows_t *part)
{
    hb_trees_eval_rows(&fit->trees, part->x, part->rows, part->raw);
    for (uint32_t i = 0; i < part->rows; i++) {
        hb_score_t score;
        hb_score_make(&fit->calib, &fit->conformal, part->raw[i], 0, &score);
        part->p_raw[i] = score.p_raw;
        part->p[i] = score.p;
    }
}

static hb_status_t fit_trees(hb_fit_t *fit, hb_err_t *err)
{
    part_rows_t learn = take_part(fit, HB_PART_FIT);
    part_rows_t stop = take_part(fit, HB_PART_STOP);
    const uint32_t dim = fit->report->feature_count;
    const hb_boost_data_t learn_data = {learn.x, learn.y, NULL, learn.rows, dim};
    const hb_boost_data_t stop_data = {stop.x, stop.y, NULL, stop.rows, dim};
    hb_boost_params_t params = fit->params->boost;
    params.threads = fit->params->threads;
    const hb_status_t status = hb_boost_fit(
        &learn_data, stop.rows ? &stop_data : NULL, &params, fit->hooks ? fit->hooks->boost : NULL,
        fit->hooks ? fit->hooks->ctx : NULL, &fit->trees, &fit->report->boost, err);
    part_free(&learn);
    part_free(&stop);
    return status;
}

static void measure_held_out(const part_rows_t *part, hb_fit_report_t *report)
{
    report->ece_before = hb_ece_mass(part->p_raw, part->y, part->rows, 10);
    report->ece_after = hb_ece_mass(part->p, part->y, part->rows, 10);
    report->held_out[HB_METRIC_ACCURACY] = hb_accuracy(part->p, part->y, part->rows);
    report->held_out[HB_METRIC_F1] = hb_f1(part->p, part->y, part->rows);
    report->held_out[HB_METRIC_ROC_AUC] = hb_auc(part->p_raw, part->y, part->rows);
    report->held_out[HB_METRIC_LOG_LOSS] = hb_log_loss(part->p, part->y, part->rows);
    report->held_out[HB_METRIC_BRIER] = hb_brier(part->p, part->y, part->rows);
    report->held_out[HB_METRIC_ECE] = report->ece_after;
}

static hb_status_t calibrate(hb_fit_t *fit, hb_err_t *err)
{
    hb_status_t status;
    part_rows_t calib = take_part(fit, HB_PART_CALIB);
    part_rows_t conformal = take_part(fit, HB_PART_CONFORMAL);
    fit->calib.method = HB_CALIB_NONE;
    score_part(fit, &calib);
    if (fit->params->calib != HB_CALIB_NONE) {
        HB_TRY_OUT(hb_calib_fit(fit->params->calib, calib.raw, calib.p_raw, calib.y, calib.rows,
                                &fit->calib, err));
    }
    score_part(fit, &conformal);
    hb_conformal_fit(fit->params->conformal_alpha, conformal.p, conformal.y, conformal.rows,
                     &fit->conformal);
    measure_held_out(&conformal, fit->report);
    memcpy(fit->report->coverage, fit->conformal.coverage, sizeof fit->report->coverage);
    status = HB_OK;
out:
    part_free(&calib);
    part_free(&conformal);
    return status;
}

hb_status_t hb_fit_model(hb_fit_t *fit, hb_err_t *err)
{
    static const char *const names[] = {"fit", "early-stopping", "calibration", "conformal"};
    for (uint32_t part = 0; part < HB_PART_COUNT; part++) {
        if (fit->report->part_rows[part] < 50) {
            return hb_err_set(err, HB_E_DATA, NULL, "give more bars or fewer folds",
                              "the %s part has %u rows, 50 are needed", names[part],
                              fit->report->part_rows[part]);
        }
    }
    hb_fit_stage_begin(fit, HB_FIT_BOOST);
    HB_TRY(fit_trees(fit, err));
    hb_fit_stage_end(fit, HB_FIT_BOOST);
    hb_fit_stage_begin(fit, HB_FIT_CALIBRATE);
    HB_TRY(calibrate(fit, err));
    hb_fit_stage_end(fit, HB_FIT_CALIBRATE);
    return HB_OK;
}

static hb_status_t save_parts(hb_fit_t *fit, const hb_artifact_out_t *out, hb_err_t *err)
{
    char path[4200];
    HB_TRY(hb_artifact_path(out, HB_FILE_WHITEN, path, err));
    HB_TRY(hb_whiten_save(&fit->whiten, path, err));
    HB_TRY(hb_artifact_path(out, HB_FILE_INDEX, path, err));
    HB_TRY(hb_near_save(&fit->index, path, err));
    HB_TRY(hb_artifact_path(out, HB_FILE_KERNELS, path, err));
    HB_TRY(hb_kernels_save(&fit->kernels, path, err));
    HB_TRY(hb_artifact_path(out, HB_FILE_MODEL, path, err));
    HB_TRY(hb_trees_save(&fit->trees, path, err));
    HB_TRY(hb_artifact_path(out, HB_FILE_CALIB, path, err));
    HB_TRY(hb_calib_save(&fit->calib, &fit->conformal, path, err));
    HB_TRY(hb_artifact_path(out, HB_FILE_SCHEMA, path, err));
    char *schema = hb_schema_json(fit->data->bars.bar_size_s);
    const hb_status_t status = hb_os_write_atomic(path, schema, strlen(schema), err);
    hb_free(schema);
    return status;
}

hb_status_t hb_fit_save(hb_fit_t *fit, const char *dir, hb_err_t *err)
{
    hb_artifact_out_t out = {0};
    HB_TRY(hb_artifact_begin(&out, dir, err));
    hb_status_t status = save_parts(fit, &out, err);
    if (status == HB_OK && fit->hooks && fit->hooks->extra) {
        status = fit->hooks->extra(fit->hooks->ctx, out.temp, fit->report, err);
    }
    if (status == HB_OK) status = hb_artifact_commit(&out, fit->report->sha256, err);
    hb_artifact_abort(&out);
    return status;
}
