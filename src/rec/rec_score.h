/* What the model says of one row. previous: rec_row.h  next: rec_intent.h */
#ifndef HB_REC_SCORE_H
#define HB_REC_SCORE_H

#include <stdint.h>

enum { HB_SET_DOWN = 1u, HB_SET_UP = 2u }; /* classes 0 and 1 of the conformal set */

typedef struct {
    double raw;       /* sum of leaf values, log-odds */
    double p_raw;     /* logistic of raw, before calibration: P(class 1 = up) */
    double p;         /* calibrated */
    uint32_t set;     /* HB_SET_*: classes that the conformal set keeps */
    uint32_t reasons; /* HB_REASON_* of the row and of the model; 0 = good */
} hb_score_t;

#endif
