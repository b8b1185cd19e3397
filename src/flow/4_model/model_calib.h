/* Calibrated probability and conformal set: what turns a raw score into something to bet on. */
#ifndef HB_MODEL_CALIB_H
#define HB_MODEL_CALIB_H

#include "base_status.h"
#include "rec_score.h"

typedef enum { HB_CALIB_NONE, HB_CALIB_ISOTONIC, HB_CALIB_PLATT } hb_calib_method_t;

#define HB_CALIB_KNOTS_MAX 4096u

/* Isotonic: linear interpolation between knots (x ascending, y non-decreasing), flat outside,
 * clipped to [1/(n+2), 1-1/(n+2)] of the n rows it was fitted on. Platt: 1/(1+exp(a*raw+b)) on the
 * log-odds. */
typedef struct {
    uint32_t method; /* hb_calib_method_t */
    uint32_t knot_count;
    uint32_t rows_fitted;
    uint32_t reserved;
    double platt_a, platt_b;
    double knot_x[HB_CALIB_KNOTS_MAX]; /* p_raw */
    double knot_y[HB_CALIB_KNOTS_MAX];
} hb_calib_t;

/* Mondrian (class-conditional) split conformal: class c is kept when its score 1 - p(c) is at most
 * the k-th smallest calibration score of class c, k = ceil((n_c + 1)(1 - alpha)); infinite when k >
 * n_c. */
typedef struct {
    double alpha;
    double threshold[2]; /* per class; INFINITY keeps always */
    uint32_t rows_class[2];
    double coverage[2]; /* on the calibration rows, for the report */
} hb_conformal_t;

double hb_calib_apply(const hb_calib_t *calib, double raw, double p_raw); /* hot */
uint32_t hb_conformal_set(const hb_conformal_t *conformal, double p);     /* hot; HB_SET_* */

/* raw (log-odds) > p_raw, p, set. Sets AMBIGUOUS, EMPTY_SET on top of row_reasons. hot. */
void hb_score_make(const hb_calib_t *calib, const hb_conformal_t *conformal, double raw,
                   uint32_t row_reasons, hb_score_t *out);

HB_CHECKED hb_status_t hb_calib_save(const hb_calib_t *calib, const hb_conformal_t *conformal,
                                     const char *path, hb_err_t *err);
HB_CHECKED hb_status_t hb_calib_load(const char *path, hb_calib_t *calib, hb_conformal_t *conformal,
                                     hb_err_t *err);

#endif
