/* The gate against a slow model written apart from it: 128-bit integers, linear scans, one rule a
 * block. Inputs are a case that passes with a few fields thrown to random or extreme values. */
#include <math.h>
#include <string.h>

#include "th.h"

#include "base_rng.h"
#include "gate_risk.h"

typedef __int128 wide_t;

typedef struct {
    hb_gate_limits_t limits;
    hb_risk_t risk;
    hb_account_t account;
    hb_score_t score;
    hb_bar_t bar;
    int64_t size, now;
} scene_t;

static scene_t s;

#define MINUTE INT64_C(60000000000)

static int64_t random_i64(hb_rng_t *rng)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1,       0,
                                       1,         INT64_MAX - 1, INT64_MAX};
    switch (hb_rng_below(rng, 3)) {
    case 0:
        return extremes[hb_rng_below(rng, 7)];
    case 1:
        return (int64_t)hb_rng_next(rng);
    default:
        return (int64_t)hb_rng_below(rng, 400) * MINUTE - 200 * MINUTE;
    }
}

static int32_t random_i32(hb_rng_t *rng)
{
    static const int32_t extremes[] = {INT32_MIN, INT32_MIN + 1, -1,       0,
                                       1,         INT32_MAX - 1, INT32_MAX};
    switch (hb_rng_below(rng, 3)) {
    case 0:
        return extremes[hb_rng_below(rng, 7)];
    case 1:
        return (int32_t)(uint32_t)hb_rng_next(rng);
    default:
        return (int32_t)hb_rng_below(rng, 9) - 4;
    }
}

static double random_f64(hb_rng_t *rng)
{
    static const double extremes[] = {NAN, INFINITY, -INFINITY, 0.0, 1.0, 0.5, -1e-9, 1.0 + 1e-9};
    if (hb_rng_below(rng, 3) == 0) return extremes[hb_rng_below(rng, 8)];
    return hb_rng_uniform(rng);
}

static int64_t near_now(hb_rng_t *rng, int64_t span_min)
{
    const int64_t offset = (int64_t)hb_rng_below(rng, (uint64_t)(2 * span_min + 1)) - span_min;
    return (int64_t)((uint64_t)s.now + (uint64_t)(offset * MINUTE));
}

static void scene_base(hb_rng_t *rng)
{
    memset(&s, 0, sizeof s);
    s.limits = (hb_gate_limits_t){
        .daily_loss_cents = {1000},
        .position_lots_max = {(int32_t)hb_rng_below(rng, 4) + 1},
        .order_lots = {1},
        .order_lots_max = {2},
        .news_before_ns = (int64_t)hb_rng_below(rng, 5) * MINUTE,
        .news_after_ns = (int64_t)hb_rng_below(rng, 5) * MINUTE,
        .data_age_ns_max = 2 * MINUTE,
        .account_age_ns_max = 2 * MINUTE,
        .flatten_by_session_min = 500,
        .threshold_prob = 0.4 + 0.2 * hb_rng_uniform(rng),
    };
    s.risk.artifact_verified = true;
    s.size = 5 * MINUTE;
    s.now = INT64_C(1600000000000000000) + (int64_t)hb_rng_below(rng, 1000000) * MINUTE;
    s.bar.open_utc_at_ns = s.now - s.size - (int64_t)hb_rng_below(rng, 3) * MINUTE;
    s.bar.session_min = (int32_t)hb_rng_below(rng, 520);
    s.account.utc_at_ns = s.now - (int64_t)hb_rng_below(rng, 3) * MINUTE;
    s.account.position_lots.v = (int32_t)hb_rng_below(rng, 7) - 3;
    s.account.working_buy_lots.v = (int32_t)hb_rng_below(rng, 2);
    s.account.working_sell_lots.v = (int32_t)hb_rng_below(rng, 2);
    s.account.day_pnl_cents.v = (int64_t)hb_rng_below(rng, 2200) - 1100;
    s.score.p = hb_rng_uniform(rng);
    s.score.set = s.score.p > 0.5 ? HB_SET_UP : HB_SET_DOWN;
    const uint64_t events = hb_rng_below(rng, 6);
    for (uint64_t i = 0; i < events; i++) hb_risk_news_mark(&s.risk, near_now(rng, 60));
}

