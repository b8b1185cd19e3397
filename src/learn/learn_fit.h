/* From training rows to a sealed artifact: whitening, index, kernels, trees, calibrator, conformal
 * set.
 *
 * The same function makes the artifact of `train` and the one of each validation fold; everything
 * fitted is fitted on the rows handed in and nothing else. Training rows are cut at time into four
 * consecutive, purged parts: fit | early stopping | calibration | conformal.
 */
#ifndef HB_LEARN_FIT_H
#define HB_LEARN_FIT_H

#include "base_status.h"
#include "conf.h"
#include "learn_boost.h"
#include "learn_data.h"
#include "learn_metrics.h"
#include "model_calib.h"
#include "near_kernel.h"
#include "state_whiten.h"
#include "store_hash.h"

enum { HB_PART_FIT, HB_PART_STOP, HB_PART_CALIB, HB_PART_CONFORMAL, HB_PART_COUNT };

typedef struct {
    hb_whiten_params_t whiten;
    hb_near_params_t near;
    hb_kernels_t kernels; /* ell <= 0: auto */
    bool period_session, mkl_learn;
    hb_boost_params_t boost;
    hb_calib_method_t calib;
    double conformal_alpha;
    double part_ratios[HB_PART_COUNT]; /* sum 1 */
    uint32_t embargo_bars;
    uint32_t threads;
} hb_fit_params_t;

/* Reads model.yaml's and data.yaml's keys. error: HB_E_CONFIG for what is not built (ordered
 * boosting, hnsw, ivfpq, ...), with the key and what to set. */
HB_CHECKED hb_status_t hb_fit_params_from_conf(const hb_conf_t *conf, hb_fit_params_t *out,
                                               hb_err_t *err);

#define HB_FIT_STAGE_TABLE(X)                                                                      \
    X(WHITEN, "whiten")                                                                            \
    X(INDEX, "index")                                                                              \
    X(NEIGHBOURS, "neighbours")                                                                    \
    X(KERNELS, "kernels")                                                                          \
    X(BOOST, "boost")                                                                              \
    X(CALIBRATE, "calibrate")                                                                      \
    X(SAVE, "save")

typedef enum {
#define HB_FIT_STAGE_ENUM(name, text) HB_FIT_##name,
    HB_FIT_STAGE_TABLE(HB_FIT_STAGE_ENUM)
#undef HB_FIT_STAGE_ENUM
        HB_FIT_STAGE_COUNT
} hb_fit_stage_t;
const char *hb_fit_stage_name(hb_fit_stage_t stage);

typedef struct {
    char sha256[HB_SHA256_HEX];  /* of the artifact's payload */
    uint32_t rows;               /* training rows: the memory */
    uint32_t rows_memory_short;  /* of them, too early to have neighbours: not learned from */
    uint32_t rows_purged_inside; /* dropped between the four parts */
    uint32_t part_rows[HB_PART_COUNT];
    uint32_t feature_count;
    hb_whiten_report_t whiten;
    hb_boost_report_t boost; /* importance is owned: hb_fit_report_free */
    hb_hubness_t hubness;
    double mkl_weights[HB_KERNEL_COUNT];
    double rq_ell, kth_dist_limit;
    /* On the conformal part, which neither trees nor calibrator have seen. */
    double ece_before, ece_after;
    double held_out[HB_METRIC_COUNT]; /* by hb_metric_id_t */
    double coverage[2];
    double seconds[HB_FIT_STAGE_COUNT];
} hb_fit_report_t;
void hb_fit_report_free(hb_fit_report_t *report);

/* What else goes into the artifact's folder before it is sealed: config copies, metadata. May be
 * NULL. */
typedef hb_status_t (*hb_fit_extra_fn)(void *ctx, const char *temp_dir,
                                       const hb_fit_report_t *report, hb_err_t *err);
typedef struct {
    hb_boost_progress_fn boost;                     /* may be NULL */
    void (*stage)(void *ctx, hb_fit_stage_t stage); /* may be NULL */
    hb_fit_extra_fn extra;                          /* may be NULL */
    void *ctx;
} hb_fit_hooks_t;

/* rows: row ids of data, ascending. dir: the artifact's final folder, must not exist.
 * error: HB_E_DATA / HB_E_NUMERIC when the rows cannot carry a fit; HB_E_IO. */
HB_CHECKED hb_status_t hb_fit_artifact(const hb_dataset_t *data, const uint32_t *rows,
                                       uint32_t row_count, const hb_fit_params_t *params,
                                       const char *dir, const hb_fit_hooks_t *hooks,
                                       hb_fit_report_t *report, hb_err_t *err);

#endif
