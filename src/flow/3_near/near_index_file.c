/* The index as a file: kind "near", sections head, z, lift, meta, used in place when opened.
 *
 * Invariant: what is opened has been checked as strictly as what is built; the file holds no time,
 * host or address, so that equal input gives equal bytes.
 */
#include "near_index.h"

#include "near_int.h"
#include "num_dist.h"

#define NEAR_KIND    "near"
#define NEAR_VERSION 1u

typedef struct {
    uint32_t metric, backend, two_stage, k_cand, k, rows, dim, reserved;
} near_head_t;
_Static_assert(sizeof(near_head_t) == 32, "no padding");

hb_status_t hb_near_save(const hb_near_index_t *index, const char *path, hb_err_t *err)
{
    const hb_near_params_t *params = &index->params;
    const near_head_t head = {
        .metric = (uint32_t)params->metric,
        .backend = (uint32_t)params->backend,
        .two_stage = params->two_stage,
        .k_cand = params->k_cand,
        .k = params->k,
        .rows = index->rows,
        .dim = index->dim,
    };
    const uint64_t rows = index->rows;
    const hb_section_t sections[] = {
        {"head", &head, sizeof head},
        {"z", index->z, rows * index->dim * sizeof *index->z},
        {"lift", index->lift, rows * sizeof *index->lift},
        {"meta", index->meta, rows * sizeof *index->meta},
    };
    return hb_store_write(path, NEAR_KIND, NEAR_VERSION, sections,
                          sizeof sections / sizeof sections[0], err);
}

static hb_status_t check_head(const near_head_t *head, const char *path, hb_near_params_t *params,
                              hb_err_t *err)
{
    const hb_near_params_t stored = {
        .metric = (hb_metric_t)head->metric,
        .backend = (hb_near_backend_t)head->backend,
        .two_stage = head->two_stage != 0,
        .k_cand = head->k_cand,
        .k = head->k,
    };
    const bool shape = head->rows > 0 && head->rows < UINT32_MAX && head->dim > 0 &&
                       head->dim <= HB_STATE_DIM_MAX && head->dim % HB_NUM_LANES == 0;
    if (!shape || head->two_stage > 1 || head->reserved != 0 ||
        hb_near_params_check(&stored, NULL) != HB_OK) {
        return hb_err_set(err, HB_E_ARTIFACT, path, "train the artifact again with this version",
                          "the index's head is not one that this version writes");
    }
    *params = stored;
    return HB_OK;
}

/* Points the index at the sections of its open store. */
static hb_status_t read_sections(hb_near_index_t *index, hb_err_t *err)
{
    const void *data;
    HB_TRY(hb_store_section_exact(&index->store, "head", sizeof(near_head_t), 1, &data, err));
    const near_head_t *head = data;
    HB_TRY(check_head(head, index->store.path, &index->params, err));
    index->rows = head->rows;
    index->dim = head->dim;
    const uint64_t rows = index->rows;
    HB_TRY(
        hb_store_section_exact(&index->store, "z", index->dim * sizeof(float), rows, &data, err));
    index->z = data;
    HB_TRY(hb_store_section_exact(&index->store, "lift", sizeof(float), rows, &data, err));
    index->lift = data;
    HB_TRY(hb_store_section_exact(&index->store, "meta", sizeof(hb_near_meta_t), rows, &data, err));
    index->meta = data;
    return near_check_rows(index, HB_E_ARTIFACT, index->store.path, err);
}

hb_status_t hb_near_open(const char *path, hb_near_index_t *out, hb_err_t *err)
{
    hb_near_index_t made = {0};
    HB_TRY(hb_store_open(path, NEAR_KIND, NEAR_VERSION, &made.store, err));
    const hb_status_t status = read_sections(&made, err);
    if (status != HB_OK) {
        hb_store_close(&made.store);
        return status;
    }
    *out = made;
    return HB_OK;
}
