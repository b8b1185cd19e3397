/* The life of one order: a pure state machine.
 *
 *   NEW --send--> SENT --accept--> WORKING --fill--> PARTIAL --fill--> FILLED
 *    |             |  \--refuse--> REFUSED    \--fill(all)-----------> FILLED
 *    |             |  \--fill----> PARTIAL/FILLED (the fill overtook the acceptance)
 *    |             \--lost------> UNKNOWN --accept|fill|cancel|refuse--> as above
 *    \--cancel--> CANCELLED         \--absent--> REFUSED (never reached the venue)
 *   WORKING, PARTIAL --cancel--> CANCELLED (filled lots stay filled)
 *   anything that contradicts the record (overfill, fill after a final state other than CANCELLED,
 *   side or size that differ) --> LOCKED: a person must look.
 */
#ifndef HB_ORDER_FSM_H
#define HB_ORDER_FSM_H

#include <stdbool.h>

#include "rec_order.h"

/* A new order for a PASS intent. */
hb_order_t hb_order_new(const hb_intent_t *intent);
/* Applies one event; returns false when it did not belong (the order is then LOCKED). */
bool hb_order_apply(hb_order_t *order, const hb_order_event_t *event);
/* The truth list of a state: filled lots within bounds, price known when filled, and so on. */
bool hb_order_check(const hb_order_t *order);
bool hb_order_is_final(const hb_order_t *order);
const char *hb_order_state_text(hb_order_state_t state);

#endif
