/* Rows to bars in time order. Invariant: whether a row is kept depends on that row and the rows
 * that the file brought before it; a row never displaces an earlier one. Several files are
 * merged by time, and of two bars with one time the one from the file named first stays. */
#include <stdlib.h>

#include "bars_csv_int.h"
#include "base_mem.h"

typedef struct {
    bars_row_t *row;
    uint32_t file;
} kept_t;

static bool kept_has(const kept_t *kept, uint32_t count, int64_t utc_at_ns)
{
    uint32_t lo = 0, hi = count;
    while (lo < hi) {
        const uint32_t middle = lo + (hi - lo) / 2;
        if (kept[middle].row->utc_at_ns < utc_at_ns) {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    return lo < count && kept[lo].row->utc_at_ns == utc_at_ns;
}

/* Appends the good rows of one file in its order of time. */
static uint32_t file_filter(bars_file_t *file, uint32_t index, kept_t *kept)
{
    uint32_t count = 0;
    for (size_t i = 0; i < file->row_count; i++) {
        bars_row_t *row = &file->rows[file->reversed ? file->row_count - 1 - i : i];
        if (row->reason == HB_QA_COUNT) row->reason = bars_row_check(row);
        if (row->reason != HB_QA_COUNT) continue;
        if (count > 0 && row->utc_at_ns <= kept[count - 1].row->utc_at_ns) {
            row->reason = kept_has(kept, count, row->utc_at_ns) ? HB_QA_DUPLICATE_TIMESTAMP
                                                                : HB_QA_OUT_OF_ORDER;
            continue;
        }
        kept[count++] = (kept_t){row, index};
    }
    return count;
}

static int kept_compare(const void *a, const void *b)
{
    const kept_t *x = a, *y = b;
    if (x->row->utc_at_ns != y->row->utc_at_ns) {
        return x->row->utc_at_ns < y->row->utc_at_ns ? -1 : 1;
    }
    return (x->file > y->file) - (x->file < y->file);
}

static bars_made_t made_from(const bars_row_t *row)
{
    return (bars_made_t){.bar = {.open_utc_at_ns = row->utc_at_ns,
                                 .open = row->open,
                                 .high = row->high,
                                 .low = row->low,
                                 .close = row->close,
                                 .volume = row->no_volume ? 0 : row->volume,
                                 .flags = row->no_volume ? HB_BAR_NO_VOLUME : 0},
                         .line = row->line,
                         .fold = row->fold};
}

bars_made_t *bars_merge(bars_file_t *files, uint32_t count, uint32_t step_s, uint32_t *made_count)
{
    size_t rows = 0;
    for (uint32_t i = 0; i < count; i++) rows += files[i].row_count;
    kept_t *kept = hb_alloc(rows, sizeof *kept);
    uint32_t n = 0, out = 0;
    for (uint32_t i = 0; i < count; i++) n += file_filter(&files[i], i, kept + n);
    if (count > 1) qsort(kept, n, sizeof *kept, kept_compare);
    bars_made_t *made = hb_alloc(n, sizeof *made);
    for (uint32_t i = 0; i < n; i++) {
        bars_row_t *row = kept[i].row;
        if (out > 0 && made[out - 1].bar.open_utc_at_ns == row->utc_at_ns) {
            row->reason = HB_QA_DUPLICATE_TIMESTAMP;
            continue;
        }
        /* A row inside the bar before it was cut from the same minutes: kept, the earlier bar would
         * hold what the later one has yet to see. */
        if (out > 0 && row->utc_at_ns < made[out - 1].bar.open_utc_at_ns + step_s * BARS_NS_PER_S) {
            row->reason = HB_QA_OVERLAPPING;
            continue;
        }
        made[out++] = made_from(row);
    }
    hb_free(kept);
    *made_count = out;
    return made;
}
