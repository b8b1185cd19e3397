/* Fits of calibrators and conformal thresholds. Invariant: a fit on too little is refused, never
 * returned; an isotonic fit keeps its 0 and 1, which the predictor clips by the rows fitted.
 * Platt is fitted on standardised scores and mapped back, so that their scale does not matter.
 * source: Zadrozny & Elkan 2002 (isotonic); Platt 1999 with the Newton method of Lin, Lin & Weng
 * 2007; Vovk 2012 (class-conditional split conformal); Saerens et al. 2002 (prior shift). */
#include "learn_calib.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_stats.h"
#include "num_fn.h"

enum { PLATT_ITERATIONS_MAX = 100, PLATT_HALVINGS_MAX = 40 };

/* Tied scores merged: x[m] ascending, mean of y, weights; returns m. */
static uint32_t merge_ties(const double *p_raw, const uint8_t *y, uint32_t n, double *x,
                           double *mean, double *weight)
{
    uint32_t *order = hb_alloc(n, sizeof *order);
    hb_argsort(p_raw, n, order);
    uint32_t m = 0;
    for (uint32_t i = 0; i < n;) {
        double up = 0, rows = 0;
        x[m] = p_raw[order[i]];
        for (; i < n && p_raw[order[i]] == x[m]; i++) {
            up += y[order[i]] != 0;
            rows++;
        }
        mean[m] = up / rows;
        weight[m++] = rows;
    }
    hb_free(order);
    return m;
}

uint32_t hb_isotonic_knots(const double *p_raw, const uint8_t *y, uint32_t n, double *knot_x,
                           double *knot_y)
{
    HB_ASSERT(n > 0);
    double *x = hb_alloc(n, sizeof *x), *mean = hb_alloc(n, sizeof *mean);
    double *weight = hb_alloc(n, sizeof *weight), *fit = hb_alloc(n, sizeof *fit);
    const uint32_t m = merge_ties(p_raw, y, n, x, mean, weight);
    hb_isotonic(mean, weight, m, fit);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m; i++) {
        const bool inside = i > 0 && i + 1 < m && fit[i - 1] == fit[i] && fit[i] == fit[i + 1];
        if (inside) continue;
        x[kept] = x[i];
        fit[kept++] = fit[i];
    }
    const uint32_t count = HB_MIN(kept, HB_CALIB_KNOTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t from = count > 1 ? (uint64_t)i * (kept - 1) / (count - 1) : 0;
        knot_x[i] = x[from];
        knot_y[i] = fit[from];
    }
    hb_free(x);
    hb_free(mean);
    hb_free(weight);
    hb_free(fit);
    return count;
}

typedef struct {
    const double *z; /* standardised scores */
    const uint8_t *y;
    uint32_t n;
    double target_up, target_down;
} platt_t;

typedef struct {
    double a, b; /* where */
    double loss, grad_a, grad_b;
    double hess_aa, hess_ab, hess_bb;
} platt_point_t;

/* Loss, gradient and Hessian in a form that cannot overflow. */
static platt_point_t platt_at(const platt_t *data, double a, double b)
{
    platt_point_t at = {.a = a, .b = b};
    for (uint32_t i = 0; i < data->n; i++) {
        const double z = data->z[i], target = data->y[i] ? data->target_up : data->target_down;
        const double eta = a * z + b, tail = hb_exp(-fabs(eta));
        const double p = eta >= 0 ? tail / (1.0 + tail) : 1.0 / (1.0 + tail);
        const double slope = target - p, curve = tail / ((1.0 + tail) * (1.0 + tail));
        at.loss += (eta >= 0 ? target * eta : (target - 1.0) * eta) + hb_log1p(tail);
        at.grad_a += z * slope;
        at.grad_b += slope;
        at.hess_aa += z * z * curve;
        at.hess_ab += z * curve;
        at.hess_bb += curve;
    }
    return at;
}

static double platt_grad_max(const platt_point_t *at)
{
    return fmax(fabs(at->grad_a), fabs(at->grad_b));
}

/* One Newton step, halved until the loss falls; false when no step lowers it. */
static bool platt_step(const platt_t *data, platt_point_t *at)
{
    const double ridge = 1e-12 * data->n; /* for scores that are all the same */
    const double aa = at->hess_aa + ridge, bb = at->hess_bb + ridge, ab = at->hess_ab;
    const double det = aa * bb - ab * ab;
    const double step_a = -(bb * at->grad_a - ab * at->grad_b) / det;
    const double step_b = -(aa * at->grad_b - ab * at->grad_a) / det;
    double size = 1.0;
    for (uint32_t i = 0; i < PLATT_HALVINGS_MAX; i++, size *= 0.5) {
        const platt_point_t next = platt_at(data, at->a + size * step_a, at->b + size * step_b);
        /* Near the optimum the loss stands still in its last bits while the gradient still
         * falls. */
        if (next.loss < at->loss || (next.loss <= at->loss + 1e-14 * fabs(at->loss) &&
                                     platt_grad_max(&next) < platt_grad_max(at))) {
            *at = next;
            return true;
        }
    }
    return false;
}

