/* Contract rolls in unadjusted continuous series: the price jumps over a daily break because the
 * series goes on with the next quarterly contract. Rule, streaming: only in the expiry week
 * (third Friday of March, June, September, December) or the week before it; only over a daily
 * break, since over a weekend news move prices as far; the gap must be >= 5 times the mean of
 * past gaps and >= 0.4 %, or 0.25 % on the days after the exchange's own roll date, the Monday
 * before expiry; at most one a quarter. Invariant: a decision looks at the present and past bars
 * only. */
#include <math.h>

#include "bars_csv_int.h"
#include "base_text.h"
#include "num_fn.h"

#define GAPS_MIN         20u
#define GAP_MEAN_RATIO   5.0
#define GAP_MIN_RATIO    0.004
#define GAP_ROLL_DAY_MIN 0.0025
#define BREAK_MAX_NS     (INT64_C(8) * 3600 * BARS_NS_PER_S)
#define FRIDAY           5

/* Days from a trade date to its month's third Friday; false outside quarterly months. */
static bool days_to_expiry(int64_t day, int64_t *out, int64_t *quarter)
{
    int year, month, mday;
    hb_civil_from_days(day, &year, &month, &mday);
    if (month % 3 != 0) return false;
    *out = bars_nth_weekday(year, month, FRIDAY, 3) - day;
    *quarter = (int64_t)year * 4 + month / 3;
    return true;
}

bool bars_roll_step(bars_roll_t *roll, bars_family_t family, const hb_bar_t *previous,
                    const hb_bar_t *bar)
{
    const bool quarterly = family == BARS_FAMILY_EQUITY || family == BARS_FAMILY_FX;
    if (!quarterly || bar->open_utc_at_ns - previous->open_utc_at_ns > BREAK_MAX_NS) return false;
    const double gap = fabs(hb_log(bar->open / previous->close));
    const uint32_t seen = roll->gap_count;
    const double mean = seen ? roll->gap_sum / seen : 0;
    roll->gap_sum += gap;
    roll->gap_count++;
    int64_t left, quarter;
    if (seen < GAPS_MIN || !days_to_expiry(bar->session_day, &left, &quarter)) return false;
    if (left < 0 || left > 11 || quarter == roll->quarter_last) return false;
    const double least = left == 3 || left == 4 ? GAP_ROLL_DAY_MIN : GAP_MIN_RATIO;
    if (gap < least || gap < GAP_MEAN_RATIO * mean) return false;
    /* A roll is no gap of the kind that the mean describes. */
    roll->gap_sum -= gap;
    roll->gap_count--;
    roll->quarter_last = quarter;
    return true;
}
