/* What the files of this module share: the scratch's shape, the row check, and small helpers over
 * sorted distances that fit and data plane must agree on. */
#ifndef HB_NEAR_INT_H
#define HB_NEAR_INT_H

#include "near_kernel.h"

#define NEAR_BLOCK_ROWS 256u

typedef struct {
    float value; /* what rows are ranked by: lower is nearer */
    uint32_t id;
} near_item_t;

struct hb_near_scratch {
    _Alignas(64) float block[NEAR_BLOCK_ROWS]; /* values of the rows being scanned */
    near_item_t best[HB_NEAR_K_MAX];           /* sorted, nearest first */
    uint32_t k;
    uint32_t k_cand;    /* 0 unless two-stage */
    near_item_t cand[]; /* [k_cand] a heap with the farthest on top */
};

/* Checks every row and sets index->label_ns_max. where: NULL or a path; status: of a refusal. */
HB_CHECKED hb_status_t near_check_rows(hb_near_index_t *index, hb_status_t status,
                                       const char *where, hb_err_t *err);

/* What the distances of an ascending list are counted from: 0, or the nearest below 0. */
static inline double near_base(const double *r, uint32_t n)
{
    return n > 0 && r[0] < 0 ? r[0] : 0.0;
}

static inline double near_median_sorted(const double *sorted, uint32_t n)
{
    return n == 0 ? 0.0 : n % 2 == 1 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

/* The distance that ell is a multiple of: 1 under the fixed bandwidth. */
static inline double near_bandwidth_unit(uint32_t bandwidth, const double *r, uint32_t n)
{
    if (bandwidth == HB_BANDWIDTH_FIXED || n == 0) return 1.0;
    const double reach = bandwidth == HB_BANDWIDTH_BALLOON ? r[n - 1] : near_median_sorted(r, n);
    const double unit = reach - near_base(r, n);
    return unit > 1e-12 ? unit : 1e-12;
}

#endif
