/* The state stream: bar in, state out. One engine agent calls it live; batch code calls the same.
 *
 * Invariant: a state depends on the bars up to its own and on nothing else (no clock, no thread, no
 * allocation), so two streams over the same bars give the same bytes. A contract roll rescales
 * every kept price by new open / old close: the change of contract is no return, no range and no
 * move.
 * source: Wilder 1978 (ATR, RSI, DI, ADX); Lambert 1980 (CCI); WaveTrend as published by LazyBear.
 */
#include "state_stream.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "num_fn.h"
#include "state_features.h"
#include "state_ha.h"
#include "state_ind.h"

#define WILDER_14      (1.0 / 14.0)
#define WILDER_100     (1.0 / 100.0)
#define RET_BARS_MAX   32u
#define RANGE_BARS     20u
#define CCI_BARS       20u
#define VOLUME_BARS    96u
#define VOL_SHORT      12u
#define VOL_LONG       96u
#define PRICE_FLOOR    1e-12 /* of the close: below it a price difference is rounding */
#define VARIANCE_FLOOR 1e-14 /* squared log return a bar: below it a stretch counts as constant */
#define TWO_PI         6.283185307179586477

struct hb_state_stream {
    uint32_t bar_size_s;
    uint32_t count; /* bars seen */
    /* Price levels: all of these are rescaled at a roll. */
    double close, high, low; /* of the previous bar */
    hb_ha_t ha;
    double atr_14, atr_100;
    double gain, loss;         /* Wilder means behind the RSI */
    double move_up, move_down; /* Wilder means of the directional moves */
    double wt_mean, wt_abs;    /* WaveTrend: mean of the price, mean distance from it */
    hb_ind_ring_t highs, lows, typicals;
    /* Ratios: a roll leaves them alone (log closes: shifted). */
    hb_ind_ring_t log_closes, returns_short, returns_long, volumes, wt_last;
    double adx, wt;
    int32_t streak;
};

size_t hb_state_footprint(void)
{
    return (sizeof(hb_state_stream_t) + 63u) / 64u * 64u;
}

hb_state_stream_t *hb_state_init(void *memory, uint32_t bar_size_s)
{
    HB_ASSERT(memory && bar_size_s > 0);
    hb_state_stream_t *s = memory;
    memset(s, 0, sizeof *s);
    s->bar_size_s = bar_size_s;
    s->highs.size = s->lows.size = RANGE_BARS;
    s->typicals.size = CCI_BARS;
    s->log_closes.size = RET_BARS_MAX + 1;
    s->returns_short.size = VOL_SHORT;
    s->returns_long.size = VOL_LONG;
    s->volumes.size = VOLUME_BARS;
    s->wt_last.size = 4;
    return s;
}

static void roll(hb_state_stream_t *s, double open)
{
    const double ratio = open / s->close;
    double *const levels[] = {&s->close,  &s->high,     &s->low,       &s->ha.open, &s->ha.high,
                              &s->ha.low, &s->ha.close, &s->atr_14,    &s->atr_100, &s->gain,
                              &s->loss,   &s->move_up,  &s->move_down, &s->wt_mean, &s->wt_abs};
    for (uint32_t i = 0; i < HB_COUNT(levels); i++) *levels[i] *= ratio;
    hb_ind_scale(&s->highs, ratio);
    hb_ind_scale(&s->lows, ratio);
    hb_ind_scale(&s->typicals, ratio);
    hb_ind_shift(&s->log_closes, hb_log(ratio));
}

