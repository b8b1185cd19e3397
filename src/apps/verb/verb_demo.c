/* hyperbar demo: everything, offline, in under a minute: synthetic bars > train > validate > gates
 * > replay > page. The replayed bars come after the trained ones: the model has never seen them. */
#include <stdio.h>
#include <string.h>

#include "app_report.h"
#include "app_run.h"
#include "app_train.h"
#include "bars_calendar.h"
#include "bars_synth.h"
#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"
#include "learn_gates.h"
#include "os_clock.h"
#include "os_file.h"
#include "store_artifact.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"bars", "N", "bars to make, a fifth of them kept for the replay (default 12000)"},
    {"signal", "X", "strength of the planted dependence, 0 to see it find nothing (default 1)"},
    {"out", "DIR", "new folder (default out/demo-TIME)"},
    {NULL, NULL, NULL},
};

typedef struct {
    char dir[4096];
    char bars_csv[4200], artifact[4200], validation[4200], decisions[4200], page[4300];
    int64_t cut_utc_at_ns; /* first bar that the artifact has not seen */
    app_bars_t train, live;
} demo_t;

static hb_status_t make_bars(app_t *app, demo_t *demo, hb_err_t *err)
{
    int64_t count = 0;
    hb_synth_params_t params = hb_synth_params_default();
    HB_TRY(app_opt_int(app, "bars", 6000, 200000, 12000, &count, err));
    HB_TRY(app_opt_real(app, "signal", 0, 2, 1, &params.signal, err));
    params.bars = (uint32_t)count;
    params.seed = (uint64_t)hb_conf_int(app->conf, "model.seeds.global");
    hb_bar_list_t list = {0};
    HB_TRY(hb_synth_make(&params, &list, err));
    hb_os_out_t out = {0};
    hb_status_t status = hb_os_out_open(&out, demo->bars_csv, err);
    if (status == HB_OK) status = hb_bars_write_csv(&list, params.tick_size, out.file, err);
    if (status == HB_OK) status = hb_os_out_commit(&out, err);
    hb_os_out_abort(&out);
    hb_free(list.bars);
    return status;
}

/* Reads the CSV back as any user's file is read, then cuts it at time: four fifths to learn from.
 */
static hb_status_t read_bars(app_t *app, demo_t *demo, hb_err_t *err)
{
    hb_ingest_params_t params;
    hb_bar_list_t list = {0};
    hb_ingest_report_t report;
    hb_calendar_t *calendar = NULL;
    HB_TRY(app_ingest_params(app, &params, err));
    HB_TRY(hb_calendar_open(params.calendar, &calendar, err));
    const char *path = demo->bars_csv;
    hb_status_t status = hb_ingest_csv(&path, 1, &params, NULL, &list, &report, err);
    if (status == HB_OK) {
        const uint32_t cut = list.count - list.count / 5;
        hb_bar_list_t head = {hb_alloc(cut, sizeof(hb_bar_t)), cut};
        memcpy(head.bars, list.bars, cut * sizeof(hb_bar_t));
        demo->cut_utc_at_ns = list.bars[cut].open_utc_at_ns;
        demo->train.report = demo->live.report = report;
        const char *version = hb_calendar_version(calendar);
        hb_snapshot_make(&head, &params, &report, version, &demo->train.snapshot);
        hb_snapshot_make(&list, &params, &report, version, &demo->live.snapshot);
    }
    hb_calendar_close(calendar);
    return status;
}

static hb_status_t judge(app_t *app, demo_t *demo, const json_t *report, const json_t *replay,
                         json_t **verdict, hb_err_t *err)
{
    char path[4300], sha[HB_SHA256_HEX];
    json_t *metadata = NULL;
    HB_TRY(hb_artifact_verify(demo->artifact, sha, err));
    HB_TRY(hb_os_join(path, sizeof path, demo->artifact, "metadata.json", err));
    HB_TRY(app_json_read(path, &metadata, err));
    const hb_status_t status = hb_gates_eval(
        app->conf, report, json_object_get(replay, "latency_us"), metadata, verdict, err);
    json_decref(metadata);
    HB_TRY(status);
    return app_report_write(app, demo->dir, report, *verdict, replay, demo->page, err);
}

