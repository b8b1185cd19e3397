/* hyperbar label: the label of every bar as CSV, with the bar on which it was resolved. */
#include <stdio.h>

#include "app_data.h"
#include "base_text.h"
#include "learn_data.h"
#include "os_file.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"source", "FILE...", "CSV files of one symbol (.csv, .csv.gz, .csv.zst)"},
    {"snapshot", "DIR", "a frozen snapshot made by ingest, instead of --source"},
    {"out", "L.csv", "ts_utc,y,side,resolved_utc,why,ret"},
    {NULL, NULL, NULL},
};

static void write_rows(const hb_dataset_t *data, FILE *out, uint64_t counts[3])
{
    fputs("ts_utc,y,side,resolved_utc,why,ret\n", out);
    for (uint32_t i = 0; i < data->bars.count; i++) {
        const hb_label_t *label = &data->labels[i];
        char at[32], resolved[32];
        if (!data->states[i].ready) continue;
        hb_format_utc(data->bars.bars[i].open_utc_at_ns, at);
        hb_format_utc(data->bars.bars[label->t1].open_utc_at_ns, resolved);
        fprintf(out, "%s,%d,%d,%s,%s,%.17g\n", at, label->y, label->side, resolved,
                hb_label_why_name((hb_label_why_t)label->why), label->ret);
        counts[label->y + 1]++;
    }
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *path = NULL;
    hb_label_params_t params;
    app_bars_t bars;
    hb_dataset_t data = {0};
    hb_os_out_t out = {0};
    uint64_t counts[3] = {0};
    HB_TRY(app_need(app, "out", &path, err));
    HB_TRY(app_label_params(app, &params, err));
    HB_TRY(app_bars_open(app, NULL, &bars, err));
    hb_status_t status = hb_dataset_make(&bars.snapshot.bars, &params, 1, &data, err);
    if (status != HB_OK) goto out;
    HB_TRY_OUT(hb_os_out_open(&out, path, err));
    write_rows(&data, out.file, counts);
    if (!app->dry_run) HB_TRY_OUT(hb_os_out_commit(&out, err));
    app_set(app, "up", json_integer((json_int_t)counts[2]));
    app_set(app, "down", json_integer((json_int_t)counts[1]));
    app_set(app, "unusable", json_integer((json_int_t)counts[0]));
    app_say(app, "%llu up, %llu down, %llu unusable: %s", (unsigned long long)counts[2],
            (unsigned long long)counts[1], (unsigned long long)counts[0], path);
out:
    hb_os_out_abort(&out);
    hb_dataset_free(&data);
    app_bars_close(&bars);
    return status;
}

const app_verb_t verb_label = {
    "label", "the label of every bar, and when it was resolved",
    "",      "hyperbar label --source bars.csv --set label.type=direction --out labels.csv",
    opts,    run};
