/* The life of one order as a table: state x event > next state.
 *
 * Invariant: hb_order_check holds after every hb_order_apply. A cell that the diagram of the header
 * does not name locks the order: what is not understood is never traded on. A final state is left
 * for LOCKED only; a fill that arrives after the cancellation adds to the filled lots of a
 * CANCELLED order.
 */
#include "order_fsm.h"

#include <math.h>

/* Cells besides states: a contradiction, and a fill whose outcome depends on the lots. */
#define LOCK HB_ORDER_LOCKED
#define FILL HB_ORDER_STATE_COUNT

#define NEW       HB_ORDER_NEW
#define SENT      HB_ORDER_SENT
#define WORKING   HB_ORDER_WORKING
#define PARTIAL   HB_ORDER_PARTIAL
#define FILLED    HB_ORDER_FILLED
#define CANCELLED HB_ORDER_CANCELLED
#define REFUSED   HB_ORDER_REFUSED
#define UNKNOWN   HB_ORDER_UNKNOWN

/* clang-format off */
static const hb_order_state_t next_state[HB_ORDER_STATE_COUNT][HB_ORDER_EV_COUNT] = {
    /*              send  accept   fill  cancel     refuse   lost       absent */
    [NEW]       = { SENT, LOCK,    LOCK, CANCELLED, LOCK,    LOCK,      LOCK },
    [SENT]      = { LOCK, WORKING, FILL, CANCELLED, REFUSED, UNKNOWN,   LOCK },
    [WORKING]   = { LOCK, WORKING, FILL, CANCELLED, LOCK,    WORKING,   LOCK },
    [PARTIAL]   = { LOCK, PARTIAL, FILL, CANCELLED, LOCK,    PARTIAL,   LOCK },
    [FILLED]    = { LOCK, FILLED,  LOCK, LOCK,      LOCK,    FILLED,    LOCK },
    [CANCELLED] = { LOCK, LOCK,    FILL, CANCELLED, LOCK,    CANCELLED, LOCK },
    [REFUSED]   = { LOCK, LOCK,    LOCK, LOCK,      REFUSED, REFUSED,   REFUSED },
    [UNKNOWN]   = { LOCK, WORKING, FILL, CANCELLED, REFUSED, UNKNOWN,   REFUSED },
    [LOCK]      = { LOCK, LOCK,    LOCK, LOCK,      LOCK,    LOCK,      LOCK },
};
/* clang-format on */

static const char *const state_texts[HB_ORDER_STATE_COUNT] = {
    [NEW] = "new",         [SENT] = "sent",       [WORKING] = "working",
    [PARTIAL] = "partial", [FILLED] = "filled",   [CANCELLED] = "cancelled",
    [REFUSED] = "refused", [UNKNOWN] = "unknown", [LOCK] = "locked",
};

static bool is_price(double price)
{
    return isfinite(price) && fabs(price) <= HB_ORDER_PRICE_MAX;
}

hb_order_t hb_order_new(const hb_intent_t *intent)
{
    const bool side_known = intent->side == HB_SIDE_LONG || intent->side == HB_SIDE_SHORT;
    const bool good =
        intent->decision == HB_DECISION_PASS && side_known && intent->size_lots.v >= 1;
    return (hb_order_t){
        .key = intent->key,
        .side = intent->side,
        .size_lots = intent->size_lots,
        .state = good ? NEW : LOCK,
    };
}

/* Books the lots; false when they are none, too many, or at no price. */
static bool fill_book(hb_order_t *order, const hb_order_event_t *event)
{
    const int32_t lots = event->fill_lots.v;
    const int32_t left = order->size_lots.v - order->filled_lots.v;
    if (lots < 1 || lots > left || !is_price(event->fill_price)) return false;

    const int32_t filled = order->filled_lots.v + lots;
    const double share = (double)lots / (double)filled;
    order->fill_price_mean += (event->fill_price - order->fill_price_mean) * share;
    order->filled_lots.v = filled;
    if (order->state != CANCELLED) order->state = filled == order->size_lots.v ? FILLED : PARTIAL;
    return true;
}

bool hb_order_apply(hb_order_t *order, const hb_order_event_t *event)
{
    hb_order_state_t next = LOCK;
    if (hb_order_check(order) && (unsigned)event->kind < HB_ORDER_EV_COUNT) {
        next = next_state[order->state][event->kind];
    }
    if (next == FILL) {
        if (fill_book(order, event)) return true;
        next = LOCK;
    }
    order->state = next;
    return next != LOCK;
}

void hb_order_lock(hb_order_t *order)
{
    order->state = LOCK;
}

bool hb_order_check(const hb_order_t *order)
{
    const int32_t filled = order->filled_lots.v;
    const int32_t size = order->size_lots.v;
    if (order->state == LOCK) return true; /* a locked record claims nothing */
    if ((unsigned)order->state >= HB_ORDER_STATE_COUNT) return false;
    if (order->side != HB_SIDE_LONG && order->side != HB_SIDE_SHORT) return false;
    if (size < 1 || filled < 0 || filled > size) return false;
    if (filled == 0 ? order->fill_price_mean != 0.0 : !is_price(order->fill_price_mean)) {
        return false;
    }
    if (order->state == PARTIAL) return filled > 0 && filled < size;
    if (order->state == FILLED) return filled == size;
    return order->state == CANCELLED || filled == 0;
}

bool hb_order_is_final(const hb_order_t *order)
{
    return order->state == FILLED || order->state == CANCELLED || order->state == REFUSED;
}

const char *hb_order_state_text(hb_order_state_t state)
{
    return (unsigned)state < HB_ORDER_STATE_COUNT ? state_texts[state] : "invalid";
}
