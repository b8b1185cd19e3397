/* hyperbar predict: a probability and a decision for every bar, through engine_step. */
#include <stdio.h>

#include "app_run.h"
#include "base_text.h"
#include "os_file.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"artifact", "DIR", "the artifact that decides"},
    {"source", "FILE...", "CSV files of one symbol (.csv, .csv.gz, .csv.zst)"},
    {"snapshot", "DIR", "a frozen snapshot made by ingest, instead of --source"},
    {"out", "P.csv", "where the rows go: ts_utc,p_raw,p,set,decision,reasons"},
    {NULL, NULL, NULL},
};

static hb_status_t write_row(void *ctx, app_run_t *run, const hb_bar_t *bar, const hb_step_t *step,
                             hb_err_t *err)
{
    (void)run;
    (void)err;
    if (!ctx || app_step_skipped(step)) return HB_OK;
    char ts[32], reasons[256];
    hb_format_utc(bar->open_utc_at_ns, ts);
    app_reasons_text(step->intent.reasons, reasons);
    fprintf(ctx, "%s,%.17g,%.17g,%s,%s,%s\n", ts, step->score.p_raw, step->score.p,
            app_set_text(step->score.set), app_decision_text(step->intent.decision), reasons);
    return HB_OK;
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *artifact = NULL, *path = NULL;
    HB_TRY(app_need(app, "artifact", &artifact, err));
    HB_TRY(app_need(app, "out", &path, err));
    app_bars_t bars;
    app_run_t engine_run = {0};
    hb_os_out_t out = {0};
    HB_TRY(app_bars_open(app, NULL, &bars, err));
    hb_status_t status = app_run_open(app, artifact, &bars, &engine_run, err);
    if (status != HB_OK) goto out;
    if (!app->dry_run) {
        HB_TRY_OUT(hb_os_out_open(&out, path, err));
        fputs("ts_utc,p_raw,p,set,decision,reasons\n", out.file);
    }
    const app_run_how_t how = {false, INT64_MIN, write_row, out.file};
    HB_TRY_OUT(app_run_bars(app, &engine_run, &bars.snapshot.bars, &how, err));
    if (out.file) HB_TRY_OUT(hb_os_out_commit(&out, err));
    app_set(app, "rows", json_integer((json_int_t)engine_run.rows));
    app_set(app, "skipped", app_reason_counts(engine_run.skipped));
    app_set(app, "artifact_sha256", json_string(engine_run.set->sha256));
    app_set(app, "snapshot_id", json_string(bars.snapshot.id));
    app_say(app, "%llu rows of %u bars: %s", (unsigned long long)engine_run.rows,
            bars.snapshot.bars.count, path);
out:
    hb_os_out_abort(&out);
    app_run_close(&engine_run);
    app_bars_close(&bars);
    return status;
}

const app_verb_t verb_predict = {
    "predict", "probability and decision for every bar of a file",
    "",        "hyperbar predict --artifact art/v1 --source bars.csv --out p.csv",
    opts,      run};
