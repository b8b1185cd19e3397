/* snapshot.json: where the bars came from and what was found on the way. Invariant: same inputs,
 * same bytes; keys are sorted and nothing of the time or the machine enters. */
#include <jansson.h>
#include <stdlib.h>

#include "bars_calendar.h"
#include "bars_snapshot_int.h"
#include "base_mem.h"
#include "base_text.h"

#define FORMAT "hyperbar-snapshot-1"

/* Paths need not be UTF-8: bytes that are not ASCII are then shown as question marks. */
static json_t *text_json(const char *text)
{
    json_t *value = json_string(text);
    if (value) return value;
    char *plain = hb_strdup(text);
    for (char *p = plain; *p; p++) {
        if ((unsigned char)*p >= 128) *p = '?';
    }
    value = json_string(plain);
    hb_free(plain);
    return value;
}

static json_t *int_json(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *utc_json(int64_t utc_at_ns)
{
    char text[32];
    hb_format_utc(utc_at_ns, text);
    return json_string(text);
}

static hb_status_t sources_json(const char *const *sources, uint32_t count, json_t *out,
                                hb_err_t *err)
{
    for (uint32_t i = 0; i < count; i++) {
        char sha256[HB_SHA256_HEX];
        HB_TRY(hb_sha256_of_file(sources[i], sha256, err));
        json_t *source = json_object();
        json_object_set_new(source, "path", text_json(sources[i]));
        json_object_set_new(source, "sha256", json_string(sha256));
        json_array_append_new(out, source);
    }
    return HB_OK;
}

static json_t *options_json(const hb_ingest_params_t *params)
{
    static const char *const orders[] = {"auto", "ymd", "dmy", "mdy", "epoch"};
    json_t *out = json_object();
    json_object_set_new(out, "timezone", text_json(params->timezone));
    json_object_set_new(out, "stamp", json_string(params->stamp_close ? "close" : "open"));
    json_object_set_new(out, "bar_size_s", int_json(params->bar_size_s));
    json_object_set_new(out, "date_order", json_string(orders[params->date_order]));
    json_object_set_new(out, "calendar", text_json(params->calendar));
    json_object_set_new(out, "tick_size", json_real(params->tick_size));
    json_object_set_new(
        out, "gap_policy",
        json_string(params->gap_policy == HB_GAP_DROP ? "drop" : "interpolate_limited"));
    json_object_set_new(out, "max_gap_minutes", int_json(params->max_gap_minutes));
    json_object_set_new(out, "rolls", json_string(params->rolls_detect ? "detect" : "none"));
    return out;
}

static json_t *qa_json(const hb_ingest_report_t *report)
{
    json_t *out = json_object();
    for (int i = 0; i < HB_QA_COUNT; i++) {
        json_t *lines = json_array();
        for (uint32_t k = 0; k < HB_QA_EXAMPLES && report->example_lines[i][k]; k++) {
            json_array_append_new(lines, int_json(report->example_lines[i][k]));
        }
        json_t *reason = json_object();
        json_object_set_new(reason, "count", int_json(report->counts[i]));
        json_object_set_new(reason, "rejected", json_boolean(hb_qa_is_reject((hb_qa_t)i)));
        json_object_set_new(reason, "first_lines", lines);
        json_object_set_new(out, hb_qa_name((hb_qa_t)i), reason);
    }
    return out;
}

static json_t *report_json(const hb_ingest_report_t *report)
{
    json_t *out = json_object();
    json_object_set_new(out, "rows_read", int_json(report->rows_read));
    json_object_set_new(out, "gaps", int_json(report->gaps));
    json_object_set_new(out, "missing_bars", int_json(report->missing_bars));
    json_object_set_new(out, "session_breaks", int_json(report->session_breaks));
    json_object_set_new(out, "rolls", int_json(report->rolls));
    json_object_set_new(out, "filled_bars", int_json(report->filled_bars));
    json_object_set_new(out, "no_volume", json_boolean(report->no_volume));
    json_object_set_new(out, "reversed", json_boolean(report->reversed));
    json_object_set_new(out, "regular_hours", json_boolean(report->regular_hours));
    json_object_set_new(out, "date_order", json_string(report->date_order));
    json_object_set_new(out, "zone", text_json(report->zone));
    json_object_set_new(out, "notes", text_json(report->notes));
    json_object_set_new(out, "qa", qa_json(report));
    return out;
}

hb_status_t bars_snapshot_json(const hb_snapshot_t *snapshot, const char *const *sources,
                               uint32_t source_count, const hb_ingest_params_t *params,
                               const hb_ingest_report_t *report, char **out, hb_err_t *err)
{
    const hb_bars_t *bars = &snapshot->bars;
    hb_status_t status = HB_OK;
    json_t *root = json_object(), *list = json_array();
    json_object_set_new(root, "sources", list);
    HB_TRY_OUT(sources_json(sources, source_count, list, err));
    json_object_set_new(root, "format", json_string(FORMAT));
    json_object_set_new(root, "snapshot_id", json_string(snapshot->id));
    json_object_set_new(root, "bars", int_json(bars->count));
    json_object_set_new(root, "bar_size_s", int_json(bars->bar_size_s));
    json_object_set_new(root, "tick_size", json_real(bars->tick_size));
    json_object_set_new(root, "calendar", text_json(snapshot->calendar));
    json_object_set_new(root, "calendar_version", text_json(snapshot->calendar_version));
    json_object_set_new(root, "first_utc", utc_json(bars->bars[0].open_utc_at_ns));
    json_object_set_new(root, "last_utc", utc_json(bars->bars[bars->count - 1].open_utc_at_ns));
    json_object_set_new(root, "options", options_json(params));
    json_object_set_new(root, "report", report_json(report));
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_SORT_KEYS);
    if (!text) {
        status = hb_err_set(err, HB_E_INTERNAL, "snapshot.json", NULL, "cannot be written as JSON");
        goto out;
    }
    *out = hb_strdup(text);
    free(text);
out:
    json_decref(root);
    return status;
}
