/* The risk gate's judgement of one bar.
 *
 * Invariant: every branch that cannot be decided (a value out of its bounds, an overflow, a clock
 * that runs backwards) ends in a reason, so that PASS is reached only when each condition was seen
 * to hold. Times are compared through unsigned differences, which are exact for any two 64-bit
 * stamps. Cost threshold: Elkan 2001, "The foundations of cost-sensitive learning", applied to the
 * chosen class.
 */
#include "gate_risk.h"

#include <math.h>

#include "base_rng.h"

#define NS_PER_MINUTE UINT64_C(60000000000)
#define SOFT_REASONS  ((uint32_t)(HB_REASON_AMBIGUOUS | HB_REASON_BELOW_THRESHOLD))

static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

/* True unless `at` lies in [now - age_max, now]. */
static bool is_stale(int64_t at, int64_t now, int64_t age_max)
{
    if (age_max < 0 || now < at) return true;
    return (uint64_t)now - (uint64_t)at > (uint64_t)age_max;
}

static bool is_prob(double p)
{
    return isfinite(p) && p >= 0.0 && p <= 1.0;
}

/* The side that the score speaks for; NONE when it holds no probability. */
static hb_side_t side_choose(const hb_score_t *score)
{
    if ((score->reasons & HB_REASON_DATA_FAULT) != 0 || !is_prob(score->p)) return HB_SIDE_NONE;
    if (score->set == HB_SET_UP) return HB_SIDE_LONG;
    if (score->set == HB_SET_DOWN) return HB_SIDE_SHORT;
    return score->p >= 0.5 ? HB_SIDE_LONG : HB_SIDE_SHORT;
}

static uint32_t class_reasons(const hb_score_t *score, hb_side_t side, double threshold)
{
    uint32_t reasons = score->reasons;
    if ((reasons & HB_REASON_DATA_FAULT) != 0) return reasons;

    const bool single = score->set == HB_SET_UP || score->set == HB_SET_DOWN;
    if (score->set == (HB_SET_UP | HB_SET_DOWN)) {
        reasons |= HB_REASON_AMBIGUOUS;
    } else if (!single) {
        reasons |= HB_REASON_EMPTY_SET; /* none, or bits that name no class */
    }
    if (side == HB_SIDE_NONE || !is_prob(threshold)) return reasons | HB_REASON_STATE_NOT_FINITE;

    const double chosen = side == HB_SIDE_LONG ? score->p : 1.0 - score->p;
    const double needed = threshold > 0.5 ? threshold : 0.5;
    if (!(chosen >= needed)) reasons |= HB_REASON_BELOW_THRESHOLD;
    return reasons;
}

/* Position after the order and all working orders of its side: the worst case in its direction. */
static int64_t position_after(const hb_account_t *account, hb_side_t side, int64_t order_lots)
{
    const int64_t position = account->position_lots.v;
    if (side == HB_SIDE_SHORT) return position - account->working_sell_lots.v - order_lots;
    return position + account->working_buy_lots.v + order_lots;
}

static bool is_reducing(const hb_account_t *account, hb_side_t side, int64_t order_lots)
{
    const int64_t position = account->position_lots.v;
    if (order_lots < 1 || account->working_buy_lots.v < 0 || account->working_sell_lots.v < 0) {
        return false;
    }
    if (side == HB_SIDE_LONG) return position < 0 && position_after(account, side, order_lots) <= 0;
    if (side == HB_SIDE_SHORT)
        return position > 0 && position_after(account, side, order_lots) >= 0;
    return false;
}

static uint32_t position_reasons(const hb_gate_limits_t *limits, const hb_account_t *account,
                                 hb_side_t side, bool reducing)
{
    const int64_t order_lots = limits->order_lots.v;
    const int64_t cap = limits->position_lots_max.v;
    uint32_t reasons = 0;
    bool over = cap < 1 || account->working_buy_lots.v < 0 || account->working_sell_lots.v < 0;
    /* Without a side both directions are judged. */
    if (!reducing && side != HB_SIDE_SHORT) {
        over = over || position_after(account, HB_SIDE_LONG, order_lots) > cap;
    }
    if (!reducing && side != HB_SIDE_LONG) {
        over = over || position_after(account, HB_SIDE_SHORT, order_lots) < -cap;
    }
    if (over) reasons |= HB_REASON_MAX_POSITION;
    if (order_lots < 1 || order_lots > limits->order_lots_max.v) reasons |= HB_REASON_ORDER_SIZE;
    return reasons;
}

