/* The whole ingest: files to rows, rows to UTC, UTC to bars, with a report. Invariant: a row
 * read is a row accounted for (rows_read = bars before resampling and filling + refused rows),
 * and outputs are written only on success. */
#include <stdio.h>
#include <string.h>

#include "bars_csv_int.h"
#include "base_mem.h"

#define OUT_OF_ORDER_MIN 20u

hb_ingest_params_t hb_ingest_params_default(void)
{
    return (hb_ingest_params_t){.timezone = "UTC",
                                .date_order = HB_DATE_AUTO,
                                .calendar = "cme_globex_equity",
                                .gap_policy = HB_GAP_DROP,
                                .max_gap_minutes = 15,
                                .rolls_detect = true};
}

typedef struct {
    bars_file_t *files;
    uint32_t file_count;
    const hb_ingest_params_t *params;
    FILE *rejects;
    hb_zone_t *zone;
    hb_calendar_t *calendar;
    uint32_t step_s, size_s; /* of the source, and of the bars to make */
    hb_ingest_report_t report;
} ingest_t;

static hb_status_t size_decide(ingest_t *in, hb_err_t *err)
{
    uint64_t at_wanted = 0;
    const uint32_t wanted_s = in->params->bar_size_s;
    in->step_s = bars_step_find(in->files, in->file_count, wanted_s, &at_wanted);
    in->size_s = wanted_s ? wanted_s : in->step_s;
    if (in->size_s == 0) {
        return hb_err_set(err, HB_E_DATA, in->files[0].name, "set data.bar_size",
                          "too few rows with a time to tell the bar size");
    }
    if (in->step_s == 0 || in->size_s == in->step_s) {
        in->step_s = in->size_s;
        return HB_OK;
    }
    if (wanted_s % in->step_s == 0) {
        bars_report_note(&in->report, "bars of %u s were made from rows of %u s", wanted_s,
                         in->step_s);
        return HB_OK;
    }
    if (at_wanted > 0 && wanted_s < in->step_s) {
        in->step_s = wanted_s; /* sparse rows on the finer grid */
        return HB_OK;
    }
    return hb_err_set(err, HB_E_DATA, in->files[0].name,
                      "set data.bar_size to the step of the file or to a multiple of it",
                      "rows stand %u s apart, which does not fit bars of %u s", in->step_s,
                      wanted_s);
}

/* Sources that stamp the close: the bar opened one step of the source earlier. */
static void stamps_shift(ingest_t *in)
{
    if (!in->params->stamp_close) return;
    for (uint32_t i = 0; i < in->file_count; i++) {
        for (size_t k = 0; k < in->files[i].row_count; k++) {
            in->files[i].rows[k].utc_at_ns -= in->step_s * BARS_NS_PER_S;
        }
    }
}

static void rows_account(ingest_t *in)
{
    bars_rejects_header(in->rejects);
    for (uint32_t i = 0; i < in->file_count; i++) {
        const bars_file_t *file = &in->files[i];
        in->report.rows_read += file->row_count;
        for (size_t k = 0; k < file->row_count; k++) {
            const bars_row_t *row = &file->rows[k];
            if (row->reason == HB_QA_COUNT) continue;
            bars_report_count(&in->report, row->reason, row->line);
            bars_rejects_write(in->rejects, file->name, row);
        }
    }
}

static hb_status_t none_left(const ingest_t *in, hb_err_t *err)
{
    hb_qa_t most = HB_QA_UNPARSABLE;
    for (int i = 0; i < HB_QA_COUNT; i++) {
        const bool more = in->report.counts[i] > in->report.counts[most];
        if (hb_qa_is_reject((hb_qa_t)i) && more) most = (hb_qa_t)i;
    }
    char where[256];
    bars_where(where, in->files[0].name, in->report.example_lines[most][0]);
    return hb_err_set(err, HB_E_DATA, where, "look at that line; check the columns and data.* keys",
                      "no usable bar: %llu of %llu rows refused, mostly as %s",
                      (unsigned long long)in->report.counts[most],
                      (unsigned long long)in->report.rows_read, hb_qa_name(most));
}

/* One wrong time far ahead would silently cost everything after it: that is an error, not a
 * loss. */
static hb_status_t disorder_check(const ingest_t *in, hb_err_t *err)
{
    const uint64_t behind = in->report.counts[HB_QA_OUT_OF_ORDER];
    if (behind < OUT_OF_ORDER_MIN || behind * 2 <= in->report.rows_read) return HB_OK;
    char where[256];
    bars_where(where, in->files[0].name, in->report.example_lines[HB_QA_OUT_OF_ORDER][0]);
    return hb_err_set(err, HB_E_DATA, where,
                      "sort the file, or repair the wrong time just before that line",
                      "%llu of %llu rows step back in time", (unsigned long long)behind,
                      (unsigned long long)in->report.rows_read);
}

