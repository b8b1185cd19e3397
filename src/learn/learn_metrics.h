/* Metrics of probabilities against 0/1 labels, weighted by bootstrap counts, with block
 * intervals. */
#ifndef HB_LEARN_METRICS_H
#define HB_LEARN_METRICS_H

#include <stdint.h>

#include "base_status.h"

typedef enum {
    HB_METRIC_ACCURACY,
    HB_METRIC_F1,
    HB_METRIC_ROC_AUC,
    HB_METRIC_LOG_LOSS,
    HB_METRIC_BRIER,
    HB_METRIC_ECE,
    HB_METRIC_COUNT
} hb_metric_id_t;
const char *hb_metric_name(hb_metric_id_t id); /* accuracy f1 roc_auc log_loss brier ece */

/* One block of predictions by one model on one run of rows: a (split, group) cell. Scores of
 * different models are never ranked against each other, so AUC is taken within a cell and
 * averaged by rows. */
typedef struct {
    uint32_t path_id, fold_id, group_id;
    uint32_t count;
    const uint32_t *row; /* [count] position on the time axis of all scored rows, ascending */
    const uint8_t *y;    /* [count] */
    const double *p;     /* [count] calibrated: accuracy, f1, log loss, brier, ece */
    const double *p_raw; /* [count] ranking: AUC (isotonic ties would cost it) */
} hb_cell_t;

enum { HB_METRIC_PATHS_MAX = 128 };

typedef struct {
    double mean, std; /* over paths */
    double lo, hi;    /* 95 % stationary block bootstrap of the mean */
    double per_path[HB_METRIC_PATHS_MAX];
} hb_metric_summary_t;

typedef struct {
    uint32_t resamples;      /* default 1000 */
    uint32_t block_bars_min; /* >= 2 * horizon */
    uint64_t seed;
    uint32_t threads;
    /* > 0: this mean block, so that models compare on the same resamples; else automatic. */
    double block_rows_fixed;
    /* [HB_METRIC_COUNT][resamples]: each resample's mean over paths; NULL: not wanted. */
    double *draws;
} hb_interval_params_t;

/* All metrics over all cells; axis_rows: length of the time axis. Time is resampled once for all
 * cells and paths together, so the same seed, block and axis give the same resamples to another
 * model.
 * AUC of a path: mean of its cells' AUC weighted by rows, cells with one class left out;
 * the others are pooled over its cells. Mean, std (n - 1; 0 for one path) and interval are over
 * the paths on which the metric is defined; NaN where it is defined on none. NaN in p or p_raw
 * makes the path's metrics NaN.
 * ECE: 10 equal-mass bins, cut once on the unweighted sample.
 * Block: the largest of block_bars_min and the automatic lengths of the log-loss and the label
 * series, at most axis_rows / 5. out[HB_METRIC_COUNT]; block_rows: mean block used (may be
 * NULL). The result does not depend on threads.
 * pre: 1 <= path_count <= HB_METRIC_PATHS_MAX, path_id < path_count, row < axis_rows < 2^30, a row
 * once a cell. cost: resamples * scored rows. */
void hb_metrics_summary(const hb_cell_t *cells, uint32_t cell_count, uint32_t axis_rows,
                        uint32_t path_count, const hb_interval_params_t *params,
                        hb_metric_summary_t *out, double *block_rows);

/* Plain values on one vector (weights all 1); NaN when n is 0 or a score is NaN. AUC: ties one
 * half; NaN when one class is missing. p >= 0.5 says up. F1: 0 when nothing is up nor called up. */
double hb_auc(const double *score, const uint8_t *y, uint32_t n);
double hb_accuracy(const double *p, const uint8_t *y, uint32_t n);
double hb_f1(const double *p, const uint8_t *y, uint32_t n);
/* p clipped to [1e-15, 1 - 1e-15]. */
double hb_log_loss(const double *p, const uint8_t *y, uint32_t n);
double hb_brier(const double *p, const uint8_t *y, uint32_t n);
double hb_ece_width(const double *p, const uint8_t *y, uint32_t n, uint32_t bins);
double hb_ece_mass(const double *p, const uint8_t *y, uint32_t n, uint32_t bins);
/* Debiased squared ECE on equal-mass bins (may be negative). Spiegelhalter's z supposes
 * independent rows; NaN when every p is 0, 1/2 or 1. */
double hb_ece_sq_debiased(const double *p, const uint8_t *y, uint32_t n, uint32_t bins);
double hb_spiegelhalter_z(const double *p, const uint8_t *y, uint32_t n);

/* DeLong's variance of the AUC for independent rows, Wald and logit 95 % intervals. At AUC 0 or
 * 1 the variance is 0 and the logit interval is the bound of min(ups, downs) successes without a
 * failure. NaN when one class is missing; var and intervals NaN when a class has one row only. */
typedef struct {
    double auc, var, wald_lo, wald_hi, logit_lo, logit_hi;
} hb_delong_t;
void hb_delong(const double *score, const uint8_t *y, uint32_t n, hb_delong_t *out);

#endif
