/* Regularised Tyler shape, normalised at every step.
 *
 * Invariant: every iterate is symmetric positive definite with trace p: the map adds rho I and its
 * data part is a sum of squares. What goes out has an eigenvalue floor of 1e-8.
 * source: Chen, Wiesel & Hero 2011: with the normalisation the iteration converges for every rho in
 * (0, 1], also for n < p, where the unnormalised form of Sun, Babu & Palomar has no fixed point.
 */
#include "math_tyler.h"

#include <math.h>
#include <string.h>

#include "base_assert.h"
#include "math_linalg.h"
#include "math_tyler_int.h"

#define MATRIX_MAX (HB_LINALG_DIM_MAX * HB_LINALG_DIM_MAX)
#define RHO_FLOOR  0.01
#define EIGMIN     1e-8
#define RAISES     8u /* enough for rho to reach 1 from 0 by rho <- 1.5 rho + 0.05 */

hb_tyler_params_t hb_tyler_params_default(void)
{
    return (hb_tyler_params_t){.rho = 0.0, .tol = 1e-6, .iterations_max = 500};
}

static hb_status_t check(uint32_t n, uint32_t p, const hb_tyler_params_t *params, hb_err_t *err)
{
    if (p == 0 || p > HB_LINALG_DIM_MAX) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, NULL,
                          "the shape of %u columns is not supported (1..%u)", p, HB_LINALG_DIM_MAX);
    }
    if (n < 2) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "give more training rows",
                          "a shape needs at least 2 rows, there are %u", n);
    }
    if (!(params->rho <= 1.0)) {
        return hb_err_set(err, HB_E_CONFIG, "rho",
                          "use a value in (0, 1], or 0 for the automatic choice",
                          "rho of the Tyler shape is %g", params->rho);
    }
    if (!(params->tol > 0.0) || !isfinite(params->tol) || params->iterations_max == 0) {
        return hb_err_set(err, HB_E_CONFIG, "tol",
                          "use a tolerance above 0 and at least 1 iteration",
                          "tolerance %g with %u iterations can never converge", params->tol,
                          params->iterations_max);
    }
    return HB_OK;
}

/* shape = I. */
static void set_identity(double *shape, uint32_t p)
{
    memset(shape, 0, (size_t)p * p * sizeof *shape);
    for (uint32_t i = 0; i < p; i++) shape[i * p + i] = 1.0;
}

/* One step from shape in place; returns the largest change of an entry, infinity when the factor
 * fails. */
static double step(const hb_tyler_rows_t *rows, double rho, double *shape)
{
    const uint32_t p = rows->p;
    double lower[MATRIX_MAX], next[MATRIX_MAX], trace = 0.0, change = 0.0;
    if (!hb_chol_factor(shape, p, lower)) return INFINITY;
    hb_tyler_moment(rows, lower, next);
    for (uint32_t k = 0; k < p * p; k++) next[k] *= 1.0 - rho;
    for (uint32_t i = 0; i < p; i++) {
        next[i * p + i] += rho;
        trace += next[i * p + i];
    }
    for (uint32_t k = 0; k < p * p; k++) {
        next[k] *= p / trace;
        change = HB_MAX(change, fabs(next[k] - shape[k]));
    }
    memcpy(shape, next, (size_t)p * p * sizeof *shape);
    return change;
}

static double eigmin_of(const double *shape, uint32_t p)
{
    double values[HB_LINALG_DIM_MAX], vectors[MATRIX_MAX];
    hb_eig_symmetric(shape, p, values, vectors);
    return values[0];
}

/* Iterates; every time that a span of iterations goes by without convergence, or the result is too
 * close to singular, rho is raised. rho = 1 is the identity, so the last raise always converges. */