/* ATRs, range and directional features; returns the guarded ATR. */
static double update_range(hb_state_stream_t *s, const hb_bar_t *bar, double *x, int32_t *bucket)
{
    static const double cuts[4] = {-0.25, -0.08, 0.08, 0.25};
    const bool first = s->count == 0;
    const double prev = first ? bar->open : s->close;
    const double top = HB_MAX(bar->high, prev), bottom = HB_MIN(bar->low, prev);
    const double range = top - bottom, floor_abs = PRICE_FLOOR * bar->close;
    hb_ind_ema(&s->atr_14, range, WILDER_14, first);
    hb_ind_ema(&s->atr_100, range, WILDER_100, first);
    const double atr = HB_MAX(s->atr_14, floor_abs);
    x[HB_X_RANGE] = range / atr;
    x[HB_X_ATR_RATIO] = hb_log(atr / HB_MAX(s->atr_100, floor_abs));
    *bucket = 0;
    for (uint32_t i = 0; i < HB_COUNT(cuts); i++) *bucket += x[HB_X_ATR_RATIO] > cuts[i];
    x[HB_X_VOL_BUCKET] = *bucket / 2.0 - 1.0;
    const double up = first ? 0.0 : bar->high - s->high, down = first ? 0.0 : s->low - bar->low;
    hb_ind_ema(&s->move_up, up > down && up > 0.0 ? up : 0.0, WILDER_14, first);
    hb_ind_ema(&s->move_down, down > up && down > 0.0 ? down : 0.0, WILDER_14, first);
    const double moves = s->move_up + s->move_down;
    const double balance = moves > floor_abs ? (s->move_up - s->move_down) / moves : 0.0;
    hb_ind_ema(&s->adx, fabs(balance), WILDER_14, first);
    x[HB_X_DI_BALANCE] = balance;
    x[HB_X_ADX] = 2.0 * s->adx - 1.0;
    hb_ind_push(&s->highs, bar->high);
    hb_ind_push(&s->lows, bar->low);
    const double hi = hb_ind_max(&s->highs), lo = hb_ind_min(&s->lows);
    x[HB_X_RANGE_POS] = hi - lo > floor_abs ? 2.0 * (bar->close - lo) / (hi - lo) - 1.0 : 0.0;
    return atr;
}

static void update_candle(hb_state_stream_t *s, const hb_bar_t *bar, double atr, double *x)
{
    s->ha = hb_ha_next(s->count == 0 ? NULL : &s->ha, bar);
    const double body = s->ha.close - s->ha.open;
    x[HB_X_HA_BODY] = body / atr;
    x[HB_X_HA_UPPER] = (s->ha.high - HB_MAX(s->ha.open, s->ha.close)) / atr;
    x[HB_X_HA_LOWER] = (HB_MIN(s->ha.open, s->ha.close) - s->ha.low) / atr;
    const int32_t colour = fabs(body) <= PRICE_FLOOR * bar->close ? 0 : body > 0.0 ? 1 : -1;
    const bool goes_on = (int64_t)s->streak * colour > 0;
    if (!goes_on)
        s->streak = colour;
    else if (s->streak > -1000000 && s->streak < 1000000)
        s->streak += colour;
    x[HB_X_HA_STREAK] = s->streak / (4.0 + fabs((double)s->streak));
}

static void update_returns(hb_state_stream_t *s, const hb_bar_t *bar, double atr, double *x)
{
    static const struct {
        uint32_t bars;
        double root;
    } spans[] = {{1, 1.0},  {2, 1.4142135623730951}, {4, 2.0}, {8, 2.8284271247461903},
                 {16, 4.0}, {32, 5.656854249492381}};
    const double log_close = hb_log(bar->close), unit = atr / bar->close;
    hb_ind_push(&s->log_closes, log_close);
    for (uint32_t i = 0; i < HB_COUNT(spans); i++) {
        const double past = hb_ind_back(&s->log_closes, spans[i].bars);
        x[HB_X_RET_1 + i] = (log_close - past) / (unit * spans[i].root);
    }
    const double last = log_close - hb_ind_back(&s->log_closes, 1);
    hb_ind_push(&s->returns_short, last);
    hb_ind_push(&s->returns_long, last);
    const double short_sq = HB_MAX(hb_ind_mean_sq(&s->returns_short, 0.0), VARIANCE_FLOOR);
    const double long_sq = HB_MAX(hb_ind_mean_sq(&s->returns_long, 0.0), VARIANCE_FLOOR);
    x[HB_X_VOL_RATIO] = 0.5 * hb_log(short_sq / long_sq);
}

