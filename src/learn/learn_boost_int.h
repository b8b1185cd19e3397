/* Inside of the trainer of oblivious trees: what its files share. Not for other modules.
 *
 * Gradients and weights are rounded once to a grid on which every sum of them is exact in double,
 * so that neither the order of rows nor the thread that adds them shows in a result, and a leaf's
 * histogram is exactly its parent's minus its sibling's. */
#ifndef HB_LEARN_BOOST_INT_H
#define HB_LEARN_BOOST_INT_H

#include <stdbool.h>

#include "base_rng.h"
#include "learn_boost.h"

#define HB_BOOST_BINS_MAX   255u
#define HB_BOOST_LEAVES_MAX (1u << HB_TREE_DEPTH_MAX)

/* Borders of all features, ascending inside a feature; bin = number of borders below the value. */
typedef struct {
    uint32_t feature_count;
    uint32_t *first; /* [feature_count + 1] */
    float *border;   /* [first[feature_count]] */
} hb_boost_borders_t;

/* Rows as training sees them. */
typedef struct {
    uint32_t rows;
    const uint8_t *y;
    double *weight; /* [rows] on the grid; 1 where none are given */
    double weight_sum, grid;
    uint8_t *bins;      /* [feature_count][rows]: one column a feature */
    double *log_odds;   /* [rows] sum of the trees so far */
    double *p;          /* [rows] logistic of it */
    uint16_t *leaf;     /* [rows] leaf of the newest tree */
    double *block_sums; /* scratch: two a block of rows */
    double loss_sum, slope_sq_sum;
} hb_boost_rows_t;

typedef struct {
    uint32_t depth;
    uint32_t feature[HB_TREE_DEPTH_MAX], bin[HB_TREE_DEPTH_MAX]; /* bit j: value's bin > bin[j] */
    double gain[HB_TREE_DEPTH_MAX];
    double *value; /* [2^depth] learning rate folded in */
} hb_boost_tree_t;

typedef double hb_boost_cell_t __attribute__((vector_size(16))); /* sum of gradients, of weights */

/* Best border of one feature at one level; score is without noise. */
typedef struct {
    double score;
    uint32_t bin;
    bool found;
} hb_boost_best_t;

/* Search for the splits of a tree. Sampled rows lie leaf by leaf in row[]. */
typedef struct {
    const hb_boost_params_t *params;
    const hb_boost_borders_t *borders;
    const hb_boost_rows_t *rows;
    double l2, weight_min;
    uint32_t *feature; /* [feature_count] those that have borders */
    uint32_t feature_count;
    uint32_t sampled, level;
    uint32_t *row, *row_next;          /* [rows] */
    hb_boost_cell_t *cell, *cell_next; /* [rows] gradient and weight of row[] */
    uint32_t *begin, *count;           /* [2^level] a leaf's stretch of row[] */
    hb_boost_cell_t *total;            /* [2^level] */
    hb_boost_cell_t *hist;             /* [feature][leaf][bin] of the levels that keep theirs */
    uint64_t *hist_first;              /* [feature_count] */
    uint32_t *hist_level;              /* [feature_count] level + 1 of what hist holds; 0 none */
    uint32_t hist_levels;
    hb_boost_best_t *best; /* [feature_count] */
    uint8_t *tried;        /* [feature_count] features drawn for the level */
    double noise;
    uint64_t noise_seed;
} hb_boost_grow_t;

/* learn_boost_bins.c. sorted: ascending, no NaN; border holds most; returns how many. */
uint32_t hb_boost_borders_find(const float *sorted, uint32_t count, uint32_t most, float *border);
void hb_boost_borders_make(const hb_boost_data_t *data, const hb_boost_params_t *params,
                           hb_boost_borders_t *out);
void hb_boost_borders_free(hb_boost_borders_t *borders);
void hb_boost_bins_make(const hb_boost_data_t *data, const hb_boost_borders_t *borders,
                        uint32_t threads, uint8_t *bins);

/* learn_boost_rows.c */
void hb_boost_rows_init(const hb_boost_data_t *data, const hb_boost_borders_t *borders,
                        uint32_t threads, hb_boost_rows_t *out);
void hb_boost_rows_start(hb_boost_rows_t *rows, double log_odds, uint32_t threads);
void hb_boost_rows_free(hb_boost_rows_t *rows);
/* Finds each row's leaf. */
void hb_boost_rows_drop(hb_boost_rows_t *rows, const hb_boost_tree_t *tree, uint32_t threads);
/* Adds the tree's values to the rows that were dropped through it. */
void hb_boost_rows_add(hb_boost_rows_t *rows, const hb_boost_tree_t *tree, uint32_t threads);
double hb_boost_rows_loss(const hb_boost_rows_t *rows);
/* Newton leaf values on rows that were dropped; rows are left as they were but for p. */
void hb_boost_leaves_fit(hb_boost_rows_t *rows, const hb_boost_params_t *params, double l2,
                         hb_boost_tree_t *tree);

/* learn_boost_grow.c */
void hb_boost_grow_init(const hb_boost_params_t *params, const hb_boost_borders_t *borders,
                        const hb_boost_rows_t *rows, hb_boost_grow_t *out);
void hb_boost_grow_free(hb_boost_grow_t *grow);
void hb_boost_grow_tree(hb_boost_grow_t *grow, uint32_t iteration, hb_boost_tree_t *tree);

/* learn_boost_split.c: best border of every tried feature at the present level, into best[]. */
void hb_boost_split_search(hb_boost_grow_t *grow);
/* Cosine score of the leaves as they are. */
double hb_boost_split_base(const hb_boost_grow_t *grow);

/* learn_boost_model.c: trees as they are added. */
typedef struct {
    uint32_t tree_count;
    uint64_t split_count, leaf_count;
    uint64_t tree_room, split_room, leaf_room;
    uint32_t *depth, *feature;
    float *border;
    double *gain, *value;
} hb_boost_list_t;
void hb_boost_list_add(hb_boost_list_t *list, const hb_boost_tree_t *tree,
                       const hb_boost_borders_t *borders);
void hb_boost_list_free(hb_boost_list_t *list);
/* The first `kept` trees as a model of its own. gives: hb_trees_close. */
void hb_boost_list_pack(const hb_boost_list_t *list, uint32_t kept, uint32_t feature_count,
                        double bias, hb_trees_t *out);
/* Share of gain a feature; zeros when nothing was gained. gives: hb_free. */
double *hb_boost_list_importance(const hb_boost_list_t *list, uint32_t kept,
                                 uint32_t feature_count);

#endif
