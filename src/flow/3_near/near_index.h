/* The memory: past states with their outcomes, searched for the nearest admissible ones.
 *
 * Rows stand in time order; row ids are positions. A row is admissible for a query decided at the
 * close of the bar that opened at t when its label's last bar opened strictly before t (resolved,
 * and not overlapping the query's own label window). Rows that started at or after t end the scan;
 * rows that started more than the longest label before t are resolved without a look; in the tail
 * between, label ends need not be monotone (triple-barrier), so that each row is asked.
 *
 * Backends meet behind this interface: exact (scan); hnsw and ivfpq are refused until they are
 * built. Rows are ranked by the unrounded value (q of d_L, never below 0; squared L2; minus the dot
 * product) and then by id; the distance that is reported is its float32 image: d_L, L2, or minus
 * the dot product (lower is nearer, may be negative). Equal input gives an equal file.
 */
#ifndef HB_NEAR_INDEX_H
#define HB_NEAR_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base_status.h"
#include "rec_near.h"
#include "rec_state.h"
#include "store_file.h"

typedef enum { HB_METRIC_L2, HB_METRIC_IP, HB_METRIC_LORENTZ } hb_metric_t;
typedef enum { HB_NEAR_EXACT, HB_NEAR_HNSW, HB_NEAR_IVFPQ } hb_near_backend_t;

/* What followed a past state. */
typedef struct {
    int64_t start_utc_at_ns; /* open time of the row's bar */
    int64_t end_utc_at_ns;   /* open time of the last bar that its label reads */
    int64_t bar_clock;       /* trading-time position, see hb_state_t */
    float outcome_atr; /* log return over the label window in units of ATR/close at the start */
    float weight;      /* vote weight, 1 unless uniqueness weights are on */
    int32_t label;     /* 1 up, 0 down */
    int32_t vol_bucket;
} hb_near_meta_t;
_Static_assert(sizeof(hb_near_meta_t) == 40, "stored as it stands in memory");

typedef struct {
    hb_metric_t metric;
    hb_near_backend_t backend;
    bool two_stage;  /* L2 top k_cand, then re-rank by d_L; false: direct search in the metric */
    uint32_t k_cand; /* for two_stage, k..HB_NEAR_CAND_MAX, default 1024 */
    uint32_t k;      /* 1..HB_NEAR_K_MAX, default 32 */
} hb_near_params_t;
#define HB_NEAR_CAND_MAX 4096u
hb_near_params_t hb_near_params_default(void);
/* error: HB_E_CONFIG with the key, for a bound, for a backend that is not built, and for two_stage
 * under another metric than lorentz. */
HB_CHECKED hb_status_t hb_near_params_check(const hb_near_params_t *params, hb_err_t *err);

typedef struct {
    hb_near_params_t params;
    uint32_t rows;
    uint32_t dim;               /* padded */
    const float *z;             /* [rows][dim], 64-byte aligned */
    const float *lift;          /* [rows] u0 */
    const hb_near_meta_t *meta; /* [rows] */
    int64_t label_ns_max;       /* longest label: end - start over all rows */
    hb_store_t store;           /* keeps the map when loaded; zero when built in memory */
    void *owned;                /* heap block when built in memory */
} hb_near_index_t;

/* Scratch of one searching thread: distances of a block and the candidate list. */
typedef struct hb_near_scratch hb_near_scratch_t;
size_t hb_near_scratch_footprint(const hb_near_params_t *params);
hb_near_scratch_t *hb_near_scratch_init(void *memory, const hb_near_params_t *params);

/* Copies points and meta. Row by row it is checked: starts do not go back, end >= start, label 0
 * or 1, vol_bucket 0..4, all values finite, all of one dim. error: HB_E_CONFIG for params,
 * HB_E_DATA with the row. gives: hb_near_close. */
HB_CHECKED hb_status_t hb_near_build(const hb_point_t *points, const hb_near_meta_t *meta,
                                     uint32_t rows, const hb_near_params_t *params,
                                     hb_near_index_t *out, hb_err_t *err);
HB_CHECKED hb_status_t hb_near_save(const hb_near_index_t *index, const char *path, hb_err_t *err);
/* Maps the file and uses it in place; every count and bound is checked, all values finite.
 * error: HB_E_ARTIFACT. gives: hb_near_close. */
HB_CHECKED hb_status_t hb_near_open(const char *path, hb_near_index_t *out, hb_err_t *err);
void hb_near_close(hb_near_index_t *index); /* zeroed allowed */

/* The admissible nearest k of a query decided on the bar that opened at query_utc_at_ns. A query
 * that is not finite has no neighbours (count 0). hot: no allocation, no system call, cannot fail.
 * pre: query->dim == index->dim; scratch made for params with at least the index's k and k_cand.
 * cost: one pass over the rows before the query. */
void hb_near_search(const hb_near_index_t *index, const hb_point_t *query, int64_t query_utc_at_ns,
                    hb_near_scratch_t *scratch, hb_near_t *out);

/* Hubness over result lists ids[queries*k] (0xffffffff = empty): skewness of how often each row is
 * retrieved, share of rows never retrieved, share of the filled slots that the top 1 % of rows (at
 * least one) take. All 0 where undefined (no rows, no filled slot, all counts equal). pre: other
 * ids < rows. */
typedef struct {
    double skew, never_ratio, top1_ratio;
} hb_hubness_t;
void hb_near_hubness(const uint32_t *ids, uint64_t slots, uint32_t rows, hb_hubness_t *out);

#endif
