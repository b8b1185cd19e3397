/* Logistic regression on the plain state. Invariant: a returned model has a vanishing gradient;
 * anything else is refused, because a badly fitted baseline would be an easy one to beat. The
 * Newton system [H + l2 I, g; g', s] is solved by eliminating the intercept: the Schur
 * complement is the ridge plus the scatter of the columns about their weighted means, positive
 * definite and at most 64 x 64.
 * source: McCullagh & Nelder 1989, ch. 4 (IRLS). */
#include "learn_baseline.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base_assert.h"
#include "base_mem.h"
#include "math_linalg.h"
#include "math_stats.h"
#include "num_fn.h"

enum { ITERATIONS_MAX = 100, HALVINGS_MAX = 40 };
_Static_assert(HB_LINALG_DIM_MAX == 64, "the arrays of hb_logistic_t");

typedef struct {
    double *z; /* [rows][dim] standardised */
    const uint8_t *y;
    uint32_t rows, dim;
    double l2;
} problem_t;

typedef struct {
    double coef[64], intercept;
    double loss;
    double grad[64], grad_intercept;
} point_t;

/* MAD; where most entries are equal, the standard deviation; 1 for a constant column, which is
 * recognised by its sorted ends because the variance of equal numbers need not come out as 0. */
static double column_scale(const double *x, uint32_t rows, uint32_t dim, uint32_t j, double *center)
{
    double *column = hb_alloc(rows, sizeof *column);
    for (uint32_t i = 0; i < rows; i++) column[i] = x[(size_t)i * dim + j];
    const double mad = hb_mad(column, rows, center);
    const bool constant = column[0] == column[rows - 1];
    double mean = 0, square = 0;
    for (uint32_t i = 0; i < rows; i++) mean += column[i] / rows;
    for (uint32_t i = 0; i < rows; i++) square += (column[i] - mean) * (column[i] - mean) / rows;
    hb_free(column);
    if (constant) return 1.0;
    return mad > 0 ? mad : square > 0 ? sqrt(square) : 1.0;
}

static double predict(const problem_t *problem, const point_t *at, uint32_t i)
{
    const double *z = &problem->z[(size_t)i * problem->dim];
    double eta = at->intercept;
    for (uint32_t j = 0; j < problem->dim; j++) eta += at->coef[j] * z[j];
    return eta;
}

/* Loss and gradient at the point; weight[rows] of the Hessian. */
static void eval_point(const problem_t *problem, point_t *at, double *weight)
{
    const uint32_t dim = problem->dim;
    at->loss = 0;
    at->grad_intercept = 0;
    for (uint32_t j = 0; j < dim; j++) {
        at->grad[j] = problem->l2 * at->coef[j];
        at->loss += 0.5 * problem->l2 * at->coef[j] * at->coef[j];
    }
    for (uint32_t i = 0; i < problem->rows; i++) {
        const double eta = predict(problem, at, i), tail = hb_exp(-fabs(eta));
        const double p = eta >= 0 ? 1.0 / (1.0 + tail) : tail / (1.0 + tail);
        const double slope = p - (problem->y[i] != 0);
        const double *z = &problem->z[(size_t)i * dim];
        at->loss += hb_log1p(tail) + ((eta >= 0) == (problem->y[i] != 0) ? 0.0 : fabs(eta));
        at->grad_intercept += slope;
        for (uint32_t j = 0; j < dim; j++) at->grad[j] += slope * z[j];
        weight[i] = tail / ((1.0 + tail) * (1.0 + tail));
    }
}

static double grad_max(const problem_t *problem, const point_t *at)
{
    double most = fabs(at->grad_intercept);
    for (uint32_t j = 0; j < problem->dim; j++) most = fmax(most, fabs(at->grad[j]));
    return most;
}

/* Weighted column means and the scatter about them plus the ridge; returns the sum of weights. */
static double weighted_scatter(const problem_t *problem, const double *weight, double *mean,
                               double *scatter)
{
    const uint32_t dim = problem->dim;
    double centered[64], sum = 0;
    memset(mean, 0, dim * sizeof *mean);
    memset(scatter, 0, (size_t)dim * dim * sizeof *scatter);
    for (uint32_t i = 0; i < problem->rows; i++) {
        const double *z = &problem->z[(size_t)i * dim];
        sum += weight[i];
        for (uint32_t j = 0; j < dim; j++) mean[j] += weight[i] * z[j];
    }
    for (uint32_t j = 0; j < dim; j++) mean[j] /= sum;
    for (uint32_t i = 0; i < problem->rows; i++) {
        const double *z = &problem->z[(size_t)i * dim];
        for (uint32_t j = 0; j < dim; j++) centered[j] = z[j] - mean[j];
        for (uint32_t j = 0; j < dim; j++) {
            const double left = weight[i] * centered[j];
            for (uint32_t k = 0; k <= j; k++) scatter[j * dim + k] += left * centered[k];
        }
    }
    for (uint32_t j = 0; j < dim; j++) {
        scatter[j * dim + j] += problem->l2;
        for (uint32_t k = 0; k < j; k++) scatter[k * dim + j] = scatter[j * dim + k];
    }
    return sum;
}

/* Solves L' x = b. */
static void solve_transposed(const double *lower, uint32_t dim, const double *b, double *x)
{
    for (uint32_t j = dim; j-- > 0;) {
        double sum = b[j];
        for (uint32_t k = j + 1; k < dim; k++) sum -= lower[k * dim + j] * x[k];
        x[j] = sum / lower[j * dim + j];
    }
}

