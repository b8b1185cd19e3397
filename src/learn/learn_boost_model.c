/* The trees of a fit as they are added, and the model made of the first of them. Invariant: the
 * arrays of a packed model stand in one block of memory, doubles first, and pass hb_trees_check. */
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "learn_boost_int.h"

/* Doubles *room until count fits. */
static void *room_make(void *old, uint64_t *room, uint64_t count, size_t size)
{
    if (count <= *room) return old;
    uint64_t more = HB_MAX(*room, (uint64_t)64);
    while (more < count) more *= 2;
    old = hb_grow(old, *room, more, size);
    *room = more;
    return old;
}

void hb_boost_list_add(hb_boost_list_t *list, const hb_boost_tree_t *tree,
                       const hb_boost_borders_t *borders)
{
    const uint32_t leaves = 1u << tree->depth;
    list->depth =
        room_make(list->depth, &list->tree_room, list->tree_count + 1, sizeof *list->depth);
    list->value =
        room_make(list->value, &list->leaf_room, list->leaf_count + leaves, sizeof *list->value);
    /* Three arrays share one room: each starts from the old one. */
    const uint64_t splits = list->split_count + tree->depth;
    uint64_t room = list->split_room;
    list->feature = room_make(list->feature, &room, splits, sizeof *list->feature);
    room = list->split_room;
    list->border = room_make(list->border, &room, splits, sizeof *list->border);
    list->gain = room_make(list->gain, &list->split_room, splits, sizeof *list->gain);
    list->depth[list->tree_count++] = tree->depth;
    memcpy(list->value + list->leaf_count, tree->value, leaves * sizeof *list->value);
    list->leaf_count += leaves;
    for (uint32_t j = 0; j < tree->depth; j++) {
        const uint64_t at = list->split_count++;
        list->feature[at] = tree->feature[j];
        list->border[at] = borders->border[borders->first[tree->feature[j]] + tree->bin[j]];
        list->gain[at] = tree->gain[j];
    }
}

void hb_boost_list_free(hb_boost_list_t *list)
{
    hb_free(list->depth);
    hb_free(list->feature);
    hb_free(list->border);
    hb_free(list->gain);
    hb_free(list->value);
    *list = (hb_boost_list_t){0};
}

void hb_boost_list_pack(const hb_boost_list_t *list, uint32_t kept, uint32_t feature_count,
                        double bias, hb_trees_t *out)
{
    uint64_t splits = 0, leaves = 0;
    for (uint32_t t = 0; t < kept; t++) {
        splits += list->depth[t];
        leaves += (uint64_t)1 << list->depth[t];
    }
    double *values = hb_alloc(leaves * 2 + splits * 2 + kept, sizeof *values);
    uint32_t *depths = (uint32_t *)(values + leaves);
    uint32_t *features = depths + kept;
    float *borders = (float *)(features + splits);
    if (kept > 0) {
        memcpy(values, list->value, leaves * sizeof *values);
        memcpy(depths, list->depth, kept * sizeof *depths);
    }
    if (splits > 0) {
        memcpy(features, list->feature, splits * sizeof *features);
        memcpy(borders, list->border, splits * sizeof *borders);
    }
    *out = (hb_trees_t){.feature_count = feature_count,
                        .tree_count = kept,
                        .scale = 1,
                        .bias = bias,
                        .depths = depths,
                        .split_features = features,
                        .split_borders = borders,
                        .leaf_values = values,
                        .split_count = splits,
                        .leaf_count = leaves,
                        .owned = values};
}

double *hb_boost_list_importance(const hb_boost_list_t *list, uint32_t kept, uint32_t feature_count)
{
    double *share = hb_alloc(feature_count, sizeof *share);
    double sum = 0;
    uint64_t splits = 0;
    for (uint32_t t = 0; t < kept; t++) splits += list->depth[t];
    for (uint64_t i = 0; i < splits; i++) {
        share[list->feature[i]] += list->gain[i];
        sum += list->gain[i];
    }
    for (uint32_t f = 0; f < feature_count && sum > 0; f++) share[f] /= sum;
    return share;
}