static void update_oscillators(hb_state_stream_t *s, const hb_bar_t *bar, double *x)
{
    const bool first = s->count == 0;
    const double floor_abs = PRICE_FLOOR * bar->close;
    const double step = first ? 0.0 : bar->close - s->close;
    hb_ind_ema(&s->gain, HB_MAX(step, 0.0), WILDER_14, first);
    hb_ind_ema(&s->loss, HB_MAX(-step, 0.0), WILDER_14, first);
    const double both = s->gain + s->loss;
    x[HB_X_RSI] = both > floor_abs ? (s->gain - s->loss) / both : 0.0;

    const double typical = (bar->high + bar->low + bar->close) / 3.0;
    hb_ind_ema(&s->wt_mean, typical, 2.0 / 11.0, first);
    hb_ind_ema(&s->wt_abs, fabs(typical - s->wt_mean), 2.0 / 11.0, first);
    const double channel = (typical - s->wt_mean) / (0.015 * HB_MAX(s->wt_abs, floor_abs));
    hb_ind_ema(&s->wt, channel, 2.0 / 22.0, first);
    hb_ind_push(&s->wt_last, s->wt);
    x[HB_X_WT] = s->wt / 100.0;
    x[HB_X_WT_DIFF] = (s->wt - hb_ind_mean(&s->wt_last)) / 100.0;

    hb_ind_push(&s->typicals, typical);
    const double mean = hb_ind_mean(&s->typicals), spread = hb_ind_mean_abs(&s->typicals, mean);
    x[HB_X_CCI] = spread > floor_abs ? (typical - mean) / (0.015 * spread) / 200.0 : 0.0;
}

static void update_volume(hb_state_stream_t *s, const hb_bar_t *bar, double *x)
{
    x[HB_X_VOLUME_Z] = 0.0;
    if (bar->flags & HB_BAR_NO_VOLUME) return;
    const double log_volume = hb_log1p(bar->volume);
    hb_ind_push(&s->volumes, log_volume);
    const double mean = hb_ind_mean(&s->volumes);
    const double deviation = sqrt(hb_ind_mean_sq(&s->volumes, mean));
    if (deviation > 1e-9) x[HB_X_VOLUME_Z] = (log_volume - mean) / deviation;
}

/* Trading time: session and minute, both features and the clock that counts bars. */
static int64_t place_in_session(const hb_state_stream_t *s, const hb_bar_t *bar, double *x)
{
    const double len = bar->session_len_min > 0 ? bar->session_len_min : 1.0;
    const double angle = TWO_PI * (bar->session_min / len);
    x[HB_X_SESSION_SIN] = hb_sin(angle);
    x[HB_X_SESSION_COS] = hb_cos(angle);
    const int64_t session_bars = (int64_t)bar->session_len_min * 60 / s->bar_size_s;
    return bar->session_day * HB_MAX(session_bars, 1) +
           (int64_t)bar->session_min * 60 / s->bar_size_s;
}

void hb_state_update(hb_state_stream_t *stream, const hb_bar_t *bar, hb_state_t *out)
{
    HB_DASSERT(hb_bar_check(bar));
    memset(out, 0, sizeof *out); /* padding and unused columns too: states are compared by bytes */
    if ((bar->flags & HB_BAR_ROLL) && stream->count > 0) roll(stream, bar->open);
    const double atr = update_range(stream, bar, out->x, &out->vol_bucket);
    update_candle(stream, bar, atr, out->x);
    update_returns(stream, bar, atr, out->x);
    update_oscillators(stream, bar, out->x);
    update_volume(stream, bar, out->x);
    out->bar_clock = place_in_session(stream, bar, out->x);
    stream->close = bar->close;
    stream->high = bar->high;
    stream->low = bar->low;
    out->open_utc_at_ns = bar->open_utc_at_ns;
    out->bar_idx = stream->count++;
    out->close = bar->close;
    out->atr = atr;
    bool finite = isfinite(atr);
    for (uint32_t i = 0; i < HB_X_COUNT; i++) {
        finite = finite && isfinite(out->x[i]);
        out->x[i] = HB_CLAMP(out->x[i], hb_state_schema[i].lo, hb_state_schema[i].hi);
    }
    out->ready = finite && stream->count >= HB_STATE_WARMUP_BARS;
}