static void iterate(const hb_tyler_rows_t *rows, const hb_tyler_params_t *params, double *shape,
                    hb_tyler_report_t *report)
{
    const uint32_t p = rows->p, limit = params->iterations_max;
    const uint32_t patience = (uint32_t)((uint64_t)limit * 3 / 5);
    const uint32_t span = HB_MAX((limit - patience) / RAISES, 1u);
    set_identity(shape, p);
    uint32_t raise_at = patience;
    while (report->iterations < limit) {
        const double change = step(rows, report->rho, shape);
        report->iterations++;
        const bool settled = change <= params->tol;
        if (settled && eigmin_of(shape, p) > EIGMIN) {
            report->converged = true;
            break;
        }
        if (isinf(change)) set_identity(shape, p);
        if (!settled && !isinf(change) && report->iterations < raise_at) continue;
        report->rho = HB_MIN(1.0, 1.5 * report->rho + 0.05);
        report->rho_raised = true;
        raise_at = HB_MAX(raise_at, report->iterations) + span;
    }
    if (report->converged && !(report->rho_raised && report->rho == 1.0)) return;
    set_identity(shape, p);
    report->rho = 1.0;
    report->rho_raised = report->fallback_identity = true;
}

/* Largest entry of (p/n) sum zz'/(z'z) - (cI - rho S^-1)/(1 - rho) with z = S^-1/2 x, and the
 * eigenvalues and trace. Both sides are turned into the eigenvectors' frame and back. */
static void measure(const hb_tyler_rows_t *rows, const double *shape, hb_tyler_report_t *report)
{
    const uint32_t p = rows->p;
    double values[HB_LINALG_DIM_MAX], vectors[MATRIX_MAX], lower[MATRIX_MAX], moment[MATRIX_MAX];
    hb_eig_symmetric(shape, p, values, vectors);
    report->eigmin = values[0];
    report->eigmax = values[p - 1];
    report->trace = 0.0;
    for (uint32_t i = 0; i < p; i++) report->trace += shape[i * p + i];
    const double rho = report->rho;
    if (rho >= 1.0 || !hb_chol_factor(shape, p, lower))
        return; /* at rho = 1 the identity says nothing */
    hb_tyler_moment(rows, lower, moment);
    double root[MATRIX_MAX], half[MATRIX_MAX], inverse[MATRIX_MAX], trace = 0.0;
    for (uint32_t i = 0; i < p; i++) trace += moment[i * p + i];
    const double c = ((1.0 - rho) * trace + rho * p) / p;
    hb_sym_power(shape, p, -0.5, root);
    hb_sym_power(shape, p, -1.0, inverse);
    for (uint32_t i = 0; i < p; i++) hb_mat_vec(root, p, p, &moment[i * p], &half[i * p]);
    for (uint32_t i = 0; i < p; i++) {
        double left[HB_LINALG_DIM_MAX];
        /* half holds (root moment)' row by row; its columns times root give root moment root. */
        double column[HB_LINALG_DIM_MAX];
        for (uint32_t k = 0; k < p; k++) column[k] = half[k * p + i];
        hb_mat_vec(root, p, p, column, left);
        for (uint32_t j = 0; j < p; j++) {
            const double right = ((i == j ? c : 0.0) - rho * inverse[i * p + j]) / (1.0 - rho);
            report->fixed_point_error = HB_MAX(report->fixed_point_error, fabs(left[j] - right));
        }
    }
}

hb_status_t hb_tyler_fit(const double *x, uint32_t n, uint32_t p, const hb_tyler_params_t *params,
                         double *shape, hb_tyler_report_t *report, hb_err_t *err)
{
    HB_TRY(check(n, p, params, err));
    hb_tyler_rows_t rows;
    hb_tyler_rows_init(&rows, x, n, p);
    hb_status_t status = HB_OK;
    if (!rows.finite) {
        status = hb_err_set(err, HB_E_NUMERIC, NULL, "drop or repair those rows",
                            "the shape is undefined: a row holds a value that is not finite");
        goto out;
    }
    if (rows.n < 2) {
        status =
            hb_err_set(err, HB_E_NUMERIC, NULL, "give more training rows",
                       "the shape is undefined: %u of %u rows differ from the location", rows.n, n);
        goto out;
    }
    double work[MATRIX_MAX];
    hb_tyler_report_t made = {.rows_used = rows.n, .rho = params->rho};
    if (params->rho <= 0.0) made.rho = HB_MAX(hb_tyler_zhang_wiesel(&rows), RHO_FLOOR);
    iterate(&rows, params, work, &made);
    measure(&rows, work, &made);
    memcpy(shape, work, (size_t)p * p * sizeof *shape);
    if (report) *report = made;
out:
    hb_tyler_rows_fini(&rows);
    return status;
}
