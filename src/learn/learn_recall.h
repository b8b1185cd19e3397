/* Recall and speed of the index against the plainest exact answer: a brute-force scan in double. */
#ifndef HB_LEARN_RECALL_H
#define HB_LEARN_RECALL_H

#include "near_index.h"

typedef struct {
    double recall;    /* mean share of the k true neighbours that the index returned */
    double speedup;   /* median brute-force time over median search time */
    uint32_t queries; /* with at least k admissible rows */
    int64_t search_ns_p50, search_ns_p95; /* one query at a time, one thread */
} hb_recall_t;

/* A returned row counts as a hit when its distance in double is within 1e-6 of the true k-th. */
void hb_recall_measure(const hb_near_index_t *index, const hb_point_t *queries,
                       const int64_t *query_utc_at_ns, uint32_t count, hb_near_scratch_t *scratch,
                       hb_recall_t *out);

#endif
