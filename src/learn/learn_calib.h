/* Fits of the calibrator and the conformal thresholds, each on rows that nothing else was fitted on. */
#ifndef HB_LEARN_CALIB_H
#define HB_LEARN_CALIB_H

#include "base_status.h"
#include "model_calib.h"

/* Isotonic on p_raw (ties merged by mean first), or Platt on raw with Lin-Lin-Weng's Newton and prior
 * corrected targets. error: HB_E_NUMERIC when fewer than 20 rows or one class only (isotonic: rows). */
HB_CHECKED hb_status_t hb_calib_fit(hb_calib_method_t method, const double *raw, const double *p_raw,
                                    const uint8_t *y, uint32_t n, hb_calib_t *out, hb_err_t *err);
void hb_conformal_fit(double alpha, const double *p, const uint8_t *y, uint32_t n,
                      hb_conformal_t *out);
/* logit p' = logit p + logit prior' - logit prior. */
double hb_prior_shift(double p, double prior, double prior_new);

#endif