static bool is_loss_capped(const hb_gate_limits_t *limits, const hb_account_t *account,
                           bool reducing)
{
    const int64_t cap = limits->daily_loss_cents.v;
    if (cap < 1) return true;
    return !reducing && account->day_pnl_cents.v <= -cap;
}

/* True when an event e has e - before <= now <= e + after, that is, when the first event at or
 * after now - after is not later than now + before. */
static bool is_embargoed(const hb_gate_limits_t *limits, const hb_risk_t *risk, int64_t now,
                         bool reducing)
{
    if (limits->news_before_ns < 0 || limits->news_after_ns < 0 || risk->news_count > HB_NEWS_MAX) {
        return true;
    }
    if (reducing) return false;
    const int64_t from = add_saturated(now, -limits->news_after_ns);
    const int64_t to = add_saturated(now, limits->news_before_ns);
    uint32_t lo = 0;
    uint32_t hi = risk->news_count;
    while (lo < hi) {
        const uint32_t mid = lo + (hi - lo) / 2;
        if (risk->news_utc_at_ns[mid] < from) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < risk->news_count && risk->news_utc_at_ns[lo] <= to;
}

static bool is_flatten_time(int32_t flatten_by_min, const hb_bar_t *bar, int64_t now)
{
    if (flatten_by_min < 0) return false;
    const int64_t open = bar->open_utc_at_ns;
    const uint64_t elapsed_ns = now > open ? (uint64_t)now - (uint64_t)open : 0;
    return (int64_t)bar->session_min + (int64_t)(elapsed_ns / NS_PER_MINUTE) >= flatten_by_min;
}

static bool is_data_stale(const hb_gate_limits_t *limits, const hb_bar_t *bar, int64_t bar_size_ns,
                          int64_t now)
{
    int64_t close;
    if (bar_size_ns < 1 || __builtin_add_overflow(bar->open_utc_at_ns, bar_size_ns, &close)) {
        return true;
    }
    return is_stale(close, now, limits->data_age_ns_max);
}

/* One key for one artifact, bar and side; mixing is a bijection at each link of the chain. */
static uint64_t key_make(uint64_t artifact_tag, int64_t bar_utc_at_ns, hb_side_t side)
{
    uint64_t key = hb_mix64(artifact_tag + UINT64_C(0x9e3779b97f4a7c15));
    key = hb_mix64((key ^ (uint64_t)bar_utc_at_ns) + UINT64_C(0x9e3779b97f4a7c15));
    return hb_mix64((key ^ (uint64_t)(int64_t)side) + UINT64_C(0x9e3779b97f4a7c15));
}

void hb_gate_eval(const hb_gate_limits_t *limits, const hb_risk_t *risk,
                  const hb_account_t *account, const hb_score_t *score, const hb_bar_t *bar,
                  const hb_gate_moment_t *moment, hb_intent_t *out)
{
    const int64_t now = moment->now_utc_at_ns;
    const hb_side_t side = side_choose(score);
    const bool reducing = is_reducing(account, side, limits->order_lots.v);
    const bool account_stale = is_stale(account->utc_at_ns, now, limits->account_age_ns_max);
    const bool flatten = !reducing && is_flatten_time(limits->flatten_by_session_min, bar, now);

    uint32_t reasons = class_reasons(score, side, limits->threshold_prob);
    if (risk->kill_on) reasons |= HB_REASON_KILL_SWITCH;
    if (!risk->artifact_verified) reasons |= HB_REASON_ARTIFACT_UNVERIFIED;
    if (is_data_stale(limits, bar, moment->bar_size_ns, now)) reasons |= HB_REASON_STALE_DATA;
    if (account_stale) reasons |= HB_REASON_ACCOUNT_STALE;
    if (is_loss_capped(limits, account, reducing)) reasons |= HB_REASON_DAILY_LOSS;
    reasons |= position_reasons(limits, account, side, reducing);
    if (is_embargoed(limits, risk, now, reducing)) reasons |= HB_REASON_NEWS_EMBARGO;
    if (flatten) reasons |= HB_REASON_FLATTEN_BY;
    if (account->unresolved_count != 0) reasons |= HB_REASON_UNRESOLVED_ORDER;

    const bool pass = reasons == 0;
    const bool soft = (reasons & ~SOFT_REASONS) == 0;
    out->bar_open_utc_at_ns = bar->open_utc_at_ns;
    out->decision = pass ? HB_DECISION_PASS : soft ? HB_DECISION_THROTTLE : HB_DECISION_BLOCK;
    out->side = pass ? side : HB_SIDE_NONE;
    out->size_lots.v = pass ? limits->order_lots.v : 0;
    out->reasons = reasons;
    out->key = key_make(moment->artifact_tag, bar->open_utc_at_ns, out->side);
}
