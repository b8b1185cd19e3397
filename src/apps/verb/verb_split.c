/* hyperbar split: who trains, who tests, who is purged, for rows with a fixed label horizon. */
#include <string.h>

#include "app.h"
#include "app_data.h"
#include "base_mem.h"
#include "learn_splits.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"rows", "N", "rows in time order"},
    {"horizon", "T", "bars a label looks ahead (default 1)"},
    {"scheme", "S", "cpcv, purged_kfold or walk_forward (default cpcv)"},
    {"k", "K", "groups or folds (default 6)"},
    {"h", "H", "groups held out (default 2)"},
    {"embargo", "E", "bars after a test run that are not trained on (default ceil(T/2))"},
    {"out", "S.json", "where the row lists go"},
    {NULL, NULL, NULL},
};

static json_t *rows_of(const hb_fold_t *fold, uint32_t rows, uint8_t role)
{
    json_t *out = json_array();
    for (uint32_t i = 0; i < rows; i++) {
        if (fold->role[i] == role) json_array_append_new(out, json_integer(i));
    }
    return out;
}

static json_t *fold_json(const hb_fold_t *fold, uint32_t rows)
{
    json_t *groups = json_array(), *paths = json_array();
    for (uint32_t g = 0; g < fold->test_group_count; g++) {
        json_array_append_new(groups, json_integer(fold->test_groups[g]));
        json_array_append_new(paths, json_integer(fold->path_ids[g]));
    }
    return json_pack("{s:i,s:o,s:o,s:o,s:o,s:o,s:o}", "id", (int)fold->id, "test_groups", groups,
                     "paths", paths, "train", rows_of(fold, rows, HB_ROLE_TRAIN), "test",
                     rows_of(fold, rows, HB_ROLE_TEST), "purged",
                     rows_of(fold, rows, HB_ROLE_PURGED), "embargoed",
                     rows_of(fold, rows, HB_ROLE_EMBARGOED));
}

static hb_status_t read_params(app_t *app, int64_t *rows, int64_t *horizon, hb_split_params_t *out,
                               hb_err_t *err)
{
    int64_t k = 0, h = 0, embargo = 0;
    const char *scheme = app_opt(app, "scheme");
    HB_TRY(app_opt_int(app, "rows", 2, 10000000, 0, rows, err));
    HB_TRY(app_opt_int(app, "horizon", 0, 1000000, 1, horizon, err));
    HB_TRY(app_opt_int(app, "k", 2, 64, 6, &k, err));
    HB_TRY(app_opt_int(app, "h", 1, 16, 2, &h, err));
    HB_TRY(app_opt_int(app, "embargo", 0, 1000000, (*horizon + 1) / 2, &embargo, err));
    if (*rows == 0) {
        return hb_err_set(err, HB_E_USAGE, "split", app->verb->example, "--rows is missing");
    }
    if (!scheme || strcmp(scheme, "cpcv") == 0)
        out->scheme = HB_SPLIT_CPCV;
    else if (strcmp(scheme, "purged_kfold") == 0)
        out->scheme = HB_SPLIT_PURGED_KFOLD;
    else if (strcmp(scheme, "walk_forward") == 0)
        out->scheme = HB_SPLIT_WALK_FORWARD;
    else
        return hb_err_set(err, HB_E_USAGE, "split", app->verb->example, "--scheme knows no '%.40s'",
                          scheme);
    out->folds = (uint32_t)k;
    out->held_out = (uint32_t)h;
    out->embargo_bars = (uint32_t)embargo;
    return HB_OK;
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    int64_t rows = 0, horizon = 0;
    hb_split_params_t params = {0};
    hb_splits_t splits = {0};
    HB_TRY(read_params(app, &rows, &horizon, &params, err));
    uint32_t *t0 = hb_alloc((size_t)rows, sizeof *t0), *t1 = hb_alloc((size_t)rows, sizeof *t1);
    for (uint32_t i = 0; i < rows; i++) {
        t0[i] = i;
        t1[i] = (uint32_t)(i + horizon < rows ? i + horizon : rows - 1);
    }
    json_t *folds = json_array();
    hb_status_t status = hb_splits_make(t0, t1, (uint32_t)rows, &params, &splits, err);
    for (uint32_t i = 0; status == HB_OK && i < splits.fold_count; i++) {
        json_array_append_new(folds, fold_json(&splits.folds[i], (uint32_t)rows));
    }
    if (status == HB_OK) {
        app_set(app, "splits", json_integer(splits.fold_count));
        app_set(app, "paths", json_integer(splits.path_count));
        if (app_opt(app, "out") && !app->dry_run) {
            json_t *file = json_pack("{s:i,s:i,s:O}", "splits", (int)splits.fold_count, "paths",
                                     (int)splits.path_count, "folds", folds);
            status = app_json_write(app_opt(app, "out"), file, err);
            json_decref(file);
        } else {
            app_set(app, "folds", json_incref(folds));
        }
        app_say(app, "%u splits, %u paths", splits.fold_count, splits.path_count);
    }
    json_decref(folds);
    hb_splits_free(&splits);
    hb_free(t0);
    hb_free(t1);
    return status;
}

const app_verb_t verb_split = {
    "split", "purged splits of a row count",
    "",      "hyperbar split --rows 1000 --horizon 4 --scheme cpcv --k 6 --h 2 --out S.json",
    opts,    run};
