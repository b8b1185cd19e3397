/* Private to learn_fit*.c: the work in progress of one fit. */
#ifndef HB_LEARN_FIT_INT_H
#define HB_LEARN_FIT_INT_H

#include "learn_fit.h"
#include "os_clock.h"
#include "rec_row.h"

typedef struct {
    const hb_dataset_t *data;
    const hb_fit_params_t *params;
    const hb_fit_hooks_t *hooks;
    const uint32_t *rows; /* [count] row ids */
    uint32_t count;
    hb_fit_report_t *report;
    hb_clock_t clock;
    int64_t stage_began_at_ns;

    hb_whiten_t whiten;
    hb_point_t *points; /* [count] */
    hb_near_index_t index;
    hb_near_t *near; /* [count] */
    hb_kernels_t kernels;
    hb_row_t *feature_rows; /* [count] */
    uint8_t *part;          /* [count] HB_PART_* or 0xff: not learned from */
    hb_trees_t trees;
    hb_calib_t calib;
    hb_conformal_t conformal;
} hb_fit_t;

/* Trees, calibrator and conformal set from feature_rows and part. */
HB_CHECKED hb_status_t hb_fit_model(hb_fit_t *fit, hb_err_t *err);
/* Writes every part into a new artifact folder and seals it. */
HB_CHECKED hb_status_t hb_fit_save(hb_fit_t *fit, const char *dir, hb_err_t *err);
void hb_fit_stage_begin(hb_fit_t *fit, hb_fit_stage_t stage);
void hb_fit_stage_end(hb_fit_t *fit, hb_fit_stage_t stage);

#endif
