/* Every state against every event, by a table of its own, and the truth list of each state. */
#include <math.h>
#include <string.h>

#include "th.h"

#include "order_fsm.h"

static hb_order_t order_in(hb_order_state_t state, int32_t size, int32_t filled)
{
    return (hb_order_t){
        .key = 9,
        .side = HB_SIDE_LONG,
        .size_lots = {size},
        .filled_lots = {filled},
        .fill_price_mean = filled > 0 ? 100.0 : 0.0,
        .state = state,
    };
}

static int32_t filled_in(hb_order_state_t state, int32_t size)
{
    if (state == HB_ORDER_FILLED) return size;
    return state == HB_ORDER_PARTIAL || state == HB_ORDER_CANCELLED ? 1 : 0;
}

/* One letter a cell: the state after the event; '!' locks. Fills are of one lot of three. */
static const char *const expected[HB_ORDER_STATE_COUNT] = {
    [HB_ORDER_NEW] = "S!!C!!!",     [HB_ORDER_SENT] = "!WPCRU!",
    [HB_ORDER_WORKING] = "!WPC!W!", [HB_ORDER_PARTIAL] = "!PPC!P!",
    [HB_ORDER_FILLED] = "!F!!!F!",  [HB_ORDER_CANCELLED] = "!!CC!C!",
    [HB_ORDER_REFUSED] = "!!!!RRR", [HB_ORDER_UNKNOWN] = "!WPCRUR",
    [HB_ORDER_LOCKED] = "!!!!!!!",
};
static const char letters[] = "NSWPFCRU!";

static void test_table(void **state)
{
    (void)state;
    for (int from = 0; from < HB_ORDER_STATE_COUNT; from++) {
        for (int kind = 0; kind < HB_ORDER_EV_COUNT; kind++) {
            hb_order_t order = order_in(from, 3, filled_in(from, 3));
            const hb_order_t before = order;
            const hb_order_event_t event = {kind, {1}, 101.0};
            const bool ok = hb_order_apply(&order, &event);
            if (letters[order.state] != expected[from][kind]) {
                fail_msg("%s by event %d is %s", hb_order_state_text(from), kind,
                         hb_order_state_text(order.state));
            }
            assert_true(ok == (order.state != HB_ORDER_LOCKED));
            assert_true(hb_order_check(&order));
            assert_int_equal(order.size_lots.v, 3);
            const bool booked = ok && kind == HB_ORDER_EV_FILL;
            assert_int_equal(order.filled_lots.v, before.filled_lots.v + (booked ? 1 : 0));
        }
    }
}

static void test_fill_completes(void **state)
{
    (void)state;
    const hb_order_state_t from[] = {HB_ORDER_SENT, HB_ORDER_WORKING, HB_ORDER_UNKNOWN};
    for (size_t i = 0; i < 3; i++) {
        hb_order_t order = order_in(from[i], 2, 0);
        assert_true(hb_order_apply(&order, &(hb_order_event_t){HB_ORDER_EV_FILL, {2}, 50.0}));
        assert_int_equal(order.state, HB_ORDER_FILLED);
        th_close(order.fill_price_mean, 50.0, 0);
    }
    hb_order_t order = order_in(HB_ORDER_WORKING, 4, 0);
    assert_true(hb_order_apply(&order, &(hb_order_event_t){HB_ORDER_EV_FILL, {1}, 10.0}));
    assert_int_equal(order.state, HB_ORDER_PARTIAL);
    assert_true(hb_order_apply(&order, &(hb_order_event_t){HB_ORDER_EV_FILL, {2}, 16.0}));
    th_close(order.fill_price_mean, 14.0, 1e-15);
    assert_true(hb_order_apply(&order, &(hb_order_event_t){HB_ORDER_EV_FILL, {1}, -10.0}));
    assert_int_equal(order.state, HB_ORDER_FILLED);
    th_close(order.fill_price_mean, 8.0, 1e-15);
}

static void test_late_fill_after_cancel(void **state)
{
    (void)state;
    hb_order_t order = order_in(HB_ORDER_WORKING, 2, 0);
    assert_true(hb_order_apply(&order, &(hb_order_event_t){.kind = HB_ORDER_EV_CANCEL}));
    assert_true(hb_order_apply(&order, &(hb_order_event_t){HB_ORDER_EV_FILL, {2}, 50.0}));
    assert_int_equal(order.state, HB_ORDER_CANCELLED);
    assert_int_equal(order.filled_lots.v, 2);
    assert_false(hb_order_apply(&order, &(hb_order_event_t){HB_ORDER_EV_FILL, {1}, 50.0}));
    assert_int_equal(order.state, HB_ORDER_LOCKED);
    assert_int_equal(order.filled_lots.v, 2);
}

