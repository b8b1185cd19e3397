/* The gate's rules one by one: a base case that passes, then one change at a time. */
#include <math.h>
#include <string.h>

#include "th.h"

#include "gate_risk.h"

#define MINUTE  INT64_C(60000000000)
#define OPEN_AT (INT64_C(1700000000) * 1000000000)

typedef struct {
    hb_gate_limits_t limits;
    hb_risk_t risk;
    hb_account_t account;
    hb_score_t score;
    hb_bar_t bar;
    int64_t bar_size_ns, now;
    uint64_t tag;
} scene_t;

static scene_t scene; /* large: the calendar of events */

static void scene_reset(void)
{
    memset(&scene, 0, sizeof scene);
    scene.limits = (hb_gate_limits_t){
        .daily_loss_cents = {150000},
        .position_lots_max = {2},
        .order_lots = {1},
        .order_lots_max = {1},
        .news_before_ns = 15 * MINUTE,
        .news_after_ns = 60 * MINUTE,
        .data_age_ns_max = 2 * MINUTE,
        .account_age_ns_max = 3 * MINUTE,
        .flatten_by_session_min = 900,
        .threshold_prob = 0.55,
    };
    scene.risk.artifact_verified = true;
    scene.bar_size_ns = MINUTE;
    scene.now = OPEN_AT + MINUTE;
    scene.account.utc_at_ns = scene.now;
    scene.bar = (hb_bar_t){.open_utc_at_ns = OPEN_AT, .session_min = 100, .session_len_min = 1380};
    scene.score = (hb_score_t){.p = 0.7, .p_raw = 0.7, .set = HB_SET_UP};
    scene.tag = 42;
}

static hb_intent_t eval(void)
{
    hb_intent_t out;
    memset(&out, 0x5a, sizeof out);
    const hb_gate_moment_t moment = {scene.bar_size_ns, scene.now, scene.tag};
    hb_gate_eval(&scene.limits, &scene.risk, &scene.account, &scene.score, &scene.bar, &moment,
                 &out);
    return out;
}

static void expect(uint32_t reasons)
{
    const hb_intent_t out = eval();
    const uint32_t soft = HB_REASON_AMBIGUOUS | HB_REASON_BELOW_THRESHOLD;
    assert_int_equal(out.reasons, reasons);
    assert_true(out.bar_open_utc_at_ns == scene.bar.open_utc_at_ns);
    if (reasons == 0) {
        assert_int_equal(out.decision, HB_DECISION_PASS);
        assert_int_not_equal(out.side, HB_SIDE_NONE);
        assert_int_equal(out.size_lots.v, scene.limits.order_lots.v);
        return;
    }
    assert_int_equal(out.decision,
                     (reasons & ~soft) == 0 ? HB_DECISION_THROTTLE : HB_DECISION_BLOCK);
    assert_int_equal(out.side, HB_SIDE_NONE);
    assert_int_equal(out.size_lots.v, 0);
}

static void test_pass(void **state)
{
    (void)state;
    scene_reset();
    expect(0);
    assert_int_equal(eval().side, HB_SIDE_LONG);
    scene.score.p = 0.3;
    scene.score.set = HB_SET_DOWN;
    expect(0);
    assert_int_equal(eval().side, HB_SIDE_SHORT);
}

static void test_class(void **state)
{
    (void)state;
    scene_reset();
    scene.score.set = HB_SET_UP | HB_SET_DOWN;
    expect(HB_REASON_AMBIGUOUS);
    scene.score.p = 0.54;
    expect(HB_REASON_AMBIGUOUS | HB_REASON_BELOW_THRESHOLD);
    scene.score.set = 0;
    expect(HB_REASON_EMPTY_SET | HB_REASON_BELOW_THRESHOLD);
    scene.score.p = 0.2;
    expect(HB_REASON_EMPTY_SET);
    scene.score.set = 8;
    expect(HB_REASON_EMPTY_SET);
    scene.score.set = HB_SET_UP | 8;
    expect(HB_REASON_EMPTY_SET);
    /* A single class against the probability is below the threshold, whatever the set says. */
    scene.score.set = HB_SET_UP;
    expect(HB_REASON_BELOW_THRESHOLD);
    scene.score.set = HB_SET_DOWN;
    scene.score.p = 0.8;
    expect(HB_REASON_BELOW_THRESHOLD);
    scene.score.reasons = HB_REASON_WARMUP | HB_REASON_OUT_OF_DOMAIN;
    scene.score.p = 0.1;
    expect(HB_REASON_WARMUP | HB_REASON_OUT_OF_DOMAIN);
}