/* Newton direction; false when the Hessian is singular. */
static bool newton_step(const problem_t *problem, const point_t *at, const double *weight,
                        double *step, double *step_intercept)
{
    const uint32_t dim = problem->dim;
    double mean[64], rhs[64], forward[64];
    double *scatter = hb_alloc((size_t)dim * dim, sizeof *scatter);
    double *lower = hb_alloc((size_t)dim * dim, sizeof *lower);
    const double sum = weighted_scatter(problem, weight, mean, scatter);
    const bool solvable = sum > 0 && hb_chol_factor(scatter, dim, lower);
    if (solvable) {
        for (uint32_t j = 0; j < dim; j++) rhs[j] = mean[j] * at->grad_intercept - at->grad[j];
        hb_chol_forward(lower, dim, rhs, forward);
        solve_transposed(lower, dim, forward, step);
        *step_intercept = -at->grad_intercept / sum;
        for (uint32_t j = 0; j < dim; j++) *step_intercept -= mean[j] * step[j];
    }
    hb_free(scatter);
    hb_free(lower);
    return solvable;
}

/* Moves at to a lower loss along the Newton direction; false when there is none. */
static bool improve(const problem_t *problem, point_t *at, double *weight)
{
    double step[64], step_intercept;
    if (!newton_step(problem, at, weight, step, &step_intercept)) return false;
    double size = 1.0;
    for (uint32_t h = 0; h < HALVINGS_MAX; h++, size *= 0.5) {
        point_t next = {.intercept = at->intercept + size * step_intercept};
        for (uint32_t j = 0; j < problem->dim; j++) next.coef[j] = at->coef[j] + size * step[j];
        eval_point(problem, &next, weight);
        /* Near the optimum the loss stands still in its last bits while the gradient still
         * falls. */
        if (next.loss < at->loss || (next.loss <= at->loss + 1e-14 * fabs(at->loss) &&
                                     grad_max(problem, &next) < grad_max(problem, at))) {
            *at = next;
            return true;
        }
    }
    return false;
}

static hb_status_t solve(const problem_t *problem, point_t *at, hb_err_t *err)
{
    const double target = 1e-14 * problem->rows, enough = 1e-9 * problem->rows;
    double *weight = hb_alloc(problem->rows, sizeof *weight);
    eval_point(problem, at, weight);
    for (uint32_t i = 0; i < ITERATIONS_MAX && grad_max(problem, at) > target; i++) {
        if (!improve(problem, at, weight)) break;
    }
    hb_free(weight);
    if (grad_max(problem, at) <= enough) return HB_OK;
    return hb_err_set(err, HB_E_NUMERIC, NULL, "raise the ridge penalty",
                      "logistic baseline did not converge on %u rows of %u columns (gradient %.3g)",
                      problem->rows, problem->dim, grad_max(problem, at));
}

static hb_status_t check_input(const double *x, const uint8_t *y, uint32_t rows, uint32_t dim,
                               double l2, hb_err_t *err)
{
    uint32_t up = 0;
    if (dim < 1 || dim > HB_LINALG_DIM_MAX || !(l2 >= 0) || !isfinite(l2)) {
        return hb_err_set(err, HB_E_CONFIG, NULL, NULL,
                          "logistic baseline: %u columns (1 to %u) with penalty %g (>= 0)", dim,
                          HB_LINALG_DIM_MAX, l2);
    }
    for (uint32_t i = 0; i < rows; i++) up += y[i] != 0;
    if (up == 0 || up == rows) {
        return hb_err_set(err, HB_E_NUMERIC, NULL, "give more bars",
                          "logistic baseline: all %u rows are of one class", rows);
    }
    for (size_t i = 0; i < (size_t)rows * dim; i++) {
        if (!isfinite(x[i])) {
            return hb_err_set(err, HB_E_NUMERIC, NULL, NULL,
                              "logistic baseline: row %zu column %zu is not finite", i / dim,
                              i % dim);
        }
    }
    return HB_OK;
}

hb_status_t hb_logistic_fit(const double *x, const uint8_t *y, uint32_t rows, uint32_t dim,
                            double l2, hb_logistic_t *out, hb_err_t *err)
{
    HB_TRY(check_input(x, y, rows, dim, l2, err));
    hb_logistic_t model = {.dim = dim};
    problem_t problem = {.y = y, .rows = rows, .dim = dim, .l2 = l2};
    problem.z = hb_alloc((size_t)rows * dim, sizeof *problem.z);
    for (uint32_t j = 0; j < dim; j++) {
        model.scale[j] = column_scale(x, rows, dim, j, &model.center[j]);
        for (uint32_t i = 0; i < rows; i++) {
            const size_t at = (size_t)i * dim + j;
            problem.z[at] = (x[at] - model.center[j]) / model.scale[j];
        }
    }
    point_t at = {.intercept = 0};
    const hb_status_t status = solve(&problem, &at, err);
    hb_free(problem.z);
    if (status != HB_OK) return status;
    memcpy(model.coef, at.coef, sizeof model.coef);
    model.intercept = at.intercept;
    *out = model;
    return HB_OK;
}

double hb_logistic_eval(const hb_logistic_t *model, const double *x)
{
    double eta = model->intercept;
    for (uint32_t j = 0; j < model->dim; j++) {
        eta += model->coef[j] * ((x[j] - model->center[j]) / model->scale[j]);
    }
    return 1.0 / (1.0 + hb_exp(-eta));
}
