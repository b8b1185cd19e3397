/* What many verbs share: bars from --source or --snapshot, metadata, JSON files, output folders. */
#ifndef HB_APP_DATA_H
#define HB_APP_DATA_H

#include "app.h"
#include "bars_snapshot.h"
#include "gate_risk.h"
#include "learn_data.h"

/* Bars for this run, ingested from --source or mapped from --snapshot, with the report of the
 * ingest. */
typedef struct {
    hb_snapshot_t snapshot;
    hb_ingest_report_t report; /* zero when mapped */
    hb_ingest_params_t params;
    bool from_snapshot;
} app_bars_t;

extern const app_opt_t app_bars_opts[]; /* --source, --snapshot: for help texts */
/* Ingest parameters from data.yaml's keys. */
HB_CHECKED hb_status_t app_ingest_params(const app_t *app, hb_ingest_params_t *out, hb_err_t *err);
HB_CHECKED hb_status_t app_bars_open(app_t *app, const char *rejects_path, app_bars_t *out,
                                     hb_err_t *err);
void app_bars_close(app_bars_t *bars);
/* Ingest counts as the JSON keys of `ingest`. */
void app_bars_describe(app_t *app, const app_bars_t *bars);

HB_CHECKED hb_status_t app_label_params(const app_t *app, hb_label_params_t *out, hb_err_t *err);
/* Gate limits from risk.yaml's keys; flatten_by needs the calendar's zone. */
HB_CHECKED hb_status_t app_gate_limits(const app_t *app, hb_gate_limits_t *out, hb_err_t *err);

HB_CHECKED hb_status_t app_json_write(const char *path, const json_t *value, hb_err_t *err);
HB_CHECKED hb_status_t app_json_read(const char *path, json_t **out, hb_err_t *err);
/* metadata.json: who, when, where, from what. gives: json_decref. */
json_t *app_metadata(const app_t *app, const app_bars_t *bars);
/* Writes config/{data,model,risk}.yaml copies below dir. */
HB_CHECKED hb_status_t app_config_copies(const app_t *app, const char *dir, hb_err_t *err);
/* SHA-256 of the three effective configurations. */
json_t *app_config_hashes(const app_t *app);
/* The folder given by --out, or fallback; refuses one that exists. */
HB_CHECKED hb_status_t app_out_dir(const app_t *app, const char *fallback, const char **out,
                                   hb_err_t *err);

/* "123.4 us" and the like, for tables. */
const char *app_format_ns(double ns, char out[24]);

#endif
