/* Bars in time order get their place in the session: breaks, gaps, fills, rolls, warnings.
 * Invariant: flags of a bar depend on that bar and earlier ones, so that a live stream and a
 * longer file agree. The hours that a source covers are learned as they are seen: a file of
 * regular hours never has its nights counted as missing, without a look ahead. Filled bars stand
 * only before a bar that came. */
#include <math.h>
#include <string.h>

#include "bars_csv_int.h"
#include "base_assert.h"
#include "base_mem.h"
#include "num_fn.h"

#define OUTAGE_S          (4 * 3600) /* a longer silence opens a session anew */
#define REGULAR_FROM_MIN  900        /* 08:00 Chicago: sources that start later hold cash hours */
#define REGULAR_CLOSE_MIN 1140       /* on days that end by 12:00 the cash market is closed */
#define JUMP_RATIO        10.0       /* sigmas */
#define JUMP_WARMUP_BARS  100u
#define JUMP_MEMORY       0.01
#define TICK_TOLERANCE    1e-3

typedef struct {
    const hb_calendar_t *calendar;
    const hb_ingest_params_t *params;
    hb_ingest_report_t *report;
    hb_bar_list_t *out;
    uint32_t cap;
    int64_t size_s;
    int32_t from_min, to_min; /* hours of the session that bars have been seen in */
    double var;               /* of log returns, exponentially weighted */
    uint32_t returns;
    bars_roll_t roll;
} walk_t;

static int64_t open_s_of(const hb_bar_t *bar)
{
    return bars_floor_div(bar->open_utc_at_ns, BARS_NS_PER_S);
}

static void bar_append(walk_t *walk, const hb_bar_t *bar)
{
    if (walk->out->count == walk->cap) {
        const uint32_t cap = walk->cap * 2;
        walk->out->bars = hb_grow(walk->out->bars, walk->cap, cap, sizeof(hb_bar_t));
        walk->cap = cap;
    }
    walk->out->bars[walk->out->count++] = *bar;
}

/* Clips the open spans of a day to the hours that the source covers. */
static uint32_t spans_covered(const walk_t *walk, int64_t day, bars_span_t spans[BARS_SPANS_MAX])
{
    const uint32_t count = bars_session_spans(walk->calendar, day, spans);
    if (count == 0 || bars_calendar_family(walk->calendar) == BARS_FAMILY_NONE) return count;
    const bool regular = walk->from_min >= REGULAR_FROM_MIN;
    if (regular && spans[count - 1].to_min <= REGULAR_CLOSE_MIN) return 0;
    for (uint32_t i = 0; i < count; i++) {
        spans[i].from_min = HB_MAX(spans[i].from_min, walk->from_min);
        spans[i].to_min = HB_MIN(spans[i].to_min, walk->to_min);
    }
    return count;
}

typedef struct {
    int64_t first_s, until_s; /* what lies between two bars */
    int64_t anchor_s;         /* the slots' grid */
    int64_t slot_last;        /* already counted */
    uint64_t missing;
} between_t;

/* Slots of the grid that an open stretch touches. */
static void slots_count(between_t *b, int64_t size_s, int64_t from_s, int64_t to_s)
{
    from_s = HB_MAX(from_s, b->first_s);
    to_s = HB_MIN(to_s, b->until_s);
    if (to_s <= from_s) return;
    const int64_t first = HB_MAX((from_s - b->anchor_s) / size_s, b->slot_last + 1);
    const int64_t last = (to_s - 1 - b->anchor_s) / size_s;
    if (last < first) return;
    b->missing += (uint64_t)(last - first + 1);
    b->slot_last = last;
}

static uint64_t missing_count(const walk_t *walk, int64_t previous_s, int64_t now_s)
{
    between_t b = {.first_s = previous_s + walk->size_s, .until_s = now_s, .anchor_s = previous_s};
    if (b.first_s >= b.until_s) return 0;
    const int64_t last_day = bars_session_day(walk->calendar, now_s);
    for (int64_t day = bars_session_day(walk->calendar, b.first_s); day <= last_day; day++) {
        bars_span_t spans[BARS_SPANS_MAX];
        const uint32_t count = spans_covered(walk, day, spans);
        if (count == 0) continue;
        const int64_t open_s = bars_session_open_s(walk->calendar, day);
        for (uint32_t i = 0; i < count; i++) {
            slots_count(&b, walk->size_s, open_s + spans[i].from_min * INT64_C(60),
                        open_s + spans[i].to_min * INT64_C(60));
        }
    }
    return b.missing;
}

/* Flat bars at the last close in the open slots between two bars of one session. */
static uint64_t gap_fill(walk_t *walk, const hb_bar_t *previous, const hb_bar_t *bar)
{
    const int64_t now_s = open_s_of(bar);
    uint64_t filled = 0;
    hb_bar_t flat = {.open = previous->close,
                     .high = previous->close,
                     .low = previous->close,
                     .close = previous->close,
                     .flags = HB_BAR_FILLED | (previous->flags & HB_BAR_NO_VOLUME)};
    flat.open_utc_at_ns = previous->open_utc_at_ns;
    for (int64_t s = open_s_of(previous) + walk->size_s; s + walk->size_s <= now_s;
         s += walk->size_s) {
        flat.open_utc_at_ns += walk->size_s * BARS_NS_PER_S;
        if (bars_open_s(walk->calendar, s, s + walk->size_s) == 0) continue;
        hb_calendar_stamp(walk->calendar, &flat);
        bar_append(walk, &flat);
        filled++;
    }
    return filled;
}

