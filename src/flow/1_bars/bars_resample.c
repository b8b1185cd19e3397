/* Larger bars from smaller ones. Buckets start at the session's open, so that no bar spans a
 * break. Invariant: a bar comes out only when nothing more can enter it (the next small bar lies
 * beyond it, or the last one fills it), so a longer file never changes a bar that a shorter one
 * gave. */
#include "bars_csv_int.h"

static int64_t bucket_start_s(const hb_calendar_t *calendar, int64_t utc_s, uint32_t to_s)
{
    const int64_t open_s = bars_session_open_s(calendar, bars_session_day(calendar, utc_s));
    return open_s + (utc_s - open_s) / to_s * to_s;
}

static void bucket_add(bars_made_t *into, const hb_bar_t *bar)
{
    hb_bar_t *whole = &into->bar;
    if (bar->high > whole->high) whole->high = bar->high;
    if (bar->low < whole->low) whole->low = bar->low;
    whole->close = bar->close;
    whole->volume += bar->volume;
    whole->flags |= bar->flags;
    if (whole->flags & HB_BAR_NO_VOLUME) whole->volume = 0;
}

uint32_t bars_resample(bars_made_t *made, uint32_t count, const hb_calendar_t *calendar,
                       uint32_t from_s, uint32_t to_s)
{
    uint32_t out = 0;
    int64_t current_s = 0, last_s = 0;
    for (uint32_t i = 0; i < count; i++) {
        const int64_t utc_s = bars_floor_div(made[i].bar.open_utc_at_ns, BARS_NS_PER_S);
        const int64_t start_s = bucket_start_s(calendar, utc_s, to_s);
        last_s = utc_s;
        if (out > 0 && start_s == current_s) {
            bucket_add(&made[out - 1], &made[i].bar);
            continue;
        }
        current_s = start_s;
        made[out] = made[i];
        made[out].bar.open_utc_at_ns = start_s * BARS_NS_PER_S;
        out++;
    }
    const bool last_is_whole = out > 0 && last_s + from_s >= current_s + to_s;
    return out - (out > 0 && !last_is_whole);
}
