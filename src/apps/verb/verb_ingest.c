/* hyperbar ingest: CSV files into a frozen, content-addressed snapshot, with QA and a rejects file.
 */
#include <stdio.h>
#include <string.h>

#include "app_data.h"
#include "os_file.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"source", "FILE...", "CSV files of one symbol (.csv, .csv.gz, .csv.zst)"},
    {"out", "DIR", "the snapshot's folder; without it the bars are only checked"},
    {"rejects", "FILE", "where refused rows go (default DIR.rejects.csv)"},
    {NULL, NULL, NULL},
};

static void say_counts(const app_t *app, const app_bars_t *bars)
{
    const hb_ingest_report_t *report = &bars->report;
    app_say(app, "%u bars of %u s, %s to %s, dates %s, zone %s", bars->snapshot.bars.count,
            bars->snapshot.bars.bar_size_s,
            json_string_value(json_object_get(app->result, "first_utc")),
            json_string_value(json_object_get(app->result, "last_utc")), report->date_order,
            report->zone);
    for (int i = 0; i < HB_QA_COUNT; i++) {
        if (report->counts[i] == 0) continue;
        app_say(app, "  %-20s %8llu  %s, first at line %llu", hb_qa_name((hb_qa_t)i),
                (unsigned long long)report->counts[i],
                hb_qa_is_reject((hb_qa_t)i) ? "refused" : "kept, warned",
                (unsigned long long)report->example_lines[i][0]);
    }
    app_say(app, "  %llu session breaks, %llu gaps (%llu bars missing), %llu contract rolls%s",
            (unsigned long long)report->session_breaks, (unsigned long long)report->gaps,
            (unsigned long long)report->missing_bars, (unsigned long long)report->rolls,
            report->no_volume ? ", no volume" : "");
    if (report->notes[0]) app_say(app, "  note: %s", report->notes);
}

/* The rejects file is written before the snapshot, beside it: its folder must stand. */
static hb_status_t make_parent(const char *path, hb_err_t *err)
{
    char parent[4200];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (!slash || slash == parent) return HB_OK;
    *slash = 0;
    return hb_os_dir_make(parent, err);
}

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *dir = app->dry_run ? NULL : app_opt(app, "out");
    char rejects_default[4200];
    const char *rejects = app->dry_run ? NULL : app_opt(app, "rejects");
    if (dir && !rejects) {
        snprintf(rejects_default, sizeof rejects_default, "%s.rejects.csv", dir);
        rejects = rejects_default;
    }
    if (rejects) HB_TRY(make_parent(rejects, err));
    app_bars_t bars;
    HB_TRY(app_bars_open(app, rejects, &bars, err));
    app_bars_describe(app, &bars);
    hb_status_t status = HB_OK;
    if (dir) {
        const char *paths[APP_VALUES_MAX];
        const uint32_t count = app_opt_count(app, "source");
        for (uint32_t i = 0; i < count; i++) paths[i] = app_opt_at(app, "source", i);
        status =
            hb_snapshot_save(&bars.snapshot, dir, paths, count, &bars.params, &bars.report, err);
        app_set(app, "snapshot", json_string(dir));
        app_set(app, "rejects_file", json_string(rejects));
    }
    if (status == HB_OK) {
        say_counts(app, &bars);
        if (dir) app_say(app, "snapshot %s in %s", bars.snapshot.id, dir);
    }
    app_bars_close(&bars);
    return status;
}

const app_verb_t verb_ingest = {
    "ingest", "CSV bars into a frozen snapshot, with quality checks",
    "",       "hyperbar ingest --source nq.csv --set timezone=America/New_York --out snap/nq",
    opts,     run};
