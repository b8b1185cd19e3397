/* The folds of a purged validation. Invariant: a fold sees the training rows of its own role array
 * and nothing else; its artifact stands in its own folder and is loaded back before it predicts. */
#include "learn_validate.h"

#include <string.h>

#include "base_mem.h"
#include "learn_validate_int.h"
#include "os_file.h"
#include "os_thread.h"

hb_status_t hb_validate_params_from_conf(const hb_conf_t *conf, uint32_t rows, uint32_t threads,
                                         hb_validate_params_t *out, hb_err_t *err)
{
    hb_validate_params_t params = {.threads = threads, .recall_queries = 64};
    HB_TRY(hb_fit_params_from_conf(conf, &params.fit, err));
    const int64_t horizon = hb_conf_int(conf, "data.label.horizon_T");
    hb_split_params_t *split = &params.split;
    split->scheme = hb_conf_is(conf, "data.splits.scheme", "PurgedKFold")   ? HB_SPLIT_PURGED_KFOLD
                    : hb_conf_is(conf, "data.splits.scheme", "WalkForward") ? HB_SPLIT_WALK_FORWARD
                                                                            : HB_SPLIT_CPCV;
    split->folds = (uint32_t)hb_conf_int(conf, "data.splits.folds");
    split->held_out = (uint32_t)hb_conf_int(conf, "data.splits.held_out");
    /* The label interval is always purged; purge_bars beyond T widens it. */
    if (!hb_conf_is(conf, "data.splits.purge_bars", "T")) {
        const int64_t purge = hb_conf_int(conf, "data.splits.purge_bars");
        split->purge_bars = purge > horizon ? (uint32_t)(purge - horizon) : 0;
    }
    split->embargo_bars = hb_conf_is(conf, "data.splits.embargo_bars", "ceil(T/2)")
                              ? (uint32_t)((horizon + 1) / 2)
                              : (uint32_t)hb_conf_int(conf, "data.splits.embargo_bars");
    split->seed_rows = rows / (split->folds + 1);
    params.fit.threads = 1;
    params.interval = (hb_interval_params_t){
        .resamples = 1000,
        .block_bars_min = 2 * (uint32_t)horizon,
        .seed = (uint64_t)hb_conf_int(conf, "model.seeds.cv"),
        .threads = threads,
    };
    *out = params;
    return HB_OK;
}

static void run_folds(void *ctx, uint64_t begin, uint64_t end, uint32_t worker)
{
    (void)worker;
    hb_validate_t *run = ctx;
    for (uint64_t i = begin; i < end; i++) {
        run->fold_status[i] = hb_validate_fold(run, (uint32_t)i, &run->fold_err[i]);
        const uint32_t done = atomic_fetch_add_explicit(&run->folds_done, 1, memory_order_relaxed);
        if (run->progress) run->progress(run->progress_ctx, done + 1, run->splits.fold_count);
    }
}

static void results_free(hb_validate_t *run)
{
    for (uint32_t i = 0; run->results && i < run->splits.fold_count; i++) {
        hb_fold_result_t *result = &run->results[i];
        for (uint32_t g = 0; result->cells && g < run->splits.folds[i].test_group_count; g++) {
            hb_cell_rows_t *cell = &result->cells[g];
            hb_free(cell->row);
            hb_free(cell->y);
            hb_free(cell->p);
            hb_free(cell->p_raw);
            for (uint32_t r = 0; r < HB_RIVAL_COUNT; r++) hb_free(cell->rival_p[r]);
        }
        hb_free(result->cells);
        hb_fit_report_free(&result->fit);
    }
    hb_free(run->results);
    hb_free(run->fold_status);
    hb_free(run->fold_err);
    hb_splits_free(&run->splits);
}

hb_status_t hb_validate_run(const hb_dataset_t *data, const hb_validate_params_t *params,
                            const char *out_dir, hb_validate_progress_fn progress, void *ctx,
                            json_t **out, hb_err_t *err)
{
    hb_status_t status;
    hb_validate_t run = {.data = data,
                         .params = params,
                         .out_dir = out_dir,
                         .progress = progress,
                         .progress_ctx = ctx};
    char folds_dir[4200];
    HB_TRY_OUT(hb_splits_make(data->t0, data->t1, data->rows, &params->split, &run.splits, err));
    HB_TRY_OUT(hb_os_join(folds_dir, sizeof folds_dir, out_dir, "folds", err));
    HB_TRY_OUT(hb_os_dir_make(folds_dir, err));

    run.results = hb_alloc(run.splits.fold_count, sizeof *run.results);
    run.fold_status = hb_alloc(run.splits.fold_count, sizeof *run.fold_status);
    run.fold_err = hb_alloc(run.splits.fold_count, sizeof *run.fold_err);
    hb_os_parallel(run.splits.fold_count, 1, params->threads, run_folds, &run);
    for (uint32_t i = 0; i < run.splits.fold_count; i++) {
        if (run.fold_status[i] != HB_OK) {
            const hb_err_t *fold_err = &run.fold_err[i];
            status = hb_err_set(err, run.fold_status[i], fold_err->where, fold_err->hint,
                                "fold %u: %s", i, fold_err->message);
            goto out;
        }
    }
    *out = hb_validate_report(&run);
    status = HB_OK;
out:
    results_free(&run);
    return status;
}
