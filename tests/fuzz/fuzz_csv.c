/* libFuzzer target: any bytes as a CSV file under any parameters. The first eight bytes choose the
 * parameters, the rest is the text. What comes out must be bars: finite, ordered, accounted for. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bars_csv.h"
#include "base_assert.h"
#include "base_mem.h"

#define PARAM_BYTES 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static hb_ingest_params_t params_from(const uint8_t *data)
{
    static const char *const zones[] = {"UTC", "America/New_York", "Asia/Jerusalem", "Mars/X"};
    static const char *const calendars[] = {"none", "cme_globex_equity", "cme_globex_fx", "x"};
    static const uint32_t sizes[] = {0, 60, 300, 3600};
    hb_ingest_params_t params = hb_ingest_params_default();
    snprintf(params.timezone, sizeof params.timezone, "%s", zones[data[0] % 4]);
    snprintf(params.calendar, sizeof params.calendar, "%s", calendars[data[1] % 4]);
    params.bar_size_s = sizes[data[2] % 4];
    params.date_order = (hb_date_order_t)(data[3] % 5);
    params.stamp_close = data[4] & 1;
    params.rolls_detect = data[4] & 2;
    params.tick_size = data[5] % 3 * 0.25;
    params.gap_policy = data[6] & 1 ? HB_GAP_INTERPOLATE_LIMITED : HB_GAP_DROP;
    params.max_gap_minutes = data[7];
    return params;
}

static void bars_check(const hb_bar_list_t *list, const hb_ingest_report_t *report)
{
    uint64_t rejected = 0;
    HB_ASSERT(list->count > 0 && report->bar_size_s > 0);
    for (uint32_t i = 0; i < list->count; i++) {
        HB_ASSERT(hb_bar_check(&list->bars[i]));
        HB_ASSERT(i == 0 || list->bars[i].open_utc_at_ns > list->bars[i - 1].open_utc_at_ns);
    }
    for (int i = 0; i < HB_QA_COUNT; i++) {
        if (hb_qa_is_reject((hb_qa_t)i)) rejected += report->counts[i];
    }
    HB_ASSERT(list->count - report->filled_bars + rejected <= report->rows_read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PARAM_BYTES) return 0;
    const hb_ingest_params_t params = params_from(data);
    hb_bar_list_t list = {0};
    hb_ingest_report_t report = {0};
    hb_err_t err = {0};
    const hb_status_t status =
        hb_ingest_text("fuzz.csv", (const char *)data + PARAM_BYTES, size - PARAM_BYTES, &params,
                       NULL, &list, &report, &err);
    if (status == HB_OK) {
        bars_check(&list, &report);
    } else {
        HB_ASSERT(err.message[0] != '\0' && list.bars == NULL);
    }
    hb_free(list.bars);
    return 0;
}
