/* The life of one order: a pure state machine.
 *
 *   NEW --send--> SENT --accept--> WORKING --fill--> PARTIAL --fill--> FILLED
 *    |             |  \--refuse--> REFUSED    \--fill(all)-----------> FILLED
 *    |             |  \--fill----> PARTIAL/FILLED (the fill overtook the acceptance)
 *    |             |  \--cancel--> CANCELLED      (likewise)
 *    |             \--lost------> UNKNOWN --accept|fill|cancel|refuse--> as above
 *    \--cancel--> CANCELLED         \--absent--> REFUSED (never reached the venue)
 *   WORKING, PARTIAL --cancel--> CANCELLED (filled lots stay filled; a late fill adds to them)
 *   News that repeats what is known changes nothing: accept on WORKING, PARTIAL or FILLED, lost
 *   once the venue has spoken, cancel on CANCELLED, refuse or absent on REFUSED.
 *   anything that contradicts the record (overfill, fill after a final state other than CANCELLED,
 *   a second send, an acceptance of what was cancelled or refused) --> LOCKED: a person must look.
 *   Side and size are not in an event: who reads the venue's record compares them and calls
 *   hb_order_lock when they differ.
 */
#ifndef HB_ORDER_FSM_H
#define HB_ORDER_FSM_H

#include <stdbool.h>

#include "rec_order.h"

/* Prices beyond this are no prices; it also keeps the mean finite. */
#define HB_ORDER_PRICE_MAX 1e12

/* A new order for a PASS intent; of any other intent, or one without side or size, it is LOCKED. */
hb_order_t hb_order_new(const hb_intent_t *intent);
/* Applies one event; returns false when it did not belong (the order is then LOCKED). */
bool hb_order_apply(hb_order_t *order, const hb_order_event_t *event);
/* A contradiction seen outside the events. */
void hb_order_lock(hb_order_t *order);
/* The truth list of a state: filled lots within bounds, price known when filled, and so on. */
bool hb_order_check(const hb_order_t *order);
bool hb_order_is_final(const hb_order_t *order); /* FILLED, CANCELLED, REFUSED */
const char *hb_order_state_text(hb_order_state_t state);

#endif
