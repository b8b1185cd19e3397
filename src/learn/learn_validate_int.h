/* Private to learn_validate*.c: what the folds leave behind. */
#ifndef HB_LEARN_VALIDATE_INT_H
#define HB_LEARN_VALIDATE_INT_H

#include <stdatomic.h>

#include "learn_validate.h"

/* Predictions of one fold on one of its test groups, in time order. */
typedef struct {
    uint32_t path_id, fold_id, group_id, count;
    uint32_t *row; /* row id of the data set */
    uint8_t *y;
    double *p, *p_raw;
    double *rival_p[HB_RIVAL_COUNT];
} hb_cell_rows_t;

typedef struct {
    hb_fit_report_t fit;
    uint32_t skipped_memory_short; /* test rows without enough admissible memory: not scored */
    uint32_t out_of_domain;
    uint32_t class_rows[2], class_covered[2]; /* test rows whose conformal set holds their class */
    uint32_t single_sets;
    double recall, speedup; /* against the brute-force scan */
    uint32_t recall_queries;
    int64_t search_ns_p50, search_ns_p95;
    hb_cell_rows_t *cells; /* [fold->test_group_count] */
} hb_fold_result_t;

typedef struct {
    const hb_dataset_t *data;
    const hb_validate_params_t *params;
    const char *out_dir;
    hb_splits_t splits;
    hb_fold_result_t *results; /* [fold_count] */
    hb_validate_progress_fn progress;
    void *progress_ctx;
    _Atomic uint32_t folds_done;
    hb_status_t *fold_status; /* [fold_count], each written by its own fold */
    hb_err_t *fold_err;
} hb_validate_t;

HB_CHECKED hb_status_t hb_validate_fold(hb_validate_t *run, uint32_t fold_id, hb_err_t *err);
/* Metrics, baselines, folds and curves as JSON. */
json_t *hb_validate_report(const hb_validate_t *run);

#endif