static void test_threshold(void **state)
{
    (void)state;
    scene_reset();
    scene.score.p = 0.55;
    expect(0);
    scene.score.p = nextafter(0.55, 0.0);
    expect(HB_REASON_BELOW_THRESHOLD);
    /* A threshold below one half never lets the less likely class pass. */
    scene.limits.threshold_prob = 0.2;
    scene.score.p = 0.5;
    expect(0);
    scene.score.set = HB_SET_DOWN;
    expect(0);
    scene.score.p = 0.51;
    expect(HB_REASON_BELOW_THRESHOLD);
    scene.score.set = HB_SET_UP;
    scene.score.p = 0.49;
    expect(HB_REASON_BELOW_THRESHOLD);
    /* p = 1/2 with both classes speaks for neither: judged as long. */
    scene.score.p = 0.5;
    scene.score.set = HB_SET_UP | HB_SET_DOWN;
    expect(HB_REASON_AMBIGUOUS);
}

static void test_not_finite(void **state)
{
    (void)state;
    const double bad[] = {NAN, INFINITY, -INFINITY, -0.01, 1.01};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scene_reset();
        scene.score.p = bad[i];
        expect(HB_REASON_STATE_NOT_FINITE);
        scene_reset();
        scene.limits.threshold_prob = bad[i];
        expect(HB_REASON_STATE_NOT_FINITE);
    }
    /* Without a side the cap is judged both ways. */
    scene_reset();
    scene.score.p = NAN;
    scene.account.position_lots.v = 2;
    expect(HB_REASON_STATE_NOT_FINITE | HB_REASON_MAX_POSITION);
    scene.account.position_lots.v = -2;
    expect(HB_REASON_STATE_NOT_FINITE | HB_REASON_MAX_POSITION);
}

static void test_data_fault_has_no_class(void **state)
{
    (void)state;
    scene_reset();
    scene.score.reasons = HB_REASON_DATA_FAULT;
    scene.score.p = NAN;
    scene.score.set = 0;
    expect(HB_REASON_DATA_FAULT);
    scene.risk.kill_on = true;
    expect(HB_REASON_DATA_FAULT | HB_REASON_KILL_SWITCH);
}

static void test_switches(void **state)
{
    (void)state;
    scene_reset();
    scene.risk.kill_on = true;
    expect(HB_REASON_KILL_SWITCH);
    scene.risk.artifact_verified = false;
    expect(HB_REASON_KILL_SWITCH | HB_REASON_ARTIFACT_UNVERIFIED);
    scene.account.unresolved_count = 1;
    expect(HB_REASON_KILL_SWITCH | HB_REASON_ARTIFACT_UNVERIFIED | HB_REASON_UNRESOLVED_ORDER);
}

static void test_stale(void **state)
{
    (void)state;
    scene_reset();
    scene.now = OPEN_AT + 3 * MINUTE;
    expect(0);
    scene.now++;
    expect(HB_REASON_STALE_DATA);
    scene.now = OPEN_AT + MINUTE - 1; /* the clock stands before the bar's close */
    scene.account.utc_at_ns = scene.now;
    expect(HB_REASON_STALE_DATA);
    scene.now = OPEN_AT + MINUTE;
    scene.account.utc_at_ns = scene.now - 3 * MINUTE;
    expect(0);
    scene.account.utc_at_ns--;
    expect(HB_REASON_ACCOUNT_STALE);
    scene.account.utc_at_ns = scene.now + 1; /* a snapshot from the future */
    expect(HB_REASON_ACCOUNT_STALE);

    scene_reset();
    scene.limits.data_age_ns_max = -1;
    scene.limits.account_age_ns_max = -1;
    expect(HB_REASON_STALE_DATA | HB_REASON_ACCOUNT_STALE);
    scene_reset();
    scene.bar_size_ns = 0;
    expect(HB_REASON_STALE_DATA);
    scene_reset();
    scene.bar_size_ns = INT64_MAX;
    expect(HB_REASON_STALE_DATA);
}

static void test_daily_loss(void **state)
{
    (void)state;
    scene_reset();
    scene.account.day_pnl_cents.v = -149999;
    expect(0);
    scene.account.day_pnl_cents.v = -150000;
    expect(HB_REASON_DAILY_LOSS);
    scene.account.day_pnl_cents.v = INT64_MIN;
    expect(HB_REASON_DAILY_LOSS);
    scene.account.day_pnl_cents.v = INT64_MAX;
    expect(0);
    scene.limits.daily_loss_cents.v = 0;
    expect(HB_REASON_DAILY_LOSS);
    scene.limits.daily_loss_cents.v = INT64_MIN;
    expect(HB_REASON_DAILY_LOSS);
}

