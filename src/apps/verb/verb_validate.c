/* hyperbar validate: purged validation with intervals, baselines and a page. */
#include <stdio.h>
#include <string.h>

#include "app_data.h"
#include "app_report.h"
#include "app_train.h"
#include "base_text.h"
#include "os_clock.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"source", "FILE...", "CSV files of one symbol (.csv, .csv.gz, .csv.zst)"},
    {"snapshot", "DIR", "a frozen snapshot made by ingest, instead of --source"},
    {"out", "DIR", "new folder for the folds, validation.json and report.html"},
    {"shuffle-labels", "SEED", "placebo: move labels in blocks of 10 T rows; must score chance"},
    {NULL, NULL, NULL},
};

static double value(const json_t *report, const char *group, const char *name, const char *key)
{
    return json_number_value(
        json_object_get(json_object_get(json_object_get(report, group), name), key));
}

static double end(const json_t *object, size_t i)
{
    return json_number_value(json_array_get(json_object_get(object, "ci95"), i));
}

void app_validate_say(const app_t *app, const json_t *report)
{
    static const char *const names[] = {"accuracy", "f1", "roc_auc", "log_loss", "brier", "ece"};
    const json_t *metrics = json_object_get(report, "metrics");
    app_say(app, "%s, %lld splits, %lld paths, %lld rows, label %s over %lld bars",
            json_string_value(json_object_get(report, "scheme")),
            (long long)json_integer_value(json_object_get(report, "splits")),
            (long long)json_integer_value(json_object_get(report, "paths")),
            (long long)json_integer_value(json_object_get(report, "rows")),
            json_string_value(json_object_get(report, "label")),
            (long long)json_integer_value(json_object_get(report, "horizon_bars")));
    app_say(app, "  %-12s %8s   %s", "metric", "mean", "95 % interval (block bootstrap)");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const json_t *one = json_object_get(metrics, names[i]);
        app_say(app, "  %-12s %8.4f   [%.4f, %.4f]", names[i],
                value(report, "metrics", names[i], "mean"), end(one, 0), end(one, 1));
    }
    app_say(app, "  %-12s %8s %8s   %s", "baseline", "accuracy", "AUC", "our AUC minus theirs");
    const char *name;
    json_t *rival;
    json_object_foreach(json_object_get(report, "baselines"), name, rival)
    {
        const json_t *gain = json_object_get(json_object_get(rival, "advantage"), "roc_auc");
        app_say(app, "  %-12s %8.4f %8.4f   %+.4f [%+.4f, %+.4f]", name,
                json_number_value(json_object_get(rival, "accuracy")),
                json_number_value(json_object_get(rival, "roc_auc")),
                json_number_value(json_object_get(gain, "mean")), end(gain, 0), end(gain, 1));
    }
    const json_t *auc = json_object_get(metrics, "roc_auc");
    if (end(auc, 0) > 0.5) {
        app_say(app, "  ranking skill is shown: the AUC interval lies above 0.5");
    } else {
        app_say(app, "  no ranking skill is shown: the AUC interval holds 0.5");
    }
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    char fallback[96], now_text[32];
    const hb_clock_t clock = hb_os_clock_real();
    hb_format_utc(clock.utc_ns(clock.ctx), now_text);
    snprintf(fallback, sizeof fallback, "out/validate-%.4s%.2s%.2sT%.2s%.2s%.2s", now_text,
             now_text + 5, now_text + 8, now_text + 11, now_text + 14, now_text + 17);
    const char *dir = NULL;
    HB_TRY(app_out_dir(app, fallback, &dir, err));
    app_bars_t bars;
    HB_TRY(app_bars_open(app, NULL, &bars, err));
    json_t *report = NULL;
    hb_status_t status = app_validate(app, &bars, dir, &report, err);
    char page[4300] = "";
    const bool wrote = status == HB_OK && !app->dry_run;
    if (wrote) status = app_report_write(app, dir, report, NULL, NULL, page, err);
    if (wrote && status == HB_OK) {
        json_object_update(app->result, report);
        app_set(app, "out", json_string(dir));
        app_set(app, "report", json_string(page));
        app_validate_say(app, report);
        app_say(app, "  %.1f s; report %s", json_number_value(json_object_get(report, "seconds")),
                page);
    }
    json_decref(report);
    app_bars_close(&bars);
    return status;
}

const app_verb_t verb_validate = {
    "validate", "purged validation: metrics with intervals, baselines, folds",
    "",         "hyperbar validate --source bars.csv --set splits.scheme=CPCV --out out/v1",
    opts,       run};
