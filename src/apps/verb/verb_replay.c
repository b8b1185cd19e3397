/* hyperbar replay: bars one at a time through engine_step, orders to the fill simulator. */
#include "app_report.h"
#include "app_run.h"
#include "base_text.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"artifact", "DIR", "the artifact that decides"},
    {"source", "FILE...", "CSV files of one symbol (.csv, .csv.gz, .csv.zst)"},
    {"snapshot", "DIR", "a frozen snapshot made by ingest, instead of --source"},
    {"from", "TIME", "decide bars from this UTC time on; earlier ones only warm the state up"},
    {"out", "D.jsonl", "decision log, one JSON line a bar"},
    {NULL, NULL, NULL},
};

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *artifact = NULL, *from = app_opt(app, "from");
    int64_t from_utc_at_ns = INT64_MIN;
    if (from && !hb_parse_utc(from, &from_utc_at_ns)) {
        return hb_err_set(err, HB_E_USAGE, "replay", "write it like 2024-03-29T14:30:00Z",
                          "--from knows no time '%.40s'", from);
    }
    HB_TRY(app_need(app, "artifact", &artifact, err));
    app_bars_t bars;
    HB_TRY(app_bars_open(app, NULL, &bars, err));
    const hb_status_t status =
        app_replay(app, artifact, &bars, from_utc_at_ns, app_opt(app, "out"), app->result, err);
    app_bars_close(&bars);
    return status;
}

const app_verb_t verb_replay = {
    "replay", "run bars through the engine as live would, with simulated fills",
    "",       "hyperbar replay --artifact art/v1 --source bars.csv --out decisions.jsonl",
    opts,     run};
