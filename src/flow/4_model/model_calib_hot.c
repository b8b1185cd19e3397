/* From a raw score to a calibrated probability and a conformal set. Called once a bar by the engine
 * and over whole parts by the fit and by validation, so that both see one rule.
 *
 * Invariant: fail closed. Whatever is not finite ends as an empty set with a reason, never as a
 * bet. Isotonic after Zadrozny and Elkan 2002, Platt after Lin, Lin and Weng 2007, the set after
 * Vovk's Mondrian split conformal predictor. */
#include "model_calib.h"

#include "num_fn.h"
#include "rec_reason.h"

/* Also false for NaN. */
static int is_finite(double v)
{
    return __builtin_fabs(v) <= __DBL_MAX__;
}

static double logistic(double v)
{
    return 1.0 / (1.0 + hb_exp(-v));
}

/* Between two knots by a straight line, flat outside. pre: knot_count > 0. */
static double knots_interpolate(const hb_calib_t *calib, double x)
{
    const double *kx = calib->knot_x;
    const double *ky = calib->knot_y;
    uint32_t lo = 0, hi = calib->knot_count - 1;
    if (x <= kx[lo]) return ky[lo];
    if (x >= kx[hi]) return ky[hi];
    while (hi - lo > 1) {
        const uint32_t mid = lo + (hi - lo) / 2;
        if (kx[mid] <= x)
            lo = mid;
        else
            hi = mid;
    }
    const double y = ky[lo] + (ky[hi] - ky[lo]) * ((x - kx[lo]) / (kx[hi] - kx[lo]));
    return y < ky[hi] ? y : ky[hi]; /* rounding must not break the order */
}

/* A fit on n rows does not know more than Laplace's rule lets n rows say. */
static double laplace_clip(double p, uint32_t rows)
{
    const double edge = 1.0 / ((double)rows + 2.0);
    if (p < edge) return edge;
    return p > 1.0 - edge ? 1.0 - edge : p;
}

double hb_calib_apply(const hb_calib_t *calib, double raw, double p_raw)
{
    if (!is_finite(raw) || !is_finite(p_raw)) return 0.5;
    if (calib->method == HB_CALIB_PLATT) return logistic(-(calib->platt_a * raw + calib->platt_b));
    if (calib->method == HB_CALIB_ISOTONIC && calib->knot_count > 0) {
        return laplace_clip(knots_interpolate(calib, p_raw), calib->rows_fitted);
    }
    return p_raw;
}

/* The score of class 0 is p itself: 1 - (1 - p) would round. NaN keeps nothing. */
uint32_t hb_conformal_set(const hb_conformal_t *conformal, double p)
{
    uint32_t set = 0;
    if (p <= conformal->threshold[0]) set |= HB_SET_DOWN;
    if (1.0 - p <= conformal->threshold[1]) set |= HB_SET_UP;
    return set;
}

void hb_score_make(const hb_calib_t *calib, const hb_conformal_t *conformal, double raw,
                   uint32_t row_reasons, hb_score_t *out)
{
    *out = (hb_score_t){.raw = raw, .p_raw = 0.5, .p = 0.5, .reasons = row_reasons};
    if (!is_finite(raw)) {
        out->reasons |= HB_REASON_STATE_NOT_FINITE;
        return;
    }
    out->p_raw = logistic(raw);
    out->p = hb_calib_apply(calib, raw, out->p_raw);
    out->set = hb_conformal_set(conformal, out->p);
    if (out->set == (HB_SET_DOWN | HB_SET_UP)) out->reasons |= HB_REASON_AMBIGUOUS;
    if (out->set == 0) out->reasons |= HB_REASON_EMPTY_SET;
}
