/* Scenarios computed by hand. Tick 0.25 worth 1250 cents (ES); slippage one tick, commission 200
 * cents a lot and side: 1450 cents of cost a lot and side. One point = 5000 cents. */
#include <math.h>
#include <string.h>

#include "th.h"

#include "sim_fill.h"

#define MINUTE INT64_C(60000000000)
#define COST   1450.0

static hb_sim_fill_t sim;
static int64_t bar_at;
static int32_t day;

static const hb_sim_fill_params_t es = {
    .tick_size = 0.25,
    .tick_value_cents = 1250,
    .slippage_ticks = 1,
    .commission_cents = 200,
    .hold_bars = 2,
};

static void start(const hb_sim_fill_params_t *params)
{
    hb_sim_fill_init(&sim, params);
    bar_at = INT64_C(1700000000) * 1000000000;
    day = 19675;
}

static hb_bar_t bar_make(double open, double close, uint32_t flags)
{
    bar_at += MINUTE;
    return (hb_bar_t){
        .open_utc_at_ns = bar_at,
        .open = open,
        .high = fmax(open, close) + 1,
        .low = fmin(open, close) - 1,
        .close = close,
        .volume = 10,
        .flags = flags,
        .session_day = day,
    };
}

static void bar(double open, double close)
{
    const hb_bar_t b = bar_make(open, close, 0);
    hb_sim_fill_bar(&sim, &b, MINUTE);
    assert_true(sim.account.utc_at_ns == b.open_utc_at_ns + MINUTE);
    th_close(sim.net_cents, sim.gross_cents - sim.cost_cents, 0);
}

static hb_intent_t intent_make(hb_side_t side, int32_t lots)
{
    return (hb_intent_t){
        .bar_open_utc_at_ns = bar_at,
        .key = (uint64_t)bar_at,
        .decision = HB_DECISION_PASS,
        .side = side,
        .size_lots = {lots},
    };
}

static void submit(hb_side_t side, int32_t lots)
{
    const hb_intent_t intent = intent_make(side, lots);
    assert_true(hb_sim_fill_submit(&sim, &intent));
}

static void test_long_time_exit(void **state)
{
    (void)state;
    start(&es);
    bar(4000, 4001);
    submit(HB_SIDE_LONG, 1);
    assert_int_equal(sim.account.working_buy_lots.v, 1);
    assert_int_equal(sim.account.position_lots.v, 0);
    assert_int_equal(sim.pending.state, HB_ORDER_WORKING);

    bar(4002, 4004); /* in at 4002, marked at 4004: +2 points */
    assert_int_equal(sim.account.position_lots.v, 1);
    assert_int_equal(sim.account.working_buy_lots.v, 0);
    assert_int_equal(sim.pending.state, HB_ORDER_FILLED);
    th_close(sim.pending.fill_price_mean, 4002.25, 0); /* a buyer slips up */
    th_close(sim.gross_cents, 10000, 0);
    th_close(sim.cost_cents, COST, 0);
    assert_int_equal(sim.account.day_pnl_cents.v, 8550);
    assert_int_equal(sim.account.working_sell_lots.v, 0);

    bar(4004, 4003); /* second bar held: the exit goes out at its close */
    assert_int_equal(sim.account.position_lots.v, 1);
    assert_int_equal(sim.account.working_sell_lots.v, 1);
    th_close(sim.gross_cents, 5000, 0);

    bar(4005, 4050); /* out at 4005: +3 points; what follows is not ours */
    assert_int_equal(sim.account.position_lots.v, 0);
    assert_int_equal(sim.account.working_sell_lots.v, 0);
    th_close(sim.closing.fill_price_mean, 4004.75, 0); /* a seller slips down */
    th_close(sim.realised_gross_cents, 15000, 0);
    th_close(sim.gross_cents, 15000, 0);
    th_close(sim.cost_cents, 2 * COST, 0);
    assert_int_equal(sim.account.day_pnl_cents.v, 12100);
    assert_true(sim.order_count == 2 && sim.fill_count == 2 && sim.trade_count == 1);
    th_close(sim.position_price_mean, 0, 0);
    bar(4050, 4060);
    th_close(sim.net_cents, 12100, 0);
}