static void report_fill(ingest_t *in)
{
    static const char *const orders[] = {"auto", "ymd", "dmy", "mdy", "epoch"};
    const bars_file_t *file = &in->files[0];
    hb_ingest_report_t *report = &in->report;
    bool zone_used = false, volume = false;
    for (uint32_t i = 0; i < in->file_count; i++) {
        const bars_file_t *f = &in->files[i];
        report->reversed = report->reversed || f->reversed;
        if (f->order != file->order) bars_report_note(report, "files differ in their date order");
        for (size_t k = 0; k < f->row_count; k++) {
            const bars_row_t *row = &f->rows[k];
            if (row->reason != HB_QA_COUNT) continue;
            volume = volume || !row->no_volume;
            zone_used = zone_used || (row->when.kind == BARS_WHEN_DATE && !row->when.has_offset);
        }
        if (f->dialect.says_utc && zone_used && strcmp(in->params->timezone, "UTC") != 0) {
            bars_report_note(report, "a column says UTC but data.timezone says %s",
                             in->params->timezone);
        }
    }
    (void)snprintf(report->date_order, sizeof report->date_order, "%s", orders[file->order]);
    (void)snprintf(report->zone, sizeof report->zone, "%s",
                   zone_used ? in->params->timezone : "UTC");
    if (!zone_used && strcmp(in->params->timezone, "UTC") != 0) {
        bars_report_note(report, "times carry their own offset: data.timezone was not needed");
    }
    report->no_volume = !volume;
    report->delimiter = file->dialect.delimiter;
    report->bar_size_s = in->size_s;
    if (report->no_volume) bars_report_note(report, "no volume in the source");
    if (report->reversed) bars_report_note(report, "newest first in the source, turned");
}

static bool any_good(const ingest_t *in)
{
    for (uint32_t i = 0; i < in->file_count; i++) {
        for (size_t k = 0; k < in->files[i].row_count; k++) {
            if (in->files[i].rows[k].reason == HB_QA_COUNT) return true;
        }
    }
    return false;
}

static hb_status_t bars_make(ingest_t *in, hb_bar_list_t *out, hb_err_t *err)
{
    for (uint32_t i = 0; i < in->file_count; i++) bars_file_to_utc(&in->files[i], in->zone);
    if (!any_good(in)) {
        rows_account(in);
        return none_left(in, err);
    }
    HB_TRY(size_decide(in, err));
    stamps_shift(in);
    uint32_t count = 0;
    bars_made_t *made = bars_merge(in->files, in->file_count, in->step_s, &count);
    rows_account(in);
    hb_status_t status = count > 0 ? disorder_check(in, err) : none_left(in, err);
    if (status != HB_OK) goto out;
    if (in->step_s != in->size_s) {
        count = bars_resample(made, count, in->calendar, in->step_s, in->size_s);
    }
    if (count == 0) {
        status = hb_err_set(err, HB_E_DATA, in->files[0].name, "give more rows",
                            "the rows do not fill one bar of %u s", in->size_s);
        goto out;
    }
    report_fill(in);
    bars_finish(made, count, in->calendar, in->params, in->size_s, out, &in->report);
    if (in->report.regular_hours) bars_report_note(&in->report, "regular trading hours only");
out:
    hb_free(made);
    return status;
}

static hb_status_t params_check(const hb_ingest_params_t *params, hb_err_t *err)
{
    if (!(params->tick_size >= 0) || params->tick_size > 1e12) {
        return hb_err_set(err, HB_E_CONFIG, "data.tick_size", "give the price step, e.g. 0.25",
                          "the tick size must be 0 or more");
    }
    if (params->bar_size_s > 7 * 86400) {
        return hb_err_set(err, HB_E_CONFIG, "data.bar_size", "give a bar size such as 5m",
                          "bars longer than a week");
    }
    return HB_OK;
}

/* pre: names, texts and sizes of the files are set. */
static hb_status_t ingest(bars_file_t *files, uint32_t count, const hb_ingest_params_t *params,
                          FILE *rejects, hb_bar_list_t *out, hb_ingest_report_t *report,
                          hb_err_t *err)
{
    hb_status_t status = HB_OK;
    hb_bar_list_t list = {0};
    ingest_t in = {.files = files, .file_count = count, .params = params, .rejects = rejects};
    HB_TRY(params_check(params, err));
    HB_TRY_OUT(hb_zone_open(params->timezone, &in.zone, err));
    HB_TRY_OUT(hb_calendar_open(params->calendar, &in.calendar, err));
    for (uint32_t i = 0; i < count; i++) HB_TRY_OUT(bars_file_parse(&files[i], err));
    HB_TRY_OUT(bars_order_decide(files, count, params->date_order, err));
    HB_TRY_OUT(bars_make(&in, &list, err));
    *out = list;
    *report = in.report;
out:
    for (uint32_t i = 0; i < count; i++) hb_free(files[i].rows);
    hb_calendar_close(in.calendar);
    hb_zone_close(in.zone);
    return status;
}

hb_status_t hb_ingest_text(const char *name, const char *text, size_t bytes,
                           const hb_ingest_params_t *params, FILE *rejects, hb_bar_list_t *out,
                           hb_ingest_report_t *report, hb_err_t *err)
{
    bars_file_t file = {.name = name, .text = text, .bytes = bytes};
    return ingest(&file, 1, params, rejects, out, report, err);
}

hb_status_t hb_ingest_csv(const char *const *paths, uint32_t path_count,
                          const hb_ingest_params_t *params, FILE *rejects, hb_bar_list_t *out,
                          hb_ingest_report_t *report, hb_err_t *err)
{
    if (path_count == 0) {
        return hb_err_set(err, HB_E_USAGE, "data.sources", "name at least one file",
                          "no source file");
    }
    hb_status_t status = HB_OK;
    bars_file_t *files = hb_alloc(path_count, sizeof *files);
    char **texts = hb_alloc(path_count, sizeof *texts);
    for (uint32_t i = 0; i < path_count; i++) {
        files[i].name = paths[i];
        HB_TRY_OUT(bars_source_read(paths[i], &texts[i], &files[i].bytes, err));
        files[i].text = texts[i];
    }
    status = ingest(files, path_count, params, rejects, out, report, err);
out:
    for (uint32_t i = 0; i < path_count; i++) hb_free(texts[i]);
    hb_free(texts);
    hb_free(files);
    return status;
}