static void test_bad_fills_lock(void **state)
{
    (void)state;
    const hb_order_event_t bad[] = {
        {HB_ORDER_EV_FILL, {3}, 50.0},       {HB_ORDER_EV_FILL, {0}, 50.0},
        {HB_ORDER_EV_FILL, {-1}, 50.0},      {HB_ORDER_EV_FILL, {INT32_MIN}, 50.0},
        {HB_ORDER_EV_FILL, {INT32_MAX}, 50}, {HB_ORDER_EV_FILL, {1}, NAN},
        {HB_ORDER_EV_FILL, {1}, INFINITY},   {HB_ORDER_EV_FILL, {1}, -2e12},
        {HB_ORDER_EV_COUNT, {1}, 50.0},      {(hb_order_event_kind_t)-1, {1}, 50.0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hb_order_t order = order_in(HB_ORDER_WORKING, 2, 0);
        assert_false(hb_order_apply(&order, &bad[i]));
        assert_int_equal(order.state, HB_ORDER_LOCKED);
        assert_int_equal(order.filled_lots.v, 0);
    }
}

static void test_new(void **state)
{
    (void)state;
    const hb_intent_t good = {
        .key = 77, .decision = HB_DECISION_PASS, .side = HB_SIDE_SHORT, .size_lots = {2}};
    hb_order_t order = hb_order_new(&good);
    assert_int_equal(order.state, HB_ORDER_NEW);
    assert_int_equal(order.side, HB_SIDE_SHORT);
    assert_int_equal(order.size_lots.v, 2);
    assert_true(order.key == 77 && order.filled_lots.v == 0 && hb_order_check(&order));

    hb_intent_t bad[5] = {good, good, good, good, good};
    bad[0].decision = HB_DECISION_BLOCK;
    bad[1].decision = HB_DECISION_THROTTLE;
    bad[2].side = HB_SIDE_NONE;
    bad[3].size_lots.v = 0;
    bad[4].size_lots.v = -1;
    for (size_t i = 0; i < 5; i++) {
        order = hb_order_new(&bad[i]);
        assert_int_equal(order.state, HB_ORDER_LOCKED);
        assert_false(hb_order_apply(&order, &(hb_order_event_t){.kind = HB_ORDER_EV_SEND}));
    }
    order = hb_order_new(&good);
    hb_order_lock(&order);
    assert_int_equal(order.state, HB_ORDER_LOCKED);
}

static void expect_false(hb_order_t order)
{
    assert_false(hb_order_check(&order));
    /* A record that is not true is never moved on, only locked. */
    assert_false(hb_order_apply(&order, &(hb_order_event_t){.kind = HB_ORDER_EV_ACCEPT}));
    assert_int_equal(order.state, HB_ORDER_LOCKED);
}

static void test_truth_list(void **state)
{
    (void)state;
    for (int from = 0; from < HB_ORDER_STATE_COUNT; from++) {
        const hb_order_t order = order_in(from, 3, filled_in(from, 3));
        assert_true(hb_order_check(&order));
        const bool final =
            from == HB_ORDER_FILLED || from == HB_ORDER_CANCELLED || from == HB_ORDER_REFUSED;
        assert_true(hb_order_is_final(&order) == final);
    }
    const hb_order_state_t unfilled[] = {HB_ORDER_NEW, HB_ORDER_SENT, HB_ORDER_WORKING,
                                         HB_ORDER_REFUSED, HB_ORDER_UNKNOWN};
    for (size_t i = 0; i < 5; i++) expect_false(order_in(unfilled[i], 3, 1));
    expect_false(order_in(HB_ORDER_PARTIAL, 3, 0));
    expect_false(order_in(HB_ORDER_PARTIAL, 3, 3));
    expect_false(order_in(HB_ORDER_FILLED, 3, 2));
    expect_false(order_in(HB_ORDER_CANCELLED, 3, 4));
    expect_false(order_in(HB_ORDER_CANCELLED, 3, -1));
    expect_false(order_in(HB_ORDER_NEW, 0, 0));
    expect_false(order_in(HB_ORDER_STATE_COUNT, 3, 0));
    hb_order_t order = order_in(HB_ORDER_WORKING, 3, 0);
    order.side = HB_SIDE_NONE;
    expect_false(order);
    order = order_in(HB_ORDER_WORKING, 3, 0);
    order.fill_price_mean = 1.0;
    expect_false(order);
    order = order_in(HB_ORDER_PARTIAL, 3, 1);
    order.fill_price_mean = NAN;
    expect_false(order);
    order.fill_price_mean = 1e13;
    expect_false(order);
}

static void test_texts(void **state)
{
    (void)state;
    for (int i = 0; i < HB_ORDER_STATE_COUNT; i++) {
        assert_true(strlen(hb_order_state_text(i)) > 2);
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(hb_order_state_text(i), hb_order_state_text(j));
        }
    }
    assert_string_equal(hb_order_state_text(HB_ORDER_STATE_COUNT), "invalid");
    assert_string_equal(hb_order_state_text(HB_ORDER_LOCKED), "locked");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_fill_completes),
        cmocka_unit_test(test_late_fill_after_cancel),
        cmocka_unit_test(test_bad_fills_lock),
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_truth_list),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