static void test_short_loses_when_price_rises(void **state)
{
    (void)state;
    start(&es);
    bar(4000, 4000);
    submit(HB_SIDE_SHORT, 2);
    assert_int_equal(sim.account.working_sell_lots.v, 2);
    bar(4000, 4001);
    assert_int_equal(sim.account.position_lots.v, -2);
    th_close(sim.pending.fill_price_mean, 3999.75, 0);
    th_close(sim.gross_cents, -10000, 0);
    th_close(sim.net_cents, -10000 - 2 * COST, 0);
    bar(4001, 3999);
    th_close(sim.gross_cents, 10000, 0);
    assert_int_equal(sim.account.working_buy_lots.v, 2);
    bar(3998, 3990);
    th_close(sim.realised_gross_cents, 20000, 0);
    th_close(sim.cost_cents, 4 * COST, 0);
    assert_true(sim.trade_count == 1);
}

static void test_opposite_order_closes_then_reverses(void **state)
{
    (void)state;
    hb_sim_fill_params_t params = es;
    params.hold_bars = 100;
    start(&params);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    bar(4000, 4000);
    submit(HB_SIDE_SHORT, 1);
    bar(4001, 4001); /* closed: +1 point */
    assert_int_equal(sim.account.position_lots.v, 0);
    assert_true(sim.trade_count == 1 && sim.fill_count == 2 && sim.order_count == 2);
    th_close(sim.realised_gross_cents, 5000, 0);
    submit(HB_SIDE_LONG, 1);
    bar(4010, 4010);
    submit(HB_SIDE_SHORT, 3);
    bar(4012, 4011); /* closes one at +2, opens two short at 4012, now +1 each */
    assert_int_equal(sim.account.position_lots.v, -2);
    assert_int_equal(sim.position_age_bars, 1);
    th_close(sim.position_price_mean, 4012, 0);
    th_close(sim.realised_gross_cents, 15000, 0);
    th_close(sim.gross_cents, 25000, 0);
    th_close(sim.cost_cents, 6 * COST, 0);
    assert_true(sim.trade_count == 2 && sim.fill_count == 4);
    submit(HB_SIDE_LONG, 1);
    bar(4011, 4011); /* partly closed: the position lives on at its old price */
    assert_int_equal(sim.account.position_lots.v, -1);
    assert_int_equal(sim.position_age_bars, 2);
    th_close(sim.position_price_mean, 4012, 0);
    th_close(sim.realised_gross_cents, 20000, 0);
    assert_true(sim.trade_count == 2);
}

static void test_adding_averages_and_renews(void **state)
{
    (void)state;
    start(&es);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 3);
    bar(4004, 4004);
    assert_int_equal(sim.account.position_lots.v, 4);
    th_close(sim.position_price_mean, 4003, 0);
    th_close(sim.gross_cents, 20000, 0); /* 4 lots, 1 point */
    assert_int_equal(sim.position_age_bars, 1);
    assert_int_equal(sim.account.working_sell_lots.v, 0);
    bar(4004, 4004);
    assert_int_equal(sim.account.working_sell_lots.v, 4);
    bar(4003, 4003);
    assert_int_equal(sim.account.position_lots.v, 0);
    th_close(sim.realised_gross_cents, 0, 0);
    assert_true(sim.trade_count == 1);
}

static void test_entry_beside_exit(void **state)
{
    (void)state;
    hb_sim_fill_params_t params = es;
    params.hold_bars = 1;
    start(&params);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    bar(4000, 4000); /* the exit is in flight */
    assert_int_equal(sim.account.working_sell_lots.v, 1);
    submit(HB_SIDE_SHORT, 1);
    assert_int_equal(sim.account.working_sell_lots.v, 2);
    bar(4002, 4003);
    assert_int_equal(sim.account.position_lots.v, -1);
    th_close(sim.realised_gross_cents, 10000, 0);
    th_close(sim.gross_cents, 5000, 0);
    assert_int_equal(sim.account.working_buy_lots.v, 1);
    submit(HB_SIDE_LONG, 1);
    assert_int_equal(sim.account.working_buy_lots.v, 2);
    bar(4003, 4003);
    assert_int_equal(sim.account.position_lots.v, 1);
    assert_true(sim.order_count == 6 && sim.fill_count == 5 && sim.trade_count == 2);
}

