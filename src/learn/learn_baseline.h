/* Baselines on the same rows: what the system must beat. */
#ifndef HB_LEARN_BASELINE_H
#define HB_LEARN_BASELINE_H

#include <stdint.h>

#include "base_status.h"

/* Ridge-penalised logistic regression by Newton (IRLS) with step halving, columns standardised
 * by median and MAD of the training rows (standard deviation where the MAD is 0); the intercept
 * is not penalised. Minimises sum log loss + l2/2 |coef|^2 until the largest gradient entry is
 * below 1e-9 a row. Deterministic. x: [rows][dim]. error: HB_E_CONFIG for dim 0 or > 64 or a
 * negative l2; HB_E_NUMERIC for one class only, an entry that is not finite, or no convergence. */
typedef struct {
    uint32_t dim;
    double center[64], scale[64], coef[64], intercept;
} hb_logistic_t;
HB_CHECKED hb_status_t hb_logistic_fit(const double *x, const uint8_t *y, uint32_t rows,
                                       uint32_t dim, double l2, hb_logistic_t *out, hb_err_t *err);
double hb_logistic_eval(const hb_logistic_t *model, const double *x);

#endif
