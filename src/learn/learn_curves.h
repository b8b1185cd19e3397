/* The curves of the report, as JSON arrays. */
#ifndef HB_LEARN_CURVES_H
#define HB_LEARN_CURVES_H

#include <jansson.h>

#include "learn_metrics.h"

/* Equal-mass bins over all cells: [{"p":mean p,"y":share of 1,"rows":n}]. */
json_t *hb_curve_reliability(const hb_cell_t *cells, uint32_t count, uint32_t bins);
/* ROC averaged over cells by rows at `points` false-positive rates: [[fpr, tpr], ...]; its area is
 * the report's AUC up to the grid. */
json_t *hb_curve_roc(const hb_cell_t *cells, uint32_t count, uint32_t points);

#endif
