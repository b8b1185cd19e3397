/* What the gate lets through: an intent, or a refusal with all its reasons.
 * previous: rec_score.h  next: rec_order.h */
#ifndef HB_REC_INTENT_H
#define HB_REC_INTENT_H

#include <stdint.h>

typedef enum { HB_DECISION_PASS, HB_DECISION_THROTTLE, HB_DECISION_BLOCK } hb_decision_t;
typedef enum { HB_SIDE_NONE = 0, HB_SIDE_LONG = 1, HB_SIDE_SHORT = -1 } hb_side_t;

typedef struct {
    int32_t v;
} hb_lots_t; /* contracts, signed where a position */
typedef struct {
    int64_t v;
} hb_cents_t; /* account currency / 100 */
typedef struct {
    int64_t v;
} hb_ticks_t;

/* The account as the venue (or the simulator) last told it. */
typedef struct {
    int64_t utc_at_ns;                             /* of this snapshot */
    hb_lots_t position_lots;                       /* signed */
    hb_lots_t working_buy_lots, working_sell_lots; /* >= 0 */
    hb_cents_t day_pnl_cents;  /* since the session clock's day began, open profit included */
    uint32_t unresolved_count; /* orders whose fate is unknown */
} hb_account_t;

typedef struct {
    int64_t bar_open_utc_at_ns; /* the bar that was decided */
    uint64_t key;               /* idempotency: hash of artifact, bar and side */
    hb_decision_t decision;
    hb_side_t side;      /* NONE unless PASS */
    hb_lots_t size_lots; /* 0 unless PASS */
    uint32_t reasons;    /* HB_REASON_*, all that apply */
} hb_intent_t;

#endif
