/* Bars, parameters and files that many verbs share. */
#include "app_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "base_text.h"
#include "bars_calendar.h"
#include "hb_build.h"
#include "num_cpu.h"
#include "os_clock.h"
#include "os_file.h"
#include "os_info.h"

const app_opt_t app_bars_opts[] = {
    {"source", "FILE...", "CSV files of one symbol (.csv, .csv.gz, .csv.zst)"},
    {"snapshot", "DIR", "a frozen snapshot made by ingest, instead of --source"},
    {NULL, NULL, NULL},
};

static uint32_t bar_size_seconds(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10) * 60u; /* the table allows 1m 5m 15m 30m 60m only */
}

hb_status_t app_ingest_params(const app_t *app, hb_ingest_params_t *out, hb_err_t *err)
{
    const hb_conf_t *conf = app->conf;
    hb_ingest_params_t params = hb_ingest_params_default();
    snprintf(params.timezone, sizeof params.timezone, "%s", hb_conf_text(conf, "data.timezone"));
    snprintf(params.calendar, sizeof params.calendar, "%s", hb_conf_text(conf, "data.calendar"));
    params.stamp_close = hb_conf_is(conf, "data.stamp", "close");
    params.bar_size_s = hb_conf_is(conf, "data.bar_size", "auto")
                            ? 0
                            : bar_size_seconds(hb_conf_text(conf, "data.bar_size"));
    params.date_order = hb_conf_is(conf, "data.date_order", "ymd")   ? HB_DATE_YMD
                        : hb_conf_is(conf, "data.date_order", "dmy") ? HB_DATE_DMY
                        : hb_conf_is(conf, "data.date_order", "mdy") ? HB_DATE_MDY
                                                                     : HB_DATE_AUTO;
    params.tick_size =
        hb_conf_is(conf, "data.tick_size", "auto") ? 0 : hb_conf_real(conf, "data.tick_size");
    params.gap_policy = hb_conf_is(conf, "data.gap_policy", "interpolate_limited")
                            ? HB_GAP_INTERPOLATE_LIMITED
                            : HB_GAP_DROP;
    params.max_gap_minutes = (uint32_t)hb_conf_int(conf, "data.max_gap_minutes");
    if (hb_conf_is(conf, "data.rolls", "file")) {
        return hb_err_set(err, HB_E_CONFIG, "data.rolls", "set detect or none",
                          "a roll file is not read in this version");
    }
    params.rolls_detect = hb_conf_is(conf, "data.rolls", "detect");
    *out = params;
    return HB_OK;
}

static hb_status_t ingest_sources(app_t *app, const char *rejects_path, app_bars_t *bars,
                                  hb_err_t *err)
{
    const char *paths[APP_VALUES_MAX];
    uint32_t count = app_opt_count(app, "source");
    for (uint32_t i = 0; i < count; i++) paths[i] = app_opt_at(app, "source", i);
    if (count == 0) {
        count = HB_MIN(hb_conf_count(app->conf, "data.sources"), APP_VALUES_MAX);
        for (uint32_t i = 0; i < count; i++)
            paths[i] = hb_conf_text_at(app->conf, "data.sources", i);
    }
    if (count == 0) {
        return hb_err_set(err, HB_E_USAGE, app->verb->name, app->verb->example,
                          "no bars: give --source FILE or --snapshot DIR");
    }
    HB_TRY(app_ingest_params(app, &bars->params, err));
    hb_calendar_t *calendar = NULL;
    HB_TRY(hb_calendar_open(bars->params.calendar, &calendar, err));
    hb_os_out_t rejects = {0};
    hb_bar_list_t list = {0};
    hb_status_t status = HB_OK;
    if (rejects_path) status = hb_os_out_open(&rejects, rejects_path, err);
    if (status == HB_OK) {
        status =
            hb_ingest_csv(paths, count, &bars->params, rejects.file, &list, &bars->report, err);
    }
    if (status == HB_OK && rejects_path) status = hb_os_out_commit(&rejects, err);
    hb_os_out_abort(&rejects);
    if (status == HB_OK) {
        hb_snapshot_make(&list, &bars->params, &bars->report, hb_calendar_version(calendar),
                         &bars->snapshot);
    } else {
        hb_free(list.bars);
    }
    hb_calendar_close(calendar);
    return status;
}

hb_status_t app_bars_open(app_t *app, const char *rejects_path, app_bars_t *out, hb_err_t *err)
{
    memset(out, 0, sizeof *out);
    const char *snapshot = app_opt(app, "snapshot");
    if (!snapshot) return ingest_sources(app, rejects_path, out, err);
    out->from_snapshot = true;
    return hb_snapshot_open(snapshot, &out->snapshot, err);
}

void app_bars_close(app_bars_t *bars)
{
    hb_snapshot_close(&bars->snapshot);
}