static void test_day_roll(void **state)
{
    (void)state;
    hb_sim_fill_params_t params = es;
    params.hold_bars = 100;
    start(&params);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    bar(4000, 3990); /* -10 points: -50000 - 1450 */
    assert_int_equal(sim.account.day_pnl_cents.v, -51450);
    day++;
    bar(3995, 3996); /* the gap of the night belongs to the new day: +6 points */
    assert_int_equal(sim.account.day_pnl_cents.v, 30000);
    th_close(sim.net_cents, -21450, 0);
    bar(3996, 3997);
    assert_int_equal(sim.account.day_pnl_cents.v, 35000);
    day += 3;
    bar(3997, 3997);
    assert_int_equal(sim.account.day_pnl_cents.v, 0);
}

static void test_cents_round_down(void **state)
{
    (void)state;
    hb_sim_fill_params_t params = {.tick_size = 0.25,
                                   .tick_value_cents = 0.5,
                                   .slippage_ticks = 0,
                                   .commission_cents = 0.25,
                                   .hold_bars = 100};
    start(&params);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    bar(4000, 4000); /* -0.25 cents */
    assert_int_equal(sim.account.day_pnl_cents.v, -1);
    bar(4000, 4000.5); /* +0.75 cents */
    assert_int_equal(sim.account.day_pnl_cents.v, 0);
}

static void test_bad_bars_change_nothing(void **state)
{
    (void)state;
    start(&es);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    const hb_sim_fill_t before = sim;
    hb_bar_t bad = bar_make(4000, 4000, 0);
    bad.close = NAN;
    hb_sim_fill_bar(&sim, &bad, MINUTE);
    bad = bar_make(4000, 4000, 0);
    bad.high = 3000;
    hb_sim_fill_bar(&sim, &bad, MINUTE);
    bad = bar_make(4000, 4000, 0);
    bad.open_utc_at_ns = before.last_bar_utc_at_ns;
    hb_sim_fill_bar(&sim, &bad, MINUTE);
    assert_memory_equal(&sim, &before, sizeof sim);
    bar(4005, 4005); /* the order waited for a bar that can be believed */
    assert_int_equal(sim.account.position_lots.v, 1);
    th_close(sim.position_price_mean, 4005, 0);
}

static void test_contract_roll(void **state)
{
    (void)state;
    hb_sim_fill_params_t params = es;
    params.hold_bars = 100;
    start(&params);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    bar(4000, 4002);
    submit(HB_SIDE_LONG, 1);
    const hb_bar_t roll = bar_make(4060, 4061, HB_BAR_ROLL); /* 58 points that nobody earned */
    hb_sim_fill_bar(&sim, &roll, MINUTE);
    assert_int_equal(sim.account.position_lots.v, 0);
    assert_int_equal(sim.pending.state, HB_ORDER_CANCELLED);
    assert_int_equal(sim.account.working_buy_lots.v, 0);
    th_close(sim.realised_gross_cents, 10000, 0);
    th_close(sim.net_cents, 10000 - 2 * COST, 0);
    assert_true(sim.order_count == 3 && sim.fill_count == 2 && sim.trade_count == 1);

    /* With the time exit in flight that order is the one that closes; flat, nothing happens. */
    start(&es);
    bar(4000, 4000);
    submit(HB_SIDE_SHORT, 1);
    bar(4000, 4000);
    bar(4000, 3999);
    assert_int_equal(sim.account.working_buy_lots.v, 1);
    const hb_bar_t roll_short = bar_make(4060, 4061, HB_BAR_ROLL);
    hb_sim_fill_bar(&sim, &roll_short, MINUTE);
    th_close(sim.realised_gross_cents, 5000, 0);
    assert_true(sim.order_count == 2 && sim.fill_count == 2);
    const hb_bar_t again = bar_make(4100, 4100, HB_BAR_ROLL);
    hb_sim_fill_bar(&sim, &again, MINUTE);
    assert_true(sim.order_count == 2 && sim.account.position_lots.v == 0);
    /* A roll flag on the very first bar rolls nothing. */
    start(&es);
    const hb_bar_t first = bar_make(4100, 4100, HB_BAR_ROLL);
    hb_sim_fill_bar(&sim, &first, MINUTE);
    assert_true(sim.started && sim.order_count == 0);
}