hb_status_t hb_platt_fit(const double *raw, const uint8_t *y, uint32_t n, double *a, double *b,
                         hb_err_t *err)
{
    HB_ASSERT(n > 0);
    double up = 0, mean = 0, square = 0;
    for (uint32_t i = 0; i < n; i++) {
        up += y[i] != 0;
        mean += raw[i] / n;
    }
    for (uint32_t i = 0; i < n; i++) square += (raw[i] - mean) * (raw[i] - mean) / n;
    /* A spread within rounding is none: the fit is then the base rate, at slope 0. */
    const bool constant = sqrt(square) <= 1e-12 * fabs(mean);
    const double down = n - up, scale = constant ? 1.0 : sqrt(square);
    if (!isfinite(mean) || !isfinite(scale)) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, NULL, "scores are too large for Platt scaling");
    }
    double *z = hb_alloc(n, sizeof *z);
    for (uint32_t i = 0; i < n; i++) z[i] = constant ? 0.0 : (raw[i] - mean) / scale;
    const platt_t data = {.z = z,
                          .y = y,
                          .n = n,
                          .target_up = (up + 1.0) / (up + 2.0),
                          .target_down = 1.0 / (down + 2.0)};
    platt_point_t at = platt_at(&data, 0.0, hb_log((down + 1.0) / (up + 1.0)));
    for (uint32_t i = 0; i < PLATT_ITERATIONS_MAX && platt_grad_max(&at) > 1e-14 * n; i++) {
        if (!platt_step(&data, &at)) break;
    }
    hb_free(z);
    if (!(platt_grad_max(&at) <= 1e-9 * n)) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "use isotonic calibration",
                          "Platt scaling did not converge on %u rows (gradient %.3g)", n,
                          platt_grad_max(&at));
    }
    *a = at.a / scale;
    *b = at.b - at.a * (mean / scale);
    return HB_OK;
}

static hb_status_t check_rows(const double *score, const uint8_t *y, uint32_t n, hb_err_t *err)
{
    uint32_t up = 0;
    if (n < HB_CALIB_ROWS_MIN) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "give more bars, or calibrate with none",
                          "%u rows are left to calibrate on, at least %u are needed", n,
                          HB_CALIB_ROWS_MIN);
    }
    for (uint32_t i = 0; i < n; i++) {
        up += y[i] != 0;
        if (!isfinite(score[i])) {
            return hb_err_set(err, HB_E_NUMERIC, NULL, NULL,
                              "score of calibration row %u is not finite", i);
        }
    }
    if (up == 0 || up == n) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "give more bars, or calibrate with none",
                          "all %u calibration rows are %s", n, up ? "up" : "down");
    }
    return HB_OK;
}

hb_status_t hb_calib_fit(hb_calib_method_t method, const double *raw, const double *p_raw,
                         const uint8_t *y, uint32_t n, hb_calib_t *out, hb_err_t *err)
{
    double a = 0, b = 0;
    if (method != HB_CALIB_NONE && method != HB_CALIB_ISOTONIC && method != HB_CALIB_PLATT) {
        return hb_err_set(err, HB_E_CONFIG, NULL, NULL, "unknown calibration method %d",
                          (int)method);
    }
    if (method != HB_CALIB_NONE) {
        HB_TRY(check_rows(method == HB_CALIB_PLATT ? raw : p_raw, y, n, err));
    }
    if (method == HB_CALIB_PLATT) HB_TRY(hb_platt_fit(raw, y, n, &a, &b, err));
    memset(out, 0, sizeof *out);
    out->method = (uint32_t)method;
    out->rows_fitted = n;
    out->platt_a = a;
    out->platt_b = b;
    if (method != HB_CALIB_ISOTONIC) return HB_OK;
    out->knot_count = hb_isotonic_knots(p_raw, y, n, out->knot_x, out->knot_y);
    return HB_OK;
}

/* 1 - P(class): as the predictor computes it, so that equal probabilities stay ties. */
static double class_score(double p, uint32_t class)
{
    return isnan(p) ? INFINITY : class ? 1.0 - p : p;
}

static void fit_class(const double *p, const uint8_t *y, uint32_t n, uint32_t class,
                      hb_conformal_t *out)
{
    double *score = hb_alloc(n, sizeof *score);
    uint32_t rows = 0, kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if ((y[i] != 0) == (class != 0)) score[rows++] = class_score(p[i], class);
    }
    hb_sort_doubles(score, rows);
    /* (n + 1)(1 - alpha) may miss a whole number by its last bit. */
    const double rank = ceil((rows + 1.0) * (1.0 - out->alpha) - 1e-9);
    out->threshold[class] = INFINITY;
    if (rank <= rows) out->threshold[class] = score[rank >= 1 ? (uint32_t)rank - 1 : 0];
    for (uint32_t i = 0; i < rows; i++) kept += score[i] <= out->threshold[class];
    out->rows_class[class] = rows;
    out->coverage[class] = rows ? (double)kept / rows : 1.0;
    hb_free(score);
}

void hb_conformal_fit(double alpha, const double *p, const uint8_t *y, uint32_t n,
                      hb_conformal_t *out)
{
    memset(out, 0, sizeof *out);
    out->alpha = alpha;
    fit_class(p, y, n, 0, out);
    fit_class(p, y, n, 1, out);
}

double hb_prior_shift(double p, double prior, double prior_new)
{
    HB_ASSERT(prior > 0 && prior < 1 && prior_new > 0 && prior_new < 1);
    const double up = p * (prior_new / prior);
    const double down = (1.0 - p) * ((1.0 - prior_new) / (1.0 - prior));
    return up / (up + down);
}