static void scene_mutate(hb_rng_t *rng)
{
    switch (hb_rng_below(rng, 28)) {
    case 0:
        s.limits.daily_loss_cents.v = random_i64(rng);
        break;
    case 1:
        s.limits.position_lots_max.v = random_i32(rng);
        break;
    case 2:
        s.limits.order_lots.v = random_i32(rng);
        break;
    case 3:
        s.limits.order_lots_max.v = random_i32(rng);
        break;
    case 4:
        s.limits.news_before_ns = random_i64(rng);
        break;
    case 5:
        s.limits.news_after_ns = random_i64(rng);
        break;
    case 6:
        s.limits.data_age_ns_max = random_i64(rng);
        break;
    case 7:
        s.limits.account_age_ns_max = random_i64(rng);
        break;
    case 8:
        s.limits.flatten_by_session_min = random_i32(rng);
        break;
    case 9:
        s.limits.threshold_prob = random_f64(rng);
        break;
    case 10:
        s.risk.kill_on = hb_rng_below(rng, 2) != 0;
        break;
    case 11:
        s.risk.artifact_verified = hb_rng_below(rng, 2) != 0;
        break;
    case 12:
        s.risk.news_count = HB_NEWS_MAX + 1 + (uint32_t)hb_rng_below(rng, 9);
        break;
    case 13:
        hb_risk_news_mark(&s.risk, random_i64(rng));
        break;
    case 14:
        s.account.utc_at_ns = random_i64(rng);
        break;
    case 15:
        s.account.position_lots.v = random_i32(rng);
        break;
    case 16:
        s.account.working_buy_lots.v = random_i32(rng);
        break;
    case 17:
        s.account.working_sell_lots.v = random_i32(rng);
        break;
    case 18:
        s.account.day_pnl_cents.v = random_i64(rng);
        break;
    case 19:
        s.account.unresolved_count = (uint32_t)hb_rng_below(rng, 2);
        break;
    case 20:
        s.score.p = random_f64(rng);
        break;
    case 21:
        s.score.set = (uint32_t)hb_rng_below(rng, 6);
        break;
    case 22:
        s.score.reasons = (uint32_t)(hb_rng_next(rng) & hb_rng_next(rng));
        break;
    case 23:
        s.bar.open_utc_at_ns = random_i64(rng);
        break;
    case 24:
        s.bar.session_min = random_i32(rng);
        break;
    case 25:
        s.size = random_i64(rng);
        break;
    case 26:
        s.now = random_i64(rng);
        break;
    default:
        s.account.utc_at_ns = near_now(rng, 3);
        break;
    }
}

static bool good_prob(double p)
{
    return !isnan(p) && !(p < 0.0) && !(p > 1.0);
}

typedef struct {
    uint32_t reasons;
    int side;
} verdict_t;

/* Worst position in a direction, +1 or -1. */
static wide_t worst(int direction)
{
    const wide_t working = direction > 0 ? (wide_t)s.account.working_buy_lots.v
                                         : (wide_t)s.account.working_sell_lots.v;
    return (wide_t)s.account.position_lots.v + direction * (working + s.limits.order_lots.v);
}

static bool model_reduces(int side)
{
    if (side == 0 || s.limits.order_lots.v < 1) return false;
    if (s.account.working_buy_lots.v < 0 || s.account.working_sell_lots.v < 0) return false;
    const wide_t before = (wide_t)s.account.position_lots.v * side;
    return before < 0 && worst(side) * side <= 0;
}

static void model_class(verdict_t *v)
{
    const bool fault = (s.score.reasons & HB_REASON_DATA_FAULT) != 0;
    if (fault) return;
    if (good_prob(s.score.p)) {
        v->side = s.score.p < 0.5 ? -1 : 1;
        if (s.score.set == 1) v->side = -1;
        if (s.score.set == 2) v->side = 1;
    }
    if (s.score.set == 3) v->reasons |= HB_REASON_AMBIGUOUS;
    if (s.score.set == 0 || s.score.set > 3) v->reasons |= HB_REASON_EMPTY_SET;
    if (v->side == 0 || !good_prob(s.limits.threshold_prob)) {
        v->reasons |= HB_REASON_STATE_NOT_FINITE;
    } else {
        const double p = v->side > 0 ? s.score.p : 1.0 - s.score.p;
        if (p < s.limits.threshold_prob || p < 0.5) v->reasons |= HB_REASON_BELOW_THRESHOLD;
    }
}

static bool model_news(void)
{
    if (s.limits.news_before_ns < 0 || s.limits.news_after_ns < 0) return true;
    if (s.risk.news_count > HB_NEWS_MAX) return true;
    for (uint32_t i = 0; i < s.risk.news_count; i++) {
        const wide_t event = s.risk.news_utc_at_ns[i];
        if (s.now >= event - s.limits.news_before_ns && s.now <= event + s.limits.news_after_ns) {
            return true;
        }
    }
    return false;
}

