/* Random walks of orders: what must hold whatever the venue says, in whatever order. */
#include <math.h>
#include <string.h>

#include "th.h"

#include "base_rng.h"
#include "order_fsm.h"

static hb_order_event_t random_event(hb_rng_t *rng)
{
    static const double odd_prices[] = {NAN, INFINITY, -INFINITY, 1e300, -1e12, 1e12, 0.0};
    hb_order_event_t event = {
        .kind = (hb_order_event_kind_t)hb_rng_below(rng, HB_ORDER_EV_COUNT),
        .fill_lots = {(int32_t)hb_rng_below(rng, 3) + 1},
        .fill_price = 100.0 + hb_rng_uniform(rng),
    };
    switch (hb_rng_below(rng, 40)) {
    case 0:
        event.fill_price = odd_prices[hb_rng_below(rng, 7)];
        break;
    case 1:
        event.fill_lots.v = (int32_t)(uint32_t)hb_rng_next(rng);
        break;
    case 2:
        event.kind = (hb_order_event_kind_t)hb_rng_below(rng, 50);
        break;
    default:
        break;
    }
    return event;
}

static void step_check(const hb_order_t *before, const hb_order_t *after,
                       const hb_order_event_t *event, bool ok)
{
    assert_true(hb_order_check(after));
    assert_true(ok == (after->state != HB_ORDER_LOCKED));
    assert_true(after->filled_lots.v <= after->size_lots.v);
    assert_true(after->filled_lots.v >= before->filled_lots.v);
    assert_true(isfinite(after->fill_price_mean));
    assert_int_equal(after->side, before->side);
    assert_int_equal(after->size_lots.v, before->size_lots.v);
    if (before->state == HB_ORDER_LOCKED) assert_int_equal(after->state, HB_ORDER_LOCKED);
    if (hb_order_is_final(before) && ok) assert_int_equal(after->state, before->state);
    const int32_t booked = after->filled_lots.v - before->filled_lots.v;
    if (booked != 0) {
        assert_int_equal(event->kind, HB_ORDER_EV_FILL);
        assert_int_equal(booked, event->fill_lots.v);
        assert_true(ok);
    } else if (event->kind == HB_ORDER_EV_FILL) {
        assert_false(ok);
    }
    if (!ok) assert_true(after->fill_price_mean == before->fill_price_mean);
}

static void test_walks(void **state)
{
    (void)state;
    hb_rng_t rng = hb_rng_init(th_seed(77));
    uint64_t ends[HB_ORDER_STATE_COUNT] = {0};
    for (int walk = 0; walk < 60000; walk++) {
        const hb_intent_t intent = {
            .key = hb_rng_next(&rng),
            .decision = HB_DECISION_PASS,
            .side = hb_rng_below(&rng, 2) ? HB_SIDE_LONG : HB_SIDE_SHORT,
            .size_lots = {(int32_t)hb_rng_below(&rng, 5) + 1},
        };
        hb_order_t order = hb_order_new(&intent);
        int32_t filled = 0;
        double paid = 0;
        const uint64_t length = hb_rng_below(&rng, 10);
        for (uint64_t i = 0; i < length; i++) {
            const hb_order_t before = order;
            hb_order_event_t event = random_event(&rng);
            if (i == 0 && hb_rng_below(&rng, 10) != 0) event.kind = HB_ORDER_EV_SEND;
            const bool ok = hb_order_apply(&order, &event);
            step_check(&before, &order, &event, ok);
            if (order.filled_lots.v != before.filled_lots.v) {
                filled += event.fill_lots.v;
                paid += event.fill_price * event.fill_lots.v;
            }
            assert_int_equal(filled, order.filled_lots.v);
        }
        if (filled > 0) {
            assert_true(fabs(order.fill_price_mean - paid / filled) <=
                        1e-9 * (1.0 + fabs(paid) / filled) + 1e-3);
        }
        assert_true(order.key == intent.key);
        ends[order.state]++;
    }
    for (int i = 0; i < HB_ORDER_STATE_COUNT; i++) assert_true(ends[i] > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_walks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