void app_bars_describe(app_t *app, const app_bars_t *bars)
{
    char text[32];
    const hb_bars_t *run = &bars->snapshot.bars;
    const hb_ingest_report_t *report = &bars->report;
    app_set(app, "snapshot_id", json_string(bars->snapshot.id));
    app_set(app, "bars", json_integer(run->count));
    hb_format_utc(run->bars[0].open_utc_at_ns, text);
    app_set(app, "first_utc", json_string(text));
    hb_format_utc(run->bars[run->count - 1].open_utc_at_ns, text);
    app_set(app, "last_utc", json_string(text));
    app_set(app, "bar_size_s", json_integer(run->bar_size_s));
    if (bars->from_snapshot) return;
    json_t *rejects = json_object(), *warnings = json_object();
    for (int i = 0; i < HB_QA_COUNT; i++) {
        if (report->counts[i] == 0) continue;
        json_object_set_new(hb_qa_is_reject((hb_qa_t)i) ? rejects : warnings,
                            hb_qa_name((hb_qa_t)i), json_integer((json_int_t)report->counts[i]));
    }
    app_set(app, "rejects", rejects);
    app_set(app, "warnings", warnings);
    app_set(app, "gaps", json_integer((json_int_t)report->gaps));
    app_set(app, "session_breaks", json_integer((json_int_t)report->session_breaks));
    app_set(app, "rolls", json_integer((json_int_t)report->rolls));
    app_set(app, "date_order", json_string(report->date_order));
    app_set(app, "zone", json_string(report->zone));
    app_set(app, "volume", json_boolean(!report->no_volume));
    if (report->notes[0]) app_set(app, "notes", json_string(report->notes));
}

hb_status_t app_label_params(const app_t *app, hb_label_params_t *out, hb_err_t *err)
{
    const hb_conf_t *conf = app->conf;
    hb_label_params_t params = hb_label_params_default();
    if (hb_conf_is(conf, "data.label.type", "ternary")) {
        return hb_err_set(
            err, HB_E_CONFIG, "data.label.type", "set triple_barrier, thresholded or direction",
            "ternary labels need a multiclass model, which is not built in this version");
    }
    params.type = hb_conf_is(conf, "data.label.type", "direction")     ? HB_LABEL_DIRECTION
                  : hb_conf_is(conf, "data.label.type", "thresholded") ? HB_LABEL_THRESHOLDED
                                                                       : HB_LABEL_TRIPLE_BARRIER;
    params.horizon_bars = (uint32_t)hb_conf_int(conf, "data.label.horizon_T");
    params.threshold_atr = hb_conf_real(conf, "data.label.threshold_atr");
    params.profit_atr = hb_conf_real(conf, "data.label.profit_atr");
    params.stop_atr = hb_conf_real(conf, "data.label.stop_atr");
    *out = params;
    return HB_OK;
}

/* "15:10" in the session's zone as minutes from the Globex open at 17:00 of the zone of the
 * exchange. */
static hb_status_t flatten_minute(const app_t *app, int32_t *out, hb_err_t *err)
{
    *out = -1;
    if (hb_conf_is(app->conf, "risk.caps.flatten_by", "none")) return HB_OK;
    if (hb_conf_is(app->conf, "data.calendar", "none")) {
        return hb_err_set(err, HB_E_CONFIG, "risk.caps.flatten_by",
                          "set risk.caps.flatten_by=none, or a calendar",
                          "without a calendar there is no session clock to flatten by");
    }
    if (!hb_conf_is(app->conf, "risk.caps.session_timezone", "America/Chicago")) {
        return hb_err_set(err, HB_E_CONFIG, "risk.caps.session_timezone", "set America/Chicago",
                          "the session clock of the CME calendars runs in America/Chicago");
    }
    *out = ((int32_t)hb_conf_clock_min(app->conf, "risk.caps.flatten_by") - 17 * 60 + 1440) % 1440;
    return HB_OK;
}

hb_status_t app_gate_limits(const app_t *app, hb_gate_limits_t *out, hb_err_t *err)
{
    const hb_conf_t *conf = app->conf;
    const double fp = hb_conf_real(conf, "model.decision.cost_fp");
    const double fn = hb_conf_real(conf, "model.decision.cost_fn");
    hb_gate_limits_t limits = {
        .daily_loss_cents = {(int64_t)llround(hb_conf_real(conf, "risk.caps.daily_loss") * 100)},
        .position_lots_max = {(int32_t)hb_conf_int(conf, "risk.caps.max_pos")},
        .order_lots = {(int32_t)hb_conf_int(conf, "risk.caps.order_size")},
        .order_lots_max = {(int32_t)hb_conf_int(conf, "risk.caps.order_size")},
        .news_before_ns = hb_conf_int(conf, "risk.caps.news_embargo_before_min") * 60000000000LL,
        .news_after_ns = hb_conf_int(conf, "risk.caps.news_embargo_min") * 60000000000LL,
        .data_age_ns_max = llround(hb_conf_real(conf, "risk.caps.data_age_s") * 1e9),
        .account_age_ns_max = llround(hb_conf_real(conf, "risk.caps.account_age_s") * 1e9),
        .threshold_prob = fp / (fp + fn),
    };
    if (!hb_conf_is(conf, "risk.caps.trailing_loss", "none")) {
        /* A cap that is written down but not enforced would be worse than none. */
        return hb_err_set(err, HB_E_CONFIG, "risk.caps.trailing_loss",
                          "set none; daily_loss is enforced",
                          "the trailing loss cap is not enforced in this version");
    }
    HB_TRY(flatten_minute(app, &limits.flatten_by_session_min, err));
    HB_TRY(hb_gate_limits_check(&limits, err));
    *out = limits;
    return HB_OK;
}

const char *app_format_ns(double ns, char out[24])
{
    if (ns < 1e3)
        snprintf(out, 24, "%.0f ns", ns);
    else if (ns < 1e6)
        snprintf(out, 24, "%.1f us", ns * 1e-3);
    else
        snprintf(out, 24, "%.2f ms", ns * 1e-6);
    return out;
}
