/* Trees on disk and their checks. Invariant: a model that hb_trees_open or the trainer hands out
 * has passed hb_trees_check, so that the evaluator needs no bounds of its own: every split names a
 * feature below feature_count, and the depths account for every split and every leaf.
 *
 * File kind "trees", version 1: section "meta" (meta_t), then "depths", "features", "borders" and
 * "leaves"; a section without elements is left out. */
#include "model_trees.h"

#include <math.h>
#include <string.h>

#include "base_mem.h"

#define KIND               "trees"
#define VERSION            1u
#define FEATURE_COUNT_MAX  65536u
#define SECTION_COUNT_FULL 5u

typedef struct {
    uint32_t feature_count, tree_count;
    double scale, bias;
    uint64_t split_count, leaf_count;
} meta_t;

/* A fault in a file is the file's; in a model built in memory it is ours. */
static hb_status_t fault(const hb_trees_t *trees, hb_err_t *err, const char *what, uint64_t at)
{
    if (trees->store.path[0] != '\0') {
        return hb_err_set(err, HB_E_ARTIFACT, trees->store.path, "train the model again",
                          "the trees are not usable: %s (%llu)", what, (unsigned long long)at);
    }
    return hb_err_set(err, HB_E_INTERNAL, "trees", NULL, "the trees are not usable: %s (%llu)",
                      what, (unsigned long long)at);
}

static hb_status_t check_header(const hb_trees_t *trees, hb_err_t *err)
{
    if (trees->feature_count == 0 || trees->feature_count > FEATURE_COUNT_MAX) {
        return fault(trees, err, "feature count outside 1..65536", trees->feature_count);
    }
    if (!isfinite(trees->scale) || !isfinite(trees->bias)) {
        return fault(trees, err, "scale or bias is not finite", 0);
    }
    if (trees->tree_count > 0 && (!trees->depths || !trees->leaf_values)) {
        return fault(trees, err, "depths or leaves are missing", trees->tree_count);
    }
    if (trees->split_count > 0 && (!trees->split_features || !trees->split_borders)) {
        return fault(trees, err, "splits are missing", trees->split_count);
    }
    return HB_OK;
}

static hb_status_t check_sums(const hb_trees_t *trees, hb_err_t *err)
{
    uint64_t splits = 0, leaves = 0;
    for (uint32_t t = 0; t < trees->tree_count; t++) {
        if (trees->depths[t] > HB_TREE_DEPTH_MAX) {
            return fault(trees, err, "a tree is deeper than 16, tree", t);
        }
        splits += trees->depths[t];
        leaves += (uint64_t)1 << trees->depths[t];
    }
    if (splits != trees->split_count) {
        return fault(trees, err, "the depths do not account for the splits", splits);
    }
    if (leaves != trees->leaf_count) {
        return fault(trees, err, "the depths do not account for the leaves", leaves);
    }
    return HB_OK;
}

hb_status_t hb_trees_check(const hb_trees_t *trees, hb_err_t *err)
{
    HB_TRY(check_header(trees, err));
    HB_TRY(check_sums(trees, err));
    for (uint64_t i = 0; i < trees->split_count; i++) {
        if (trees->split_features[i] >= trees->feature_count) {
            return fault(trees, err, "a split names a feature that is not there, split", i);
        }
        if (!isfinite(trees->split_borders[i])) {
            return fault(trees, err, "a border is not finite, split", i);
        }
    }
    for (uint64_t i = 0; i < trees->leaf_count; i++) {
        if (!isfinite(trees->leaf_values[i])) {
            return fault(trees, err, "a leaf value is not finite, leaf", i);
        }
    }
    return HB_OK;
}

hb_status_t hb_trees_save(const hb_trees_t *trees, const char *path, hb_err_t *err)
{
    HB_TRY(hb_trees_check(trees, err));
    const meta_t meta = {trees->feature_count, trees->tree_count,  trees->scale,
                         trees->bias,          trees->split_count, trees->leaf_count};
    const hb_section_t all[SECTION_COUNT_FULL] = {
        {"meta", &meta, sizeof meta},
        {"depths", trees->depths, trees->tree_count * sizeof *trees->depths},
        {"features", trees->split_features, trees->split_count * sizeof *trees->split_features},
        {"borders", trees->split_borders, trees->split_count * sizeof *trees->split_borders},
        {"leaves", trees->leaf_values, trees->leaf_count * sizeof *trees->leaf_values},
    };
    hb_section_t sections[SECTION_COUNT_FULL];
    uint32_t count = 0;
    for (uint32_t i = 0; i < SECTION_COUNT_FULL; i++) {
        if (all[i].bytes > 0) sections[count++] = all[i];
    }
    return hb_store_write(path, KIND, VERSION, sections, count, err);
}

/* Pointer to a section of exactly count elements; NULL where there are none. */
static hb_status_t section_take(const hb_trees_t *trees, const char *name, uint64_t element_bytes,
                                uint64_t count, const void **data, hb_err_t *err)
{
    *data = NULL;
    if (count == 0) return HB_OK;
    return hb_store_section_exact(&trees->store, name, element_bytes, count, data, err);
}

static hb_status_t sections_take(hb_trees_t *trees, hb_err_t *err)
{
    const void *data;
    HB_TRY(hb_store_section_exact(&trees->store, "meta", sizeof(meta_t), 1, &data, err));
    meta_t meta;
    memcpy(&meta, data, sizeof meta);
    trees->feature_count = meta.feature_count;
    trees->tree_count = meta.tree_count;
    trees->scale = meta.scale;
    trees->bias = meta.bias;
    trees->split_count = meta.split_count;
    trees->leaf_count = meta.leaf_count;
    const uint32_t expected =
        1 + (meta.tree_count > 0) + 2 * (meta.split_count > 0) + (meta.leaf_count > 0);
    if (trees->store.section_count != expected) {
        return fault(trees, err, "it holds sections that are not trees, count",
                     trees->store.section_count);
    }
    HB_TRY(section_take(trees, "depths", sizeof(uint32_t), meta.tree_count, &data, err));
    trees->depths = data;
    HB_TRY(section_take(trees, "features", sizeof(uint32_t), meta.split_count, &data, err));
    trees->split_features = data;
    HB_TRY(section_take(trees, "borders", sizeof(float), meta.split_count, &data, err));
    trees->split_borders = data;
    HB_TRY(section_take(trees, "leaves", sizeof(double), meta.leaf_count, &data, err));
    trees->leaf_values = data;
    return HB_OK;
}

hb_status_t hb_trees_open(const char *path, hb_trees_t *out, hb_err_t *err)
{
    hb_trees_t trees = {0};
    hb_status_t status;
    HB_TRY(hb_store_open(path, KIND, VERSION, &trees.store, err));
    HB_TRY_OUT(sections_take(&trees, err));
    HB_TRY_OUT(hb_trees_check(&trees, err));
    *out = trees;
    return HB_OK;
out:
    hb_trees_close(&trees);
    return status;
}

void hb_trees_close(hb_trees_t *trees)
{
    hb_store_close(&trees->store);
    hb_free(trees->owned);
    *trees = (hb_trees_t){0};
}
