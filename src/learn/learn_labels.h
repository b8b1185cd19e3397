/* Labels on the raw tradeable close, each with its resolution bar. Never on Heikin-Ashi prices. */
#ifndef HB_LEARN_LABELS_H
#define HB_LEARN_LABELS_H

#include "base_status.h"
#include "rec_bar.h"

typedef enum {
    HB_LABEL_DIRECTION,
    HB_LABEL_THRESHOLDED,
    HB_LABEL_TERNARY,
    HB_LABEL_TRIPLE_BARRIER
} hb_label_type_t;
typedef enum {
    HB_WHY_NONE,
    HB_WHY_UP,
    HB_WHY_DOWN,
    HB_WHY_TIME,
    HB_WHY_BOTH,
    HB_WHY_FLAT,
    HB_WHY_TRUNCATED,
    HB_WHY_ROLL
} hb_label_why_t;

typedef struct {
    hb_label_type_t type;
    uint32_t horizon_bars;       /* T >= 1 */
    double threshold_atr;        /* THRESHOLDED, TERNARY: |move| in ATR */
    double profit_atr, stop_atr; /* TRIPLE_BARRIER distances in ATR from the close */
    bool intrabar;               /* TRIPLE_BARRIER: touches by high/low instead of closes */
} hb_label_params_t;
hb_label_params_t hb_label_params_default(void);

typedef struct {
    uint32_t t1; /* bar index of resolution: last bar that the label reads */
    int8_t side; /* +1, -1, 0 (vertical barrier, inside the threshold, both touched, flat) */
    int8_t y;    /* 1, 0, or -1: not usable for a binary model (see why) */
    uint8_t why; /* hb_label_why_t */
    double ret;  /* close[t1]/close[t] - 1 */
} hb_label_t;

/* One label a bar from bars and atr[count] (price units at each bar, causal; non-finite or <= 0
 * gives TRUNCATED). A window (i, i + horizon] that runs past the end, or over a contract roll,
 * is unusable whatever happened before the cut: y = -1, side 0. Binary y: direction and
 * thresholded by the sign of the move (flat and inside the threshold unusable); triple barrier
 * by the barrier, at the vertical barrier by the sign of the return; both touched in one bar:
 * unusable. Ternary: y = -1 always (it needs a multiclass model); side holds the class. pre:
 * horizon_bars >= 1. cost: count * horizon. */
void hb_labels_make(const hb_bars_t *bars, const double *atr, const hb_label_params_t *params,
                    hb_label_t *out);
/* Triple barrier of bar i with relative barriers up, down as in the golden vectors; why
 * TRUNCATED when no touch and the horizon passes the data end. pre: i < count, horizon_bars >=
 * 1. */
hb_label_t hb_label_barrier(const hb_bars_t *bars, uint32_t i, double up, double down,
                            uint32_t horizon_bars, bool intrabar);

/* Average uniqueness of each row over bars (t0, t1], whose returns the label reads: mean of
 * 1/concurrency. out[n]; a row without a bar (t1 <= t0 or t1 >= bars) counts nowhere and gets 0. */
void hb_label_uniqueness(const uint32_t *t0, const uint32_t *t1, uint32_t n, uint32_t bars,
                         double *out);
const char *hb_label_type_name(hb_label_type_t type);
const char *hb_label_why_name(hb_label_why_t why);

#endif
