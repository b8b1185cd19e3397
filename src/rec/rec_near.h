/* The past states most like the present one, nearest first by (distance, id).
 * previous: rec_state.h  next: rec_row.h */
#ifndef HB_REC_NEAR_H
#define HB_REC_NEAR_H

#include <stdint.h>

#define HB_NEAR_K_MAX 128u

typedef struct {
    uint32_t count;              /* <= K; fewer when fewer are admissible */
    uint32_t admissible_rows;    /* rows that the causal filter admitted */
    uint32_t ids[HB_NEAR_K_MAX]; /* row of the index's own store, ascending in time */
    float dist[HB_NEAR_K_MAX];   /* d_L (or L2 distance under metric l2), ascending */
} hb_near_t;

#endif