static void gap_take(walk_t *walk, const hb_bar_t *previous, hb_bar_t *bar, uint64_t line)
{
    const int64_t previous_s = open_s_of(previous), now_s = open_s_of(bar);
    const uint64_t missing = missing_count(walk, previous_s, now_s);
    if (missing == 0) return;
    walk->report->gaps++;
    bars_report_count(walk->report, HB_QA_MISSING_BAR, line);
    walk->report->missing_bars += missing;
    walk->report->counts[HB_QA_MISSING_BAR] += missing - 1;
    const int64_t silence_s = now_s - previous_s - walk->size_s;
    const bool may_fill = walk->params->gap_policy == HB_GAP_INTERPOLATE_LIMITED &&
                          !(bar->flags & HB_BAR_SESSION_START) &&
                          silence_s <= walk->params->max_gap_minutes * INT64_C(60);
    const uint64_t filled = may_fill ? gap_fill(walk, previous, bar) : 0;
    walk->report->filled_bars += filled;
    if (filled == 0) bar->flags |= HB_BAR_GAP_BEFORE;
}

/* A new session: the trade date changed, or there was silence for longer than four hours. */
static void session_take(walk_t *walk, const hb_bar_t *previous, hb_bar_t *bar)
{
    const bool known = bars_calendar_family(walk->calendar) != BARS_FAMILY_NONE;
    const bool new_day = known && bar->session_day != previous->session_day;
    const int64_t silence_s = open_s_of(bar) - open_s_of(previous) - walk->size_s;
    if (!new_day && silence_s <= OUTAGE_S) return;
    bar->flags |= HB_BAR_SESSION_START;
    walk->report->session_breaks += new_day;
    if (!walk->params->rolls_detect || !new_day) return;
    const bars_family_t family = bars_calendar_family(walk->calendar);
    if (!bars_roll_step(&walk->roll, family, previous, bar)) return;
    bar->flags |= HB_BAR_ROLL;
    walk->report->rolls++;
}

static void hours_learn(walk_t *walk, const hb_bar_t *bar)
{
    const int32_t end_min = bar->session_min + (int32_t)((walk->size_s + 59) / 60);
    walk->from_min = HB_MIN(walk->from_min, bar->session_min);
    walk->to_min = HB_MAX(walk->to_min, end_min);
}

static bool is_off_tick(double price, double tick)
{
    const double ticks = price / tick;
    return fabs(ticks - floor(ticks + 0.5)) > TICK_TOLERANCE;
}

static void jump_check(walk_t *walk, double ratio, uint64_t line)
{
    const double r = hb_log(ratio);
    const double square = r * r;
    const bool warm = walk->returns >= JUMP_WARMUP_BARS && walk->var > 0;
    if (warm && square > JUMP_RATIO * JUMP_RATIO * walk->var) {
        bars_report_count(walk->report, HB_QA_JUMP, line);
    }
    walk->returns++;
    /* A plain mean at first, exponential forgetting later. */
    const double weight = fmax(JUMP_MEMORY, 1.0 / walk->returns);
    walk->var += weight * (square - walk->var);
}

static void warnings_take(walk_t *walk, const hb_bar_t *previous, const bars_made_t *made)
{
    const hb_bar_t *bar = &made->bar;
    const double tick = walk->params->tick_size;
    if (made->fold) bars_report_count(walk->report, HB_QA_DST_FOLD, made->line);
    if (bar->volume <= 0 && !(bar->flags & HB_BAR_NO_VOLUME)) {
        bars_report_count(walk->report, HB_QA_ZERO_VOLUME, made->line);
    }
    if (tick > 0 && (is_off_tick(bar->open, tick) || is_off_tick(bar->high, tick) ||
                     is_off_tick(bar->low, tick) || is_off_tick(bar->close, tick))) {
        bars_report_count(walk->report, HB_QA_OFF_TICK, made->line);
    }
    const int64_t second = ((open_s_of(bar) % 3600) + 3600) % 3600;
    const int64_t rest = walk->size_s < 3600 ? second % walk->size_s : second;
    if (rest != 0 || bar->open_utc_at_ns % BARS_NS_PER_S != 0) {
        bars_report_count(walk->report, HB_QA_OFF_GRID, made->line);
    }
    if (previous) jump_check(walk, bar->close / previous->close, made->line);
}

static void regular_hours_tell(const walk_t *walk)
{
    walk->report->regular_hours = bars_calendar_family(walk->calendar) != BARS_FAMILY_NONE &&
                                  walk->report->session_breaks >= 2 &&
                                  walk->from_min >= REGULAR_FROM_MIN;
}

void bars_finish(const bars_made_t *made, uint32_t count, const hb_calendar_t *calendar,
                 const hb_ingest_params_t *params, uint32_t bar_size_s, hb_bar_list_t *out,
                 hb_ingest_report_t *report)
{
    walk_t walk = {.calendar = calendar,
                   .params = params,
                   .report = report,
                   .out = out,
                   .cap = HB_MAX(count, 1u),
                   .size_s = bar_size_s,
                   .from_min = INT32_MAX};
    *out = (hb_bar_list_t){hb_alloc(walk.cap, sizeof(hb_bar_t)), 0};
    hb_bar_t previous = {0};
    for (uint32_t i = 0; i < count; i++) {
        hb_bar_t bar = made[i].bar;
        hb_calendar_stamp(calendar, &bar);
        hours_learn(&walk, &bar);
        if (i == 0) {
            bar.flags |= HB_BAR_SESSION_START; /* nothing is known of what was before */
        } else {
            session_take(&walk, &previous, &bar);
            gap_take(&walk, &previous, &bar, made[i].line);
        }
        warnings_take(&walk, i ? &previous : NULL, &made[i]);
        bar_append(&walk, &bar);
        previous = bar;
    }
    regular_hours_tell(&walk);
}
