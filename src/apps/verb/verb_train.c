/* hyperbar train: bars into one sealed artifact. */
#include <stdio.h>
#include <string.h>

#include "app_data.h"
#include "app_train.h"
#include "base_mem.h"
#include "engine_artifact.h"
#include "learn_fit.h"
#include "learn_recall.h"
#include "os_file.h"
#include "verb_table.h"

static const app_opt_t opts[] = {
    {"source", "FILE...", "CSV files of one symbol (.csv, .csv.gz, .csv.zst)"},
    {"snapshot", "DIR", "a frozen snapshot made by ingest, instead of --source"},
    {"out", "DIR", "the artifact's folder; must not exist"},
    {"validation", "DIR", "a validate run of the same bars: its report is kept in the artifact"},
    {NULL, NULL, NULL},
};

static hb_status_t run(app_t *app, hb_err_t *err)
{
    const char *dir = NULL;
    HB_TRY(app_out_dir(app, NULL, &dir, err));
    app_bars_t bars;
    HB_TRY(app_bars_open(app, NULL, &bars, err));
    app_bars_describe(app, &bars);
    hb_status_t status = app_train(app, &bars, dir, app_opt(app, "validation"), app->result, err);
    app_bars_close(&bars);
    return status;
}

const app_verb_t verb_train = {"train", "fit one artifact on all bars given",
                               "",      "hyperbar train --source bars.csv --out art/v1",
                               opts,    run};
