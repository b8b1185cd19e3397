/* Row times to UTC, and the step between rows. Invariant: rows are taken in the order of time
 * that the file runs in, so what a row becomes depends on earlier rows alone. A wall time that
 * exists twice is read as the earlier one unless that would step back. */
#include <stdlib.h>

#include "bars_csv_int.h"
#include "base_mem.h"

static void row_to_utc(bars_row_t *row, hb_date_order_t order, const hb_zone_t *zone,
                       int64_t *last_ns)
{
    const bars_when_t *when = &row->when;
    int64_t days, early_s = 0, late_s = 0;
    if (when->kind == BARS_WHEN_EPOCH) {
        row->utc_at_ns = when->epoch_ns;
    } else if (!bars_when_days(when, order, &days)) {
        row->reason = HB_QA_UNPARSABLE;
        return;
    } else if (when->has_offset) {
        const int64_t utc_s = days * 86400 + when->second_of_day - when->offset_s;
        row->utc_at_ns = utc_s * BARS_NS_PER_S + when->ns;
    } else {
        const int kind =
            hb_zone_to_utc(zone, days * 86400 + when->second_of_day, &early_s, &late_s);
        if (kind == 1) {
            row->reason = HB_QA_DST_GAP;
            return;
        }
        row->fold = kind == 2;
        row->utc_at_ns = early_s * BARS_NS_PER_S + when->ns;
        const int64_t late_ns = late_s * BARS_NS_PER_S + when->ns;
        if (row->fold && row->utc_at_ns <= *last_ns && late_ns > *last_ns) row->utc_at_ns = late_ns;
    }
    *last_ns = row->utc_at_ns;
}

void bars_file_to_utc(bars_file_t *file, const hb_zone_t *zone)
{
    int64_t last_ns = INT64_MIN;
    for (size_t i = 0; i < file->row_count; i++) {
        bars_row_t *row = &file->rows[file->reversed ? file->row_count - 1 - i : i];
        if (row->reason == HB_QA_COUNT) row_to_utc(row, file->order, zone, &last_ns);
    }
}

static int steps_compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Steps of whole seconds, at most a week: longer ones are no bar size. */
static size_t steps_collect(const bars_file_t *file, uint32_t *steps)
{
    size_t count = 0;
    const bars_row_t *last = NULL;
    for (size_t i = 0; i < file->row_count; i++) {
        const bars_row_t *row = &file->rows[file->reversed ? file->row_count - 1 - i : i];
        if (row->reason != HB_QA_COUNT) continue;
        const int64_t last_ns = last ? last->utc_at_ns : row->utc_at_ns;
        const bool near =
            row->utc_at_ns > last_ns && row->utc_at_ns - last_ns <= 7 * 86400 * BARS_NS_PER_S;
        if (near && (row->utc_at_ns - last_ns) % BARS_NS_PER_S == 0) {
            steps[count++] = (uint32_t)((row->utc_at_ns - last_ns) / BARS_NS_PER_S);
        }
        last = row;
    }
    return count;
}

uint32_t bars_step_find(const bars_file_t *files, uint32_t count, uint32_t wanted_s,
                        uint64_t *at_wanted)
{
    size_t rows = 0, n = 0;
    for (uint32_t i = 0; i < count; i++) rows += files[i].row_count;
    uint32_t *steps = hb_alloc(rows, sizeof *steps);
    for (uint32_t i = 0; i < count; i++) n += steps_collect(&files[i], steps + n);
    qsort(steps, n, sizeof *steps, steps_compare);
    uint32_t best_s = 0;
    uint64_t best_run = 0;
    *at_wanted = 0;
    for (size_t i = 0, run = 0; i < n; i++) {
        run = i > 0 && steps[i] == steps[i - 1] ? run + 1 : 1;
        *at_wanted += steps[i] == wanted_s;
        if (run <= best_run) continue;
        best_run = run;
        best_s = steps[i];
    }
    hb_free(steps);
    return best_s;
}
