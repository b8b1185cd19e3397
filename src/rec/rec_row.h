/* The feature row that the trees see. One schema: name, range and clip; its hash is in every
 * artifact. previous: rec_near.h  next: rec_score.h */
#ifndef HB_REC_ROW_H
#define HB_REC_ROW_H

#include <stdbool.h>
#include <stdint.h>

#define HB_ROW_DIM_MAX 64u

typedef struct {
    float x[HB_ROW_DIM_MAX]; /* [row_dim], see hb_row_schema */
    float knn_prob;          /* plain exact-kNN vote in [0,1]: the baseline, not a feature */
    float kth_dist;          /* distance to the last neighbour: the out-of-domain score */
    uint32_t reasons;        /* HB_REASON_*: why this row must not be traded; 0 = good */
} hb_row_t;

#endif
