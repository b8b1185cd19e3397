/* An order and the events that move it. previous: rec_intent.h */
#ifndef HB_REC_ORDER_H
#define HB_REC_ORDER_H

#include <stdint.h>

#include "rec_intent.h"

typedef enum {
    HB_ORDER_NEW,       /* intent recorded, nothing sent */
    HB_ORDER_SENT,      /* request left, no answer yet */
    HB_ORDER_WORKING,   /* accepted by the venue */
    HB_ORDER_PARTIAL,   /* some lots filled */
    HB_ORDER_FILLED,    /* final */
    HB_ORDER_CANCELLED, /* final */
    HB_ORDER_REFUSED,   /* final: the venue said no */
    HB_ORDER_UNKNOWN,   /* the answer was lost: blocks new risk until resolved */
    HB_ORDER_LOCKED,    /* contradiction: a person must look */
    HB_ORDER_STATE_COUNT
} hb_order_state_t;

typedef enum {
    HB_ORDER_EV_SEND,
    HB_ORDER_EV_ACCEPT,
    HB_ORDER_EV_FILL, /* lots, price */
    HB_ORDER_EV_CANCEL,
    HB_ORDER_EV_REFUSE,
    HB_ORDER_EV_LOST,   /* timeout, reset, 5xx, unreadable reply */
    HB_ORDER_EV_ABSENT, /* reconcile: the venue knows no such order */
    HB_ORDER_EV_COUNT
} hb_order_event_kind_t;

typedef struct {
    hb_order_event_kind_t kind;
    hb_lots_t fill_lots; /* > 0 for FILL */
    double fill_price;   /* price units for FILL */
} hb_order_event_t;

typedef struct {
    uint64_t key; /* of the intent */
    hb_side_t side;
    hb_lots_t size_lots;
    hb_lots_t filled_lots;
    double fill_price_mean; /* price units; 0 before the first fill */
    hb_order_state_t state;
} hb_order_t;

#endif
