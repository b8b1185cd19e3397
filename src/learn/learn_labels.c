/* Labels of bars. Invariant: a label reads bars (i, t1] and the close of bar i, nothing later
 * than t1, and which rows are usable follows from the calendar and the data end, never from how
 * the outcome fell: a window cut short by a roll or the end is dropped even when a barrier was
 * touched before the cut, else quick outcomes would be over-represented there.
 * source: Lopez de Prado 2018, ch. 3 (triple barrier) and 4 (uniqueness). */
#include "learn_labels.h"

#include <math.h>

#include "base_assert.h"
#include "base_mem.h"

hb_label_params_t hb_label_params_default(void)
{
    return (hb_label_params_t){
        .type = HB_LABEL_TRIPLE_BARRIER,
        .horizon_bars = 4,
        .threshold_atr = 0.25,
        .profit_atr = 1.5,
        .stop_atr = 1.5,
    };
}

static int8_t sign_of(double x)
{
    return (int8_t)((x > 0) - (x < 0));
}

static double simple_return(const hb_bars_t *bars, uint32_t from, uint32_t to)
{
    return bars->bars[to].close / bars->bars[from].close - 1.0;
}

/* First touch of the price levels in (i, last]; why NONE when there is none. */
static hb_label_t first_touch(const hb_bars_t *bars, uint32_t i, uint32_t last, double upper,
                              double lower, bool intrabar)
{
    hb_label_t label = {.t1 = last, .y = -1};
    for (uint32_t j = i + 1; j <= last; j++) {
        const hb_bar_t *bar = &bars->bars[j];
        const bool up = (intrabar ? bar->high : bar->close) >= upper;
        const bool down = (intrabar ? bar->low : bar->close) <= lower;
        if (!up && !down) continue;
        label.t1 = j;
        label.why = up && down ? HB_WHY_BOTH : up ? HB_WHY_UP : HB_WHY_DOWN;
        label.side = (int8_t)((up ? 1 : 0) - (down ? 1 : 0));
        if (label.side != 0) label.y = label.side > 0;
        break;
    }
    label.ret = simple_return(bars, i, label.t1);
    return label;
}

hb_label_t hb_label_barrier(const hb_bars_t *bars, uint32_t i, double up, double down,
                            uint32_t horizon_bars, bool intrabar)
{
    HB_ASSERT(i < bars->count && horizon_bars >= 1);
    const double close = bars->bars[i].close;
    const uint64_t want = (uint64_t)i + horizon_bars;
    const bool truncated = want >= bars->count;
    const uint32_t last = truncated ? bars->count - 1 : (uint32_t)want;
    hb_label_t label =
        first_touch(bars, i, last, close * (1.0 + up), close * (1.0 - down), intrabar);
    if (label.why != HB_WHY_NONE) return label;
    label.why = truncated ? HB_WHY_TRUNCATED : HB_WHY_TIME;
    if (!truncated && label.ret != 0) label.y = label.ret > 0;
    return label;
}

/* The whole window (i, last] is there and on one contract. */
static hb_label_t make_one(const hb_bars_t *bars, uint32_t i, uint32_t last, double atr,
                           const hb_label_params_t *params)
{
    const double close = bars->bars[i].close;
    if (params->type == HB_LABEL_TRIPLE_BARRIER) {
        hb_label_t label = first_touch(bars, i, last, close + params->profit_atr * atr,
                                       close - params->stop_atr * atr, params->intrabar);
        if (label.why == HB_WHY_NONE) {
            label.why = HB_WHY_TIME;
            if (label.ret != 0) label.y = label.ret > 0;
        }
        return label;
    }
    const double move = bars->bars[last].close - close;
    const double least = params->type == HB_LABEL_DIRECTION ? 0.0 : params->threshold_atr * atr;
    hb_label_t label = {
        .t1 = last, .y = -1, .why = HB_WHY_FLAT, .ret = simple_return(bars, i, last)};
    if (move != 0 && fabs(move) >= least) {
        label.side = sign_of(move);
        label.why = label.side > 0 ? HB_WHY_UP : HB_WHY_DOWN;
        if (params->type != HB_LABEL_TERNARY) label.y = label.side > 0;
    }
    return label;
}

void hb_labels_make(const hb_bars_t *bars, const double *atr, const hb_label_params_t *params,
                    hb_label_t *out)
{
    HB_ASSERT(params->horizon_bars >= 1);
    const uint32_t n = bars->count;
    uint32_t next_roll = UINT32_MAX; /* first bar after i that opens a new contract */
    for (uint32_t i = n; i-- > 0;) {
        const uint64_t want = (uint64_t)i + params->horizon_bars;
        const uint32_t last = want < n ? (uint32_t)want : n - 1;
        const double ret = simple_return(bars, i, last);
        hb_label_t label = {.t1 = last, .y = -1, .ret = ret};
        if (next_roll <= last) {
            label.why = HB_WHY_ROLL;
        } else if (want >= n || !isfinite(atr[i]) || atr[i] <= 0 || !isfinite(ret)) {
            label.why = HB_WHY_TRUNCATED;
        } else {
            label = make_one(bars, i, last, atr[i], params);
        }
        out[i] = label;
        if (bars->bars[i].flags & HB_BAR_ROLL) next_roll = i;
    }
}

static bool interval_counts(uint32_t t0, uint32_t t1, uint32_t bars)
{
    return t1 > t0 && t1 < bars;
}

void hb_label_uniqueness(const uint32_t *t0, const uint32_t *t1, uint32_t n, uint32_t bars,
                         double *out)
{
    /* A difference array gives the number of labels alive at each bar. */
    int64_t *alive = hb_alloc((size_t)bars + 1, sizeof *alive);
    for (uint32_t i = 0; i < n; i++) {
        if (!interval_counts(t0[i], t1[i], bars)) continue;
        alive[t0[i] + 1]++;
        alive[t1[i] + 1]--;
    }
    for (uint32_t t = 1; t < bars; t++) alive[t] += alive[t - 1];
    for (uint32_t i = 0; i < n; i++) {
        out[i] = 0;
        if (!interval_counts(t0[i], t1[i], bars)) continue;
        double sum = 0;
        for (uint32_t t = t0[i] + 1; t <= t1[i]; t++) sum += 1.0 / (double)alive[t];
        out[i] = sum / (t1[i] - t0[i]);
    }
    hb_free(alive);
}

const char *hb_label_type_name(hb_label_type_t type)
{
    static const char *const names[] = {"direction", "thresholded", "ternary", "triple_barrier"};
    return (unsigned)type < HB_COUNT(names) ? names[type] : "unknown";
}

const char *hb_label_why_name(hb_label_why_t why)
{
    static const char *const names[] = {"none", "up",   "down",      "time",
                                        "both", "flat", "truncated", "roll"};
    return (unsigned)why < HB_COUNT(names) ? names[why] : "unknown";
}
