/* The canonical bar: what every stage downstream of ingest may know of the market.
 * next: rec_state.h */
#ifndef HB_REC_BAR_H
#define HB_REC_BAR_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    HB_BAR_NO_VOLUME = 1u << 0,     /* the source has no volume: volume is 0 and means nothing */
    HB_BAR_GAP_BEFORE = 1u << 1,    /* bars are missing before this one inside a session */
    HB_BAR_SESSION_START = 1u << 2, /* first bar after a scheduled break */
    HB_BAR_ROLL = 1u << 3,          /* the contract changed between the previous bar and this one */
    HB_BAR_FILLED = 1u << 4         /* interpolated under gap_policy interpolate_limited */
};

typedef struct {
    int64_t open_utc_at_ns;        /* bar OPEN time, UTC epoch */
    double open, high, low, close; /* price */
    double volume;                 /* contracts, >= 0 */
    uint32_t flags;                /* HB_BAR_* */
    int32_t session_day;     /* trade date as days since 1970-01-01; the session clock's day */
    int32_t session_min;     /* minutes from the session's scheduled open to the bar's open */
    int32_t session_len_min; /* scheduled length of a full session (1380 for Globex equity) */
} hb_bar_t;
_Static_assert(sizeof(hb_bar_t) == 64, "bars are stored as they stand in memory");

/* A run of bars of one symbol and one size, in time order, one a time stamp. */
typedef struct {
    const hb_bar_t *bars; /* borrows */
    uint32_t count;
    uint32_t bar_size_s;
    double tick_size; /* price units; 0 when unknown */
} hb_bars_t;

/* Finite, positive, high and low enclose open and close, volume >= 0. */
static inline bool hb_bar_check(const hb_bar_t *bar)
{
    const double top = bar->open > bar->close ? bar->open : bar->close;
    const double bottom = bar->open < bar->close ? bar->open : bar->close;
    return isfinite(bar->open) && isfinite(bar->high) && isfinite(bar->low) &&
           isfinite(bar->close) && isfinite(bar->volume) && bar->low > 0 && bar->high >= top &&
           bar->low <= bottom && bar->volume >= 0;
}

#endif