static void test_position(void **state)
{
    (void)state;
    scene_reset();
    scene.account.position_lots.v = 1;
    expect(0);
    scene.account.working_buy_lots.v = 1;
    expect(HB_REASON_MAX_POSITION);
    scene.account.working_buy_lots.v = 0;
    scene.account.working_sell_lots.v = 5; /* may never fill: no relief */
    scene.account.position_lots.v = 2;
    expect(HB_REASON_MAX_POSITION);
    scene.account.position_lots.v = -2;
    scene.account.working_sell_lots.v = 0;
    scene.score.p = 0.2;
    scene.score.set = HB_SET_DOWN;
    expect(HB_REASON_MAX_POSITION);
    scene.account.position_lots.v = INT32_MIN;
    scene.account.working_sell_lots.v = INT32_MAX;
    expect(HB_REASON_MAX_POSITION);
    /* Broken account or limits block even what would reduce. */
    scene_reset();
    scene.account.position_lots.v = -1;
    scene.account.working_buy_lots.v = -1;
    expect(HB_REASON_MAX_POSITION);
    scene.account.working_buy_lots.v = 0;
    scene.account.working_sell_lots.v = -1;
    expect(HB_REASON_MAX_POSITION);
    scene.account.working_sell_lots.v = 0;
    scene.limits.position_lots_max.v = 0;
    expect(HB_REASON_MAX_POSITION);
}

static void test_order_size(void **state)
{
    (void)state;
    scene_reset();
    scene.limits.order_lots.v = 2;
    expect(HB_REASON_ORDER_SIZE);
    scene.limits.order_lots_max.v = 2;
    expect(0);
    scene.limits.order_lots.v = 0;
    expect(HB_REASON_ORDER_SIZE);
    scene.limits.order_lots.v = -1;
    scene.account.position_lots.v = -1;
    expect(HB_REASON_ORDER_SIZE);
}

static void test_reducing(void **state)
{
    (void)state;
    scene_reset();
    scene.account.position_lots.v = -3; /* beyond the cap, on the way back */
    scene.account.day_pnl_cents.v = -200000;
    scene.limits.flatten_by_session_min = 10;
    hb_risk_news_mark(&scene.risk, scene.now);
    expect(0);
    scene.account.working_buy_lots.v = 2;
    expect(0);
    /* One more working lot and the order could turn the position over: all caps are back. */
    scene.account.working_buy_lots.v = 3;
    expect(HB_REASON_DAILY_LOSS | HB_REASON_NEWS_EMBARGO | HB_REASON_FLATTEN_BY);
    scene.account.working_buy_lots.v = 0;
    scene.account.position_lots.v = 1;
    scene.score.p = 0.2;
    scene.score.set = HB_SET_DOWN;
    expect(0);
    scene.account.working_sell_lots.v = 1;
    expect(HB_REASON_DAILY_LOSS | HB_REASON_NEWS_EMBARGO | HB_REASON_FLATTEN_BY);
    /* Never exempt from these. */
    scene.account.working_sell_lots.v = 0;
    scene.risk.kill_on = true;
    scene.account.unresolved_count = 7;
    scene.account.utc_at_ns = 0;
    scene.now += 10 * MINUTE;
    expect(HB_REASON_KILL_SWITCH | HB_REASON_UNRESOLVED_ORDER | HB_REASON_ACCOUNT_STALE |
           HB_REASON_STALE_DATA);
}

