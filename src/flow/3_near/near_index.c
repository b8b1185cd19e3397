/* The memory in the making: parameters, the check of every row, the build from points, the
 * scratch.
 *
 * Invariant: an index that exists, built or opened, has passed near_check_rows, so that the search
 * need not look for disorder or non-finite values.
 */
#include "near_index.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "near_int.h"
#include "num_dist.h"

#define VOL_BUCKET_MAX 4

hb_near_params_t hb_near_params_default(void)
{
    return (hb_near_params_t){
        .metric = HB_METRIC_LORENTZ, .backend = HB_NEAR_EXACT, .k_cand = 1024, .k = 32};
}

hb_status_t hb_near_params_check(const hb_near_params_t *params, hb_err_t *err)
{
    if (params->backend == HB_NEAR_HNSW || params->backend == HB_NEAR_IVFPQ) {
        return hb_err_set(err, HB_E_CONFIG, "model.ann.backend",
                          "set model.ann.backend to exact or auto",
                          "backend %s is not built in this version",
                          params->backend == HB_NEAR_HNSW ? "hnsw" : "ivfpq");
    }
    if (params->backend != HB_NEAR_EXACT) {
        return hb_err_set(err, HB_E_CONFIG, "model.ann.backend",
                          "set model.ann.backend to exact or auto", "unknown backend %u",
                          (unsigned)params->backend);
    }
    if ((uint32_t)params->metric > HB_METRIC_LORENTZ) {
        return hb_err_set(err, HB_E_CONFIG, "model.ann.metric",
                          "set model.ann.metric to lorentz, l2 or ip", "unknown metric %u",
                          (unsigned)params->metric);
    }
    if (params->k < 1 || params->k > HB_NEAR_K_MAX) {
        return hb_err_set(err, HB_E_CONFIG, "model.ann.K", "set it between 1 and 128",
                          "%u neighbours are out of range", params->k);
    }
    if (!params->two_stage) return HB_OK;
    if (params->metric != HB_METRIC_LORENTZ) {
        return hb_err_set(err, HB_E_CONFIG, "model.ann.mode",
                          "set model.ann.metric to lorentz or model.ann.mode to direct",
                          "the two-stage search re-ranks by the Lorentz distance alone");
    }
    if (params->k_cand < params->k || params->k_cand > HB_NEAR_CAND_MAX) {
        return hb_err_set(err, HB_E_CONFIG, "model.ann.K_cand", "set it between K and 4096",
                          "%u candidates for %u neighbours are out of range", params->k_cand,
                          params->k);
    }
    return HB_OK;
}

size_t hb_near_scratch_footprint(const hb_near_params_t *params)
{
    const size_t cand = params->two_stage ? params->k_cand : 0;
    return (sizeof(hb_near_scratch_t) + cand * sizeof(near_item_t) + 63) / 64 * 64;
}

hb_near_scratch_t *hb_near_scratch_init(void *memory, const hb_near_params_t *params)
{
    HB_ASSERT(memory && (uintptr_t)memory % 64 == 0 && params->k <= HB_NEAR_K_MAX);
    memset(memory, 0, hb_near_scratch_footprint(params));
    hb_near_scratch_t *scratch = memory;
    scratch->k = params->k;
    scratch->k_cand = params->two_stage ? params->k_cand : 0;
    return scratch;
}

/* NULL when the row may stand, else what is wrong with it. */
static const char *row_fault(const hb_near_index_t *index, uint32_t row)
{
    const hb_near_meta_t *meta = &index->meta[row];
    const float *z = index->z + (size_t)row * index->dim;
    for (uint32_t j = 0; j < index->dim; j++) {
        if (!isfinite(z[j])) return "the point is not finite";
    }
    if (!isfinite(index->lift[row]) || index->lift[row] < 1) return "the lift is not at least 1";
    if (row > 0 && meta->start_utc_at_ns < meta[-1].start_utc_at_ns) return "time goes back";
    if (meta->end_utc_at_ns < meta->start_utc_at_ns) return "the label ends before its bar";
    if (meta->label != 0 && meta->label != 1) return "the label is neither 0 nor 1";
    if (meta->vol_bucket < 0 || meta->vol_bucket > VOL_BUCKET_MAX) {
        return "the volatility bucket is not 0 to 4";
    }
    if (!isfinite(meta->outcome_atr)) return "the outcome is not finite";
    if (!isfinite(meta->weight) || meta->weight < 0) return "the weight is not finite or below 0";
    return NULL;
}

