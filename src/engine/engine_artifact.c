/* Opening a verified artifact.
 *
 * Invariant: a model set is handed out only after every byte of the folder was hashed and all parts
 * were seen to fit each other and this program. Called by training (to use what it wrote),
 * validation, predict, replay and the daemon.
 */
#include "engine_artifact.h"

#include <string.h>

#include "base_mem.h"
#include "os_file.h"
#include "store_artifact.h"

#define LANES          16u
#define BAR_SIZE_S_MAX 86400u

static hb_status_t misfit(const char *file, const char *what, uint32_t has, uint32_t wants,
                          hb_err_t *err)
{
    return hb_err_set(err, HB_E_ARTIFACT, file, "train again with this program", "%s is %u, not %u",
                      what, has, wants);
}

hb_status_t hb_model_set_check(const hb_model_set_t *set, hb_err_t *err)
{
    const uint32_t row_dim = hb_state_dim + hb_row_near_dim;
    const uint32_t padded = (set->whiten.out_dim + LANES - 1) / LANES * LANES;
    if (set->whiten.state_dim != hb_state_dim) {
        return misfit(HB_FILE_WHITEN, "the number of state features", set->whiten.state_dim,
                      hb_state_dim, err);
    }
    if (set->index.dim != padded) {
        return misfit(HB_FILE_INDEX, "the dimension of the index", set->index.dim, padded, err);
    }
    HB_TRY(hb_near_params_check(&set->index.params, err));
    if (set->trees.feature_count != row_dim || row_dim > HB_ROW_DIM_MAX) {
        return misfit(HB_FILE_MODEL, "the number of model features", set->trees.feature_count,
                      row_dim, err);
    }
    if (set->bar_size_s < 1 || set->bar_size_s > BAR_SIZE_S_MAX) {
        return hb_err_set(err, HB_E_ARTIFACT, HB_FILE_SCHEMA, "train again with this program",
                          "a bar of %u seconds is not possible", set->bar_size_s);
    }
    return HB_OK;
}

/* A part's path; a part that the manifest never had is a fault of the artifact, not of the disk. */
static hb_status_t part_path(const char *dir, const char *name, char path[4200], hb_err_t *err)
{
    HB_TRY(hb_os_join(path, 4200, dir, name, err));
    if (hb_os_exists(path)) return HB_OK;
    return hb_err_set(err, HB_E_ARTIFACT, path, "train again", "the artifact has no %s", name);
}

static hb_status_t parts_load(const char *dir, hb_model_set_t *set, hb_err_t *err)
{
    char path[4200];
    HB_TRY(part_path(dir, HB_FILE_SCHEMA, path, err));
    HB_TRY(hb_schema_load(path, &set->bar_size_s, err));
    HB_TRY(part_path(dir, HB_FILE_WHITEN, path, err));
    HB_TRY(hb_whiten_load(path, &set->whiten, err));
    HB_TRY(part_path(dir, HB_FILE_INDEX, path, err));
    HB_TRY(hb_near_open(path, &set->index, err));
    HB_TRY(part_path(dir, HB_FILE_KERNELS, path, err));
    HB_TRY(hb_kernels_load(path, &set->kernels, err));
    HB_TRY(part_path(dir, HB_FILE_MODEL, path, err));
    HB_TRY(hb_trees_open(path, &set->trees, err));
    HB_TRY(part_path(dir, HB_FILE_CALIB, path, err));
    return hb_calib_load(path, &set->calib, &set->conformal, err);
}

/* First eight bytes of a hash that was made here: always hex digits. */
static uint64_t tag_of(const char *sha256)
{
    uint64_t tag = 0;
    for (int i = 0; i < 16; i++) {
        const char c = sha256[i];
        tag = tag << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return tag;
}

hb_status_t hb_model_set_open(const char *path, hb_model_set_t *out, hb_err_t *err)
{
    hb_model_set_t *set = hb_alloc(1, sizeof *set);
    hb_status_t status;
    HB_TRY_OUT(hb_artifact_verify(path, set->sha256, err));
    HB_TRY_OUT(parts_load(path, set, err));
    HB_TRY_OUT(hb_model_set_check(set, err));
    set->tag = tag_of(set->sha256);
    set->verified = true;
    *out = *set;
out:
    if (status != HB_OK) hb_model_set_close(set);
    hb_free(set);
    return status;
}

void hb_model_set_close(hb_model_set_t *set)
{
    hb_near_close(&set->index);
    hb_trees_close(&set->trees);
    memset(set, 0, sizeof *set);
}