static void test_news(void **state)
{
    (void)state;
    scene_reset();
    const int64_t event = scene.now;
    assert_true(hb_risk_news_mark(&scene.risk, event + 1000 * MINUTE));
    assert_true(hb_risk_news_mark(&scene.risk, event));
    assert_true(hb_risk_news_mark(&scene.risk, event - 1000 * MINUTE));
    const struct {
        int64_t now;
        bool blocked;
    } cases[] = {
        {event, true},
        {event - 15 * MINUTE, true},
        {event - 15 * MINUTE - 1, false},
        {event + 60 * MINUTE, true},
        {event + 60 * MINUTE + 1, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scene.now = cases[i].now;
        scene.bar.open_utc_at_ns = scene.now - MINUTE;
        scene.account.utc_at_ns = scene.now;
        expect(cases[i].blocked ? HB_REASON_NEWS_EMBARGO : 0);
    }
    scene.limits.news_before_ns = -1;
    expect(HB_REASON_NEWS_EMBARGO);
    scene.limits.news_before_ns = INT64_MAX;
    scene.limits.news_after_ns = INT64_MAX;
    expect(HB_REASON_NEWS_EMBARGO);
    scene.limits.news_after_ns = INT64_MIN;
    expect(HB_REASON_NEWS_EMBARGO);
    scene_reset();
    scene.risk.news_count = HB_NEWS_MAX + 1;
    expect(HB_REASON_NEWS_EMBARGO);
}

static void test_flatten(void **state)
{
    (void)state;
    scene_reset();
    scene.limits.flatten_by_session_min = 101; /* the bar closes on minute 101 */
    expect(HB_REASON_FLATTEN_BY);
    scene.limits.flatten_by_session_min = 102;
    scene.now += MINUTE - 1;
    expect(0);
    scene.now++; /* time goes on while the decision waits */
    expect(HB_REASON_FLATTEN_BY);
    scene.limits.flatten_by_session_min = -1;
    expect(0);
    scene.limits.flatten_by_session_min = 100;
    scene.now = OPEN_AT - 1;
    scene.account.utc_at_ns = scene.now;
    expect(HB_REASON_FLATTEN_BY | HB_REASON_STALE_DATA);
}

static void test_key(void **state)
{
    (void)state;
    scene_reset();
    const uint64_t base = eval().key;
    assert_true(eval().key == base);
    scene.tag++;
    const uint64_t other_tag = eval().key;
    scene.tag--;
    scene.bar.open_utc_at_ns += 1;
    const uint64_t other_bar = eval().key;
    scene.bar.open_utc_at_ns -= 1;
    scene.score.set = HB_SET_DOWN;
    scene.score.p = 0.1;
    const uint64_t other_side = eval().key;
    scene.risk.kill_on = true;
    const uint64_t no_side = eval().key;
    const uint64_t keys[] = {base, other_tag, other_bar, other_side, no_side};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < i; j++) assert_true(keys[i] != keys[j]);
    }
}

static void test_news_mark(void **state)
{
    (void)state;
    scene_reset();
    for (uint32_t i = 0; i < HB_NEWS_MAX; i++) {
        /* 37 is coprime to 1024: every value once, in mixed order. */
        assert_true(hb_risk_news_mark(&scene.risk, (int64_t)((i * 37) % HB_NEWS_MAX)));
    }
    assert_int_equal(scene.risk.news_count, HB_NEWS_MAX);
    for (uint32_t i = 0; i < HB_NEWS_MAX; i++) assert_true(scene.risk.news_utc_at_ns[i] == i);
    assert_true(hb_risk_news_mark(&scene.risk, 5)); /* known already */
    assert_false(hb_risk_news_mark(&scene.risk, -1));
    assert_false(hb_risk_news_mark(&scene.risk, HB_NEWS_MAX));
    assert_int_equal(scene.risk.news_count, HB_NEWS_MAX);
    scene.risk.news_count = HB_NEWS_MAX + 1;
    assert_false(hb_risk_news_mark(&scene.risk, 5));
}

static void expect_refused(const char *field)
{
    hb_err_t err = {0};
    assert_int_equal(hb_gate_limits_check(&scene.limits, &err), HB_E_CONFIG);
    assert_string_equal(err.where, field);
    assert_non_null(strstr(err.message, field));
    assert_true(err.hint[0] != '\0');
    scene_reset();
}

static void test_limits_check(void **state)
{
    (void)state;
    scene_reset();
    hb_err_t err = {0};
    assert_int_equal(hb_gate_limits_check(&scene.limits, &err), HB_OK);
    assert_int_equal(err.status, HB_OK);
    scene.limits.daily_loss_cents.v = 0;
    expect_refused("daily_loss_cents");
    scene.limits.position_lots_max.v = 0;
    expect_refused("position_lots_max");
    scene.limits.order_lots.v = 0;
    expect_refused("order_lots");
    scene.limits.order_lots_max.v = 0;
    expect_refused("order_lots_max");
    scene.limits.order_lots.v = 2;
    expect_refused("order_lots");
    scene.limits.order_lots.v = 3;
    scene.limits.order_lots_max.v = 3;
    expect_refused("order_lots");
    scene.limits.news_before_ns = -1;
    expect_refused("news_before_ns");
    scene.limits.news_after_ns = -1;
    expect_refused("news_after_ns");
    scene.limits.data_age_ns_max = -1;
    expect_refused("data_age_ns_max");
    scene.limits.account_age_ns_max = -1;
    expect_refused("account_age_ns_max");
    const double bad[] = {NAN, INFINITY, 0.0, 1.0, -0.5};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scene.limits.threshold_prob = bad[i];
        expect_refused("threshold_prob");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_class),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_data_fault_has_no_class),
        cmocka_unit_test(test_switches),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_daily_loss),
        cmocka_unit_test(test_position),
        cmocka_unit_test(test_order_size),
        cmocka_unit_test(test_reducing),
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_flatten),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_news_mark),
        cmocka_unit_test(test_limits_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
