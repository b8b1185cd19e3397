/* Fits of the calibrator and the conformal thresholds, each on rows that nothing else was fitted
 * on. */
#ifndef HB_LEARN_CALIB_H
#define HB_LEARN_CALIB_H

#include <stdint.h>

#include "base_status.h"
#include "model_calib.h"

#define HB_CALIB_ROWS_MIN 20u

/* Isotonic on p_raw (ties merged by mean first; hb_calib_apply clips by rows_fitted), or Platt on
 * raw with Lin-Lin-Weng's Newton and prior corrected targets. NONE needs no rows. error:
 * HB_E_NUMERIC when fewer than HB_CALIB_ROWS_MIN rows, one class only, or a score that is not
 * finite. */
HB_CHECKED hb_status_t hb_calib_fit(hb_calib_method_t method, const double *raw,
                                    const double *p_raw, const uint8_t *y, uint32_t n,
                                    hb_calib_t *out, hb_err_t *err);
/* The fits alone, without a floor on rows. knot_x, knot_y hold HB_CALIB_KNOTS_MAX; the count is
 * returned. Runs of equal value keep their ends only, which leaves the interpolation as it is;
 * should more remain, evenly spaced ones are kept. pre: n > 0, scores finite. */
uint32_t hb_isotonic_knots(const double *p_raw, const uint8_t *y, uint32_t n, double *knot_x,
                           double *knot_y);
HB_CHECKED hb_status_t hb_platt_fit(const double *raw, const uint8_t *y, uint32_t n, double *a,
                                    double *b, hb_err_t *err);

/* Thresholds per class on 1 - p(class). A class without rows is always kept (threshold INFINITY)
 * and its coverage is 1. p that is NaN counts as the worst score. */
void hb_conformal_fit(double alpha, const double *p, const uint8_t *y, uint32_t n,
                      hb_conformal_t *out);
/* The probability under another base rate: logit p' = logit p + logit prior' - logit prior.
 * pre: priors inside (0, 1). */
double hb_prior_shift(double p, double prior, double prior_new);

#endif
