/* A data set: bars with their states and labels, and the rows that a model may learn from.
 *
 * States come from one pass of the state stream over all bars, just as live. Nothing here is
 * fitted, so all folds may share it. A row is a bar whose state is ready and whose label is usable.
 */
#ifndef HB_LEARN_DATA_H
#define HB_LEARN_DATA_H

#include "base_status.h"
#include "learn_labels.h"
#include "near_index.h"
#include "rec_bar.h"
#include "rec_state.h"

typedef struct {
    hb_bars_t bars; /* borrows */
    hb_label_params_t label_params;
    hb_state_t *states; /* [bars.count] */
    hb_label_t *labels; /* [bars.count] */
    uint32_t rows;
    uint32_t *row_bar;                      /* [rows] bar index, ascending */
    uint32_t *t0, *t1;                      /* [rows] label interval in bar indices; t0 = row_bar */
    uint8_t *y;                             /* [rows] 0/1 */
    uint32_t skipped_warmup, skipped_label; /* bars that are no rows, by first cause */
    double up_ratio;                        /* share of y = 1 */
} hb_dataset_t;

/* error: HB_E_DATA when fewer than rows_min rows remain. gives: hb_dataset_free. */
HB_CHECKED hb_status_t hb_dataset_make(const hb_bars_t *bars, const hb_label_params_t *labels,
                                       uint32_t rows_min, hb_dataset_t *out, hb_err_t *err);
void hb_dataset_free(hb_dataset_t *data); /* zeroed allowed */

/* What the memory keeps of a row. */
hb_near_meta_t hb_dataset_meta(const hb_dataset_t *data, uint32_t row);
/* Moves each label to another row in blocks of block_rows rows, seeded: the placebo that must score
 * chance. Label, outcome and how long the label took move together: a label that came to stand
 * under a shorter interval would be known before it was resolved. */
void hb_dataset_shuffle_labels(hb_dataset_t *data, uint32_t block_rows, uint64_t seed);

#endif