static hb_status_t run_stages(app_t *app, demo_t *demo, hb_err_t *err)
{
    json_t *report = NULL, *replay = json_object(), *trained = json_object(), *verdict = NULL;
    hb_status_t status;
    app_say(app, "1/5 bars      synthetic, written to %s and read back", demo->bars_csv);
    HB_TRY_OUT(make_bars(app, demo, err));
    HB_TRY_OUT(read_bars(app, demo, err));
    app_say(app, "\n2/5 validate  purged cross-validation, each fold its own sealed artifact");
    HB_TRY_OUT(app_validate(app, &demo->train, demo->validation, &report, err));
    app_validate_say(app, report);
    app_say(app, "\n3/5 train     one artifact on all of the first four fifths");
    HB_TRY_OUT(app_train(app, &demo->train, demo->artifact, demo->validation, trained, err));
    app_say(app, "\n4/5 replay    bar by bar through the engine, as live would");
    HB_TRY_OUT(app_replay(app, demo->artifact, &demo->live, demo->cut_utc_at_ns, demo->decisions,
                          replay, err));
    app_say(app, "\n5/5 gates     may it trade?");
    HB_TRY_OUT(judge(app, demo, report, replay, &verdict, err));
    app_gates_say(app, verdict);
    app_set(app, "artifact", json_string(demo->artifact));
    app_set(app, "artifact_sha256", json_incref(json_object_get(trained, "artifact_sha256")));
    app_set(app, "report", json_string(demo->page));
    app_set(app, "gates", json_incref(verdict));
    app_set(app, "metrics", json_incref(json_object_get(report, "metrics")));
    app_set(app, "replay", json_incref(replay));
    app_set(app, "seconds", json_real(app_seconds(app)));
    app_say(app, "\n%.1f s. Open the page: %s", app_seconds(app), demo->page);
out:
    json_decref(report);
    json_decref(replay);
    json_decref(trained);
    json_decref(verdict);
    return status;
}

static hb_status_t name_files(app_t *app, demo_t *demo, hb_err_t *err)
{
    char fallback[96], now[32];
    const char *dir = NULL;
    const hb_clock_t clock = hb_os_clock_real();
    hb_format_utc(clock.utc_ns(clock.ctx), now);
    snprintf(fallback, sizeof fallback, "out/demo-%.4s%.2s%.2sT%.2s%.2s%.2s", now, now + 5, now + 8,
             now + 11, now + 14, now + 17);
    HB_TRY(app_out_dir(app, fallback, &dir, err));
    snprintf(demo->dir, sizeof demo->dir, "%s", dir);
    HB_TRY(hb_os_join(demo->bars_csv, sizeof demo->bars_csv, dir, "bars.csv", err));
    HB_TRY(hb_os_join(demo->artifact, sizeof demo->artifact, dir, "artifact", err));
    HB_TRY(hb_os_join(demo->validation, sizeof demo->validation, dir, "validation", err));
    return hb_os_join(demo->decisions, sizeof demo->decisions, dir, "decisions.jsonl", err);
}

/* The demo is about the whole way, not the last digit of AUC: smaller trees unless told otherwise.
 */
static hb_status_t lighten(app_t *app, hb_err_t *err)
{
    static const char *const settings[][2] = {
        {"model.catboost.depth", "model.catboost.depth=6"},
        {"model.catboost.iterations", "model.catboost.iterations=400"}};
    for (size_t i = 0; i < HB_COUNT(settings); i++) {
        if (strcmp(hb_conf_source(app->conf, settings[i][0]), "default") != 0) continue;
        HB_TRY(hb_conf_set(app->conf, settings[i][1], err));
    }
    return HB_OK;
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    demo_t *demo = hb_alloc(1, sizeof *demo);
    hb_status_t status = name_files(app, demo, err);
    if (status == HB_OK) status = lighten(app, err);
    if (status == HB_OK && !app->dry_run) {
        status = hb_os_dir_make(demo->dir, err);
        if (status == HB_OK) status = run_stages(app, demo, err);
    }
    app_bars_close(&demo->train);
    app_bars_close(&demo->live);
    hb_free(demo);
    return status;
}

const app_verb_t verb_demo = {
    "demo", "the whole way in under a minute, offline", "", "hyperbar demo", opts, run};