static void test_submit_refuses(void **state)
{
    (void)state;
    start(&es);
    bar(4000, 4000);
    hb_intent_t intent = intent_make(HB_SIDE_LONG, 1);
    intent.decision = HB_DECISION_BLOCK;
    assert_false(hb_sim_fill_submit(&sim, &intent));
    intent = intent_make(HB_SIDE_NONE, 1);
    assert_false(hb_sim_fill_submit(&sim, &intent));
    intent = intent_make(HB_SIDE_LONG, 0);
    assert_false(hb_sim_fill_submit(&sim, &intent));
    assert_true(sim.order_count == 0);
    submit(HB_SIDE_SHORT, INT32_MAX);
    intent = intent_make(HB_SIDE_LONG, 1);
    assert_false(hb_sim_fill_submit(&sim, &intent)); /* one in flight already */
    bar(4000, 4000);
    assert_int_equal(sim.account.position_lots.v, -INT32_MAX);
    assert_false(hb_sim_fill_submit(&sim, &intent)); /* beyond the range of lots */
    assert_true(sim.order_count == 1);
}

static void test_absurd_prices_fail_closed(void **state)
{
    (void)state;
    hb_sim_fill_params_t params = es;
    params.hold_bars = 100;
    start(&params);
    bar(4000, 4000);
    submit(HB_SIDE_LONG, 1);
    bar(1e300, 1e300);
    assert_int_equal(sim.pending.state, HB_ORDER_LOCKED);
    assert_int_equal(sim.account.unresolved_count, 1); /* the gate stops here */
    assert_int_equal(sim.account.position_lots.v, 0);
    submit(HB_SIDE_LONG, 1);
    bar(4000, 4000);
    assert_int_equal(sim.account.position_lots.v, 1);
    bar(4000, 1.7e308);
    assert_true(sim.account.day_pnl_cents.v == INT64_MIN); /* no number: the largest loss */
    bar(4000, 1e30);
    assert_true(sim.account.day_pnl_cents.v == INT64_MAX);
    const hb_bar_t last = bar_make(4000, 4000, 0);
    hb_sim_fill_bar(&sim, &last, INT64_MAX);
    assert_true(sim.account.utc_at_ns == INT64_MAX);
}

static void expect_refused(hb_sim_fill_params_t params, const char *field)
{
    hb_err_t err = {0};
    assert_int_equal(hb_sim_fill_params_check(&params, &err), HB_E_CONFIG);
    assert_string_equal(err.where, field);
}

static void test_params(void **state)
{
    (void)state;
    assert_int_equal(hb_sim_fill_params_check(&es, NULL), HB_OK);
    const double bad[] = {NAN, INFINITY, -1};
    for (size_t i = 0; i < 3; i++) {
        hb_sim_fill_params_t params = es;
        params.tick_size = bad[i];
        expect_refused(params, "tick_size");
        params = es;
        params.tick_value_cents = bad[i];
        expect_refused(params, "tick_value_cents");
        params = es;
        params.slippage_ticks = bad[i];
        expect_refused(params, "slippage_ticks");
        params = es;
        params.commission_cents = bad[i];
        expect_refused(params, "commission_cents");
    }
    hb_sim_fill_params_t params = es;
    params.hold_bars = 0;
    expect_refused(params, "hold_bars");
    params = es;
    params.tick_size = 0;
    expect_refused(params, "tick_size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_time_exit),
        cmocka_unit_test(test_short_loses_when_price_rises),
        cmocka_unit_test(test_opposite_order_closes_then_reverses),
        cmocka_unit_test(test_adding_averages_and_renews),
        cmocka_unit_test(test_entry_beside_exit),
        cmocka_unit_test(test_day_roll),
        cmocka_unit_test(test_cents_round_down),
        cmocka_unit_test(test_bad_bars_change_nothing),
        cmocka_unit_test(test_contract_roll),
        cmocka_unit_test(test_submit_refuses),
        cmocka_unit_test(test_absurd_prices_fail_closed),
        cmocka_unit_test(test_params),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
