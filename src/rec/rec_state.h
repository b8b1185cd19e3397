/* The market state at the close of one bar: raw scale-free features, and the same state as a point.
 * previous: rec_bar.h  next: rec_near.h */
#ifndef HB_REC_STATE_H
#define HB_REC_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define HB_STATE_DIM_MAX 32u

typedef struct {
    int64_t open_utc_at_ns; /* of the bar that the state closes on */
    uint32_t bar_idx;       /* 0-based count of bars seen by this stream */
    bool ready;             /* false during the warm-up and when a value is not finite */
    int32_t vol_bucket;     /* 0 (calm) .. 4 (wild), causal */
    int64_t
        bar_clock; /* trading-time position in bars: session_day * session_bars + bar in session */
    double close;  /* raw, tradeable */
    double atr;    /* price units, Wilder, causal */
    double x[HB_STATE_DIM_MAX]; /* [state_dim], see hb_state_schema */
} hb_state_t;

/* A state after whitening and temperature, lifted to the hyperboloid. */
typedef struct {
    _Alignas(64) float z[HB_STATE_DIM_MAX]; /* [dim], zero-padded to a multiple of 16 */
    float lift;                             /* u0 = sqrt(1 + |z|^2) */
    uint32_t dim;                           /* padded */
    bool finite;                            /* false: refused, counts as a fallback */
} hb_point_t;

#endif