static void model_account(verdict_t *v, bool reduces)
{
    const wide_t account_age = (wide_t)s.now - s.account.utc_at_ns;
    if (account_age < 0 || account_age > s.limits.account_age_ns_max) {
        v->reasons |= HB_REASON_ACCOUNT_STALE;
    }
    const wide_t loss = -(wide_t)s.account.day_pnl_cents.v;
    if (s.limits.daily_loss_cents.v <= 0 || (!reduces && loss >= s.limits.daily_loss_cents.v)) {
        v->reasons |= HB_REASON_DAILY_LOSS;
    }
    const wide_t cap = s.limits.position_lots_max.v;
    bool over = cap <= 0;
    if (s.account.working_buy_lots.v < 0 || s.account.working_sell_lots.v < 0) over = true;
    if (!reduces && v->side >= 0 && worst(1) > cap) over = true;
    if (!reduces && v->side <= 0 && worst(-1) < -cap) over = true;
    if (over) v->reasons |= HB_REASON_MAX_POSITION;
    if (s.account.unresolved_count > 0) v->reasons |= HB_REASON_UNRESOLVED_ORDER;
}

static verdict_t model(void)
{
    verdict_t v = {s.score.reasons, 0};
    model_class(&v);
    const bool reduces = model_reduces(v.side);
    model_account(&v, reduces);
    if (s.risk.kill_on) v.reasons |= HB_REASON_KILL_SWITCH;
    if (!s.risk.artifact_verified) v.reasons |= HB_REASON_ARTIFACT_UNVERIFIED;
    const wide_t age = (wide_t)s.now - ((wide_t)s.bar.open_utc_at_ns + s.size);
    if (s.size <= 0 || age < 0 || age > s.limits.data_age_ns_max) {
        v.reasons |= HB_REASON_STALE_DATA;
    }
    if (s.limits.order_lots.v <= 0 || s.limits.order_lots.v > s.limits.order_lots_max.v) {
        v.reasons |= HB_REASON_ORDER_SIZE;
    }
    const bool broken_news = s.limits.news_before_ns < 0 || s.limits.news_after_ns < 0 ||
                             s.risk.news_count > HB_NEWS_MAX;
    if (model_news() && (!reduces || broken_news)) v.reasons |= HB_REASON_NEWS_EMBARGO;
    wide_t since = (wide_t)s.now - s.bar.open_utc_at_ns;
    if (since < 0) since = 0;
    const wide_t at = (wide_t)s.bar.session_min * MINUTE + since;
    if (!reduces && s.limits.flatten_by_session_min >= 0 &&
        at >= (wide_t)s.limits.flatten_by_session_min * MINUTE) {
        v.reasons |= HB_REASON_FLATTEN_BY;
    }
    return v;
}

static void test_agrees_with_model(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(20240601));
    uint64_t decisions[3] = {0};
    uint64_t seen[32] = {0};
    for (int round = 0; round < 200000; round++) {
        scene_base(&rng);
        const uint64_t mutations = hb_rng_below(&rng, 4);
        for (uint64_t i = 0; i < mutations; i++) scene_mutate(&rng);
        hb_intent_t out;
        const hb_gate_moment_t moment = {s.size, s.now, 7};
        hb_gate_eval(&s.limits, &s.risk, &s.account, &s.score, &s.bar, &moment, &out);
        const verdict_t want = model();
        if (out.reasons != want.reasons) {
            fail_msg("round %d: reasons %#x, the model says %#x", round, out.reasons, want.reasons);
        }
        const uint32_t hard =
            want.reasons & ~(uint32_t)(HB_REASON_AMBIGUOUS | HB_REASON_BELOW_THRESHOLD);
        const hb_decision_t decision = want.reasons == 0 ? HB_DECISION_PASS
                                       : hard == 0       ? HB_DECISION_THROTTLE
                                                         : HB_DECISION_BLOCK;
        assert_int_equal(out.decision, decision);
        assert_int_equal(out.side, decision == HB_DECISION_PASS ? want.side : 0);
        assert_int_equal(out.size_lots.v, decision == HB_DECISION_PASS ? s.limits.order_lots.v : 0);
        decisions[out.decision]++;
        for (int bit = 0; bit < 32; bit++) seen[bit] += out.reasons >> bit & 1;
    }
    /* The walk must have met every decision and every reason of the gate. */
    for (int i = 0; i < 3; i++) assert_true(decisions[i] > 1000);
    for (int bit = 0; bit <= 18; bit++) {
        if (bit != 7) assert_true(seen[bit] > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_agrees_with_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