hb_status_t near_check_rows(hb_near_index_t *index, hb_status_t status, const char *where,
                            hb_err_t *err)
{
    int64_t longest_ns = 0;
    for (uint32_t row = 0; row < index->rows; row++) {
        const hb_near_meta_t *meta = &index->meta[row];
        const char *fault = row_fault(index, row);
        int64_t label_ns = 0;
        if (!fault &&
            __builtin_sub_overflow(meta->end_utc_at_ns, meta->start_utc_at_ns, &label_ns)) {
            fault = "the label is longer than time can count";
        }
        if (fault) {
            return hb_err_set(err, status, where, "build the index again from checked rows",
                              "index row %u: %s", row, fault);
        }
        longest_ns = HB_MAX(longest_ns, label_ns);
    }
    index->label_ns_max = longest_ns;
    return HB_OK;
}

static hb_status_t check_points(const hb_point_t *points, uint32_t rows, hb_err_t *err)
{
    if (rows == 0 || rows == UINT32_MAX) {
        return hb_err_set(err, HB_E_DATA, NULL, "hand in at least one resolved row",
                          "an index of %u rows cannot be built", rows);
    }
    const uint32_t dim = points[0].dim;
    if (dim == 0 || dim > HB_STATE_DIM_MAX || dim % HB_NUM_LANES != 0) {
        return hb_err_set(err, HB_E_DATA, NULL, "pad points to a multiple of 16",
                          "points of %u dimensions cannot be indexed", dim);
    }
    for (uint32_t row = 0; row < rows; row++) {
        if (points[row].dim != dim || !points[row].finite) {
            return hb_err_set(err, HB_E_DATA, NULL, "leave out rows whose state is not finite",
                              "index row %u: %s", row,
                              points[row].finite ? "another dimension than the first row"
                                                 : "the point is not finite");
        }
    }
    return HB_OK;
}

/* One block: points, lifts, outcomes, each from a 64-byte boundary. */
static void copy_rows(hb_near_index_t *index, const hb_point_t *points, const hb_near_meta_t *meta)
{
    const size_t rows = index->rows, dim = index->dim;
    const size_t z_bytes = rows * dim * sizeof(float);
    const size_t lift_bytes = (rows * sizeof(float) + 63) / 64 * 64;
    uint8_t *block = hb_alloc(1, z_bytes + lift_bytes + rows * sizeof *meta);
    float *z = (void *)block;
    float *lift = (void *)(block + z_bytes);
    for (size_t row = 0; row < rows; row++) {
        memcpy(z + row * dim, points[row].z, dim * sizeof *z);
        lift[row] = points[row].lift;
    }
    memcpy(block + z_bytes + lift_bytes, meta, rows * sizeof *meta);
    index->z = z;
    index->lift = lift;
    index->meta = (void *)(block + z_bytes + lift_bytes);
    index->owned = block;
}

hb_status_t hb_near_build(const hb_point_t *points, const hb_near_meta_t *meta, uint32_t rows,
                          const hb_near_params_t *params, hb_near_index_t *out, hb_err_t *err)
{
    HB_TRY(hb_near_params_check(params, err));
    HB_TRY(check_points(points, rows, err));
    hb_near_index_t made = {.params = *params, .rows = rows, .dim = points[0].dim};
    copy_rows(&made, points, meta);
    const hb_status_t status = near_check_rows(&made, HB_E_DATA, NULL, err);
    if (status != HB_OK) {
        hb_free(made.owned);
        return status;
    }
    *out = made;
    return HB_OK;
}

void hb_near_close(hb_near_index_t *index)
{
    hb_store_close(&index->store);
    hb_free(index->owned);
    memset(index, 0, sizeof *index);
}
